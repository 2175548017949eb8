"""What partners' messages do here: the very use cases that a company of this node would call, as the partner's shadow."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from meguri.dataspaces.due_diligence import NotAResult, dd_result
from meguri.dataspaces.federation import shadows, store
from meguri.dataspaces.federation.store import Link
from meguri.dataspaces.federation.telling import RESPONSE, RESULT, TRADE
from meguri.diligence import service as diligence
from meguri.footprint import service as footprint
from meguri.footprint.model import UNIT_PREFIX, FootprintInput, Quality
from meguri.kernel.errors import NotFound
from meguri.kernel.scope import OperatorScope
from meguri.kernel.units import AmountUnit
from meguri.operators import service as operators
from meguri.storage import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.model import PartInput, RequestInput, RequestType, State, Trade

PART = "part"
UNSUPPORTED = "UNSUPPORTED_VALUE"
"""A value that this version does not know; such a message is judged again by the next one (see `receiving`)."""
KEPT = ("notification", "recall.open", "recall.close")
"""Types that take effect when a person accepts them: what law makes the responsible company's own act (see `deciding`)."""
HANDOVER = "passport.transfer"
"""Is receipted when our people have accepted or declined the passport, not before (see `handing`)."""


class Rejected(Exception):
    """The message is sound, but what it asks for cannot be; the receipt says why."""

    def __init__(self, code: str) -> None:
        """`code` of a fixed list."""
        super().__init__(code)
        self.code = code


async def apply(tx: Transaction, scope: OperatorScope, link: Link, kind: str, payload: dict[str, Any]) -> bool:
    """The effect of a message; False: it is kept for a person. `scope` is the partner's shadow. Raises Rejected."""
    if kind in KEPT:
        return False
    if kind == "ping":
        return True
    effects = {
        "trade.request": _request,
        "trade.request.cancel": _cancel,
        "trade.response": _response,
        "trade.status": _status,
        "result.cfp": _result,
        "result.dd": _dd_result,
        "result.withdraw": _withdrawn,
    }
    await effects[kind](tx, scope, link, payload)
    return True


def _id(payload: dict[str, Any], name: str) -> UUID:
    return UUID(payload[name])


async def _request(tx: Transaction, scope: OperatorScope, link: Link, said: dict[str, Any]) -> None:
    """A partner asks us, or changes what it asked."""
    if said["kind"] not in ("cfp", "dd"):
        raise Rejected(UNSUPPORTED)
    theirs = _id(said, "tradeId")
    due = date.fromisoformat(said["dueDate"]) if said.get("dueDate") else None
    known = await store.ours(tx, link.operator_id, link.link_id, TRADE, theirs)
    if known is not None:
        trade = await traceability.request_by_id(tx, scope, trade_id=known[0])
        await traceability.amend(
            tx, scope, trade.request_id, message=said.get("message"), due_date=due, trade_id=trade.trade_id
        )
        return
    trace_id = await _part(tx, scope, link, said["item"])
    asked = RequestInput(
        upstream_operator_id=link.operator_id,
        downstream_trace_id=trace_id,
        request_type=RequestType.CFP if said["kind"] == "cfp" else RequestType.DD,
        message=said.get("message"),
        due_date=due,
    )
    trade = await traceability.request(tx, scope, asked)
    await store.add_id(tx, link.operator_id, link.link_id, TRADE, theirs, trade.trade_id)
    await store.add_id(tx, link.operator_id, link.link_id, RESULT, theirs, trade.trade_id)
    await store.add_id(tx, link.operator_id, link.link_id, RESPONSE, theirs, trade.trade_id)


async def _part(tx: Transaction, scope: OperatorScope, link: Link, item: dict[str, Any]) -> UUID:
    """The partner's part here: its name and unit, nothing else of it."""
    theirs = UUID(item["traceId"])
    known = await store.ours(tx, link.operator_id, link.link_id, PART, theirs)
    if known is not None:
        return known[0]
    part = PartInput(
        plant_id=await shadows.plant_of(tx, scope),
        name=item["partsName"],
        support_name=str(theirs),
        unit=_unit(item.get("unit")),
        terminated=False,
    )
    made = await traceability.write_structure(tx, scope, part, [])
    await store.add_id(tx, link.operator_id, link.link_id, PART, theirs, made.parent.trace_id)
    return made.parent.trace_id


def _unit(text: Any) -> AmountUnit | None:
    if text is None:
        return None
    try:
        return AmountUnit(str(text))
    except ValueError:
        raise Rejected(UNSUPPORTED) from None


async def _cancel(tx: Transaction, scope: OperatorScope, link: Link, said: dict[str, Any]) -> None:
    known = await store.ours(tx, link.operator_id, link.link_id, TRADE, _id(said, "tradeId"))
    if known is None:
        return  # never asked here, or not any more
    try:
        trade = await traceability.request_by_id(tx, scope, trade_id=known[0])
    except NotFound:
        return
    await traceability.cancel(tx, scope, trade.request_id, trade_id=trade.trade_id)


async def _own_trade(tx: Transaction, scope: OperatorScope, trade_id: UUID) -> Trade:
    """Our request that a partner answers. Raises Rejected when it is withdrawn, or never was."""
    try:
        trade = await traceability.request_by_id(tx, scope, trade_id=trade_id)
    except NotFound:
        raise Rejected("TRADE_CANCELLED") from None
    if trade.state is State.CANCEL:
        raise Rejected("TRADE_CANCELLED")
    return trade


async def _response(tx: Transaction, scope: OperatorScope, link: Link, said: dict[str, Any]) -> None:
    trade = await _own_trade(tx, scope, _id(said, "tradeId"))
    if said["decision"] not in ("accepted", "declined"):
        raise Rejected(UNSUPPORTED)
    if said["decision"] == "declined":
        if trade.live:
            await traceability.reject(
                tx, scope, trade.request_id, trade_id=trade.trade_id, reply_message=said.get("reason") or None
            )
        return
    if said.get("responderTraceId") is None:
        raise Rejected(UNSUPPORTED)
    await traceability.link(tx, scope, trade.trade_id, await _supplied(tx, scope, link, trade, said))


async def _supplied(tx: Transaction, scope: OperatorScope, link: Link, trade: Trade, said: dict[str, Any]) -> UUID:
    """The partner's part that answers our request: an end of the chain here, for what is behind it stays with the partner."""
    theirs = _id(said, "responderTraceId")
    known = await store.ours(tx, link.operator_id, link.link_id, PART, theirs)
    if known is not None:
        return known[0]
    name = trade.requested_part.name if trade.requested_part else "—"
    part = PartInput(
        plant_id=await shadows.plant_of(tx, scope),
        name=name,
        support_name=str(theirs),
        unit=_unit(trade.requested_unit),
        terminated=True,
    )
    made = await traceability.write_structure(tx, scope, part, [])
    await store.add_id(tx, link.operator_id, link.link_id, PART, theirs, made.parent.trace_id)
    return made.parent.trace_id


async def _status(tx: Transaction, scope: OperatorScope, link: Link, said: dict[str, Any]) -> None:
    """What the partner wrote; the counts of its own tree are its own."""
    trade = await _own_trade(tx, scope, _id(said, "tradeId"))
    if (said.get("replyMessage") or None) != trade.reply_message:
        await traceability.reply(tx, scope, trade.request_id, said.get("replyMessage"))


async def _result(tx: Transaction, scope: OperatorScope, link: Link, said: dict[str, Any]) -> None:
    """A new version of an answer supersedes the one before; an old one is told so."""
    trade = await _own_trade(tx, scope, _id(said, "tradeId"))
    trace_id, dqr = await _newer(tx, link, trade, int(said["version"])), said.get("dqr") or {}
    shown = said["pre"] is not None and said["main"] is not None
    if shown:
        before = await footprint.footprint(tx, scope, trace_id)
        declared = FootprintInput(
            declared_unit=_declared(said["unit"]),
            pre_production=Decimal(said["pre"]),
            main_production=Decimal(said["main"]),
            pre_quality=_quality(dqr.get("pre"), said["pre"]),
            main_quality=_quality(dqr.get("main"), said["main"]),
        )
        await footprint.record(tx, scope, trace_id, declared, footprint_id=before.footprint_id if before else None)
    groups = {"TOTALCFP": shown, "TOTALDQR": shown and bool(dqr)}
    await operators.set_groups(tx, scope, trace_id, link.operator_id, groups, "federation")


def _declared(unit: str) -> AmountUnit:
    found = _unit(unit.removeprefix(UNIT_PREFIX))
    if found is None:
        raise Rejected(UNSUPPORTED)
    return found


def _quality(said: Any, figure: str) -> Quality:
    if not isinstance(said, dict) or not Decimal(figure):
        return Quality()
    ter, ger, tir = (Decimal(str(said[name])) if said.get(name) is not None else None for name in ("TeR", "GeR", "TiR"))
    return Quality(ter=ter, ger=ger, tir=tir)


async def _dd_result(tx: Transaction, scope: OperatorScope, link: Link, said: dict[str, Any]) -> None:
    """A due-diligence answer, or that it is closed; a new version supersedes the one before."""
    trade = await _own_trade(tx, scope, _id(said, "tradeId"))
    part = await _newer(tx, link, trade, int(said["version"]))
    if trade.request_type is not RequestType.DD:
        raise Rejected(UNSUPPORTED)
    if said["result"] is not None:
        try:
            result = dd_result(said["result"], part)
        except NotAResult:
            raise Rejected(UNSUPPORTED) from None
        await diligence.keep_result(tx, scope, result)
    await operators.set_groups(
        tx, scope, part, link.operator_id, {"DDRESULT": said["result"] is not None}, "federation"
    )


async def _withdrawn(tx: Transaction, scope: OperatorScope, link: Link, said: dict[str, Any]) -> None:
    """The partner takes its answer back: it is shown no longer; what it was stays in the history."""
    trade = await _own_trade(tx, scope, _id(said, "tradeId"))
    part = await _newer(tx, link, trade, int(said["version"]))
    groups = {"TOTALCFP": False, "TOTALDQR": False} if trade.request_type is RequestType.CFP else {"DDRESULT": False}
    await operators.set_groups(tx, scope, part, link.operator_id, groups, "federation: " + str(said["reason"])[:200])


async def _newer(tx: Transaction, link: Link, trade: Trade, version: int) -> UUID:
    """The part that answers, if this version is newer than what is known. Raises Rejected."""
    if trade.upstream_trace_id is None:
        raise Rejected(UNSUPPORTED)
    await store.add_id(tx, link.operator_id, link.link_id, RESULT, trade.trade_id, trade.trade_id)
    if not await store.raise_version(tx, link.operator_id, link.link_id, RESULT, trade.trade_id, version):
        raise Rejected("STALE_VERSION")
    return trade.upstream_trace_id
