"""When a figure among peers may be told, and what it is (pure).

A figure is the mean of companies, weighted by what they made. It is told of at least `min_group` companies of which none
makes more than `max_share` percent. Whoever knows two figures one after the other can subtract them: so a newer one is
told only when at least `min_group` companies are other ones or say otherwise than in the one before. Shares, ranges and
single places in the order are never told: of five companies they would be somebody's own value.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal, NamedTuple

import msgspec

from meguri.footprint.calculation.figures import HUNDRED, ZERO, precise

Key = Literal["too_few", "one_dominates", "too_little_changed", "unchanged"]


class Said(NamedTuple):
    """What one company says: kg CO2e per unit, and units made."""

    value: Decimal
    weight: Decimal


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The rule data."""

    min_group: int
    max_share: Decimal
    significant_digits: int


class Figure(NamedTuple):
    """A mean that may be told, rounded, and of at least how many companies."""

    mean: Decimal
    at_least: int


def may_follow(now: Mapping[str, Said], before: Mapping[str, Said] | None, limits: Limits) -> Key | None:
    """Why no newer figure is told, or None if it may be. `before`: what stands behind the figure told last."""
    if len(now) < limits.min_group:
        return "too_few"
    whole = sum((said.weight for said in now.values()), ZERO)
    if any(said.weight * HUNDRED > limits.max_share * whole for said in now.values()):
        return "one_dominates"
    if before is not None:
        other = sum(now.get(company) != before.get(company) for company in now.keys() | before.keys())
        if other == 0:
            return "unchanged"
        if other < limits.min_group:
            return "too_little_changed"
    return None


@precise
def figure_of(now: Mapping[str, Said], limits: Limits) -> Figure:
    """The weighted mean of a group that may be told, to a few digits; companies are counted down to a round number."""
    whole = sum((said.weight for said in now.values()), ZERO)
    mean = sum((said.value * said.weight for said in now.values()), ZERO) / whole
    rounded = Decimal(f"{mean:.{limits.significant_digits}g}")
    return Figure(rounded, len(now) // limits.min_group * limits.min_group)


@precise
def joined(lines: list[Said]) -> Said:
    """What one company says with several results: the mean by what it made of each, and all that it made."""
    whole = sum((each.weight for each in lines), ZERO)
    return Said(sum((each.value * each.weight for each in lines), ZERO) / whole, whole)
