"""Pulse tests of a table too large for memory: laid aside on disk by item, answered part by part, put back in order.

Rows of one test may stand anywhere in a table and are answered together, so all rows of an item go to the same part.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from zlib import crc32

import numpy as np
import pyarrow as pa

from meguri.health.arrays import Array, Ints, Texts
from meguri.health.pulse.features import VOLTAGES
from meguri.health.pulse.rawtable import BLOCK_ROWS
from meguri.health.pulse.table import PulseTable
from meguri.health.pulse.writing import Columns

_PART_BYTES = 10_000_000
_MOST_PARTS = 500  # each is an open file
_PLACE = "place"
_TEXTS, _FLOATS = ("cell", "test", "chemistry", "soc_basis"), ("rated", "soc", "temperature")


class Parted:
    """A table in parts."""

    def __init__(self, size: int) -> None:
        """Room for a table of about `size` bytes; raises OSError."""
        self._count = int(np.clip(-(-size // _PART_BYTES), 2, _MOST_PARTS))
        self._folder = tempfile.TemporaryDirectory(prefix="meguri-pulse-")
        self._asked: list[Any] = [None] * self._count
        self._rows = 0

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Forget the parts."""
        for writer in self._asked:
            if writer is not None:
                writer.close()
        self._folder.cleanup()

    def add(self, table: PulseTable) -> None:
        """Lay the next rows aside; raises OSError."""
        places = np.arange(self._rows, self._rows + len(table))
        self._rows += len(table)
        part = self._parts_of(table, places)
        order = np.argsort(part, kind="stable")
        batch = _as_batch(table.take(order), places[order])
        ends = np.searchsorted(part[order], np.arange(self._count + 1))
        for number in range(self._count):
            if ends[number] < ends[number + 1]:
                if self._asked[number] is None:
                    self._asked[number] = pa.ipc.new_stream(self._file("asked", number), batch.schema)
                self._asked[number].write_batch(batch.slice(ends[number], ends[number + 1] - ends[number]))

    def parts(self) -> Iterator[tuple[int, Ints, PulseTable]]:
        """Number of each part, the places of its rows in the whole table, and the rows in the order of the table."""
        for number, writer in enumerate(self._asked):
            if writer is None:
                continue
            writer.close()
            self._asked[number] = None
            with pa.memory_map(self._file("asked", number)) as file, pa.ipc.open_stream(file) as stream:
                table = stream.read_all()
                yield number, table[_PLACE].to_numpy(), _as_tests(table)
            Path(self._file("asked", number)).unlink()

    def keep(self, number: int, places: Ints, columns: Columns) -> None:
        """Lay aside the answers to part `number`; raises OSError."""
        table = pa.table({_PLACE: places, **{name: _column(cells) for name, cells in columns.items()}})
        with pa.ipc.new_stream(self._file("answer", number), table.schema) as stream:
            stream.write_table(table, max_chunksize=BLOCK_ROWS // 10)

    def answers(self) -> Iterator[Columns]:
        """All answers in the order of the table, block by block."""
        waiting = [_Waiting(path) for path in sorted(Path(self._folder.name).glob("answer*"))]
        for start in range(0, self._rows, BLOCK_ROWS):
            found = pa.concat_tables(
                [piece for part in waiting for piece in part.up_to(start + BLOCK_ROWS)], promote_options="permissive"
            ).sort_by(_PLACE)
            yield {name: found[name].to_pylist() for name in found.column_names if name != _PLACE}

    def _file(self, kind: str, number: int) -> str:
        return str(Path(self._folder.name) / f"{kind}{number:03d}")

    def _parts_of(self, table: PulseTable, places: Ints) -> Ints:
        """The part of each row; rows without a name are items of their own."""
        names = zip(table.cell.tolist(), table.test.tolist(), places.tolist(), strict=True)
        return np.array(
            [(crc32(f"{cell}\x1f{test}".encode()) if cell else place) % self._count for cell, test, place in names]
        )


class _Waiting:
    """Answers of one part, handed out in the order of the table."""

    def __init__(self, path: Path) -> None:
        self._batches = _batches(path)
        self._rest: Any = None

    def up_to(self, end: int) -> Iterator[Any]:
        """What comes before place `end`."""
        while True:
            if self._rest is None:
                self._rest = next(self._batches, None)
            if self._rest is None:
                return
            count = int(np.searchsorted(self._rest[_PLACE].to_numpy(), end))
            if count:
                yield self._rest.slice(0, count)
            if count < self._rest.num_rows:
                self._rest = self._rest.slice(count)
                return
            self._rest = None


def _batches(path: Path) -> Iterator[Any]:
    with pa.OSFile(str(path)) as file, pa.ipc.open_stream(file) as stream:
        for batch in stream:
            yield pa.Table.from_batches([batch])


def _column(cells: list[Any]) -> Any:
    """Floats stay what they are; all else is text, as it is written in the end."""
    if all(cell is None or isinstance(cell, float) for cell in cells):
        return pa.array(cells, pa.float64())
    return pa.array([None if cell is None else str(cell) for cell in cells], pa.string())


def _as_batch(table: PulseTable, places: Array) -> Any:
    echo = [None if cell is None else str(cell) for cell in table.soc_echo]
    columns = {
        _PLACE: pa.array(places),
        "number": pa.array(table.numbers, pa.int64()),
        **{name: pa.array(getattr(table, name).tolist(), pa.string()) for name in _TEXTS},
        **{name: pa.array(getattr(table, name)) for name in _FLOATS},
        "soc_echo": pa.array(echo, pa.string()),
        "broken": pa.array([list(codes) for codes in table.broken], pa.list_(pa.string())),
        **{name: pa.array(table.u[:, place]) for place, name in enumerate(VOLTAGES)},
    }
    return pa.record_batch(columns)


def _as_tests(table: Any) -> PulseTable:
    def text(name: str) -> Texts:
        return np.array(table[name].to_pylist(), dtype=np.str_)

    return PulseTable(
        numbers=table["number"].to_pylist(),
        cell=text("cell"),
        test=text("test"),
        chemistry=text("chemistry"),
        rated=table["rated"].to_numpy(),
        soc=table["soc"].to_numpy(),
        soc_basis=text("soc_basis"),
        soc_echo=table["soc_echo"].to_pylist(),
        temperature=table["temperature"].to_numpy(),
        u=np.column_stack([table[name].to_numpy() for name in VOLTAGES]),
        broken=[tuple(codes) for codes in table["broken"].to_pylist()],
    )
