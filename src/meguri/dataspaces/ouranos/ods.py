"""`/ods/*`: the gateway of Open Data Spaces. Our own resources behind it are the same, and only its own refusals differ; other
paths go to the services that its routes name, whose answers pass as they are.
"""

from datetime import datetime
from typing import Any
from uuid import uuid4

import msgspec
import structlog

from meguri.dataspaces.ods.gateway.passing import Asked, Away, Broken, Late
from meguri.dataspaces.ods.gateway.policy import Undecided
from meguri.dataspaces.ouranos.call import Answer, Call
from meguri.dataspaces.ouranos.errors import INVALID_REQUEST, INVALID_TOKEN, Problem
from meguri.dataspaces.ouranos.house import House
from meguri.identity.errors import AccessSuspended, ProviderAway, TokenInvalid, UserInfoRefused
from meguri.jobs.outbound import Refused
from meguri.kernel.clock import seconds_z
from meguri.kernel.ids import parse_uuid

log = structlog.get_logger("meguri.ods")
TRACKING = "x-trackingid"
_LONGEST = 500
_VERBS = {"GET": "read", "PUT": "write", "DELETE": "delete"}


class GatewayRefusal(Exception):
    """The gateway says no; nothing reached the resources behind it."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


BAD_REQUEST = (400, "[dataspace] BadRequest", INVALID_REQUEST)
BAD_KEY = (401, "[dataspace] Unauthorized", "Invalid API-Key")
BAD_TOKEN = (401, "[auth] Unauthorized", INVALID_TOKEN)
NO_USER = (401, "[auth] Unauthorized", "Failed to fetch user info")
DENIED = (403, "[auth] Forbidden", "Access denied")
NO_ROUTE = (404, "[dataspace] NotFound", "Endpoint not found")
FAILED = (500, "[dataspace] InternalServerError", "Unexpected error occurred")
BAD_ANSWER = (502, "[dataspace] BadGateway", "Received an invalid response from the outer service")
NO_CONNECTION = (503, "[dataspace] ServiceUnavailable", "Failed to connect to the outer service")
TOO_LONG = (504, "[dataspace] GatewayTimeout", "Too long to receive a response from outer service")


class _Body(msgspec.Struct, frozen=True):
    code: str
    message: str
    detail: str


def body(refusal: GatewayRefusal, at: datetime) -> bytes:
    """The gateway's refusal as it goes out."""
    return msgspec.json.encode(_Body(refusal.code, refusal.message, f"timeStamp: {seconds_z(at)}"))


def tracking_id(call: Call) -> str:
    """The number under which the client follows its request; ours if it gave none that is one."""
    given = call.headers.get(TRACKING, "")
    if not parse_uuid(given):
        given = call.tracking = call.tracking or str(uuid4())
    return given


def note_transfer(call: Call, tracking: str, status: int) -> None:
    """One line in the log of transfers, with all that the client asked to be noted (`X-ODS-*`)."""
    noted = {name: value[:_LONGEST] for name, value in call.headers.items() if name.startswith("x-ods-")}
    log.info(
        "ods.transfer",
        x_tracking_id=tracking,  # beside the number that every line of this request has
        operator=call.operator_id or None,
        method=call.method,
        path=call.path.removeprefix("/ods"),
        status=status,
        noted=noted,
    )


async def check(call: Call, house: House) -> dict[str, Any]:
    """Key and token, in the gateway's order; what the token says of its bearer. Raises GatewayRefusal."""
    presented = call.headers.get("api-key", "")
    if not presented:
        raise GatewayRefusal(*BAD_REQUEST)
    found = await house.door.key(presented, call.client)
    if not found.known or (house.profile.ip_restriction and not found.address_ok):
        raise GatewayRefusal(*BAD_KEY)
    if not call.headers.get("authorization", "").strip():
        raise GatewayRefusal(*BAD_REQUEST)
    token = _token(call)
    if not token:
        raise GatewayRefusal(*BAD_TOKEN)
    claims: dict[str, Any] = {}
    try:
        if house.gateway is None:
            call.scope = await house.door.scope_of(token)
        else:
            call.scope, claims = await house.gateway.enter(token)
    except UserInfoRefused:
        raise GatewayRefusal(*NO_USER) from None
    except (TokenInvalid, AccessSuspended):
        raise GatewayRefusal(*BAD_TOKEN) from None
    except ProviderAway:
        raise GatewayRefusal(*FAILED) from None
    call.operator_id = str(call.scope.operator_id)
    return claims


def _token(call: Call) -> str:
    kind, _, token = call.headers.get("authorization", "").strip().partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def endpoint_of(call: Call) -> str:
    """What the decision about access knows a resource of ours as."""
    return f"meguri.{call.target or 'none'}.{_VERBS.get(call.method, 'call')}"


async def check_policy(call: Call, house: House, endpoint_id: str | None, claims: dict[str, Any]) -> None:
    """The decision about access; whoever cannot be asked lets nobody through. Raises GatewayRefusal."""
    if house.gateway is None:
        return
    if endpoint_id is None:
        raise GatewayRefusal(*FAILED)
    try:
        allowed = await house.gateway.allows(call.me, endpoint_id, claims, _token(call), tracking_id(call))
    except Undecided:
        raise GatewayRefusal(*FAILED) from None
    if not allowed:
        raise GatewayRefusal(*DENIED)


async def passed_on(call: Call, house: House, path: str, claims: dict[str, Any]) -> Answer:
    """The answer of the service behind a route, as it is. Raises GatewayRefusal."""
    route = await house.gateway.route(call.method, path) if house.gateway else None
    if route is None or house.gateway is None:
        raise GatewayRefusal(*NO_ROUTE)
    await check_policy(call, house, route.endpoint_id, claims)
    try:
        body = await call.content()
    except Problem as problem:
        raise GatewayRefusal(problem.status, "[dataspace] BadRequest", problem.message) from None
    asked = Asked(
        method=call.method,
        raw_path=call.raw_path.removeprefix("/ods"),
        query=call.query.raw.decode("latin-1"),
        headers=call.headers,
        body=body,
        tracking=tracking_id(call),
    )
    try:
        back = await house.gateway.passed(route, asked)
    except Away:
        raise GatewayRefusal(*NO_CONNECTION) from None
    except Late:
        raise GatewayRefusal(*TOO_LONG) from None
    except Broken:
        raise GatewayRefusal(*BAD_ANSWER) from None
    except Refused:
        raise GatewayRefusal(*FAILED) from None
    media_type = back.headers.pop("content-type", "application/octet-stream")
    return Answer(back.status, back.body, tuple(back.headers.items()), media_type)
