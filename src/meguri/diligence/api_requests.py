"""Native REST of due-diligence requests."""

from typing import Any, Literal
from uuid import UUID

import msgspec
from litestar import get, post, put

from meguri.diligence import errors
from meguri.diligence.model import Kept, ResponseBody
from meguri.diligence.questionnaire import Template
from meguri.diligence.service import answers_to, forwarding, guest_answers, records, requests
from meguri.diligence.service.forwarding import ConsentInput, ForwardInput, ForwardPlan, PassedOn
from meguri.diligence.service.requests import Asked, AskInput, WantedInput
from meguri.guests.model import Invite, NewGuestLink
from meguri.identity.errors import BadEmail
from meguri.kernel.paging import BadCursor, Page, encode_cursor
from meguri.operators.errors import OperatorUnknown
from meguri.traceability.errors import (
    PartNotOwn,
    RequestHasChildren,
    RequestSelf,
    RequestTerminated,
    UnknownRequest,
    WrongSide,
)
from meguri.traceability.model import Side, Trade
from meguri.web import Asking, FromPath, FromQuery, Json, Paging, Unit, editor, refusals, signed_in


@post(
    "/api/v1/dd/requests",
    guards=[editor],
    responses=refusals(
        errors.RequestExists,
        errors.UnknownWord,
        OperatorUnknown,
        PartNotOwn,
        RequestSelf,
        RequestTerminated,
        RequestHasChildren,
    ),
)
async def ask(unit: Unit, data: Json[AskInput]) -> Asked:
    """Asks a supplier for due diligence on one purchased part, and says what the answer shall cover."""
    return await unit(requests.ask, data)


@get("/api/v1/dd/requests", guards=[signed_in], responses=refusals(BadCursor))
async def listed(unit: Unit, paging: Paging, side: FromQuery[Literal["sent", "received"]] = "received") -> Page[Asked]:
    """Due-diligence requests sent or received, newest first."""
    found, rest = await unit(
        requests.listed_page,
        Side.DOWN if side == "sent" else Side.UP,
        after=records.id_of_cursor(paging.cursor),
        limit=paging.limit,
    )
    return Page(found, encode_cursor(str(rest)) if rest else None)


@post(
    "/api/v1/dd/requests/{request_id:uuid}/same-part",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.NothingFound, UnknownRequest),
)
async def same_part(unit: Unit, request_id: FromPath[UUID]) -> Trade:
    """Answers with the part that answers the same customer's footprint request."""
    return await unit(requests.answer_with_the_same_part, request_id)


@get("/api/v1/dd/requests/{request_id:uuid}", guards=[signed_in], responses=refusals(UnknownRequest))
async def one(unit: Unit, request_id: FromPath[UUID]) -> Asked:
    """One due-diligence request, sent or received, with what is wanted."""
    return await unit(requests.one, request_id)


@get(
    "/api/v1/dd/requests/{request_id:uuid}/forward",
    guards=[signed_in],
    responses=refusals(UnknownRequest, WrongSide),
)
async def forward_plan(unit: Unit, request_id: FromPath[UUID]) -> ForwardPlan:
    """What passing a received request on would do, and how far it is passed on and answered."""
    return await unit(forwarding.plan, request_id)


@post(
    "/api/v1/dd/requests/{request_id:uuid}/forward",
    guards=[editor],
    responses=refusals(
        UnknownRequest,
        WrongSide,
        errors.ForwardingNotAllowed,
        errors.ForwardingNothing,
        errors.ForwardingTooLate,
        errors.RequestExists,
        RequestTerminated,
        RequestHasChildren,
        OperatorUnknown,
    ),
)
async def forward(unit: Unit, request_id: FromPath[UUID], data: Json[ForwardInput]) -> ForwardPlan:
    """Passes a received request on to the suppliers of what is bought for it, as the customer consents."""
    return await unit(forwarding.forward, request_id, data)


@put(
    "/api/v1/dd/requests/{request_id:uuid}/forwarding",
    guards=[editor],
    responses=refusals(UnknownRequest, WrongSide),
)
async def consent(unit: Unit, request_id: FromPath[UUID], data: Json[ConsentInput]) -> Asked:
    """The asker says whether its request may be passed on, and whether it may be named."""
    return await unit(forwarding.consent, request_id, data)


@post(
    "/api/v1/dd/requests/{request_id:uuid}/questionnaire",
    guards=[editor],
    status_code=200,
    responses=refusals(UnknownRequest, WrongSide, errors.NoTemplate, errors.TemplatePublished),
)
async def adopt(unit: Unit, request_id: FromPath[UUID]) -> Template:
    """Takes the customer's questionnaire into one's own, to answer it."""
    return await unit(forwarding.adopt, request_id)


class GuestAskInput(msgspec.Struct, frozen=True, kw_only=True):
    """A request to a supplier without an account.

    passes_on      a received request that this one passes on: its scope goes along instead of `scope`
    name_customer  tell the supplier on whose behalf, where that customer consents to be named
    """

    invite: Invite
    scope: WantedInput | None = None
    passes_on: UUID | None = None
    name_customer: bool = False


@post(
    "/api/v1/dd/guest-requests",
    guards=[editor],
    responses=refusals(
        errors.RequestExists,
        errors.UnknownWord,
        errors.NoTemplate,
        errors.ForwardingNotAllowed,
        errors.ForwardingNothing,
        errors.ForwardingTooLate,
        BadEmail,
        PartNotOwn,
        RequestTerminated,
        RequestHasChildren,
        UnknownRequest,
        WrongSide,
    ),
)
async def ask_guest(unit: Unit, principal: Asking, data: Json[GuestAskInput]) -> NewGuestLink:
    """Asks a supplier without an account; the link (`path`) is answered this once, and mailed where mail is set up."""
    passed_on = PassedOn(request_id=data.passes_on, name_customer=data.name_customer) if data.passes_on else None
    return await guest_answers.invite(unit.db, principal.proved, data.invite, data.scope, passed_on)


class AnswersInput(msgspec.Struct, frozen=True, kw_only=True):
    """Answers by the keys of the customer's questions."""

    answers: dict[str, Any]


@post(
    "/api/v1/dd/requests/{request_id:uuid}/answers",
    guards=[editor],
    responses=refusals(
        UnknownRequest, WrongSide, errors.NothingFound, errors.NoTemplate, errors.TemplatePublished, errors.BadAnswer
    ),
)
async def answers(unit: Unit, request_id: FromPath[UUID], data: Json[AnswersInput]) -> Kept[ResponseBody]:
    """Answers the questionnaire that a received request names: signed and kept here, and handed to the customer alone."""
    return await unit(answers_to.answer, request_id, data.answers)


handlers = [answers, ask, listed, same_part, one, forward_plan, forward, consent, adopt, ask_guest]
