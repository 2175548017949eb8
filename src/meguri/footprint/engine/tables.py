"""From lists that people and files bring to arrays that can be computed; all broken rows are named, not one only."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn

import numpy as np

from meguri.footprint.engine.arrays import Flags, Floats, Ints
from meguri.footprint.engine.errors import (
    AmountMissing,
    DuplicatePart,
    IdMissing,
    OutOfRange,
    ParallelLinks,
    PartUnknown,
    ValueInvalid,
)
from meguri.footprint.engine.exact import AMOUNT_LIMITS, AMOUNT_SCALE, MOST
from meguri.footprint.engine.structure import Structure, structure_of
from meguri.kernel.errors import FieldError, Invalid
from meguri.kernel.text import Text

MOST_NAMED = 1000
_AND_MORE = Text(ja="ほかに {count} 件の誤りがあります。", en="There are {count} more errors.")


class Fault(NamedTuple):
    """One broken rule: which refusal it is, where, and the values of its sentence."""

    kind: type[Invalid]
    where: str
    values: Mapping[str, Any]


class Link(NamedTuple):
    """One unit of `parent` needs `amount` units of `child`."""

    parent: str
    child: str
    amount: float


@dataclass(frozen=True)
class Parts:
    """Parts by id, their structure, and their own figures (part, figure) in the order of `ids`."""

    ids: Sequence[str]
    structure: Structure
    own: Floats

    def rows(self, ids: Iterable[str]) -> list[int]:
        """Row numbers of `ids`. Raises PartUnknown."""
        place = {part: row for row, part in enumerate(self.ids)}
        found = []
        for part in ids:
            if part not in place:
                raise PartUnknown(part=part)
            found.append(place[part])
        return found


def parts_of(own: Mapping[str, Sequence[float]], links: Iterable[Link], *, each_link_once: bool = False) -> Parts:
    """Parts from plain lists. Raises the first refusal of what is wrong, with all faults as its fields.

    own             every part's own figures, equally many for each
    each_link_once  refuse parallel links (else they are added up)
    """
    ids, rows = list(own), list(links)
    place = {part: row for row, part in enumerate(ids)}
    figures = np.array(list(own.values()), dtype=np.float64).reshape(len(ids), -1)
    parents = np.array([place.get(link.parent, -1) for link in rows], dtype=np.int64)
    children = np.array([place.get(link.child, -1) for link in rows], dtype=np.int64)
    amounts = np.array([link.amount for link in rows], dtype=np.float64)

    def end(row: int, side: int) -> str:
        return rows[row].child if side else rows[row].parent

    faults = [
        *faults_in_figures(figures, [f"own[{column}]" for column in range(figures.shape[1])], ids.__getitem__),
        *faults_in_links(parents, children, amounts, end),
        *(faults_of_parallels(parents, children, end) if each_link_once else ()),
    ]
    if faults:
        refuse(faults)
    return Parts(ids, structure_of(parents, children, amounts, len(ids), ids.__getitem__), figures)


def faults_in_figures(own: Floats, names: Sequence[str], part: Callable[[int], str]) -> list[Fault]:
    """Every own figure that is not a finite number."""
    faults = []
    for column, name in enumerate(names):
        values = own[:, column]
        for row in np.flatnonzero(~np.isfinite(values)).tolist():
            field = f"nodes[{row}].{name} ({part(row)})"
            faults.append(Fault(ValueInvalid, f"nodes[{row}].{name}", {"field": field, "value": float(values[row])}))
    return faults


def faults_in_links(
    parents: Ints,
    children: Ints,
    amounts: Floats,
    end: Callable[[int, int], str | None],
    empty: Flags | None = None,
) -> list[Fault]:
    """Every link with an unknown end (row −1), or an amount that is not finite or not above 0.

    end    the id written in link `row`: side 0 = parent, 1 = child; None where the cell is empty
    empty  where no amount is written
    """
    faults = []
    for side, (name, ends) in enumerate((("parent", parents), ("child", children))):
        unknown = np.flatnonzero(ends < 0).tolist()
        faults += [fault_of_end(f"links[{row}].{name}", end(row, side)) for row in unknown]
    for row in np.flatnonzero(~(np.isfinite(amounts) & (amounts > 0))).tolist():
        value, where = float(amounts[row]), f"links[{row}].amount"
        values = {"field": f"{where} ({end(row, 0)} → {end(row, 1)})", "value": value}
        if empty is not None and empty[row]:
            faults.append(Fault(AmountMissing, where, values))
            continue
        kind = OutOfRange if np.isfinite(value) else ValueInvalid
        faults.append(Fault(kind, where, {**values, "limits": "> 0"}))
    return faults


def faults_in_billionths(amounts: Floats, end: Callable[[int, int], str | None]) -> list[Fault]:
    """Every amount above 0 that 9 decimals cannot hold: nothing would be left of it, or above 99999.999999999."""
    billionths = np.rint(amounts * AMOUNT_SCALE)
    held = (billionths >= 1) & (billionths <= MOST)
    faults = []
    for row in np.flatnonzero(np.isfinite(amounts) & (amounts > 0) & ~held).tolist():
        where = f"links[{row}].amount"
        values = {"field": f"{where} ({end(row, 0)} → {end(row, 1)})", "value": float(amounts[row])}
        faults.append(Fault(OutOfRange, where, {**values, "limits": AMOUNT_LIMITS}))
    return faults


def faults_of_parallels(parents: Ints, children: Ints, end: Callable[[int, int], str | None]) -> list[Fault]:
    """Every link that repeats an earlier one."""
    order = np.lexsort((np.arange(parents.size), children, parents))
    again = (np.diff(parents[order]) == 0) & (np.diff(children[order]) == 0)
    repeated = np.sort(order[1:][again]).tolist()
    return [Fault(ParallelLinks, f"links[{row}]", {"parent": end(row, 0), "child": end(row, 1)}) for row in repeated]


def fault_of_end(where: str, part: str | None) -> Fault:
    """An end of a link that is empty, or not in the list of parts."""
    return Fault(IdMissing, where, {"field": where}) if part is None else Fault(PartUnknown, where, {"part": part})


def fault_of_missing_id(row: int) -> Fault:
    """A row of the list of parts without an id."""
    return Fault(IdMissing, f"nodes[{row}].id", {"field": f"nodes[{row}].id"})


def fault_of_duplicate(row: int, part: str) -> Fault:
    """A part that an earlier row lists with other figures."""
    return Fault(DuplicatePart, f"nodes[{row}].id", {"part": part})


def refuse(faults: Sequence[Fault]) -> NoReturn:
    """Raises the refusal of the first fault; its fields are all of them, the first 1000 in full."""
    fields = [FieldError(fault.where, fault.kind.say, dict(fault.values)) for fault in faults[:MOST_NAMED]]
    if len(faults) > MOST_NAMED:
        fields.append(FieldError("", _AND_MORE, {"count": len(faults) - MOST_NAMED}))
    first = faults[0]
    raise first.kind(fields=tuple(fields), **first.values)
