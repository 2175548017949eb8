"""Requests by the hundred: one statement for all of them."""

from collections.abc import Collection, Mapping
from uuid import UUID

from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.traceability.graph import Edge
from meguri.traceability.model import RequestType, Trade
from meguri.traceability.store import queries


async def trades(tx: Transaction, scope: OperatorScope, request_ids: Collection[UUID]) -> dict[UUID, Trade]:
    """Requests by their ids, as this operator sees them; those it has not are left out."""
    rows = await tx.all(queries.trade_halves, Trade, operator_id=scope.operator_id, request_ids=list(request_ids))
    return {row.request_id: row for row in rows}


async def linked_ends(
    tx: Transaction, scope: OperatorScope, pairs: Collection[tuple[UUID, UUID]]
) -> set[tuple[UUID, UUID]]:
    """(customer, its part) of every live request that one of these (own part, customer) pairs answers."""
    given = list(pairs)
    rows = await tx.all(
        queries.live_links_of_pairs,
        operator_id=scope.operator_id,
        trace_ids=[trace_id for trace_id, _ in given],
        partner_ids=[customer for _, customer in given],
    )
    return {(row[0], row[1]) for row in rows}


async def steps_of_pairs(
    tx: Transaction, owner: UUID, pairs: Collection[tuple[UUID, UUID]], request_type: RequestType
) -> list[Edge]:
    """The live requests of one kind by which these (part, customer) of `owner` are joined, as steps."""
    given = list(pairs)
    rows = await tx.all(
        queries.steps_of_pairs,
        operator_id=owner,
        trace_ids=[trace_id for trace_id, _ in given],
        partner_ids=[customer for _, customer in given],
        request_type=request_type,
    )
    return [Edge(owner, row[0], row[1], row[2], None, row[3]) for row in rows]


async def link_trades(tx: Transaction, parts: Mapping[UUID, UUID]) -> None:
    """The supplier's part on both halves of each request: part by trade id."""
    async with tx.across():
        await tx.run(queries.link_trades, trade_ids=list(parts), trace_ids=list(parts.values()))
