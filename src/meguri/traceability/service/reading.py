"""What can be read of requests, and what other rooms need to know of parts."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from uuid import UUID

from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.traceability import store
from meguri.traceability.errors import UnknownRequest
from meguri.traceability.model import LiveLink, Part, PartKind, RequestType, Side, State, Trade
from meguri.traceability.store import TradeRow


async def list_requests(
    tx: Transaction,
    scope: OperatorScope,
    *,
    limit: int,
    side: Side | None = None,
    request_types: Sequence[RequestType] = (RequestType.CFP,),
    after_request_id: UUID | None = None,
    after_downstream_trace_id: UUID | None = None,
    states: Sequence[State] | None = None,
    trace_ids: Sequence[UUID] | None = None,
    request_id: UUID | None = None,
) -> tuple[list[Trade], Trade | None]:
    """Requests, newest first, and the first one of the next page.

    `side`: those sent (DOWN), those received (UP), or both. `after_…`: the first one wanted, by request or by the
    customer's part; an unknown one gives an empty page. `trace_ids`: only requests on these parts of the customer.
    """
    after: UUID | None = None
    if after_request_id or after_downstream_trace_id:
        after = await store.trade_of_cursor(
            tx,
            scope,
            side=side,
            request_types=request_types,
            request_id=after_request_id,
            downstream_trace_id=after_downstream_trace_id,
        )
        if after is None:
            return [], None
    rows = await store.list_trades(
        tx,
        scope,
        limit=limit + 1,
        side=side,
        request_types=request_types,
        after=after,
        states=states,
        trace_ids=trace_ids,
        request_id=request_id,
    )
    return rows[:limit], rows[limit] if len(rows) > limit else None


async def request_by_id(
    tx: Transaction, scope: OperatorScope, *, trade_id: UUID | None = None, request_id: UUID | None = None
) -> Trade:
    """One request, as this operator sees it. Raises UnknownRequest."""
    trade = await store.trade(tx, scope, trade_id=trade_id, request_id=request_id) if trade_id or request_id else None
    if trade is None:
        raise UnknownRequest
    return trade


async def waiting(tx: Transaction, scope: OperatorScope) -> tuple[int, int, int]:
    """How many requests wait for my answer, how many of mine wait for others', how many of mine were returned."""
    return await store.count_waiting(tx, scope)


async def part_counts_across(tx: Transaction) -> dict[UUID, int]:
    """How many parts each company has: a count, for the platform's statements."""
    return await store.part_counts_across(tx)


async def parts_by_id(tx: Transaction, scope: OperatorScope, trace_ids: Iterable[UUID]) -> dict[UUID, Part]:
    """Own parts among `trace_ids`."""
    return await store.parts(tx, scope, trace_ids)


async def structure_links(
    tx: Transaction, scope: OperatorScope, parents: Iterable[UUID]
) -> dict[UUID, list[tuple[UUID, Decimal]]]:
    """For each parent its children, with the amount in one unit of the parent."""
    return await store.links_of(tx, scope, parents)


async def structure_parents(tx: Transaction, scope: OperatorScope, children: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """For each child the own parts that it goes into."""
    found = await store.parents_of(tx, scope, children)
    return {child: [parent for parent, _ in parents] for child, parents in found.items()}


async def kinds_of(
    tx: Transaction, scope: OperatorScope, trace_ids: Sequence[UUID], request_type: RequestType
) -> dict[UUID, PartKind]:
    """How each of these own parts stands in the tree for one kind of request."""
    return await store.kinds_of(tx, scope, trace_ids, request_type)


async def live_links_to(tx: Transaction, scope: OperatorScope, trace_id: UUID, customer: UUID) -> list[LiveLink]:
    """Live requests by which this own part goes to that customer."""
    return await store.live_links(tx, scope, trace_id, customer)


async def kinds_across(
    tx: Transaction, parts: Sequence[tuple[UUID, UUID]], request_type: RequestType
) -> dict[UUID, PartKind]:
    """How each of these (operator, part) pairs stands in the tree: for a cascade, which touches other companies."""
    return await store.kinds_across(tx, parts, request_type)


async def trades_across(tx: Transaction, trades: Iterable[UUID]) -> dict[UUID, TradeRow]:
    """These requests with their parties and states: for a cascade, which touches other companies."""
    return await store.trade_rows_across(tx, trades)


async def trades_on_parts(
    tx: Transaction, scope: OperatorScope, trace_ids: Sequence[UUID], request_type: RequestType = RequestType.CFP
) -> dict[UUID, tuple[UUID, UUID]]:
    """For each own part with a live request of this kind: the trade and the supplier."""
    trades = await store.trades_on(tx, scope, trace_ids) if trace_ids else []
    return {
        trade.downstream_trace_id: (trade.trade_id, trade.partner_id)
        for trade in trades
        if trade.side is Side.DOWN and trade.live and trade.request_type is request_type
    }


async def parents_of_part(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> list[Part]:
    """The own parts that this one goes into, by name."""
    parents = (await store.parents_of(tx, scope, [trace_id])).get(trace_id, [])
    known = await store.parts(tx, scope, [parent for parent, _ in parents]) if parents else {}
    return sorted(known.values(), key=lambda part: part.name)
