"""Battery as a service: fair bills by energy, by usable capacity and by wear. Every line says meter, readings and formula."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Literal

import msgspec

from meguri.reuse.errors import NegativeEnergy, TariffInvalid
from meguri.reuse.money import minor_units

_LEAST, _MOST = Decimal(0), Decimal(10**12)


class Plan(StrEnum):
    """How a user pays."""

    ENERGY = "energy"
    SUBSCRIPTION = "subscription"
    CAPACITY_FAIR = "capacity_fair"
    WEAR = "wear"


class Tariff(msgspec.Struct, frozen=True, kw_only=True):
    """Prices of a contract in major units (decimal strings on the wire); shares 0–1.

    per_kwh             energy plan
    period_fee          subscription and capacity_fair
    guaranteed_share    usable share of rated energy that the fee promises
    value_now, value_floor, efc_remaining  wear: what one equivalent full cycle costs
    short_credit        paid back for each pack issued below `min_usable_kwh`
    """

    plan: Plan
    currency: str = "JPY"
    per_kwh: Decimal = Decimal(0)
    period_fee: Decimal = Decimal(0)
    guaranteed_share: Decimal = Decimal("0.9")
    value_now: Decimal = Decimal(0)
    value_floor: Decimal = Decimal(0)
    efc_remaining: Decimal = Decimal(1)
    min_usable_kwh: Decimal = Decimal(0)
    short_credit: Decimal = Decimal(0)


class Swapped(msgspec.Struct, frozen=True, kw_only=True):
    """One use of a pack between issue and return. kWh.

    meter  bms (energy counters of the pack, both readings) or soc (state of charge × usable energy: a fallback, flagged)
    """

    swap_id: str
    pack_id: str
    rated_kwh: Decimal
    usable_kwh: Decimal
    meter: Literal["bms", "soc"]
    reading_out: Decimal
    reading_in: Decimal

    @property
    def energy_kwh(self) -> Decimal:
        """Energy taken out. Raises NegativeEnergy."""
        used = self.reading_in - self.reading_out if self.meter == "bms" else self._by_charge()
        if used < 0:
            raise NegativeEnergy(value=used)
        return used

    def _by_charge(self) -> Decimal:
        return (self.reading_out - self.reading_in) / 100 * self.usable_kwh


class BillLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line in major units, unrounded; both readings and the formula stand beside it."""

    swap_id: str
    pack_id: str
    kind: Literal["energy", "fee", "wear", "credit"]
    amount: Decimal
    formula: str
    meter: str
    reading_out: Decimal | None = None
    reading_in: Decimal | None = None
    energy_kwh: Decimal | None = None
    flags: tuple[str, ...] = ()


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """A period's bill; `total` in minor units, rounded once, half up."""

    plan: Plan
    currency: str
    lines: tuple[BillLine, ...]
    exact: Decimal
    total: int


def check_tariff(tariff: Tariff) -> None:
    """Refuse a tariff by which nothing can be billed: figures that its plan does not use may be anything from 0 up.

    Raises TariffInvalid.
    """
    amounts = (
        tariff.per_kwh,
        tariff.period_fee,
        tariff.value_now,
        tariff.value_floor,
        tariff.min_usable_kwh,
        tariff.short_credit,
    )
    if not all(each.is_finite() for each in (*amounts, tariff.guaranteed_share, tariff.efc_remaining)):
        raise TariffInvalid(detail="NaN, ∞")
    if not all(_LEAST <= amount <= _MOST for amount in amounts):
        raise TariffInvalid(detail="0 – 10¹²")
    if tariff.plan is Plan.CAPACITY_FAIR and not 0 < tariff.guaranteed_share <= 1:
        raise TariffInvalid(detail="0 < guaranteed_share ≤ 1")
    if tariff.plan is Plan.WEAR and not 0 < tariff.efc_remaining <= _MOST:
        raise TariffInvalid(detail="efc_remaining > 0")


def equivalent_cycles(energy_kwh: Decimal, rated_kwh: Decimal) -> Decimal:
    """EFC = energy discharged ÷ rated energy."""
    return energy_kwh / rated_kwh


def wear_price(tariff: Tariff) -> Decimal:
    """What one equivalent full cycle costs: (V_now − V_floor) ÷ EFC remaining."""
    return (tariff.value_now - tariff.value_floor) / tariff.efc_remaining


def delivered_share(swaps: Sequence[Swapped]) -> Decimal:
    """Usable energy delivered ÷ rated energy, over all packs issued."""
    return sum((swap.usable_kwh for swap in swaps), Decimal(0)) / sum((swap.rated_kwh for swap in swaps), Decimal(0))


def bill(tariff: Tariff, swaps: Sequence[Swapped]) -> Bill:
    """The bill of a period. A pack issued below the promised usable energy is credited by itself."""
    lines = [*_charges(tariff, swaps), *(_credit(tariff, swap) for swap in swaps if _short(tariff, swap))]
    exact = sum((line.amount for line in lines), Decimal(0))
    step = Decimal(1) / minor_units(tariff.currency)
    rounded = exact.quantize(step, rounding=ROUND_HALF_UP)
    total = int(rounded / step)
    return Bill(plan=tariff.plan, currency=tariff.currency, lines=tuple(lines), exact=exact, total=total)


def _short(tariff: Tariff, swap: Swapped) -> bool:
    return tariff.short_credit > 0 and swap.usable_kwh < tariff.min_usable_kwh


def _charges(tariff: Tariff, swaps: Sequence[Swapped]) -> list[BillLine]:
    if tariff.plan is Plan.ENERGY:
        return [_metered(swap, "energy", swap.energy_kwh * tariff.per_kwh, f"E × {tariff.per_kwh}") for swap in swaps]
    if tariff.plan is Plan.WEAR:
        price = wear_price(tariff)
        words = f"E ÷ E_rated × ({tariff.value_now} − {tariff.value_floor}) ÷ {tariff.efc_remaining}"
        return [
            _metered(swap, "wear", equivalent_cycles(swap.energy_kwh, swap.rated_kwh) * price, words) for swap in swaps
        ]
    return [_fee(tariff, swaps)]


def _fee(tariff: Tariff, swaps: Sequence[Swapped]) -> BillLine:
    share, words = Decimal(1), f"{tariff.period_fee}"
    if tariff.plan is Plan.CAPACITY_FAIR and swaps:
        delivered = delivered_share(swaps)
        share = min(Decimal(1), delivered / tariff.guaranteed_share)
        words = f"{tariff.period_fee} × min(1, {delivered:.4f} ÷ {tariff.guaranteed_share})"
    return BillLine(swap_id="", pack_id="", kind="fee", amount=tariff.period_fee * share, formula=words, meter="")


def _metered(swap: Swapped, kind: Literal["energy", "wear"], amount: Decimal, words: str) -> BillLine:
    return BillLine(
        swap_id=swap.swap_id,
        pack_id=swap.pack_id,
        kind=kind,
        amount=amount,
        formula=words,
        meter=swap.meter,
        reading_out=swap.reading_out,
        reading_in=swap.reading_in,
        energy_kwh=swap.energy_kwh,
        flags=("SOC_FALLBACK",) if swap.meter == "soc" else (),
    )


def _credit(tariff: Tariff, swap: Swapped) -> BillLine:
    return BillLine(
        swap_id=swap.swap_id,
        pack_id=swap.pack_id,
        kind="credit",
        amount=-tariff.short_credit,
        formula=f"usable {swap.usable_kwh} < {tariff.min_usable_kwh}",
        meter="",
        flags=("BELOW_MIN_USABLE",),
    )
