"""Cleaning of a record, rule by rule in a fixed order; each rule counts what it touched and sets a flag.

Nothing is repaired in silence: a value that cannot be right becomes missing and is counted, a convention that looks
wrong stops the import, and only what the source itself states (a unit in a header) is converted.
Source: Meguri's own rule (`rules/telemetry/cleaning.toml`).
"""

from dataclasses import dataclass, field, replace

import numpy as np
from scipy.ndimage import maximum_filter1d, minimum_filter1d

from meguri.telemetry.arrays import Array, Flags, Floats
from meguri.telemetry.conventions import holds_current, longest_charge_ah, resolution, reversed_stretch
from meguri.telemetry.errors import ColumnsSwapped, LevelSuspect, SignSuspect, UnitSuspect
from meguri.telemetry.model import FlagCount, Level, NamePlate
from meguri.telemetry.rulebook import CleaningRules, cleaning_rules
from meguri.telemetry.series import Series

_NORMAL_MAD = 1.4826
_LEAST_ROWS = 5  # a convention is judged by a column, not by a reading or two
_WHOLE_COLUMN = 0.5


@dataclass(slots=True)
class Marks:
    """Flags with their counts and first rows."""

    counts: dict[str, int] = field(default_factory=dict)
    first: dict[str, int] = field(default_factory=dict)

    def set(self, flag: str, rows: object) -> None:
        """Count the rows (numbers of the file) under `flag`; nothing when there are none."""
        touched = np.asarray(rows)
        if touched.size:
            self.counts[flag] = self.counts.get(flag, 0) + int(touched.size)
            self.first[flag] = min(self.first.get(flag, int(touched.min())), int(touched.min()))

    def listed(self) -> tuple[FlagCount, ...]:
        """In the order in which they were set."""
        return tuple(FlagCount(flag, count, self.first[flag]) for flag, count in self.counts.items())


def rated_of(plate: NamePlate, series: Series) -> float:
    """Rated capacity [Ah]; where there is none, the highest current stands for 1 C, so that shares still mean something."""
    if plate.rated_capacity_ah and plate.rated_capacity_ah > 0:
        return plate.rated_capacity_ah
    return max(float(np.nanmax(np.abs(series.current), initial=0.0)), 1.0)


def clean(series: Series, plate: NamePlate, marks: Marks, *, flip_current: bool = False) -> Series:
    """The record after all rules; `marks` says what was found.

    flip_current  the person says that discharge is positive in this record
    Raises UnitSuspect, LevelSuspect, ColumnsSwapped, SignSuspect: then nothing of the record may be used.
    """
    rules = cleaning_rules()
    if flip_current:
        series = _with(series, current_ampere=-series.current)
    rated = rated_of(plate, series)
    _sentinels(series, rules, marks)
    _refuse_wrong_conventions(series, plate, rules)
    _ranges(series, plate, rated, rules, marks)
    series = without_repeated_times(series, marks)
    _spikes(series, plate.cells, rated, rules, marks)
    _stuck(series, rated, rules, marks)
    _refuse_reversed_sign(series, plate, rated, rules)
    series = _without_offset(series, rated, rules, marks)
    _cells(series, plate, rules, marks)
    _battery_counts(series, rules, marks)
    _clock_jumps(series, rated, rules, marks)
    return replace(series, flags=frozenset(marks.counts))


def _with(series: Series, **columns: Floats) -> Series:
    return replace(series, columns={**series.columns, **columns})


def _each(series: Series, suffix: str) -> list[tuple[str, Floats]]:
    found = [(name, values) for name, values in series.columns.items() if name.endswith(suffix)]
    blocks = {"_volt": series.cells, "_celsius": series.cell_temperatures}
    block = blocks.get(suffix)
    return found if block is None else [*found, (f"cells{suffix}", block)]


def _null(values: Floats, wrong: Flags, flag: str, series: Series, marks: Marks) -> None:
    if wrong.any():
        rows = np.flatnonzero(wrong.any(axis=1) if wrong.ndim == 2 else wrong)
        marks.set(flag, series.row[rows])
        values[wrong] = np.nan


# Conventions


def _sentinels(series: Series, rules: CleaningRules, marks: Marks) -> None:
    values = np.array(rules.sentinel.values)
    for suffix in ("_volt", "_ampere", "_celsius", "_percent"):
        for _, column in _each(series, suffix):
            _null(column, np.isin(column, values), "SENTINEL", series, marks)
    for _, column in _each(series, "_celsius"):
        known = column[np.isfinite(column)]
        if known.size and np.ptp(known) == 0 and known.flat[0] in rules.sentinel.constant_celsius:
            _null(column, np.isfinite(column), "SENTINEL", series, marks)


def _refuse_wrong_conventions(series: Series, plate: NamePlate, rules: CleaningRules) -> None:
    _refuse_swapped(series, plate, rules)
    cell = series.voltage / plate.cells
    _suspect("voltage_volt", "V", cell, rules.unit.cell_millivolt, series, share=0.5, level=plate.level)
    _refuse_other_level(series, plate, rules)
    for name, values in _each(series, "_celsius"):
        known = values[np.isfinite(values)]
        if known.size >= _LEAST_ROWS and np.quantile(known, 0.05) > rules.unit.fahrenheit:
            unit = "°C, not K" if np.median(known) > rules.unit.kelvin else "°C, not °F"
            _raise_unit(name, unit, series, values)
    if plate.rated_capacity_ah:
        flowing = np.abs(series.current)
        flowing = flowing[np.isfinite(flowing) & (flowing > 0)]
        most = rules.range.most_c_rate * plate.rated_capacity_ah
        if flowing.size >= _LEAST_ROWS and np.median(flowing) > most:
            _raise_unit("current_ampere", "A", series, series.current)
        longest = longest_charge_ah(series.time_s, series.current, plate.rated_capacity_ah, rules)
        if longest > rules.unit.most_full_charges * plate.rated_capacity_ah:
            _raise_unit("test_time_second, rated_capacity_ah", "s, Ah", series, series.time_s)
    soc = series.column("soc_bms_percent")
    known = soc[np.isfinite(soc)]
    if known.size >= _LEAST_ROWS and 0 < known.max() <= 1 and len(np.unique(known)) > 2:
        _raise_unit("soc_bms_percent", "%", series, soc)


def _suspect(name: str, unit: str, values: Floats, limit: float, series: Series, *, share: float, level: Level) -> None:
    known = np.abs(values[np.isfinite(values)])
    if known.size and np.quantile(known, share) > (limit if level is Level.CELL else 2 * limit):
        _raise_unit(name, unit, series, series.voltage)


def _refuse_other_level(series: Series, plate: NamePlate, rules: CleaningRules) -> None:
    """Raises LevelSuspect where cells are on a pack's name plate, or packs on a cell's: out of range would say nothing."""
    low, high = rules.range.cell_volt
    raw = series.voltage[np.isfinite(series.voltage)]
    if len(raw) < _LEAST_ROWS:
        return
    each = raw / plate.cells
    share = rules.unit.swapped_share
    strange = float(((each < low) | (each > high)).mean()) >= share
    cell_on_pack = plate.cells > 1 and float(((raw >= low) & (raw <= high)).mean()) >= share
    pack_on_cell = plate.level is Level.CELL and np.median(raw) > 2 * high
    if strange and (cell_on_pack or pack_on_cell):
        place = int(np.flatnonzero(np.isfinite(series.voltage))[0])
        raise LevelSuspect(row=int(series.row[place]), value=f"{series.voltage[place]:g}", cells=plate.cells)


def _raise_unit(name: str, unit: str, series: Series, values: Floats) -> None:
    flat = values if values.ndim == 1 else values[:, 0]
    place = int(np.flatnonzero(np.isfinite(flat) & (flat != 0))[0])
    raise UnitSuspect(column=name, unit=unit, row=int(series.row[place]), value=f"{flat[place]:g}")


def _refuse_swapped(series: Series, plate: NamePlate, rules: CleaningRules) -> None:
    """Two columns hold each other's values: only then is “voltage” negative and “current” always a cell's, or a
    “temperature” leaps with the voltage.
    """
    low, high = rules.range.cell_volt
    volts = series.voltage[np.isfinite(series.voltage)] / plate.cells
    amps = series.current[np.isfinite(series.current)] / plate.cells
    if min(len(volts), len(amps)) < _LEAST_ROWS:
        return
    voltage_like = float(((amps >= low) & (amps <= high)).mean()) >= rules.unit.swapped_share
    not_voltage = float(((volts < low) | (volts > high)).mean()) >= _WHOLE_COLUMN
    temperature = series.temperature[np.isfinite(series.temperature)]
    if voltage_like and not_voltage:
        raise ColumnsSwapped(first="voltage_volt", second="current_ampere")
    if (
        len(temperature) >= _LEAST_ROWS
        and not_voltage
        and plate.cells == 1
        and _is_cell_voltage(temperature, low, high)
    ):
        raise ColumnsSwapped(first="voltage_volt", second="temperature_t1_celsius")
    for name, values in series.columns.items():
        if name.endswith("_celsius") and holds_current(
            series.time_s, series.voltage / plate.cells, series.current, values, rules
        ):
            raise ColumnsSwapped(first="current_ampere", second=name)


def _is_cell_voltage(values: Floats, low: float, high: float) -> bool:
    return bool(((values >= low) & (values <= high)).all())


# Values


def _ranges(series: Series, plate: NamePlate, rated: float, rules: CleaningRules, marks: Marks) -> None:
    for suffix in ("_volt", "_ampere", "_celsius", "_percent"):
        for _, column in _each(series, suffix):
            _null(column, np.isinf(column), "NON_FINITE", series, marks)
    limits = rules.range
    for name, column in _each(series, "_volt"):
        scale = plate.cells if name == "voltage_volt" and plate.cells_in_series else 1
        bounded = plate.level is Level.CELL or plate.cells_in_series or not name.startswith("voltage")
        if bounded:
            _outside(column / scale, column, limits.cell_volt, series, marks)
    for _, column in _each(series, "_celsius"):
        _outside(column, column, limits.celsius, series, marks)
    most = limits.most_c_rate * rated
    _outside(series.current, series.current, (-most, most), series, marks)
    if "soc_bms_percent" in series.columns:
        _outside(
            series.columns["soc_bms_percent"], series.columns["soc_bms_percent"], limits.soc_percent, series, marks
        )


def _outside(judged: Floats, column: Floats, limits: tuple[float, float], series: Series, marks: Marks) -> None:
    with np.errstate(invalid="ignore"):
        _null(column, (judged < limits[0]) | (judged > limits[1]), "RANGE", series, marks)


def without_repeated_times(series: Series, marks: Marks) -> Series:
    """One sample per time stamp, the last; a new segment where the clock goes back; a log pasted twice counts once."""
    series = _without_repeated_stretch(series, marks)
    step = np.diff(series.time_s)
    same = np.append(step == 0, False)
    if same.any():
        marks.set("DUP_TIME", series.row[same])
        series = series.take(~same)
        step = np.diff(series.time_s)
    back = np.flatnonzero(step < 0) + 1
    if len(back):
        marks.set("TIME_BACKWARDS", series.row[back])
        jumps = np.zeros(len(series), dtype=np.int64)
        jumps[back] = 1
        series = replace(series, segment=series.segment + np.cumsum(jumps))
    return series


def _without_repeated_stretch(series: Series, marks: Marks) -> Series:
    """Where the clock goes back and the very same samples follow again: they are left out."""
    back = np.flatnonzero(np.diff(series.time_s) < 0) + 1
    if not len(back):
        return series
    seen = np.column_stack([series.time_s, np.nan_to_num(series.voltage), np.nan_to_num(series.current)])
    _, first = np.unique(seen, axis=0, return_index=True)
    again = np.ones(len(series), dtype=np.bool_)
    again[first] = False
    again[: back[0]] = False
    if again.sum() < _LEAST_ROWS:
        return series
    marks.set("DUPLICATED_LOG", series.row[again])
    return series.take(~again)


def _spikes(series: Series, cells: int, rated: float, rules: CleaningRules, marks: Marks) -> None:
    """Hampel's filter, where the current is quiet: a reading far from the median of its neighbours is none."""
    window = rules.spike.window
    if len(series) < window:
        return
    quiet = _swing(series.current, window) < rules.spike.quiet_c_rate * rated
    columns = [(series.voltage, rules.spike.least_volt * cells), (series.temperature, rules.spike.least_kelvin)]
    for column, floor in columns:
        least = max(floor, resolution(column))
        limit = rules.spike.mads * least
        places = np.flatnonzero(quiet & (_swing(column, window) > limit))
        if not len(places):
            continue
        around = _around(column, places, window)
        median = np.nanmedian(around, axis=1)
        mad = _NORMAL_MAD * np.nanmedian(np.abs(around - median[:, None]), axis=1)
        apart = np.abs(column[places] - median)
        wrong = np.zeros(len(series), dtype=np.bool_)
        wrong[places] = apart > rules.spike.mads * np.maximum(mad, least)
        _null(column, wrong, "SPIKE", series, marks)


def _swing(values: Floats, window: int) -> Floats:
    """Highest minus lowest value in the window around each sample; missing ones count as their last known neighbour."""
    filled = _carried(values)
    swing: Floats = maximum_filter1d(filled, window) - minimum_filter1d(filled, window)
    return swing


def _carried(values: Floats) -> Floats:
    known = np.isfinite(values)
    if known.all():
        return values
    if not known.any():
        return np.zeros_like(values)
    place = np.maximum.accumulate(np.where(known, np.arange(len(values)), -1))
    place[place < 0] = int(np.flatnonzero(known)[0])
    carried: Floats = values[place]
    return carried


def _around(values: Floats, places: Array, window: int) -> Floats:
    reach = window // 2
    padded = np.pad(values, reach, mode="edge")
    around: Floats = padded[places[:, None] + np.arange(window)[None, :]]
    return around


def _stuck(series: Series, rated: float, rules: CleaningRules, marks: Marks) -> None:
    """A voltage that does not move for ten minutes under current comes from a sensor that hangs."""
    flowing = np.abs(np.nan_to_num(series.current)) > rules.stuck.c_rate * rated
    for name, column in _each(series, "_volt"):
        block = column if column.ndim == 2 else column[:, None]
        for place in range(block.shape[1]):
            wrong = _still(block[:, place], series.time_s, flowing, rules.stuck.seconds)
            if wrong.any():
                marks.set("STUCK", series.row[wrong])
                block[wrong, place] = np.nan
        if name == "voltage_volt" and not np.isfinite(column).any():
            return


def _still(values: Floats, time_s: Floats, flowing: Flags, seconds: float) -> Flags:
    wrong = np.zeros(len(values), dtype=np.bool_)
    if len(values) < 2:
        return wrong
    change = np.flatnonzero((np.diff(values) != 0) | (np.diff(flowing.astype(np.int8)) != 0)) + 1
    starts, ends = np.concatenate(([0], change)), np.concatenate((change, [len(values)]))
    long = (time_s[ends - 1] - time_s[starts] >= seconds) & flowing[starts] & np.isfinite(values[starts])
    for start, end in zip(starts[long], ends[long], strict=True):
        wrong[start:end] = True
    return wrong


def _refuse_reversed_sign(series: Series, plate: NamePlate, rated: float, rules: CleaningRules) -> None:
    """Voltage moves with the current: at once when it steps, and slowly while it flows."""
    step = np.diff(series.current)
    moved = np.diff(series.voltage)
    with np.errstate(invalid="ignore"):
        counted = (np.abs(step) > rules.sign.step_c_rate * rated) & (np.diff(series.segment) == 0) & (moved != 0)
    counted &= np.isfinite(moved)
    signs = np.sign(step[counted] * moved[counted])
    if len(signs) >= rules.sign.least_steps and np.median(signs) < 0:
        raise SignSuspect(places=len(signs))
    if places := reversed_stretch(signs, rules):
        raise SignSuspect(places=places)
    trends = _trends(series, plate, rated, rules)
    if len(trends) and ((trends < 0).all() or (trends < -rules.sign.against_volt).any()):
        raise SignSuspect(places=int((trends < 0).sum()))


def _trends(series: Series, plate: NamePlate, rated: float, rules: CleaningRules) -> Floats:
    """For each long stretch of steady current in which a cell moves far: how far [V], negative against the current."""
    known = np.isfinite(series.current) & np.isfinite(series.voltage)
    time, current, voltage = series.time_s[known], series.current[known], series.voltage[known] / plate.cells
    flowing = np.where(np.abs(current) > rules.sign.step_c_rate * rated, np.sign(current), 0)
    border = np.flatnonzero((np.diff(flowing) != 0) | (np.diff(series.segment[known]) != 0)) + 1
    starts, ends = np.concatenate(([0], border)), np.concatenate((border, [len(current)])) - 1
    if not len(current):
        return np.empty(0)
    least, most = np.minimum.reduceat(np.abs(current), starts), np.maximum.reduceat(np.abs(current), starts)
    moved = voltage[ends] - voltage[starts]
    judged = (flowing[starts] != 0) & (time[ends] - time[starts] >= rules.sign.trend_seconds)
    judged &= (most - least <= rules.sign.trend_current * most) & (np.abs(moved) >= rules.sign.trend_volt)
    trends: Floats = moved[judged] * flowing[starts[judged]]
    return trends


def _without_offset(series: Series, rated: float, rules: CleaningRules, marks: Marks) -> Series:
    """What the sensor shows while nothing flows is taken off the current."""
    least = rules.segment
    quiet = np.abs(series.current) < least.rest_c_rate * rated
    resting = _lasting(quiet, series.time_s, least.rest_seconds)
    if resting.sum() < _LEAST_ROWS:
        return series
    offset = float(np.mean(series.current[resting]))
    if abs(offset) <= rules.offset.c_rate * rated:
        return series
    marks.set("CURRENT_OFFSET", series.row[resting])
    return replace(_with(series, current_ampere=series.current - offset), u_offset_a=abs(offset))


def _lasting(mask: Flags, time_s: Floats, seconds: float) -> Flags:
    """Only those runs of `mask` that last at least so long."""
    kept = np.zeros(len(mask), dtype=np.bool_)
    if not len(mask):
        return kept
    change = np.flatnonzero(np.diff(mask.astype(np.int8))) + 1
    starts, ends = np.concatenate(([0], change)), np.concatenate((change, [len(mask)]))
    long = mask[starts] & (time_s[ends - 1] - time_s[starts] >= seconds)
    for start, end in zip(starts[long], ends[long], strict=True):
        kept[start:end] = True
    return kept


# Agreement


def _cells(series: Series, plate: NamePlate, rules: CleaningRules, marks: Marks) -> None:
    if series.cells is None or series.cells.shape[1] < 2:
        return
    total = series.cells.sum(axis=1)
    with np.errstate(invalid="ignore"):
        apart = np.abs(series.voltage - total) > rules.pack_sum.relative * np.abs(series.voltage)
    marks.set("PACK_SUM_MISMATCH", series.row[apart])
    if plate.cells_in_series is not None and series.cells.shape[1] != plate.cells_in_series:
        marks.set("CELL_COUNT", series.row[:1])


def _battery_counts(series: Series, rules: CleaningRules, marks: Marks) -> None:
    soc = series.column("soc_bms_percent")
    if np.isfinite(soc).any():
        step = np.diff(soc)
        charging = np.nan_to_num(series.current[1:]) > 0
        within = (np.diff(series.segment) == 0) & charging
        with np.errstate(invalid="ignore"):
            wrong = within & ((step > rules.soc_jump.up_points) | (step < -rules.soc_jump.down_points))
        marks.set("SOC_JUMP", series.row[1:][wrong])
    soh = series.column("soh_bms_percent")
    known = np.flatnonzero(np.isfinite(soh))
    rises = np.flatnonzero(np.diff(soh[known]) > rules.bms_reset.rise_points)
    marks.set("BMS_RESET", series.row[known[1:][rises]])


def _clock_jumps(series: Series, rated: float, rules: CleaningRules, marks: Marks) -> None:
    """An hour or more seems missing while the same current flows and the voltage has not moved: the clock jumped."""
    step = np.diff(series.time_s)
    before, after = series.current[:-1], series.current[1:]
    with np.errstate(invalid="ignore"):
        jumped = (step > rules.clock.jump_seconds) & (np.abs(before) > rules.stuck.c_rate * rated)
        jumped &= np.abs(after - before) <= rules.clock.same_current * np.abs(before)
        jumped &= np.abs(np.diff(series.voltage)) <= rules.segment.constant_volt
    marks.set("CLOCK_JUMP", series.row[1:][jumped])
