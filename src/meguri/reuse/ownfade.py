"""How fast a battery loses capacity by its own history, in the form in which valuations take it."""

from collections.abc import Sequence
from math import log

from meguri.health.views import LifeLeft

_YEAR = 365.0
_OVER_YEARS = 5.0
_LEAST_LOSS = 1e-4
_LEAST_SIGMA = 0.05
_P10_TO_P90 = 2 * 1.2816  # in standard deviations


def own_fade(life: LifeLeft) -> tuple[float, float] | None:
    """Share of rated capacity lost in a year, mean over the next five, and its log-spread; None where it is a prior only.

    Source: the spread is that of P10 and P90 of a lognormal loss (Meguri's own rule).
    """
    if "PRIOR_ONLY" in life.flags:
        return None
    slow, middle, fast = (_yearly_loss(life.days, curve) for curve in (life.p90, life.p50, life.p10))
    return middle, max(log(fast / slow) / _P10_TO_P90, _LEAST_SIGMA)


def _yearly_loss(days: Sequence[float], curve: Sequence[float]) -> float:
    end = next((place for place, day in enumerate(days) if day >= _OVER_YEARS * _YEAR), len(days) - 1)
    return max((curve[0] - curve[end]) / (days[end] / _YEAR), _LEAST_LOSS)
