"""Asking for due diligence over the trade tree, with what is wanted of the answer."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from meguri.diligence.errors import NothingFound, RequestExists
from meguri.diligence.service import records
from meguri.diligence.service.spreading import DD
from meguri.diligence.taxonomy import check_word
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.errors import AlreadyRequested
from meguri.traceability.model import RequestInput, RequestType, Side, State, Trade


class WantedInput(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer shall cover: questionnaire, materials, period, and whether results alone or the chain as well."""

    template_id: str = "MEGURI-DD-1"
    template_version: str = "1"
    materials: list[str] = []
    period_from: date | None = None
    period_to: date | None = None
    detail: Literal["RESULT", "CHAIN"] = "RESULT"


class AskInput(msgspec.Struct, frozen=True, kw_only=True):
    """A request to a supplier about one purchased part."""

    upstream_operator_id: UUID
    downstream_trace_id: UUID
    message: Annotated[str, msgspec.Meta(max_length=1000)] | None = None
    due_date: date | None = None
    scope: WantedInput = msgspec.field(default_factory=WantedInput)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request as one of its sides sees it, with the other side's name; what is wanted is shown to the asker."""

    trade: Trade
    partner: str
    part: str
    wanted: WantedInput | None = None


async def ask(tx: Transaction, scope: OperatorScope, said: AskInput) -> Asked:
    """Asks a supplier. Raises RequestExists, UnknownWord, and what `traceability.request` raises."""
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
    await records.add(tx, scope, "wanted", said.scope, subject_id=trade.trade_id)
    return (await _shown(tx, scope, [trade]))[0]


async def ask_the_same_supplier(tx: Transaction, scope: OperatorScope, trace_id: UUID, due_date: date | None) -> Asked:
    """Asks whoever is asked for the part's footprint. Raises NothingFound where nobody is, RequestExists."""
    known = await traceability.trades_on_parts(tx, scope, [trace_id], RequestType.CFP)
    if trace_id not in known:
        raise NothingFound
    return await ask(
        tx, scope, AskInput(upstream_operator_id=known[trace_id][1], downstream_trace_id=trace_id, due_date=due_date)
    )


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
    """Due-diligence requests of one side, newest first."""
    found, _ = await traceability.list_requests(
        tx, scope, limit=limit, side=side, request_types=(DD,), after_request_id=after
    )
    return await _shown(tx, scope, found)


async def waiting(tx: Transaction, scope: OperatorScope) -> list[Asked]:
    """Requests that wait for an answer of one's own."""
    return [one for one in await listed(tx, scope, Side.UP) if one.trade.state is State.NOT_COMPLETED]


async def _shown(tx: Transaction, scope: OperatorScope, trades: list[Trade]) -> list[Asked]:
    names = await operators.names_of(tx, scope, [trade.partner_id for trade in trades])
    own = [trade.downstream_trace_id for trade in trades if trade.side is Side.DOWN]
    parts = await traceability.parts_by_id(tx, scope, own) if own else {}
    found = []
    for trade in trades:
        wanted = await records.listed(tx, scope, "wanted", WantedInput, subject_id=trade.trade_id, limit=1)
        part = parts.get(trade.downstream_trace_id)
        name = part.name if part else trade.requested_part.name if trade.requested_part else ""
        partner = names.get(trade.partner_id, "")
        found.append(Asked(trade=trade, partner=partner, part=name, wanted=wanted[0].content if wanted else None))
    return found
