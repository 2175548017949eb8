"""The guest's pages: prove the address, answer, keep a copy, join. No account, no scripts needed."""

import csv
import io
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.connection import Request

from meguri.footprint.forms import FootprintForm, declaration
from meguri.guests import service
from meguri.guests.errors import GuestLinkInvalid, JoinedAlready
from meguri.guests.model import GuestAnswer, GuestView
from meguri.identity.pages import redirected
from meguri.kernel.errors import Refusal, Unavailable
from meguri.kernel.numbers import plain
from meguri.kernel.units import SYMBOLS, AmountUnit
from meguri.storage.database import Database
from meguri.traceability.forms import text
from meguri.traceability.model import RequestType
from meguri.ui import page
from meguri.ui.answer import shell_of
from meguri.ui.failures import failure
from meguri.ui.headers import cookie, cookie_name
from meguri.ui.viewer import viewer_of
from meguri.ui.words import say
from meguri.web import PUBLIC, Db, FromPath

AnyRequest = Request[Any, Any, Any]
HTML = Response[str] | Response[None]
COOKIE = "meguri-guest"
_FIGURES = ("pre_production", "main_production")
_RATINGS = tuple(f"{side}_{name}" for side in ("pre", "main") for name in ("ter", "ger", "tir"))
NO_STORE = {"cache-control": "no-store", "referrer-policy": "no-referrer"}


class ProvePage(msgspec.Struct, frozen=True, kw_only=True):
    """`guest_prove.html`. `coded`: a number was mailed and is asked for."""

    action: str
    email: str
    mail_works: bool
    coded: bool
    wrong: str | None = None


class AnswerPage(msgspec.Struct, frozen=True, kw_only=True):
    """`guest_answer.html`: the request with the form, or the copy of what was answered.

    once  the link does not open again once its answer is sent
    """

    view: GuestView
    unit: str
    given: dict[str, str]
    errors: dict[str, str]
    answered: bool
    once: bool


def held_by(request: AnyRequest) -> str:
    """What the browser holds to show that the address was proved; empty where it was not."""
    return request.cookies.get(cookie_name(COOKIE, https=shell_of(request).https), "")


@get("/answer/{token:str}", opt=PUBLIC, include_in_schema=False)
async def prove_page(request: AnyRequest, token: FromPath[str], db: Db) -> HTML:
    """Asks for the address, and tells nothing of the request before."""
    try:
        await service.look(db, token)
    except GuestLinkInvalid as refusal:
        return failure(request, refusal)
    return _proving(request, db, token)


def _proving(
    request: AnyRequest, db: Db, token: str, *, email: str = "", coded: bool = False, wrong: str | None = None
) -> Response[str]:
    works = db.installation.smtp_url is not None
    context = ProvePage(action=f"/answer/{token}", email=email, mail_works=works, coded=coded, wrong=wrong)
    answer = page(request, "guest_prove.html", context, status_code=422 if wrong else 200)
    answer.headers.update(NO_STORE)
    return answer


@post("/answer/{token:str}", opt=PUBLIC, status_code=200, include_in_schema=False)
async def prove(request: AnyRequest, token: FromPath[str], db: Db) -> HTML:
    """Mails the number, or opens the link."""
    form = await request.form()
    email, code = text(form, "email")[:254], text(form, "code")[:20]
    try:
        if not code and db.installation.smtp_url:
            await service.mail_code(db, token)
            return _proving(request, db, token, email=email, coded=True)
        held = await service.open_link(db, token, email, code)
    except (GuestLinkInvalid, Unavailable) as refusal:
        return failure(request, refusal)
    except Refusal as refusal:
        wrong = refusal.sentence(viewer_of(request).language)
        return _proving(request, db, token, email=email, coded=bool(code), wrong=wrong)
    kept = cookie(COOKIE, held, https=shell_of(request).https, max_age=None)
    return redirected("/answer", [kept])


@get("/answer", opt=PUBLIC, include_in_schema=False)
async def answer_page(request: AnyRequest, db: Db) -> HTML:
    """The request, or what was answered."""
    held = held_by(request)
    try:
        if await service.asked_for(db, held) is RequestType.DD:
            return redirected("/answer/diligence")
        view = await service.view(db, held)
    except Refusal as refusal:
        return failure(request, refusal)
    return _answering(request, db, view)


def _answering(
    request: AnyRequest,
    db: Database,
    view: GuestView,
    given: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> Response[str]:
    language = viewer_of(request).language
    unit = SYMBOLS[AmountUnit(view.trade.requested_unit)].of(language) if view.trade.requested_unit else ""
    context = AnswerPage(
        view=view,
        unit=unit or say("guests.answer.one", language),
        given=given or dict.fromkeys((*_FIGURES, *_RATINGS, "comment"), ""),
        errors=errors or {},
        answered=view.given is not None,
        once=not db.installation.smtp_url,
    )
    answer = page(request, "guest_answer.html", context, status_code=422 if errors else 200)
    answer.headers.update(NO_STORE)
    return answer


@post("/answer", opt=PUBLIC, status_code=200, include_in_schema=False)
async def give(request: AnyRequest, db: Db) -> HTML:
    """Answers."""
    language, held, form = viewer_of(request).language, held_by(request), await request.form()
    given = {name: text(form, name) for name in (*_FIGURES, *_RATINGS, "comment")}
    try:
        view = await service.view(db, held)
        said, errors = _said(given, view, language)
        if said is None:
            return _answering(request, db, view, given, errors)
        await service.answer(db, held, said)
    except Refusal as refusal:
        if refusal.fields:
            wrong = {e.field.replace("_quality.", "_"): e.of(language) for e in refusal.fields}
            return _answering(request, db, await service.view(db, held), given, wrong)
        return failure(request, refusal)
    return redirected("/answer")


def _said(given: dict[str, str], view: GuestView, language: Any) -> tuple[GuestAnswer | None, dict[str, str]]:
    values = {name: given.get(name, "") for name in (*_FIGURES, *_RATINGS)}
    form = FootprintForm(values={**values, "pre_component": "", "main_component": ""}, comment=given["comment"])
    declared, errors = declaration(form, AmountUnit(view.trade.requested_unit or AmountUnit.UNIT), language)
    if declared is None:
        return None, errors
    return GuestAnswer(
        pre_production=declared.pre_production,
        main_production=declared.main_production,
        pre_quality=declared.pre_quality,
        main_quality=declared.main_quality,
        comment=declared.comment,
    ), {}


@get("/answer/copy", opt=PUBLIC, include_in_schema=False)
async def copy(request: AnyRequest, db: Db) -> Response[Any]:
    """What was answered, as a table to keep."""
    try:
        view = await service.view(db, held_by(request))
    except Refusal as refusal:
        return failure(request, refusal)
    language = viewer_of(request).language
    sink = io.StringIO()
    rows = csv.writer(sink)
    part = view.trade.requested_part.name if view.trade.requested_part else ""
    rows.writerows(
        [safe_cell(cell) for cell in row]
        for row in (
            (say("guests.copy.customer", language), view.customer),
            (say("guests.copy.part", language), part),
            (say("guests.copy.request", language), str(view.trade.request_id)),
            (say("guests.copy.answered", language), view.given_at.isoformat() if view.given_at else ""),
            *((say(f"guests.answer.{name}", language), _figure(view, name)) for name in _FIGURES),
        )
    )
    headers = {"content-disposition": 'attachment; filename="meguri-answer.csv"', "cache-control": "no-store"}
    return Response(("\ufeff" + sink.getvalue()).encode(), media_type="text/csv; charset=utf-8", headers=headers)


def _figure(view: GuestView, name: str) -> str:
    value = getattr(view.given, name) if view.given else None
    return plain(value) if value is not None else ""


def safe_cell(cell: str) -> str:
    """A table program must not take somebody's words for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


@post("/answer/join", opt=PUBLIC, status_code=200, include_in_schema=False)
async def join(request: AnyRequest, db: Db) -> HTML:
    """Becomes a member; on to the first password."""
    held, number = held_by(request), text(await request.form(), "corporate_number")
    try:
        return redirected(f"/join/{await service.join(db, held, number)}")
    except Refusal as refusal:
        if isinstance(refusal, (GuestLinkInvalid, JoinedAlready)):
            return failure(request, refusal)
        language = viewer_of(request).language
        wrong = [e.of(language) for e in refusal.fields] or [refusal.sentence(language)]
        return _answering(request, db, await service.view(db, held), None, {"corporate_number": wrong[0]})


handlers = [prove_page, prove, answer_page, give, copy, join]
