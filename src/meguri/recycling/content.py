"""Recycled content of active materials by battery model, year and plant.

    RC_x = 100 · Σ M_x(recovered, eligible, retired) / Σ M_x(total), x ∈ {Co, Li, Ni}; lead: of the whole battery
    RC_x = RC_x,pre + RC_x,post

A year's value is a ratio of sums; elements are never added. Source: Regulation (EU) 2023/1542 Art. 8; rule data.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

import msgspec

from meguri.kernel.numbers import ZERO, plain
from meguri.recycling.errors import NotClaimable, OverClaim
from meguri.recycling.model import SourceClass
from meguri.recycling.rates import Tested, against_targets, half_up, ratio, rounded
from meguri.recycling.rulebook import ContentRules, rules, targets


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """Recycled content of one element [%]: together, pre- and post-consumer. None: not determined, never 0."""

    element: str
    value: Decimal | None
    pre: Decimal | None
    post: Decimal | None
    total_kg: Decimal
    pre_kg: Decimal
    post_kg: Decimal
    not_counted_kg: Decimal
    formula: str
    targets: list[Tested]
    rule_set: str
    declared_zero: bool = False


class DutyOn(msgspec.Struct, frozen=True, kw_only=True):
    """What Art. 8 asks of a battery on a day: nothing, documentation, or minima [%] by element."""

    duty: str
    reason: str | None = None
    minima: dict[str, Decimal] = {}


def content_rules() -> ContentRules:
    """The rules in force."""
    return rules("content", ContentRules)


def recycled_content(
    element: str,
    total_kg: Decimal,
    retired_kg: Mapping[SourceClass, Decimal],
    *,
    year: int,
    declared_zero: bool = False,
) -> Content:
    """Recycled content of `element`. Raises NotClaimable (no such duty), OverClaim (more than was consumed)."""
    book = content_rules()
    eligible = book.eligible.get(element)
    if eligible is None:
        raise NotClaimable(what=element)
    pre = sum((kg for source, kg in retired_kg.items() if source.value in eligible.pre), ZERO)
    post = sum((kg for source, kg in retired_kg.items() if source.value in eligible.post), ZERO)
    if pre + post > total_kg and total_kg > 0:
        raise OverClaim(element=element, claimed=plain(pre + post), total=plain(total_kg))
    known = total_kg > 0 and (bool(retired_kg) or declared_zero)
    value = ratio(pre + post, total_kg) if known else None
    return Content(
        element=element,
        value=value,
        pre=ratio(pre, total_kg) if known else None,
        post=ratio(post, total_kg) if known else None,
        total_kg=total_kg,
        pre_kg=pre,
        post_kg=post,
        not_counted_kg=sum(retired_kg.values(), ZERO) - pre - post,
        formula=f"RC_{element} = ({plain(pre)} + {plain(post)}) / {plain(total_kg)} × 100",
        targets=against_targets("content", element, value, year=year),
        rule_set=book.id,
        declared_zero=declared_zero and known,
    )


def rounded_content(found: Content) -> Content:
    """The same content with its percentages as they are written; verdicts used unrounded ones."""
    value, pre, post = (None if share is None else half_up(share) for share in (found.value, found.pre, found.post))
    tested = [rounded(row) for row in found.targets]
    return msgspec.structs.replace(found, value=value, pre=pre, post=post, targets=tested)


def over_lots(lots: Iterable[tuple[Decimal, Decimal]]) -> Decimal | None:
    """Percentage over several lots, each as (total kg, percent): a ratio of sums."""
    rows = list(lots)
    total = sum((kg for kg, _ in rows), ZERO)
    return ratio(sum((kg * percent / 100 for kg, percent in rows), ZERO), total)


def denominators_agree(by_units_kg: Decimal, by_consumption_kg: Decimal) -> bool:
    """Whether units × bill of materials and consumption less scrap agree within the tolerance (2 %)."""
    largest = max(by_units_kg, by_consumption_kg)
    return abs(by_units_kg - by_consumption_kg) <= content_rules().denominator_tolerance * largest


def duty_on(category: str, day: date, *, placed_before: bool = False, capacity_kwh: Decimal | None = None) -> DutyOn:
    """What Art. 8 asks of a battery that is placed on the market on `day`.

    placed_before  re-used, repurposed or remanufactured after it was on the market: out of scope
    capacity_kwh   industrial batteries of at most 2 kWh have no duty
    """
    if placed_before:
        return DutyOn(duty="none", reason="ALREADY_PLACED_ON_MARKET")
    if category == "industrial" and capacity_kwh is not None and capacity_kwh <= 2:
        return DutyOn(duty="none", reason="CAPACITY_AT_MOST_2_KWH")
    for row in content_rules().duties:
        if category not in row.categories:
            continue
        held = [m for m in row.minima if m.start <= day]
        if held:
            return DutyOn(duty="minima", minima=_minima(max(held, key=lambda m: m.start).rule))
        if day >= row.documentation:
            return DutyOn(duty="documentation")
        return DutyOn(duty="none", reason="BEFORE_FIRST_DATE")
    return DutyOn(duty="none", reason="CATEGORY_WITHOUT_DUTY")


def _minima(rule: str) -> dict[str, Decimal]:
    return next(dict(row.least) for row in targets().targets if row.rule == rule)
