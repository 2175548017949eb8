"""`/ods/*`: the same resources behind the gateway of Open Data Spaces; only the gateway's own refusals differ."""

from datetime import datetime
from uuid import uuid4

import msgspec

from meguri.dataspaces.ouranos.call import Call
from meguri.dataspaces.ouranos.errors import INVALID_REQUEST, INVALID_TOKEN
from meguri.dataspaces.ouranos.house import House
from meguri.identity.errors import AccessSuspended, TokenInvalid
from meguri.kernel.clock import seconds_z
from meguri.kernel.ids import parse_uuid

TRACKING = "x-trackingid"
_VERBS = {"GET": "read", "PUT": "write", "DELETE": "delete"}


class GatewayRefusal(Exception):
    """The gateway says no; nothing reached the resources behind it."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


BAD_REQUEST = (400, "[dataspace] BadRequest", INVALID_REQUEST)
BAD_KEY = (401, "[dataspace] Unauthorized", "Invalid API-Key")
BAD_TOKEN = (401, "[auth] Unauthorized", INVALID_TOKEN)
DENIED = (403, "[auth] Forbidden", "Access denied")
NO_ROUTE = (404, "[dataspace] NotFound", "Endpoint not found")
FAILED = (500, "[dataspace] InternalServerError", "Unexpected error occurred")
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
    return given if parse_uuid(given) else str(uuid4())


async def check(call: Call, house: House) -> None:
    """Key and token, in the gateway's order. Raises GatewayRefusal."""
    presented = call.headers.get("api-key", "")
    if not presented:
        raise GatewayRefusal(*BAD_REQUEST)
    found = await house.door.key(presented, call.client)
    if not found.known or (house.profile.ip_restriction and not found.address_ok):
        raise GatewayRefusal(*BAD_KEY)
    given = call.headers.get("authorization", "").strip()
    if not given:
        raise GatewayRefusal(*BAD_REQUEST)
    if not given.startswith("Bearer "):
        raise GatewayRefusal(*BAD_TOKEN)
    try:
        call.scope = await house.door.scope_of(given.removeprefix("Bearer ").strip())
    except (TokenInvalid, AccessSuspended):
        raise GatewayRefusal(*BAD_TOKEN) from None
    call.operator_id = str(call.scope.operator_id)


async def check_policy(call: Call, house: House) -> None:
    """The policy decision, if one is asked here; whoever cannot be asked denies. Raises GatewayRefusal."""
    if house.decide is None:
        return
    endpoint_id = f"meguri.{call.target or 'none'}.{_VERBS.get(call.method, 'call')}"
    if not await house.decide(call.me, endpoint_id):
        raise GatewayRefusal(*DENIED)
