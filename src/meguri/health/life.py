"""Life left: the item's own history fitted by calendar and cycle rates, then drawn forward with an interval."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from meguri.health.arrays import Floats
from meguri.health.estimate import NotAssessable

LEAST_POINTS, LEAST_DAYS = 4, 180.0
PRIOR_LOG_SD = 0.5
MEASUREMENT_SD = 0.01  # of a single capacity test in the field
_LEAST_SD = 0.001  # gain of the instrument: a fit of few points may look better than any measurement is
PACK_DERATE, PACK_DERATE_SD = 0.75, 0.05
EXTRAPOLATION_FACTOR = 2.0
_KNEE_MADS = 3.0
_KNEE_FLOOR = 0.003  # second differences under 0.3 % of capacity are noise of the best tests
_HORIZON_DAYS = 36_500.0
_QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True, slots=True)
class History:
    """Measured relative capacity q (1 = reference) at days and equivalent full cycles since the reference."""

    days: Floats
    cycles: Floats
    capacity: Floats

    @property
    def span_days(self) -> float:
        """Days between first and last measurement."""
        return float(self.days[-1] - self.days[0]) if len(self.days) else 0.0


@dataclass(frozen=True, slots=True)
class Rates:
    """Calendar and cycle rate with their powers; `covariance` of the logarithms of both rates."""

    k_cal: float
    k_cyc: float
    powers: tuple[float, float]
    covariance: Floats
    by_prior: bool


def fit_rates(
    history: History, powers: tuple[float, float], prior: tuple[float, float], sd: float = MEASUREMENT_SD
) -> Rates:
    """Rates of this item: least squares with four points over 180 days or more, else the prior updated by what there is.

    prior  k_cal and k_cyc of the chemistry; its logarithms have standard deviation 0.5
    sd     standard uncertainty of one measured q
    """
    own = len(history.days) >= LEAST_POINTS and history.span_days >= LEAST_DAYS
    return _least_squares(history, powers) if own else _updated_prior(history, powers, prior, sd)


def _losses(history: History, powers: tuple[float, float]) -> Floats:
    """(point, 2) loss per unit of each rate."""
    return np.column_stack([history.days ** powers[0], history.cycles ** powers[1]])


def _least_squares(history: History, powers: tuple[float, float]) -> Rates:
    design, loss = _losses(history, powers), 1 - history.capacity
    scale = np.maximum(design.max(axis=0), 1e-12)
    scaled = design / scale

    def miss(k: Floats) -> Floats:
        return np.asarray(scaled @ k - loss, dtype=np.float64)

    found = least_squares(miss, [0.1, 0.1], bounds=(0, np.inf), xtol=1e-14, ftol=1e-14)
    k = np.maximum(found.x / scale, 1e-12)
    degrees = max(len(loss) - 2, 1)
    noise = max(float((found.fun**2).sum() / degrees), _LEAST_SD**2)
    # by logarithm of k; the prior keeps a rate that the data do not show (k → 0) from being infinitely uncertain
    jacobian = design * k
    precision = jacobian.T @ jacobian / noise + np.eye(2) / (4 * PRIOR_LOG_SD) ** 2
    return Rates(float(k[0]), float(k[1]), powers, np.linalg.inv(precision), by_prior=False)


def _updated_prior(history: History, powers: tuple[float, float], prior: tuple[float, float], sd: float) -> Rates:
    """Most probable logarithms of both rates, and their covariance (Laplace)."""
    design, centre = _losses(history, powers), np.log(np.array(prior))

    def misfit(log_k: Floats) -> Floats:
        seen = (design @ np.exp(log_k) - (1 - history.capacity)) / sd
        return np.concatenate([seen, (log_k - centre) / PRIOR_LOG_SD])

    found = least_squares(misfit, centre)
    k = np.exp(found.x)
    jacobian = np.asarray(found.jac, dtype=np.float64)
    covariance = np.asarray(np.linalg.inv(jacobian.T @ jacobian), dtype=np.float64)
    return Rates(float(k[0]), float(k[1]), powers, covariance, by_prior=True)


@dataclass(frozen=True, slots=True)
class Outlook:
    """Life left to an end-of-life capacity.

    days        (moment,) since the reference, from the last measurement on
    capacity    (3, moment) P10, P50, P90 of relative capacity
    remaining   P10, P50, P90 of days from the last measurement to the end of life; infinite beyond a hundred years
    expected    the same with the fitted rates themselves
    flags       EXTRAPOLATION, PRIOR_ONLY, KNEE
    """

    days: Floats
    capacity: Floats
    remaining: tuple[float, float, float]
    expected: float
    flags: tuple[str, ...]


def outlook(
    history: History,
    rates: Rates,
    cycles_per_day: float,
    end_of_life: float,
    *,
    is_pack: bool = False,
    draws: int = 2000,
    seed: int = 0,
    horizon_days: float = 3650.0,
    resistance_growth: float | None = None,
) -> Outlook:
    """The trajectory and the life left under `cycles_per_day`.

    is_pack            derates cell-based life by 0.75 ± 0.05: packs live 20–30 % shorter
    resistance_growth  relative growth of resistance since the reference, for the knee
    Raises NotAssessable NO_HISTORY without any measurement.
    """
    if not len(history.days):
        raise NotAssessable("NO_HISTORY")
    k_cal, k_cyc, derate = _draw(rates, draws, seed, is_pack)
    last_day, last_cycles = float(history.days[-1]), float(history.cycles[-1])
    days = np.linspace(0, horizon_days, 121)
    lived = days[None, :] / derate[:, None]
    paths = _paths(k_cal, k_cyc, rates.powers, last_day + lived, last_cycles + cycles_per_day * lived)
    ahead = (rates.powers, last_day, last_cycles, cycles_per_day, end_of_life)
    remaining = _crossing(k_cal, k_cyc, *ahead) * derate
    expected = float(_crossing(np.array([rates.k_cal]), np.array([rates.k_cyc]), *ahead)[0])
    expected *= PACK_DERATE if is_pack else 1.0
    p10, p50, p90 = (float(np.quantile(remaining, share, method="inverted_cdf")) for share in _QUANTILES)
    flags = ["PRIOR_ONLY"] if rates.by_prior else []
    if has_knee(history, resistance_growth):
        flags.append("KNEE")
        p90 = min(p90, _linear_tail(history, end_of_life))
        p50, expected = min(p50, p90), min(expected, p90)
        p10 = min(p10, p50)
    if expected > (EXTRAPOLATION_FACTOR - 1) * history.span_days:
        flags.append("EXTRAPOLATION")
    curves = np.quantile(paths, _QUANTILES, axis=0)
    return Outlook(last_day + days, curves, (p10, p50, p90), expected, tuple(flags))


def _draw(rates: Rates, draws: int, seed: int, is_pack: bool) -> tuple[Floats, Floats, Floats]:
    random = np.random.Generator(np.random.PCG64(seed))
    logs = random.multivariate_normal(
        np.log([rates.k_cal, rates.k_cyc]), rates.covariance, size=draws, method="cholesky"
    )
    derate = np.clip(random.normal(PACK_DERATE, PACK_DERATE_SD, draws), 0.4, 1.0) if is_pack else np.ones(draws)
    return np.exp(logs[:, 0]), np.exp(logs[:, 1]), derate


def _paths(k_cal: Floats, k_cyc: Floats, powers: tuple[float, float], days: Floats, cycles: Floats) -> Floats:
    return np.asarray(1 - k_cal[:, None] * days ** powers[0] - k_cyc[:, None] * cycles ** powers[1])


def _crossing(
    k_cal: Floats, k_cyc: Floats, powers: tuple[float, float], day: float, cycles: float, per_day: float, end: float
) -> Floats:
    """Days from `day` until each draw reaches `end`, by bisection of all draws at once."""
    low, high = np.zeros_like(k_cal), np.full_like(k_cal, _HORIZON_DAYS)

    def above(after: Floats) -> Floats:
        moments, done = (day + after)[:, None], (cycles + per_day * after)[:, None]
        return _paths(k_cal, k_cyc, powers, moments, done)[:, 0] - end

    never = above(high) > 0
    for _ in range(60):
        middle = (low + high) / 2
        alive = above(middle) > 0
        low, high = np.where(alive, middle, low), np.where(alive, high, middle)
    return np.where(never, np.inf, (low + high) / 2)


def has_knee(history: History, resistance_growth: float | None = None) -> bool:
    """Whether ageing has begun to accelerate.

    The loss per day rises in its last step by more than three median deviations of the earlier steps, or resistance
    has grown more than twice as much as capacity was lost (both relative).
    """
    loss = 1 - history.capacity
    if resistance_growth is not None and len(loss) and loss[-1] > 0 and resistance_growth > 2 * loss[-1]:
        return True
    if len(loss) < LEAST_POINTS:
        return False
    per_day = np.diff(loss) / np.maximum(np.diff(history.days), 1e-9)
    bend = np.diff(per_day) * np.diff(history.days)[1:]
    earlier = bend[:-1]
    mad = float(np.median(np.abs(earlier - np.median(earlier))))
    return bool(bend[-1] - np.median(earlier) > max(_KNEE_MADS * mad, _KNEE_FLOOR))


def _linear_tail(history: History, end: float) -> float:
    """Days from the last measurement to `end` at the pace of the last two."""
    if len(history.days) < 2:
        return float("inf")
    pace = (history.capacity[-2] - history.capacity[-1]) / (history.days[-1] - history.days[-2])
    return float(max((history.capacity[-1] - end) / pace, 0.0)) if pace > 0 else float("inf")
