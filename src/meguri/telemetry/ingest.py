"""Samples on their way into the database: whole files in flat memory, and points as a gateway sends them."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from math import nan
from pathlib import Path
from uuid import UUID

import numpy as np

from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.telemetry import store, wire
from meguri.telemetry.arrays import Floats
from meguri.telemetry.cleaning import Marks, clean
from meguri.telemetry.errors import BatteryUnknown, ClockWrong, UnitSuspect
from meguri.telemetry.events import SegmentArrived
from meguri.telemetry.model import Battery, Ingested, Point, Quality
from meguri.telemetry.records import AS_IT_IS, How, Record, merged, read_in_pieces, report_on
from meguri.telemetry.rulebook import cleaning_rules
from meguri.telemetry.series import Series
from meguri.telemetry.store import RecordRow

_LONG_S = 600.0
_STREAM = "stream"


@dataclass(slots=True)
class _Tally:
    """What came in so far."""

    stored: int = 0
    first: float = np.inf
    last: float = -np.inf
    lowest: float | None = None
    highest: float | None = None
    hottest: float | None = None
    reports: list[Quality] = field(default_factory=list)

    def add(self, record: Record, unix_s: Floats, kept: dict[str, Floats], stored: int) -> None:
        self.stored += stored
        self.reports.append(record.quality)
        if len(unix_s):
            self.first, self.last = min(self.first, float(unix_s.min())), max(self.last, float(unix_s.max()))
        self.lowest = _more(min, self.lowest, kept.get("cell_min"))
        self.highest = _more(max, self.highest, kept.get("cell_max"))
        self.hottest = _more(max, self.hottest, kept.get("temperature"))


def _more(choose: object, so_far: float | None, values: Floats | None) -> float | None:
    if values is None:
        return so_far
    known = values[np.isfinite(values)]
    if not len(known):
        return so_far
    one = float(known.min() if choose is min else known.max())
    return one if so_far is None else (min(so_far, one) if choose is min else max(so_far, one))


async def pour(
    tx: Transaction,
    scope: OperatorScope,
    battery_id: UUID,
    path: Path,
    source: str,
    how: How = AS_IT_IS,
    start: datetime | None = None,
) -> Ingested:
    """A whole file into the months of a battery, in this one transaction: all of it or nothing.

    start  moment of the first sample where the source has no clock; else the moment of the upload less its duration
    Raises BatteryUnknown, Unusable and its kinds, RecordTooLarge.
    """
    battery = await _known(tx, scope, battery_id)
    tally = _Tally()
    async with tx.patient(_LONG_S):
        await store.begin_copy(tx)
        pieces = read_in_pieces(path, battery.plate, how)
        while (record := await asyncio.to_thread(next, pieces, None)) is not None:
            await _copy(tx, scope, battery, record, tally, start)
    return await _noted(tx, scope, battery_id, source, tally)


async def keep_series(
    tx: Transaction, scope: OperatorScope, battery_id: UUID, record: Record, source: str
) -> Ingested:  # fmt: skip
    """A record that is in memory already. Raises BatteryUnknown."""
    battery = await _known(tx, scope, battery_id)
    tally = _Tally()
    await store.begin_copy(tx)
    await _copy(tx, scope, battery, record, tally, None)
    return await _noted(tx, scope, battery_id, source, tally)


async def keep_points(
    tx: Transaction, scope: OperatorScope, battery_id: UUID, points: Sequence[Point], source: str = _STREAM
) -> Ingested:
    """Points of a stream, cleaned like a file of the same content. Raises BatteryUnknown, Unusable and its kinds."""
    battery = await _known(tx, scope, battery_id)
    series = of_points(points)
    marks, rows = Marks(), len(series)
    cleaned = clean(series, battery.plate, marks)
    return await keep_series(tx, scope, battery_id, Record(cleaned, report_on(cleaned, marks, rows, source)), source)


def of_points(points: Sequence[Point]) -> Series:
    """Points as a series; None is missing."""
    at = np.array([point.at.timestamp() for point in points], dtype=np.float64)

    def column(name: str) -> Floats:
        return np.array([nan if (v := getattr(p, name)) is None else v for p in points], dtype=np.float64)

    start = float(at[0]) if len(at) else 0.0
    return Series(
        time_s=at - start,
        segment=np.zeros(len(at), dtype=np.int64),
        columns={
            "voltage_volt": column("voltage_volt"),
            "current_ampere": column("current_ampere"),
            "temperature_t1_celsius": column("temperature_celsius"),
            "soc_bms_percent": column("soc_percent"),
            "cell_min_volt": column("cell_min_volt"),
            "cell_max_volt": column("cell_max_volt"),
        },
        row=np.arange(1, len(at) + 1, dtype=np.int64),
        start_unix=start,
    )


def points_of(series: Series, limit: int) -> list[Point]:
    """The first samples of a series as points."""
    names = (
        "voltage_volt",
        "current_ampere",
        "temperature_t1_celsius",
        "soc_bms_percent",
        "cell_min_volt",
        "cell_max_volt",
    )
    at = _clock_of(series, None)[:limit]
    columns = [series.column(name)[:limit] for name in names]
    return [
        Point(
            at=datetime.fromtimestamp(round(moment, 6), UTC),
            voltage_volt=_known_or_none(values[0]),
            current_ampere=_known_or_none(values[1]),
            temperature_celsius=_known_or_none(values[2]),
            soc_percent=_known_or_none(values[3]),
            cell_min_volt=_known_or_none(values[4]),
            cell_max_volt=_known_or_none(values[5]),
        )
        for moment, *values in zip(at.tolist(), *(column.tolist() for column in columns), strict=True)
    ]


def _known_or_none(value: float) -> float | None:
    return None if value != value else value


async def _known(tx: Transaction, scope: OperatorScope, battery_id: UUID) -> Battery:
    battery = await store.battery(tx, scope, battery_id)
    if battery is None:
        raise BatteryUnknown
    return battery


async def _copy(
    tx: Transaction, scope: OperatorScope, battery: Battery, record: Record, tally: _Tally, start: datetime | None
) -> None:
    unix_s = _clock_of(record.series, start)
    refuse_wrong_clock(unix_s)
    kept = wire.columns_of(record.series, battery.plate.cells)
    rows = await asyncio.to_thread(wire.rows_of, unix_s, kept)
    stored = await store.copy_in(tx, scope, battery.battery_id, rows, months_of(unix_s))
    tally.add(record, unix_s, kept, stored)


def of_series(series: Series) -> Floats:
    """Moments of the samples as seconds since 1970."""
    return _clock_of(series, None)


def _clock_of(series: Series, start: datetime | None) -> Floats:
    if start is not None:
        return series.time_s + start.timestamp()
    if series.start_unix is not None:
        return series.time_s + series.start_unix
    duration = float(series.time_s[-1]) if len(series) else 0.0
    return series.time_s + (clock.now() - timedelta(seconds=duration)).timestamp()


def refuse_wrong_clock(unix_s: Floats) -> None:
    """Refuse moments at which nothing can have been measured. Raises UnitSuspect (milliseconds …), ClockWrong."""
    if not len(unix_s):
        return
    rules = cleaning_rules().clock
    first, last = float(unix_s.min()), float(unix_s.max())
    if abs(float(np.median(unix_s))) > rules.most_unix_seconds:
        raise UnitSuspect(column="unix_time_second", unit="s", row=1, value=f"{unix_s[0]:.0f}")
    if first < rules.earliest.timestamp() or last > (clock.now() + timedelta(seconds=rules.ahead_seconds)).timestamp():
        raise ClockWrong(first=_shown(first), last=_shown(last))


def _shown(unix_s: float) -> str:
    try:
        return datetime.fromtimestamp(unix_s, UTC).strftime("%Y-%m-%d %H:%MZ")
    except (ValueError, OverflowError, OSError):
        return f"{unix_s:.0f} s"


def months_of(unix_s: Floats) -> Iterator[date]:
    """The months that the moments fall into, without looking at each."""
    if not len(unix_s):
        return
    month = datetime.fromtimestamp(float(unix_s.min()), UTC).date().replace(day=1)
    last = datetime.fromtimestamp(float(unix_s.max()), UTC).date()
    while month <= last:
        yield month
        month = (month + timedelta(days=32)).replace(day=1)


async def _noted(tx: Transaction, scope: OperatorScope, battery_id: UUID, source: str, tally: _Tally) -> Ingested:
    quality, record_id = merged(tally.reports), new_id()
    some = tally.last >= tally.first
    row = RecordRow(
        record_id=record_id,
        battery_id=battery_id,
        sha256=quality.sha256,
        source=source,
        rows=quality.rows_in,
        stored=tally.stored,
        first_at=datetime.fromtimestamp(tally.first, UTC) if some else None,
        last_at=datetime.fromtimestamp(tally.last, UTC) if some else None,
        quality=quality,
        created_at=clock.now(),
    )
    await store.add_record(tx, scope, row)
    await tx.record(
        SegmentArrived(
            battery_id=battery_id,
            record_id=record_id,
            sha256=quality.sha256,
            stored=tally.stored,
            flags=quality.names(),
            min_cell_volt=tally.lowest,
            max_cell_volt=tally.highest,
            max_temperature_celsius=tally.hottest,
        )
    )
    return Ingested(record_id=record_id, battery_id=battery_id, stored=tally.stored, quality=quality)
