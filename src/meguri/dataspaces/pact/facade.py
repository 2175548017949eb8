"""The PACT service as an ASGI application around another: it answers `/3/…`, discovery, and tokens asked for by form."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

import msgspec
import structlog

from meguri.dataspaces.pact import service
from meguri.dataspaces.pact.credentials import INVALID, LIFETIME_S, Client, Refused, client_of, credentials_of
from meguri.dataspaces.pact.errors import (
    BadRequest,
    InvalidToken,
    NotFoundHere,
    TooLarge,
    WireError,
    WrongMediaType,
)
from meguri.dataspaces.pact.filters import listing_of
from meguri.dataspaces.pact.house import PactHouse
from meguri.dataspaces.pact.messages import MEDIA_TYPE, message_of
from meguri.jobs.model import system_scope
from meguri.kernel.errors import NotFound, Refusal
from meguri.storage.database import Database
from meguri.web.asgi import App, Receive, Scope, Send
from meguri.web.client import client_address, header

DISCOVERY, TOKEN, LIST, EVENTS = "/.well-known/openid-configuration", "/auth/token", "/3/footprints", "/3/events"
MOST_BYTES = 10 << 20
_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"
log = structlog.get_logger("meguri.pact")


class Answer(NamedTuple):
    """What is sent: status, body (None: empty), further headers."""

    status: int
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()


class Call(NamedTuple):
    """One request to this service."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    origin: str
    read: Callable[[], Awaitable[bytes]]


class PactFacade:
    """Answers what is PACT's; everything else goes to `inner`."""

    def __init__(self, inner: App, db: Database, house: PactHouse) -> None:
        self._inner, self._db, self._house = inner, db, house

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection, as ASGI has it."""
        if scope["type"] != "http" or not _ours(scope):
            await self._inner(scope, receive, send)
            return
        answer = await self._answer(scope, receive)
        await _send(send, answer)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        scheme = self._scheme(scope)
        if self._house.https_only and scheme != "https":
            return Answer(404)  # over plain HTTP there is nothing here, and nothing leads elsewhere
        call = self._call(scope, scheme, receive)
        try:
            return await self._served(call)
        except Refused as refused:
            said = {"error": refused.error, "error_description": refused.description}
            return Answer(refused.status, said, _token_headers(refused.status))
        except WireError as error:
            headers = (("www-authenticate", "Bearer"),) if error.status == 401 else ()
            return Answer(error.status, {"code": error.code, "message": error.message}, headers)
        except NotFound:
            return Answer(404, {"code": "NotFound", "message": "The specified footprint does not exist"})
        except Refusal as refusal:
            if refusal.status < 500:
                return Answer(400, {"code": "BadRequest", "message": refusal.sentence("en")})
            return Answer(503, _INTERNAL, (("retry-after", "5"),))
        except Exception:
            log.exception("pact.unexpected", path=call.path, method=call.method)
            return Answer(500, _INTERNAL)

    async def _served(self, call: Call) -> Answer:
        match call.method, call.path.rstrip("/") or "/":
            case ("GET" | "HEAD", path) if path == DISCOVERY:
                return Answer(200, _discovery(call.origin))
            case ("POST", path) if path == TOKEN:
                return await self._token(call)
            case (_, path) if path in (TOKEN, DISCOVERY):
                return _not_allowed("POST" if path == TOKEN else "GET, HEAD")
        client = await self._client(call)
        match call.method, call.path.rstrip("/"):
            case ("GET" | "HEAD", path) if path == LIST:
                return await self._list(call, client)
            case ("GET" | "HEAD", path) if path.startswith(f"{LIST}/"):
                scope = system_scope("pact", client.operator_id)
                found = await self._db.run(scope, service.read_for, client, path.removeprefix(f"{LIST}/"))
                return Answer(200, {"data": found})
            case ("POST", path) if path == EVENTS:
                return await self._take(call, client)
            case (_, path) if path in (LIST, EVENTS) or path.startswith(f"{LIST}/"):
                return _not_allowed("POST" if path == EVENTS else "GET, HEAD")
        raise NotFoundHere("This path does not exist")

    async def _token(self, call: Call) -> Answer:
        client_id, secret = credentials_of(call.headers, await call.read())
        client = client_of(client_id)
        mark = await self._mark(client, secret) if client else None
        if client is None or mark is None:
            raise Refused("invalid_client", "The client is not known, or its secret is another one.")
        said = {"access_token": self._house.tokens.give(client, mark), "token_type": "Bearer", "expires_in": LIFETIME_S}
        return Answer(200, said, _token_headers(200))

    async def _client(self, call: Call) -> Client:
        """Who asks; looked at before the body or the id. Raises InvalidToken, TokenExpired."""
        client, mark = self._house.tokens.read(call.headers.get("authorization", ""))
        if await self._mark(client, None) != mark:
            raise InvalidToken(INVALID)
        return client

    async def _mark(self, client: Client, secret: str | None) -> str | None:
        return await self._db.run(system_scope("pact", client.operator_id), service.client_mark, client, secret)

    async def _list(self, call: Call, client: Client) -> Answer:
        listing = listing_of(call.query)
        scope = system_scope("pact", client.operator_id)
        found, rest = await self._db.run(scope, service.list_for, client, listing)
        if rest is None:
            return Answer(200, {"data": found})
        kept = [pair for pair in parse_qsl(call.query, keep_blank_values=True) if pair[0].lower() != "cursor"]
        link = f'<{call.origin}{LIST}?{urlencode([*kept, ("cursor", rest)])}>; rel="next"'
        return Answer(200, {"data": found}, (("link", link),))

    async def _take(self, call: Call, client: Client) -> Answer:
        media_type = call.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != MEDIA_TYPE:
            raise WrongMediaType(f"Events are sent as {MEDIA_TYPE}.")
        said = message_of(await call.read())
        await self._db.run(system_scope("pact", client.operator_id), service.take_event, client, said)
        return Answer(200)

    def _scheme(self, scope: Scope) -> str:
        """`https` if TLS ends here, or at a proxy that we trust and that says so."""
        peer = scope["client"][0] if scope.get("client") else ""
        through_proxy = self._house.trusted_proxies and client_address(scope, ()) == peer
        told = (header(scope, b"x-forwarded-proto") or "").split(",")[0].strip() if through_proxy else ""
        return told if told in ("http", "https") else str(scope.get("scheme", "http"))

    def _call(self, scope: Scope, scheme: str, receive: Receive) -> Call:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope.get("headers", ())}
        host = headers.get("host", "")
        return Call(
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            headers=headers,
            origin=(self._house.public_url or f"{scheme}://{host}").rstrip("/"),
            read=lambda: _read(receive, headers.get("content-length", "")),
        )


_INTERNAL = {"code": "InternalError", "message": "An internal or unexpected error has occurred"}


def _not_allowed(methods: str) -> Answer:
    said = {"code": "BadRequest", "message": "This method is not allowed here."}
    return Answer(405, said, (("allow", methods),))


def _ours(scope: Scope) -> bool:
    path = scope["path"]
    if path == TOKEN:
        media_type = (header(scope, b"content-type") or "").partition(";")[0].strip().lower()
        return scope["method"] == "POST" and media_type == _FORM
    return bool(path == DISCOVERY or path == "/3" or path.startswith("/3/"))


def _discovery(origin: str) -> dict[str, Any]:
    return {
        "issuer": origin,
        "token_endpoint": f"{origin}{TOKEN}",
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "scopes_supported": ["footprint:list", "footprint:read"],
    }


def _token_headers(status: int) -> tuple[tuple[str, str], ...]:
    kept = (("cache-control", "no-store"), ("pragma", "no-cache"))
    return (*kept, ("www-authenticate", 'Basic realm="PACT"')) if status == 401 else kept


async def _read(receive: Receive, announced: str) -> bytes:
    """The body. Raises TooLarge as soon as it is; BadRequest when the caller leaves."""
    if announced.isascii() and announced.isdigit() and int(announced[:18]) > MOST_BYTES:
        raise TooLarge("The body is larger than 10 MiB.")
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadRequest("The body did not arrive.")
        body += message.get("body", b"")
        if len(body) > MOST_BYTES:
            raise TooLarge("The body is larger than 10 MiB.")
        if not message.get("more_body"):
            return bytes(body)


async def _send(send: Send, answer: Answer) -> None:
    body = b"" if answer.body is None else msgspec.json.encode(answer.body)
    headers = [("content-length", str(len(body))), ("x-content-type-options", "nosniff"), *answer.headers]
    if body:
        headers.append(("content-type", _JSON))
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})
