"""What used batteries are worth by each option: a distribution, its explanation, and what it depends on.

Monte Carlo over state of health, ageing and prices with common draws across options; same input and seed, same bytes.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

import numpy as np

from meguri.health.arrays import Floats
from meguri.reuse.draws import SINGLE, generator, lognormal, normals, quantile_z, split_normal
from meguri.reuse.errors import FigureImplausible
from meguri.reuse.floor import materials
from meguri.reuse.lot import Lot, lot_of, symbols_in
from meguri.reuse.model import VALUED, Battery, Line, Option, OptionValue, Range, Swing, Valuation
from meguri.reuse.money import minor_units
from meguri.reuse.prices import PriceSet, check_prices, require
from meguri.reuse.terms import Price, State, Term, price_codes, summed, terms_of
from meguri.reuse.termwords import TERM_WORDS
from meguri.reuse.valuerules import OptionRule, ValueRules, value_rules

_BLOCK = 64
MOST_MINOR = 2.0**53  # beyond it a number loses its last digits
_SHARES = (0.10, 0.50, 0.90)


@dataclass(frozen=True, slots=True)
class Figures:
    """(battery, option) figures of a fleet, in major units; options in the order of VALUED."""

    p10: Floats
    p50: Floats
    p90: Floats
    mean: Floats
    p_negative: Floats


def fleet_values(batteries: Sequence[Battery], prices: PriceSet, *, seed: int = 0, draws: int | None = None) -> Figures:
    """Distribution of every option of every battery, in blocks of like ones: memory does not grow with the fleet."""
    rules = value_rules()
    _check(batteries, prices, rules)
    count = draws or rules.draws
    shared = price_draws(prices, seed, count)
    order = sorted(range(len(batteries)), key=lambda place: _kind(batteries[place]))
    blocks = [[batteries[place] for place in order[start : start + _BLOCK]] for start in range(0, len(order), _BLOCK)]
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda block: _block(block, rules, shared, seed, count), blocks))
    back = np.argsort(order)
    return Figures(*(np.concatenate(column)[back] for column in zip(*found, strict=True)))


def _kind(battery: Battery) -> tuple[bool, str, bool]:
    """Batteries of one kind hold the same elements and draw the same: terms that none of a block has are not computed."""
    return battery.composition is None, battery.chemistry.value, len(battery.module_soh) > 1


def _block(
    batteries: Sequence[Battery], rules: ValueRules, price: Price, seed: int, count: int
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    lot = lot_of(batteries, rules, SINGLE)
    state, shape = state_draws(lot, seed, count), (len(batteries), count)
    found = [_described(summed(terms_of(rules.of(option), lot, state, price), shape)) for option in VALUED]
    quantiles, mean, lost = (np.stack(column, axis=-1) for column in zip(*found, strict=True))
    return quantiles[0], quantiles[1], quantiles[2], mean, lost


def _described(worth: Floats) -> tuple[Floats, Floats, Floats]:
    """(3, battery) quantiles, mean and P(V < 0) of the draws (battery, draw)."""
    mean = worth.mean(axis=1).astype(np.float64)
    quantiles = _quantiles(worth)  # puts them in order: the first and the last tell whether any or all are below zero
    lost = (worth[:, -1] < 0).astype(np.float64)
    mixed = np.flatnonzero((worth[:, 0] < 0) & (worth[:, -1] >= 0))
    lost[mixed] = np.count_nonzero(worth[mixed] < 0, axis=1) / worth.shape[1]
    return quantiles, mean, lost


def _quantiles(values: Floats) -> Floats:
    """(3, battery) P10, P50, P90 along the last axis, by linear interpolation; `values` are put in order in place."""
    values.sort(axis=-1)
    places = np.array(_SHARES) * (values.shape[-1] - 1)
    low = np.floor(places).astype(np.int64)
    high, part = np.minimum(low + 1, values.shape[-1] - 1), places - low
    return np.asarray((values[..., low] * (1 - part) + values[..., high] * part).T)


def price_draws(prices: PriceSet, seed: int, count: int) -> Price:
    """One shared draw of all prices: code → (draw,), log-normal by each item's own spread."""
    by_code: dict[str, Floats] = {}

    def price(code: str) -> Floats:
        if code not in by_code:
            item = prices.item(code)
            z = generator(seed, f"price:{code}").standard_normal(count) if item.sigma else np.zeros(1)
            by_code[code] = lognormal(prices.price(code), item.sigma, z)
        return by_code[code]

    for item in prices.items:  # filled at once: the blocks' threads then only read
        price(item.code)
    return price


def central_prices(prices: PriceSet) -> Price:
    """The middle of every price."""
    return lambda code: np.array(prices.price(code))


def state_draws(lot: Lot, seed: int, count: int) -> State:
    """(battery, draw) state of health, factor on fade, factor on element masses."""
    unsure = bool(lot.mass_u.any())  # else nothing hangs on the third kind, and being the last it moves no other
    z = normals(seed, lot.names, count, 3 if unsure else 2)
    soh = split_normal(lot.soh, lot.lower, lot.upper, z[0])
    fade = lot.fade_sigma * z[1]
    mass = np.maximum(1 + lot.mass_u * z[2], 0.0) if unsure else np.ones_like(lot.mass_u)
    return State(soh, np.exp(fade, out=fade), mass)


def central_state(lot: Lot) -> State:
    """The middle of everything."""
    return State(lot.soh, np.ones_like(lot.soh), np.ones_like(lot.soh))


def option_draws(
    battery: Battery, prices: PriceSet, *, seed: int = 0, draws: int | None = None
) -> dict[Option, Floats]:
    """(draw,) value of each option of one battery in major units: the draws behind decision and value of information."""
    rules = value_rules()
    count = draws or rules.draws
    lot, shared = lot_of([battery], rules, SINGLE), price_draws(prices, seed, count)
    state = state_draws(lot, seed, count)
    return {
        option: summed(terms_of(rules.of(option), lot, state, shared), (1, count))[0].astype(np.float64)
        for option in offered(battery)
    }


def offered(battery: Battery) -> tuple[Option, ...]:
    """Options that can be valued: refurbishing needs to know the modules one by one."""
    return tuple(option for option in VALUED if option is not Option.REFURBISH or len(battery.module_soh) > 1)


def value(battery: Battery, prices: PriceSet, today: date, *, seed: int = 0, draws: int | None = None) -> Valuation:
    """Every option of one battery: range, explanation to the yen, tornado.

    Raises PriceMissing, CurrencyMixed, FigureImplausible.
    """
    rules = value_rules()
    _check([battery], prices, rules)
    count = draws or rules.draws
    minor = minor_units(prices.currency)
    lot = lot_of([battery], rules)
    drawn = option_draws(battery, prices, seed=seed, draws=count)
    options = tuple(
        _option_value(rules.of(option), lot, prices, worth * minor, minor) for option, worth in drawn.items()
    )
    return Valuation(
        item_id=battery.item_id,
        currency=prices.currency,
        options=options,
        price_set=prices.id,
        price_date=prices.date.isoformat(),
        warnings=(*prices.warnings(today), *assumed(battery)),
        seed=seed,
        draws=count,
        rule_sets=(rules.name, materials().name),
    )


def assumed(battery: Battery) -> tuple[str, ...]:
    """What was assumed because the battery's data do not say it."""
    return tuple(
        code
        for code, given in (
            ("DEFAULT_COMPOSITION", battery.composition),
            ("DEFAULT_MASS", battery.mass_kg),
            ("DEFAULT_FADE", battery.fade_per_year),
        )
        if given is None
    )


def _check(batteries: Sequence[Battery], prices: PriceSet, rules: ValueRules) -> None:
    check_prices(prices)
    metals = {f"metal.{symbol}" for battery in batteries[:1] for symbol in (battery.composition or ())}
    known = {f"metal.{metal.symbol}" for metal in materials().metals}
    options = {option for battery in batteries for option in offered(battery)}
    used = {code for option in options for code in price_codes(rules.of(option))}
    require(prices, used | (metals & known) | {f"metal.{symbol}" for symbol in symbols_in(batteries)})


def _option_value(rule: OptionRule, lot: Lot, prices: PriceSet, worth: Floats, minor: int) -> OptionValue:
    if not (np.abs(worth) < MOST_MINOR).all():  # prices drawn far out: beyond this a number loses its last digits
        raise FigureImplausible(detail=f"{rule.option.value}: {prices.id}")
    terms = terms_of(rule, lot, central_state(lot), central_prices(prices))
    p_negative, mean = float((worth < 0).mean()), float(worth.mean())
    lines = _lines(terms, rule, prices, minor)
    p10, p50, p90 = (round(float(figure)) for figure in _quantiles(worth[None, :])[:, 0])
    spread = Range(p10=p10, p50=p50, p90=p90, mean=round(mean), p_negative=p_negative)
    return OptionValue(
        option=rule.option,
        range=spread,
        central=sum(line.amount for line in lines),
        lines=lines,
        tornado=_tornado(rule, lot, prices, minor),
    )


def _lines(terms: Sequence[Term], rule: OptionRule, prices: PriceSet, minor: int) -> tuple[Line, ...]:
    return tuple(
        Line(
            code=term.code,
            text_ja=TERM_WORDS[term.code].ja,
            text_en=TERM_WORDS[term.code].en,
            amount=round(float(np.squeeze(term.amount)) * minor),
            formula=term.formula,
            inputs={name: float(np.squeeze(given)) for name, given in term.inputs.items()},
            sources=_sources(term, rule, prices),
        )
        for term in terms
    )


def _sources(term: Term, rule: OptionRule, prices: PriceSet) -> tuple[str, ...]:
    """The price set and the items that a line used."""
    codes = [code for code in price_codes(rule) if code.split(".")[0] == term.code.split(".")[0] or code == term.code]
    named = [f"{prices.id}:{code}" for code in ([term.code] if prices.has(term.code) else codes)]
    return tuple(named) or (prices.id,)


def _tornado(rule: OptionRule, lot: Lot, prices: PriceSet, minor: int) -> tuple[Swing, ...]:
    """Each input alone at its P10 and P90, the others in the middle; the widest first."""
    low, high = np.array(quantile_z(0.10)), np.array(quantile_z(0.90))
    middle, centre = central_state(lot), central_prices(prices)

    def at(state: State, price: Price) -> int:
        return round(float(summed(terms_of(rule, lot, state, price), (1, 1))[0, 0]) * minor)

    def moved(code: str, z: Floats) -> Price:
        sigma = prices.item(code).sigma
        return lambda asked: centre(asked) * np.exp(sigma * z) if asked == code else centre(asked)

    def health(z: Floats) -> State:
        return State(split_normal(lot.soh, lot.lower, lot.upper, z), middle.fade, middle.mass)

    def ageing(z: Floats) -> State:
        return State(middle.soh, np.exp(lot.fade_sigma * z), middle.mass)

    def masses(z: Floats) -> State:
        return State(middle.soh, middle.fade, 1 + lot.mass_u * z)

    found = [
        Swing(name, at(of(low), centre), at(of(high), centre))
        for name, of in (("soh", health), ("fade", ageing), ("composition", masses))
    ]
    codes = [code for code in (*price_codes(rule), *_metal_codes(rule, lot)) if prices.item(code).sigma]
    found += [Swing(code, at(middle, moved(code, low)), at(middle, moved(code, high))) for code in codes]
    return tuple(sorted((one for one in found if one.swing), key=lambda one: (-one.swing, one.input)))


def _metal_codes(rule: OptionRule, lot: Lot) -> tuple[str, ...]:
    if rule.kind != "material":
        return ()
    return tuple(f"metal.{symbol}" for symbol, masses in lot.elements.items() if masses.any())
