"""The native API of agreements: contracts and guarantees in one shape; what belongs to one kind has doors of its own."""

from uuid import UUID

from litestar import Router, get, post

from meguri.kernel.paging import BadCursor, Page
from meguri.reuse import errors
from meguri.reuse.agreements import Agreement, AgreementKind
from meguri.reuse.service import agreements
from meguri.web import FromPath, FromQuery, Paging, Unit, editor, refusals, signed_in


@get("/reuse/agreements", guards=[signed_in], responses=refusals(BadCursor))
async def list_agreements(unit: Unit, paging: Paging, kind: FromQuery[AgreementKind | None] = None) -> Page[Agreement]:
    """Contracts and guarantees that you give and take, newest first."""
    return await unit(agreements.page, kind=kind, limit=paging.limit, cursor=paging.cursor)


@get("/reuse/agreements/{agreement_id:uuid}", guards=[signed_in], responses=refusals(errors.AgreementNotFound))
async def get_agreement(unit: Unit, agreement_id: FromPath[UUID]) -> Agreement:
    """A contract or a guarantee."""
    return await unit(agreements.get, agreement_id)


_STEP = refusals(errors.AgreementNotFound, errors.NotYourTurn, errors.StateTransition)


@post("/reuse/agreements/{agreement_id:uuid}/accept", guards=[editor], status_code=200, responses=_STEP)
async def accept_agreement(unit: Unit, agreement_id: FromPath[UUID]) -> Agreement:
    """The taker accepts: a contract runs from its day, a guarantee from today."""
    return await unit(agreements.step, agreement_id, "accept")


@post("/reuse/agreements/{agreement_id:uuid}/decline", guards=[editor], status_code=200, responses=_STEP)
async def decline_agreement(unit: Unit, agreement_id: FromPath[UUID]) -> Agreement:
    """The taker declines."""
    return await unit(agreements.step, agreement_id, "decline")


@post("/reuse/agreements/{agreement_id:uuid}/end", guards=[editor], status_code=200, responses=_STEP)
async def end_agreement(unit: Unit, agreement_id: FromPath[UUID]) -> Agreement:
    """Either side ends a contract today."""
    return await unit(agreements.step, agreement_id, "end")


@post("/reuse/agreements/{agreement_id:uuid}/settle", guards=[editor], status_code=200, responses=_STEP)
async def settle_agreement(unit: Unit, agreement_id: FromPath[UUID]) -> Agreement:
    """The guarantor has paid a claim."""
    return await unit(agreements.step, agreement_id, "settle")


_HANDLERS = (
    list_agreements,
    get_agreement,
    accept_agreement,
    decline_agreement,
    end_agreement,
    settle_agreement,
)
handlers = [Router("/api/v1", route_handlers=_HANDLERS, tags=["reuse"])]
