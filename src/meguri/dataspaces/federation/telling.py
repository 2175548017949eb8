"""What our companies do that a partner on another node has to know: a message in the same transaction.

Only what was agreed crosses: requests, answers, totals with their quality as far as they are disclosed; nothing behind them.
"""

from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from meguri.dataspaces.due_diligence import dd_payload
from meguri.dataspaces.federation import handing, store
from meguri.dataspaces.federation.sending import enqueue
from meguri.diligence import service as diligence
from meguri.diligence.events import DdAnswersChanged
from meguri.footprint import service as footprint
from meguri.footprint.events import AnswersChanged
from meguri.footprint.model import UNIT_PREFIX, Figures, Quality
from meguri.kernel.numbers import plain
from meguri.kernel.scope import OperatorScope
from meguri.operators.events import DisclosureChanged, DisclosuresChanged
from meguri.passport.events import DealingSettled
from meguri.storage import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.events import (
    TradeAmended,
    TradeCancelled,
    TradeEvent,
    TradeLinked,
    TradeRejected,
    TradeReplied,
    TradeRequested,
    TradesLinked,
)
from meguri.traceability.model import RequestType, Trade

TRADE, RESULT, RESPONSE = "trade", "result", "response"
_KINDS = {RequestType.CFP: "cfp", RequestType.DD: "dd"}


def subject_of(trade_id: UUID) -> str:
    """What messages about one request are ordered by."""
    return f"trade:{trade_id}"


async def _link(tx: Transaction, own: UUID, partner: UUID) -> UUID | None:
    return (await store.links_of(tx, [(own, partner)])).get((own, partner))


async def _trade(tx: Transaction, operator_id: UUID, trade_id: UUID) -> Trade:
    async with tx.across():
        return await traceability.request_by_id(tx, OperatorScope(operator_id, "system:federation"), trade_id=trade_id)


async def requested(tx: Transaction, _: OperatorScope, event: TradeRequested | TradeAmended) -> None:
    """We ask a partner, or change what we asked."""
    link_id = await _link(tx, event.downstream_operator_id, event.upstream_operator_id)
    if link_id is None:
        return
    trade = await _trade(tx, event.downstream_operator_id, event.trade_id)
    async with tx.across():
        own = OperatorScope(event.downstream_operator_id, "system:federation")
        parts = await traceability.parts_by_id(tx, own, [trade.downstream_trace_id])
    part = parts[trade.downstream_trace_id]
    payload: dict[str, Any] = {
        "tradeId": str(trade.trade_id),
        "kind": _KINDS[trade.request_type],
        "item": {"traceId": str(part.trace_id), "partsName": part.name, "unit": str(part.unit) if part.unit else None},
        "dueDate": trade.due_date.isoformat() if trade.due_date else None,
        "message": trade.message,
    }
    shown = {name: value for name, value in payload.items() if value is not None}
    await enqueue(tx, event.downstream_operator_id, link_id, "trade.request", subject_of(trade.trade_id), shown)


async def cancelled(tx: Transaction, _: OperatorScope, event: TradeCancelled) -> None:
    """We withdraw what we asked a partner."""
    link_id = await _link(tx, event.downstream_operator_id, event.upstream_operator_id)
    if link_id is not None:
        payload = {"tradeId": str(event.trade_id)}
        subject = subject_of(event.trade_id)
        await enqueue(tx, event.downstream_operator_id, link_id, "trade.request.cancel", subject, payload)


async def _answer(tx: Transaction, event: TradeEvent) -> tuple[UUID, UUID] | None:
    """(link, the partner's own id of the request) when a partner asked us; None else."""
    link_id = await _link(tx, event.upstream_operator_id, event.downstream_operator_id)
    theirs = await store.theirs(tx, event.upstream_operator_id, TRADE, event.trade_id) if link_id else None
    return (link_id, theirs) if link_id and theirs else None


async def linked(tx: Transaction, _: OperatorScope, event: TradeLinked) -> None:
    """We say which of our parts a partner gets; its name and what is in it stay here."""
    found = await _answer(tx, event)
    if found is not None and event.upstream_trace_id is not None:
        await _tell_part(tx, event.upstream_operator_id, found[0], found[1], event.trade_id, event.upstream_trace_id)
        await tell_result(tx, event.upstream_operator_id, event.downstream_operator_id, event.trade_id)


async def many_linked(tx: Transaction, scope: OperatorScope, event: TradesLinked) -> None:
    """The same for many requests; most customers are no partners elsewhere."""
    pairs = list({(one.upstream_operator_id, one.downstream_operator_id) for one in event.links})
    partners = await store.links_of(tx, pairs)
    for one in event.links:
        if (one.upstream_operator_id, one.downstream_operator_id) in partners:
            await linked(tx, scope, one)


async def _tell_part(tx: Transaction, own: UUID, link_id: UUID, theirs: UUID, trade_id: UUID, part: UUID) -> None:
    """Which part it is, before anything is said about it; nothing when it was told already."""
    if await store.next_version(tx, own, RESPONSE, trade_id, str(part)) is None:
        return
    payload = {"tradeId": str(theirs), "decision": "accepted", "responderTraceId": str(part)}
    await enqueue(tx, own, link_id, "trade.response", subject_of(theirs), payload)


async def rejected(tx: Transaction, _: OperatorScope, event: TradeRejected) -> None:
    """We return a partner's request."""
    found = await _answer(tx, event)
    if found is not None:
        await store.next_version(tx, event.upstream_operator_id, RESPONSE, event.trade_id, "declined")
        trade = await _trade(tx, event.upstream_operator_id, event.trade_id)
        payload = {"tradeId": str(found[1]), "decision": "declined", "reason": trade.reply_message or ""}
        await enqueue(tx, event.upstream_operator_id, found[0], "trade.response", subject_of(found[1]), payload)


async def replied(tx: Transaction, _: OperatorScope, event: TradeReplied) -> None:
    """We write to a partner, and tell how far the tree behind its request has come."""
    found = await _answer(tx, event)
    if found is not None:
        trade = await _trade(tx, event.upstream_operator_id, event.trade_id)
        payload = {
            "tradeId": str(found[1]),
            "treeStatus": "TERMINATED" if trade.tree_terminated else "UNTERMINATED",
            "completedCount": trade.completed_count,
            "tradesCount": trade.trades_count,
            "replyMessage": trade.reply_message or "",
        }
        await enqueue(tx, event.upstream_operator_id, found[0], "trade.status", subject_of(found[1]), payload)


async def answers_changed(tx: Transaction, _: OperatorScope, event: AnswersChanged) -> None:
    """Totals that partners are answered with have moved."""
    pairs = [(one.upstream_operator_id, one.downstream_operator_id) for one in event.answers]
    links = await store.links_of(tx, pairs) if pairs else {}
    for one in event.answers:
        if (one.upstream_operator_id, one.downstream_operator_id) in links:
            await tell_result(tx, one.upstream_operator_id, one.downstream_operator_id, one.trade_id)


async def disclosed(tx: Transaction, _: OperatorScope, event: DisclosureChanged) -> None:
    """What a partner may read of a part has changed."""
    if await _link(tx, event.operator_id, event.to_operator_id) is None:
        return
    async with tx.across():
        owner = OperatorScope(event.operator_id, "system:federation")
        trades = await traceability.live_links_to(tx, owner, event.trace_id, event.to_operator_id)
    for trade in trades:
        await tell_result(tx, event.operator_id, event.to_operator_id, trade.trade_id)


async def many_disclosed(tx: Transaction, scope: OperatorScope, event: DisclosuresChanged) -> None:
    """The same for many parts; most readers are no partners elsewhere."""
    partners = await store.links_of(tx, list({(one.operator_id, one.to_operator_id) for one in event.many}))
    for one in event.many:
        if (one.operator_id, one.to_operator_id) in partners:
            await disclosed(tx, scope, one)


async def tell_result(tx: Transaction, own: UUID, partner: UUID, trade_id: UUID) -> None:
    """The present answer to a partner's request, as a version of its own; nothing when it is what was told last."""
    link_id = await _link(tx, own, partner)
    theirs = await store.theirs(tx, own, TRADE, trade_id) if link_id else None
    if link_id is None or theirs is None:
        return
    trade = await _trade(tx, own, trade_id)
    if trade.upstream_trace_id is None:
        return
    if trade.request_type is RequestType.DD:
        await _tell_dd(tx, own, partner, link_id, theirs, trade)
        return
    await _tell_part(tx, own, link_id, theirs, trade_id, trade.upstream_trace_id)
    async with tx.across():
        shadow = OperatorScope(partner, "system:federation")
        statements = await footprint.statements(tx, shadow, [trade.downstream_trace_id])
    figures = statements[0].answer if statements else None
    if figures is None:
        return
    told = {
        "tradeId": str(theirs),
        "responderTraceId": str(trade.upstream_trace_id),
        "pre": _text(figures.pre),
        "main": _text(figures.main),
        "unit": f"{UNIT_PREFIX}{statements[0].answer_unit or 'kilogram'}",
        "dqr": _rating(figures),
    }
    version = await store.next_version(tx, own, RESULT, trade_id, msgspec.json.encode(told).decode())
    if version is not None:
        await enqueue(tx, own, link_id, "result.cfp", subject_of(theirs), {**told, "version": version})


async def _tell_dd(tx: Transaction, own: UUID, partner: UUID, link_id: UUID, theirs: UUID, trade: Trade) -> None:
    """The present due-diligence answer: what the partner would be shown on this node, and nothing while it is closed."""
    if trade.upstream_trace_id is None:
        return
    await _tell_part(tx, own, link_id, theirs, trade.trade_id, trade.upstream_trace_id)
    async with tx.across():
        shadow = OperatorScope(partner, "system:federation")
        found = await diligence.shown(tx, shadow, [trade.downstream_trace_id])
    if not found or not found[0].answered:
        return
    told = {"tradeId": str(theirs), "result": dd_payload(found[0].response)}
    version = await store.next_version(tx, own, RESULT, trade.trade_id, msgspec.json.encode(told).decode())
    if version is not None:
        await enqueue(tx, own, link_id, "result.dd", subject_of(theirs), {**told, "version": version})


async def dd_answers_changed(tx: Transaction, _: OperatorScope, event: DdAnswersChanged) -> None:
    """Due-diligence answers to partners have changed."""
    pairs = [(one.upstream_operator_id, one.downstream_operator_id) for one in event.answers]
    links = await store.links_of(tx, pairs) if pairs else {}
    for one in event.answers:
        if (one.upstream_operator_id, one.downstream_operator_id) in links:
            await tell_result(tx, one.upstream_operator_id, one.downstream_operator_id, one.trade_id)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def _rating(figures: Figures) -> dict[str, Any] | None:
    sides = {"pre": figures.pre_quality, "main": figures.main_quality}
    told = {name: _side(quality) for name, quality in sides.items()}
    return told if any(one for side in told.values() for one in side.values()) else None


def _side(quality: Quality) -> dict[str, str | None]:
    return {"TeR": _text(quality.ter), "GeR": _text(quality.ger), "TiR": _text(quality.tir)}


reactions = {
    TradeRequested: [requested],
    TradeAmended: [requested],
    TradeCancelled: [cancelled],
    TradeLinked: [linked],
    TradesLinked: [many_linked],
    TradeRejected: [rejected],
    TradeReplied: [replied],
    AnswersChanged: [answers_changed],
    DdAnswersChanged: [dd_answers_changed],
    DisclosureChanged: [disclosed],
    DisclosuresChanged: [many_disclosed],
    DealingSettled: [handing.settled],
}
