"""Asking a supplier without an account for due diligence, and its answer by the link that was mailed to it.

Whose link it is, how the address is proved, and when a link ends is the business of guests; here is what is answered.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from meguri.diligence.errors import EndedAlready, NoTemplate, NothingFound
from meguri.diligence.model import DdResult, Kept, ResponseBody, ResponseInput, ResultInput
from meguri.diligence.questionnaire import Template
from meguri.diligence.questionnaire.templates import built_in_ids
from meguri.diligence.service import answers_to, forwarding, records, requests, responses
from meguri.diligence.service.forwarding import PassedOn
from meguri.diligence.service.kinds import not_in_future
from meguri.diligence.service.requests import AskInput, Wanted, WantedInput
from meguri.diligence.service.results import history, shown_one, state_result
from meguri.diligence.service.spreading import DD
from meguri.guests import moving
from meguri.guests import service as guests
from meguri.guests.model import GuestLink, Invite, NewGuestLink
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope, Role
from meguri.operators import disclosure
from meguri.operators import service as operators
from meguri.storage.database import Database
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.model import RequestInput, RequestType, Trade


class GuestDdView(msgspec.Struct, frozen=True, kw_only=True):
    """What a guest sees: who asks, about what, and what it answered, to keep a copy of.

    materials     those that the customer asks about; none: all
    on_behalf     the customer passes on what a customer of its own asks; on_behalf_of: that one's name, if it may be told
    template   the customer's own questionnaire, when it sends one
    answers    what was answered to it
    """

    link: GuestLink
    customer: str
    trade: Trade
    given: DdResult | None
    given_at: datetime | None
    materials: list[str]
    on_behalf: bool
    on_behalf_of: str | None
    template: Template | None
    answers: dict[str, Any]


async def invite(
    db: Database,
    scope: OperatorScope,
    said: Invite,
    wanted: WantedInput | None = None,
    passed_on: PassedOn | None = None,
) -> NewGuestLink:
    """Asks a supplier without an account for due diligence. Raises what `guests.invite` and `requests.ask` raise, NoTemplate.

    wanted     which questionnaire it is to answer, and about which materials
    passed_on  the customer's request that this one passes on: its scope goes along instead
    """
    if passed_on is not None:
        wanted = await db.run(scope, forwarding.scope_for_guest, passed_on, said.due_date)
    scoped = wanted or WantedInput()
    await db.run(scope, responses.template, scoped.template_id, scoped.template_version)

    async def ask(tx: Transaction, scope: OperatorScope, said: RequestInput) -> Trade:
        asked = AskInput(
            upstream_operator_id=said.upstream_operator_id,
            downstream_trace_id=said.downstream_trace_id,
            message=said.message,
            due_date=said.due_date,
            scope=scoped,
        )
        if passed_on is not None:
            return await forwarding.ask_guest(tx, scope, passed_on, asked)
        return (await requests.ask(tx, scope, asked)).trade

    return await guests.invite(db, scope, said, ask=ask)


async def invitation_like_the_footprints(db: Database, scope: OperatorScope, trace_id: UUID) -> Invite | None:
    """How to ask whoever is asked for the part's footprint, if that is a supplier without an account; else None.

    A request to it without a link could never be answered. Raises NothingFound where nobody is asked.
    """
    known = await db.run(scope, traceability.trades_on_parts, [trace_id], RequestType.CFP)
    if trace_id not in known:
        raise NothingFound
    link = await guests.link_to_supplier(db, scope, known[trace_id][1])
    if link is None:
        return None
    return Invite(
        downstream_trace_id=trace_id,
        company=link.company,
        email=link.email,
        contact=link.contact,
        language=link.language,
    )


async def view(db: Database, cookie: str) -> GuestDdView:
    """What the guest sees. Raises GuestLinkInvalid (also for a link to another kind of request), RequestClosedForGuest."""
    link = await guests.link_of(db, cookie)
    return await db.run(guests.as_guest(link.guest_id, link), _view, link)


async def answer(db: Database, cookie: str, said: ResultInput, answers: Mapping[str, Any] | None = None) -> GuestDdView:
    """Answers the request: the part, its result, the questionnaire, and their disclosure to this customer, in one step.

    answers  to the customer's own questionnaire; both sides keep them

    Raises GuestLinkInvalid, GuestAnswered, RequestClosedForGuest, BadPeriod, EndedAlready, BadAnswer, and what
    `state_result` raises.
    """
    link = await guests.link_of(db, cookie)
    not_in_future("assessment_date", said.assessment_date)
    if said.valid_until is not None and said.valid_until < clock.today():
        raise EndedAlready
    seen = await db.run(guests.as_guest(link.guest_id, link), _answer, link, said, answers or {})
    await guests.note_answered(db, link)
    return seen


async def ask_member(tx: Transaction, scope: OperatorScope, trade: Trade, member_id: UUID) -> Trade | None:
    """Asks a company what its guest record was asked, in the same words. None for what is passed on for a customer of the
    asker's own: that is followed by its request. Raises what `requests.ask` raises."""
    found = await records.listed(tx, scope, "wanted", Wanted, subject_id=trade.trade_id, limit=1)
    wanted = found[0].content if found else Wanted()
    if wanted.on_behalf:
        return None
    asked = AskInput(
        upstream_operator_id=member_id,
        downstream_trace_id=trade.downstream_trace_id,
        message=trade.message,
        due_date=trade.due_date,
        scope=WantedInput(**{name: getattr(wanted, name) for name in WantedInput.__struct_fields__}),
    )
    return (await requests.ask(tx, scope, asked)).trade


moving.learn(DD, ask_member)


async def _answer(
    tx: Transaction, scope: OperatorScope, link: GuestLink, said: ResultInput, answers: Mapping[str, Any]
) -> GuestDdView:
    trade, part = await guests.link_own_part(tx, scope, link, DD)
    _, template = await _wanted(tx, link)
    if template is not None:
        kept = await _signed(tx, scope, template, answers)
        await answers_to.give(tx, scope, link.operator_id, trade.trade_id, kept)
        said = msgspec.structs.replace(said, template_id=template.id, template_version=template.version)
    await disclosure.set_groups(tx, scope, part, link.operator_id, {"DDRESULT": True})
    await state_result(tx, scope, part, said)
    return await _view(tx, scope, link)


async def _view(tx: Transaction, scope: OperatorScope, link: GuestLink) -> GuestDdView:
    trade = await guests.request_for_guest(tx, scope, link, DD)
    names = await operators.names_of(tx, scope, {link.operator_id})
    part = trade.upstream_trace_id
    given = (await shown_one(tx, scope, part)).own if part else None
    written = await history(tx, scope, part, limit=1) if part else []
    wanted, template = await _wanted(tx, link)
    latest = await responses.latest(tx, scope, template.id, template.version) if template and given else None
    return GuestDdView(
        link=link,
        customer=names.get(link.operator_id, ""),
        trade=trade,
        given=given,
        given_at=written[0][1] if written else None,
        materials=wanted.materials,
        on_behalf=wanted.on_behalf,
        on_behalf_of=wanted.on_behalf_of,
        template=template,
        answers=latest.content.answers if latest else {},
    )


def _customer(link: GuestLink) -> OperatorScope:
    return OperatorScope(link.operator_id, "system:guests", Role.EDITOR)


async def _wanted(tx: Transaction, link: GuestLink) -> tuple[Wanted, Template | None]:
    """What the customer asks of this link, and its own questionnaire when it sends one: for this guest it is open."""
    customer = _customer(link)
    async with tx.across():
        found = await records.listed(tx, customer, "wanted", Wanted, subject_id=link.trade_id, limit=1)
        wanted = found[0].content if found else Wanted()
        if (wanted.template_id, wanted.template_version) in built_in_ids():
            return wanted, None
        try:
            return wanted, await responses.template(tx, customer, wanted.template_id, wanted.template_version)
        except NoTemplate:
            return wanted, None


async def _signed(
    tx: Transaction, scope: OperatorScope, template: Template, answers: Mapping[str, Any]
) -> Kept[ResponseBody]:
    """The guest's own half: the questionnaire becomes one of its own, so that it keeps both when it joins."""
    own = {(one.id, one.version) for one in await responses.templates(tx, scope)}
    if (template.id, template.version) not in own:
        await records.add(tx, scope, "template", template)
    said = ResponseInput(
        template_id=template.id,
        version=template.version,
        effective_date=clock.today(),
        answers=dict(answers),
    )
    return await responses.sign(tx, scope, said)
