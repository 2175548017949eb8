"""`dataTarget` tradeRequest and tradeResponse."""

from meguri.dataspaces.ouranos.bodies.trade import TRADE_REQUEST, TradeRequestInput, check_trade_request
from meguri.dataspaces.ouranos.call import Answer, Call
from meguri.dataspaces.ouranos.house import Handlers, House
from meguri.dataspaces.ouranos.render import trades as render
from meguri.dataspaces.ouranos.rules import limits
from meguri.dataspaces.ouranos.transport.listing import cursor, kinds, page
from meguri.kernel.scope import OperatorScope
from meguri.storage import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.model import Side, Trade

# Requests on the most parts that may be asked for: a part has one live request of each kind, and one returned.
MOST_OF_PARTS = 1000


async def get_requests(call: Call, house: House) -> Answer:
    """Requests that the caller made, newest first; those on `traceIds` at once."""
    query = call.query
    limit, trace_ids = query.limit(), query.uuids("traceIds", limits().lists.trace_ids)
    after, shown = query.uuid("after"), kinds(query)
    start = cursor(Side.DOWN, shown, None if trace_ids else after)
    found, following = await house.read(
        call,
        traceability.list_requests,
        limit=MOST_OF_PARTS if trace_ids else limit,
        side=Side.DOWN,
        request_types=shown.types,
        trace_ids=trace_ids or None,
        after_request_id=start.request_id,
        after_downstream_trace_id=start.trace_id,
    )
    if trace_ids:
        following = None
    return page(call, render.trades(found), following, shown, side=Side.DOWN, limit=limit)


async def get_responses(call: Call, house: House) -> Answer:
    """Requests that the caller received, newest first, with the customer's part."""
    limit, after, shown = call.query.limit(), call.query.uuid("after"), kinds(call.query)
    found, following = await house.read(
        call,
        traceability.list_requests,
        limit=limit,
        side=Side.UP,
        request_types=shown.types,
        after_request_id=after,
    )
    return page(call, render.responses(found), following, shown, side=Side.UP, limit=limit)


async def put_request(call: Call, house: House) -> Answer:
    """A new request, or new words and due date of an open one."""
    raw = await call.json(TRADE_REQUEST)
    said = check_trade_request(raw)
    call.check_operators(said.downstream_operator_id)

    async def work(tx: Transaction, scope: OperatorScope) -> Answer:
        return Answer(201, render.request(await ask(tx, scope, said)))

    return await house.write(call, work)


async def ask(tx: Transaction, scope: OperatorScope, said: TradeRequestInput) -> Trade:
    """The request as said: made, or amended if its ids are named."""
    if said.trade_id is None or said.request_id is None:
        return await traceability.request(tx, scope, said.request)
    return await traceability.amend(
        tx,
        scope,
        said.request_id,
        message=said.request.message,
        due_date=said.request.due_date,
        trade_id=said.trade_id,
        fixed=said.request,
    )


async def put_response(call: Call, house: House) -> Answer:
    """The supplier's part answers the request."""
    trade_id, trace_id = call.query.required_uuid("tradeId"), call.query.required_uuid("traceId")

    async def work(tx: Transaction, scope: OperatorScope) -> Answer:
        return Answer(201, render.trade(await traceability.link(tx, scope, trade_id, trace_id)))

    return await house.write(call, work)


HANDLERS: Handlers = {
    ("GET", "tradeRequest"): get_requests,
    ("PUT", "tradeRequest"): put_request,
    ("GET", "tradeResponse"): get_responses,
    ("PUT", "tradeResponse"): put_response,
}
