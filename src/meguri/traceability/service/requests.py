"""Use cases of requests: ask, amend, link, answer by message, return, withdraw."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel.errors import Stale
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.operators import disclosure, inbox
from meguri.operators import service as operators
from meguri.operators.errors import OperatorUnknown
from meguri.storage.transaction import Transaction
from meguri.traceability import deciding, store
from meguri.traceability.errors import (
    AlreadyRequested,
    PartNotOwn,
    RequestHasChildren,
    RequestSelf,
    RequestTerminated,
    TradeCycle,
    UnitMismatch,
    UnknownRequest,
)
from meguri.traceability.events import (
    TradeAmended,
    TradeCancelled,
    TradeLinked,
    TradeRejected,
    TradeReplied,
    TradeRequested,
)
from meguri.traceability.graph import Edge
from meguri.traceability.model import RequestInput, Side, State, Trade
from meguri.traceability.notices import trade_notice
from meguri.traceability.service.parts import brief_of
from meguri.traceability.service.settling import Settled, lock_downstream, settle_from, tell


async def request(tx: Transaction, scope: OperatorScope, asked: RequestInput) -> Trade:
    """Asks a supplier about one purchased part.

    Raises OperatorUnknown, PartNotOwn, RequestSelf, RequestTerminated, RequestHasChildren, AlreadyRequested.
    """
    if not await operators.operator_exists(tx, scope, asked.upstream_operator_id):
        raise OperatorUnknown
    if await store.part(tx, scope, asked.downstream_trace_id) is None:
        raise PartNotOwn
    await lock_downstream(tx, scope, (scope.operator_id, asked.downstream_trace_id))
    part = await store.part(tx, scope, asked.downstream_trace_id)
    if part is None:
        raise PartNotOwn
    if asked.upstream_operator_id == scope.operator_id:
        raise RequestSelf
    if part.terminated:
        raise RequestTerminated
    if await store.links_of(tx, scope, [part.trace_id]):
        raise RequestHasChildren
    on_part = await store.trades_on(tx, scope, [part.trace_id])
    if any(t.side is Side.DOWN and t.live and t.request_type == asked.request_type for t in on_part):
        raise AlreadyRequested
    await store.hide_superseded(tx, scope, part.trace_id, asked.request_type)
    trade_id, request_id = new_id(), new_id()
    await store.insert_trade(tx, scope, trade_id, request_id, asked, brief_of(part))
    trade = await _own(tx, scope, trade_id=trade_id)
    await inbox.notify_many(tx, [trade_notice("REQUEST_NEW", trade)])
    settled = await settle_from(tx, [(scope.operator_id, part.trace_id)], asked.request_type)
    await tx.record(TradeRequested(**names_of(trade)))
    await tell(tx, settled)
    return await _kept(tx, scope, trade)


async def amend(
    tx: Transaction,
    scope: OperatorScope,
    request_id: UUID,
    *,
    message: str | None,
    due_date: date | None,
    trade_id: UUID | None = None,
    fixed: RequestInput | None = None,
    if_version: int | None = None,
) -> Trade:
    """New message and due date of an open request. `fixed`: what the caller believes of the rest, which never changes.

    Raises UnknownRequest, WrongSide, RequestFixed, RequestClosed, Stale.
    """
    await lock_downstream(tx, scope)
    trade = await _own(tx, scope, trade_id=trade_id, request_id=request_id)
    if if_version is not None and trade.version != if_version:
        raise Stale
    deciding.may_amend(trade, fixed)
    await store.amend_trade(tx, trade.trade_id, message, due_date)
    await tx.record(TradeAmended(**names_of(trade)))
    return await _kept(tx, scope, await _own(tx, scope, trade_id=trade.trade_id))


async def link(tx: Transaction, scope: OperatorScope, trade_id: UUID, trace_id: UUID) -> Trade:
    """The supplier says which own part it delivers. Linking the same part again changes nothing.

    Raises UnknownRequest, WrongSide, AlreadyRejected, PartNotOwn, UnitMismatch, TradeCycle.
    """
    seen = await _own(tx, scope, trade_id=trade_id)
    # What may be read of the part is opened to this customer for all of its requests that the part answers.
    answered = await store.live_links(tx, scope, trace_id, seen.downstream_operator_id)
    parts = [seen.downstream_trace_id, *(one.downstream_trace_id for one in answered)]
    ends = [(seen.downstream_operator_id, part) for part in parts]
    await lock_downstream(tx, scope, *ends)
    trade = await _own(tx, scope, trade_id=trade_id)
    deciding.may_link(trade)
    part = await store.part(tx, scope, trace_id)
    if part is None:
        raise PartNotOwn
    if (part.unit or "") != (trade.requested_unit or ""):
        raise UnitMismatch
    if trade.upstream_trace_id == trace_id:
        return trade
    if await store.reaches_across(tx, (trade.downstream_operator_id, trade.downstream_trace_id), [trace_id]):
        raise TradeCycle
    await store.link_trade(tx, trade_id, trace_id)
    # States first: what is closed and opened now must find the request as it stands with the new part.
    # Only of this request: the part's other customers get what they got before.
    step = Edge(scope.operator_id, trace_id, trade.downstream_operator_id, trade.downstream_trace_id, None, trade_id)
    settled = await settle_from(tx, [], trade.request_type, over=[step])
    if trade.upstream_trace_id is not None:
        await revoke_unless_linked(
            tx, scope, trade.upstream_trace_id, trade.downstream_operator_id, "system:part_relinked"
        )
    await disclosure.open_by_default(tx, scope, trace_id, trade.downstream_operator_id, trade.request_type)
    linked = await _own(tx, scope, trade_id=trade_id)
    await tx.record(TradeLinked(**names_of(linked), previous_trace_id=trade.upstream_trace_id))
    await tell(tx, settled)
    return await _kept(tx, scope, linked)


async def reject(
    tx: Transaction,
    scope: OperatorScope,
    request_id: UUID,
    *,
    trade_id: UUID | None = None,
    reply_message: str | None = None,
) -> Trade:
    """The supplier returns an open request, with a message.

    Raises UnknownRequest, WrongSide, AlreadyRejected, AlreadyAnswered.
    """
    seen = await _own(tx, scope, trade_id=trade_id, request_id=request_id)
    await lock_downstream(tx, scope, (seen.downstream_operator_id, seen.downstream_trace_id))
    trade = await _own(tx, scope, trade_id=trade_id, request_id=request_id)
    deciding.may_reject(trade)
    await store.close_trade(tx, trade.trade_id, State.REJECT, reply_message or None)
    settled = await _after_closing(tx, scope, trade, "system:request_rejected")
    await inbox.notify_many(tx, [trade_notice("REQUEST_REJECTED", trade)])
    await tx.record(TradeRejected(**names_of(trade, linked=False), previous_trace_id=trade.upstream_trace_id))
    await tell(tx, settled)
    return await _kept(tx, scope, await _own(tx, scope, trade_id=trade.trade_id))


async def cancel(tx: Transaction, scope: OperatorScope, request_id: UUID, *, trade_id: UUID | None = None) -> None:
    """The customer withdraws a request, answered or not; it vanishes on both sides.

    Raises UnknownRequest, WrongSide.
    """
    seen = await _own(tx, scope, trade_id=trade_id, request_id=request_id)
    await lock_downstream(
        tx, scope, (seen.downstream_operator_id, seen.downstream_trace_id), partners=[seen.upstream_operator_id]
    )
    trade = await _own(tx, scope, trade_id=trade_id, request_id=request_id)
    deciding.may_cancel(trade)
    await _kept(tx, scope, msgspec.structs.replace(trade, state=State.CANCEL, version=trade.version + 1))
    await store.close_trade(tx, trade.trade_id, State.CANCEL)
    settled = Settled(trade.request_type)
    if trade.live:
        settled = await _after_closing(tx, scope, trade, "system:request_cancelled")
        await inbox.notify_many(tx, [trade_notice("REQUEST_CANCELED", trade)])
    await tx.record(TradeCancelled(**names_of(trade, linked=False), previous_trace_id=trade.upstream_trace_id))
    await tell(tx, settled)


async def reply(tx: Transaction, scope: OperatorScope, request_id: UUID, message: str | None) -> Trade:
    """The supplier writes to the customer, in any state; None or an empty text removes the message.

    Raises UnknownRequest, WrongSide.
    """
    seen = await _own(tx, scope, request_id=request_id)
    await lock_downstream(tx, scope, partners=[seen.downstream_operator_id])
    trade = await _own(tx, scope, request_id=request_id)
    deciding.may_reply(trade)
    await store.set_reply(tx, trade.trade_id, message or None)
    if message:
        await inbox.notify_many(tx, [trade_notice("REPLY_MESSAGE_REGISTERED", trade)])
    await tx.record(TradeReplied(**names_of(trade)))
    return await _kept(tx, scope, await _own(tx, scope, request_id=request_id))


async def _own(
    tx: Transaction, scope: OperatorScope, *, trade_id: UUID | None = None, request_id: UUID | None = None
) -> Trade:
    trade = await store.trade(tx, scope, trade_id=trade_id, request_id=request_id)
    if trade is None:
        raise UnknownRequest
    return trade


async def _kept(tx: Transaction, scope: OperatorScope, trade: Trade) -> Trade:
    """What the request looks like now stays in the operator's history."""
    await store.keep_history(tx, scope, "request", [(trade.trade_id, trade.version, trade)])
    return trade


async def _after_closing(tx: Transaction, scope: OperatorScope, trade: Trade, reason: str) -> Settled:
    if trade.upstream_trace_id is not None:
        supplier = replace(scope, operator_id=trade.upstream_operator_id)
        await revoke_unless_linked(tx, supplier, trade.upstream_trace_id, trade.downstream_operator_id, reason)
    return await settle_from(tx, [(trade.downstream_operator_id, trade.downstream_trace_id)], trade.request_type)


async def revoke_unless_linked(
    tx: Transaction, owner: OperatorScope, trace_id: UUID, customer: UUID, reason: str
) -> None:
    """What the customer could read of a part is closed, unless another live request is answered by it."""
    async with tx.across():
        if not await store.live_links(tx, owner, trace_id, customer):
            await disclosure.revoke_all(tx, owner.operator_id, trace_id, customer, reason=reason)


def names_of(trade: Trade, *, linked: bool = True) -> dict[str, Any]:
    """What every event about this request says of it."""
    return {
        "trade_id": trade.trade_id,
        "request_id": trade.request_id,
        "request_type": trade.request_type.value,
        "downstream_operator_id": trade.downstream_operator_id,
        "upstream_operator_id": trade.upstream_operator_id,
        "downstream_trace_id": trade.downstream_trace_id,
        "upstream_trace_id": trade.upstream_trace_id if linked else None,
    }
