"""PUT tradeRequest and PUT status."""

from typing import ClassVar
from uuid import UUID

import msgspec

from meguri.dataspaces.ouranos import atoms
from meguri.dataspaces.ouranos.atoms import Invalid
from meguri.dataspaces.ouranos.bodies.base import CfpResponseStatus, RequestTypeText, TradeTreeStatus, Wire
from meguri.dataspaces.ouranos.gojson import Body
from meguri.dataspaces.ouranos.rules import limits
from meguri.traceability.model import RequestInput, RequestType, State


class PutRequestStatus(Wire):
    """The state within a status."""

    go: ClassVar[str] = "traceability.PutRequestStatusInput"
    cfp_response_status: CfpResponseStatus | None = None
    trade_tree_status: TradeTreeStatus | None = None


class PutStatus(Wire):
    """A status as it is sent."""

    go: ClassVar[str] = "traceability.PutStatusInput"
    status_id: str | None = None
    trade_id: str | None = None
    request_type: RequestTypeText | None = None
    message: str | None = None
    reply_message: str | None = None
    response_due_date: str | None = None
    request_status: PutRequestStatus | None = None


class PutTrade(Wire):
    """A trade as it is sent."""

    go: ClassVar[str] = "traceability.PutTradeInput"
    trade_id: str | None = None
    downstream_operator_id: str | None = None
    upstream_operator_id: str | None = None
    downstream_trace_id: str | None = None


class PutTradeRequest(Wire):
    """A request as it is sent: its trade and its status."""

    go: ClassVar[str] = "traceability.PutTradeRequestInput"
    trade_model: PutTrade | None = None
    status_model: PutStatus | None = None


TRADE_REQUEST = Body(PutTradeRequest)
STATUS = Body(PutStatus)
_TRADE, _STATUS = "tradeModel.tradeId", "statusModel.tradeId"


class TradeRequestInput(msgspec.Struct, frozen=True, kw_only=True):
    """A checked request. `trade_id` and `request_id` name the request to amend; both None: a new one."""

    downstream_operator_id: UUID
    trade_id: UUID | None
    request_id: UUID | None
    request: RequestInput


class StatusInput(msgspec.Struct, frozen=True, kw_only=True):
    """A checked change of state: the customer cancels, or the supplier returns with a message."""

    trade_id: UUID
    request_id: UUID
    state: State
    reply_message: str | None


def _broken_trade(trade: PutTrade) -> str | None:
    return atoms.objerr(
        {
            "tradeId": atoms.uuid_or_null(trade.trade_id),
            "downstreamOperatorId": atoms.uuid(trade.downstream_operator_id),
            "upstreamOperatorId": atoms.uuid(trade.upstream_operator_id),
            "downstreamTraceId": atoms.uuid(trade.downstream_trace_id),
        }
    )


def _broken_status(status: PutStatus) -> str | None:
    rules = limits()
    return atoms.objerr(
        {
            "statusId": atoms.uuid_or_null(status.status_id),
            "tradeId": atoms.uuid_or_null(status.trade_id),
            "message": atoms.length(status.message, rules.bodies.message_length),
            "requestType": atoms.word(status.request_type, rules.words.request_types),
            "responseDueDate": atoms.required(status.response_due_date) or atoms.day(status.response_due_date),
        }
    )


def _broken_ids(trade: PutTrade, status: PutStatus) -> list[str]:
    """The three ids name one request to amend, or none of them is set."""
    items = []
    given = [one is not None for one in (trade.trade_id, status.status_id, status.trade_id)]
    if any(given) and not all(given):
        items.append(
            "tradeModel.tradeId, statusModel.statusId, and statusModel.tradeId must all have values or all be null"
        )
    if trade.trade_id is not None and status.trade_id is not None and trade.trade_id.lower() != status.trade_id.lower():
        items.append(f"{_TRADE} and {_STATUS} must be equal")
    return items


def check_trade_request(raw: PutTradeRequest | None) -> TradeRequestInput:
    """A new request, or an amendment of one. Raises Invalid."""
    trade = (raw and raw.trade_model) or PutTrade()
    status = (raw and raw.status_model) or PutStatus()
    inner = atoms.join([_broken_trade(trade), _broken_status(status)])
    if broken := atoms.join([inner, *_broken_ids(trade, status)]):
        raise Invalid(broken)
    return TradeRequestInput(
        downstream_operator_id=UUID(trade.downstream_operator_id or ""),
        trade_id=UUID(trade.trade_id) if trade.trade_id else None,
        request_id=UUID(status.status_id) if status.status_id else None,
        request=RequestInput(
            upstream_operator_id=UUID(trade.upstream_operator_id or ""),
            downstream_trace_id=UUID(trade.downstream_trace_id or ""),
            request_type=RequestType(status.request_type or ""),
            message=status.message,
            due_date=atoms.parse_day(status.response_due_date or ""),
        ),
    )


def check_status(raw: PutStatus | None) -> StatusInput:
    """A cancellation or a return. Raises Invalid."""
    status = raw or PutStatus()
    rules = limits()
    broken = atoms.objerr(
        {
            "statusId": atoms.uuid(status.status_id),
            "tradeId": atoms.uuid(status.trade_id),
            "replyMessage": atoms.length(status.reply_message, rules.bodies.message_length),
        }
    )
    state = (status.request_status or PutRequestStatus()).cfp_response_status or ""
    wrong = atoms.word(state, rules.words.writable_states)
    if text := atoms.join([broken, f"requestStatus: (cfpResponseStatus: {wrong})" if wrong else None]):
        raise Invalid(text)
    return StatusInput(
        trade_id=UUID(status.trade_id or ""),
        request_id=UUID(status.status_id or ""),
        state=State(state),
        reply_message=status.reply_message,
    )
