"""Who may come in: key, address, token, in the contract's order."""

from meguri.dataspaces.ouranos import errors
from meguri.dataspaces.ouranos.call import Call, Family
from meguri.dataspaces.ouranos.errors import Coded, Problem, Source, coded
from meguri.dataspaces.ouranos.house import House
from meguri.identity.errors import AccessSuspended, TokenInvalid, TokenOperatorMalformed
from meguri.identity.model import ApiKey, KeyAttribute

SYSTEMS = (KeyAttribute.DATA_SPACE, KeyAttribute.TRACEABILITY)
NORTH_SYSTEMS = (KeyAttribute.APPLICATION, KeyAttribute.TRACEABILITY)


def _forbidden(message: str) -> Problem:
    return Problem(403, Source.AUTH, message)


async def check_key(call: Call, house: House) -> ApiKey:
    """A known key from an allowed address. Raises Problem."""
    presented = call.headers.get("apikey", "")
    if not presented:
        raise _forbidden(errors.PRIVILEGES)
    if house.profile.ip_restriction and not call.address:
        raise _forbidden(errors.ADDRESS)
    found = await house.door.key(presented, call.client)
    if not found.known:
        raise _forbidden(errors.INVALID_KEY)
    if house.profile.ip_restriction and not found.address_ok:
        raise _forbidden(errors.ADDRESS)
    return found


async def check_system_key(call: Call, house: House) -> None:
    """A key of another system of the ecosystem. Raises Problem."""
    found = await check_key(call, house)
    if found.attribute not in SYSTEMS:
        raise _forbidden(errors.INVALID_KEY)


def bearer(call: Call, *, bare: bool) -> str:
    """The token that was presented, or an empty text. `bare`: it may stand without the word Bearer."""
    given = call.headers.get("authorization", "")
    if given.startswith("Bearer "):
        return given.removeprefix("Bearer ").strip()
    return given.strip() if bare else ""


async def check_token(call: Call, house: House) -> None:
    """On whose behalf the request is made. Raises Problem."""
    token = bearer(call, bare=call.family is Family.AUTH)
    if not token:
        raise Problem(401, Source.AUTH, errors.AUTHENTICATION)
    try:
        call.scope = await house.door.scope_of(token)
    except TokenOperatorMalformed:
        raise Problem(400, Source.AUTH, errors.INVALID_TOKEN) from None
    except (TokenInvalid, AccessSuspended):
        raise Problem(401, Source.AUTH, errors.INVALID_TOKEN) from None
    call.operator_id = str(call.scope.operator_id)


async def check_system_door(call: Call, house: House) -> None:
    """Key and token of the traceability system's own paths. Raises Coded."""
    await _check_listed_key(call, house)
    token = bearer(call, bare=call.family is Family.SOUTH)
    if not token:
        raise coded("MSGMGA0001")
    try:
        call.scope = await house.door.scope_of(token)
    except (TokenInvalid, AccessSuspended):
        raise coded("MSGMGA0002") from None
    call.operator_id = str(call.scope.operator_id)


async def _check_listed_key(call: Call, house: House) -> None:
    presented = call.headers.get("x-api-key", "")
    if not presented:
        raise _no_key()
    if call.family is Family.NORTH and not house.profile.north_key_check:
        return
    allowed = NORTH_SYSTEMS if call.family is Family.NORTH else SYSTEMS
    found = await house.door.key(presented, call.client)
    blocked = house.profile.ip_restriction and not found.address_ok
    if not found.known or found.attribute not in allowed or blocked:
        raise _no_key()


def _no_key() -> Coded:
    return coded("MSGMGA0003")


def check_may_write(call: Call) -> None:
    """Writing needs more than the right to look. Raises Problem or Coded."""
    if not call.me.may_edit:
        raise coded("MSGAECO0025", status=403) if call.family.listed else _forbidden(errors.PRIVILEGES)
