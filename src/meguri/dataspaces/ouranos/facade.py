"""The façade as an ASGI application around another: it answers what is Ouranos', and passes on everything else."""

from asyncio import timeout
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any
from urllib.parse import quote

import structlog

from meguri.dataspaces.ouranos import cors, ods
from meguri.dataspaces.ouranos.call import Answer, Call, Disconnected, Family
from meguri.dataspaces.ouranos.errors import TOO_LARGE, Coded, Problem, TimedOut, envelope, error_list
from meguri.dataspaces.ouranos.house import House
from meguri.dataspaces.ouranos.query import Query
from meguri.dataspaces.ouranos.refusals import told
from meguri.dataspaces.ouranos.routing import Kind, Owned, Place, place_of
from meguri.dataspaces.ouranos.serving import SERVE
from meguri.kernel import clock
from meguri.kernel.errors import Refusal

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]
log = structlog.get_logger("meguri.ouranos")
FORWARDED = "x-forwarded-for"
_WITHOUT_TARGET = (Kind.SIGN_IN, Kind.SYSTEMS)


class OuranosFacade:
    """Answers the paths of the Ouranos contract; whatever it does not own goes to `inner`.

    owned  whether another contract has a path under `/api/v1/` or `/auth/`; what nobody owns there is answered here
    """

    def __init__(self, inner: App, house: House, owned: Owned) -> None:
        self._inner = inner
        self._house = house
        self._owned = owned

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """One connection, as ASGI has it."""
        headers = _headers(scope.get("headers", ()))
        web = scope["type"] == "http"
        place = place_of(scope["path"], headers, self._house.profile, self._owned) if web else None
        if place is None:
            await self._inner(scope, receive, send)
            return
        call = self._call(scope, headers, receive, place)
        tracking = ods.tracking_id(call) if place.kind is Kind.ODS else None
        try:
            answer = await self._answer(call, place)
        except Disconnected:
            return
        if tracking is not None:
            ods.note_transfer(call, tracking, answer.status)
        await self._send(send, call, answer, tracking)

    def _call(self, scope: Any, headers: Mapping[str, str], receive: Receive, place: Place) -> Call:
        profile, query = self._house.profile, Query(scope["query_string"])
        peer = scope["client"][0] if scope.get("client") else ""
        return Call(
            method=scope["method"],
            path=scope["path"],
            raw_path=_raw(scope),
            query=query,
            headers=headers,
            family=place.family,
            address=_forwarded(headers) if profile.behind_proxy else peer,
            peer=peer,
            origin=profile.link_base_url or f"{scope['scheme']}://{headers.get('host', '')}",
            body_limit=profile.body_limit,
            receive=receive,
            target="" if place.kind in _WITHOUT_TARGET else query.text("dataTarget"),
        )

    async def _answer(self, call: Call, place: Place) -> Answer:
        """The answer, or the contract's form of what went wrong. Raises Disconnected."""
        if call.method == "OPTIONS":
            return Answer(204)
        try:
            if place.kind is Kind.FILE:  # files may take their time
                return await SERVE[place.kind](call, self._house, place)
            _check_length(call)
            async with timeout(self._house.profile.timeout_s):
                return await SERVE[place.kind](call, self._house, place)
        except Disconnected:
            raise
        except ods.GatewayRefusal as refusal:
            return Answer(refusal.status, ods.body(refusal, clock.now()))
        except Exception as error:
            return self._refused(call, place, error)

    def _refused(self, call: Call, place: Place, error: Exception) -> Answer:
        refusal = told(error, call)
        status = 504 if isinstance(refusal, TimedOut) else refusal.status
        if status == 500 or (status > 500 and not isinstance(error, Refusal | TimeoutError | Coded)):
            log.error("ouranos.unexpected", track=call.track, path=call.path, target=call.target, exc_info=error)
        headers = []
        retry = None if isinstance(refusal, TimedOut) else refusal.retry_after
        if retry is not None:
            headers.append(("retry-after", str(retry)))
        return Answer(status, _refusal_body(refusal, call, place), tuple(headers))

    async def _send(self, send: Send, call: Call, answer: Answer, tracking: str | None) -> None:
        preflight = call.method == "OPTIONS"
        headers = [("x-track", call.track), *cors.headers_for(call.headers, self._house.profile, preflight=preflight)]
        if tracking is not None:
            headers.append(("x-trackingid", tracking))
        if answer.status != 204:
            headers.append(("content-type", answer.media_type))
            headers.append(("x-content-type-options", "nosniff"))
        if answer.chunks is None and answer.status != 204:
            headers.append(("content-length", str(len(answer.body))))
        ours = {name for name, _ in answer.headers}
        headers = [*(pair for pair in headers if pair[0] not in ours), *answer.headers]
        await send({"type": "http.response.start", "status": answer.status, "headers": _encoded(headers)})
        if answer.chunks is not None:
            async for chunk in answer.chunks:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": answer.body})


def _refusal_body(refusal: Problem | Coded | TimedOut, call: Call, place: Place) -> bytes:
    if call.family.listed and isinstance(refusal, Coded):
        return error_list(refusal)
    target = "" if _key_error_of_auth(refusal, call, place) else call.target
    return envelope(refusal, operator_id=call.operator_id, target=target, method=call.method, at=clock.now())


def _key_error_of_auth(refusal: Problem | Coded | TimedOut, call: Call, place: Place) -> bool:
    """Errors of the key on the authentication system's paths do not say what was asked for."""
    before_token = isinstance(refusal, Problem) and refusal.status == 403 and not call.operator_id
    return place.family is Family.AUTH and before_token


def _check_length(call: Call) -> None:
    """A body that says that it is too large is not even read. Raises Problem."""
    announced = call.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced[:18]) > call.body_limit:
        raise Problem(413, call.source, TOO_LARGE)


def _raw(scope: Any) -> str:
    given: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    return given.split(b"?")[0].decode("latin-1")


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """By lower-case name. Of a repeated one the first counts; of addresses passed on, all together are the list."""
    found: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key == FORWARDED and key in found else found.get(key, text)
    return found


def _encoded(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]


def _forwarded(headers: Mapping[str, str]) -> str:
    """The client's address as the outermost trusted proxy saw it: the last but one of those that are named."""
    named = headers.get(FORWARDED, "").split(", ")
    return named[-2] if len(named) >= 2 else ""
