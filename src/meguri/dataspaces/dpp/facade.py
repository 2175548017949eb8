"""EN 18222 as an ASGI application around another: it answers `/v1/dpps…` and their kin, and the wrapped `/envelope/v1/…`.

Public readings need no header at all. Whoever writes, or reads history, proves who asks with a bearer token or an API key.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, quote, unquote

from meguri import logs
from meguri.dataspaces.dpp import answers
from meguri.dataspaces.dpp.answers import Answer
from meguri.dataspaces.dpp.limits import Buckets, OldHttp, is_old_http
from meguri.dataspaces.dpp.operations import Operations
from meguri.identity.authenticator import IdentityAuthenticator
from meguri.kernel.errors import Forbidden, Refusal, Stale
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Language, Text, language_of
from meguri.passport import errors
from meguri.passport.service import ANONYMOUS
from meguri.passport.strict_json import MOST_BYTES, decoded
from meguri.storage import Database
from meguri.web.asgi import App, Receive, Scope, Send
from meguri.web.client import client_address, header, is_loopback
from meguri.web.etag import expected_version
from meguri.web.principal import proved_by

DPPS, BY_PRODUCT, BY_PRODUCTS, AT = "dpps", "dppsByProductId", "dppsByProductIds", "dppsByIdAndDate"
HEALTH = "health"
OLD_AT = "/dppsByProductIdAndDate/"
ENVELOPE = "/envelope"
_PREFLIGHT: Final = {
    "access-control-allow-methods": "GET, POST, PATCH, DELETE",
    "access-control-allow-headers": "authorization, x-api-key, content-type, if-match, accept-language",
    "access-control-max-age": "86400",
}
_JSON: Final = ("application/json", "application/merge-patch+json")
log = logs.get(__name__)


class RateLimited(Forbidden):
    """Too many anonymous requests from one network."""

    code = "RATE_LIMITED"
    say = Text(
        ja="要求が多すぎます。しばらくしてからお試しください。",
        en="Too many requests. Please try again shortly.",
        de="Zu viele Anfragen. Bitte versuchen Sie es gleich noch einmal.",
    )


class NoSuchOperation(Refusal):
    """The path exists, but not with this method."""

    status, code = 405, "METHOD_NOT_ALLOWED"
    say = Text(ja="このメソッドは使えません。", en="This method is not offered here.")


class NoSuchPath(Refusal):
    """No operation has this path."""

    status, code = 404, "NOT_FOUND"
    say = Text(ja="この操作はありません。", en="There is no such operation.")


class DppFacade:
    """Answers what is EN 18222's; everything else goes to `inner`."""

    def __init__(
        self,
        inner: App,
        db: Database,
        *,
        trusted_proxies: tuple[str, ...] = (),
        basyx: bool = False,
        http2_only: bool = False,
        production: bool = True,
    ) -> None:
        """Answers before `inner`.

        basyx        refusals carry only `messages`
        http2_only   HTTP/1.x is refused (EN 18216 clause 4)
        production   otherwise this machine's own readers are not limited
        """
        self._inner, self._basyx, self._production = inner, basyx, production
        self._operations = Operations(db)
        self._authenticator = IdentityAuthenticator(db)
        self._trusted, self._http2_only = trusted_proxies, http2_only
        self._buckets = Buckets()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection, as ASGI has it."""
        parts = _ours(scope) if scope["type"] == "http" else None
        if parts is None:
            await self._inner(scope, receive, send)
            return
        wrapped = parts[0] == "envelope"
        call = Call(scope, receive, parts[1:] if wrapped else parts, wrapped=wrapped)
        await _send(send, scope, await self._answer(call))

    async def _answer(self, call: "Call") -> Answer:
        who = ANONYMOUS
        if call.is_preflight:
            return Answer(204, None, _PREFLIGHT)
        try:
            if self._http2_only and is_old_http(call.scope):
                raise OldHttp
            who = await self._who(call)
            answer = await self._served(call, who)
        except Refusal as refusal:
            await self._noted(call, who, refusal)
            answer = answers.refused(refusal, call.language, call.tracking_id)
        except Exception:
            log.exception("dpp.unexpected", path=call.path)
            answer = Answer(500, [answers.message("Exception", "Unexpected", "SERVER_ERROR", call.tracking_id)])
        return self._shaped(call, answer)

    def _shaped(self, call: "Call", answer: Answer) -> Answer:
        if answer.status >= 400:
            body = answers.told(answer, basyx=self._basyx)
            return answer._replace(body={"payload": None, **body} if call.wrapped else body)
        if not call.wrapped:
            return answer
        status = 200 if answer.status == 204 else answer.status
        name = answers.NAMES[answer.status]
        return answer._replace(status=status, body={"statusCode": name, "payload": answer.body, "messages": []})

    async def _who(self, call: "Call") -> OperatorScope:
        """Who asks. A proof that does not hold is refused, never taken for none."""
        address = client_address(call.scope, self._trusted)
        if not call.header("authorization") and not call.header("x-api-key"):
            if not (is_loopback(address) and not self._production) and not self._buckets.take(address):
                raise RateLimited
            return ANONYMOUS
        return (await proved_by(call.scope, self._authenticator, address)).proved

    async def _noted(self, call: "Call", who: OperatorScope, refusal: Refusal) -> None:
        if isinstance(refusal, Forbidden) and who != ANONYMOUS and call.identifier:
            await self._operations.note_refusal(who, call.identifier, refusal.code)

    async def _served(self, call: "Call", who: OperatorScope) -> Answer:
        does = self._operation(call)
        if call.method not in ("GET", "HEAD") and not call.public_post:
            if who == ANONYMOUS:
                raise errors.AuthenticationRequired
            _demand_editor(who)
        answer: Answer = await does(call, who)
        return answer

    def _operation(self, call: "Call") -> Callable[["Call", OperatorScope], Any]:
        shape = tuple(
            part if place == 0 or (place == 2 and part == "elements") else "*" for place, part in enumerate(call.parts)
        )
        table = _OPERATIONS.get(shape)
        if table is None or any(not part for part in call.parts):
            raise NoSuchPath
        method = "GET" if call.method == "HEAD" else call.method
        if method not in table:
            raise NoSuchOperation
        found: Callable[[Call, OperatorScope], Any] = getattr(self, table[method])
        return found

    async def alive(self, call: "Call", who: OperatorScope) -> Answer:
        """Whether this server answers."""
        del call, who
        return Answer(200, {"status": "ok"})

    async def read(self, call: "Call", who: OperatorScope) -> Answer:
        """ReadDPPById."""
        return await self._operations.read(who, call.identifier, call.representation, by_product=False)

    async def read_product(self, call: "Call", who: OperatorScope) -> Answer:
        """ReadDPPByProductId."""
        return await self._operations.read(who, call.identifier, call.representation, by_product=True)

    async def read_at(self, call: "Call", who: OperatorScope) -> Answer:
        """ReadDPPVersionByIdAndDate."""
        return await self._operations.read_at(who, call.identifier, call.query.get("date"), call.representation)

    async def ids(self, call: "Call", who: OperatorScope) -> Answer:
        """ReadDPPIdsByProductIds."""
        found, rest = await self._operations.ids_of_products(who, await call.json(), call.query)
        if call.wrapped:
            return Answer(200, {"dppIdentifiers": found, "nextCursor": rest})
        return Answer(200, {"items": found, **({"cursor": rest} if rest else {})})

    async def create(self, call: "Call", who: OperatorScope) -> Answer:
        """CreateDPP."""
        made = await self._operations.create(who, await call.json(), call.query.get("representation"))
        body = {"dppId": made.dpp_id} if call.wrapped else {"digitalProductPassportId": made.dpp_id}
        return Answer(
            201, body, {"location": f"/v1/{DPPS}/{quote(made.dpp_id, safe='')}", "etag": f'"v{made.version}"'}
        )

    async def update(self, call: "Call", who: OperatorScope) -> Answer:
        """UpdateDPPById."""
        said = call.query.get("representation")
        return await self._operations.update(who, call.identifier, await call.json(), said, call.version)

    async def delete(self, call: "Call", who: OperatorScope) -> Answer:
        """DeleteDPPById."""
        await self._operations.delete(who, call.identifier)
        return Answer(204)

    async def element(self, call: "Call", who: OperatorScope) -> Answer:
        """ReadDataElement."""
        return await self._operations.element(who, call.identifier, call.parts[3], call.representation)

    async def update_element(self, call: "Call", who: OperatorScope) -> Answer:
        """UpdateDataElement."""
        return await self._operations.update_element(
            who, call.identifier, call.parts[3], await call.json(), call.version
        )


def _demand_editor(who: OperatorScope) -> None:
    if not who.may_edit:
        raise Forbidden


_OPERATIONS: Final[dict[tuple[str, ...], dict[str, str]]] = {
    (DPPS,): {"POST": "create"},
    (DPPS, "*"): {"GET": "read", "PATCH": "update", "DELETE": "delete"},
    (DPPS, "*", "elements", "*"): {"GET": "element", "PATCH": "update_element"},
    (BY_PRODUCT, "*"): {"GET": "read_product"},
    (BY_PRODUCTS,): {"POST": "ids"},
    (AT, "*"): {"GET": "read_at"},
    (HEALTH,): {"GET": "alive"},
}
_OTHERS: Final = frozenset(("registerDPP", "verify", "api"))
"""What other rooms answer below `/v1/`: the registry's stand-in, verification, queries of Open Data Spaces."""


class Call:
    """One request to these operations."""

    def __init__(self, scope: Scope, receive: Receive, parts: list[str], *, wrapped: bool) -> None:
        """`parts`: the path's segments after `/v1`, each decoded once."""
        self.scope, self._receive, self.parts, self.wrapped = scope, receive, parts, wrapped
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.query: Mapping[str, str] = dict(
            parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
        )

    @property
    def identifier(self) -> str:
        """The passport or product that the path names."""
        return self.parts[1] if len(self.parts) > 1 else ""

    @property
    def public_post(self) -> bool:
        """Whether this POST only asks."""
        return self.method == "POST" and self.parts[0] == BY_PRODUCTS

    @property
    def is_preflight(self) -> bool:
        """Whether a browser asks, for a page of another site, whether it may ask. Nobody is known here by a cookie: it may."""
        return self.method == "OPTIONS" and self.header("access-control-request-method") is not None

    @property
    def representation(self) -> str | None:
        """What is asked for; a wrapper's clients expect the full form."""
        return self.query.get("representation", "full" if self.wrapped else None)

    @property
    def version(self) -> int | None:
        """The version in If-Match, which is optional here. Raises VersionConflict for a tag never given out."""
        said = self.header("if-match")
        try:
            return expected_version(said) if said and said.strip() != "*" else None
        except Stale:
            raise errors.VersionConflict from None

    @property
    def language(self) -> Language:
        """The reader's language."""
        return language_of(self.header("accept-language") or "en")

    @property
    def tracking_id(self) -> str:
        """The number of this request in the log."""
        return str(self.scope.get("state", {}).get("tracking_id", ""))

    def header(self, name: str) -> str | None:
        """The first header of this lower-case name."""
        return header(self.scope, name.encode())

    async def json(self) -> Any:
        """The body. Raises UnsupportedMediaType, PayloadTooLarge, InvalidJson."""
        media_type = (self.header("content-type") or "").partition(";")[0].strip().lower()
        if media_type not in _JSON:
            raise errors.UnsupportedMediaType
        pieces, size = [], 0
        while True:
            message = await self._receive()
            pieces.append(message.get("body", b""))
            size += len(pieces[-1])
            if size > MOST_BYTES:
                raise errors.PayloadTooLarge(most="5 MB")
            if not message.get("more_body"):
                return decoded(b"".join(pieces))


def _ours(scope: Scope) -> list[str] | None:
    """The segments after `/v1`, decoded once each; `envelope` before them for wrapped calls; None for others' paths."""
    raw = scope.get("raw_path") or quote(scope["path"]).encode()
    path = raw.decode("latin-1").partition("?")[0]
    if path.startswith(OLD_AT):
        return [AT, unquote(path.removeprefix(OLD_AT))]
    if path == f"/{HEALTH}" and _is_probe(scope):
        return [HEALTH]
    prefix = ["envelope"] if path.startswith(f"{ENVELOPE}/v1/") else []
    path = path.removeprefix(ENVELOPE) if prefix else path
    if not path.startswith("/v1/"):
        return None
    parts = [unquote(part) for part in path.removeprefix("/v1/").rstrip("/").split("/")]
    return None if parts[0] in _OTHERS and not prefix else [*prefix, *parts]


def _is_probe(scope: Scope) -> bool:
    """Whether a machine asks whether we are alive. A browser, or whoever is signed in, wants the page of that name."""
    accepts = (header(scope, b"accept") or "*/*").lower()
    reads = scope["method"] in ("GET", "HEAD")
    return reads and "text/html" not in accepts and header(scope, b"cookie") is None


async def _send(send: Send, scope: Scope, answer: Answer) -> None:
    body = b"" if answer.status == 204 else answers.written(answer.body)
    headers = {"content-type": answer.media_type, "content-length": str(len(body)), "x-content-type-options": "nosniff"}
    headers |= {"access-control-allow-origin": "*", "access-control-expose-headers": "ETag, Location"}
    headers = {**headers, "cache-control": "no-cache", **answer.headers}
    if answer.status == 204:
        headers.pop("content-type")
    await send(
        {
            "type": "http.response.start",
            "status": answer.status,
            "headers": [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
