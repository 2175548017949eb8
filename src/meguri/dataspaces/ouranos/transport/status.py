"""`dataTarget` status."""

from meguri.dataspaces.ouranos.bodies.trade import STATUS, StatusInput, check_status
from meguri.dataspaces.ouranos.call import Answer, Call
from meguri.dataspaces.ouranos.house import Handlers, House
from meguri.dataspaces.ouranos.render import trades as render
from meguri.dataspaces.ouranos.rules import limits
from meguri.dataspaces.ouranos.transport.listing import cursor, kinds, page
from meguri.kernel.scope import OperatorScope
from meguri.storage import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.model import Side, State

_SIDES = {"": None, "REQUEST": Side.DOWN, "RESPONSE": Side.UP}


async def get_status(call: Call, house: House) -> Answer:
    """States of requests, newest first.

    `traceId` counts for requests made, `statusId` for all others; where one of them counts, `after` does not.
    """
    query = call.query
    limit, side = query.limit(), _SIDES[query.word("statusTarget", limits().words.status_targets)]
    request_id, trace_id, after, shown = (
        query.uuid("statusId"),
        query.uuid("traceId"),
        query.uuid("after"),
        kinds(query),
    )
    trace_ids = [trace_id] if trace_id and side is Side.DOWN else None
    request_id = None if side is Side.DOWN else request_id
    named = bool(trace_ids or request_id)
    start = cursor(side, shown, None if named else after)
    found, following = await house.read(
        call,
        traceability.list_requests,
        limit=limit,
        side=side,
        request_types=shown.types,
        trace_ids=trace_ids,
        request_id=request_id,
        after_request_id=start.request_id,
        after_downstream_trace_id=start.trace_id,
    )
    return page(call, render.statuses(found), None if named else following, shown, side=side, limit=limit)


async def put_status(call: Call, house: House) -> Answer:
    """The customer cancels, or the supplier returns the request."""
    raw = await call.json(STATUS)
    said = check_status(raw)

    async def work(tx: Transaction, scope: OperatorScope) -> Answer:
        await change(tx, scope, said)
        return Answer(201, b"{}")

    return await house.write(call, work)


async def change(tx: Transaction, scope: OperatorScope, said: StatusInput) -> None:
    """The change of state as said; what is written to the customer is kept only when the request is returned."""
    if said.state is State.CANCEL:
        await traceability.cancel(tx, scope, said.request_id, trade_id=said.trade_id)
    else:
        await traceability.reject(tx, scope, said.request_id, trade_id=said.trade_id, reply_message=said.reply_message)


HANDLERS: Handlers = {("GET", "status"): get_status, ("PUT", "status"): put_status}
