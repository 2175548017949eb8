"""Native REST of declarations, verification statements and reduction requests. Words in, words out."""

import asyncio
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post, put

from meguri.footprint import declarations as declared
from meguri.footprint import reductions
from meguri.footprint.declarations import errors
from meguri.footprint.declarations.model import Act, Declaration, DeclarationInput, Document, Step, Verification
from meguri.footprint.declarations.paper import as_pdf
from meguri.footprint.reductions import errors as reducing
from meguri.footprint.reductions.model import Alternative, Alternatives
from meguri.footprint.worksheets.errors import ResultNotFound
from meguri.jobs.model import system_scope
from meguri.kernel.errors import Needed, Stale
from meguri.kernel.ids import parse_uuid
from meguri.kernel.paging import BadCursor, Page, decode_cursor
from meguri.kernel.text import Language
from meguri.traceability.errors import PartNotOwn
from meguri.ui import language_for
from meguri.web import (
    PUBLIC,
    Db,
    FromPath,
    Json,
    Paging,
    Unit,
    Version,
    editor,
    freshly_proved,
    page_of,
    refusals,
    signed_in,
    versioned,
)

AnyRequest = Request[Any, Any, Any]
Words = Annotated[str, msgspec.Meta(max_length=1000)]


class StepInput(msgspec.Struct, frozen=True, kw_only=True):
    """A step with the note that goes with it."""

    act: Literal["submit", "return", "review", "withdraw"]
    note: Words | None = None


class PublishInput(msgspec.Struct, frozen=True, kw_only=True):
    """Publishing, confirmed by naming the model."""

    confirm: str


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that stands against publishing."""

    code: str
    detail: str


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that stands against publishing; none: it can be published."""

    items: list[Reason]
    next_cursor: str | None = None


class Steps(msgspec.Struct, frozen=True, kw_only=True):
    """Steps of a declaration, newest first."""

    items: list[Step]
    next_cursor: str | None = None


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """A published document and whether it still stands: `published`, `superseded` or `withdrawn`."""

    state: str
    document: Document


class MoveInput(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a verification statement."""

    move: Literal["submit", "return", "verify", "refuse", "withdraw"]
    findings: list[Words] = []
    completed_at: datetime | None = None


class Verifications(msgspec.Struct, frozen=True, kw_only=True):
    """Statements about a result, newest first."""

    items: list[Verification]
    next_cursor: str | None = None


class Drivers(msgspec.Struct, frozen=True, kw_only=True):
    """Parts that drive a product's footprint, greatest first."""

    items: list[reductions.Driver]
    next_cursor: str | None = None


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """Alternatives for one part of a product."""

    part_id: UUID
    options: Annotated[list[Alternative], msgspec.Meta(min_length=1, max_length=20)]


class Reductions(msgspec.Struct, frozen=True, kw_only=True):
    """Reduction requests of both directions, newest first."""

    items: list[reductions.Reduction]
    next_cursor: str | None = None


class AnswerInput(msgspec.Struct, frozen=True, kw_only=True):
    """Yes or no to a reduction request."""

    accept: bool
    reply: Words | None = None


@post("/api/v1/footprint/declarations", guards=[editor], responses=refusals(ResultNotFound))
async def draft(unit: Unit, data: Json[DeclarationInput]) -> Response[Declaration]:
    """A new declaration from a result; of a model that has one at this plant, the next edition."""
    return await unit.answering(lambda made: versioned(made, made.version, status_code=201))(declared.draft, data)


@get("/api/v1/footprint/declarations", guards=[signed_in], responses=refusals(BadCursor))
async def list_declarations(unit: Unit, paging: Paging) -> Page[Declaration]:
    """Declarations, newest first."""
    after = parse_uuid(decode_cursor(paging.cursor, 1)[0]) if paging.cursor else None
    found = await unit(declared.declarations, limit=paging.limit + 1, after=after)
    return page_of(found, paging.limit, lambda one: (str(one.declaration_id),))


@get(
    "/api/v1/footprint/declarations/{declaration_id:uuid}",
    guards=[signed_in],
    responses=refusals(errors.DeclarationNotFound),
)
async def get_declaration(unit: Unit, declaration_id: FromPath[UUID]) -> Response[Declaration]:
    """One declaration."""
    found = await unit(declared.declaration, declaration_id)
    return versioned(found, found.version)


@put(
    "/api/v1/footprint/declarations/{declaration_id:uuid}",
    guards=[editor],
    responses=refusals(Needed, Stale, errors.DeclarationNotFound, errors.Immutable, ResultNotFound),
)
async def amend(
    unit: Unit, declaration_id: FromPath[UUID], data: Json[DeclarationInput], version: Version
) -> Response[Declaration]:
    """Another content of a draft."""
    return await unit.answering(lambda made: versioned(made, made.version))(
        declared.amend, declaration_id, data, version
    )


@get(
    "/api/v1/footprint/declarations/{declaration_id:uuid}/readiness",
    guards=[signed_in],
    responses=refusals(errors.DeclarationNotFound),
)
async def get_readiness(unit: Unit, request: AnyRequest, declaration_id: FromPath[UUID]) -> Readiness:
    """Everything that stands against publishing."""
    language = language_for(request)
    found = await unit(declared.blocked_by, declaration_id)
    return Readiness(items=[Reason(code=one.field, detail=one.of(language)) for one in found])


@get(
    "/api/v1/footprint/declarations/{declaration_id:uuid}/steps",
    guards=[signed_in],
    responses=refusals(errors.DeclarationNotFound),
)
async def get_steps(unit: Unit, declaration_id: FromPath[UUID]) -> Steps:
    """Who took which step when."""
    return Steps(items=await unit(declared.history, declaration_id))


@post(
    "/api/v1/footprint/declarations/{declaration_id:uuid}/steps",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.DeclarationNotFound, errors.StepNotAllowed, errors.Immutable),
)
async def take_step(unit: Unit, declaration_id: FromPath[UUID], data: Json[StepInput]) -> Response[Declaration]:
    """Submits, returns, reviews or withdraws."""
    act: Act = data.act
    return await unit.answering(lambda made: versioned(made, made.version))(
        declared.step, declaration_id, act, note=data.note
    )


@post(
    "/api/v1/footprint/declarations/{declaration_id:uuid}/publish",
    guards=[freshly_proved],
    status_code=200,
    responses=refusals(
        errors.DeclarationNotFound, errors.StepNotAllowed, errors.Immutable, errors.DeclarationBlocked, errors.NotNamed
    ),
)
async def publish(unit: Unit, declaration_id: FromPath[UUID], data: Json[PublishInput]) -> Response[Declaration]:
    """Publishes for everyone and freezes the document; needs the model's name and a fresh proof of who asks."""
    return await unit.answering(lambda made: versioned(made, made.version))(
        declared.publish, declaration_id, data.confirm
    )


@get(
    "/api/v1/footprint/published/{declaration_id:uuid}",
    opt=PUBLIC,
    responses=refusals(errors.DeclarationNotFound),
)
async def get_published(db: Db, declaration_id: FromPath[UUID]) -> Published:
    """A published declaration, machine-readable, for anyone."""
    document, state = await db.run(system_scope("footprint"), declared.published_document, declaration_id)
    return Published(state=state, document=document)


@get(
    "/api/v1/footprint/published/{declaration_id:uuid}/pdf",
    opt=PUBLIC,
    media_type="application/pdf",
    responses=refusals(errors.DeclarationNotFound),
)
async def get_published_pdf(db: Db, request: AnyRequest, declaration_id: FromPath[UUID]) -> Response[bytes]:
    """The same as a tagged PDF, in the reader's language (`lang=ja|en` chooses)."""
    document, state = await db.run(system_scope("footprint"), declared.published_document, declaration_id)
    asked = request.query_params.get("lang")
    language: Language = asked if asked in ("ja", "en") else language_for(request)
    made = await asyncio.to_thread(as_pdf, document, language, withdrawn=state == "withdrawn")
    name = f"declaration-{document.edition}-{language}.pdf"
    return Response(made, media_type="application/pdf", headers={"content-disposition": f'inline; filename="{name}"'})


@post(
    "/api/v1/footprint/verifications",
    guards=[editor],
    responses=refusals(ResultNotFound, errors.HashMismatch),
)
async def add_verification(unit: Unit, data: Json[declared.VerificationInput]) -> Verification:
    """A verification statement about one result, which it names by its hash."""
    return await unit(declared.add_verification, data)


@post(
    "/api/v1/footprint/verifications/{verification_id:uuid}/steps",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.VerificationNotFound, errors.StepNotAllowed),
)
async def move_verification(unit: Unit, verification_id: FromPath[UUID], data: Json[MoveInput]) -> Verification:
    """The next step of a statement."""
    return await unit(
        declared.move_verification,
        verification_id,
        data.move,
        findings=list(data.findings),
        completed_at=data.completed_at,
    )


@get("/api/v1/footprint/results/{result_id:uuid}/verifications", guards=[signed_in], responses=refusals())
async def list_verifications(unit: Unit, result_id: FromPath[UUID]) -> Verifications:
    """Statements about a result, newest first."""
    return Verifications(items=await unit(declared.verifications_of, result_id))


@get("/api/v1/parts/{trace_id:uuid}/footprint/drivers", guards=[signed_in], responses=refusals(PartNotOwn))
async def get_drivers(unit: Unit, trace_id: FromPath[UUID]) -> Drivers:
    """Which parts drive a product's footprint, and whom to ask."""
    return Drivers(items=await unit(reductions.drivers, trace_id))


@post(
    "/api/v1/parts/{trace_id:uuid}/footprint/alternatives",
    guards=[signed_in],
    status_code=200,
    responses=refusals(PartNotOwn, reducing.NotWithin),
)
async def post_alternatives(unit: Unit, trace_id: FromPath[UUID], data: Json[Options]) -> Alternatives:
    """What the product would come to with other suppliers or parts; nothing is kept."""
    return await unit(reductions.compare_alternatives, trace_id, data.part_id, data.options)


@get("/api/v1/footprint/reductions", guards=[signed_in], responses=refusals())
async def list_reductions(unit: Unit) -> Reductions:
    """Reduction requests, asked and received, with how far they have come."""
    return Reductions(items=await unit(reductions.reductions))


@post(
    "/api/v1/footprint/reductions",
    guards=[editor],
    responses=refusals(reducing.NothingToReduce, reducing.BadTarget, reducing.BadDue),
)
async def ask_reduction(unit: Unit, data: Json[reductions.ReductionInput]) -> reductions.Reduction:
    """Asks the supplier of a part for a lower footprint by a date."""
    return await unit(reductions.ask, data)


@get(
    "/api/v1/footprint/reductions/{reduction_id:uuid}",
    guards=[signed_in],
    responses=refusals(reducing.ReductionNotFound),
)
async def get_reduction(unit: Unit, reduction_id: FromPath[UUID]) -> reductions.Reduction:
    """One request with its progress."""
    return await unit(reductions.reduction, reduction_id)


@post(
    "/api/v1/footprint/reductions/{reduction_id:uuid}/answer",
    guards=[editor],
    status_code=200,
    responses=refusals(reducing.ReductionNotFound, reducing.NotOpen),
)
async def answer_reduction(unit: Unit, reduction_id: FromPath[UUID], data: Json[AnswerInput]) -> reductions.Reduction:
    """The supplier says yes or no."""
    return await unit(reductions.answer, reduction_id, accept=data.accept, reply=data.reply)


@post(
    "/api/v1/footprint/reductions/{reduction_id:uuid}/withdraw",
    guards=[editor],
    status_code=200,
    responses=refusals(reducing.ReductionNotFound, reducing.NotOpen),
)
async def withdraw_reduction(unit: Unit, reduction_id: FromPath[UUID]) -> reductions.Reduction:
    """The customer takes the request back."""
    return await unit(reductions.withdraw, reduction_id)


handlers = [
    draft,
    list_declarations,
    get_declaration,
    amend,
    get_readiness,
    get_steps,
    take_step,
    publish,
    get_published,
    get_published_pdf,
    add_verification,
    move_verification,
    list_verifications,
    get_drivers,
    post_alternatives,
    list_reductions,
    ask_reduction,
    get_reduction,
    answer_reduction,
    withdraw_reduction,
]
