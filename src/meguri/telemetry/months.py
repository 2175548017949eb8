"""Months: closed ones live in Parquet files, open ones in the database; whoever reads a series does not mind which."""

import io
import tempfile
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv
from pyarrow import parquet

from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage.files import FileStore, Limits
from meguri.storage.transaction import Transaction
from meguri.telemetry import store
from meguri.telemetry.arrays import Floats
from meguri.telemetry.errors import BatteryUnknown
from meguri.telemetry.events import MonthClosed
from meguri.telemetry.series import Series

OPEN_DAYS = 40  # a month is closed so long after it began its successor: late loggers still find it open
_LIMITS = Limits(most_bytes=5_000_000_000, kinds=frozenset({"parquet"}))
_NAMES = (
    "unix_us",
    "voltage_volt",
    "current_ampere",
    "temperature_celsius",
    "soc_percent",
    "cell_min_volt",
    "cell_max_volt",
)
_OURS = (
    "voltage_volt",
    "current_ampere",
    "temperature_t1_celsius",
    "soc_bms_percent",
    "cell_min_volt",
    "cell_max_volt",
)
_PIECE = 1 << 20


def span_of(month: date) -> tuple[datetime, datetime]:
    """First moment of a month and of the next, UTC."""
    first = datetime(month.year, month.month, 1, tzinfo=UTC)
    return first, (first + timedelta(days=32)).replace(day=1)


async def ripe(tx: Transaction, scope: OperatorScope, limit: int = 1000) -> list[tuple[UUID, UUID, date]]:
    """Months of all companies that ended long enough ago and are still open: operator, battery, first day."""
    today = clock.now()
    before = datetime(today.year, today.month, 1, tzinfo=UTC)
    if today - before < timedelta(days=OPEN_DAYS - 31):
        before = (before - timedelta(days=1)).replace(day=1)
    return await store.ripe_months_across(tx, before, limit)


async def close(tx: Transaction, scope: OperatorScope, files: FileStore, battery_id: UUID, month: date) -> int:
    """Move a month of a battery into a Parquet file; the number of samples in it. Late samples join those of before."""
    since, until = span_of(month)
    table = _table([piece async for piece in store.points_as_csv(tx, scope, battery_id, since, until)])
    if not table.num_rows:
        return 0
    earlier = await _closed(tx, scope, files, battery_id, month)
    if earlier is not None:
        table = _merged(earlier, table)
    named = table.append_column("battery_id", pa.array([str(battery_id)] * table.num_rows, pa.string()))
    stored = await files.put(scope, f"{month:%Y-%m}.parquet", _pieces(named), _LIMITS)
    await store.close_month(tx, scope, battery_id, month, table.num_rows, stored.sha256)
    await store.forget_points(tx, scope, battery_id, since, until)
    await tx.record(
        MonthClosed(battery_id=battery_id, month=f"{month:%Y-%m}", rows=table.num_rows, sha256=stored.sha256)
    )
    return int(table.num_rows)


async def series_of(
    tx: Transaction,
    scope: OperatorScope,
    files: FileStore | None,
    battery_id: UUID,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Series:
    """The samples of a battery between two moments, closed months included where `files` is given.

    Raises BatteryUnknown.
    """
    if await store.battery(tx, scope, battery_id) is None:
        raise BatteryUnknown
    since, until = since or datetime(1990, 1, 1, tzinfo=UTC), until or datetime(2200, 1, 1, tzinfo=UTC)
    tables = [_table([piece async for piece in store.points_as_csv(tx, scope, battery_id, since, until)])]
    if files is not None:
        for month in await store.months(tx, scope, battery_id):
            first, last = span_of(date.fromisoformat(f"{month.month}-01"))
            if month.sha256 and first < until and last > since:
                tables.insert(0, await _file(scope, files, month.sha256))
    return _series(pa.concat_tables(tables), since, until)


async def _closed(
    tx: Transaction, scope: OperatorScope, files: FileStore, battery_id: UUID, month: date
) -> Any | None:  # fmt: skip
    for known in await store.months(tx, scope, battery_id):
        if known.sha256 and known.month == f"{month:%Y-%m}":
            return await _file(scope, files, known.sha256)
    return None


async def _file(scope: OperatorScope, files: FileStore, sha256: str) -> Any:
    content = io.BytesIO()
    async for piece in await files.get(scope, sha256):
        content.write(piece)
    return parquet.read_table(pa.BufferReader(content.getbuffer()), columns=list(_NAMES))


def _table(pieces: list[bytes]) -> Any:
    data = b"".join(pieces)
    types = dict.fromkeys(_NAMES[1:], pa.float32()) | {_NAMES[0]: pa.int64()}
    if not data:
        return pa.table({name: pa.array([], types[name]) for name in _NAMES})
    return arrow_csv.read_csv(
        pa.BufferReader(data),
        read_options=arrow_csv.ReadOptions(column_names=list(_NAMES)),
        convert_options=arrow_csv.ConvertOptions(column_types=types, null_values=[""]),
    )


def _merged(earlier: Any, late: Any) -> Any:
    """Both in order of time; of equal moments the earlier file's stays."""
    table = pa.concat_tables([earlier, late])
    moments = table.column(_NAMES[0]).to_numpy()
    _, first = np.unique(moments, return_index=True)
    return table.take(pa.array(first))


async def _pieces(table: Any) -> AsyncIterator[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "month.parquet"
        parquet.write_table(table, path, compression="zstd")
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece


def _series(table: Any, since: datetime, until: datetime) -> Series:
    def column(name: str) -> Floats:
        return np.array(table.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)

    unix_s = column(_NAMES[0]) / 1e6
    order = np.argsort(unix_s, kind="stable")
    order = order[(unix_s[order] >= since.timestamp()) & (unix_s[order] < until.timestamp())]
    start = float(unix_s[order[0]]) if len(order) else None
    columns = {new: column(old)[order] for old, new in zip(_NAMES[1:], _OURS, strict=True)}
    for name in ("cell_min_volt", "cell_max_volt"):
        if not np.isfinite(columns[name]).any():
            del columns[name]
    return Series(
        time_s=unix_s[order] - (start or 0.0),
        segment=np.zeros(len(order), dtype=np.int64),
        columns=columns,
        row=np.arange(1, len(order) + 1, dtype=np.int64),
        start_unix=start,
    )
