"""Ratios with their uncertainty, and how they stand against targets.

r = a/b · 100; u(r) = r · √(urel(a)² + urel(b)² − 2ρ·urel(a)·urel(b)); U = 2u; one-sided 95 % bound L = r − 1.645·u.
The legal status uses r; whether it is demonstrated uses L.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext

import msgspec

from meguri.kernel.numbers import ZERO
from meguri.recycling.model import TargetStatus
from meguri.recycling.rulebook import TargetRule, targets

HUNDRED = Decimal(100)
ONE_SIDED_95 = Decimal("1.645")
SIXTH = Decimal("0.000001")


def half_up(number: Decimal, step: Decimal = SIXTH) -> Decimal:
    """`number` rounded half up (away from zero) to a multiple of `step`; only at output."""
    try:
        rounded = number.quantize(step, rounding=ROUND_HALF_UP)
    except InvalidOperation:  # more digits than the context at hand keeps
        with localcontext() as context:
            context.prec = 60
            rounded = number.quantize(step, rounding=ROUND_HALF_UP)
    return rounded or abs(rounded)


class Interval(msgspec.Struct, frozen=True, kw_only=True):
    """Standard uncertainty `u`, expanded `expanded` = 2u and the one-sided 95 % lower bound, in percent."""

    u: Decimal
    expanded: Decimal
    lower: Decimal


class Tested(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A figure against one target.

    target       least value [%]
    value        the figure [%], or None
    gap_pp       figure − target [percentage points]; negative = missing
    status       with the uncertainty taken into account; before the first tested year `not_yet_applicable`
    legal_status the figure alone, whatever the year
    first_year   first calendar year that is tested; None = always
    """

    rule: str
    target: Decimal
    value: Decimal | None
    gap_pp: Decimal | None
    status: TargetStatus
    legal_status: TargetStatus
    deadline: date | None = None
    first_year: int | None = None


def ratio(part: Decimal, whole: Decimal) -> Decimal | None:
    """part / whole in percent, unrounded; None when the whole is nothing."""
    if whole <= 0:
        return None
    with localcontext() as context:
        context.prec = 40
        return part / whole * HUNDRED


def interval(r: Decimal, urel_part: Decimal, urel_whole: Decimal, correlation: Decimal = ZERO) -> Interval:
    """Uncertainty of a ratio from the relative standard uncertainties of its parts."""
    with localcontext() as context:
        context.prec = 40
        square = urel_part**2 + urel_whole**2 - 2 * correlation * urel_part * urel_whole
        u = r * max(square, ZERO).sqrt()
        return Interval(u=u, expanded=2 * u, lower=r - ONE_SIDED_95 * u)


def combined_u_rel(masses: Sequence[tuple[Decimal, Decimal | None]]) -> Decimal | None:
    """Relative standard uncertainty of a sum of independent masses (kg, urel); None unless each is known."""
    if not masses or any(u is None for _, u in masses):
        return None
    with localcontext() as context:
        context.prec = 40
        total = sum((kg for kg, _ in masses), ZERO)
        square = sum(((kg * (u or ZERO)) ** 2 for kg, u in masses), ZERO)
        return square.sqrt() / total if total else None


def tested(row: TargetRule, least: Decimal, value: Decimal | None, lower: Decimal | None, year: int | None) -> Tested:
    """`value` against one target; `year` None: the target is asked for as such, whenever it applies."""
    legal = TargetStatus.NOT_DETERMINED
    if value is not None:
        legal = TargetStatus.MET if value >= least else TargetStatus.MISSED
    status = legal
    if legal is TargetStatus.MET and lower is not None and lower < least:
        status = TargetStatus.MET_NOT_DEMONSTRATED
    if value is not None and year is not None and row.first_year is not None and year < row.first_year:
        status = TargetStatus.NOT_YET_APPLICABLE
    return Tested(
        rule=row.rule,
        target=least,
        value=value,
        gap_pp=None if value is None else value - least,
        status=status,
        legal_status=legal,
        deadline=row.deadline,
        first_year=row.first_year,
    )


def rounded(row: Tested) -> Tested:
    """The same verdict with its figures as they are written: six decimals. The verdict itself used unrounded ones."""
    value, gap = (None if figure is None else half_up(figure) for figure in (row.value, row.gap_pp))
    return msgspec.structs.replace(row, value=value, gap_pp=gap)


def against_targets(
    metric: str,
    key: str,
    value: Decimal | None,
    lower: Decimal | None = None,
    *,
    year: int | None = None,
    re_class: str | None = None,
    rows: Iterable[TargetRule] | None = None,
) -> list[Tested]:
    """`value` against every target of `metric` for `key` (an element, a class or a category)."""
    every = targets().targets if rows is None else rows
    return [
        tested(row, row.least[key], value, lower, year)
        for row in every
        if row.metric == metric and key in row.least and (not row.classes or re_class in row.classes)
    ]
