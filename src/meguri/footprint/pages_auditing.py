"""Pages of verifiers' engagements: the maker invites and answers; the verifier reads the evidence and concludes."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post

from meguri.footprint import auditing
from meguri.footprint import declarations as declared
from meguri.footprint.auditing.errors import InvitationPast
from meguri.footprint.declarations.model import Declaration
from meguri.kernel import clock
from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.storage.transaction import Transaction
from meguri.traceability.forms import text
from meguri.ui.answer import done, page
from meguri.ui.flash import Flash
from meguri.ui.parts import Choice
from meguri.ui.viewer import viewer_of
from meguri.ui.words import say
from meguri.web import FromPath, Unit, editor, signed_in

AnyRequest = Request[Any, Any, Any]
_CONCLUSION = ("standard", "level", "coverage", "scope", "accreditation", "certificate", "reason")


class EngagementRow(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation, the other company's name, and whether it is in force today."""

    engagement: auditing.Engagement
    company: str
    in_force: bool


class AccessRow(msgspec.Struct, frozen=True, kw_only=True):
    """A reading and the company that read."""

    access: auditing.Access
    company: str


class VerifiersPage(msgspec.Struct, frozen=True, kw_only=True):
    """`verifiers.html`."""

    declaration: Declaration
    rows: list[EngagementRow]
    findings: list[auditing.Finding]
    accesses: list[AccessRow]
    given: Mapping[str, str]
    errors: Mapping[str, str]
    may_edit: bool


class VerifyingListPage(msgspec.Struct, frozen=True, kw_only=True):
    """`verifying.html`."""

    rows: list[EngagementRow]


class VerifyingPage(msgspec.Struct, frozen=True, kw_only=True):
    """`verifying_one.html`."""

    seen: auditing.Evidence
    maker: str
    lines: list[Choice]
    given: Mapping[str, str]
    errors: Mapping[str, str]
    concluded: bool
    may_edit: bool


@get("/declarations/{declaration_id:uuid}/verifiers", guards=[signed_in], include_in_schema=False)
async def verifiers(request: AnyRequest, unit: Unit, declaration_id: FromPath[UUID]) -> Response[str]:
    """Who may read the evidence, what they found, and who read."""
    return await _verifiers(request, unit, declaration_id, {}, {})


@post("/declarations/{declaration_id:uuid}/verifiers", guards=[editor], include_in_schema=False, status_code=200)
async def invited(request: AnyRequest, unit: Unit, declaration_id: FromPath[UUID]) -> Response[Any]:
    """Invites a verifier."""
    form = await request.form()
    given = {name: text(form, name) for name in ("company", "until")}
    language = viewer_of(request).language
    try:
        new = msgspec.convert(given, auditing.EngagementInput)
        await unit(auditing.invite, declaration_id, new)
    except msgspec.ValidationError as wrong:
        field = "company" if "$.company" in str(wrong) else "until"
        errors = {field: say(f"footprint.audit.wrong_{field}", language)}
        return await _verifiers(request, unit, declaration_id, given, errors)
    except Refusal as refusal:
        field = "until" if isinstance(refusal, InvitationPast) else "company"
        return await _verifiers(request, unit, declaration_id, given, {field: refusal.sentence(language)})
    return done(request, f"/declarations/{declaration_id}/verifiers", _flash(request, "invited"))


@post("/declarations/engagements/{engagement_id:uuid}/end", guards=[editor], include_in_schema=False, status_code=200)
async def ended(request: AnyRequest, unit: Unit, engagement_id: FromPath[UUID]) -> Response[Any]:
    """Ends an invitation."""
    over = await unit(auditing.end, engagement_id)
    return done(request, f"/declarations/{over.declaration_id}/verifiers", _flash(request, "gone"))


@post(
    "/declarations/{declaration_id:uuid}/findings/{finding_id:uuid}/reply",
    guards=[editor],
    include_in_schema=False,
    status_code=200,
)
async def replied(
    request: AnyRequest, unit: Unit, declaration_id: FromPath[UUID], finding_id: FromPath[UUID]
) -> Response[Any]:
    """Answers a finding."""
    field = f"reply-{finding_id}"
    words = text(await request.form(), field)
    language = viewer_of(request).language
    if not words:
        return await _verifiers(request, unit, declaration_id, {}, {field: say("footprint.audit.need_words", language)})
    await unit(auditing.reply, finding_id, words[:4000])
    return done(request, f"/declarations/{declaration_id}/verifiers", _flash(request, "replied"))


@get("/verifying", guards=[signed_in], include_in_schema=False)
async def verifying(request: AnyRequest, unit: Unit) -> Response[str]:
    """Declarations that the company is invited to verify."""

    async def read(tx: Transaction, scope: OperatorScope) -> VerifyingListPage:
        found = await auditing.invitations(tx, scope)
        names = await operators.names_of(tx, scope, {one.operator_id for one in found})
        rows = [EngagementRow(engagement=one, company=names.get(one.operator_id, ""), in_force=True) for one in found]
        return VerifyingListPage(rows=rows)

    return page(request, "verifying.html", await unit(read))


@get("/verifying/{engagement_id:uuid}", guards=[signed_in], include_in_schema=False)
async def verifying_one(request: AnyRequest, unit: Unit, engagement_id: FromPath[UUID]) -> Response[str]:
    """The evidence of one declaration."""
    return await _verifying(request, unit, engagement_id, {}, {})


@post("/verifying/{engagement_id:uuid}/findings", guards=[editor], include_in_schema=False, status_code=200)
async def found(request: AnyRequest, unit: Unit, engagement_id: FromPath[UUID]) -> Response[Any]:
    """Raises a finding."""
    form = await request.form()
    words, line = text(form, "words"), text(form, "line_id") or None
    if not words:
        errors = {"words": say("footprint.audit.need_words", viewer_of(request).language)}
        return await _verifying(request, unit, engagement_id, {}, errors)
    await unit(auditing.raise_finding, engagement_id, auditing.FindingInput(words=words[:4000], line_id=line))
    return done(request, f"/verifying/{engagement_id}", _flash(request, "raised"))


@post(
    "/verifying/{engagement_id:uuid}/findings/{finding_id:uuid}/close",
    guards=[editor],
    include_in_schema=False,
    status_code=200,
)
async def closed(
    request: AnyRequest, unit: Unit, engagement_id: FromPath[UUID], finding_id: FromPath[UUID]
) -> Response[Any]:
    """Closes a finding."""
    await unit(auditing.close_finding, engagement_id, finding_id)
    return done(request, f"/verifying/{engagement_id}", _flash(request, "closed"))


@post("/verifying/{engagement_id:uuid}/conclusion", guards=[editor], include_in_schema=False, status_code=200)
async def concluded(request: AnyRequest, unit: Unit, engagement_id: FromPath[UUID]) -> Response[Any]:
    """Enters the opinion."""
    form = await request.form()
    given = {name: text(form, name) for name in (*_CONCLUSION, "verdict", "result_hash")}
    language = viewer_of(request).language
    told: dict[str, Any] = {name: given[name] or None for name in (*_CONCLUSION, "verdict", "result_hash")}
    told["findings"] = [reason] if (reason := told.pop("reason")) else []
    try:
        await unit(auditing.conclude, engagement_id, msgspec.convert(told, auditing.ConclusionInput))
    except msgspec.ValidationError:
        errors = {"standard": say("footprint.audit.need_all", language)}
        return await _verifying(request, unit, engagement_id, given, errors)
    except Refusal as refusal:
        return await _verifying(request, unit, engagement_id, given, {"standard": refusal.sentence(language)})
    return done(request, f"/verifying/{engagement_id}", _flash(request, "concluded"))


async def _verifiers(
    request: AnyRequest, unit: Unit, declaration_id: UUID, given: Mapping[str, str], errors: Mapping[str, str]
) -> Response[str]:
    async def read(tx: Transaction, scope: OperatorScope) -> VerifiersPage:
        found = await auditing.engagements(tx, scope, declaration_id)
        names = await operators.names_of(tx, scope, {one.company_id for one in found})
        by_engagement = {one.engagement_id: names.get(one.company_id, "") for one in found}
        return VerifiersPage(
            declaration=await declared.declaration(tx, scope, declaration_id),
            rows=[
                EngagementRow(
                    engagement=one,
                    company=by_engagement[one.engagement_id],
                    in_force=one.ended_at is None and one.until >= clock.today(),
                )
                for one in found
            ],
            findings=await auditing.findings(tx, scope, declaration_id),
            accesses=[
                AccessRow(access=one, company=by_engagement.get(one.engagement_id, ""))
                for one in await auditing.accesses(tx, scope, declaration_id)
            ],
            given=given,
            errors=errors,
            may_edit=scope.may_edit,
        )

    return page(request, "verifiers.html", await unit(read), status_code=422 if errors else 200)


async def _verifying(
    request: AnyRequest, unit: Unit, engagement_id: UUID, given: Mapping[str, str], errors: Mapping[str, str]
) -> Response[str]:
    whole = say("footprint.audit.whole", viewer_of(request).language)

    async def read(tx: Transaction, scope: OperatorScope) -> VerifyingPage:
        seen = await auditing.evidence(tx, scope, engagement_id)
        names = await operators.names_of(tx, scope, {seen.engagement.operator_id})
        return VerifyingPage(
            seen=seen,
            maker=names.get(seen.engagement.operator_id, ""),
            lines=[Choice("", whole), *(Choice(line.line_id, line.name) for line in seen.result.result.lines)],
            given=given,
            errors=errors,
            concluded=any(one.verification_id == seen.engagement.verification_id for one in seen.verifications),
            may_edit=scope.may_edit,
        )

    return page(request, "verifying_one.html", await unit(read), status_code=422 if errors else 200)


def _flash(
    request: AnyRequest,
    what: Literal["invited", "gone", "replied", "raised", "closed", "concluded"],
) -> Flash:
    return Flash(happened=say(f"footprint.audit.{what}", viewer_of(request).language))


handlers = [
    verifiers,
    invited,
    ended,
    replied,
    verifying,
    verifying_one,
    found,
    closed,
    concluded,
]
