"""Pages of requests for due diligence: asking, what is asked for on either side, passing it on to suppliers upstream."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, get_args
from uuid import UUID

import msgspec
from litestar import Response, get, post

from meguri.diligence.pages_common import HTML, AnyRequest, choices, may_edit, told
from meguri.diligence.service import answers_to, forwarding, guest_answers, requests, responses
from meguri.diligence.service.forwarding import ConsentInput, ForwardInput, ForwardPlan
from meguri.diligence.service.requests import Asked, AskInput, Forwarding, WantedInput
from meguri.diligence.taxonomy import names
from meguri.guests.forms import link_page
from meguri.kernel.errors import Refusal
from meguri.kernel.ids import parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.forms import complaint, text
from meguri.traceability.model import Part, Side
from meguri.ui.answer import done, page
from meguri.ui.flash import Flash
from meguri.ui.parts import Choice
from meguri.ui.viewer import viewer_of
from meguri.web import Asking, FromPath, Unit, UnitOfWork, editor, signed_in

_CONSENTS: tuple[Forwarding, ...] = get_args(Forwarding)


class AskPage(msgspec.Struct, frozen=True, kw_only=True):
    """`ask.html`: the supplier of the part's footprint is asked for its due diligence."""

    part: Part
    supplier: str
    given: Mapping[str, str]
    materials: list[Choice]
    templates: list[Choice]
    errors: dict[str, str]


class AskedPage(msgspec.Struct, frozen=True, kw_only=True):
    """`asked.html`: one request, for either side. On the supplier's side alone: `plan`, how far it is passed on; `signed_at`,
    when the questionnaire was last answered, and `handed_at`, when the customer was given answers."""

    asked: Asked
    received: bool
    plan: ForwardPlan | None
    questionnaire: str
    signed_at: datetime | None
    handed_at: datetime | None
    materials: dict[str, Any]
    may_edit: bool
    given: Mapping[str, str]
    errors: dict[str, str]


async def _ask_page(
    request: AnyRequest,
    unit: UnitOfWork,
    trace_id: UUID,
    given: Mapping[str, str],
    errors: dict[str, str] | None = None,
) -> Response[str]:
    language = viewer_of(request).language

    async def read(tx: Transaction, scope: OperatorScope) -> AskPage:
        supplier = await requests.supplier_of_footprint(tx, scope, trace_id)
        known = await operators.names_of(tx, scope, {supplier})
        templates = [
            Choice(f"{one.id} {one.version}", f"{one.title.ja if language == 'ja' else one.title.en} ({one.version})")
            for one in await responses.templates(tx, scope)
        ]
        return AskPage(
            part=await traceability.part(tx, scope, trace_id),
            supplier=known.get(supplier, ""),
            given=given,
            materials=choices(request, "materials"),
            templates=templates,
            errors=errors or {},
        )

    return page(request, "ask.html", await unit(read), status_code=422 if errors else 200)


_BLANK = {"due": "", "message": "", "materials": "", "template": "", "detail": "RESULT", "forwarding": "anonymous"}


@get("/diligence/parts/{trace_id:uuid}/ask", guards=[editor], include_in_schema=False)
async def ask_form(request: AnyRequest, unit: Unit, trace_id: FromPath[UUID]) -> Response[str]:
    """What to ask the supplier of the part's footprint, until when, and whether it may ask its own suppliers for us."""
    return await _ask_page(request, unit, trace_id, _BLANK)


@post("/diligence/parts/{trace_id:uuid}/ask", guards=[editor], status_code=200, include_in_schema=False)
async def ask(request: AnyRequest, unit: Unit, principal: Asking, trace_id: FromPath[UUID]) -> HTML:
    """Asks; a supplier without an account by a link, which is shown this once."""
    form = await request.form()
    given = {name: text(form, name) or usual for name, usual in _BLANK.items()}
    given["materials"] = ",".join(one for one in form.getall("materials", []) if one in names("materials"))
    given["message"] = given["message"][:1000]
    due, wrong = _due(request, given["due"])
    if wrong:
        return await _ask_page(request, unit, trace_id, given, wrong)
    invited = await guest_answers.invitation_like_the_footprints(unit.db, principal.proved, trace_id)
    if invited is not None:
        invited = msgspec.structs.replace(invited, due_date=due, message=given["message"] or None)
        return link_page(
            request, await guest_answers.invite(unit.db, principal.proved, invited, _wanted(given)), invited.email
        )

    async def send(tx: Transaction, scope: OperatorScope) -> Asked:
        question = AskInput(
            upstream_operator_id=await requests.supplier_of_footprint(tx, scope, trace_id),
            downstream_trace_id=trace_id,
            message=given["message"] or None,
            due_date=due,
            scope=_wanted(given),
        )
        return await requests.ask(tx, scope, question)

    asked = await unit(send)
    flash = Flash(happened=told(request, "answer.asked"), seen_by=asked.partner)
    return done(request, f"/diligence/requests/{asked.trade.request_id}", flash)


def _due(request: AnyRequest, typed: str) -> tuple[date | None, dict[str, str]]:
    try:
        return date.fromisoformat(typed) if typed else None, {}
    except ValueError:
        return None, {"due": told(request, "asked.wrong_due")}


def _wanted(given: Mapping[str, str]) -> WantedInput:
    template, _, version = given["template"].rpartition(" ")
    usual = WantedInput()
    return WantedInput(
        template_id=template or usual.template_id,
        template_version=version if template else usual.template_version,
        materials=[one for one in given["materials"].split(",") if one],
        detail="CHAIN" if given["detail"] == "CHAIN" else "RESULT",
        forwarding=_consent(given["forwarding"]),
    )


def _consent(typed: str) -> Forwarding:
    return next((one for one in _CONSENTS if one == typed), "none")


async def _asked_page(
    request: AnyRequest,
    unit: UnitOfWork,
    request_id: UUID,
    given: Mapping[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> Response[str]:
    language = viewer_of(request).language

    async def read(tx: Transaction, scope: OperatorScope) -> AskedPage:
        asked = await requests.one(tx, scope, request_id)
        received = asked.trade.side is Side.UP
        plan = await forwarding.plan(tx, scope, request_id) if received else None
        known = {(one.id, one.version): one for one in await responses.templates(tx, scope)}
        wanted = asked.wanted
        template = known.get((wanted.template_id, wanted.template_version)) if wanted else None
        due = plan.due_date.isoformat() if plan and plan.due_date else ""
        signed = await responses.latest(tx, scope, template.id, template.version) if template and received else None
        handed = await answers_to.handed(tx, scope, asked)
        return AskedPage(
            asked=asked,
            received=received,
            plan=plan,
            questionnaire=(template.title.ja if language == "ja" else template.title.en) if template else "",
            signed_at=signed.created_at if signed else None,
            handed_at=handed.created_at if handed else None,
            materials=dict(names("materials")),
            may_edit=may_edit(request),
            given=given or {"due": due, "message": "", "named": "", "parts": ""},
            errors=errors or {},
        )

    return page(request, "asked.html", await unit(read), status_code=422 if errors else 200)


@get("/diligence/requests/{request_id:uuid}", guards=[signed_in], include_in_schema=False)
async def asked_page(request: AnyRequest, unit: Unit, request_id: FromPath[UUID]) -> Response[str]:
    """What is asked for, by when, and how far it is passed on."""
    return await _asked_page(request, unit, request_id)


@post("/diligence/requests/{request_id:uuid}", guards=[editor], status_code=200, include_in_schema=False)
async def answer_request(request: AnyRequest, unit: Unit, request_id: FromPath[UUID]) -> HTML:
    """Answers a request with the part that answers the same customer's footprint request."""
    trade = await unit(requests.answer_with_the_same_part, request_id)
    return done(
        request, f"/diligence/parts/{trade.upstream_trace_id}", Flash(happened=told(request, "overview.linked"))
    )


@post("/diligence/requests/{request_id:uuid}/forward", guards=[editor], status_code=200, include_in_schema=False)
async def forward(request: AnyRequest, unit: Unit, request_id: FromPath[UUID]) -> HTML:
    """Passes the request on to the suppliers that were ticked."""
    form = await request.form()
    chosen = [one for one in (parse_uuid(str(value)) for value in form.getall("parts", [])) if one]
    given = {
        "due": text(form, "due"),
        "message": text(form, "message")[:1000],
        "named": text(form, "named"),
        "parts": ",".join(map(str, chosen)),
    }
    due, wrong = _due(request, given["due"])
    if not chosen:
        wrong["parts"] = told(request, "asked.wrong_parts")
    if wrong:
        return await _asked_page(request, unit, request_id, given, wrong)
    said = ForwardInput(
        trace_ids=chosen, due_date=due, message=given["message"] or None, name_customer=given["named"] == "yes"
    )
    try:
        await unit(forwarding.forward, request_id, said)
    except Refusal as refusal:
        return await _asked_page(request, unit, request_id, given, complaint(refusal, viewer_of(request).language))
    flash = Flash(
        happened=told(request, "asked.forwarded", n=len(chosen)),
        seen_by=told(request, "asked.forwarded_seen"),
    )
    return done(request, f"/diligence/requests/{request_id}", flash)


@post("/diligence/requests/{request_id:uuid}/consent", guards=[editor], status_code=200, include_in_schema=False)
async def consent(request: AnyRequest, unit: Unit, request_id: FromPath[UUID]) -> HTML:
    """The asker changes what it consents to."""
    said = ConsentInput(forwarding=_consent(text(await request.form(), "forwarding")))
    await unit(forwarding.consent, request_id, said)
    return done(request, f"/diligence/requests/{request_id}", Flash(happened=told(request, "asked.consented")))


@post("/diligence/requests/{request_id:uuid}/questionnaire", guards=[editor], status_code=200, include_in_schema=False)
async def adopt(request: AnyRequest, unit: Unit, request_id: FromPath[UUID]) -> HTML:
    """Takes the customer's questionnaire into one's own, and opens it."""
    try:
        taken = await unit(forwarding.adopt, request_id)
    except Refusal as refusal:
        wrong = {"questionnaire": refusal.sentence(viewer_of(request).language)}
        return await _asked_page(request, unit, request_id, errors=wrong)
    href = f"/diligence/questions?template={taken.id}&edition={taken.version}"
    return done(request, href, Flash(happened=told(request, "asked.adopted")))


@post("/diligence/requests/{request_id:uuid}/answers", guards=[editor], status_code=200, include_in_schema=False)
async def hand_over(request: AnyRequest, unit: Unit, request_id: FromPath[UUID]) -> HTML:
    """Gives the customer the answers that were signed."""
    try:
        await unit(answers_to.hand_over, request_id)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        wrong = {"questionnaire": refusal.sentence(viewer_of(request).language)}
        return await _asked_page(request, unit, request_id, errors=wrong)
    asked = await unit(requests.one, request_id)
    flash = Flash(happened=told(request, "asked.handed"), seen_by=asked.partner)
    return done(request, f"/diligence/requests/{request_id}", flash)


handlers = [ask_form, ask, asked_page, answer_request, forward, consent, adopt, hand_over]
