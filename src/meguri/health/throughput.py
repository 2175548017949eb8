"""What a battery has been through: equivalent full cycles, depths, efficiency, and counts of harmful moments."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from meguri.health.arrays import Flags, Floats
from meguri.health.estimate import NotAssessable

_SAME_SOC_POINTS = 1.0
_OVERCHARGE_MARGIN_V = 0.050


def equivalent_full_cycles(discharged: float, rated: float) -> float:
    """Full equivalent cycles: discharged ÷ rated, both in Ah, or both in kWh where only energy is metered."""
    if not rated > 0:
        raise NotAssessable("NO_REFERENCE")
    return discharged / rated


def round_trip_efficiency_pct(discharged_wh: float, charged_wh: float, soc_change_points: float) -> float:
    """100·E_dis/E_chg over a closed cycle. Raises NotAssessable CYCLE_NOT_CLOSED if SoC changed by more than 1 point."""
    if abs(soc_change_points) > _SAME_SOC_POINTS:
        raise NotAssessable("CYCLE_NOT_CLOSED", f"{soc_change_points:g}")
    if not charged_wh > 0:
        raise NotAssessable("NO_CHARGE")
    return 100 * discharged_wh / charged_wh


@dataclass(frozen=True, slots=True)
class Cycle:
    """One cycle of a state-of-charge history: depth (0–1), mean, and count 1 (full) or 0.5 (half)."""

    depth: float
    mean: float
    count: float


def rainflow(soc: Sequence[float] | Floats) -> list[Cycle]:
    """Cycles of a state-of-charge history by rainflow counting (ASTM E1049-85, 5.4.4)."""
    cycles: list[Cycle] = []
    open_points: list[float] = []
    for point in _turning_points(soc):
        open_points.append(point)
        while len(open_points) >= 3:
            newest = abs(open_points[-1] - open_points[-2])
            before = abs(open_points[-2] - open_points[-3])
            if newest < before:
                break
            left, right = open_points[-3], open_points[-2]
            if len(open_points) == 3:  # the range begins at the start of the history: half a cycle
                cycles.append(Cycle(before, (left + right) / 2, 0.5))
                del open_points[0]
            else:
                cycles.append(Cycle(before, (left + right) / 2, 1.0))
                del open_points[-3:-1]
    for left, right in pairwise(open_points):
        cycles.append(Cycle(abs(right - left), (left + right) / 2, 0.5))
    return cycles


def depth_weighted_cycles(cycles: Sequence[Cycle]) -> float:
    """Σ count · depth."""
    return sum(cycle.count * cycle.depth for cycle in cycles)


def _turning_points(soc: Sequence[float] | Floats) -> list[float]:
    points: list[float] = []
    for value in map(float, soc):
        if points and value == points[-1]:
            continue
        if len(points) >= 2 and (points[-1] > points[-2]) == (value > points[-1]):
            points[-1] = value
        else:
            points.append(value)
    return points


@dataclass(frozen=True, slots=True)
class HarmfulEvents:
    """How often a cell was discharged or charged too far, and minutes outside the declared temperatures."""

    deep_discharges: int
    overcharges: int
    minutes_hot: float
    minutes_cold: float
    minutes_hot_charging: float
    minutes_cold_charging: float


def harmful_events(
    time_s: Floats,
    current_a: Floats,
    cell_v: Floats,
    temperature_c: Floats,
    *,
    v_min: float,
    v_max: float,
    idle_range_c: tuple[float, float],
) -> HarmfulEvents:
    """Counts over a record: a count is one uninterrupted stretch, a minute belongs to the sample that begins it.

    cell_v  (sample, cell) or (sample,) [V]; missing values count as harmless, so the record's gaps must be reported too
    """
    cells = cell_v[:, None] if cell_v.ndim == 1 else cell_v
    with np.errstate(invalid="ignore"):
        low = np.asarray((cells < v_min).any(axis=1))
        high = np.asarray((cells > v_max + _OVERCHARGE_MARGIN_V).any(axis=1))
        hot, cold = temperature_c > idle_range_c[1], temperature_c < idle_range_c[0]
        charging = current_a > 0
    minutes = np.append(np.maximum(np.diff(time_s), 0.0), 0.0) / 60  # a clock set back is no time
    return HarmfulEvents(
        deep_discharges=_stretches(low),
        overcharges=_stretches(high),
        minutes_hot=float(minutes[hot].sum()),
        minutes_cold=float(minutes[cold].sum()),
        minutes_hot_charging=float(minutes[hot & charging].sum()),
        minutes_cold_charging=float(minutes[cold & charging].sum()),
    )


def _stretches(mask: Flags) -> int:
    return int(mask[:1].sum() + (np.diff(mask.astype(np.int8)) == 1).sum())
