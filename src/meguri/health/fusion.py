"""One state of health from several methods, or the plain statement that they contradict each other."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from meguri.health.estimate import COVERAGE_FACTOR


@dataclass(frozen=True, slots=True)
class Reading:
    """One method's state of health [%] with its 90 % interval."""

    method: str
    value: float
    lower: float
    upper: float

    @property
    def sd(self) -> float:
        """Standard uncertainty that belongs to the interval [points]."""
        return max((self.upper - self.lower) / (2 * COVERAGE_FACTOR), 1e-9)


@dataclass(frozen=True, slots=True)
class Fused:
    """The combined value [%] and its 90 % interval; None with `METHODS_DISAGREE` and the methods that contradict."""

    value: float | None
    lower: float | None
    upper: float | None
    methods: tuple[str, ...]
    reason: str | None = None


def disagree(left: Reading, right: Reading) -> bool:
    """Whether two results are further apart than both intervals allow: each value lies outside the other's."""
    outside = not left.lower <= right.value <= left.upper
    return outside and not right.lower <= left.value <= right.upper


def fuse(readings: list[Reading]) -> Fused | None:
    """Inverse-variance mean of all methods with a valid result; None when there is none.

    soh_bms never enters: it is no independent measurement. Two methods that disagree → no fusion.
    The interval is never narrower than methods that share the same battery's data allow: it widens by the scatter
    between methods (Birge ratio, R. T. Birge, Phys. Rev. 40 (1932) 207).
    """
    used = sorted((r for r in readings if r.method != "soh_bms"), key=lambda r: r.method)
    if not used:
        return None
    methods = tuple(reading.method for reading in used)
    against = sorted({r.method for pair in combinations(used, 2) if disagree(*pair) for r in pair})
    if against:
        return Fused(None, None, None, tuple(against), "METHODS_DISAGREE")
    weight = np.array([1 / reading.sd**2 for reading in used])
    values = np.array([reading.value for reading in used])
    mean = float(np.average(values, weights=weight))
    sd = float(1 / np.sqrt(weight.sum()))
    if len(used) > 1:
        sd *= max(1.0, float(np.sqrt((weight * (values - mean) ** 2).sum() / (len(used) - 1))))
    half = COVERAGE_FACTOR * sd
    if len(used) == 1:
        return Fused(mean, used[0].lower, used[0].upper, methods)
    return Fused(mean, mean - half, mean + half, methods)
