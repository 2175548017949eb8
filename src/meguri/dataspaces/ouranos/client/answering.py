"""Bringing answers: which part answers, its figures as far as they are released, words, certificates; or the request's return."""

from uuid import UUID

import msgspec

from meguri.dataspaces.ouranos.client import shaping, store
from meguri.dataspaces.ouranos.client.bringing import Bringer, record
from meguri.dataspaces.ouranos.client.effects import live_trades
from meguri.dataspaces.ouranos.client.figures import figures_of
from meguri.dataspaces.ouranos.client.model import Pair, System
from meguri.dataspaces.ouranos.client.way import certificates
from meguri.kernel.errors import NotFound
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.storage import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.model import Side, State, Trade

GROUPS = ("TOTALCFP", "TOTALDQR", "CERTIFICATE")


class Told(msgspec.Struct, kw_only=True):
    """What the system holds of an answer of ours."""

    state: str = "NOT_COMPLETED"
    part: str | None = None
    groups: list[str] | None = None
    reply: str | None = None


async def bring_answer(bringer: Bringer) -> None:
    """Our answer to a request of a company of the system, as it stands here. Raises Said, NotYet and what the wire raises."""
    trade = await bringer.run(_trade, bringer.task.ours)
    known = await bringer.pair("trade", bringer.task.ours)
    if trade is None or known is None or trade.side is not Side.UP:
        return  # withdrawn meanwhile
    request = await bringer.pair("request", trade.request_id)
    if request is None:
        return
    told = msgspec.json.decode(known.told, type=Told) if known.told else Told()
    if trade.state is State.REJECT:
        await _return(bringer, trade, known, request, told)
    elif trade.upstream_trace_id is not None:
        await _link(bringer, trade, known, trade.upstream_trace_id, told)
    if trade.live and bringer.foreign.has_north and trade.reply_message != told.reply:
        await bringer.foreign.reply(request.theirs, trade.reply_message)
        told.reply = trade.reply_message
    await bringer.tell("trade", trade.trade_id, record(told))


async def _return(bringer: Bringer, trade: Trade, known: Pair, request: Pair, told: Told) -> None:
    if told.state == "REJECT":
        return
    there = await bringer.foreign.status(request.theirs)
    if there is not None and there.state != "REJECT":
        body = shaping.status_body(known.theirs, request.theirs, "REJECT", there.request_type, trade.reply_message)
        await bringer.done(await bringer.foreign.put_status(body, bringer.key))
    told.state, told.reply = "REJECT", trade.reply_message


async def _link(bringer: Bringer, trade: Trade, known: Pair, part: UUID, told: Told) -> None:
    theirs = await bringer.part(part)
    customer = await bringer.pair("operator", trade.partner_id)
    if theirs is None or customer is None:
        return
    if told.part != str(theirs):
        await bringer.done(await bringer.foreign.put_response(known.theirs, theirs, bringer.key))
        told.part, told.groups = str(theirs), None
        await bringer.tell("trade", trade.trade_id, record(told))
    groups = await bringer.run(_released, trade.partner_id, part)
    if bringer.foreign.has_north and told.groups != sorted(groups):
        await bringer.foreign.release(theirs, customer.theirs, {name: name in groups for name in GROUPS})
        told.groups = sorted(groups)
        await bringer.tell("trade", trade.trade_id, record(told))
    await bring_footprint(bringer, part)


async def bring_footprint(bringer: Bringer, part: UUID) -> None:
    """The figures of a part, and its certificates: where customers may read them, or for the company's own eyes there."""
    there = await bringer.pair("part", part)
    if there is None or not await bringer.run(_may_go, bringer.system, bringer.foreign.has_north, part):
        return
    figures = await bringer.run(figures_of, bringer.system, part)
    if figures is not None:
        before = await bringer.pair("footprint", part)
        compared = record(shaping.cfp_rows(figures, there.theirs, None))
        if before is None or before.told != compared:
            rows = await bringer.foreign.cfp([there.theirs])
            present = next((row.cfp_id for row in rows if row.cfp_id), None)
            kept, track = await bringer.foreign.put_cfp(shaping.cfp_rows(figures, there.theirs, present), bringer.key)
            await bringer.keep("footprint", kept or present or there.theirs, part)
            await bringer.done(track)
            await bringer.tell("footprint", part, compared)
    if bringer.foreign.has_north:
        await _certificates(bringer, part, there.theirs)


async def _certificates(bringer: Bringer, part: UUID, theirs: UUID) -> None:
    """Files that are not there yet; one of the same name is the same."""
    desk = certificates(bringer.db)
    here = await bringer.run(desk.of_part, part)
    own = [one for one in (here.files if here else None) or [] if one.operator_id == bringer.scope.operator_id]
    known = await bringer.run(_pairs, bringer.system, [one.file_id for one in own])
    new = [one for one in own if one.file_id not in known]
    if not new:
        return
    found = await bringer.foreign.certification(theirs)
    there = {file.file_name: file.file_id for one in found for file in one.cfp_certification_file_info or []}
    for one in new:
        file_id = there.get(one.file_name)
        if file_id is None:
            address = await bringer.run(desk.offer, one.operator_id, one.file_id, None)
            file = await desk.fetch(address.token)
            content = b"".join([piece async for piece in file.chunks])
            file_id = await bringer.foreign.upload(theirs, one.file_name, content, file.media_type)
        await bringer.keep("file", file_id, one.file_id)


async def _trade(tx: Transaction, scope: OperatorScope, trade_id: UUID) -> Trade | None:
    try:
        return await traceability.request_by_id(tx, scope, trade_id=trade_id)
    except NotFound:
        return None


async def _released(tx: Transaction, scope: OperatorScope, partner: UUID, part: UUID) -> frozenset[str]:
    where = (scope.operator_id, part)
    return frozenset((await operators.released_to(tx, partner, [where]))[where])


async def _may_go(tx: Transaction, scope: OperatorScope, system: System, has_north: bool, part: UUID) -> bool:
    """Nothing goes before somebody may read it there: without the system's own disclosure, all its customers must be allowed to."""
    trades = await _customers(tx, scope, system, part)
    if not trades:
        return system.share_structures
    open_ = [("TOTALCFP" in await _released(tx, scope, trade.partner_id, part)) for trade in trades]
    return any(open_) if has_north else all(open_)


async def _customers(tx: Transaction, scope: OperatorScope, system: System, part: UUID) -> list[Trade]:
    """Live requests of companies of the system that this part answers."""
    known = {pair.ours for pair in await store.pairs(tx, system, "trade")}
    trades = await live_trades(tx, scope, Side.UP) if known else []
    return [trade for trade in trades if trade.trade_id in known and trade.upstream_trace_id == part]


async def _pairs(tx: Transaction, scope: OperatorScope, system: System, ours: list[UUID]) -> dict[UUID, Pair]:
    return await store.by_ours(tx, system, "file", ours)
