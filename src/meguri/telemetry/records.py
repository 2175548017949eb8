"""A file from beginning to end: read, laid out, cleaned, and reported on."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from meguri.telemetry.arrays import Array, Floats
from meguri.telemetry.cleaning import Marks, clean
from meguri.telemetry.errors import ChargerEfficiencyMissing, EmptyInput
from meguri.telemetry.gaps import find_gaps
from meguri.telemetry.headers import STEP_TIME, TIME, UNIX, Column
from meguri.telemetry.model import GapFound, NamePlate, Quality
from meguri.telemetry.reading import Block, Reading, open_record
from meguri.telemetry.rulebook import cleaning_rules
from meguri.telemetry.series import Series

_MOST_GAPS = 1000  # listed; all are counted


@dataclass(frozen=True, slots=True)
class Record:
    """A cleaned record with the report on it."""

    series: Series
    quality: Quality


@dataclass(frozen=True, slots=True)
class How:
    """How a person wants a file to be read; see `open_record` and `clean`."""

    profile: str | None = None
    mapping: tuple[Column, ...] = ()
    flip_current: bool = False
    charger_efficiency: float | None = None


AS_IT_IS = How()


def read_record(path: Path, plate: NamePlate, how: How = AS_IT_IS) -> Record:
    """The whole record of a file. Raises Unusable and its kinds, RecordTooLarge."""
    reading = open_record(path, how.profile, how.mapping)
    blocks = [_series(block, reading, how) for block in reading.blocks]
    if not blocks:
        raise EmptyInput
    series, marks = _started(_joined(blocks)), _first_marks(reading)
    rows = len(series)
    cleaned = clean(_on_one_time_line(series), plate, marks, flip_current=how.flip_current)
    return Record(cleaned, _quality(reading, cleaned, marks, rows))


def read_in_pieces(path: Path, plate: NamePlate, how: How = AS_IT_IS) -> Iterator[Record]:
    """The record block by block in flat memory; each block is cleaned on its own.

    Known imprecision: a sensor that hangs across the border of two blocks is judged in each of them.
    """
    reading = open_record(path, how.profile, how.mapping)
    started: float | None = None
    for block in reading.blocks:
        series = _series(block, reading, how)
        started = _first_time(series) if started is None else started
        series = _on_one_time_line(_started(series, started))
        marks = _first_marks(reading)
        reading.notes.unreadable.clear()
        reading.notes.clocks_apart.clear()
        rows = len(series)
        cleaned = clean(series, plate, marks, flip_current=how.flip_current)
        found = _quality(reading, cleaned, marks, rows)
        reading.notes.bad_lines.clear()
        yield Record(cleaned, found)


def merged(reports: Sequence[Quality]) -> Quality:
    """One report on all pieces of a record."""
    counts = Marks()
    for report in reports:
        for flag in report.flags:
            counts.counts[flag.flag] = counts.counts.get(flag.flag, 0) + flag.count
            counts.first[flag.flag] = min(counts.first.get(flag.flag, flag.first_row), flag.first_row)
    first = reports[0]
    steps = [report.median_dt_s for report in reports if report.median_dt_s is not None]
    return Quality(
        rows_in=sum(report.rows_in for report in reports),
        rows_used=sum(report.rows_used for report in reports),
        duration_s=sum(report.duration_s for report in reports),
        median_dt_s=float(np.median(steps)) if steps else None,
        flags=counts.listed(),
        gaps=tuple(gap for report in reports for gap in report.gaps)[:_MOST_GAPS],
        columns_used=first.columns_used,
        columns_ignored=first.columns_ignored,
        profile=first.profile,
        sha256=first.sha256,
    )


def _series(block: Block, reading: Reading, how: How) -> Series:
    columns = dict(block.numbers)
    time, unix = _times(block, columns)
    profile = reading.layout.profile
    if profile.charger_side:
        columns |= _behind_the_charger(columns, how.charger_efficiency, len(time))
    if profile.sign < 0:
        columns["current_ampere"] = -columns["current_ampere"]
    rows = np.arange(block.first_row, block.first_row + len(time), dtype=np.int64)
    reading.notes.clocks_apart += rows[_parting(time, unix)].tolist()
    start = float(unix[0] - time[0]) if unix is not None and len(unix) and np.isfinite(unix[0]) else None
    return Series(
        time_s=time, segment=np.zeros(len(time), dtype=np.int64), columns=columns, row=rows, cells=block.cells,
        cell_temperatures=block.cell_temperatures, start_unix=start,
    )  # fmt: skip


def _times(block: Block, columns: dict[str, Floats]) -> tuple[Floats, Floats | None]:
    """Time of each sample: elapsed seconds where the source counts them, else those of its clock."""
    unix = columns.pop(UNIX, None)
    unix = block.stamp if unix is None else unix
    elapsed, step_time = columns.pop(TIME, None), columns.pop(STEP_TIME, None)
    if elapsed is not None:
        return elapsed, unix
    if unix is not None:
        return unix, unix
    return (step_time if step_time is not None else np.arange(len(block), dtype=np.float64)), None


def _parting(elapsed: Floats, unix: Floats | None) -> Array:
    """Samples at which the clock jumps and the counter of seconds does not, or the other way round."""
    if unix is None:
        return np.empty(0, dtype=np.int64)
    passed = np.diff(elapsed)
    with np.errstate(invalid="ignore"):
        apart = (np.abs(np.diff(unix) - passed) > cleaning_rules().clock.apart_seconds) & (passed >= 0)
    return np.flatnonzero(apart) + 1


def _behind_the_charger(columns: dict[str, Floats], efficiency: float | None, rows: int) -> dict[str, Floats]:
    """What the battery itself got is the metered power less the charger's losses; its voltage and current are not known."""
    if efficiency is None or not 0 < efficiency <= 1:
        raise ChargerEfficiencyMissing
    nothing = np.full(rows, np.nan)
    power = columns.get("charger_power_watt", nothing) * efficiency
    return {"voltage_volt": nothing.copy(), "current_ampere": nothing.copy(), "power_watt": power}


def _joined(blocks: list[Series]) -> Series:
    if len(blocks) == 1:
        return blocks[0]
    first = blocks[0]
    return replace(
        first,
        time_s=np.concatenate([b.time_s for b in blocks]),
        segment=np.concatenate([b.segment for b in blocks]),
        columns={name: np.concatenate([b.columns[name] for b in blocks]) for name in first.columns},
        row=np.concatenate([b.row for b in blocks]),
        cells=None if first.cells is None else np.concatenate([b.cells for b in blocks if b.cells is not None]),
        cell_temperatures=None
        if first.cell_temperatures is None
        else np.concatenate([b.cell_temperatures for b in blocks if b.cell_temperatures is not None]),
    )


def _first_time(series: Series) -> float:
    known = series.time_s[np.isfinite(series.time_s)]
    return float(known[0]) if len(known) else 0.0


def _started(series: Series, start: float | None = None) -> Series:
    """Time counted from the first sample, so that seconds since 1970 do not cost digits."""
    start = _first_time(series) if start is None else start
    unix = series.start_unix + start if series.start_unix is not None else None
    return replace(series, time_s=series.time_s - start, start_unix=unix)


def _on_one_time_line(series: Series) -> Series:
    """Samples without a time are no samples."""
    return series.take(np.isfinite(series.time_s))


def _first_marks(reading: Reading) -> Marks:
    marks, notes = Marks(), reading.notes
    if any(column.converted for column in reading.layout.used):
        marks.set("UNIT_SUSPECT", [1])
    if reading.layout.profile.sign < 0:
        marks.set("SIGN_BY_PROFILE", [1])
    marks.set("NON_FINITE", np.unique(notes.unreadable))
    marks.set("CLOCK_JUMP", notes.clocks_apart)
    bad = [max(row, 1) for row in notes.bad_lines]
    cut = (
        [bad.pop() if bad else max(notes.rows, 1)] if notes.truncated else []
    )  # what does not fit last is the cut itself
    marks.set("BAD_LINE", bad)
    marks.set("TRUNCATED", cut)
    return marks


def _quality(reading: Reading, series: Series, marks: Marks, rows: int) -> Quality:
    step = np.diff(series.time_s)
    forward = step[step > 0]
    used = np.isfinite(series.voltage) & np.isfinite(series.current)
    layout = reading.layout
    return Quality(
        rows_in=rows + len(reading.notes.bad_lines),
        rows_used=int(used.sum()) if not layout.profile.charger_side else len(series),
        duration_s=float(forward.sum()),
        median_dt_s=float(np.median(forward)) if len(forward) else None,
        flags=marks.listed(),
        gaps=_gaps(series),
        columns_used=tuple(column.header for column in layout.used),
        columns_ignored=layout.ignored,
        profile=layout.profile.id,
        sha256=reading.sha256,
    )


def report_on(series: Series, marks: Marks, rows: int, source: str) -> Quality:
    """The report on samples that came without a file; what was sent is named by the hash of its content."""
    step = np.diff(series.time_s)
    forward = step[step > 0]
    content = hashlib.sha256(series.time_s.tobytes())
    for name in sorted(series.columns):
        content.update(series.columns[name].tobytes())
    return Quality(
        rows_in=rows,
        rows_used=int((np.isfinite(series.voltage) & np.isfinite(series.current)).sum()),
        duration_s=float(forward.sum()),
        median_dt_s=float(np.median(forward)) if len(forward) else None,
        flags=marks.listed(),
        gaps=_gaps(series),
        columns_used=tuple(name for name in series.columns if np.isfinite(series.columns[name]).any()),
        columns_ignored=(),
        profile=source,
        sha256=content.hexdigest(),
    )


def _gaps(series: Series) -> tuple[GapFound, ...]:
    known = np.isfinite(series.voltage) & np.isfinite(series.current)
    time, current = series.time_s[known], series.current[known]
    gaps = find_gaps(time, current)
    return tuple(
        GapFound(float(time[start]), float(time[start] + seconds), bool(bridged))
        for start, seconds, bridged in zip(gaps.starts[:_MOST_GAPS], gaps.seconds, gaps.bridged, strict=False)
    )
