"""The whereabouts account: every battery that was placed is somewhere, and the figures always sum.

placed = first use + second life + returned and waiting + recycled + exported + lost + unknown
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum

import msgspec

from meguri.recycling.rates import ratio
from meguri.recycling.rulebook import WhereaboutsRules, rules


class Place(StrEnum):
    """Where a battery is."""

    FIRST_USE = "first_use"
    SECOND_LIFE = "second_life"
    RETURNED = "returned"
    RECYCLED = "recycled"
    EXPORTED = "exported"
    LOST = "lost"
    UNKNOWN = "unknown"


FINAL = frozenset({Place.RECYCLED, Place.EXPORTED, Place.LOST})
IN_USE = frozenset({Place.FIRST_USE, Place.SECOND_LIFE})


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Counts by place, and two rates [%] with their denominators.

    collected_pct  回収率: (second life + returned + recycled) of those no longer in first use
    reused_pct     再利用率: second life of those collected
    """

    placed: int
    by_place: dict[str, int]
    collected: int
    left_first_use: int
    collected_pct: Decimal | None
    reused: int
    reused_pct: Decimal | None
    rule_set: str


def place_on(stated: Place, last_sign: date, today: date, months: int | None = None) -> Place:
    """Where a battery counts today: one in use that gave no sign of life for 24 months (rule data) is unknown."""
    silent = rules("whereabouts", WhereaboutsRules).silent_months if months is None else months
    if stated in IN_USE and _months(last_sign, today) >= silent:
        return Place.UNKNOWN
    return stated


def _months(since: date, until: date) -> int:
    return (until.year - since.year) * 12 + until.month - since.month - (until.day < since.day)


def account(counts: Mapping[Place, int] | Iterable[Place]) -> Account:
    """The account of batteries, given as counts or one by one; it sums by construction."""
    by_place = Counter(counts if isinstance(counts, Mapping) else list(counts))
    placed = sum(by_place.values())
    reused = by_place[Place.SECOND_LIFE]
    collected = reused + by_place[Place.RETURNED] + by_place[Place.RECYCLED]
    left = placed - by_place[Place.FIRST_USE]
    return Account(
        placed=placed,
        by_place={place.value: by_place[place] for place in Place},
        collected=collected,
        left_first_use=left,
        collected_pct=ratio(Decimal(collected), Decimal(left)),
        reused=reused,
        reused_pct=ratio(Decimal(reused), Decimal(collected)),
        rule_set=rules("whereabouts", WhereaboutsRules).id,
    )
