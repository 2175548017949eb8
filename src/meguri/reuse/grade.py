"""Grades A, B, C, R (recycle), X (vetoed), N (not assessable), on the lower bound; ranks and sets within a batch."""

from enum import StrEnum
from functools import cache

import msgspec
import numpy as np

from meguri.health.arrays import Floats, Ints
from meguri.health.rulebook import rules
from meguri.reuse.gate import Verdict

_SLACK = 1e-9


class Grade(StrEnum):
    """What a battery is good for."""

    A = "A"
    B = "B"
    C = "C"
    R = "R"
    X = "X"
    N = "N"


class _Row(msgspec.Struct, frozen=True):
    grade: Grade
    soh_lower: float
    resistance_ratio: float
    uses: tuple[str, ...]
    spread_pct: float | None = None


class _ThreeRank(msgspec.Struct, frozen=True):
    first_share: float
    second_share: float
    uses: tuple[tuple[str, ...], ...]


class GradeRules(msgspec.Struct, frozen=True):
    """`rules/reuse/grade.toml`."""

    id: str
    version: str
    status: str
    valid_from: str
    source: str
    grades: tuple[_Row, ...]
    three_rank: _ThreeRank


@cache
def grade_rules() -> GradeRules:
    """The rule set in force."""
    return rules("reuse", "grade", GradeRules)


def grade_of(
    verdict: Verdict, soh_lower: float | None, resistance_ratio: float | None, spread_pct: float | None
) -> Grade:
    """The grade after the gate.

    soh_lower         lower bound of the state of health [%], energy-based where there is one
    resistance_ratio  resistance ÷ that of the new battery
    spread_pct        spread between cells [% of capacity]
    A missing figure is N, never a better grade.
    """
    if verdict is Verdict.VETO:
        return Grade.X
    if verdict is Verdict.NOT_ASSESSABLE or soh_lower is None or resistance_ratio is None or spread_pct is None:
        return Grade.N
    for row in grade_rules().grades:
        fits = soh_lower >= row.soh_lower - _SLACK and resistance_ratio <= row.resistance_ratio + _SLACK
        if fits and (row.spread_pct is None or spread_pct <= row.spread_pct + _SLACK):
            return row.grade
    return Grade.R


def suggested_uses(grade: Grade) -> tuple[str, ...]:
    """Uses that suit a grade; recycling for R and X, none for N before it has been tested."""
    if grade in (Grade.R, Grade.X):
        return ("recycle",)
    return next((row.uses for row in grade_rules().grades if row.grade is grade), ())


def three_ranks(capacity: Floats, power: Floats) -> Ints:
    """Rank 1, 2 or 3 of each module within its batch, by the worse of its places in capacity and in power.

    capacity, power  (module,) higher is better; ties share the better place
    """
    shares = grade_rules().three_rank
    place = np.maximum(_places(capacity), _places(power))
    order = np.argsort(place, kind="stable")
    position = np.empty(len(place))
    position[order] = (np.arange(len(place)) + 0.5) / max(len(place), 1)
    first, second = shares.first_share, shares.first_share + shares.second_share
    return np.where(position <= first, 1, np.where(position <= second, 2, 3)).astype(np.int64)


def _places(values: Floats) -> Ints:
    """How many modules are better."""
    return values.size - np.searchsorted(np.sort(values), values, side="right")


def regroup(capacity: Floats, resistance: Floats, size: int) -> list[list[int]]:
    """Sets of `size` modules that differ as little as possible: consecutive in (capacity, resistance), Σ(max − min) least.

    As many sets as the modules allow; which modules are left over is part of the choice. Exact, by dynamic programming.
    """
    order = np.lexsort((resistance, capacity))
    sets, count = len(order) // size, len(order)
    sorted_capacity = capacity[order]
    best = np.full((sets + 1, count + 1), np.inf)
    best[0] = 0.0
    for made in range(1, sets + 1):
        for end in range(made * size, count + 1):
            width = sorted_capacity[end - 1] - sorted_capacity[end - size]
            best[made, end] = min(best[made, end - 1], best[made - 1, end - size] + width)
    found, end = [], count
    for made in range(sets, 0, -1):
        while best[made, end] == best[made, end - 1]:
            end -= 1
        found.append(sorted(int(module) for module in order[end - size : end]))
        end -= size
    return found[::-1]
