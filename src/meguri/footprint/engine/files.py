"""Parts and links as Parquet files, in and out. The only module of the engine that needs pyarrow.

nodes  `id`, and one number column for each figure (float64; other numbers are widened)
links  `parent`, `child` (values of `id`), `amount` (> 0)
out    `id` and the totals under the same names
An empty cell of a figure is a figure that is not known; NaN is an error.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from meguri.footprint.engine.arrays import Floats, Ints
from meguri.footprint.engine.completeness import Flags
from meguri.footprint.engine.exact import AMOUNT_SCALE, VALUE_SCALE, as_decimal, roll_up_exactly
from meguri.footprint.engine.ids import Index
from meguri.footprint.engine.structure import Structure, structure_of
from meguri.footprint.engine.tables import (
    Fault,
    fault_of_duplicate,
    faults_in_billionths,
    faults_in_figures,
    faults_in_links,
    faults_of_parallels,
    refuse,
)
from meguri.kernel.errors import Invalid
from meguri.kernel.text import Text

_DECIMAL = pa.decimal128(38, 12)


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


class ColumnNotNumeric(Invalid):
    """A column of figures or amounts holds something other than numbers."""

    code = "footprint.column_not_numeric"
    say = Text(
        ja="「{path}」の列「{column}」は数値ではありません（{type}）。",
        en="Column “{column}” of “{path}” does not hold numbers ({type}).",
    )


@dataclass(frozen=True)
class FileParts:
    """What two files hold: ids, structure, names of the figures, own figures (part, figure) and which are known."""

    ids: Any
    structure: Structure
    names: list[str]
    own: Floats
    known: Flags

    def name(self, row: int) -> str:
        """The id of the part in `row`, as text."""
        return str(self.ids[row].as_py())


def read_parts(nodes: Path, links: Path, *, each_link_once: bool = False, exact: bool = False) -> FileParts:
    """Reads and checks both files. Raises a refusal that names every broken row, or one cycle.

    exact  amounts in billionths, each rounded to a whole number of them, for `exact.roll_up_exactly`
    """
    ids, names, own, known, faults = _read_nodes(nodes)
    index = Index(ids)
    ends, amounts = _read_links(links, index.type)
    parents, children = (index.rows(end) for end in ends)

    def end_of(row: int, side: int) -> str:
        return str(ends[side][row].as_py())

    faults += faults_in_links(parents, children, amounts, end_of)
    if exact:
        faults += faults_in_billionths(amounts, end_of)
        amounts = np.rint(amounts * AMOUNT_SCALE)
    if each_link_once:
        faults += faults_of_parallels(parents, children, end_of)
    if faults:
        refuse(faults)
    structure = structure_of(parents, children, amounts, len(ids), lambda row: str(ids[row].as_py()))
    return FileParts(ids, structure, names, own, known)


def exact_columns(parts: FileParts) -> list[list[int]]:
    """Exact totals, one column for each figure, in units of 10⁻¹²; `parts` were read with `exact`."""
    own = np.rint(parts.own * VALUE_SCALE)
    return [roll_up_exactly(parts.structure, [int(value) for value in column]) for column in own.T]


def write_totals(path: Path, ids: Any, names: Sequence[str], totals: Floats, missing: Ints) -> None:
    """Writes `id` and the totals, whole or not at all; the rows of `missing` parts stay empty."""
    empty = np.zeros(totals.shape[0], dtype=bool)
    empty[missing] = True
    mask = empty if missing.size else None
    columns = [pa.array(totals[:, place], mask=mask) for place in range(len(names))]
    write_columns(path, ids, names, columns)


def write_exact_totals(
    path: Path, ids: Any, names: Sequence[str], totals: Sequence[Sequence[int]], missing: Ints
) -> None:
    """As `write_totals`, from columns of whole units of 10⁻¹², as decimals with 12 places."""
    empty = set(missing.tolist())
    columns = [
        pa.array([None if row in empty else as_decimal(value) for row, value in enumerate(column)], type=_DECIMAL)
        for column in totals
    ]
    write_columns(path, ids, names, columns)


def write_columns(path: Path, ids: Any, names: Sequence[str], columns: Sequence[Any]) -> None:
    """Writes `id` and `columns`; a reader finds the old file or the new one, never half of it."""
    table = pa.table([ids, *columns], names=["id", *names])
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        pq.write_table(table, draft, compression="zstd", compression_level=1, use_dictionary=False)
        os.replace(draft, path)
    except OSError as error:
        raise FileUnwritable(path=path, reason=error) from None
    finally:
        draft.unlink(missing_ok=True)


def _read_nodes(path: Path) -> tuple[Any, list[str], Floats, Flags, list[Fault]]:
    table = _table(path, ["id"], None)
    names = [name for name in table.column_names if name != "id"]
    if not names:
        raise ColumnMissing(path=path, column="kg CO2e", present="id")
    ids = _one_array(table.column("id"))
    known = np.zeros(len(ids), dtype=bool)
    own = np.empty((len(ids), len(names)), order="F")
    for place, name in enumerate(names):
        column = _numbers(table.column(name), path, name)
        if column.null_count:
            known |= pc.is_valid(column).to_numpy(zero_copy_only=False)
            column = pc.fill_null(column, 0.0)
        else:
            known[:] = True
        own[:, place] = column.to_numpy(zero_copy_only=False)
    faults = faults_in_figures(own, names, lambda row: str(ids[row].as_py()))
    if not Index(ids).unique:
        kept, more = _without_repeats(ids, own, known)
        ids, own, known = ids.take(pa.array(kept)), np.asfortranarray(own[kept]), known[kept]
        faults += more
    return ids, names, own, known, faults


def _without_repeats(ids: Any, own: Floats, known: Flags) -> tuple[Ints, list[Fault]]:
    """Rows to keep: a part listed twice alike counts once, listed differently it is a fault, as is an empty id."""
    first: dict[Any, int] = {}
    kept, faults = [], []
    for row, part in enumerate(ids.to_pylist()):
        earlier = first.setdefault(part, row)
        if part is None or (earlier != row and not (own[row] == own[earlier]).all()):
            faults.append(fault_of_duplicate(row, str(part)))
        elif earlier == row:
            kept.append(row)
        else:
            known[earlier] |= known[row]
    return np.array(kept, dtype=np.int64), faults


def _read_links(path: Path, id_type: Any) -> tuple[list[Any], Floats]:
    table = _table(path, ["parent", "child", "amount"], ["parent", "child", "amount"])
    try:
        ends = [_one_array(table.column(name)).cast(id_type) for name in ("parent", "child")]
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise FileUnreadable(path=path, reason=error) from None
    amounts = pc.fill_null(_numbers(table.column("amount"), path, "amount"), float("nan"))
    return ends, amounts.to_numpy(zero_copy_only=False)


def _table(path: Path, needed: Sequence[str], columns: list[str] | None) -> Any:
    try:
        schema = pq.read_schema(path)
        for column in needed:
            if column not in schema.names:
                raise ColumnMissing(path=path, column=column, present=", ".join(schema.names))
        return pq.read_table(path, columns=columns)
    except (OSError, pa.ArrowInvalid) as error:
        raise FileUnreadable(path=path, reason=error) from None


def _one_array(column: Any) -> Any:
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0) if array.num_chunks else pa.array([], type=array.type)
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array


def _numbers(column: Any, path: Path, name: str) -> Any:
    array = _one_array(column)
    kind = array.type
    if not (pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind)):
        raise ColumnNotNumeric(path=path, column=name, type=kind)
    return array.cast(pa.float64(), safe=False)
