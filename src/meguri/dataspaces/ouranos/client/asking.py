"""Bringing requests: made there once, amended, withdrawn."""

from datetime import timedelta
from uuid import UUID

import msgspec

from meguri.dataspaces.ouranos.client import foreign, shaping, store
from meguri.dataspaces.ouranos.client.bringing import Bringer, NotYet, record
from meguri.dataspaces.ouranos.client.model import Pair, System, Task
from meguri.dataspaces.ouranos.client.rules import limits
from meguri.dataspaces.ouranos.client.wire import Said
from meguri.kernel import clock
from meguri.kernel.errors import NotFound
from meguri.kernel.scope import OperatorScope
from meguri.storage import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.model import RequestType, State, Trade


async def bring_request(bringer: Bringer) -> None:
    """A request of ours as it stands here. Raises Said, NotYet and what the wire raises."""
    trade = await bringer.run(_trade, bringer.task.ours)
    known = await bringer.pair("trade", bringer.task.ours)
    if trade is None or trade.state is State.CANCEL:
        await _withdraw(bringer, known)
    elif known is None:
        await _make(bringer, trade)
    elif trade.state is State.NOT_COMPLETED:
        await _amend(bringer, trade, known)


async def _make(bringer: Bringer, trade: Trade) -> None:
    if trade.request_type is not RequestType.CFP or not trade.live:
        return  # the public system knows requests for footprints only
    partner = await bringer.pair("operator", trade.partner_id)
    part = await bringer.part(trade.downstream_trace_id)
    if partner is None or part is None:
        return
    words = shaping.words_of(trade, limits().due_days)
    there = await _there(bringer, part, partner.theirs)
    if there is None:
        sent_at = bringer.task.sent_at
        if sent_at is not None and clock.now() - sent_at < timedelta(seconds=limits().settle_s):
            raise NotYet(2)  # it was sent, and may still show up
        await bringer.run(_sent, bringer.task, part, partner.theirs)
        body = shaping.request_body(
            bringer.system.foreign_operator_id, partner.theirs, part, trade.request_type.value, words, None
        )
        made, track = await bringer.foreign.put_request(body, bringer.key)
        await bringer.run(_keep, bringer.system, trade, made.trade_model.trade_id, made.status_model.status_id)
        await bringer.done(track)
    else:
        await bringer.run(_keep, bringer.system, trade, there.trade_id, there.status_id)
        words = (there.message, there.due.isoformat() if there.due else "")
    await bringer.tell("trade", trade.trade_id, record(words))


async def _there(bringer: Bringer, part: UUID, partner: UUID) -> foreign.Status | None:
    """The live request on a part that is in the system and not known here yet: it is ours. Raises Said if it asks another."""
    trades = await bringer.foreign.requests([part])
    known = await bringer.run(_known, bringer.system, [one.trade_id for one in trades])
    new = {one.trade_id: one for one in trades if one.trade_id not in known}
    if not new:
        return None
    for status in await bringer.foreign.statuses_of(part):
        if status.trade_id in new and status.state in ("NOT_COMPLETED", "COMPLETED"):
            if new[status.trade_id].upstream_operator_id != partner:
                raise Said(409, "ASKED_ANOTHER", "この部品は外部システムで別の会社に依頼されています。")
            return status
    return None


async def _amend(bringer: Bringer, trade: Trade, known: Pair) -> None:
    words = shaping.words_of(trade, limits().due_days)
    if known.told == record(words):
        return
    partner = await bringer.pair("operator", trade.partner_id)
    part = await bringer.pair("part", trade.downstream_trace_id)
    request = await bringer.pair("request", trade.request_id)
    if partner is None or part is None or request is None:
        return
    body = shaping.request_body(
        bringer.system.foreign_operator_id,
        partner.theirs,
        part.theirs,
        trade.request_type.value,
        words,
        (known.theirs, request.theirs),
    )
    _, track = await bringer.foreign.put_request(body, bringer.key)
    await bringer.done(track)
    await bringer.tell("trade", trade.trade_id, record(words))


async def _withdraw(bringer: Bringer, known: Pair | None) -> None:
    """Withdrawn here: so also there, even if we never learnt that it had been made."""
    statuses = await bringer.foreign.statuses() if known or bringer.task.sent_at else []
    if known is None:
        known = await _lost(bringer, statuses)
    there = next((one for one in statuses if known and one.trade_id == known.theirs), None)
    if there is not None:
        body = shaping.status_body(there.trade_id, there.status_id, "CANCEL", there.request_type)
        await bringer.done(await bringer.foreign.put_status(body, bringer.key))
    if known is not None:
        await bringer.run(_drop, bringer.system, known)


async def _lost(bringer: Bringer, statuses: list[foreign.Status]) -> Pair | None:
    """The request that was sent and whose answer was lost, found by its part and supplier."""
    if bringer.task.detail is None:
        return None
    part, partner = (UUID(one) for one in bringer.task.detail.split())
    trades = await bringer.foreign.requests([part])
    known = await bringer.run(_known, bringer.system, [one.trade_id for one in trades])
    live = {one.trade_id for one in statuses if one.state != "REJECT"}
    for one in trades:
        if one.trade_id not in known and one.trade_id in live and one.upstream_operator_id == partner:
            return Pair(theirs=one.trade_id, ours=bringer.task.ours, told=None)
    return None


async def _trade(tx: Transaction, scope: OperatorScope, trade_id: UUID) -> Trade | None:
    try:
        return await traceability.request_by_id(tx, scope, trade_id=trade_id)
    except NotFound:
        return None


async def _known(tx: Transaction, scope: OperatorScope, system: System, theirs: list[UUID]) -> set[UUID]:
    return set(await store.by_theirs(tx, system, "trade", theirs))


async def _sent(tx: Transaction, scope: OperatorScope, task: Task, part: UUID, partner: UUID) -> None:
    await store.sent(tx, task, f"{part} {partner}")


async def _keep(
    tx: Transaction, scope: OperatorScope, system: System, trade: Trade, trade_id: UUID, status_id: UUID
) -> None:
    await store.add_id(tx, system, "trade", trade_id, trade.trade_id)
    await store.add_id(tx, system, "request", status_id, trade.request_id)


async def _drop(tx: Transaction, scope: OperatorScope, system: System, known: Pair) -> None:
    await store.drop_id(tx, system, "trade", known.ours)


def decoded(told: str | None) -> object:
    """What was kept in `told`."""
    return msgspec.json.decode(told) if told else None
