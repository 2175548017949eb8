"""What may happen to a request next, by its state and by who asks (pure)."""

from meguri.traceability.errors import AlreadyAnswered, AlreadyRejected, RequestClosed, RequestFixed, WrongSide
from meguri.traceability.model import RequestInput, Side, State, Trade


def may_amend(trade: Trade, fixed: RequestInput | None) -> None:
    """The customer, while open; supplier, part and kind stay. Raises WrongSide, RequestFixed, RequestClosed."""
    _on(trade, Side.DOWN)
    if fixed is not None and (
        fixed.upstream_operator_id != trade.upstream_operator_id
        or fixed.downstream_trace_id != trade.downstream_trace_id
        or fixed.request_type != trade.request_type
    ):
        raise RequestFixed
    if trade.state is not State.NOT_COMPLETED:
        raise RequestClosed


def may_link(trade: Trade) -> None:
    """The supplier, unless the request was returned. Raises WrongSide, AlreadyRejected."""
    _on(trade, Side.UP)
    if trade.state is State.REJECT:
        raise AlreadyRejected


def may_reject(trade: Trade) -> None:
    """The supplier, while open. Raises WrongSide, AlreadyRejected, AlreadyAnswered."""
    may_link(trade)
    if trade.state is State.COMPLETED:
        raise AlreadyAnswered


def may_cancel(trade: Trade) -> None:
    """The customer, always. Raises WrongSide."""
    _on(trade, Side.DOWN)


def may_reply(trade: Trade) -> None:
    """The supplier, always. Raises WrongSide."""
    _on(trade, Side.UP)


def _on(trade: Trade, side: Side) -> None:
    if trade.side is not side:
        raise WrongSide
