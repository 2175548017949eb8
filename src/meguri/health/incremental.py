"""Incremental capacity dQ/dV from a slow constant-current run: where its peaks are and how much charge each holds.

Charge is sorted by voltage before the derivative is taken. So Q(V) rises by construction, and voltage noise blurs the
curve by its own width only, instead of exploding in a quotient of differences.
Known imprecision: a smoothing window of 30 mV lowers peaks narrower than about 15 mV.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from meguri.health.arrays import Floats
from meguri.health.estimate import NotAssessable

FASTEST_C = 0.3
GRID_V = 0.002
WINDOW_V = 0.030
_ORDER = 3
_PROMINENCE = 0.05


@dataclass(frozen=True, slots=True)
class Peak:
    """One peak: voltage [V], height [Ah/V], and the charge [Ah] between the valleys on both sides."""

    voltage: float
    height: float
    area: float


@dataclass(frozen=True, slots=True)
class IncrementalCapacity:
    """dQ/dV [Ah/V] on an even voltage grid [V], the charge Q [Ah] up to each point, and the peaks by voltage."""

    voltage: Floats
    charge: Floats
    slope: Floats
    peaks: tuple[Peak, ...]


def charge_by_voltage(voltage_v: Floats, charge_ah: Floats, step: float = GRID_V) -> tuple[Floats, Floats]:
    """Charge [Ah] taken at or below each voltage of an even grid [V].

    voltage_v, charge_ah  (sample,) in order of time; charge counted from the start of the run
    """
    order = np.argsort(voltage_v[1:], kind="stable")
    reached = np.cumsum(np.abs(np.diff(charge_ah))[order])
    sorted_v = voltage_v[1:][order]
    low, high = np.ceil(sorted_v[0] / step), np.floor(sorted_v[-1] / step)
    grid = np.arange(low, high + 1) * step
    last_of_each = np.append(np.diff(sorted_v) > 0, True)
    return grid, np.interp(grid, sorted_v[last_of_each], reached[last_of_each])


def incremental_capacity(voltage_v: Floats, charge_ah: Floats, c_rate: float = 0.0) -> IncrementalCapacity:
    """Incremental capacity of one constant-current run.

    Raises NotAssessable: RATE_TOO_HIGH above 0.3 C, VOLTAGE_SPAN_TOO_SMALL under five smoothing windows.
    """
    if abs(c_rate) > FASTEST_C:
        raise NotAssessable("RATE_TOO_HIGH", f"{c_rate:g}C")
    if len(voltage_v) < 3 or np.ptp(voltage_v) < 5 * WINDOW_V:
        raise NotAssessable("VOLTAGE_SPAN_TOO_SMALL")
    from scipy.signal import savgol_filter  # takes a second to load: when first needed, not when a server starts

    grid, charge = charge_by_voltage(voltage_v, charge_ah)
    window = round(WINDOW_V / GRID_V) | 1
    slope = savgol_filter(charge, window, _ORDER, deriv=1, delta=GRID_V)
    return IncrementalCapacity(grid, charge, slope, _peaks(grid, charge, slope))


def _peaks(grid: Floats, charge: Floats, slope: Floats) -> tuple[Peak, ...]:
    from scipy.signal import find_peaks  # as above

    tops, _ = find_peaks(slope, prominence=_PROMINENCE * float(slope.max()), distance=round(WINDOW_V / GRID_V))
    if not len(tops):
        return ()
    valleys = [0, *(int(a + np.argmin(slope[a:b])) for a, b in pairwise(tops)), len(grid) - 1]
    return tuple(
        Peak(_top(grid, slope, int(top)), float(slope[top]), float(charge[right] - charge[left]))
        for top, left, right in ((top, *pair) for top, pair in zip(tops, pairwise(valleys), strict=True))
    )


def _top(grid: Floats, slope: Floats, top: int) -> float:
    """The voltage of a peak between grid points: apex of the parabola through 15 mV on each side."""
    reach = round(WINDOW_V / GRID_V / 2)
    near = slice(max(top - reach, 0), min(top + reach + 1, len(grid)))
    bend, tilt, _ = np.polyfit(grid[near] - grid[top], slope[near], 2)
    shift = -tilt / (2 * bend) if bend < 0 else 0.0
    return float(grid[top] + np.clip(shift, -WINDOW_V / 2, WINDOW_V / 2))
