"""Collection rates of portable and of light-means-of-transport batteries.

CR_y = 3 · C_y / (S_{y−3} + S_{y−2} + S_{y−1}) × 100       Regulation (EU) 2023/1542 Annex XI
"""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from meguri.kernel.errors import FieldError
from meguri.kernel.numbers import ZERO, plain
from meguri.kernel.text import Text
from meguri.recycling.errors import UnusableInput
from meguri.recycling.rates import Tested, against_targets, half_up, ratio, rounded
from meguri.recycling.rulebook import CollectionRules, rules

CATEGORIES = ("portable", "lmt")
"""Only these have a collection rate; all others are taken back free of charge (Art. 61(1))."""
MOST_T = Decimal(10) ** 9
_TONNES = Text(ja="0 以上の t の値が必要です。受け取った値: {given}", en="must be tonnes, 0 or more. Given: {given}")
_CATEGORY = Text(
    ja="portable か lmt が必要です(EV・産業用・SLI には回収率がなく、全量を無償で引き取ります)。受け取った値: {given}",
    en="must be portable or lmt (EV, industrial and SLI batteries have no rate: all are taken back). Given: {given}",
)


class CollectionRate(msgspec.Struct, frozen=True, kw_only=True):
    """A rate [%]; `status` is `computed` or `not_computable` (too few years of sales)."""

    value: Decimal | None
    status: str
    years: tuple[int, ...]
    targets: list[Tested]
    rule_set: str


def _require_tonnes(field: str, given: Decimal) -> None:
    if not given.is_finite() or not 0 <= given <= MOST_T:
        raise UnusableInput(fields=(FieldError(field, _TONNES, {"given": plain(given)[:40]}),))


def collection_rate(year: int, collected_t: Decimal, sold_t: Mapping[int, Decimal], category: str) -> CollectionRate:
    """The rate of `year` for `category` (`portable` or `lmt`). Raises UnusableInput.

    sold_t  weight first made available by year, less what left the country before sale to end users
    """
    _require_tonnes("collected_t", collected_t)
    for past, tonnes in sold_t.items():
        _require_tonnes(f"sold_t.{past}", tonnes)
    if category not in CATEGORIES:
        raise UnusableInput(fields=(FieldError("category", _CATEGORY, {"given": category[:40]}),))
    book = rules("collection", CollectionRules)
    last = year if book.includes_current else year - 1
    window = tuple(range(last - book.years + 1, last + 1))
    value = None
    if all(past in sold_t for past in window):
        value = ratio(book.years * collected_t, sum((sold_t[past] for past in window), ZERO))
    return CollectionRate(
        value=None if value is None else half_up(value),
        status="not_computable" if value is None else "computed",
        years=window,
        targets=[rounded(row) for row in against_targets("collection", category, value, year=year)],
        rule_set=book.id,
    )
