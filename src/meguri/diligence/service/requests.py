"""Asking for due diligence over the trade tree, with what is wanted of the answer."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from meguri.diligence.errors import NothingFound, RequestExists
from meguri.diligence.service import records
from meguri.diligence.service.spreading import DD
from meguri.diligence.taxonomy import check_word
from meguri.kernel.scope import OperatorScope, Role
from meguri.operators import service as operators
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.errors import AlreadyRequested, UnknownRequest
from meguri.traceability.model import RequestInput, RequestType, Side, State, Trade

Forwarding = Literal["none", "anonymous", "named"]


class WantedInput(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer shall cover: questionnaire, materials, period, and whether results alone or the chain as well.

    forwarding  what the asker consents to: the supplier may not ask its own suppliers on the asker's behalf (`none`), may
                with the same scope and without naming the asker (`anonymous`), or may name it as well (`named`)
    """

    template_id: str = "MEGURI-DD-1"
    template_version: str = "1"
    materials: list[str] = []
    period_from: date | None = None
    period_to: date | None = None
    detail: Literal["RESULT", "CHAIN"] = "RESULT"
    forwarding: Forwarding = "none"


class Wanted(WantedInput, frozen=True, kw_only=True):
    """What is wanted as both sides keep it.

    on_behalf     the asker passes on what a customer of its own asks
    on_behalf_of  that customer's name, if it consents to be named
    """

    on_behalf: bool = False
    on_behalf_of: str | None = None


class AskInput(msgspec.Struct, frozen=True, kw_only=True):
    """A request to a supplier about one purchased part."""

    upstream_operator_id: UUID
    downstream_trace_id: UUID
    message: Annotated[str, msgspec.Meta(max_length=1000)] | None = None
    due_date: date | None = None
    scope: WantedInput = msgspec.field(default_factory=WantedInput)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request as one of its sides sees it, with the other side's name and what is wanted.

    wanted        None where the asker did not say (its system has no word for it)
    forwarded_on  when the supplier passed it on to suppliers of its own; how many is told by the counters alone
    """

    trade: Trade
    partner: str
    part: str
    wanted: Wanted | None = None
    forwarded_on: date | None = None


class ForwardedNote(msgspec.Struct, frozen=True, kw_only=True):
    """On the asker's side: the supplier passed the request on. Nothing about to whom, or to how many."""

    on: date


async def ask(
    tx: Transaction, scope: OperatorScope, said: AskInput, *, on_behalf: bool = False, on_behalf_of: str | None = None
) -> Asked:
    """Asks a supplier. Raises RequestExists, UnknownWord, and what `traceability.request` raises.

    on_behalf, on_behalf_of  see `Wanted`; only `forwarding` says so
    """
    for material in said.scope.materials:
        check_word("materials", material)
    wanted = RequestInput(
        upstream_operator_id=said.upstream_operator_id,
        downstream_trace_id=said.downstream_trace_id,
        request_type=DD,
        message=said.message,
        due_date=said.due_date,
    )
    try:
        trade = await traceability.request(tx, scope, wanted)
    except AlreadyRequested as refusal:
        raise RequestExists from refusal
    fields = {name: getattr(said.scope, name) for name in WantedInput.__struct_fields__}
    both = Wanted(**fields, on_behalf=on_behalf, on_behalf_of=on_behalf_of)
    await records.add(tx, scope, "wanted", both, subject_id=trade.trade_id)
    async with tx.across():  # the supplier's half
        await records.add(tx, half_of(scope, trade.partner_id), "wanted", both, subject_id=trade.trade_id)
    return (await _shown(tx, scope, [trade]))[0]


def half_of(scope: OperatorScope, operator_id: UUID) -> OperatorScope:
    """For writing the other side's half of what both keep."""
    return OperatorScope(operator_id, scope.actor, Role.EDITOR)


async def one(tx: Transaction, scope: OperatorScope, request_id: UUID) -> Asked:
    """One request for due diligence, sent or received. Raises UnknownRequest."""
    trade = await traceability.request_by_id(tx, scope, request_id=request_id)
    if trade.request_type is not DD:
        raise UnknownRequest
    return (await _shown(tx, scope, [trade]))[0]


async def supplier_of_footprint(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> UUID:
    """Whoever is asked for the part's footprint. Raises NothingFound where nobody is."""
    known = await traceability.trades_on_parts(tx, scope, [trace_id], RequestType.CFP)
    if trace_id not in known:
        raise NothingFound
    return known[trace_id][1]


async def answer_with_the_same_part(tx: Transaction, scope: OperatorScope, request_id: UUID) -> Trade:
    """Links the part that answers the same customer's footprint request about its part. Raises NothingFound."""
    trade = await traceability.request_by_id(tx, scope, request_id=request_id)
    others, _ = await traceability.list_requests(
        tx, scope, limit=100, side=Side.UP, trace_ids=[trade.downstream_trace_id], request_types=(RequestType.CFP,)
    )
    part = next((one.upstream_trace_id for one in others if one.live and one.upstream_trace_id), None)
    if part is None:
        raise NothingFound
    return await traceability.link(tx, scope, trade.trade_id, part)


async def listed(
    tx: Transaction, scope: OperatorScope, side: Side, *, after: UUID | None = None, limit: int = 100
) -> list[Asked]:
    """Due-diligence requests of one side, newest first; `after`: the first one wanted."""
    return (await listed_page(tx, scope, side, after=after, limit=limit))[0]


async def listed_page(
    tx: Transaction, scope: OperatorScope, side: Side, *, after: UUID | None = None, limit: int = 100
) -> tuple[list[Asked], UUID | None]:
    """The same, with the first request of the next page."""
    found, rest = await traceability.list_requests(
        tx, scope, limit=limit, side=side, request_types=(DD,), after_request_id=after
    )
    return await _shown(tx, scope, found), rest.request_id if rest else None


async def waiting(tx: Transaction, scope: OperatorScope) -> list[Asked]:
    """Requests that wait for an answer of one's own, the first due first."""
    found, _ = await traceability.list_requests(
        tx, scope, limit=100, side=Side.UP, request_types=(DD,), states=(State.NOT_COMPLETED,)
    )
    return await _shown(tx, scope, sorted(found, key=lambda one: one.due_date or date.max))


async def _shown(tx: Transaction, scope: OperatorScope, trades: list[Trade]) -> list[Asked]:
    names = await operators.names_of(tx, scope, [trade.partner_id for trade in trades])
    own = [trade.downstream_trace_id for trade in trades if trade.side is Side.DOWN]
    parts = await traceability.parts_by_id(tx, scope, own) if own else {}
    ids = [trade.trade_id for trade in trades]
    wanted = await records.latest_about(tx, scope, "wanted", Wanted, ids)
    noted = await records.latest_about(tx, scope, "forwarded_note", ForwardedNote, ids)
    found = []
    for trade in trades:
        said, note = wanted.get(trade.trade_id), noted.get(trade.trade_id)
        part = parts.get(trade.downstream_trace_id)
        name = part.name if part else trade.requested_part.name if trade.requested_part else ""
        partner = names.get(trade.partner_id, "")
        found.append(
            Asked(
                trade=trade,
                partner=partner,
                part=name,
                wanted=said.content if said else None,
                forwarded_on=note.content.on if note and trade.side is Side.DOWN else None,
            )
        )
    return found
