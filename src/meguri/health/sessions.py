"""Capacity from everyday charge sessions: regression over several anchored sessions, and the monthly trend of a fleet car.

Source of the session method: T. Deng et al., charging data of on-road electric vehicles; thresholds are Meguri's own.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import minimize_scalar

from meguri.health.arrays import Floats, Ints
from meguri.health.estimate import Estimate, NotAssessable

HALF_LIFE_DAYS = 90.0
LONGEST_STEP_S = 10.0
LEAST_SAMPLES = 100
LEAST_SPAN_POINTS = 30.0
LEAST_SESSIONS = 10
SOC_SD_POINTS = 1.5
_JUMP_UP, _JUMP_DOWN = 2.0, -0.1
_RESET_MADS, _NORMAL_MAD = 3.0, 1.4826
_LEAST_RESET = 0.02


def total_least_squares(
    span: Floats, charge_ah: Floats, u_span: Floats | float, u_charge: Floats | float, age_days: Floats | None = None
) -> Estimate:
    """Capacity [Ah] through the origin of (Δsoc, ΔAh) points, both uncertain.

    span      (session,) Δsoc, 0–1; charge_ah (session,); u_… their standard uncertainties
    age_days  (session,) age of each session: its weight halves every 90 days

    Q = argmin Σ w (y − Qx)² / (σ_y² + Q²σ_x²), sd = √(2 / f″(Q)). Source: G. L. Plett, J. Power Sources 196 (2011) 2319.
    """
    if len(span) == 0 or not (span > 0).all():
        raise NotAssessable("TOO_FEW_SESSIONS")
    weight = np.ones_like(span) if age_days is None else 0.5 ** (age_days / HALF_LIFE_DAYS)
    vx, vy = np.broadcast_to(np.square(u_span), span.shape), np.broadcast_to(np.square(u_charge), span.shape)

    def misfit(capacity: float) -> float:
        return float(np.sum(weight * (charge_ah - capacity * span) ** 2 / (vy + capacity**2 * vx)))

    ratios = charge_ah / span
    room = max(float(np.ptp(ratios)), 0.01 * float(ratios.mean()))
    low, high = float(ratios.min()) - room, float(ratios.max()) + room
    best = float(minimize_scalar(misfit, bounds=(low, high), method="bounded", options={"xatol": 1e-10}).x)
    best = _polish(best, span, charge_ah, vx, vy, weight)
    _, curvature = _slope_and_curvature(best, span, charge_ah, vx, vy, weight)
    return Estimate(best, float(np.sqrt(2 / curvature)))


def _polish(q: float, x: Floats, y: Floats, vx: Floats, vy: Floats, weight: Floats) -> float:
    for _ in range(20):
        slope, curvature = _slope_and_curvature(q, x, y, vx, vy, weight)
        q -= slope / curvature
    return q


def _slope_and_curvature(q: float, x: Floats, y: Floats, vx: Floats, vy: Floats, weight: Floats) -> tuple[float, float]:
    """First and second derivative of the misfit by capacity."""
    d, e = vy + q * q * vx, y - q * x
    slope = weight * (-2 * x * e / d - 2 * q * vx * e**2 / d**2)
    curvature = weight * (
        2 * x**2 / d + 8 * q * vx * x * e / d**2 - 2 * vx * e**2 / d**2 + 8 * q**2 * vx**2 * e**2 / d**3
    )
    return float(slope.sum()), float(curvature.sum())


@dataclass(frozen=True, slots=True)
class Session:
    """One usable charge session: start [s], capacity [Ah], weight, and the span of state of charge [points]."""

    start_s: float
    capacity_ah: float
    weight: float
    span_points: float


def split_sessions(time_s: Floats) -> list[slice]:
    """Stretches without a step longer than 10 s."""
    step = np.diff(time_s)
    breaks = np.flatnonzero((step > LONGEST_STEP_S) | (step < 0)) + 1
    edges = [0, *breaks.tolist(), len(time_s)]
    return [slice(start, end) for start, end in pairwise(edges) if end > start]


def session_capacity(time_s: Floats, current_a: Floats, soc_pct: Floats) -> Session:
    """Capacity [Ah] of one charge session from the battery's own state of charge [%].

    Raises NotAssessable: TOO_FEW_SAMPLES, SOC_JUMP, SOC_SPAN_TOO_SMALL.
    """
    if len(time_s) < LEAST_SAMPLES:
        raise NotAssessable("TOO_FEW_SAMPLES", str(len(time_s)))
    steps = np.diff(soc_pct)
    if (steps > _JUMP_UP).any() or (steps < _JUMP_DOWN).any():
        raise NotAssessable("SOC_JUMP")
    span = float(soc_pct[-1] - soc_pct[0])
    if span < LEAST_SPAN_POINTS:
        raise NotAssessable("SOC_SPAN_TOO_SMALL", f"{span:g}")
    charge = float(np.trapezoid(current_a, time_s)) / 3600
    return Session(float(time_s[0]), 100 * charge / span, span**2, span)


@dataclass(frozen=True, slots=True)
class Trend:
    """Capacity [Ah] by month: never rising; `reset` marks months where the battery's own count was evidently reset."""

    month: Ints
    capacity_ah: Floats
    reset: tuple[int, ...]
    latest: Estimate


def capacity_trend(month: Ints, capacity_ah: Floats, weight: Floats, span_points: Floats) -> Trend:
    """The monotone trend through the weighted monthly medians of sessions.

    month (session,) running number. Uncertainty of the latest value: scatter of its month's sessions and the error of
    the battery's own state of charge (1.5 points), which the sessions share. Raises NotAssessable TOO_FEW_SESSIONS.
    """
    if len(month) < LEAST_SESSIONS:
        raise NotAssessable("TOO_FEW_SESSIONS", str(len(month)))
    months = np.unique(month)
    medians = np.array([weighted_median(capacity_ah[month == m], weight[month == m]) for m in months])
    weights = np.array([float(weight[month == m].sum()) for m in months])
    trend = isotonic_falling(medians, weights)
    reset = _resets(months, medians)
    last = month == months[-1]
    scatter = float(np.std(capacity_ah[last])) / np.sqrt(last.sum()) if last.sum() > 1 else 0.0
    shared = float(trend[-1]) * np.sqrt(2) * SOC_SD_POINTS / float(np.average(span_points[last], weights=weight[last]))
    flags = ("BMS_RESET",) if reset else ()
    return Trend(
        months.astype(np.int64), trend, reset, Estimate(float(trend[-1]), float(np.hypot(scatter, shared)), flags)
    )


def _resets(months: Ints, medians: Floats) -> tuple[int, ...]:
    """Months in which capacity rises by more than three deviations of the usual change, and by more than 2 %."""
    change = np.diff(medians)
    if not len(change):
        return ()
    usual = float(np.median(change))
    mad = _NORMAL_MAD * float(np.median(np.abs(change - usual)))
    rise = change > max(usual + _RESET_MADS * mad, _LEAST_RESET * float(np.median(medians)))
    return tuple(int(month) for month in months[1:][rise])


def weighted_median(values: Floats, weight: Floats) -> float:
    """The smallest value at which half of the weight is reached."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[order])
    return float(values[order][np.searchsorted(reached, reached[-1] / 2)])


def isotonic_falling(values: Floats, weight: Floats) -> Floats:
    """The never-rising sequence nearest to `values` (pool adjacent violators; Barlow et al. 1972)."""
    blocks: list[list[float]] = []
    for value, share in zip(values.tolist(), weight.tolist(), strict=True):
        blocks.append([value, share, 1])
        while len(blocks) > 1 and blocks[-2][0] < blocks[-1][0]:
            right, left = blocks.pop(), blocks.pop()
            total = left[1] + right[1]
            blocks.append([(left[0] * left[1] + right[0] * right[1]) / total, total, left[2] + right[2]])
    return np.concatenate([np.full(int(count), value) for value, _, count in blocks])
