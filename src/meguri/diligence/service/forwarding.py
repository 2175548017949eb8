"""Passing a customer's request on to one's own suppliers, with the customer's consent.

Each request that goes on is one's own: it is answered to oneself, and only totals reach the customer. The customer's
questionnaire, materials and period go along; its words do not, and its name only if it consents to that as well. The
customer reads that its request was passed on, not to whom.
"""

from datetime import date, timedelta
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from meguri.diligence.errors import (
    ForwardingNotAllowed,
    ForwardingNothing,
    ForwardingTooLate,
    NoTemplate,
    TemplatePublished,
)
from meguri.diligence.questionnaire import Template
from meguri.diligence.service import records, requests, responses
from meguri.diligence.service.requests import Asked, AskInput, ForwardedNote, Forwarding, Wanted, WantedInput, half_of
from meguri.diligence.service.spreading import DD
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.errors import WrongSide
from meguri.traceability.model import RequestType, Side, State, Trade

LEAD_DAYS = 7  # for gathering what suppliers answer before one's own due date
MOST_PARTS = 2000  # within one part; what lies deeper is asked for part by part

Line = Literal["ready", "asked", "answered", "returned", "guest", "no_supplier", "customer"]


class ForwardLine(msgspec.Struct, frozen=True, kw_only=True):
    """One purchased part within the part that answers.

    state  `ready`: its supplier can be asked
           `asked`, `answered`, `returned`: a request of one's own says so
           `guest`: its supplier has no account and needs a link
           `no_supplier`: nobody with an account is asked for its footprint
           `customer`: it is bought from the customer itself
    """

    trace_id: UUID
    name: str
    state: Line
    supplier_id: UUID | None = None
    supplier: str = ""
    request_id: UUID | None = None
    passed_on: bool = False


class ForwardPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What passing a request on would do.

    consent   the customer's (see `WantedInput.forwarding`)
    customer  the customer's name as suppliers would read it; None: it is not named
    due_date  proposed for suppliers
    """

    asked: Asked
    consent: Forwarding
    customer: str | None
    due_date: date | None
    lines: list[ForwardLine]


class ForwardInput(msgspec.Struct, frozen=True, kw_only=True):
    """What to pass on: for which purchased parts (none named: all that are `ready`), until when, in which words.

    name_customer  tell suppliers on whose behalf, where the customer consents to be named
    """

    trace_ids: list[UUID] | None = None
    due_date: date | None = None
    message: Annotated[str, msgspec.Meta(max_length=1000)] | None = None
    name_customer: bool = False


class ForwardedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One request of one's own that passes another one on."""

    trade_id: UUID
    trace_id: UUID
    upstream_operator_id: UUID


class ForwardedBody(msgspec.Struct, frozen=True, kw_only=True):
    """On one's own side alone: what a received request (the record's subject) was passed on as."""

    requests: list[ForwardedRequest]


class PassedOn(msgspec.Struct, frozen=True, kw_only=True):
    """A received request that is passed on to a supplier without an account, and whether its customer is named."""

    request_id: UUID
    name_customer: bool = False


class ConsentInput(msgspec.Struct, frozen=True, kw_only=True):
    """What the asker consents to from now on."""

    forwarding: Forwarding


async def plan(tx: Transaction, scope: OperatorScope, request_id: UUID) -> ForwardPlan:
    """What passing on a received request would do. Raises UnknownRequest, WrongSide."""
    asked = await requests.one(tx, scope, request_id)
    if asked.trade.side is not Side.UP:
        raise WrongSide
    consent = asked.wanted.forwarding if asked.wanted else "none"
    return ForwardPlan(
        asked=asked,
        consent=consent,
        customer=_named(asked) if consent == "named" else None,
        due_date=_proposed_due(asked.trade.due_date),
        lines=await _lines(tx, scope, asked.trade),
    )


def _named(asked: Asked) -> str | None:
    """Who stands behind: whom the customer itself asks for, if that one is named, else the customer."""
    if asked.wanted is not None and asked.wanted.on_behalf:
        return asked.wanted.on_behalf_of
    return asked.partner or None


def _proposed_due(due: date | None) -> date | None:
    if due is None:
        return None
    return max(due - timedelta(days=LEAD_DAYS), min(due, clock.today() + timedelta(days=1)))


async def _lines(tx: Transaction, scope: OperatorScope, trade: Trade) -> list[ForwardLine]:
    bought = await _bought_in(tx, scope, trade.upstream_trace_id) if trade.upstream_trace_id else []
    if not bought:
        return []
    parts = await traceability.parts_by_id(tx, scope, bought)
    suppliers = await traceability.trades_on_parts(tx, scope, bought, RequestType.CFP)
    own, _ = await traceability.list_requests(
        tx, scope, limit=len(bought) + 100, side=Side.DOWN, request_types=(DD,), trace_ids=bought
    )
    latest: dict[UUID, Trade] = {}
    for one in own:  # newest first
        latest.setdefault(one.downstream_trace_id, one)
    told = {suppliers[part][1] for part in suppliers} | {one.partner_id for one in latest.values()}
    names = await operators.names_of(tx, scope, told)
    guests = await operators.guests_among(tx, scope, told)
    passed = {one.trade_id for one in await _passed_on(tx, scope, trade.trade_id)}
    lines = []
    for part in sorted(bought, key=lambda one: parts[one].name):
        asked = latest.get(part)
        supplier = asked.partner_id if asked else suppliers[part][1] if part in suppliers else None
        lines.append(
            ForwardLine(
                trace_id=part,
                name=parts[part].name,
                state=_state(asked, supplier, trade.partner_id, guests),
                supplier_id=supplier,
                supplier=names.get(supplier, "") if supplier else "",
                request_id=asked.request_id if asked else None,
                passed_on=asked is not None and asked.trade_id in passed,
            )
        )
    return lines


def _state(asked: Trade | None, supplier: UUID | None, customer: UUID, guests: set[UUID]) -> Line:
    if asked is not None:
        if asked.state is State.REJECT:
            return "returned"
        return "answered" if asked.state is State.COMPLETED else "asked"
    if supplier is None:
        return "no_supplier"
    if supplier in guests:
        return "guest"
    return "customer" if supplier == customer else "ready"


async def _bought_in(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> list[UUID]:
    """The purchased parts within a part, at any depth; the part itself if it is bought as it is."""
    seen, level = {trace_id}, {trace_id}
    while level and len(seen) <= MOST_PARTS:
        below = await traceability.structure_links(tx, scope, level)
        level = {child for children in below.values() for child, _ in children} - seen
        seen |= level
    kinds = await traceability.kinds_of(tx, scope, sorted(seen), DD)
    return [one for one, kind in kinds.items() if kind.purchased and not (one == trace_id and kind.is_parent)]


async def _passed_on(tx: Transaction, scope: OperatorScope, trade_id: UUID) -> list[ForwardedRequest]:
    kept = await records.listed(tx, scope, "forwarded", ForwardedBody, subject_id=trade_id)
    return [one for record in kept for one in record.content.requests]


async def forward(tx: Transaction, scope: OperatorScope, request_id: UUID, said: ForwardInput) -> ForwardPlan:
    """Passes a received request on to the suppliers of what is bought for it; says how it stands then.

    Raises UnknownRequest, WrongSide, ForwardingNotAllowed, ForwardingNothing, ForwardingTooLate, and what `ask` raises.
    """
    found = await plan(tx, scope, request_id)
    trade = found.asked.trade
    _check(found, said.due_date, name_customer=said.name_customer)
    ready = {one.trace_id: one.supplier_id for one in found.lines if one.state == "ready" and one.supplier_id}
    chosen = list(ready) if said.trace_ids is None else list(dict.fromkeys(said.trace_ids))
    if not chosen or any(part not in ready for part in chosen):
        raise ForwardingNothing
    scoped = await scope_for_suppliers(tx, scope, found, named=said.name_customer)
    await traceability.lock_downstream(tx, scope, *((scope.operator_id, part) for part in chosen))
    customer = found.customer if said.name_customer else None
    made = []
    for part in chosen:
        question = AskInput(
            upstream_operator_id=ready[part],
            downstream_trace_id=part,
            message=said.message,
            due_date=said.due_date or found.due_date,
            scope=scoped,
        )
        asked = await requests.ask(tx, scope, question, on_behalf=True, on_behalf_of=customer)
        made.append(ForwardedRequest(trade_id=asked.trade.trade_id, trace_id=part, upstream_operator_id=ready[part]))
    await note(tx, scope, trade, made)
    return await plan(tx, scope, request_id)


async def scope_for_guest(
    tx: Transaction, scope: OperatorScope, passed_on: PassedOn, due_date: date | None
) -> WantedInput:
    """What a supplier without an account is asked. Raises UnknownRequest, WrongSide, ForwardingNotAllowed, ForwardingTooLate."""
    found = await plan(tx, scope, passed_on.request_id)
    _check(found, due_date, name_customer=passed_on.name_customer)
    return await scope_for_suppliers(tx, scope, found, named=passed_on.name_customer)


async def ask_guest(tx: Transaction, scope: OperatorScope, passed_on: PassedOn, question: AskInput) -> Trade:
    """Asks a supplier without an account on the customer's behalf. Raises ForwardingNothing and what `forward` raises."""
    found = await plan(tx, scope, passed_on.request_id)
    _check(found, question.due_date, name_customer=passed_on.name_customer)
    part = question.downstream_trace_id
    if all(one.trace_id != part or one.state not in ("no_supplier", "guest") for one in found.lines):
        raise ForwardingNothing
    customer = found.customer if passed_on.name_customer else None
    trade = (await requests.ask(tx, scope, question, on_behalf=True, on_behalf_of=customer)).trade
    made = ForwardedRequest(trade_id=trade.trade_id, trace_id=part, upstream_operator_id=trade.partner_id)
    await note(tx, scope, found.asked.trade, [made])
    return trade


def _check(found: ForwardPlan, due_date: date | None, *, name_customer: bool) -> None:
    trade = found.asked.trade
    if found.consent == "none" or not trade.live or (name_customer and found.customer is None):
        raise ForwardingNotAllowed
    if trade.due_date is not None and due_date is not None and due_date > trade.due_date:
        raise ForwardingTooLate(due=trade.due_date)


async def scope_for_suppliers(tx: Transaction, scope: OperatorScope, found: ForwardPlan, *, named: bool) -> WantedInput:
    """The customer's scope as suppliers get it; its questionnaire becomes one of our own, so that both can open it."""
    wanted = found.asked.wanted or Wanted()
    fields = {name: getattr(wanted, name) for name in WantedInput.__struct_fields__}
    try:
        await adopt(tx, scope, found.asked.trade.request_id)
    except (NoTemplate, TemplatePublished):  # suppliers could not open it: they get the questionnaire that all have
        del fields["template_id"], fields["template_version"]
    return WantedInput(**{**fields, "forwarding": "named" if named else "anonymous"})


async def note(tx: Transaction, scope: OperatorScope, trade: Trade, made: list[ForwardedRequest]) -> None:
    """Keeps what a request was passed on as; the customer reads that it was."""
    await records.add(tx, scope, "forwarded", ForwardedBody(requests=made), subject_id=trade.trade_id)
    async with tx.across():  # the customer's half
        customer = half_of(scope, trade.partner_id)
        if not await records.listed(tx, customer, "forwarded_note", ForwardedNote, subject_id=trade.trade_id, limit=1):
            said = ForwardedNote(on=clock.today())
            await records.add(tx, customer, "forwarded_note", said, subject_id=trade.trade_id)


async def consent(tx: Transaction, scope: OperatorScope, request_id: UUID, said: ConsentInput) -> Asked:
    """The asker changes what it consents to. What went on already stays; a name that it takes back is taken out of it.

    Raises UnknownRequest, WrongSide.
    """
    asked = await requests.one(tx, scope, request_id)
    trade = asked.trade
    if trade.side is not Side.DOWN:
        raise WrongSide
    now = msgspec.structs.replace(asked.wanted or Wanted(), forwarding=said.forwarding)
    await _rewrite(tx, scope, trade.trade_id, now)
    async with tx.across():
        await _rewrite(tx, half_of(scope, trade.partner_id), trade.trade_id, now)
        if said.forwarding != "named":
            await _unname(tx, half_of(scope, trade.partner_id), trade.trade_id)
    return await requests.one(tx, scope, request_id)


async def _unname(tx: Transaction, forwarder: OperatorScope, trade_id: UUID) -> None:
    """Takes the name behind a request out of all that it was passed on as, tier by tier. Within `across`."""
    waiting, seen = [(forwarder, trade_id)], {trade_id}
    while waiting:
        here, about = waiting.pop()
        for one in await _passed_on(tx, here, about):
            if one.trade_id in seen:
                continue
            seen.add(one.trade_id)
            for half in (here, half_of(here, one.upstream_operator_id)):
                kept = await records.listed(tx, half, "wanted", Wanted, subject_id=one.trade_id, limit=1)
                if kept and (kept[0].content.on_behalf_of is not None or kept[0].content.forwarding == "named"):
                    hidden = msgspec.structs.replace(kept[0].content, on_behalf_of=None, forwarding="anonymous")
                    await _rewrite(tx, half, one.trade_id, hidden)
            waiting.append((half_of(here, one.upstream_operator_id), one.trade_id))


async def _rewrite(tx: Transaction, half: OperatorScope, trade_id: UUID, said: Wanted) -> None:
    kept = await records.listed(tx, half, "wanted", Wanted, subject_id=trade_id, limit=1)
    if not kept:
        await records.add(tx, half, "wanted", said, subject_id=trade_id)
    elif kept[0].content != said:
        await records.change(tx, half, "wanted", kept[0].record_id, said, kept[0].version)


async def adopt(tx: Transaction, scope: OperatorScope, request_id: UUID) -> Template:
    """Takes the questionnaire that a received request names into one's own, to answer it. Does nothing if it is there.

    Raises UnknownRequest, WrongSide, NoTemplate (the customer has none of that name any more), TemplatePublished (there is
    another one of that name and version).
    """
    asked = await requests.one(tx, scope, request_id)
    if asked.trade.side is not Side.UP:
        raise WrongSide
    wanted = asked.wanted or Wanted()
    name = (wanted.template_id, wanted.template_version)
    own = {(one.id, one.version): one for one in await responses.templates(tx, scope)}
    async with tx.across():
        theirs = {
            (one.id, one.version): one for one in await responses.templates(tx, half_of(scope, asked.trade.partner_id))
        }
    if name not in theirs:
        raise NoTemplate(id=wanted.template_id, version=wanted.template_version)
    if name not in own:
        return (await records.add(tx, scope, "template", theirs[name])).content
    if own[name] != theirs[name]:
        raise TemplatePublished
    return own[name]
