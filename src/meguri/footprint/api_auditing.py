"""Native REST of verifiers' engagements: the maker invites and answers; the verifier reads, raises and concludes."""

from uuid import UUID

import msgspec
from litestar import Response, get, post

from meguri.footprint import auditing
from meguri.footprint.auditing import errors
from meguri.footprint.auditing.model import Words
from meguri.footprint.declarations.errors import DeclarationNotFound
from meguri.footprint.declarations.model import Verification
from meguri.kernel.paging import Page
from meguri.operators.errors import OperatorUnknown
from meguri.web import FromPath, Json, Unit, editor, refusals, signed_in


class ReplyInput(msgspec.Struct, frozen=True, kw_only=True):
    """The maker's answer to a finding."""

    reply: Words


@get(
    "/api/v1/footprint/declarations/{declaration_id:uuid}/engagements",
    guards=[signed_in],
    responses=refusals(DeclarationNotFound),
)
async def list_engagements(unit: Unit, declaration_id: FromPath[UUID]) -> Page[auditing.Engagement]:
    """Verifiers invited to a declaration, newest first; ended invitations stay listed."""
    return Page(await unit(auditing.engagements, declaration_id))


@post(
    "/api/v1/footprint/declarations/{declaration_id:uuid}/engagements",
    guards=[editor],
    responses=refusals(DeclarationNotFound, OperatorUnknown, errors.VerifierIsSelf, errors.InvitationPast),
)
async def invite(
    unit: Unit, declaration_id: FromPath[UUID], data: Json[auditing.EngagementInput]
) -> Response[auditing.Engagement]:
    """Lets a verifier's company read all that this declaration rests on, until a day."""
    return Response(await unit(auditing.invite, declaration_id, data), status_code=201)


@get(
    "/api/v1/footprint/declarations/{declaration_id:uuid}/findings",
    guards=[signed_in],
    responses=refusals(DeclarationNotFound),
)
async def list_findings(unit: Unit, declaration_id: FromPath[UUID]) -> Page[auditing.Finding]:
    """What verifiers found, oldest first."""
    return Page(await unit(auditing.findings, declaration_id))


@get(
    "/api/v1/footprint/declarations/{declaration_id:uuid}/evidence-accesses",
    guards=[signed_in],
    responses=refusals(DeclarationNotFound),
)
async def list_accesses(unit: Unit, declaration_id: FromPath[UUID]) -> Page[auditing.Access]:
    """Who read the evidence, newest first."""
    return Page(await unit(auditing.accesses, declaration_id))


@post(
    "/api/v1/footprint/engagements/{engagement_id:uuid}/end",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.EngagementNotFound),
)
async def end(unit: Unit, engagement_id: FromPath[UUID]) -> auditing.Engagement:
    """Ends an invitation: the verifier reads no more."""
    return await unit(auditing.end, engagement_id)


@post(
    "/api/v1/footprint/findings/{finding_id:uuid}/reply",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.FindingNotFound, errors.FindingClosed),
)
async def reply(unit: Unit, finding_id: FromPath[UUID], data: Json[ReplyInput]) -> auditing.Finding:
    """Answers a finding; the verifier closes it."""
    return await unit(auditing.reply, finding_id, data.reply)


@get("/api/v1/footprint/verifying", guards=[signed_in], responses=refusals())
async def list_invitations(unit: Unit) -> Page[auditing.Engagement]:
    """Declarations of others that your company is invited to verify today."""
    return Page(await unit(auditing.invitations))


@get(
    "/api/v1/footprint/verifying/{engagement_id:uuid}",
    guards=[signed_in],
    responses=refusals(errors.EngagementNotFound),
)
async def get_evidence(unit: Unit, engagement_id: FromPath[UUID]) -> auditing.Evidence:
    """All that the declaration rests on, down to each supplier's statement; each reading is kept with its maker."""
    return await unit(auditing.evidence, engagement_id)


@post(
    "/api/v1/footprint/verifying/{engagement_id:uuid}/findings",
    guards=[editor],
    responses=refusals(errors.EngagementNotFound, errors.LineUnknown),
)
async def raise_finding(
    unit: Unit, engagement_id: FromPath[UUID], data: Json[auditing.FindingInput]
) -> Response[auditing.Finding]:
    """Raises a finding about the result or one of its lines."""
    return Response(await unit(auditing.raise_finding, engagement_id, data), status_code=201)


@post(
    "/api/v1/footprint/verifying/{engagement_id:uuid}/findings/{finding_id:uuid}/close",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.EngagementNotFound, errors.FindingNotFound, errors.FindingClosed),
)
async def close_finding(unit: Unit, engagement_id: FromPath[UUID], finding_id: FromPath[UUID]) -> auditing.Finding:
    """Closes a finding that is settled."""
    return await unit(auditing.close_finding, engagement_id, finding_id)


@post(
    "/api/v1/footprint/verifying/{engagement_id:uuid}/conclusion",
    guards=[editor],
    responses=refusals(
        errors.EngagementNotFound,
        errors.ResultMoved,
        errors.ConclusionMade,
        errors.FindingsOpen,
        errors.NothingFound,
    ),
)
async def conclude(
    unit: Unit, engagement_id: FromPath[UUID], data: Json[auditing.ConclusionInput]
) -> Response[Verification]:
    """The opinion on the result with this hash; a verification statement in the verifier's name."""
    return Response(await unit(auditing.conclude, engagement_id, data), status_code=201)


handlers = [
    list_engagements,
    invite,
    list_findings,
    list_accesses,
    end,
    reply,
    list_invitations,
    get_evidence,
    raise_finding,
    close_finding,
    conclude,
]
