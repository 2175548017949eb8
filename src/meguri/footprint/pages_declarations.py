"""Pages of declarations: draft, review, publish; and the public page that anyone can read."""

import asyncio
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.connection import Request

from meguri.footprint import declarations as declared
from meguri.footprint.declarations.errors import DeclarationBlocked
from meguri.footprint.declarations.model import (
    Act,
    Declaration,
    DeclarationInput,
    Document,
    Provider,
    Step,
    Verification,
)
from meguri.footprint.declarations.paper import as_pdf, qr_code
from meguri.footprint.worksheets import service as worksheets
from meguri.footprint.worksheets.model import KeptResult
from meguri.jobs.model import system_scope
from meguri.kernel.errors import NotFound, Refusal
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Language
from meguri.storage.transaction import Transaction
from meguri.traceability.forms import text
from meguri.ui.answer import done, page
from meguri.ui.flash import Flash
from meguri.ui.viewer import viewer_of
from meguri.ui.words import say
from meguri.web import PUBLIC, Db, FromPath, FromQuery, Unit, editor, freshly_proved, signed_in, version_in

AnyRequest = Request[Any, Any, Any]
_FIELDS = (
    "model", "eu_declaration_number", "study_link", "design", "purchasing_specification", "technical_specification", "note",
)  # fmt: skip


class DeclarationsPage(msgspec.Struct, frozen=True, kw_only=True):
    """`declarations.html`."""

    rows: list[Declaration]


class DraftPage(msgspec.Struct, frozen=True, kw_only=True):
    """`declaration_edit.html`."""

    kept: KeptResult
    declaration: Declaration | None
    given: dict[str, str]
    errors: dict[str, str]


class DeclarationPage(msgspec.Struct, frozen=True, kw_only=True):
    """`declaration.html`."""

    declaration: Declaration
    kept: KeptResult
    reasons: list[str]
    steps: list[Step]
    verifications: list[Verification]
    errors: dict[str, str]
    may_edit: bool


class PublicPage(msgspec.Struct, frozen=True, kw_only=True):
    """`declaration_public.html`."""

    document: Document
    state: str
    qr: str


@get("/declarations", guards=[signed_in], include_in_schema=False)
async def declarations(request: AnyRequest, unit: Unit) -> Response[str]:
    """The list."""
    return page(request, "declarations.html", DeclarationsPage(rows=await unit(declared.declarations)))


@get("/declarations/new", guards=[editor], include_in_schema=False)
async def draft_form(request: AnyRequest, unit: Unit, result: FromQuery[UUID]) -> Response[str]:
    """The form for a new declaration of a result."""
    return await _draft(request, unit, result, None, {}, {})


@post("/declarations/new", guards=[editor], include_in_schema=False, status_code=200)
async def draft(request: AnyRequest, unit: Unit, result: FromQuery[UUID]) -> Response[Any]:
    """Makes the draft."""
    form = await request.form()
    given = {name: text(form, name) for name in _FIELDS}
    if not given["model"]:
        wrong = {"model": say("footprint.decl.need_model", viewer_of(request).language)}
        return await _draft(request, unit, result, None, given, wrong)
    made = await unit(declared.draft, _input(result, given))
    return done(request, f"/declarations/{made.declaration_id}", _flash(request, "drafted"))


@get("/declarations/{declaration_id:uuid}", guards=[signed_in], include_in_schema=False)
async def show(request: AnyRequest, unit: Unit, declaration_id: FromPath[UUID]) -> Response[str]:
    """One declaration: where it stands and what is missing."""
    return await _show(request, unit, declaration_id, {})


@get("/declarations/{declaration_id:uuid}/edit", guards=[editor], include_in_schema=False)
async def edit_form(request: AnyRequest, unit: Unit, declaration_id: FromPath[UUID]) -> Response[str]:
    """The form of a draft."""
    found = await unit(declared.declaration, declaration_id)
    given = {name: str(getattr(found.body, name) or "") for name in _FIELDS}
    return await _draft(request, unit, found.result_id, found, given, {})


@post("/declarations/{declaration_id:uuid}/edit", guards=[editor], include_in_schema=False, status_code=200)
async def edit(request: AnyRequest, unit: Unit, declaration_id: FromPath[UUID]) -> Response[Any]:
    """Another content of a draft, with the newest result of its worksheet if asked."""
    form = await request.form()
    given = {name: text(form, name) for name in _FIELDS}
    version = version_in(form)
    found = await unit(declared.declaration, declaration_id)

    async def keep(tx: Transaction, scope: OperatorScope) -> Declaration:
        kept = await worksheets.result(tx, scope, found.result_id)
        result_id = found.result_id
        if form.get("newest"):
            newest = await worksheets.results(tx, scope, kept.result.worksheet_id)
            result_id = next(one.result.result_id for one in newest if one.result.pack.id == kept.result.pack.id)
        return await declared.amend(tx, scope, declaration_id, _input(result_id, given), version)

    try:
        await unit(keep)
    except Refusal as refusal:
        wrong = {"form": refusal.sentence(viewer_of(request).language)}
        return await _draft(request, unit, found.result_id, found, given, wrong)
    return done(request, f"/declarations/{declaration_id}", _flash(request, "drafted"))


@post("/declarations/{declaration_id:uuid}/step", guards=[editor], include_in_schema=False, status_code=200)
async def take_step(request: AnyRequest, unit: Unit, declaration_id: FromPath[UUID]) -> Response[Any]:
    """Submits, returns, reviews, withdraws."""
    form = await request.form()
    act = text(form, "act")
    if act not in ("submit", "return", "review", "withdraw"):
        raise NotFound
    chosen: Act = act  # type: ignore[assignment]
    try:
        await unit(declared.step, declaration_id, chosen, note=text(form, "step_note") or None)
    except Refusal as refusal:
        return await _show(request, unit, declaration_id, {"form": refusal.sentence(viewer_of(request).language)})
    return done(request, f"/declarations/{declaration_id}", _flash(request, f"did_{act}"))


@post("/declarations/{declaration_id:uuid}/publish", guards=[freshly_proved], include_in_schema=False, status_code=200)
async def publish(request: AnyRequest, unit: Unit, declaration_id: FromPath[UUID]) -> Response[Any]:
    """Publishes, confirmed by naming the model."""
    language = viewer_of(request).language
    form = await request.form()
    try:
        made = await unit(declared.publish, declaration_id, text(form, "confirm"))
    except DeclarationBlocked as refusal:
        words = " ".join([refusal.sentence(language), *(each.of(language) for each in refusal.fields)])
        return await _show(request, unit, declaration_id, {"confirm": words})
    except Refusal as refusal:
        return await _show(request, unit, declaration_id, {"confirm": refusal.sentence(language)})
    flash = Flash(
        happened=say("footprint.decl.published", language, model=made.model),
        seen_by=say("footprint.decl.seen_by_all", language),
    )
    return done(request, f"/declarations/{declaration_id}", flash)


@post("/declarations/{declaration_id:uuid}/verification", guards=[editor], include_in_schema=False, status_code=200)
async def verify(request: AnyRequest, unit: Unit, declaration_id: FromPath[UUID]) -> Response[Any]:
    """Enters a verification statement about the declaration's result, completed."""
    form = await request.form()
    found = await unit(declared.declaration, declaration_id)
    given = {name: text(form, name) for name in ("provider", "accreditation", "standard", "scope", "level", "coverage")}
    day = text(form, "completed_at")

    async def keep(tx: Transaction, scope: OperatorScope) -> None:
        kept = await worksheets.result(tx, scope, found.result_id)
        statement = declared.VerificationInput(
            result_id=found.result_id,
            result_hash=kept.hash,
            coverage=given["coverage"],  # type: ignore[arg-type]
            level=given["level"],  # type: ignore[arg-type]
            standard=given["standard"],
            provider=Provider(name=given["provider"], accreditation=given["accreditation"] or None),
            scope=given["scope"],
            completed_at=datetime.combine(datetime.fromisoformat(day), time.min, UTC) if day else None,
        )
        made = await declared.add_verification(
            tx, scope, msgspec.convert(msgspec.to_builtins(statement), type(statement))
        )
        await declared.move_verification(tx, scope, made.verification_id, "submit")
        await declared.move_verification(tx, scope, made.verification_id, "verify")

    language = viewer_of(request).language
    if not all(given[name] for name in ("provider", "standard", "level", "coverage")):
        return await _show(request, unit, declaration_id, {"provider": say("footprint.decl.need_verifier", language)})
    try:
        await unit(keep)
    except (Refusal, msgspec.ValidationError, ValueError) as refusal:
        words = refusal.sentence(language) if isinstance(refusal, Refusal) else say("footprint.sheet.no_date", language)
        return await _show(request, unit, declaration_id, {"provider": words})
    return done(request, f"/declarations/{declaration_id}", _flash(request, "verified"))


@get("/published/declarations/{declaration_id:uuid}", opt=PUBLIC, include_in_schema=False)
async def public(request: AnyRequest, db: Db, declaration_id: FromPath[UUID]) -> Response[str]:
    """A published declaration, for anyone."""
    document, state = await db.run(system_scope("footprint"), declared.published_document, declaration_id)
    address = f"/published/declarations/{declaration_id}/study.svg"
    return page(request, "declaration_public.html", PublicPage(document=document, state=state, qr=address))


@get("/published/declarations/{declaration_id:uuid}/declaration.pdf", opt=PUBLIC, include_in_schema=False)
async def public_pdf(request: AnyRequest, db: Db, declaration_id: FromPath[UUID]) -> Response[bytes]:
    """The same as a PDF in the reader's language."""
    document, state = await db.run(system_scope("footprint"), declared.published_document, declaration_id)
    asked = request.query_params.get("lang")
    language: Language = asked if asked in ("ja", "en") else viewer_of(request).language
    made = await asyncio.to_thread(as_pdf, document, language, withdrawn=state == "withdrawn")
    return Response(made, media_type="application/pdf")


@get("/published/declarations/{declaration_id:uuid}/study.svg", opt=PUBLIC, include_in_schema=False)
async def public_qr(db: Db, declaration_id: FromPath[UUID]) -> Response[bytes]:
    """The QR code to the public study."""
    document, _ = await db.run(system_scope("footprint"), declared.published_document, declaration_id)
    return Response(qr_code(document.study_link), media_type="image/svg+xml")


async def _draft(
    request: AnyRequest,
    unit: Unit,
    result_id: UUID,
    found: Declaration | None,
    given: dict[str, str],
    errors: dict[str, str],
) -> Response[str]:
    kept = await unit(worksheets.result, result_id)
    told = {name: given.get(name, "") for name in _FIELDS}
    context = DraftPage(kept=kept, declaration=found, given=told, errors=errors)
    return page(request, "declaration_edit.html", context, status_code=422 if errors else 200)


async def _show(request: AnyRequest, unit: Unit, declaration_id: UUID, errors: dict[str, str]) -> Response[str]:
    language = viewer_of(request).language

    async def read(tx: Transaction, scope: OperatorScope) -> DeclarationPage:
        found = await declared.declaration(tx, scope, declaration_id)
        reasons = [] if found.document else await declared.blocked_by(tx, scope, declaration_id)
        return DeclarationPage(
            declaration=found,
            kept=await worksheets.result(tx, scope, found.result_id),
            reasons=[one.of(language) for one in reasons],
            steps=await declared.history(tx, scope, declaration_id),
            verifications=await declared.verifications_of(tx, scope, found.result_id),
            errors=errors,
            may_edit=scope.may_edit,
        )

    return page(request, "declaration.html", await unit(read), status_code=422 if errors else 200)


def _input(result_id: UUID, given: dict[str, str]) -> DeclarationInput:
    design = given["design"] if given["design"] in ("custom_made", "off_the_shelf") else None
    told: dict[str, Any] = {**given, "design": design}
    return DeclarationInput(result_id=result_id, **told)


def _flash(request: AnyRequest, what: str) -> Flash:
    return Flash(happened=say(f"footprint.decl.{what}", viewer_of(request).language))


handlers = [
    declarations,
    draft_form,
    draft,
    show,
    edit_form,
    edit,
    take_step,
    publish,
    verify,
    public,
    public_pdf,
    public_qr,
]
