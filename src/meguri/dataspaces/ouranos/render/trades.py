"""TradeModel, StatusModel and what is made of both."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

import msgspec

from meguri.dataspaces.ouranos.render.parts import PartsModel, parts_model
from meguri.kernel.clock import seconds_z
from meguri.traceability.model import Trade


class TradeModel(msgspec.Struct, frozen=True, rename="camel"):
    """Who asked whom about which part, and which part answers."""

    trade_id: UUID
    downstream_operator_id: UUID
    upstream_operator_id: UUID
    downstream_trace_id: UUID
    upstream_trace_id: UUID | None


class Counters(msgspec.Struct, frozen=True, rename="camel"):
    """What PUT tradeRequest answers in place of the state: the four counters, not yet counted."""

    completed_count: None = None
    completed_count_modified_at: None = None
    trades_count: None = None
    trades_count_modified_at: None = None


class RequestStatus(msgspec.Struct, frozen=True, rename="camel"):
    """The state of a request and how far the requests behind it are."""

    cfp_response_status: str
    trade_tree_status: str
    completed_count: int
    completed_count_modified_at: str
    trades_count: int
    trades_count_modified_at: str


class StatusModel(msgspec.Struct, frozen=True, rename="camel"):
    """A request: its state, its words, its kind and its due date."""

    status_id: UUID
    trade_id: UUID
    request_status: RequestStatus | Counters
    message: str | None
    reply_message: str | None
    request_type: str
    response_due_date: date | None


class TradeRequestModel(msgspec.Struct, frozen=True, rename="camel"):
    """What PUT tradeRequest answers."""

    trade_model: TradeModel
    status_model: StatusModel


class TradeResponseModel(msgspec.Struct, frozen=True, rename="camel"):
    """A request as the supplier sees it, with the customer's part."""

    status_model: StatusModel
    trade_model: TradeModel
    parts_model: PartsModel | None


def trade_model(trade: Trade) -> TradeModel:
    """The two sides of a request."""
    return TradeModel(
        trade.trade_id,
        trade.downstream_operator_id,
        trade.upstream_operator_id,
        trade.downstream_trace_id,
        trade.upstream_trace_id,
    )


def _request_status(trade: Trade) -> RequestStatus:
    return RequestStatus(
        trade.state,
        "TERMINATED" if trade.tree_terminated else "UNTERMINATED",
        trade.completed_count,
        seconds_z(trade.completed_count_at),
        trade.trades_count,
        seconds_z(trade.trades_count_at),
    )


def status_model(trade: Trade, *, counted: bool = True) -> StatusModel:
    """The state of a request; `counted` False: as PUT tradeRequest answers it."""
    return StatusModel(
        trade.request_id,
        trade.trade_id,
        _request_status(trade) if counted else Counters(),
        trade.message,
        trade.reply_message,
        trade.request_type,
        trade.due_date,
    )


def _response(trade: Trade) -> TradeResponseModel:
    asked = trade.requested_part
    return TradeResponseModel(status_model(trade), trade_model(trade), parts_model(asked) if asked else None)


def trade(found: Trade) -> bytes:
    """TradeModel."""
    return msgspec.json.encode(trade_model(found))


def trades(found: Iterable[Trade]) -> bytes:
    """TradeModel[]."""
    return msgspec.json.encode([trade_model(one) for one in found])


def statuses(found: Iterable[Trade]) -> bytes:
    """StatusModel[]."""
    return msgspec.json.encode([status_model(one) for one in found])


def responses(found: Iterable[Trade]) -> bytes:
    """TradeResponseModel[]."""
    return msgspec.json.encode([_response(one) for one in found])


def request(found: Trade) -> bytes:
    """TradeRequestModel: no part answers yet, and nothing is counted."""
    bare = msgspec.structs.replace(trade_model(found), upstream_trace_id=None)
    return msgspec.json.encode(TradeRequestModel(bare, status_model(found, counted=False)))
