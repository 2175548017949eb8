"""Transfers, requests for access, grants, mandates: both sides see their own."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import QueryParameter

from meguri.kernel.scope import PlatformRole
from meguri.passport import errors, service
from meguri.passport.api.asking import AnyRequest, body_of
from meguri.passport.api.reading import Items
from meguri.passport.service import granting
from meguri.web import FromPath, FromQuery, Paging, Unit, editor, platform, refusals, signed_in
from meguri.web.openapi import takes

InState = Annotated[str | None, QueryParameter(name="state", description="Only those in this state.")]


class Approval(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Fewer classes or a shorter time than asked for, if so wished."""

    classes: list[str] | None = None
    valid_until: datetime | None = None


class Denial(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """not_in_policy, no_evidence, out_of_scope or abuse."""

    reason: str


class NewDelegation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A service provider, for what, and the document that says so."""

    delegate_operator_id: UUID
    authorisation_document_id: str
    scope: granting.ReachInput = granting.ReachInput()
    valid_until: datetime | None = None


class RoleInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An operator that is an authority, and what proves it."""

    operator_id: UUID
    role: str
    evidence: str


SETTLED = (errors.DealingNotFound, errors.DealingClosed)
_ASKED = (errors.DppNotFound, errors.ClassNotGrantable, errors.DenialReason, errors.PassportInvalid, errors.InvalidJson)


@get("/api/v1/passport-transfers", guards=[signed_in], responses=refusals())
async def list_transfers(
    unit: Unit, paging: Paging, side: FromQuery[str | None] = None, in_state: InState = None
) -> Items:
    """Own transfers, newest first. `side`: giver (going out) or taker (coming in)."""
    return Items(items=await unit(service.transfers, side=side, state=in_state, limit=paging.limit))


@post(
    "/api/v1/passport-transfers",
    opt=takes(service.NewTransfer),
    guards=[editor],
    responses=refusals(
        errors.DppNotFound,
        errors.NotResponsibleOperator,
        errors.IllegalTransition,
        errors.EvidenceRequired,
        errors.SafetyVeto,
    ),
)
async def propose_many(unit: Unit, request: AnyRequest) -> service.Transfer:
    """Proposes that another operator takes over several passports at once."""
    return await unit(service.propose_transfer, await body_of(request, service.NewTransfer))


@get("/api/v1/passport-transfers/{dealing_id:uuid}", guards=[signed_in], responses=refusals(errors.DealingNotFound))
async def get_transfer(unit: Unit, dealing_id: FromPath[UUID]) -> service.Transfer:
    """One transfer in which one takes part."""
    return await unit(service.transfer, dealing_id)


@post(
    "/api/v1/passport-transfers/{dealing_id:uuid}/accept",
    opt=takes(service.Acceptance, required=False),
    guards=[editor],
    status_code=200,
    responses=refusals(
        *SETTLED,
        errors.TransferExpired,
        errors.TransferSignature,
        errors.TransferNotAccepted,
        errors.SafetyVeto,
        errors.IllegalTransition,
        errors.DuplicateProductId,
    ),
)
async def accept_transfer(unit: Unit, request: AnyRequest, dealing_id: FromPath[UUID]) -> service.Transfer:
    """Takes over: from now on this operator is responsible. The body may say `operator_role` and `operator_information`."""
    said = await body_of(request, service.Acceptance) if await request.body() else service.Acceptance()
    return await unit(service.accept_transfer, dealing_id, said)


@post(
    "/api/v1/passport-transfers/{dealing_id:uuid}/reject",
    guards=[editor],
    status_code=200,
    responses=refusals(*SETTLED, errors.TransferExpired),
)
async def reject_transfer(unit: Unit, dealing_id: FromPath[UUID]) -> service.Transfer:
    """Says no."""
    return await unit(service.reject_transfer, dealing_id)


@post(
    "/api/v1/passport-transfers/{dealing_id:uuid}/withdraw",
    guards=[editor],
    status_code=200,
    responses=refusals(*SETTLED, errors.TransferExpired),
)
async def withdraw_transfer(unit: Unit, dealing_id: FromPath[UUID]) -> service.Transfer:
    """Takes it back."""
    return await unit(service.withdraw_transfer, dealing_id)


@get("/api/v1/access-requests", guards=[signed_in], responses=refusals())
async def list_requests(
    unit: Unit, paging: Paging, side: FromQuery[str | None] = None, in_state: InState = None
) -> Items:
    """Own requests, newest first. `side`: giver (to decide) or taker (asked)."""
    return Items(items=await unit(service.requests, side=side, state=in_state, limit=paging.limit))


@post("/api/v1/access-requests", opt=takes(granting.NewRequest), guards=[editor], responses=refusals(*_ASKED))
async def request_access(unit: Unit, request: AnyRequest) -> granting.AccessRequest:
    """Asks the responsible operator for what the public does not see."""
    return await unit(service.request_access, await body_of(request, granting.NewRequest))


@get("/api/v1/access-requests/{dealing_id:uuid}", guards=[signed_in], responses=refusals(errors.DealingNotFound))
async def get_request(unit: Unit, dealing_id: FromPath[UUID]) -> granting.AccessRequest:
    """One request in which one takes part."""
    return await unit(service.request, dealing_id)


@post(
    "/api/v1/access-requests/{dealing_id:uuid}/approve",
    opt=takes(Approval, required=False),
    guards=[editor],
    status_code=200,
    responses=refusals(*SETTLED, errors.ClassNotGrantable),
)
async def approve_request(unit: Unit, request: AnyRequest, dealing_id: FromPath[UUID]) -> granting.AccessRequest:
    """Grants what was asked for, or less."""
    said = await body_of(request, Approval) if await request.body() else Approval()
    return await unit(service.approve, dealing_id, classes=said.classes, valid_until=said.valid_until)


@post(
    "/api/v1/access-requests/{dealing_id:uuid}/deny",
    opt=takes(Denial),
    guards=[editor],
    status_code=200,
    responses=refusals(*SETTLED, errors.DenialReason),
)
async def deny_request(unit: Unit, request: AnyRequest, dealing_id: FromPath[UUID]) -> granting.AccessRequest:
    """Says no, and why."""
    said = await body_of(request, Denial)
    return await unit(service.deny, dealing_id, said.reason)


@post(
    "/api/v1/access-requests/{dealing_id:uuid}/withdraw", guards=[editor], status_code=200, responses=refusals(*SETTLED)
)
async def withdraw_request(unit: Unit, dealing_id: FromPath[UUID]) -> granting.AccessRequest:
    """Takes an own request back."""
    return await unit(service.withdraw, dealing_id)


@get("/api/v1/grants", guards=[signed_in], responses=refusals())
async def list_grants(
    unit: Unit, paging: Paging, side: FromQuery[str | None] = None, in_state: InState = None
) -> Items:
    """Own grants, newest first. `side`: giver (given) or taker (held)."""
    return Items(items=await unit(service.grants, side=side, state=in_state, limit=paging.limit))


@post(
    "/api/v1/grants",
    opt=takes(granting.NewGrant),
    guards=[editor],
    responses=refusals(*_ASKED, errors.NotResponsibleOperator),
)
async def make_grant(unit: Unit, request: AnyRequest) -> granting.Grant:
    """Opens classes to another operator without being asked."""
    return await unit(service.grant, await body_of(request, granting.NewGrant))


@get("/api/v1/grants/{dealing_id:uuid}", guards=[signed_in], responses=refusals(errors.DealingNotFound))
async def get_grant(unit: Unit, dealing_id: FromPath[UUID]) -> granting.Grant:
    """One grant in which one takes part."""
    return await unit(service.granted, dealing_id)


@post("/api/v1/grants/{dealing_id:uuid}/revoke", guards=[editor], status_code=200, responses=refusals(*SETTLED))
async def revoke_grant(unit: Unit, dealing_id: FromPath[UUID]) -> granting.Grant:
    """Takes a grant back; the next request already feels it."""
    return await unit(service.revoke, dealing_id)


@post("/api/v1/grants/{dealing_id:uuid}/suspend", guards=[editor], status_code=200, responses=refusals(*SETTLED))
async def suspend_grant(unit: Unit, dealing_id: FromPath[UUID], suspended: FromQuery[bool] = True) -> granting.Grant:
    """Suspends a grant, or with `suspended=false` lets it hold again."""
    return await unit(service.suspend, dealing_id, suspended=suspended)


@get("/api/v1/delegations", guards=[signed_in], responses=refusals())
async def list_delegations(unit: Unit, paging: Paging, side: FromQuery[str | None] = None) -> Items:
    """Own mandates, newest first. `side`: giver (given) or taker (held)."""
    return Items(items=await unit(service.delegations, side=side, limit=paging.limit))


@post(
    "/api/v1/delegations",
    opt=takes(NewDelegation),
    guards=[editor],
    responses=refusals(errors.EvidenceRequired, errors.DppNotFound, errors.NotResponsibleOperator),
)
async def make_delegation(unit: Unit, request: AnyRequest) -> granting.Delegation:
    """Authorises a service provider to act for this operator, in writing."""
    said = await body_of(request, NewDelegation)
    return await unit(
        service.delegate,
        delegate_operator_id=said.delegate_operator_id,
        reach=said.scope,
        authorisation_document_id=said.authorisation_document_id,
        valid_until=said.valid_until,
    )


@post("/api/v1/delegations/{dealing_id:uuid}/end", guards=[editor], status_code=200, responses=refusals(*SETTLED))
async def end_delegation(unit: Unit, dealing_id: FromPath[UUID]) -> granting.Delegation:
    """Ends a mandate; either side may."""
    return await unit(service.end_delegation, dealing_id)


@post(
    "/api/v1/authority-roles",
    opt=takes(RoleInput),
    guards=[platform(PlatformRole.PLATFORM_OPERATOR)],
    status_code=204,
    responses=refusals(errors.DenialReason, errors.EvidenceRequired),
)
async def set_role(unit: Unit, request: AnyRequest) -> None:
    """Verifies an operator as an authority: notified_body, market_surveillance, customs or commission."""
    said = await body_of(request, RoleInput)
    await unit(service.set_role, said.operator_id, said.role, said.evidence)


handlers = [
    list_transfers,
    propose_many,
    get_transfer,
    accept_transfer,
    reject_transfer,
    withdraw_transfer,
    list_requests,
    request_access,
    get_request,
    approve_request,
    deny_request,
    withdraw_request,
    list_grants,
    make_grant,
    get_grant,
    revoke_grant,
    suspend_grant,
    list_delegations,
    make_delegation,
    end_delegation,
    set_role,
]
