"""The contract's order of checks, place by place; the first that fails is the answer."""

from collections.abc import Awaitable, Callable

from meguri.dataspaces.ouranos import door, errors, northbound, ods, southbound, transport
from meguri.dataspaces.ouranos.account import companies, resetting, signing_in, systems
from meguri.dataspaces.ouranos.call import Answer, Call, Family
from meguri.dataspaces.ouranos.errors import MAINTENANCE, Problem, Source, coded
from meguri.dataspaces.ouranos.house import Handler, Handlers, House
from meguri.dataspaces.ouranos.northbound.certificates import ADDRESS, FILE_HANDLERS
from meguri.dataspaces.ouranos.query import BadParameter
from meguri.dataspaces.ouranos.routing import COMPANIES, TRANSPORT, Kind, Place

HEALTHY = b'{"isSystemHealthy":true}'
_SIGN_IN: dict[str, Handler] = {
    "login": signing_in.login,
    "refresh": signing_in.refresh,
    "change": signing_in.change,
}
_SYSTEMS: dict[str, Handler] = {"token": systems.token, "apiKey": systems.api_key}
Serve = Callable[[Call, House, Place], Awaitable[Answer]]


def no_endpoint() -> Problem:
    """The refusal of an unknown path or method."""
    return Problem(404, Source.DATASPACE, errors.NO_ENDPOINT)


async def _health(call: Call, house: House, place: Place) -> Answer:
    if call.method != "GET":
        return await _nowhere(call, house, place)
    return Answer(200, HEALTHY)


async def _nowhere(call: Call, house: House, place: Place) -> Answer:
    """Nobody learns what is there before the key, and before the token where tokens are asked for."""
    await door.check_key(call, house)
    if place.family is not Family.AUTH:
        await door.check_token(call, house)
    raise no_endpoint()


async def _sign_in(call: Call, house: House, place: Place) -> Answer:
    await door.check_key(call, house)
    if call.method != "POST":
        raise no_endpoint()
    if place.name == "change":
        await door.check_token(call, house)
    return await _SIGN_IN[place.name](call, house)


async def _systems(call: Call, house: House, place: Place) -> Answer:
    await door.check_system_key(call, house)
    if call.method != "POST" or place.name not in _SYSTEMS:
        raise no_endpoint()
    return await _SYSTEMS[place.name](call, house)


async def _companies(call: Call, house: House, place: Place) -> Answer:
    await door.check_key(call, house)
    await door.check_token(call, house)
    return await _dispatch(call, house, companies.HANDLERS, companies.METHODS)


async def _transport(call: Call, house: House, place: Place) -> Answer:
    await door.check_key(call, house)
    await door.check_token(call, house)
    return await _dispatch(call, house, transport.HANDLERS, transport.METHODS)


async def _dispatch(call: Call, house: House, handlers: Handlers, methods: frozenset[str]) -> Answer:
    """Method and `dataTarget`, then the handler. Traceability may be closed; the companies' records are not."""
    if call.method not in methods:
        raise no_endpoint()
    handler = handlers.get((call.method, call.query.text("dataTarget")))
    if handler is None:
        raise BadParameter("dataTarget")
    if call.family is Family.TRANSPORT and house.profile.maintenance():
        raise coded(MAINTENANCE)
    if call.method != "GET":
        door.check_may_write(call)
    return await handler(call, house)


async def _reset(call: Call, house: House, place: Place) -> Answer:
    if not house.profile.allow_data_reset or call.method != "PUT":
        raise no_endpoint()
    await door.check_key(call, house)
    await door.check_token(call, house)
    door.check_may_write(call)
    return await resetting.data_reset(call, house)


async def _north(call: Call, house: House, place: Place) -> Answer:
    return await _listed(call, house, place, northbound.HANDLERS)


async def _south(call: Call, house: House, place: Place) -> Answer:
    return await _listed(call, house, place, southbound.HANDLERS)


async def _listed(call: Call, house: House, place: Place, handlers: Handlers) -> Answer:
    await door.check_system_door(call, house)
    handler = handlers.get((call.method, place.name))
    if handler is None:
        raise coded("MSGMGO0005")
    if house.profile.maintenance():
        raise coded(MAINTENANCE)
    if call.method != "GET":
        door.check_may_write(call)
    return await handler(call, house)


async def _file(call: Call, house: House, place: Place) -> Answer:
    handler = FILE_HANDLERS.get((call.method, ADDRESS))
    if handler is None:
        raise coded("MSGMGO0005")
    return await handler(call, house)


async def _ods(call: Call, house: House, place: Place) -> Answer:
    """The gateway's checks, then the resource as if it were asked directly, or what stands behind one of its routes."""
    claims = await ods.check(call, house)
    if place.name not in (TRANSPORT, COMPANIES):
        return await ods.passed_on(call, house, place.name, claims)
    await ods.check_policy(call, house, ods.endpoint_of(call), claims)
    if place.name == COMPANIES:
        call.family = Family.AUTH
        return await _dispatch(call, house, companies.HANDLERS, companies.METHODS)
    return await _dispatch(call, house, transport.HANDLERS, transport.METHODS)


SERVE: dict[Kind, Serve] = {
    Kind.HEALTH: _health,
    Kind.SIGN_IN: _sign_in,
    Kind.SYSTEMS: _systems,
    Kind.COMPANIES: _companies,
    Kind.TRANSPORT: _transport,
    Kind.RESET: _reset,
    Kind.NORTH: _north,
    Kind.FILE: _file,
    Kind.SOUTH: _south,
    Kind.ODS: _ods,
    Kind.NOWHERE: _nowhere,
}
