"""Read a table of text or numbers from CSV (plain or gzip) or Parquet, without deciding what it means.

Tables are read block by block; who needs one as a whole (training, an answer over HTTP) has it in memory, within bounds.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import IO, Any

from meguri.health.errors import BadEncoding, ColumnDuplicate, ColumnMissing, EmptyInput, Unusable
from meguri.telemetry.errors import RecordTooLarge
from meguri.telemetry.plain import GZIP, Unzipping


@dataclass(frozen=True, slots=True)
class Bound:
    """How much a table may hold."""

    most_bytes: int
    most_rows: int

    @property
    def said(self) -> str:
        """`5 GB / 50,000,000 rows`."""
        of, unit = (10**9, "GB") if self.most_bytes >= 10**9 else (10**6, "MB")
        return f"{self.most_bytes // of} {unit} / {self.most_rows:,} rows"


ON_DISK = Bound(5_000_000_000, 50_000_000)
IN_MEMORY = Bound(500_000_000, 2_000_000)
BLOCK_ROWS = 20_000

_PIECE = 1 << 16
_SPACE = re.compile(r"[\s-]+")
_WITH_UNIT = re.compile(r"(.+?)_*[(\[/]_*([^)\]]+?)_*[)\]]?")
_OWN_UNITS = {  # a unit in the header that is the column's own says nothing new; any other is not the column
    **{f"u{number}": (f"u{number}", ("v",)) for number in range(1, 22)},
    "soc": ("soc", ("%", "percent")),
    **dict.fromkeys(("rated_capacity", "rated_capacity_ah"), ("rated_capacity_ah", ("ah",))),
    **dict.fromkeys(("temperature", "temperature_celsius"), ("temperature_celsius", ("°c", "℃", "degc"))),
}

Cell = str | float | int | bool | None


@dataclass(frozen=True, slots=True)
class RawTable:
    """Columns by header, and for each row its number as a person counts it (the header is line 1)."""

    columns: dict[str, list[Cell]]
    numbers: list[int]

    def __len__(self) -> int:
        return len(self.numbers)

    def require(self, names: tuple[str, ...]) -> None:
        """Raise ColumnMissing unless all `names` are there."""
        missing = [name for name in names if name not in self.columns]
        if missing:
            nearest = {near for name in missing for near in get_close_matches(name, self.columns, 1, 0.5)}
            raise ColumnMissing(columns=", ".join(missing), nearest=", ".join(sorted(nearest)) or "–")

    def column(self, name: str) -> list[Cell]:
        """The cells of an optional column; all None when it is not there."""
        return self.columns.get(name) or [None] * len(self.numbers)


def read_table(path: Path, bound: Bound = IN_MEMORY) -> RawTable:
    """The table in `path`, whatever its name. Raises Unusable, EmptyInput, BadEncoding, ColumnDuplicate, RecordTooLarge."""
    whole: RawTable | None = None
    for block in read_blocks(path, bound):
        if whole is None:
            whole = block
        else:
            whole.numbers.extend(block.numbers)
            for name, cells in block.columns.items():
                whole.columns[name].extend(cells)
    if whole is None:
        raise EmptyInput
    return whole


def read_blocks(path: Path, bound: Bound = ON_DISK) -> Iterator[RawTable]:
    """The table in `path` in blocks of up to BLOCK_ROWS rows, in flat memory; at least one.

    Raises as `read_table`; some only while blocks are read.
    """
    try:
        if path.stat().st_size > bound.most_bytes:
            raise RecordTooLarge(most=bound.said)
        with path.open("rb") as file:
            is_parquet = file.read(4) == b"PAR1"
    except OSError as problem:
        raise Unusable(detail=problem.strerror or path.name) from None
    rows = 0
    for block in _parquet_blocks(path, bound) if is_parquet else _csv_blocks(path, bound):
        rows += len(block)
        if rows > bound.most_rows:
            raise RecordTooLarge(most=bound.said)
        yield block
    if not rows:
        raise EmptyInput


def _csv_blocks(path: Path, bound: Bound) -> Iterator[RawTable]:
    try:
        source: IO[bytes] | Unzipping = path.open("rb")
        if source.read(2) == GZIP:
            source.close()
            source = Unzipping(path, bound.most_bytes, bound.said)
        else:
            source.seek(0)
        with source:
            yield from _rows_of(_Text(source))
    except OSError as problem:
        raise Unusable(detail=problem.strerror or path.name) from None


def _rows_of(text: "_Text") -> Iterator[RawTable]:
    try:
        yield from _parsed(iter(io.TextIOWrapper(text, "utf-8-sig", newline="")))  # type: ignore[type-var]
    except UnicodeDecodeError as problem:
        raise BadEncoding(detail=f"byte {text.handed_out - len(problem.object) + problem.start}") from None


def _parsed(lines: Iterator[str]) -> Iterator[RawTable]:
    above, first = 0, ""
    for first in lines:  # blank lines above the header are nothing
        if first.strip():
            break
        above += 1
    if not first.strip():
        raise EmptyInput
    rows = csv.reader(_after(first, lines), delimiter=max(",;\t", key=first.count))
    try:
        header = _headers(next(rows, []))
        block = _empty(header)
        for row in rows:
            if not row:
                continue
            if any(cell.strip() for cell in row[len(header) :]):
                raise Unusable(detail=f"line {above + rows.line_num}: {len(row)} > {len(header)} columns")
            for name, cell in zip(header, row, strict=False):
                block.columns[name].append(cell.strip() or None)
            for name in header[len(row) :]:
                block.columns[name].append(None)
            block.numbers.append(above + rows.line_num)
            if len(block) == BLOCK_ROWS:
                yield block
                block = _empty(header)
        if len(block):
            yield block
    except csv.Error as problem:
        raise Unusable(detail=f"line {above + rows.line_num}: {problem}") from None


def _after(first: str, lines: Iterator[str]) -> Iterator[str]:
    yield first
    yield from lines


def _empty(header: list[str]) -> RawTable:
    return RawTable({name: [] for name in header}, [])


class _Text(io.BufferedIOBase):
    """Bytes that are text as far as bytes can be: no null among them, and no end in the middle of a compression.

    handed_out  how many there were so far
    """

    def __init__(self, source: Any) -> None:
        super().__init__()
        self._source = source
        self.handed_out = 0

    def readable(self) -> bool:
        return True

    def read1(self, size: int = -1, /) -> bytes:
        """Some bytes, none at the end. Raises Unusable, RecordTooLarge."""
        data: bytes = self._source.read(max(size, _PIECE)) or b""
        if b"\x00" in data:
            raise Unusable(detail="binary data")
        if not data and getattr(self._source, "truncated", False):
            raise Unusable(detail="gzip: cut short")
        self.handed_out += len(data)
        return data


def _headers(names: list[str]) -> list[str]:
    header = [plain_header(name) for name in names]
    twice = [name for name, count in Counter(header).items() if count > 1 and name]
    if twice:
        raise ColumnDuplicate(columns=", ".join(twice))
    return header


def plain_header(name: str) -> str:
    """`Cell ID` is `cell_id`, `u1 (V)` is `u1`; `u1 (mV)` stays what it is, and is not found."""
    plain = _SPACE.sub("_", name.strip().lower())
    if (found := _WITH_UNIT.fullmatch(plain)) and found[1] in _OWN_UNITS:
        column, units = _OWN_UNITS[found[1]]
        return column if found[2] in units else plain
    return plain


def _parquet_blocks(path: Path, bound: Bound) -> Iterator[RawTable]:
    from pyarrow import ArrowException, parquet

    try:
        with parquet.ParquetFile(path, buffer_size=_PIECE, pre_buffer=False) as file:  # never a row group as a whole
            about = file.metadata
            size = sum(about.row_group(place).total_byte_size for place in range(about.num_row_groups))
            if about.num_rows > bound.most_rows or size > bound.most_bytes:
                raise RecordTooLarge(most=bound.said)
            header, rows = _headers(file.schema_arrow.names), 0
            for batch in file.iter_batches(BLOCK_ROWS, use_threads=False):
                columns = {name: _cells(cells.to_pylist()) for name, cells in zip(header, batch.columns, strict=True)}
                yield RawTable(columns, list(range(rows + 2, rows + batch.num_rows + 2)))
                rows += batch.num_rows
    except UnicodeDecodeError as problem:
        raise BadEncoding(detail=f"byte {problem.start}") from None
    except (OSError, ArrowException) as problem:
        raise Unusable(detail=str(problem).splitlines()[0]) from None


def _cells(values: list[object]) -> list[Cell]:
    """Numbers stay numbers and truths stay truths; all else is its text, whatever type the file keeps it in."""
    return [value if value is None or isinstance(value, (int, float)) else _as_text(value) for value in values]


def _as_text(value: object) -> str | None:
    text = value.decode("utf-8") if isinstance(value, bytes) else str(value)
    return text.strip() or None
