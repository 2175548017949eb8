"""`tradeRequests`, `tradeRequestsReceived`, `trades`, `tradeRequests/cancel`, `tradeRequests/reject`."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec

from meguri.dataspaces.ouranos import demands
from meguri.dataspaces.ouranos.bodies.base import Wire
from meguri.dataspaces.ouranos.call import Answer, Call
from meguri.dataspaces.ouranos.errors import coded
from meguri.dataspaces.ouranos.gojson import Body
from meguri.dataspaces.ouranos.house import Handlers, House
from meguri.dataspaces.ouranos.rules import limits
from meguri.dataspaces.ouranos.southbound import showing
from meguri.dataspaces.ouranos.transport.listing import kinds
from meguri.footprint import service as footprint
from meguri.footprint.certificates import Certificate
from meguri.footprint.model import Statement
from meguri.kernel.scope import OperatorScope
from meguri.storage import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.model import RequestInput, RequestType, Side, State, Trade

MOST = 1000


class PostRequest(Wire):
    """One request."""

    downstream_trace_id: str | None = None
    upstream_operator_id: str | None = None
    request_type: str | None = None
    request_message: str | None = None
    response_due_date: str | None = None


Requests = Annotated[list[PostRequest | None], msgspec.Meta()]


class PostRequests(Wire):
    """Requests of a customer."""

    operator_id: str | None = None
    trade_requests: Requests | None = None


class PostTrade(Wire):
    """The supplier's part for a request."""

    operator_id: str | None = None
    trade_id: str | None = None
    trace_id: str | None = None


class NamedRequest(Wire):
    """A request to cancel, or to return with a message."""

    request_id: str | None = None
    reply_message: str | None = None


NamedRequests = Annotated[list[NamedRequest | None], msgspec.Meta()]


class PostCancel(Wire):
    """Requests that the customer withdraws."""

    operator_id: str | None = None
    cancel_requests: NamedRequests | None = None


class PostReject(Wire):
    """Requests that the supplier returns."""

    operator_id: str | None = None
    reject_requests: NamedRequests | None = None


REQUESTS, TRADE, CANCEL, REJECT = Body(PostRequests), Body(PostTrade), Body(PostCancel), Body(PostReject)


class _Made(msgspec.Struct, frozen=True, rename="camel"):
    trade_id: UUID
    request_id: UUID
    downstream_trace_id: UUID


class _TradeId(msgspec.Struct, frozen=True, rename="camel"):
    trade_id: UUID


class _Ended(msgspec.Struct, frozen=True, rename="camel"):
    request_id: UUID
    trade_id: UUID


async def get_requests(call: Call, house: House) -> Answer:
    """Requests that the caller made, with the answers given."""
    (operator_id,) = demands.asked(call)
    trace_ids = demands.uuids("traceId", call.query.text("traceId"), limits().lists.trace_ids)
    after = demands.uuid_or_none("after", call.query.text("after"))
    demands.mine(call, operator_id)
    types = kinds(call.query).types

    async def work(tx: Transaction, scope: OperatorScope) -> bytes:
        found, following = await traceability.list_requests(
            tx,
            scope,
            limit=MOST if trace_ids else limits().lists.southbound_page,
            side=Side.DOWN,
            request_types=types,
            trace_ids=trace_ids or None,
            after_downstream_trace_id=after,
        )
        if after is not None and not found:
            raise coded("MSGAECO0020")
        statements, certificates = await _answers(tx, scope, house, found)
        following_id = following.downstream_trace_id if following and not trace_ids else None
        return showing.made(found, following_id, statements, certificates)

    return Answer(200, await house.read(call, work))


async def _answers(
    tx: Transaction, scope: OperatorScope, house: House, found: Sequence[Trade]
) -> tuple[dict[UUID, Statement], dict[UUID, Certificate]]:
    """What suppliers answered for the parts of these requests, by part."""
    parts = [trade.downstream_trace_id for trade in found if trade.state is State.COMPLETED]
    statements = {one.trace_id: one for one in await footprint.statements(tx, scope, parts)} if parts else {}
    certificates: dict[UUID, Certificate] = {}
    for part in parts if house.certificates else ():
        kept = await house.certificates.of_part(tx, scope, part) if house.certificates else None
        if kept is not None:
            certificates[part] = kept
    return statements, certificates


async def get_received(call: Call, house: House) -> Answer:
    """Requests that the caller received, with the customer's part."""
    (operator_id,) = demands.asked(call)
    request_id, after = (demands.uuid_or_none(key, call.query.text(key)) for key in ("requestId", "after"))
    first, last = (demands.day(key, call.query.text(key)) for key in ("requestedDateFrom", "requestedDateTo"))
    demands.mine(call, operator_id)
    types = kinds(call.query).types

    async def work(tx: Transaction, scope: OperatorScope) -> bytes:
        found, following = await _received(tx, scope, types, request_id, after, (first, last))
        return showing.received(found, following)

    return Answer(200, await house.read(call, work))


async def _received(
    tx: Transaction,
    scope: OperatorScope,
    types: Sequence[RequestType],
    request_id: UUID | None,
    after: UUID | None,
    days: tuple[date | None, date | None],
) -> tuple[list[Trade], UUID | None]:
    """A page of requests received within these days (inclusive), newest first, and where the next page begins.

    Lists are by age, so days only skip a beginning and cut an end.
    """
    first, last = days
    page: list[Trade] = []
    most, start = limits().lists.southbound_page, after
    while True:
        found, following = await traceability.list_requests(
            tx,
            scope,
            limit=most,
            side=Side.UP,
            request_types=types,
            request_id=request_id,
            after_request_id=start,
        )
        if start is not None and not found:
            raise coded("MSGAECO0020")
        for trade in found:
            made = trade.created_at.date()
            if first is not None and made < first:
                return page, None
            if last is not None and made > last:
                continue
            if len(page) == most:
                return page, trade.request_id
            page.append(trade)
        if following is None or request_id is not None:
            return page, None
        start = following.request_id


async def post_requests(call: Call, house: House) -> Answer:
    """New requests: all are made, or none."""
    raw = await call.json(REQUESTS) or PostRequests()
    demands.items(("operatorId", raw.operator_id), ("tradeRequests", raw.trade_requests))
    listed = demands.several("tradeRequests", raw.trade_requests, limits().lists.southbound_page)
    for key in ("downstreamTraceId", "upstreamOperatorId", "requestType"):
        demands.items(*((key, _field(one, key)) for one in listed))
    operator_id = demands.uuid("operatorId", raw.operator_id)
    asked = [_request(one) for one in listed]
    demands.mine(call, operator_id)

    async def work(tx: Transaction, scope: OperatorScope) -> Answer:
        made = [await traceability.request(tx, scope, one) for one in asked]
        shown = [_Made(trade.trade_id, trade.request_id, trade.downstream_trace_id) for trade in made]
        return Answer(200, msgspec.json.encode(shown))

    return await house.write(call, work)


def _field(one: PostRequest, key: str) -> str | None:
    return {
        "downstreamTraceId": one.downstream_trace_id,
        "upstreamOperatorId": one.upstream_operator_id,
        "requestType": one.request_type,
    }[key]


def _request(one: PostRequest) -> RequestInput:
    return RequestInput(
        upstream_operator_id=demands.uuid("upstreamOperatorId", one.upstream_operator_id),
        downstream_trace_id=demands.uuid("downstreamTraceId", one.downstream_trace_id),
        request_type=RequestType(demands.word("requestType", one.request_type, limits().words.request_types)),
        message=demands.words("requestMessage", one.request_message, limits().bodies.message_length),
        due_date=demands.day("responseDueDate", one.response_due_date),
    )


async def post_trade(call: Call, house: House) -> Answer:
    """The supplier's part answers the request."""
    raw = await call.json(TRADE) or PostTrade()
    demands.items(("operatorId", raw.operator_id), ("tradeId", raw.trade_id), ("traceId", raw.trace_id))
    operator_id = demands.uuid("operatorId", raw.operator_id)
    trade_id, trace_id = demands.uuid("tradeId", raw.trade_id), demands.uuid("traceId", raw.trace_id)
    demands.mine(call, operator_id)

    async def work(tx: Transaction, scope: OperatorScope) -> Answer:
        linked = await traceability.link(tx, scope, trade_id, trace_id)
        return Answer(200, msgspec.json.encode(_TradeId(linked.trade_id)))

    return await house.write(call, work)


async def post_cancel(call: Call, house: House) -> Answer:
    """The customer withdraws requests: all, or none."""
    raw = await call.json(CANCEL) or PostCancel()
    named = _named(call, raw.operator_id, "cancelRequests", raw.cancel_requests)

    async def work(tx: Transaction, scope: OperatorScope) -> Answer:
        ended = []
        for request_id, _ in named:
            trade = await traceability.request_by_id(tx, scope, request_id=request_id)
            await traceability.cancel(tx, scope, request_id)
            ended.append(_Ended(request_id, trade.trade_id))
        return Answer(200, msgspec.json.encode(ended))

    return await house.write(call, work)


async def post_reject(call: Call, house: House) -> Answer:
    """The supplier returns requests: all, or none."""
    raw = await call.json(REJECT) or PostReject()
    named = _named(call, raw.operator_id, "rejectRequests", raw.reject_requests)

    async def work(tx: Transaction, scope: OperatorScope) -> Answer:
        returned = [
            await traceability.reject(tx, scope, request_id, reply_message=message) for request_id, message in named
        ]
        return Answer(200, msgspec.json.encode([_Ended(trade.request_id, trade.trade_id) for trade in returned]))

    return await house.write(call, work)


def _named(
    call: Call, operator: str | None, key: str, listed: Sequence[NamedRequest | None] | None
) -> list[tuple[UUID, str | None]]:
    """The requests that are named, with their messages. Raises Coded."""
    demands.items(("operatorId", operator), (key, listed))
    found = demands.several(key, listed, limits().lists.southbound_page)
    demands.items(*(("requestId", one.request_id) for one in found))
    operator_id = demands.uuid("operatorId", operator)
    most = limits().bodies.message_length
    named = [
        (demands.uuid("requestId", one.request_id), demands.words("replyMessage", one.reply_message, most))
        for one in found
    ]
    demands.mine(call, operator_id)
    return named


HANDLERS: Handlers = {
    ("GET", "tradeRequests"): get_requests,
    ("POST", "tradeRequests"): post_requests,
    ("GET", "tradeRequestsReceived"): get_received,
    ("POST", "trades"): post_trade,
    ("POST", "tradeRequests/cancel"): post_cancel,
    ("POST", "tradeRequests/reject"): post_reject,
}
