"""Read a table of text or numbers from CSV (plain or gzip) or Parquet, without deciding what it means."""

import csv
import gzip
import io
import zlib
from collections import Counter
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from meguri.health.errors import BadEncoding, ColumnDuplicate, ColumnMissing, EmptyInput, Unusable

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
    """The table in `path`. Raises Unusable, EmptyInput, BadEncoding, ColumnDuplicate."""
    table = _read_parquet(path) if path.suffix == ".parquet" else _read_csv(path)
    if not table.numbers:
        raise EmptyInput
    return table


def write_table(path: Path, columns: dict[str, list[Cell]]) -> None:
    """Write columns of equal length as CSV (plain or gzip) or Parquet, by the extension of `path`."""
    if path.suffix == ".parquet":
        from pyarrow import parquet, table

        parquet.write_table(table(columns), path)
        return
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*([_shown(cell) for cell in column] for column in columns.values()), strict=True))
    data = text.getvalue().encode()
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)


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
    rows = csv.reader(io.StringIO(_text(path), newline=""))
    try:
        header = _headers(next(rows, []))
        columns: dict[str, list[Cell]] = {name: [] for name in header}
        numbers: list[int] = []
        for row in rows:
            if not row:
                continue
            if len(row) > len(header):
                raise Unusable(detail=f"line {rows.line_num}: {len(row)} > {len(header)} columns")
            for name, cell in zip(header, row, strict=False):
                columns[name].append(cell.strip() or None)
            for name in header[len(row) :]:
                columns[name].append(None)
            numbers.append(rows.line_num)
    except csv.Error as problem:
        raise Unusable(detail=f"line {rows.line_num}: {problem}") from None
    return RawTable(columns, numbers)


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as problem:
        raise Unusable(detail=str(problem.strerror if isinstance(problem, OSError) else problem) or path.name) from None
    if not data.strip():
        raise EmptyInput
    if b"\x00" in data:
        raise Unusable(detail="binary data")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise BadEncoding(detail=f"byte {problem.start}") from None


def _headers(names: list[str]) -> list[str]:
    header = [name.strip().lower() for name in names]
    twice = [name for name, count in Counter(header).items() if count > 1 and name]
    if twice:
        raise ColumnDuplicate(columns=", ".join(twice))
    return header


def _read_parquet(path: Path) -> RawTable:
    from pyarrow import ArrowException, parquet

    try:
        table = parquet.read_table(path)
    except (OSError, ArrowException) as problem:
        raise Unusable(detail=str(problem).splitlines()[0]) from None
    header = _headers(table.column_names)
    columns = {name: _cells(column.to_pylist()) for name, column in zip(header, table.columns, strict=True)}
    return RawTable(columns, list(range(2, table.num_rows + 2)))


def _cells(values: list[object]) -> list[Cell]:
    return [
        (value.strip() or None)
        if isinstance(value, str)
        else value
        if value is None or isinstance(value, (int, float))
        else str(value)
        for value in values
    ]
