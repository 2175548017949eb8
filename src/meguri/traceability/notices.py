"""Which notice tells whom what, for each thing that can happen to a request."""

from uuid import UUID

from meguri.operators.model import NewNotification, Relation
from meguri.traceability.model import RequestType, Trade
from meguri.traceability.store import TradeRow

_FOR_ANY_TYPE = ("REPLY_MESSAGE_REGISTERED", "REQUEST_DUE_REMINDER", "REQUEST_ESCALATED", "COMMENT")


def kind_of(base: str, request_type: str) -> str:
    """The notification type: `REQUEST_NEW` for a footprint, `DD_REQUEST_NEW` for due diligence."""
    return base if request_type == RequestType.CFP or base in _FOR_ANY_TYPE else f"{request_type}_{base}"


def trade_notice(base: str, trade: Trade, *, upstream_trace_id: UUID | None = None) -> NewNotification:
    """A notice about one request, from the side that acted (`trade.operator_id`) to its partner."""
    return NewNotification(
        receiver=trade.partner_id,
        type=kind_of(base, trade.request_type),
        from_operator_id=trade.operator_id,
        relation=Relation(
            trade_id=trade.trade_id,
            request_id=trade.request_id,
            downstream_operator_id=trade.downstream_operator_id,
            upstream_operator_id=trade.upstream_operator_id,
            downstream_trace_id=trade.downstream_trace_id,
            upstream_trace_id=upstream_trace_id or trade.upstream_trace_id,
        ),
    )


def answer_notice(kind: str, row: TradeRow) -> NewNotification:
    """A notice about an answer, from supplier to customer."""
    return NewNotification(
        receiver=row.downstream_operator_id,
        type=kind,
        from_operator_id=row.upstream_operator_id,
        relation=_relation(row),
    )


def _relation(row: TradeRow) -> Relation:
    return Relation(
        trade_id=row.trade_id,
        request_id=row.request_id,
        downstream_operator_id=row.downstream_operator_id,
        upstream_operator_id=row.upstream_operator_id,
        downstream_trace_id=row.downstream_trace_id,
        upstream_trace_id=row.upstream_trace_id,
    )


def reminder_notice(row: TradeRow, request_type: str) -> NewNotification:
    """A reminder of the due date, from customer to supplier."""
    return NewNotification(
        receiver=row.upstream_operator_id,
        type="REQUEST_DUE_REMINDER",
        from_operator_id=row.downstream_operator_id,
        relation=_relation(row),
        family=request_type,
    )


def escalation_notice(row: TradeRow, request_type: str) -> NewNotification:
    """To the customer itself: its supplier has not answered for long."""
    return NewNotification(
        receiver=row.downstream_operator_id,
        type="REQUEST_ESCALATED",
        from_operator_id=row.upstream_operator_id,
        relation=_relation(row),
        family=request_type,
    )
