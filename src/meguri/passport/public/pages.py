"""Files of a public page, the page for those who see more, and asking for access. Words in, words out."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect

from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import PUBLIC as PUBLIC_LANGUAGES
from meguri.kernel.text import Language
from meguri.passport import service
from meguri.passport.access import Audience, sees
from meguri.passport.api.asking import named
from meguri.passport.api.files import sent
from meguri.passport.credentials import public_credential
from meguri.passport.dealings import policy
from meguri.passport.document import compressed
from meguri.passport.errors import DppNotFound, PassportCeased
from meguri.passport.identifiers import InvalidIdentifier, product_identifier
from meguri.passport.kinds import kind_of
from meguri.passport.model import View
from meguri.passport.public.content import Content, content_of
from meguri.passport.public.page import code_of, snapshot
from meguri.passport.public.plan import plan_of
from meguri.passport.public.printing import passport_pdf
from meguri.passport.service import attaching
from meguri.proof import keyring
from meguri.storage import Database, Transaction
from meguri.ui import Flash, done, language_for, page, viewer_of
from meguri.ui.formats import moment as written_moment
from meguri.ui.links import with_query
from meguri.ui.parts import Choice
from meguri.ui.viewer import said_in, speak
from meguri.ui.words import say
from meguri.web import Db, FromPath, FromQuery, Unit, editor, refusals, signed_in
from meguri.web.auth import PUBLIC
from meguri.web.principal import principal_of

AnyRequest = Request[Any, Any, Any]
MOST_IN_TREND = 200
SAVED_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'"


async def _view(tx: Transaction, _: OperatorScope, identifier: str) -> tuple[View, dict[str, Any] | None]:
    view = await service.read_public(tx, service.ANONYMOUS, identifier)
    return view, await public_credential(tx, view.record)


async def public_view(db: Database, passport_id: UUID) -> tuple[View, dict[str, Any] | None]:
    """What everyone sees of a passport, and its signed credential."""
    return await db.run(service.ANONYMOUS, _view, str(passport_id))


async def _signer(tx: Transaction, _: OperatorScope, operator_id: UUID) -> dict[str, Any] | None:
    async with tx.across():
        return await keyring.document(tx, operator_id)


def _language(request: AnyRequest, said: str | None) -> Language:
    return next((each for each in PUBLIC_LANGUAGES if each == said), viewer_of(request).language)


def in_public_languages(request: AnyRequest) -> Language:
    """Answer a stranger in any language of the public pages: `?lang=`, else an earlier choice, else the browser's.

    Whoever is signed in keeps the language of the application.
    """
    viewer, said = viewer_of(request), said_in(str(request.url))
    if said is None and viewer.signed_in:
        return viewer.language
    return speak(request, said or language_for(request, PUBLIC_LANGUAGES))


def _file(content: bytes, media_type: str, name: str | None = None, **headers: str) -> Response[bytes]:
    shown = {"cache-control": "public, no-cache", "access-control-allow-origin": "*", **headers}
    if name:
        shown["content-disposition"] = f'attachment; filename="{name}"'
    return Response(content, media_type=media_type, headers=shown)


@get("/passport/{passport_id:uuid}/snapshot.html", opt=PUBLIC, include_in_schema=False)
async def snapshot_file(
    request: AnyRequest, db: Db, passport_id: FromPath[UUID], lang: FromQuery[str | None] = None
) -> Response[bytes]:
    """The page as one file that needs nothing else and can be verified without a connection."""
    return await _saved(db, str(passport_id), _language(request, lang))


@get(
    "/api/v1/passports/{identifier:str}/snapshot.html",
    guards=[signed_in],
    responses=refusals(DppNotFound, PassportCeased),
)
async def snapshot_of(
    request: AnyRequest, db: Db, identifier: FromPath[str], lang: FromQuery[str | None] = None
) -> Response[bytes]:
    """The public page as one file that needs nothing else and can be verified without a connection."""
    return await _saved(db, named(identifier), _language(request, lang))


async def _saved(db: Database, identifier: str, language: Language) -> Response[bytes]:
    view, credential = await db.run(service.ANONYMOUS, _view, identifier)
    signer = await db.run(service.ANONYMOUS, _signer, view.record.operator_id)
    made = snapshot(view, credential, language, db.installation.origin, signer)
    headers = {"content-security-policy": SAVED_POLICY}
    return _file(made.encode(), "text/html", "battery-passport.html", **headers)


@get("/passport/{passport_id:uuid}/passport.pdf", opt=PUBLIC, include_in_schema=False)
async def pdf_file(
    request: AnyRequest, db: Db, passport_id: FromPath[UUID], lang: FromQuery[str | None] = None
) -> Response[bytes]:
    """The page on paper."""
    view, credential = await public_view(db, passport_id)
    issuer = str(credential["issuer"]) if credential else None
    made = await asyncio.to_thread(passport_pdf, view, issuer, _language(request, lang), db.installation.origin)
    return _file(made, "application/pdf", "battery-passport.pdf")


@get("/passport/{passport_id:uuid}/credential.json", opt=PUBLIC, include_in_schema=False)
async def credential_file(db: Db, passport_id: FromPath[UUID]) -> Response[bytes]:
    """The signed credential of what everyone sees."""
    _, credential = await public_view(db, passport_id)
    if credential is None:
        raise DppNotFound
    return _file(msgspec.json.encode(credential), "application/vc")


@get("/passport/{passport_id:uuid}/document.json", opt=PUBLIC, include_in_schema=False)
async def document_file(db: Db, passport_id: FromPath[UUID]) -> Response[bytes]:
    """The public document (EN 18223, compressed)."""
    view, _ = await public_view(db, passport_id)
    return _file(msgspec.json.encode(compressed(kind_of(view.record.kind), view.values)), "application/json")


@get("/passport/{passport_id:uuid}/files/{file_id:uuid}", opt=PUBLIC, include_in_schema=False)
async def attached_file(
    request: AnyRequest, db: Db, passport_id: FromPath[UUID], file_id: FromPath[UUID]
) -> Response[Any]:
    """A document that is kept with the passport, for whoever sees the attribute that names it."""
    reader = principal_of(request).proved if viewer_of(request).signed_in else service.ANONYMOUS
    return await sent(request, await db.run(reader, attaching.attachment, str(passport_id), file_id))


class FullPage(msgspec.Struct, frozen=True, kw_only=True):
    """The passport for a reader who has proved who he is."""

    content: Content
    watermark: str
    classes: str
    may_ask: bool
    public_href: str
    code: Any
    passport_id: UUID
    trend: list[tuple[datetime, float, float, float]]


@get("/passport/{passport_id:uuid}/view", guards=[signed_in], include_in_schema=False)
async def full_view(request: AnyRequest, unit: Unit, passport_id: FromPath[UUID]) -> Response[str] | Redirect:
    """The page with all that the reader may see, marked with who reads it and when; entered in the owner's register.

    An authority says first on which ground it reads.
    """
    in_public_languages(request)
    if await unit(service.reads_by_law, passport_id):
        return Redirect(f"/authority/passports/{passport_id}", status_code=303)
    return await full_page(request, unit, await unit(service.read, str(passport_id), what="page"))


async def full_page(request: AnyRequest, unit: Unit, view: View) -> Response[str]:
    """A passport as a reader who has proved who he is sees it."""
    viewer = viewer_of(request)
    audience = say(f"passport.public.audience.{_audience(view)}", viewer.language)
    moment = written_moment(viewer.language, clock.now()).striptags()
    actor = (
        " · ".join(part for part in (viewer.company_name, viewer.name) if part) or principal_of(request).proved.actor
    )
    answer = page(
        request,
        "passport/full.html",
        FullPage(
            content=content_of(kind_of(view.record.kind), view, viewer.language),
            watermark=say("passport.public.watermark", viewer.language, audience=audience, actor=actor, moment=moment),
            classes=say("passport.history.comma", viewer.language).join(
                say(f"passport.class.{one.value}", viewer.language)
                for one in sorted(view.standing.classes, key=lambda one: one.value)
            ),
            may_ask=Audience.OWNER not in view.standing.audiences,
            public_href=view.record.product_id,
            code=code_of(view.record.product_id),
            passport_id=view.record.passport_id,
            trend=await _trend(unit, view),
        ),
    )
    answer.headers["cache-control"] = "no-store"
    return answer


async def _trend(unit: Unit, view: View) -> list[tuple[datetime, float, float, float]]:
    """Moments with the product's health in per cent, and its bounds where the reading has an uncertainty; the oldest first."""
    kind = kind_of(view.record.kind)
    for trend in plan_of(kind).trends:
        whole, attribute = view.values.get(trend.of), kind.attributes.get(trend.value)
        if not (sees(attribute, view.standing.classes) and isinstance(whole, int | float) and whole > 0):
            continue
        found = await unit(service.readings, str(view.record.passport_id), attribute=trend.value, limit=MOST_IN_TREND)
        shown = [
            (one.measured_at, round(100 * one.value / whole, 1))
            for one in reversed(found)
            if isinstance(one.value, int | float) and not (one.flags and not one.confirmed)
        ]
        if shown:
            return [(at, value, value, value) for at, value in shown]
    return []


def _audience(view: View) -> str:
    order = ("owner", "authority", "legitimate_interest", "public")
    held = {one.value for one in view.standing.audiences}
    return next(one for one in order if one in held or one == "public")


class AskPage(msgspec.Struct, frozen=True, kw_only=True):
    """The form for asking for access."""

    title: str
    action: str
    roles: list[Choice]
    purposes: list[Choice]
    given: dict[str, str]
    errors: dict[str, str]
    public_href: str


@get("/passport/{passport_id:uuid}/ask", guards=[editor], include_in_schema=False)
async def ask_form(request: AnyRequest, unit: Unit, passport_id: FromPath[UUID]) -> Response[str]:
    """Ask the responsible operator for more."""
    in_public_languages(request)
    return await _ask_page(request, unit, passport_id, {}, {})


@post("/passport/{passport_id:uuid}/ask", guards=[editor], include_in_schema=False, status_code=200)
async def ask(request: AnyRequest, unit: Unit, passport_id: FromPath[UUID]) -> Response[Any]:
    """Send the request."""
    form = await request.form()
    given = {name: str(form.get(name) or "").strip() for name in ("role", "purpose", "justification", "days")}
    language = in_public_languages(request)
    errors = {}
    if not (given["days"].isascii() and given["days"].isdigit() and 1 <= int(given["days"]) <= 365):
        errors["days"] = say("passport.ask.wrong_days", language)
    for name in ("role", "purpose"):
        if not given[name]:
            errors[name] = say("passport.ask.wrong_choice", language)
    if not given["justification"]:
        errors["justification"] = say("passport.ask.wrong_words", language)
    if errors:
        return await _ask_page(request, unit, passport_id, given, errors)
    view, _ = await public_view(unit.db, passport_id)
    new = service.NewRequest(
        role=given["role"],
        scope=service.ReachInput(dpp_ids=(view.record.dpp_id,)),
        classes=("P2", "P4"),
        purpose=given["purpose"],
        justification=given["justification"],
        requested_until=clock.now() + timedelta(days=int(given["days"])),
    )
    await unit(service.request_access, new)
    said = Flash(happened=say("passport.ask.sent", language), seen_by=say("passport.ask.sent_seen", language))
    return done(request, with_query(f"/passport/{passport_id}/view", lang=said_in(str(request.url))), said)


async def _ask_page(
    request: AnyRequest, unit: Unit, passport_id: UUID, given: dict[str, str], errors: dict[str, str]
) -> Response[str]:
    view, _ = await public_view(unit.db, passport_id)
    language, rules = viewer_of(request).language, policy()
    content = content_of(kind_of(view.record.kind), view, language)
    context = AskPage(
        title=content.title,
        action=with_query(f"/passport/{passport_id}/ask", lang=said_in(str(request.url))),
        roles=[Choice(one, say(f"passport.ask.roles.{one}", language)) for one in rules.roles],
        purposes=[Choice(one, say(f"passport.ask.purposes.{one}", language)) for one in rules.purposes],
        given={"role": "", "purpose": "", "justification": "", "days": "90", **given},
        errors=errors,
        public_href=view.record.product_id,
    )
    return page(request, "passport/ask.html", context, status_code=422 if errors else 200)


class ScanPage(msgspec.Struct, frozen=True, kw_only=True):
    """The page of the camera: what was read, and whether it is a battery's identifier."""

    code: str = ""
    uri: str | None = None
    why: str = ""
    expected: str | None = None


@get("/scan", opt=PUBLIC, include_in_schema=False)
async def scan(
    request: AnyRequest, db: Db, code: FromQuery[str | None] = None, expected: FromQuery[str | None] = None
) -> Response[str]:
    """Find a battery by its code, or check a label: `expected` is the identifier that it should hold."""
    said, language = (code or "").strip()[:2000], in_public_languages(request)
    uri, why = None, ""
    if said:
        try:
            uri = product_identifier(said, db.installation.origin, forms=True).uri
        except InvalidIdentifier as refusal:
            why = refusal.sentence(language)
    return page(request, "passport/scan.html", ScanPage(code=said, uri=uri, why=why, expected=_expected(expected, db)))


def _expected(said: str | None, db: Database) -> str | None:
    try:
        return product_identifier(said, db.installation.origin, forms=True).uri if said else None
    except InvalidIdentifier:
        return None


handlers: list[HTTPRouteHandler] = [
    scan,
    snapshot_file,
    snapshot_of,
    pdf_file,
    credential_file,
    document_file,
    attached_file,
    full_view,
    ask_form,
    ask,
]
