"""Pages of suppliers without an account: the customer asks for due diligence, the guest answers by its link."""

import csv
import io
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post

from meguri.diligence import guest_form
from meguri.diligence.errors import BadAnswer
from meguri.diligence.pages_common import HTML, AnyRequest, told
from meguri.diligence.pages_questions import answered, rows_of
from meguri.diligence.service import forwarding, guest_answers, responses
from meguri.diligence.service.forwarding import PassedOn
from meguri.diligence.service.guest_answers import GuestDdView
from meguri.diligence.service.requests import WantedInput
from meguri.diligence.taxonomy import names
from meguri.guests import forms
from meguri.guests import service as guests
from meguri.guests.errors import GuestLinkInvalid, JoinedAlready
from meguri.guests.pages_answer import NO_STORE, held_by, safe_cell
from meguri.identity.pages import redirected
from meguri.kernel.errors import Refusal
from meguri.kernel.ids import parse_uuid
from meguri.kernel.numbers import plain
from meguri.storage.database import Database
from meguri.traceability import service as traceability
from meguri.traceability.forms import text
from meguri.ui.answer import page
from meguri.ui.failures import failure
from meguri.ui.parts import Choice
from meguri.ui.viewer import viewer_of
from meguri.ui.words import say
from meguri.web import PUBLIC, Asking, Db, FromPath, FromQuery, Unit, editor

QUESTION = "q-"  # before the key of a customer's question, so that it is none of our own fields


class GuestAnswerPage(msgspec.Struct, frozen=True, kw_only=True):
    """`guest_dd.html`: the request with the form, or the copy of what was answered. `first`: materials shown at once.

    answers  to the customer's own questionnaire, as typed; `said`: question and answer, as sent; `once`: the link
    does not open again once its answer is sent
    """

    view: GuestDdView
    given: dict[str, str]
    answers: dict[str, Any]
    said: list[tuple[str, str]]
    errors: dict[str, str]
    answered: bool
    once: bool
    first: tuple[str, ...]
    bands: dict[str, Any]
    materials: dict[str, Any]
    categories: dict[str, Any]


@get("/diligence/parts/{trace_id:uuid}/guest", guards=[editor], include_in_schema=False)
async def invite_form(
    request: AnyRequest,
    unit: Unit,
    trace_id: FromPath[UUID],
    passes_on: FromQuery[UUID | None] = None,
    named: FromQuery[str] = "",
) -> Response[str]:
    """The form for asking a supplier without an account; `passes_on`: a customer's request that this one passes on."""
    given = {**dict.fromkeys(forms.FIELDS, ""), "passes_on": str(passes_on or ""), "named": named}
    if passes_on is not None:
        due = (await unit(forwarding.plan, passes_on)).due_date
        given["due"] = due.isoformat() if due else ""
    return await _form(request, unit, trace_id, given)


@post("/diligence/parts/{trace_id:uuid}/guest", guards=[editor], status_code=200, include_in_schema=False)
async def invite(request: AnyRequest, unit: Unit, principal: Asking, trace_id: FromPath[UUID]) -> Response[str]:
    """Asks, and shows the link once."""
    language, form = viewer_of(request).language, await request.form()
    given = {
        **forms.typed(form),
        "template": text(form, "template"),
        "materials": ",".join(one for one in form.getall("materials", []) if one in names("materials")),
        "passes_on": text(form, "passes_on"),
        "named": text(form, "named"),
    }
    said, wrong = forms.invite_of(given, trace_id, language)
    if said is None:
        return await _form(request, unit, trace_id, given, wrong)
    try:
        made = await guest_answers.invite(unit.db, principal.proved, said, _wanted(given), _passed_on(given))
    except Refusal as refusal:
        return await _form(request, unit, trace_id, given, forms.refused(refusal, language))
    return forms.link_page(request, made, said.email)


def _passed_on(given: Mapping[str, str]) -> PassedOn | None:
    request_id = parse_uuid(given["passes_on"]) if given["passes_on"] else None
    return PassedOn(request_id=request_id, name_customer=given["named"] == "yes") if request_id else None


def _wanted(given: Mapping[str, str]) -> WantedInput:
    template, _, version = given["template"].rpartition(" ")
    materials = [one for one in given["materials"].split(",") if one]
    if not template:
        return WantedInput(materials=materials)
    return WantedInput(template_id=template, template_version=version, materials=materials)


async def _form(
    request: AnyRequest, unit: Unit, trace_id: UUID, given: dict[str, str], errors: dict[str, str] | None = None
) -> Response[str]:
    language = viewer_of(request).language
    templates = [
        Choice(f"{one.id} {one.version}", f"{one.title.ja if language == 'ja' else one.title.en} ({one.version})")
        for one in await unit(responses.templates)
    ]
    context = forms.InvitePage(
        part=await unit(traceability.part, trace_id),
        action=f"/diligence/parts/{trace_id}/guest",
        wanted="diligence",
        given={"template": "", "materials": "", **given},
        errors=errors or {},
        templates=[] if given["passes_on"] else templates,
        materials=[]
        if given["passes_on"]
        else [Choice(key, word.of(language)) for key, word in names("materials").items()],
    )
    return page(request, "invite.html", context, status_code=422 if errors else 200)


@get("/answer/diligence", opt=PUBLIC, include_in_schema=False)
async def answer_page(request: AnyRequest, db: Db) -> HTML:
    """The request, or what was answered."""
    try:
        return _answering(request, db, await guest_answers.view(db, held_by(request)))
    except Refusal as refusal:
        return failure(request, refusal)


def _answering(
    request: AnyRequest,
    db: Database,
    view: GuestDdView,
    given: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    answers: dict[str, Any] | None = None,
) -> Response[str]:
    context = GuestAnswerPage(
        view=view,
        given=given or guest_form.blank(),
        answers=answers or {},
        said=rows_of(view.template, view.answers, viewer_of(request).language) if view.template else [],
        errors=errors or {},
        answered=view.given is not None,
        once=not db.installation.smtp_url,
        first=tuple(view.materials) or guest_form.FIRST_MATERIALS,
        bands=dict(names("bands")),
        materials=dict(names("materials")),
        categories=dict(names("categories")),
    )
    answer = page(request, "guest_dd.html", context, status_code=422 if errors else 200)
    answer.headers.update(NO_STORE)
    return answer


@post("/answer/diligence", opt=PUBLIC, status_code=200, include_in_schema=False)
async def give(request: AnyRequest, db: Db) -> HTML:
    """Answers."""
    form, language = await request.form(), viewer_of(request).language
    held, given = held_by(request), guest_form.typed(form)
    try:
        view = await guest_answers.view(db, held)
    except Refusal as refusal:
        return failure(request, refusal)
    answers = answered(view.template, form, QUESTION) if view.template else {}
    said, errors = guest_form.result_of(given, language)
    if said is None:
        return _answering(request, db, view, given, errors, answers)
    try:
        await guest_answers.answer(db, held, said, answers)
    except BadAnswer as refusal:
        wrong = {QUESTION + one.field: one.of(language) for one in refusal.fields}
        return _answering(request, db, view, given, wrong or {"band": refusal.sentence(language)}, answers)
    except Refusal as refusal:
        return failure(request, refusal)
    return redirected("/answer/diligence")


@get("/answer/diligence/copy", opt=PUBLIC, include_in_schema=False)
async def copy(request: AnyRequest, db: Db) -> Response[Any]:
    """What was answered, as a table to keep."""
    try:
        view = await guest_answers.view(db, held_by(request))
    except Refusal as refusal:
        return failure(request, refusal)
    sink = io.StringIO()
    csv.writer(sink).writerows([safe_cell(cell) for cell in row] for row in _copied(request, view))
    headers = {"content-disposition": 'attachment; filename="meguri-dd-answer.csv"', "cache-control": "no-store"}
    return Response(("\ufeff" + sink.getvalue()).encode(), media_type="text/csv; charset=utf-8", headers=headers)


def _copied(request: AnyRequest, view: GuestDdView) -> list[tuple[str, ...]]:
    language, given = viewer_of(request).language, view.given
    part = view.trade.requested_part.name if view.trade.requested_part else ""
    rows: list[tuple[str, ...]] = [
        (say("guests.copy.customer", language), view.customer),
        (say("guests.copy.part", language), part),
        (say("guests.copy.request", language), str(view.trade.request_id)),
        (say("guests.copy.answered", language), view.given_at.isoformat() if view.given_at else ""),
    ]
    if given is None:
        return rows
    proof = given.verification
    yes_no = {True: told(request, "exposure.yes"), False: told(request, "exposure.no")}
    return [
        *rows,
        (told(request, "findings.band"), names("bands")[given.overall_band].of(language)),
        (told(request, "answer.on"), str(given.assessment_date or "")),
        (told(request, "answer.until"), str(given.valid_until or "")),
        (told(request, "answer.verified"), told(request, f"verified.{proof.type}")),
        (told(request, "guest.body_name"), proof.body_name or ""),
        (told(request, "guest.reference"), proof.reference or ""),
        (told(request, "guest.verified_until"), str(proof.valid_until or "")),
        (told(request, "guest.policy"), yes_no[given.policy], given.policy_url or ""),
        (told(request, "guest.grievance"), yes_no[given.grievance_mechanism]),
        (told(request, "map.material"), told(request, "guest.cahra"), told(request, "guest.share")),
        *(
            (
                names("materials")[one.material].of(language),
                told(request, f"exposure.{one.cahra_exposure}"),
                plain(one.coverage_pct) if one.coverage_pct is not None else "",
            )
            for one in given.materials
        ),
        *(rows_of(view.template, view.answers, language) if view.template else []),
    ]


@post("/answer/diligence/join", opt=PUBLIC, status_code=200, include_in_schema=False)
async def join(request: AnyRequest, db: Db) -> HTML:
    """Becomes a member; on to the first password."""
    held, number = held_by(request), text(await request.form(), "corporate_number")
    try:
        view = await guest_answers.view(db, held)
        return redirected(f"/join/{await guests.join(db, held, number)}")
    except (GuestLinkInvalid, JoinedAlready) as refusal:
        return failure(request, refusal)
    except Refusal as refusal:
        if not refusal.fields and refusal.status != 409:
            return failure(request, refusal)
        language = viewer_of(request).language
        wrong = [e.of(language) for e in refusal.fields] or [refusal.sentence(language)]
        view = await guest_answers.view(db, held)
        return _answering(request, db, view, None, {"corporate_number": wrong[0]})


handlers = [invite_form, invite, answer_page, give, copy, join]
