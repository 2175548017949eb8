"""Which adverse impact comes first: severity always outranks likelihood.

Severity = the greatest of scale, scope and irremediability (1–4); priority = 4·(severity − 1) + likelihood (1–16).
Sources: UN Guiding Principles 14 and 24; Japan's guidelines, 4.1 (規模・範囲・救済困難度).
"""

from enum import IntEnum

import msgspec

from meguri.diligence.taxonomy import Band


class Likelihood(IntEnum):
    """How probable an impact is."""

    UNLIKELY = 1
    POSSIBLE = 2
    LIKELY = 3
    VERY_LIKELY = 4


class Severity(msgspec.Struct, frozen=True, kw_only=True):
    """How grave an impact is, how many it reaches, how hard it is to make good; each 1–4."""

    scale: int
    scope: int
    irremediability: int

    def __post_init__(self) -> None:
        """Refuses figures outside 1–4."""
        if not all(1 <= value <= 4 for value in (self.scale, self.scope, self.irremediability)):
            raise ValueError("severity: each of scale, scope and irremediability is 1 to 4")

    @property
    def value(self) -> int:
        """The greatest of the three."""
        return max(self.scale, self.scope, self.irremediability)


def priority(severity: Severity, likelihood: Likelihood) -> int:
    """1 (last) to 16 (first)."""
    return 4 * (severity.value - 1) + likelihood


def band_of_priority(value: int) -> Band:
    """13–16 critical, 9–12 high, 5–8 medium, 1–4 low."""
    return (Band.LOW, Band.MEDIUM, Band.HIGH, Band.CRITICAL)[(value - 1) // 4]
