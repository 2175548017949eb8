"""Everything below a part that its footprint rests on: worksheets, declarations, answers, statements received."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

import msgspec

from meguri.footprint import store as exchange
from meguri.footprint.calculation.factors import Catalogue
from meguri.footprint.factors import catalogue as catalogue_of
from meguri.footprint.readings import Gap
from meguri.footprint.received import Received, received
from meguri.footprint.store import Kept
from meguri.footprint.worksheets import store
from meguri.footprint.worksheets.errors import TooManyParts
from meguri.footprint.worksheets.measuring import measured
from meguri.footprint.worksheets.model import ComponentSheet, Worksheet
from meguri.kernel.ids import parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.model import Part, PartKind, RequestType

MOST_PARTS = 2000


class Gathered(msgspec.Struct, frozen=True, kw_only=True):
    """What lies below one part, as its company may see it.

    sheets    worksheets by part, with amounts of meters filled in
    links     components by part, of parts that are in the exchange's structure and have no worksheet
    gaps      by part and line: where readings do not cover the period, of lines that they shall give
    uncounted components in the exchange's structure of parts with a worksheet that has no line for them
    """

    top: Worksheet
    catalogue: Catalogue
    parts: Mapping[UUID, Part]
    sheets: Mapping[UUID, Worksheet]
    kinds: Mapping[UUID, PartKind]
    kept: Mapping[UUID, Kept]
    received: Mapping[UUID, Received]
    links: Mapping[UUID, Sequence[tuple[UUID, Decimal]]]
    gaps: Mapping[UUID, Mapping[str, Sequence[Gap]]]
    uncounted: Sequence[UUID] = ()


async def gather(
    tx: Transaction,
    scope: OperatorScope,
    top: Worksheet,
    components: Sequence[ComponentSheet] | None = None,
    change: Callable[[Worksheet], Worksheet] | None = None,
) -> Gathered:
    """All that the worksheet rests on. Raises TooManyParts, and refusals of readings.

    components  worksheets of parts below as a result was computed from them; None: the newest
    change      what a scenario makes of each worksheet below; None: they stay as they are
    """
    then = None if components is None else await store.worksheets_as_of(tx, scope, components)
    read = {top.trace_id: await measured(tx, scope, top)}
    sheets = {top.trace_id: read[top.trace_id].sheet}
    links: dict[UUID, Sequence[tuple[UUID, Decimal]]] = {}
    seen, level = {top.trace_id}, _children(sheets[top.trace_id])
    while level := [one for one in dict.fromkeys(level) if one not in seen]:
        seen.update(level)
        if len(seen) > MOST_PARTS:
            raise TooManyParts(most=MOST_PARTS)
        if then is None:
            found = await store.newest_of_parts(tx, scope, level)
        else:
            found = {one: then[one] for one in level if one in then}
        for trace_id, sheet in found.items():
            read[trace_id] = await measured(tx, scope, change(sheet) if change else sheet)
            sheets[trace_id] = read[trace_id].sheet
        rest = [one for one in level if one not in found]
        below = await traceability.structure_links(tx, scope, rest) if rest else {}
        links.update(below)
        level = [child for one in found for child in _children(sheets[one])]
        level += [child for children in below.values() for child, _ in children]
    ids = list(seen)
    registered = await traceability.structure_links(tx, scope, list(sheets))
    return Gathered(
        top=sheets[top.trace_id],
        catalogue=await catalogue_of(tx, scope),
        parts=await traceability.parts_by_id(tx, scope, ids),
        sheets=sheets,
        kinds=await traceability.kinds_of(tx, scope, ids, RequestType.CFP),
        kept=await exchange.kept(tx, [(scope.operator_id, one) for one in ids]),
        received=await received(tx, scope, ids),
        links=links,
        gaps={trace_id: one.gaps for trace_id, one in read.items() if one.gaps},
        uncounted=[
            child
            for parent, children in registered.items()
            for child, _ in children
            if child not in _children(sheets[parent])
        ],
    )


def _children(sheet: Worksheet) -> list[UUID]:
    ids = [parse_uuid(line.child_id) for line in sheet.lines if line.child_id]
    return [one for one in ids if one is not None]
