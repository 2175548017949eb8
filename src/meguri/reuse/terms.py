"""The value of each option as a sum of terms: one formula serves the draws, the tornado and the explanation.

A term is a product: of a figure of the battery, of prices, and of what varies by both; in major units of the currency.
Sums are made factor by factor, so that hardly any table of batteries by draws is written that is not needed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from meguri.health.arrays import Array, Floats
from meguri.reuse.floor import materials
from meguri.reuse.lot import Lot
from meguri.reuse.storage_value import StorageUse
from meguri.reuse.valuerules import OptionRule

Price = Callable[[str], Floats]


@dataclass(frozen=True, slots=True)
class State:
    """What varies besides prices: state of health [%], factor on the yearly fade, factor on default element masses."""

    soh: Floats
    fade: Floats
    mass: Floats


@dataclass(frozen=True, slots=True)
class Term:
    """One signed amount, figure · price · state, with its formula and the inputs that went in.

    figure  (battery, 1)
    price   (draw,) or (1,), with the sign
    state   (battery, draw) or (battery, 1); None: 1
    """

    code: str
    figure: Floats
    price: Floats
    formula: str
    inputs: dict[str, Floats] = field(repr=False)
    state: Floats | None = None

    @property
    def amount(self) -> Floats:
        """The product."""
        product = self.figure * self.price
        return product if self.state is None else product * self.state


def summed(terms: Sequence[Term], shape: tuple[int, int]) -> Floats:
    """The value (battery, draw): all terms together.

    Terms of one state are summed before they are multiplied by it, prices of one figure before they meet it; what no battery
    has is left out.
    """
    states = {id(term.state): term.state for term in terms if term.state is not None}
    precision = np.result_type(*states.values()) if states else np.float64
    room, part, total = np.empty(shape, precision), np.empty(shape, precision), np.empty(shape, precision)
    begun = False
    for state in {id(term.state): term.state for term in terms}.values():
        rows: dict[int, tuple[Floats, Floats]] = {}
        for term in terms:
            if term.state is state and term.figure.any():
                figure, price = rows.get(id(term.figure), (term.figure, np.zeros(1)))
                rows[id(term.figure)] = (figure, price + term.price)
        products = [(figure.astype(precision), price.astype(precision)) for figure, price in rows.values()]
        if not products:
            continue
        if state is not None and len(products) > 1:
            _added(products, part, room)
            products = [(part, state)]
        elif state is not None:
            ((figure, price),) = products
            products = [(np.multiply(figure, price, out=part), state)]
        _added(products, total, room, begun=begun)
        begun = True
    if not begun:
        total.fill(0)
    return total


def _added(products: Sequence[tuple[Floats, Floats]], out: Floats, room: Floats, *, begun: bool = False) -> None:
    """The sum of the products into `out`, onto what is there if `begun`; `room` is for a product on its way."""
    for one, other in products:
        np.multiply(one, other, out=room if begun else out)
        if begun:
            out += room
        begun = True


def terms_of(rule: OptionRule, lot: Lot, state: State, price: Price) -> list[Term]:
    """The terms of an option."""
    return {"market": _market, "refurbish": _refurbish, "storage": _storage, "material": _material}[rule.kind](
        rule, lot, state, price
    )


def price_codes(rule: OptionRule) -> tuple[str, ...]:
    """The prices that an option needs."""
    name = rule.option.value
    market = (_new(rule), f"prepare.{name}", f"warranty.{name}", "transport")
    return {
        "market": market,
        "refurbish": (*market, "module.replacement", "module.labour"),
        "storage": ("storage.value", "storage.charge", "storage.opex", "storage.integration"),
        "material": ("recycle.process", "recycle.logistics"),
    }[rule.kind]


def _new(rule: OptionRule) -> str:
    return {"mobility_small": "new.mobility", "backup": "new.backup"}.get(rule.option.value, "new.vehicle")


def _market(rule: OptionRule, lot: Lot, state: State, price: Price) -> list[Term]:
    return _sold(rule, lot, state.soh, price)


def _sold(rule: OptionRule, lot: Lot, soh: Floats, price: Price) -> list[Term]:
    """p_new·E·soh·k_used·k_age − prepare − transport − warranty."""
    ages, factors = zip(*rule.k_age, strict=True)
    k_age = np.interp(lot.age, ages, factors)
    new, name = price(_new(rule)), rule.option.value
    scale = lot.energy * rule.k_used * k_age / 100
    prepare, warranty, carriage = price(f"prepare.{name}"), price(f"warranty.{name}"), price("transport")
    return [
        Term(
            "remaining_energy",
            scale,
            new,
            "p_new · E_rated · SoH · k_used · k_age",
            {"p_new": new, "E_rated": lot.energy, "SoH": soh, "k_used": np.array(rule.k_used), "k_age": k_age},
            soh,
        ),
        Term("prepare", lot.energy, -prepare, "− p · E_rated", {"p": prepare, "E_rated": lot.energy}),
        Term("transport", lot.mass, -carriage, "− p · m", {"p": carriage, "m": lot.mass}),
        Term("warranty", lot.energy, -warranty, "− p · E_rated", {"p": warranty, "E_rated": lot.energy}),
    ]


def _refurbish(rule: OptionRule, lot: Lot, state: State, price: Price) -> list[Term]:
    module, labour = price("module.replacement"), price("module.labour")
    return [
        *_sold(rule, lot, np.minimum(state.soh + lot.gain, 100.0), price),
        Term(
            "modules",
            lot.replaced * lot.module_kwh,
            -module,
            "− k · E_module · p",
            {"k": lot.replaced, "E_module": lot.module_kwh, "p": module},
        ),
        Term("labour", lot.replaced, -labour, "− k · p", {"k": lot.replaced, "p": labour}),
    ]


def _storage(rule: OptionRule, lot: Lot, state: State, price: Price) -> list[Term]:
    """Present value of the energy that it will deliver, less charging, upkeep and integration."""
    use = storage_use(rule)
    years = np.arange(use.years + 1)
    discount = np.where(years > 0, (1 + use.discount) ** -years.astype(np.float64), 0.0)
    fade = lot.fade * state.fade
    np.maximum(fade, 1e-12, out=fade)
    soh = state.soh / 100
    sum_1 = np.cumsum(discount).astype(soh.dtype)
    sum_t = np.cumsum(discount * np.maximum(years - 1, 0)).astype(soh.dtype)
    lasting = soh - use.soh_eol
    lasting /= fade
    lasting += 1 + 1e-9
    last: Array = np.clip(lasting, 0, use.years, out=lasting).astype(np.intp)  # whole years: cut, all ≥ 0
    present = sum_1.take(last, mode="clip")  # none lies outside; the mode alone spares looking at each
    energy = soh * present
    fade *= sum_t.take(last, mode="clip")
    energy -= fade
    yearly = lot.energy * (use.depth * use.cycles_per_year)
    worth, charge = price("storage.value"), price("storage.charge")
    opex, integration = price("storage.opex"), price("storage.integration")
    return [
        Term(
            "storage.value",
            yearly,
            worth,
            "Σ p · E_t / (1+r)^t",
            {"p": worth, "ΣE_t": _explained(yearly, energy), "years": last},
            energy,
        ),
        Term(
            "storage.charge",
            yearly,
            -(charge / use.efficiency),
            "− Σ E_t · p_chg / η / (1+r)^t",
            {"p_chg": charge, "ΣE_t": _explained(yearly, energy), "η": np.array(use.efficiency)},
            energy,
        ),
        Term(
            "storage.opex",
            lot.energy,
            -opex,
            "− Σ opex / (1+r)^t",
            {"opex": opex, "E_rated": lot.energy},
            present,
        ),
        Term("storage.integration", lot.energy, -integration, "− p · E_rated", {"p": integration}),
    ]


def _explained(yearly: Floats, energy: Floats) -> Floats:
    """The product, where it is shown: for one state of one battery."""
    return yearly * energy if energy.size == 1 else energy


def storage_use(rule: OptionRule) -> StorageUse:
    """The duty of the stationary option; money is set by prices, so its money fields are zero."""
    return StorageUse(
        years=rule.years,
        depth=rule.depth,
        cycles_per_year=rule.cycles_per_year,
        efficiency=rule.efficiency,
        discount=rule.discount,
        opex_per_year=0.0,
        charge_price=0.0,
        fade_per_year=0.0,
        soh_eol=rule.soh_eol / 100,
    )


def _material(rule: OptionRule, lot: Lot, state: State, price: Price) -> list[Term]:
    """Σ m·η·payable·P − (process + logistics)·mass."""
    found = []
    for metal in materials().metals:
        masses = lot.elements[metal.symbol]
        if not masses.any():
            continue
        paid, recovered = price(f"metal.{metal.symbol}"), lot.recovered[metal.symbol]
        sold = masses * recovered * metal.payable
        inputs = {"m": masses, "η": recovered, "payable": np.array(metal.payable), "P": paid}
        found.append(Term(f"metal.{metal.symbol}", sold, paid, "m · η · payable · P", inputs, state.mass))
    process, logistics = price("recycle.process"), price("recycle.logistics")
    return [
        *found,
        Term("recycle.process", lot.mass, -process, "− p · m", {"p": process, "m": lot.mass}),
        Term("recycle.logistics", lot.mass, -logistics, "− p · m", {"p": logistics, "m": lot.mass}),
    ]
