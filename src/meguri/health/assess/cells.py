"""How the cells of a pack differ, what is lost at rest, and what a battery has been through."""

from dataclasses import dataclass

import numpy as np

from meguri.health.arrays import Floats
from meguri.health.assess.subject import Subject
from meguri.health.estimate import NotAssessable
from meguri.health.imbalance import LEAST_REST_DAYS, Spread, rest_spread, self_discharge_pct_per_month
from meguri.health.throughput import HarmfulEvents, harmful_events, round_trip_efficiency_pct
from meguri.telemetry.segments import Kind, Stretch
from meguri.telemetry.series import Series

_DAY = 86_400.0
_ORDINARY_SLOPE = 1.0  # V per unit of SoC: only to judge, without a table, that a steep chemistry is off its plateau
_NORMAL_MAD = 1.4826


def spread(series: Series, stretches: list[Stretch], subject: Subject) -> Spread:
    """Imbalance at the end of the last rest with all cell voltages.

    Raises NotAssessable: NO_CELL_VOLTAGES, CELL_COUNT, NO_REST, OCV_PLATEAU, NO_REFERENCE.
    """
    if series.cells is None or series.cells.shape[1] < 2:
        raise NotAssessable("NO_CELL_VOLTAGES")
    if "CELL_COUNT" in series.flags:
        raise NotAssessable("CELL_COUNT", str(series.cells.shape[1]))
    for stretch in reversed(stretches):
        if stretch.kind is not Kind.REST or stretch.seconds(series.time_s) < 60:
            continue
        cells = series.cells[stretch.end - 1]
        if np.isfinite(cells).all():
            return rest_spread(cells, _slope(float(np.median(cells)), subject), subject.rated_ah or np.nan)
    raise NotAssessable("NO_REST")


def _slope(voltage: float, subject: Subject) -> float:
    """dOCV/ds at a rest voltage; without a table the chemistries with a plateau are refused, the others are steep."""
    if subject.table is not None:
        return subject.table.slope_at(voltage)
    if subject.plateau is not None:
        raise NotAssessable("OCV_PLATEAU")
    return _ORDINARY_SLOPE


def deficit_known(subject: Subject) -> bool:
    """Whether the missing charge of the lowest cell can be told: that needs the table and the rated capacity."""
    return subject.table is not None and subject.rated_ah is not None


@dataclass(frozen=True, slots=True)
class Loss:
    """Self-discharge [% per 30 days], how long the rest was [days], and how far one cell falls behind its peers [MAD]."""

    pct_per_month: float
    days: float
    worst_peer_mads: float | None


def self_discharge(series: Series, stretches: list[Stretch], subject: Subject) -> Loss:
    """From the longest rest. Raises NotAssessable: REST_TOO_SHORT, TEMPERATURE_DRIFT, BALANCING_ACTIVE, NO_OCV_TABLE."""
    rests = [s for s in stretches if s.kind is Kind.REST]
    if not rests:
        raise NotAssessable("REST_TOO_SHORT", "0d")
    longest = max(rests, key=lambda s: s.seconds(series.time_s))
    days = longest.seconds(series.time_s) / _DAY
    if days < LEAST_REST_DAYS:
        raise NotAssessable("REST_TOO_SHORT", f"{days:.3g}d")
    if subject.table is None:
        raise NotAssessable("NO_OCV_TABLE")
    voltage = series.voltage[longest.rows] / subject.cells
    known = np.flatnonzero(np.isfinite(voltage))
    temperature = series.temperature[longest.rows]
    temperature = temperature[np.isfinite(temperature)]
    settled = known[np.searchsorted(series.time_s[longest.rows][known], series.time_s[longest.start] + 1800)]
    first, last = float(voltage[settled]), float(voltage[known[-1]])
    rate = self_discharge_pct_per_month(
        first, last, subject.table.slope_at((first + last) / 2), days,
        temperature_change_k=float(np.ptp(temperature)) if len(temperature) else 0.0, balancing=subject.meta.balancing,
    )  # fmt: skip
    return Loss(rate, days, _worst_peer(series, longest))


def _worst_peer(series: Series, rest: Stretch) -> float | None:
    if series.cells is None or series.cells.shape[1] < 4:
        return None
    fallen = series.cells[rest.start] - series.cells[rest.end - 1]
    fallen = fallen[np.isfinite(fallen)]
    apart = fallen - np.median(fallen)
    mad = max(_NORMAL_MAD * float(np.median(np.abs(apart))), 0.0005)
    return float(apart.max() / mad)


@dataclass(frozen=True, slots=True)
class Life:
    """What a record shows of a life: charge [Ah] and energy [kWh] both ways, extremes, and harmful moments."""

    charged_ah: float
    discharged_ah: float
    charged_kwh: float
    discharged_kwh: float
    min_cell_v: float | None
    max_cell_v: float | None
    max_temperature_c: float | None
    min_charge_temperature_c: float | None
    events: HarmfulEvents | None


def life(series: Series, subject: Subject) -> Life:
    """Sums and extremes over the whole record; stretches that are missing are not counted."""
    known = np.isfinite(series.current) & np.isfinite(series.voltage)
    time, current = series.time_s[known], series.current[known]
    power = current * series.voltage[known]
    step = np.clip(np.diff(time), 0, None)
    step = np.where(step > 60, 0.0, step)
    low, high = series.lowest_cell(subject.cells), series.highest_cell(subject.cells)
    warm = series.temperature
    charging = np.nan_to_num(series.current) > 0.01 * (subject.rated_ah or 1.0)
    return Life(
        _integral(np.maximum(current, 0), step), _integral(np.maximum(-current, 0), step),
        _integral(np.maximum(power, 0), step) / 1000, _integral(np.maximum(-power, 0), step) / 1000,
        _low(low), _high(high), _high(warm), _low(warm[charging]), _events(series, subject),
    )  # fmt: skip


def _integral(values: Floats, step_s: Floats) -> float:
    return float(((values[:-1] + values[1:]) / 2 * step_s).sum()) / 3600 if len(values) > 1 else 0.0


def _low(values: Floats) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.min()) if len(known) else None


def _high(values: Floats) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.max()) if len(known) else None


def _events(series: Series, subject: Subject) -> HarmfulEvents | None:
    if subject.v_min is None or subject.v_max is None:
        return None
    cells = series.cells
    if cells is None:
        cells = np.column_stack([series.lowest_cell(subject.cells), series.highest_cell(subject.cells)])
    return harmful_events(
        series.time_s, np.nan_to_num(series.current), cells, series.temperature,
        v_min=subject.v_min, v_max=subject.v_max, idle_range_c=subject.idle_range_c,
    )  # fmt: skip


def round_trip(series: Series, subject: Subject) -> float:
    """Round-trip efficiency [%] of the largest closed cycle by the battery's own state of charge or by its charge.

    Raises NotAssessable: CYCLE_NOT_CLOSED, NO_CHARGE, NO_REFERENCE.
    """
    if subject.rated_ah is None:
        raise NotAssessable("NO_REFERENCE")
    lived = life(series, subject)
    drift = 100 * (lived.charged_ah - lived.discharged_ah) / subject.rated_ah
    soc = series.column("soc_bms_percent")
    known = soc[np.isfinite(soc)]
    drift = float(known[-1] - known[0]) if len(known) else drift
    if min(lived.charged_ah, lived.discharged_ah) < 0.2 * subject.rated_ah:
        raise NotAssessable("NO_CHARGE")
    return round_trip_efficiency_pct(lived.discharged_kwh * 1000, lived.charged_kwh * 1000, drift)
