"""`/api/v1/systemAuth/*`: what other systems of the ecosystem ask about tokens and keys."""

from uuid import UUID

import msgspec

from meguri.dataspaces.ouranos.bodies.account import VERIFY_API_KEY, VERIFY_TOKEN, check_api_key, check_token
from meguri.dataspaces.ouranos.call import Answer, Call
from meguri.dataspaces.ouranos.house import House
from meguri.identity.errors import AccessSuspended, TokenInvalid


class _Token(msgspec.Struct, frozen=True, rename="camel"):
    operator_id: UUID | None


class _Key(msgspec.Struct, frozen=True, rename="camel"):
    is_api_key_valid: bool
    is_ip_address_valid: bool


async def token(call: Call, house: House) -> Answer:
    """Whose token this is; null for one that is not valid."""
    raw = await call.json(VERIFY_TOKEN)
    try:
        operator_id = (await house.door.scope_of(check_token(raw))).operator_id
    except (TokenInvalid, AccessSuspended):
        operator_id = None
    return Answer(200, msgspec.json.encode(_Token(operator_id)))


async def api_key(call: Call, house: House) -> Answer:
    """Whether a key is valid, and whether it may be used from an address: two answers."""
    raw = await call.json(VERIFY_API_KEY)
    key, address = check_api_key(raw)
    found = await house.door.key(key, address)
    return Answer(200, msgspec.json.encode(_Key(found.known, found.address_ok)))
