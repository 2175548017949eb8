"""From a data set's pedigree (five scores, 1–5) to its uncertainty."""

from collections.abc import Sequence
from decimal import Decimal
from math import exp, log, sqrt
from typing import NamedTuple

from meguri.footprint.calculation.data import number, rule_data
from meguri.footprint.calculation.figures import between

INDICATORS = ("reliability", "completeness", "temporal", "geographical", "technology")


class PedigreeSpread(NamedTuple):
    """The squared geometric standard deviation that spans 95 % of the values, and σ of the logarithm = ½ ln of it."""

    gsd95: float
    sigma: float


def pedigree_spread(scores: Sequence[int], basic: Decimal | None = None, version: int = 1) -> PedigreeSpread:
    """GSD95 = exp(√(Σ (ln U)² + (ln U_basic)²)).

    scores  reliability, completeness, temporal, geographical, further technological correlation
    basic   uncertainty of the kind of exchange; None: the default of the rule data
    Raises OutOfRange for a score outside 1–5.
    """
    data = rule_data("pedigree")
    factors = [number(data["basic"]) if basic is None else basic]
    for indicator, score in zip(INDICATORS, scores, strict=True):
        between(indicator, Decimal(score), Decimal(1), Decimal(5))
        factors.append(number(data[f"version-{version}"][indicator][score - 1]))
    gsd95 = exp(sqrt(sum(log(factor) ** 2 for factor in factors)))
    return PedigreeSpread(gsd95, log(gsd95) / 2)
