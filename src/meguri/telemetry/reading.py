"""A file becomes columns of numbers: CSV (plain or gzip), Parquet, and workbooks of cyclers, in blocks of flat memory.

Not a word of a cell is guessed: what is no number is missing and counted, a line that does not fit the header is named,
a file that ends in the middle of a line or of its compression is read up to there and called truncated.
"""

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv
from pyarrow import parquet

from meguri.telemetry.arrays import Floats
from meguri.telemetry.errors import (
    BadEncoding,
    EmptyInput,
    MappingInvalid,
    RecordTooLarge,
    Unusable,
)
from meguri.telemetry.headers import STAMP, STEP_TIME, TEXTS, Column, Layout, layout_of
from meguri.telemetry.plain import GZIP, Unzipping, number_of
from meguri.workbooks.errors import SheetUnreadable
from meguri.workbooks.reading import LARGE, Wanted, open_book

MOST_BYTES, MOST_ROWS = 5_000_000_000, 50_000_000
BLOCK_ROWS = 250_000
_BLOCK_BYTES = 1 << 20  # Arrow reads up to 32 blocks ahead: they, not the file, are what memory holds
_HEAD_BYTES = 1 << 16
_NULLS = ["", "NaN", "nan", "NA", "N/A", "null", "NULL", "None", "-", "--"]


@dataclass(slots=True)
class Notes:
    """What was met on the way: rows (from 1) with cells that are no numbers, where two clocks part, lines that do not fit."""

    unreadable: list[int] = field(default_factory=list)
    clocks_apart: list[int] = field(default_factory=list)
    bad_lines: list[int] = field(default_factory=list)
    truncated: bool = False
    rows: int = 0


@dataclass(slots=True)
class Block:
    """Some rows: numbers by canonical name, `stamp` as seconds since 1970 where the source has a clock."""

    first_row: int
    numbers: dict[str, Floats]
    stamp: Floats | None
    cells: Floats | None
    cell_temperatures: Floats | None

    def __len__(self) -> int:
        return (
            len(next(iter(self.numbers.values())))
            if self.numbers
            else len(self.stamp if self.stamp is not None else ())
        )


@dataclass(slots=True)
class Reading:
    """A file that can be read block by block: its layout, its hash, and notes that grow while it is read."""

    layout: Layout
    sha256: str
    notes: Notes
    blocks: Iterator[Block]


def own_mapping(data: bytes) -> list[Column]:
    """The columns of a mapping `[{source, target, scale, offset, unit, sentinel[]}]` in JSON. Raises MappingInvalid."""

    class Entry(msgspec.Struct, forbid_unknown_fields=True):
        source: str
        target: str
        scale: float = 1.0
        offset: float = 0.0
        unit: str = ""
        sentinel: list[float] = []

    try:
        entries = msgspec.json.decode(data, type=list[Entry])
    except msgspec.MsgspecError as problem:
        raise MappingInvalid(detail=str(problem)) from None
    return [Column(e.source, e.target, e.scale, e.offset, tuple(e.sentinel)) for e in entries]


def open_record(path: Path, profile: str | None = None, mapping: Sequence[Column] = ()) -> Reading:
    """The record in `path`. Raises Unusable and its kinds, RecordTooLarge; some only while blocks are read."""
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise RecordTooLarge(most="5 GB")
        if size == 0:
            raise EmptyInput
        digest = _digest(path)
        with path.open("rb") as file:
            start = file.read(_HEAD_BYTES)
    except OSError as problem:
        raise Unusable(detail=problem.strerror or path.name) from None
    if start[:4] == b"PAR1":
        return _parquet(path, digest, profile, mapping)
    if start[:4] == b"PK\x03\x04":
        return _workbook(path, digest, profile, mapping)
    return _csv(path, digest, start, profile, mapping)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# CSV


def _csv(path: Path, digest: str, start: bytes, profile: str | None, mapping: Sequence[Column]) -> Reading:
    notes = Notes()
    unzipping: Unzipping | None = None
    source: Any = str(path)
    if start[:2] == GZIP:
        with io.BufferedReader(_unzipping(path)) as plain:
            start = plain.read(_HEAD_BYTES)
        source = unzipping = _unzipping(path)
    header, separator = _header(start)
    layout = layout_of(header, profile, mapping)
    return Reading(layout, digest, notes, _csv_blocks(source, header, separator, layout, notes, unzipping))


def _unzipping(path: Path) -> Unzipping:
    return Unzipping(path, MOST_BYTES, "5 GB")


def _last_byte(path: str) -> bytes:
    with Path(path).open("rb") as file:
        file.seek(-1, io.SEEK_END)
        return file.read(1)


def _header(start: bytes) -> tuple[list[str], str]:
    line, _, rest = start.partition(b"\n")
    if not start.strip():
        raise EmptyInput
    if b"\x00" in start:
        raise Unusable(detail="binary data")
    try:
        text = line.decode("utf-8-sig").rstrip("\r")
        rest.decode("utf-8", errors="strict" if len(start) < _HEAD_BYTES else "ignore")
    except UnicodeDecodeError as problem:
        raise BadEncoding(detail=f"byte {problem.start}") from None
    separator = max(",;\t", key=text.count)
    names = next(csv.reader([text], delimiter=separator), [])
    if len(names) < 2:
        raise Unusable(detail=f"header: {text[:60]}")
    return [name.strip() for name in names], separator


def _csv_blocks(
    source: Any, header: list[str], separator: str, layout: Layout, notes: Notes, unzipping: Unzipping | None
) -> Iterator[Block]:
    wanted = [column.header for column in layout.used]
    last_bad: list[int] = []

    def skip(row: Any) -> str:
        last_bad[:] = [row.number or 0, row.actual_columns]
        bad.append((row.number or 1) - 1)
        return "skip"

    rows, bad = 0, list[int]()  # lines are read ahead of the blocks that they belong to
    skipped: list[int] = []
    waiting: Block | None = None  # the last block is handed out when it is known how the file ends
    reader = _open_csv(source, header, separator, wanted, skip)
    try:
        for batch in reader:
            if len(batch) == 0:
                continue
            if waiting is not None:
                while bad and bad[0] <= rows + len(skipped):
                    skipped.append(bad.pop(0))
                    notes.bad_lines.append(skipped[-1])
                yield waiting
            waiting = _block(layout, {name: batch.column(name) for name in wanted}, rows, notes)
            rows += len(batch)
            _limit(rows)
    except (pa.ArrowInvalid, UnicodeDecodeError) as problem:
        raise (unzipping and unzipping.refusal) or _unreadable(problem) from None
    if unzipping is not None:
        notes.truncated = unzipping.truncated
    unended = (unzipping.last if unzipping else _last_byte(source)) not in (b"\n", b"\r")
    if unended and last_bad and last_bad[1] < len(header):
        notes.truncated = True  # the last line is cut within a field
    notes.rows = rows
    notes.bad_lines += bad
    if waiting is None:
        raise EmptyInput
    yield waiting


def _open_csv(source: Any, header: list[str], separator: str, wanted: list[str], skip: Any) -> Any:
    try:
        return arrow_csv.open_csv(
            source,
            read_options=arrow_csv.ReadOptions(
                column_names=header, skip_rows=1, block_size=_BLOCK_BYTES, use_threads=False
            ),
            parse_options=arrow_csv.ParseOptions(delimiter=separator, invalid_row_handler=skip),
            convert_options=arrow_csv.ConvertOptions(
                include_columns=wanted,
                column_types=dict.fromkeys(wanted, pa.string()),
                strings_can_be_null=True,
                null_values=_NULLS,
            ),
        )
    except pa.ArrowInvalid as problem:
        if isinstance(source, Unzipping) and source.refusal:
            raise source.refusal from None
        if "mpty" in str(problem):
            raise EmptyInput from None
        raise _unreadable(problem) from None


def _unreadable(problem: Exception) -> Unusable:
    text = str(problem)
    if "UTF8" in text or "utf-8" in text:
        return BadEncoding(detail=text.splitlines()[0][:80])
    return Unusable(detail=text.splitlines()[0][:120])


def _limit(rows: int) -> None:
    if rows > MOST_ROWS:
        raise RecordTooLarge(most=f"{MOST_ROWS:,} rows")


# Parquet and workbooks


def _parquet(path: Path, digest: str, profile: str | None, mapping: Sequence[Column]) -> Reading:
    try:
        # read ahead, a row group would be held as a whole
        file = parquet.ParquetFile(path, buffer_size=_BLOCK_BYTES, pre_buffer=False)
    except (OSError, pa.ArrowException) as problem:
        raise Unusable(detail=str(problem).splitlines()[0][:120]) from None
    _limit(file.metadata.num_rows)
    if file.metadata.num_rows == 0:
        raise EmptyInput
    layout, notes = layout_of(file.schema_arrow.names, profile, mapping), Notes(rows=file.metadata.num_rows)
    return Reading(layout, digest, notes, _parquet_blocks(file, layout, notes))


def _parquet_blocks(file: Any, layout: Layout, notes: Notes) -> Iterator[Block]:
    wanted, rows = [column.header for column in layout.used], 0
    for batch in file.iter_batches(BLOCK_ROWS, columns=wanted):
        yield _block(layout, {name: batch.column(name) for name in wanted}, rows, notes)
        rows += len(batch)


def _workbook(path: Path, digest: str, profile: str | None, mapping: Sequence[Column]) -> Reading:
    try:
        book = open_book(path, Wanted(fitting=("Channel_*",), whole=False), LARGE)
    except (SheetUnreadable, OSError):
        raise Unusable(detail="XLSX") from None
    sheets = [sheet for sheet in (list(each.rows()) for each in book.sheets) if len(sheet) > 1]
    if not sheets:
        raise EmptyInput
    header = [str(cell).strip() for cell in sheets[0][0]]
    layout, notes = layout_of(header, profile, mapping), Notes()
    body = [row for sheet in sheets for row in sheet[1:] if any(str(cell).strip() for cell in row)]
    notes.rows = len(body)
    columns = {
        column.header: pa.array([_written(row[header.index(column.header)]) for row in body], pa.string())
        for column in layout.used
    }
    return Reading(layout, digest, notes, iter([_block(layout, columns, 0, notes)]))


def _written(cell: object) -> str | None:
    if isinstance(cell, datetime):
        return cell.isoformat()
    text = str(cell).strip()
    return text or None


# Columns


def _block(layout: Layout, columns: dict[str, Any], first: int, notes: Notes) -> Block:
    numbers: dict[str, Floats] = {}
    stamp: Floats | None = None
    for column in layout.columns:
        raw = columns[column.header]
        if column.name == STAMP:
            stamp = _stamps(raw)
        elif column.name == STEP_TIME:
            numbers[column.name] = _durations(raw)
        elif column.name not in TEXTS:
            numbers[column.name] = _numbers(raw, column, first, notes)
    return Block(
        first + 1, numbers, stamp, _side_by_side(layout.cells, columns, first, notes),
        _side_by_side(layout.cell_temperatures, columns, first, notes),
    )  # fmt: skip


def _side_by_side(group: Sequence[Column], columns: dict[str, Any], first: int, notes: Notes) -> Floats | None:
    if not group:
        return None
    return np.column_stack([_numbers(columns[column.header], column, first, notes) for column in group])


def _numbers(raw: Any, column: Column, first: int, notes: Notes) -> Floats:
    if pa.types.is_string(raw.type) or pa.types.is_large_string(raw.type):
        try:
            raw = raw.cast(pa.float64())
        except pa.ArrowInvalid:
            raw = _one_by_one(raw, first, notes)
    values = np.array(pc.cast(raw, pa.float64(), safe=False).to_numpy(zero_copy_only=False), dtype=np.float64)
    for sentinel in column.sentinels:
        values[values == sentinel] = np.nan
    return values * column.scale + column.offset if column.converted else values


def _one_by_one(raw: Any, first: int, notes: Notes) -> Any:
    """Where some cells are no numbers: those are missing and noted."""
    values: list[float | None] = []
    for place, cell in enumerate(raw.to_pylist()):
        try:
            values.append(None if cell is None else number_of(cell))
        except ValueError:
            values.append(None)
            notes.unreadable.append(first + place + 1)
    return pa.array(values, pa.float64())


def _stamps(raw: Any) -> Floats:
    """Seconds since 1970 of time stamps: ISO 8601, `YYYYMMDDhhmmss`, or with slashes; without a zone they are UTC."""
    if pa.types.is_timestamp(raw.type):
        return _since_1970(raw)
    texts = raw.cast(pa.string())
    for attempt in (_as_iso, _as_digits):
        try:
            return _since_1970(attempt(texts))
        except pa.ArrowInvalid:
            continue
    return np.array([_lenient(cell) for cell in texts.to_pylist()], dtype=np.float64)


def _as_iso(texts: Any) -> Any:
    plain = pc.replace_substring(pc.utf8_rtrim(texts, "Z"), "/", "-")
    return plain.cast(pa.timestamp("us"))


def _as_digits(texts: Any) -> Any:
    return pc.strptime(texts, format="%Y%m%d%H%M%S", unit="us")


def _since_1970(stamps: Any) -> Floats:
    micros = pc.cast(pc.cast(stamps, pa.timestamp("us")), pa.int64())
    return np.array(pc.cast(micros, pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64) / 1e6


def _lenient(cell: str | None) -> float:
    if cell is None:
        return np.nan
    try:
        moment = datetime.fromisoformat(cell.strip().replace("/", "-"))
    except ValueError:
        return np.nan
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _durations(raw: Any) -> Floats:
    """Seconds of `hh:mm:ss(.fff)`, or of plain numbers."""
    return np.array([_seconds(cell) for cell in raw.cast(pa.string()).to_pylist()], dtype=np.float64)


def _seconds(cell: str | None) -> float:
    try:
        total = 0.0
        for part in (cell or "nan").split(":"):
            total = total * 60 + number_of(part)
    except ValueError:
        return np.nan
    return total
