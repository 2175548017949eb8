"""Native REST of due-diligence requests."""

from typing import Literal
from uuid import UUID

from litestar import get, post

from meguri.diligence import errors
from meguri.diligence.service import requests
from meguri.diligence.service.requests import Asked, AskInput
from meguri.kernel.paging import Page
from meguri.operators.errors import OperatorUnknown
from meguri.traceability.errors import (
    PartNotOwn,
    RequestHasChildren,
    RequestSelf,
    RequestTerminated,
    UnknownRequest,
)
from meguri.traceability.model import Side, Trade
from meguri.web import FromPath, FromQuery, Json, Unit, editor, refusals, signed_in


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


@get("/api/v1/dd/requests", guards=[signed_in], responses=refusals())
async def listed(unit: Unit, side: FromQuery[Literal["sent", "received"]] = "received") -> Page[Asked]:
    """Due-diligence requests sent or received, newest first."""
    return Page(await unit(requests.listed, Side.DOWN if side == "sent" else Side.UP), None)


@post(
    "/api/v1/dd/requests/{request_id:uuid}/same-part",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.NothingFound, UnknownRequest),
)
async def same_part(unit: Unit, request_id: FromPath[UUID]) -> Trade:
    """Answers with the part that answers the same customer's footprint request."""
    return await unit(requests.answer_with_the_same_part, request_id)


handlers = [ask, listed, same_part]
