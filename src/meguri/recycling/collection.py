"""Collection rates of portable and of light-means-of-transport batteries.

CR_y = 3 · C_y / (S_{y−3} + S_{y−2} + S_{y−1}) × 100       Regulation (EU) 2023/1542 Annex XI
"""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from meguri.kernel.numbers import ZERO
from meguri.recycling.rates import Tested, against_targets, ratio
from meguri.recycling.rulebook import CollectionRules, rules


class CollectionRate(msgspec.Struct, frozen=True, kw_only=True):
    """A rate [%]; `status` is `computed` or `not_computable` (too few years of sales)."""

    value: Decimal | None
    status: str
    years: tuple[int, ...]
    targets: list[Tested]
    rule_set: str


def collection_rate(year: int, collected_t: Decimal, sold_t: Mapping[int, Decimal], category: str) -> CollectionRate:
    """The rate of `year` for `category` (`portable` or `lmt`).

    sold_t  weight first made available by year, less what left the country before sale to end users
    """
    book = rules("collection", CollectionRules)
    last = year if book.includes_current else year - 1
    window = tuple(range(last - book.years + 1, last + 1))
    value = None
    if all(past in sold_t for past in window):
        value = ratio(book.years * collected_t, sum((sold_t[past] for past in window), ZERO))
    return CollectionRate(
        value=value,
        status="not_computable" if value is None else "computed",
        years=window,
        targets=against_targets("collection", category, value, year=year),
        rule_set=book.id,
    )
