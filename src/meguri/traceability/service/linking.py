"""Linking by the hundred: what a supplier does with a table of answers."""

from collections.abc import Mapping
from uuid import UUID

from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope
from meguri.operators import disclosure
from meguri.storage.transaction import Transaction
from meguri.traceability import deciding, store, store_many
from meguri.traceability.errors import PartNotOwn, TradeCycle, UnitMismatch, UnknownRequest
from meguri.traceability.events import TradeLinked, TradesLinked
from meguri.traceability.graph import Edge
from meguri.traceability.model import Part, RequestType, Trade
from meguri.traceability.service.requests import names_of, revoke_unless_linked
from meguri.traceability.service.settling import lock_downstream, settle_from, tell


async def requests_by_id(tx: Transaction, scope: OperatorScope, request_ids: list[UUID]) -> dict[UUID, Trade]:
    """Requests, sent or received, by their ids; those that are not there are left out."""
    return await store_many.trades(tx, scope, request_ids)


async def link_many(tx: Transaction, scope: OperatorScope, parts: Mapping[UUID, UUID]) -> dict[UUID, Refusal]:
    """`link` for many requests at once: by request id, the own part that is delivered.

    What was refused, by request; the others are linked, and customers are told once of all that follows.
    """
    seen = await store_many.trades(tx, scope, parts)
    ends = {(one.downstream_operator_id, one.downstream_trace_id) for one in seen.values()}
    pairs = {(parts[request_id], one.downstream_operator_id) for request_id, one in seen.items()}
    # What may be read of a part is opened to a customer for all of its requests that the part answers.
    await lock_downstream(tx, scope, *sorted(ends | await store_many.linked_ends(tx, scope, pairs)))
    trades = await store_many.trades(tx, scope, parts)
    own = await store.parts(tx, scope, set(parts.values()))
    refused: dict[UUID, Refusal] = {}
    wanted: dict[UUID, Trade] = {}
    for request_id, trace_id in parts.items():
        trade = trades.get(request_id)
        try:
            if trade is None:
                raise UnknownRequest
            _demand_fit(trade, own.get(trace_id))
            if trade.upstream_trace_id == trace_id:
                continue
            if await _closes_a_circle(tx, trade, own[trace_id]):
                raise TradeCycle
            if not own[trace_id].terminated:
                await store.link_trade(tx, trade.trade_id, trace_id)  # the next is checked against it
            wanted[request_id] = trade
        except Refusal as refusal:
            refused[request_id] = refusal
    await store_many.link_trades(
        tx, {one.trade_id: parts[key] for key, one in wanted.items() if own[parts[key]].terminated}
    )
    for request_type in RequestType:
        some = {key: trade for key, trade in wanted.items() if trade.request_type is request_type}
        if some:
            await _follow(tx, scope, request_type, some, {key: parts[key] for key in some})
    return refused


def _demand_fit(trade: Trade, part: Part | None) -> None:
    deciding.may_link(trade)
    if part is None:
        raise PartNotOwn
    if (part.unit or "") != (trade.requested_unit or ""):
        raise UnitMismatch


async def _closes_a_circle(tx: Transaction, trade: Trade, part: Part) -> bool:
    """A part that ends the chain is made of nothing, so no way leads to it."""
    start = (trade.downstream_operator_id, trade.downstream_trace_id)
    return not part.terminated and await store.reaches_across(tx, start, [part.trace_id])


async def _follow(
    tx: Transaction,
    scope: OperatorScope,
    request_type: RequestType,
    trades: Mapping[UUID, Trade],
    parts: Mapping[UUID, UUID],
) -> None:
    """What follows from links of one kind, in the order of `link`."""
    steps = [
        Edge(scope.operator_id, parts[key], one.downstream_operator_id, one.downstream_trace_id, None, one.trade_id)
        for key, one in trades.items()
    ]
    settled = await settle_from(tx, [], request_type, over=steps)
    for one in trades.values():
        if one.upstream_trace_id is not None:
            await revoke_unless_linked(
                tx, scope, one.upstream_trace_id, one.downstream_operator_id, "system:part_relinked"
            )
    pairs = dict.fromkeys((parts[key], one.downstream_operator_id) for key, one in trades.items())
    await disclosure.open_many_by_default(tx, scope, list(pairs), request_type)
    linked = await store_many.trades(tx, scope, trades)
    events = tuple(
        TradeLinked(**names_of(one), previous_trace_id=trades[key].upstream_trace_id) for key, one in linked.items()
    )
    await tx.record_all(events, TradesLinked(request_type=request_type.value, links=events))
    await tell(tx, settled)
    await store.keep_history(tx, scope, "request", [(one.trade_id, one.version, one) for one in linked.values()])
