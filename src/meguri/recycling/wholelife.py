"""The whole-life account of a battery: energy delivered in every life, its emissions and its owner's money.

Recycling credits stand beside and are never netted. What is unknown stays unknown, with its reason.
"""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from meguri.kernel.numbers import ZERO


class Life(msgspec.Struct, frozen=True, kw_only=True):
    """One life of a battery.

    delivered_kwh  energy given so far, or None when nobody knows
    expected_kwh   energy still to come (low, central, high)
    kg_co2e        what this life's beginning cost: making, or conversion and transport
    """

    name: str
    delivered_kwh: Decimal | None
    kg_co2e: Decimal | None
    expected_kwh: tuple[Decimal, Decimal, Decimal] | None = None


class PerKwh(msgspec.Struct, frozen=True, kw_only=True):
    """A figure per kWh delivered, or None with the reason."""

    value: Decimal | None
    reason: str | None = None


class WholeLife(msgspec.Struct, frozen=True, kw_only=True):
    """The account: so far, and with the energy still expected (high energy gives the low figure)."""

    delivered_kwh: Decimal | None
    kg_co2e: Decimal | None
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
    emitted = _sum([life.kg_co2e for life in lives])
    outlook = [_sum([kwh, *(life.expected_kwh[place] for life in lives if life.expected_kwh)]) for place in range(3)]
    return WholeLife(
        delivered_kwh=kwh,
        kg_co2e=emitted,
        so_far=per_kwh(emitted, kwh),
        expected=per_kwh(emitted, outlook[1]),
        expected_low=per_kwh(emitted, outlook[2]),
        expected_high=per_kwh(emitted, outlook[0]),
        credit_kg_co2e=credit_kg_co2e,
        recovered_kg=recovered_kg or {},
    )


def owner_cost(price: Decimal, resale: Decimal | None, delivered_kwh: Decimal | None) -> PerKwh:
    """What a kWh cost the first owner: (price − resale) / energy delivered in the first life; in the money's unit."""
    return per_kwh(price - (resale or ZERO), delivered_kwh)


def _sum(figures: Sequence[Decimal | None]) -> Decimal | None:
    known = [figure for figure in figures if figure is not None]
    return sum(known, ZERO) if len(known) == len(figures) and figures else None
