"""What an estimator returns: a number with its standard uncertainty and flags, or the reason why there is none."""

from dataclasses import dataclass, field
from math import sqrt

from scipy.special import ndtri

CONFIDENCE = 0.90
COVERAGE_FACTOR = 1.645  # for 90 %, as the rule data of the methods state it


class NotAssessable(Exception):
    """The data do not allow this estimate; `code` says why and `detail` where. Never a default value instead."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}:{detail}" if detail else code)
        self.code = code
        self.detail = detail

    @property
    def reason(self) -> str:
        """`CODE` or `CODE:detail`, as results list it."""
        return str(self)


def coverage_factor(confidence: float) -> float:
    """How many standard uncertainties lie on each side of an interval of `confidence`."""
    return COVERAGE_FACTOR if abs(confidence - CONFIDENCE) < 1e-9 else float(ndtri((1 + confidence) / 2))


@dataclass(frozen=True, slots=True)
class Estimate:
    """`value` with standard uncertainty `sd`, both in the unit that the estimator names."""

    value: float
    sd: float
    flags: tuple[str, ...] = field(default=())

    def interval(self, confidence: float = CONFIDENCE) -> tuple[float, float]:
        """Lower and upper bound of the interval of `confidence`."""
        half = coverage_factor(confidence) * self.sd
        return self.value - half, self.value + half

    def relative_to(self, reference: float) -> "Estimate":
        """In percent of `reference`, a positive value in the same unit; raises NotAssessable without one."""
        if not reference > 0:
            raise NotAssessable("NO_REFERENCE")
        return Estimate(100 * self.value / reference, 100 * self.sd / reference, self.flags)

    def plausible(self, least: float = 0.0, most: float = 110.0) -> "Estimate":
        """The same, or NotAssessable `IMPLAUSIBLE_RESULT` when a percentage lies outside `least`–`most`."""
        if not least <= self.value <= most:
            raise NotAssessable("IMPLAUSIBLE_RESULT", f"{self.value:.6g}")
        return self


def root_sum_square(*parts: float) -> float:
    """Standard uncertainty of a sum of independent contributions."""
    return sqrt(sum(part * part for part in parts))
