"""Parts and links as Parquet files, in and out. The only module of the engine that needs pyarrow.

nodes  `id`, and one number column for each figure (float64; other numbers are widened)
links  `parent`, `child` (values of `id`), `amount` (> 0)
out    `id` and the totals under the same names
An empty cell of a figure is a figure that is not known, of a part made of nothing a missing one; NaN is an error.
Exact totals take decimals and whole numbers as they are written, to the last digit.
"""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from meguri.footprint.engine.arrays import Flags, Floats, Ints
from meguri.footprint.engine.completeness import missing_parts
from meguri.footprint.engine.errors import TotalTooLarge
from meguri.footprint.engine.exact import (
    AMOUNT_SCALE,
    VALUE_SCALE,
    as_decimal,
    exact_amounts,
    exact_values,
    roll_up_exactly,
)
from meguri.footprint.engine.ids import Index
from meguri.footprint.engine.structure import Structure, structure_of
from meguri.footprint.engine.tables import (
    Fault,
    fault_of_duplicate,
    fault_of_missing_id,
    faults_in_billionths,
    faults_in_figures,
    faults_in_links,
    faults_of_parallels,
    refuse,
)
from meguri.kernel.errors import Invalid
from meguri.kernel.text import Text

_DECIMAL = pa.decimal128(38, 12)
_TOO_LARGE = 10**38
_PLACES = 9
_ROW_LABELS = re.compile(r"__index_level_\d+__")
_PLAIN = {pa.string_view(): pa.large_string(), pa.binary_view(): pa.large_binary()}
_WRITTEN = {"compression": "zstd", "compression_level": 1, "use_dictionary": False}


class FileUnreadable(Invalid):
    """The file is not there or is not Parquet."""

    code = "footprint.file_unreadable"
    say = Text(
        ja="「{path}」を Parquet ファイルとして読めません: {reason}",
        en="“{path}” cannot be read as a Parquet file: {reason}",
    )


class FileUnwritable(Invalid):
    """The totals cannot be written there."""

    code = "footprint.file_unwritable"
    say = Text(
        ja="「{path}」に書き込めません: {reason}",
        en="“{path}” cannot be written: {reason}",
    )


class ColumnMissing(Invalid):
    """A column that the table must have is not there."""

    code = "footprint.column_missing"
    say = Text(
        ja="「{path}」に列「{column}」がありません。ある列: {present}",
        en="“{path}” has no column “{column}”. It has: {present}",
    )


class NoFigures(Invalid):
    """The table of parts has ids and nothing to add up."""

    code = "footprint.no_figures"
    say = Text(
        ja="「{path}」に数値の列がありません。id のほかに、集計する項目ごとの数値列（例: co2）を入れてください。",
        en="“{path}” has no column of figures. Beside id, give one column of numbers for each figure, such as co2.",
    )


class IdsUnlike(Invalid):
    """The ids of the links are of another type than those of the parts, and not all of them can be compared."""

    code = "footprint.ids_unlike"
    say = Text(
        ja="「{path}」の列「{column}」の識別子を部品一覧の id（{type}）と比べられません: {reason}",
        en="The ids in column “{column}” of “{path}” cannot be compared with those of the parts ({type}): {reason}",
    )


class IdsUnusable(Invalid):
    """The ids are lists or records, which nothing can be looked up by."""

    code = "footprint.ids_unusable"
    say = Text(
        ja="「{path}」の列「{column}」は識別子として使えません（{type}）。文字列か整数にしてください。",
        en="Column “{column}” of “{path}” cannot serve as identifiers ({type}). Please use texts or whole numbers.",
    )


class ColumnNotNumeric(Invalid):
    """A column of figures or amounts holds something other than numbers."""

    code = "footprint.column_not_numeric"
    say = Text(
        ja="「{path}」の列「{column}」は数値ではありません（{type}）。",
        en="Column “{column}” of “{path}” does not hold numbers ({type}).",
    )


class ColumnRepeated(Invalid):
    """Two columns have one name, so it is not known which holds."""

    code = "footprint.column_repeated"
    say = Text(
        ja="「{path}」に列「{column}」が二つ以上あります。一つだけ残してください。",
        en="“{path}” has more than one column “{column}”. Please keep one.",
    )


@dataclass(frozen=True)
class FileParts:
    """What two files hold: ids, structure, names of the figures, own figures and which are known (part, figure).

    units  own figures in units of 10⁻¹², one column for each figure, of an exact reading
    """

    ids: Any
    structure: Structure
    names: list[str]
    own: Floats
    known: Flags
    units: Sequence[Sequence[int]] = ()

    def name(self, row: int) -> str:
        """The id of the part in `row`, as text."""
        return str(self.ids[row].as_py())


def read_parts(nodes: Path, links: Path, *, each_link_once: bool = False, exact: bool = False) -> FileParts:
    """Reads and checks both files. Raises a refusal that names every broken row, or one cycle.

    exact  amounts in billionths, each rounded to a whole number of them, for `exact.roll_up_exactly`
    """
    ids, names, own, known, units, faults = _read_nodes(nodes, exact=exact)
    index, ends, column = _read_links(links, ids)
    amounts = pc.fill_null(column.cast(pa.float64(), safe=False), float("nan")).to_numpy(zero_copy_only=False)
    parents, children = (index.rows(end) for end in ends)

    def end_of(row: int, side: int) -> str | None:
        cell = ends[side][row].as_py()
        return None if cell is None else str(cell)

    empty = column.is_null().to_numpy(zero_copy_only=False)
    faults += faults_in_links(parents, children, amounts, end_of, empty)
    if exact:
        faults += faults_in_billionths(amounts, end_of)
    if each_link_once:
        faults += faults_of_parallels(parents, children, end_of)
    if faults:
        refuse(faults)
    if exact:
        amounts = _billionths(column, amounts)
    structure = structure_of(parents, children, amounts, len(ids), lambda row: str(ids[row].as_py()))
    return FileParts(ids, structure, names, own, known, units)


def check_held(parts: FileParts, totals: Floats) -> None:
    """Raises TotalTooLarge: a total in float64 has grown beyond every number."""
    for row, place in np.argwhere(~np.isfinite(totals))[:1].tolist():
        raise TotalTooLarge(part=parts.name(row), figure=parts.names[place])


def exact_columns(parts: FileParts) -> list[list[int]]:
    """Exact totals, one column for each figure, in units of 10⁻¹²; `parts` were read with `exact`.

    Raises TotalTooLarge.
    """
    columns = []
    for name, figures in zip(parts.names, parts.units, strict=True):
        totals = roll_up_exactly(parts.structure, figures)
        for row in (row for row, total in enumerate(totals) if abs(total) >= _TOO_LARGE):
            raise TotalTooLarge(part=parts.name(row), figure=name)
        columns.append(totals)
    return columns


def missing_figures(parts: FileParts) -> list[Ints]:
    """For each figure, the parts that should bring it and do not: made of nothing, and the cell is empty."""
    return [missing_parts(parts.structure, parts.known[:, place]) for place in range(len(parts.names))]


def lacking_parts(missing: Sequence[Ints]) -> Ints:
    """Parts that miss any figure, ascending."""
    found: Ints = np.unique(np.concatenate(missing))
    return found


def name_of_lacking(parts: FileParts, missing: Sequence[Ints], row: int) -> str:
    """The part in `row`, and which figures it misses where it has others."""
    figures = [name for name, rows in zip(parts.names, missing, strict=True) if row in rows]
    return named_lacking(parts.name(row), figures, len(parts.names))


def named_lacking(part: str, figures: Sequence[str], of: int) -> str:
    """`part`, or `part (figure, figure)` where it misses some of several figures."""
    return part if len(figures) == of else f"{part} ({', '.join(figures)})"


def write_totals(path: Path, ids: Any, names: Sequence[str], totals: Floats, missing: Sequence[Ints]) -> None:
    """Writes `id` and the totals, whole or not at all; figures of the parts that miss them stay empty."""
    columns = []
    for place, rows in enumerate(missing):
        empty = np.zeros(totals.shape[0], dtype=bool)
        empty[rows] = True
        columns.append(pa.array(totals[:, place], mask=empty if rows.size else None))
    write_columns(path, ids, names, columns)


def write_exact_totals(
    path: Path, ids: Any, names: Sequence[str], totals: Sequence[Sequence[int]], missing: Sequence[Ints]
) -> None:
    """As `write_totals`, from columns of whole units of 10⁻¹², as decimals with 12 places."""
    columns = []
    for column, rows in zip(totals, missing, strict=True):
        empty = set(rows.tolist())
        cells = [None if row in empty else as_decimal(value) for row, value in enumerate(column)]
        columns.append(pa.array(cells, type=_DECIMAL))
    write_columns(path, ids, names, columns)


def write_columns(path: Path, ids: Any, names: Sequence[str], columns: Sequence[Any]) -> None:
    """Writes `id` and `columns`; a reader finds the old file or the new one, never half of it."""
    table = pa.table([ids, *columns], names=["id", *names])
    with _in_place(path) as draft:
        pq.write_table(table, draft, **_WRITTEN)


def write_joined(path: Path, folder: Path, nodes: Path) -> None:
    """The files of `folder` as one, in the order of their names, with types as `write_columns` has them."""
    parts = sorted(folder.glob("part-*.parquet"))
    kind = pq.read_schema(nodes).field("id").type
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    kind = pa.string() if pa.types.is_null(kind) else _PLAIN.get(kind, kind)
    schema = pq.read_schema(parts[0]).remove_metadata()
    kinds = [kind, *(_DECIMAL if pa.types.is_decimal(field.type) else field.type for field in list(schema)[1:])]
    schema = pa.schema([field.with_type(kind) for field, kind in zip(schema, kinds, strict=True)])
    with _in_place(path) as draft, pq.ParquetWriter(draft, schema, **_WRITTEN) as writer:
        for part in parts:
            for batch in pq.ParquetFile(part).iter_batches():
                writer.write_table(pa.Table.from_batches([batch]).cast(schema))


@contextmanager
def _in_place(path: Path) -> Iterator[Path]:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield draft
        os.replace(draft, path)
    except OSError as error:
        raise FileUnwritable(path=path, reason=error) from None
    finally:
        draft.unlink(missing_ok=True)


def _read_nodes(path: Path, *, exact: bool) -> tuple[Any, list[str], Floats, Flags, list[list[int]], list[Fault]]:
    table = _table(path, ["id"], None)
    names = figure_names(path, table.column_names)
    ids = _ids(table.column("id"), path, "id")
    known = np.ones((len(ids), len(names)), dtype=bool, order="F")
    own = np.empty((len(ids), len(names)), order="F")
    columns = [_numbers(table.column(name), path, name) for name in names]
    for place, column in enumerate(columns):
        floats = column.cast(pa.float64(), safe=False)
        if floats.null_count:
            known[:, place] = floats.is_valid().to_numpy(zero_copy_only=False)
            floats = pc.fill_null(floats, 0.0)
        own[:, place] = floats.to_numpy(zero_copy_only=False)
    faults = faults_in_figures(own, names, lambda row: str(ids[row].as_py()))
    units: list[list[int]] = []
    if exact and not faults:
        for row, place in np.argwhere(np.abs(own) >= _TOO_LARGE / VALUE_SCALE)[:1].tolist():
            raise TotalTooLarge(part=ids[row].as_py(), figure=names[place])
        units = [_units(column, own[:, place]) for place, column in enumerate(columns)]
    if not Index(ids).unique:
        kept, more = _without_repeats(ids, own, known)
        ids, own, known = ids.take(pa.array(kept)), np.asfortranarray(own[kept]), known[kept]
        units = [[column[row] for row in kept.tolist()] for column in units]
        faults += more
    return ids, names, own, known, units, faults


def _units(column: Any, floats: Floats) -> list[int]:
    """A column of figures in units of 10⁻¹², each rounded half to even; an empty cell is 0 here."""
    kind = column.type
    if pa.types.is_decimal(kind):
        return exact_values(value or Decimal(0) for value in column.to_pylist())
    if pa.types.is_integer(kind):
        return [(value or 0) * VALUE_SCALE for value in column.to_pylist()]
    return [int(value) for value in np.rint(floats * VALUE_SCALE)]


def _billionths(column: Any, floats: Floats) -> Floats:
    """Amounts in billionths, each rounded half to even; a float64 holds what 9 decimals and 5 digits before them need."""
    if pa.types.is_decimal(column.type) and column.type.scale > _PLACES:
        return np.array(exact_amounts(column.to_pylist()), dtype=np.float64)
    return np.rint(floats * AMOUNT_SCALE)


def figure_names(path: Path, columns: Sequence[str]) -> list[str]:
    """The columns that hold figures: all but `id`, and but the row labels that pandas adds. Raises NoFigures."""
    names = [name for name in columns if name != "id" and not _ROW_LABELS.fullmatch(name)]
    if not names:
        raise NoFigures(path=path)
    return names


def _without_repeats(ids: Any, own: Floats, known: Flags) -> tuple[Ints, list[Fault]]:
    """Rows to keep: a part listed twice alike counts once; listed differently, or without an id, it is a fault."""
    first: dict[Any, int] = {}
    kept, faults = [], []
    for row, part in enumerate(ids.to_pylist()):
        earlier = first.setdefault(part, row)
        if part is None:
            faults.append(fault_of_missing_id(row))
        elif earlier != row and not ((own[row] == own[earlier]) & (known[row] == known[earlier])).all():
            faults.append(fault_of_duplicate(row, str(part)))
        elif earlier == row:
            kept.append(row)
    return np.array(kept, dtype=np.int64), faults


def _read_links(path: Path, ids: Any) -> tuple[Index, list[Any], Any]:
    """(rows by id, parents and children as it looks them up, amounts). Numbers and texts are compared as texts."""
    table = _table(path, ["parent", "child", "amount"], ["parent", "child", "amount"])
    amounts = _numbers(table.column("amount"), path, "amount")
    ends = {name: _ids(table.column(name), path, name) for name in ("parent", "child")}
    if pa.types.is_integer(ids.type) and any(_is_text(end.type) for end in ends.values()):
        ids = ids.cast(pa.string())
    index = Index(ids)
    return index, [_comparable(end, index.type, path, name) for name, end in ends.items()], amounts


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _comparable(end: Any, kind: Any, path: Path, column: str) -> Any:
    try:
        return end.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise IdsUnlike(path=path, column=column, type=kind, reason=error) from None


def _table(path: Path, needed: Sequence[str], columns: list[str] | None) -> Any:
    try:
        # A folder of files is what a cluster writes.
        whole = pq.ParquetDataset(path, partitioning=None) if path.is_dir() else None
        schema = whole.schema if whole else pq.read_schema(path)
        check_columns(path, schema.names, needed)
        return whole.read(columns) if whole else pq.read_table(path, columns=columns)
    except (OSError, pa.ArrowInvalid) as error:
        raise FileUnreadable(path=path, reason=error) from None


def check_columns(path: Path, present: Sequence[str], needed: Sequence[str]) -> None:
    """Raises ColumnMissing, ColumnRepeated."""
    for column in needed:
        if column not in present:
            raise ColumnMissing(path=path, column=column, present=", ".join(present))
    for column in present:
        if present.count(column) > 1:
            raise ColumnRepeated(path=path, column=column)


def _one_array(column: Any) -> Any:
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0) if array.num_chunks else pa.array([], type=array.type)
    array = array.dictionary_decode() if pa.types.is_dictionary(array.type) else array
    # What looks ids up knows no views, which some writers note as the type of a column of texts.
    return array.cast(_PLAIN[array.type]) if array.type in _PLAIN else array


def _ids(column: Any, path: Path, name: str) -> Any:
    array = _one_array(column)
    if pa.types.is_nested(array.type):
        raise IdsUnusable(path=path, column=name, type=array.type)
    # Some writers know no type of a column without any value; a table of no links is one.
    return array.cast(pa.string()) if pa.types.is_null(array.type) else array


def _numbers(column: Any, path: Path, name: str) -> Any:
    array = _one_array(column)
    kind = array.type
    # A column without any value has no type of its own in some writers.
    number = pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind)
    if not (number or pa.types.is_null(kind)):
        raise ColumnNotNumeric(path=path, column=name, type=kind)
    return array
