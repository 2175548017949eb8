"""Resistance and power from the current steps of a record, and how cells and peaks of capacity differ."""

from dataclasses import dataclass

import numpy as np

from meguri.health.arrays import Floats
from meguri.health.assess.subject import Subject
from meguri.health.estimate import Estimate, NotAssessable, root_sum_square
from meguri.health.resistance import (
    LEAST_STEP_C,
    SOC_WINDOW_PCT,
    charge_power_w,
    discharge_power_w,
    factor_to_25_celsius,
    step_resistance,
)
from meguri.telemetry.segments import Kind, Stretch
from meguri.telemetry.series import Series

AFTER_S = 10.0
_SHOWN_AFTER_S = (0.1, 2.0, 10.0, 30.0)
_U_VOLTAGE = 0.002  # V per cell
_U_GAIN = 0.005
_U_KELVIN = 1.0  # temperature of the surface stands for that of the inside
_SECONDS_BEFORE = 5.0
_NORMAL_MAD = 1.4826


@dataclass(frozen=True, slots=True)
class StepFound:
    """One current step: resistance [ohm] after each of 0.1, 2, 10, 30 s (NaN: not seen), and its circumstances."""

    row: int
    step_a: float
    resistance: Floats
    temperature_c: float | None
    soc_pct: float | None
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Resistance:
    """Resistance after 10 s at 25 °C [ohm], the steps behind it, and that of each cell where cells were measured."""

    at_25: Estimate
    steps: tuple[StepFound, ...]
    temperature_c: float | None
    cell_ohm: Floats | None


def resistance(series: Series, stretches: list[Stretch], subject: Subject) -> Resistance:
    """The median over all usable steps after a rest. Raises NotAssessable: NO_CURRENT_STEP, STEP_TOO_SMALL."""
    found = [s for s in (_step(series, stretches, place, subject) for place in range(1, len(stretches))) if s]
    if not found:
        raise NotAssessable("NO_CURRENT_STEP")
    usable = [s for s in found if np.isfinite(s.resistance[2]) and "STEP_TOO_SMALL" not in s.flags]
    if not usable:
        raise NotAssessable("STEP_TOO_SMALL" if any("STEP_TOO_SMALL" in s.flags for s in found) else "STEP_TOO_SHORT")
    inside = [s for s in usable if "SOC_OUTSIDE_WINDOW" not in s.flags]
    used = inside or usable
    at_25 = np.array([_at_25(s) for s in used])
    centre = float(np.median(at_25))
    scatter = _NORMAL_MAD * float(np.median(np.abs(at_25 - centre))) / np.sqrt(len(at_25))
    temperature = next((s.temperature_c for s in used if s.temperature_c is not None), None)
    flags = tuple(dict.fromkeys(flag for s in used for flag in s.flags))
    sd = root_sum_square(scatter, *(_own_u(used[0], centre, subject)))
    return Resistance(Estimate(centre, sd, flags), tuple(used), temperature, _by_cell(series, used))


def _own_u(step: StepFound, ohm: float, subject: Subject) -> tuple[float, float, float]:
    """What one step's instruments leave open: voltage, gain, temperature."""
    voltage = np.sqrt(2) * _U_VOLTAGE * subject.cells / abs(step.step_a)
    known = step.temperature_c is not None
    at = step.temperature_c if step.temperature_c is not None else 25.0
    kelvin = _U_KELVIN if known else 5.0
    warm = abs(factor_to_25_celsius(at + kelvin) - factor_to_25_celsius(at)) * ohm / factor_to_25_celsius(at)
    return float(voltage), _U_GAIN * ohm, float(warm)


def _at_25(step: StepFound) -> float:
    factor = 1.0 if step.temperature_c is None else factor_to_25_celsius(step.temperature_c)
    return float(step.resistance[2]) * factor


def _step(series: Series, stretches: list[Stretch], place: int, subject: Subject) -> StepFound | None:
    before, stretch = stretches[place - 1], stretches[place]
    if before.kind is not Kind.REST or stretch.kind is Kind.REST or stretch.start != before.end:
        return None
    if series.time_s[stretch.start] - series.time_s[before.end - 1] > _SECONDS_BEFORE:
        return None
    rest = series.voltage[before.rows]
    rest = rest[np.isfinite(rest)]
    rows = np.arange(stretch.start, stretch.end)
    rows = rows[np.isfinite(series.voltage[rows]) & np.isfinite(series.current[rows])]
    idle = series.current[before.rows]
    idle = idle[np.isfinite(idle)]
    if not len(rest) or not len(idle) or len(rows) < 2:
        return None
    step_a = float(series.current[rows[0]] - np.mean(idle))
    if len(rows) > 2 and abs(series.current[rows[1]]) > 1.2 * abs(series.current[rows[0]]):
        step_a = float(series.current[rows[1]])  # the first sample fell into the rise of the current
    time = series.time_s[rows] - series.time_s[rows[0]]
    steady = np.abs(series.current[rows] - series.current[rows[min(1, len(rows) - 1)]]) <= 0.05 * abs(step_a)
    last = len(rows) if steady.all() else int(np.argmin(steady))
    if last < 2:
        return None
    # a sample taken at the step itself already holds the ohmic part: 0.1 s is read from it
    after = np.array(_SHOWN_AFTER_S)
    ohm = step_resistance(time[:last], series.voltage[rows[:last]], float(rest[-1]), step_a, after)
    soc = _soc_at(series, before.end - 1, float(rest[-1]), subject)
    temperature = series.temperature[before.rows]
    temperature = temperature[np.isfinite(temperature)]
    return StepFound(
        stretch.start, step_a, ohm, float(temperature[-1]) if len(temperature) else None, soc,
        _flags(step_a, subject, soc),
    )  # fmt: skip


def _flags(step_a: float, subject: Subject, soc: float | None) -> tuple[str, ...]:
    flags = []
    if subject.rated_ah is not None and abs(step_a) < LEAST_STEP_C * subject.rated_ah:
        flags.append("STEP_TOO_SMALL")
    if soc is None:
        flags.append("SOC_UNKNOWN")
    elif not SOC_WINDOW_PCT[0] <= soc <= SOC_WINDOW_PCT[1]:
        flags.append("SOC_OUTSIDE_WINDOW")
    return tuple(flags)


def _soc_at(series: Series, row: int, rest_v: float, subject: Subject) -> float | None:
    soc = series.column("soc_bms_percent")[row]
    if np.isfinite(soc):
        return float(soc)
    if subject.table is None:
        return None
    try:
        return 100 * subject.table.soc_at(rest_v / subject.cells)
    except NotAssessable:
        return None


def _by_cell(series: Series, steps: list[StepFound]) -> Floats | None:
    """Resistance of each cell at the first sample of the largest step: the weakest stands out soonest."""
    if series.cells is None or series.cells.shape[1] < 2:
        return None
    step = max(steps, key=lambda s: abs(s.step_a))
    before, after = series.cells[step.row - 1], series.cells[min(step.row + 1, len(series) - 1)]
    ohm: Floats = np.abs((after - before) / step.step_a)
    return ohm if np.isfinite(ohm).all() else None


def powers(subject: Subject, ohm: float) -> dict[str, float]:
    """Power [W] at 80 and 20 % state of charge, discharge and charge, by the open-circuit table.

    Raises NotAssessable NO_OCV_TABLE, NO_VOLTAGE_LIMITS.
    """
    table = subject.table
    if table is None:
        raise NotAssessable("NO_OCV_TABLE")
    if subject.v_min is None or subject.v_max is None:
        raise NotAssessable("NO_VOLTAGE_LIMITS")
    found, cells = {}, subject.cells
    for percent in (80, 20):
        ocv = float(np.interp(percent / 100, table.soc, table.voltage)) * cells
        found[f"discharge_power_soc{percent}"] = discharge_power_w(ocv, subject.v_min * cells, ohm)
        found[f"charge_power_soc{percent}"] = charge_power_w(ocv, subject.v_max * cells, ohm)
    return found
