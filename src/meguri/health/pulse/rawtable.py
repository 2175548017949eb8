"""Read a table of text or numbers from CSV (plain or gzip) or Parquet, without deciding what it means."""

import csv
import gzip
import io
import re
from collections import Counter
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from meguri.health.errors import BadEncoding, ColumnDuplicate, ColumnMissing, EmptyInput, Unusable
from meguri.telemetry.errors import RecordTooLarge
from meguri.telemetry.plain import GZIP, Unzipping

MOST_BYTES, MOST_ROWS = 500_000_000, 2_000_000  # a table of pulse tests is held in memory, a record is not
_MOST_SAID = "500 MB / 2,000,000 rows"

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


def read_table(path: Path) -> RawTable:
    """The table in `path`, whatever its name. Raises Unusable, EmptyInput, BadEncoding, ColumnDuplicate, RecordTooLarge."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise RecordTooLarge(most=_MOST_SAID)
        with path.open("rb") as file:
            is_parquet = file.read(4) == b"PAR1"
    except OSError as problem:
        raise Unusable(detail=problem.strerror or path.name) from None
    table = _read_parquet(path) if is_parquet else _read_csv(path)
    if not table.numbers:
        raise EmptyInput
    return table


def write_table(path: Path, columns: dict[str, list[Cell]], numbers: tuple[str, ...] = ()) -> None:
    """Write columns of equal length as CSV (plain or gzip) or Parquet, by the extension of `path`.

    numbers  columns that Parquet keeps as numbers, also when all their cells are empty; the others are text
    """
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        import pyarrow as pa
        from pyarrow import parquet

        kept = {
            name: pa.array(cells, pa.float64())
            if name in numbers
            else pa.array([None if cell is None else str(cell) for cell in cells], pa.string())
            for name, cells in columns.items()
        }
        parquet.write_table(pa.table(kept), path)
        return
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*([_shown(cell) for cell in column] for column in columns.values()), strict=True))
    data = text.getvalue().encode()
    path.write_bytes(gzip.compress(data, mtime=0) if suffix == ".gz" else data)


def _shown(cell: Cell) -> str:
    """Text that a spreadsheet will not run as a formula."""
    if not isinstance(cell, str):
        return "" if cell is None else str(cell)
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") and not _is_number(cell) else cell


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _read_csv(path: Path) -> RawTable:
    text = _text(path)
    start = len(text) - len(text.lstrip("\r\n"))  # blank lines above the header
    rows = csv.reader(io.StringIO(text[start:], newline=""), delimiter=_separator(text[start:]))
    above = text.count("\n", 0, start) or text.count("\r", 0, start)
    try:
        header = _headers(next(rows, []))
        columns: dict[str, list[Cell]] = {name: [] for name in header}
        numbers: list[int] = []
        for row in rows:
            if not row:
                continue
            if any(cell.strip() for cell in row[len(header) :]):
                raise Unusable(detail=f"line {above + rows.line_num}: {len(row)} > {len(header)} columns")
            for name, cell in zip(header, row, strict=False):
                columns[name].append(cell.strip() or None)
            for name in header[len(row) :]:
                columns[name].append(None)
            numbers.append(above + rows.line_num)
            _limit(len(numbers))
    except csv.Error as problem:
        raise Unusable(detail=f"line {above + rows.line_num}: {problem}") from None
    return RawTable(columns, numbers)


def _limit(rows: int) -> None:
    if rows > MOST_ROWS:
        raise RecordTooLarge(most=_MOST_SAID)


def _separator(text: str) -> str:
    """What divides the header: a comma, or the semicolon or tab that spreadsheets of other countries write."""
    return max(",;\t", key=text.partition("\n")[0].count)


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
        if data[:2] == GZIP:
            with Unzipping(path, MOST_BYTES, _MOST_SAID) as source:
                data = source.read() or b""
            if source.truncated:
                raise Unusable(detail="gzip: cut short")
    except OSError as problem:
        raise Unusable(detail=problem.strerror or path.name) from None
    if not data.strip():
        raise EmptyInput
    if b"\x00" in data:
        raise Unusable(detail="binary data")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise BadEncoding(detail=f"byte {problem.start}") from None


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


def _read_parquet(path: Path) -> RawTable:
    from pyarrow import ArrowException, parquet

    try:
        with parquet.ParquetFile(path) as file:
            about = file.metadata
            _limit(about.num_rows)
            if sum(about.row_group(place).total_byte_size for place in range(about.num_row_groups)) > MOST_BYTES:
                raise RecordTooLarge(most=_MOST_SAID)
            table = file.read()
    except (OSError, ArrowException) as problem:
        raise Unusable(detail=str(problem).splitlines()[0]) from None
    header = _headers(table.column_names)
    try:
        columns = {name: _cells(column.to_pylist()) for name, column in zip(header, table.columns, strict=True)}
    except UnicodeDecodeError as problem:
        raise BadEncoding(detail=f"byte {problem.start}") from None
    return RawTable(columns, list(range(2, table.num_rows + 2)))


def _cells(values: list[object]) -> list[Cell]:
    """Numbers stay numbers and truths stay truths; all else is its text, whatever type the file keeps it in."""
    return [value if value is None or isinstance(value, (int, float)) else _as_text(value) for value in values]


def _as_text(value: object) -> str | None:
    text = value.decode("utf-8") if isinstance(value, bytes) else str(value)
    return text.strip() or None
