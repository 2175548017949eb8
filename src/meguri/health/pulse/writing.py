"""Write a table block by block as CSV (plain or gzip) or Parquet; a reader never meets half a file."""

import csv
import gzip
import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from meguri.health.pulse.rawtable import Cell

Columns = dict[str, list[Cell]]


class TableFile:
    """A file to which blocks of columns of equal length are written one after the other."""

    def __init__(self, path: Path, kind: str, names: tuple[str, ...], numbers: tuple[str, ...]) -> None:
        """Open `path`.

        kind     `.parquet`, `.gz`, anything else is plain CSV
        numbers  columns that Parquet keeps as numbers, also when all their cells are empty; the others are text
        """
        self._names, self._numbers = names, numbers
        self._open = ExitStack()
        self._parquet: Any = None
        if kind == ".parquet":
            import pyarrow as pa
            from pyarrow import parquet

            self._schema = pa.schema([(name, pa.float64() if name in numbers else pa.string()) for name in names])
            self._parquet = self._open.enter_context(parquet.ParquetWriter(path, self._schema))
            return
        plain: Any = self._open.enter_context(path.open("wb"))
        if kind == ".gz":  # without name and time: the same table gives the same bytes
            plain = self._open.enter_context(gzip.GzipFile("", "wb", fileobj=plain, mtime=0))
        self._text = self._open.enter_context(io.TextIOWrapper(plain, "utf-8", newline=""))
        self._rows = csv.writer(self._text, lineterminator="\n")
        self._rows.writerow(names)

    def write(self, columns: Columns) -> None:
        """Add rows."""
        if self._parquet is None:
            self._rows.writerows(zip(*([_shown(cell) for cell in columns[name]] for name in self._names), strict=True))
            return
        import pyarrow as pa

        kept = [
            pa.array(columns[name], pa.float64())
            if name in self._numbers
            else pa.array([None if cell is None else str(cell) for cell in columns[name]], pa.string())
            for name in self._names
        ]
        self._parquet.write_table(pa.Table.from_arrays(kept, schema=self._schema))

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self._open.close()


@contextmanager
def replacing(target: Path, names: tuple[str, ...], numbers: tuple[str, ...]) -> Iterator[TableFile]:
    """Within: a table beside `target`, which takes its place at the end; a failure leaves nothing."""
    handle, name = tempfile.mkstemp(dir=target.parent, suffix="".join(target.suffixes))
    os.close(handle)
    beside = Path(name)
    try:
        with TableFile(beside, target.suffix.lower(), names, numbers) as table:
            yield table
        beside.chmod(0o644)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


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
