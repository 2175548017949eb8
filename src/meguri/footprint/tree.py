"""The supply chain behind a part, as far as its maker may see it: own structures, and direct suppliers' answers."""

from decimal import Decimal
from uuid import UUID

import msgspec

from meguri.footprint import store
from meguri.footprint.service.propagating import brings_of
from meguri.footprint.totals import rounded, times
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.model import Part, RequestType, Trade

MOST_NODES = 2000


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """One part in the tree.

    amount   in one unit of the part above
    brings   kg CO2e to one unit of the part at the top; None where nothing is known
    trade    the request on it, if it is bought, with the supplier's name
    """

    part: Part
    amount: Decimal
    per_top: Decimal
    kind: str
    brings: Decimal | None
    share: Decimal | None
    trade: Trade | None
    partner: str
    children: list["Node"]


class Tree(msgspec.Struct, frozen=True, kw_only=True):
    """The tree of one part; `cut`: it is larger than what is shown."""

    top: Node
    cut: bool


async def supply_chain(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> Tree:
    """The tree below an own part. Raises PartNotOwn."""
    top = await traceability.part(tx, scope, trace_id)
    links, cut = await _links(tx, scope, trace_id)
    ids = list({trace_id, *(child for children in links.values() for child, _ in children)})
    parts = await traceability.parts_by_id(tx, scope, ids)
    kinds = await traceability.kinds_of(tx, scope, ids, RequestType.CFP)
    kept = await store.kept(tx, [(scope.operator_id, one) for one in ids])
    trades = {
        part: await traceability.request_by_id(tx, scope, trade_id=trade_id)
        for part, (trade_id, _) in (await traceability.trades_on_parts(tx, scope, ids)).items()
    }
    names = await operators.names_of(tx, scope, {trade.partner_id for trade in trades.values()})
    per_unit = {one: brings_of(kinds[one], kept[one]) for one in ids}
    whole = per_unit[trace_id][0] + per_unit[trace_id][4]

    def node(part: Part, amount: Decimal, per_top: Decimal) -> Node:
        kind, trade = kinds[part.trace_id], trades.get(part.trace_id)
        brought = times(per_top, per_unit[part.trace_id])
        known = not kind.purchased or (kept[part.trace_id].answer is not None and kind.trade_id is not None)
        total = brought[0] + brought[4]
        return Node(
            part=part,
            amount=amount,
            per_top=per_top,
            kind="terminated" if kind.terminated else "bought" if kind.purchased else "made",
            brings=rounded(total) if known else None,
            share=(total / whole).quantize(Decimal("0.001")) if known and whole else None,
            trade=trade,
            partner=names.get(trade.partner_id, "") if trade else "",
            children=[
                node(parts[child], below, per_top * below)
                for child, below in links.get(part.trace_id, ())
                if child in parts
            ],
        )

    return Tree(top=node(top, Decimal(1), Decimal(1)), cut=cut)


async def _links(
    tx: Transaction, scope: OperatorScope, trace_id: UUID
) -> tuple[dict[UUID, list[tuple[UUID, Decimal]]], bool]:
    found: dict[UUID, list[tuple[UUID, Decimal]]] = {}
    level, seen = {trace_id}, {trace_id}
    while level and len(seen) <= MOST_NODES:
        links = await traceability.structure_links(tx, scope, level)
        found.update(links)
        level = {child for children in links.values() for child, _ in children} - seen
        seen |= level
    return found, bool(level)
