"""The whole-life account of a battery: energy delivered in every life, its emissions and its owner's money.

Recycling credits stand beside and are never netted. What is unknown stays unknown, with its reason.
"""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

import msgspec

from meguri.kernel.numbers import ZERO


class Life(msgspec.Struct, frozen=True, kw_only=True):
    """One life of a battery.

    delivered_kwh  energy given so far, or None when nobody knows
    expected_kwh   energy still to come (low, central, high)
    kg_co2e        what this life's beginning cost: making, or conversion
    transport_kg_co2e  what carrying it cost; None: not stated, and then not in any sum
    """

    name: str
    delivered_kwh: Decimal | None
    kg_co2e: Decimal | None
    transport_kg_co2e: Decimal | None = None
    expected_kwh: tuple[Decimal, Decimal, Decimal] | None = None


class PerKwh(msgspec.Struct, frozen=True, kw_only=True):
    """A figure per kWh delivered, or None with the reason."""

    value: Decimal | None
    reason: str | None = None


class WholeLife(msgspec.Struct, frozen=True, kw_only=True):
    """The account: so far, and with the energy still expected (high energy gives the low figure).

    kg_co2e  making, conversion and, where it is stated, transport, which stands beside on a line of its own too
    """

    delivered_kwh: Decimal | None
    kg_co2e: Decimal | None
    transport_kg_co2e: Decimal | None
    so_far: PerKwh
    expected: PerKwh
    expected_low: PerKwh
    expected_high: PerKwh
    credit_kg_co2e: Decimal | None
    recovered_kg: dict[str, Decimal]


def per_kwh(amount: Decimal | None, kwh: Decimal | None) -> PerKwh:
    """`amount` per kWh, or None with the reason."""
    if kwh is None:
        return PerKwh(value=None, reason="ENERGY_UNKNOWN")
    if not kwh:
        return PerKwh(value=None, reason="NO_ENERGY_DELIVERED")
    if amount is None:
        return PerKwh(value=None, reason="AMOUNT_UNKNOWN")
    return PerKwh(value=amount / kwh)


def account(
    lives: Sequence[Life],
    *,
    recovered_kg: dict[str, Decimal] | None = None,
    credit_kg_co2e: Decimal | None = None,
) -> WholeLife:
    """Emissions per kWh over all lives: 5,280 kg over 28,800 kWh; a second life lowers it."""
    kwh = _sum([life.delivered_kwh for life in lives])
    carried = [life.transport_kg_co2e for life in lives if life.transport_kg_co2e is not None]
    emitted = _sum([*(life.kg_co2e for life in lives), *carried])
    ahead = [life.expected_kwh for life in lives if life.expected_kwh is not None]
    low, central, high = (_outlook(emitted, kwh, [one[place] for one in ahead]) for place in range(3))
    return WholeLife(
        delivered_kwh=kwh,
        kg_co2e=emitted,
        transport_kg_co2e=_sum(carried),
        so_far=per_kwh(emitted, kwh),
        expected=central,
        expected_low=high,
        expected_high=low,
        credit_kg_co2e=credit_kg_co2e,
        recovered_kg=recovered_kg or {},
    )


def _outlook(emitted: Decimal | None, kwh: Decimal | None, ahead: Sequence[Decimal]) -> PerKwh:
    """Per kWh so far and still to come; without an outlook there is none, rather than what was so far."""
    if not ahead:
        return PerKwh(value=None, reason="EXPECTED_UNKNOWN")
    return per_kwh(emitted, _sum([kwh, *ahead]))


def energy_left(
    days: Sequence[float], capacity: Sequence[float], last_day: float, rated_kwh: float, cycles_per_day: float
) -> Decimal:
    """kWh that a battery still gives until `last_day`: its capacity over time × rated energy × full cycles a day.

    days, capacity  trajectory of the capacity relative to the rated one, over days from now; between its points a
                    straight line
    """
    points = [(day, share) for day, share in zip(days, capacity, strict=True) if day < last_day]
    after = next(((day, share) for day, share in zip(days, capacity, strict=True) if day >= last_day), None)
    if points and after is not None:
        (day, share), (next_day, next_share) = points[-1], after
        points.append((last_day, share + (next_share - share) * (last_day - day) / (next_day - day)))
    area = sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in pairwise(points))
    return Decimal(str(round(area * rated_kwh * cycles_per_day, 3)))


class ModelAccount(msgspec.Struct, frozen=True, kw_only=True):
    """The accounts of a model's batteries together; each figure counts the batteries of which it is known.

    batteries        of the model, in the account of whereabouts
    so_far_of, expected_of, owner_of  batteries within the figure; the others are told as missing, never as zero
    """

    batteries: int
    delivered_kwh: Decimal | None
    kg_co2e: Decimal | None
    transport_kg_co2e: Decimal | None
    so_far: PerKwh
    so_far_of: int
    expected: PerKwh
    expected_low: PerKwh
    expected_high: PerKwh
    expected_of: int
    first_owner: PerKwh
    owner_of: int
    credit_kg_co2e: Decimal | None
    recovered_kg: dict[str, Decimal]


def together(batteries: Sequence[Sequence[Life]], accounts: Sequence[WholeLife], paid: Decimal | None) -> ModelAccount:
    """Accounts of one model as one: sums over sums, so that a battery that gave more counts for more.

    batteries  the lives of each battery, first life first; accounts: their accounts, of one order
    paid       price less resale of one battery
    """
    known = [a for a in accounts if a.so_far.value is not None]
    ahead = [
        (a, [life.expected_kwh for life in lives if life.expected_kwh is not None])
        for lives, a in zip(batteries, accounts, strict=True)
        if a.expected.value is not None
    ]
    first = [lives[0].delivered_kwh for lives in batteries if lives and lives[0].delivered_kwh]
    recovered: dict[str, Decimal] = {}
    for one in accounts:
        for metal, kg in one.recovered_kg.items():
            recovered[metal] = recovered.get(metal, ZERO) + kg
    low, central, high = (
        _ratio(
            [a.kg_co2e for a, _ in ahead],
            [_sum([a.delivered_kwh, *(one[place] for one in coming)]) for a, coming in ahead],
            "EXPECTED_UNKNOWN",
        )
        for place in range(3)
    )
    return ModelAccount(
        batteries=len(accounts),
        delivered_kwh=_sum([a.delivered_kwh for a in accounts if a.delivered_kwh is not None]),
        kg_co2e=_sum([a.kg_co2e for a in accounts if a.kg_co2e is not None]),
        transport_kg_co2e=_sum([a.transport_kg_co2e for a in accounts if a.transport_kg_co2e is not None]),
        so_far=_ratio([a.kg_co2e for a in known], [a.delivered_kwh for a in known], "ENERGY_UNKNOWN"),
        so_far_of=len(known),
        expected=central,
        expected_low=high,
        expected_high=low,
        expected_of=len(ahead),
        first_owner=PerKwh(value=None, reason="PRICE_UNKNOWN")
        if paid is None
        else _ratio([paid] * len(first), first, "ENERGY_UNKNOWN"),
        owner_of=len(first),
        credit_kg_co2e=_sum([a.credit_kg_co2e for a in accounts if a.credit_kg_co2e is not None]),
        recovered_kg=recovered,
    )


def _ratio(amounts: Sequence[Decimal | None], kwh: Sequence[Decimal | None], reason: str) -> PerKwh:
    if not kwh:
        return PerKwh(value=None, reason=reason)
    return per_kwh(_sum(amounts), _sum(kwh))


def owner_cost(price: Decimal, resale: Decimal | None, delivered_kwh: Decimal | None) -> PerKwh:
    """What a kWh cost the first owner: (price − resale) / energy delivered in the first life; in the money's unit."""
    return per_kwh(price - (resale or ZERO), delivered_kwh)


def _sum(figures: Sequence[Decimal | None]) -> Decimal | None:
    known = [figure for figure in figures if figure is not None]
    return sum(known, ZERO) if len(known) == len(figures) and figures else None
