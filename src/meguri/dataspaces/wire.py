"""HTTP as the façades of the data spaces see it: one call in, one answer out, around the native application."""

import gzip
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, unquote
from uuid import uuid4

import msgspec

from meguri.kernel.ids import parse_uuid
from meguri.web.asgi import App, Receive, Scope, Send

JSON = "application/json"
TRACKING = "x-trackingid"


class TooLarge(Exception):
    """The body is longer than the contract allows."""


class Gone(Exception):
    """The client went away before its body had arrived."""


class Answer(msgspec.Struct, frozen=True):
    """What goes back. Header names in lower case."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = {}
    media_type: str = JSON


class Call(msgspec.Struct, kw_only=True):
    """One request. `segments` are the path's parts, each decoded on its own, without empty ones at the end.

    query     in order, as (name, value); names may repeat
    tracking  the caller's X-TrackingId if it is a UUID, else one of ours; answers carry it
    base      scheme and host under which the caller reached us
    taken     the body once it was read
    """

    method: str
    path: str
    segments: tuple[str, ...]
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    base: str
    tracking: str
    address: str
    receive: Receive
    scope: Any
    taken: bytes | None = None

    def values(self, name: str) -> list[str]:
        """All values of a query parameter."""
        return [value for key, value in self.query if key == name]

    def value(self, name: str) -> str | None:
        """The first value of a query parameter, or None."""
        return next((value for key, value in self.query if key == name), None)

    @property
    def encoded(self) -> str:
        """The path, without a slash at its end, each of its parts encoded: for addresses that lead here again."""
        return "".join(f"/{quote(part, safe='')}" for part in self.segments)

    @property
    def bearer(self) -> str:
        """The token of `Authorization: Bearer`, or ""."""
        kind, _, token = self.headers.get("authorization", "").strip().partition(" ")
        return token.strip() if kind.lower() == "bearer" else ""

    async def body(self, most: int = 1 << 20) -> bytes:
        """The whole body; asked for again, the same. Raises TooLarge, Gone."""
        if self.taken is not None:
            return self.taken
        announced = self.headers.get("content-length", "")
        if announced.isascii() and announced.isdigit() and int(announced[:18]) > most:
            raise TooLarge
        received = bytearray()
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise Gone
            received += message.get("body", b"")
            if len(received) > most:
                raise TooLarge
            if not message.get("more_body"):
                self.taken = bytes(received)
                return self.taken


Serve = Callable[[Call], Awaitable[Answer]]
Owns = Callable[[str], bool]


def facade(inner: App, owns: Owns, serve: Serve, *, public_url: str | None = None) -> App:
    """`inner`, but paths that `owns` accepts are answered by `serve`."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not owns(scope["path"]):
            await inner(scope, receive, send)
            return
        call = call_of(scope, receive, public_url)
        try:
            answer = await serve(call)
        except Gone:
            return
        await respond(send, call, answer)

    return wrapped


def call_of(scope: Any, receive: Receive, public_url: str | None) -> Call:
    """The request that an ASGI scope describes."""
    headers: dict[str, str] = {}
    for name, value in scope.get("headers", ()):
        headers.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))
    raw = scope.get("raw_path") or scope["path"].encode("utf-8", "surrogateescape")
    path = raw.split(b"?")[0].decode("latin-1")
    parts = [unquote(part, errors="replace") for part in path.split("/")[1:]]
    while parts and not parts[-1]:
        parts.pop()
    given = headers.get(TRACKING, "")
    query = scope.get("query_string", b"").decode("latin-1")
    return Call(
        method=scope["method"],
        path=scope["path"],
        segments=tuple(parts),
        query=tuple(parse_qsl(query, keep_blank_values=True, errors="replace")),
        headers=headers,
        base=(public_url or f"{scope.get('scheme', 'http')}://{headers.get('host', 'localhost')}").rstrip("/"),
        tracking=given if parse_uuid(given) else str(uuid4()),
        address=scope["client"][0] if scope.get("client") else "",
        receive=receive,
        scope=scope,
    )


async def respond(send: Send, call: Call, answer: Answer) -> None:
    """Send the answer, compressed when the caller asks for it and it is worth while."""
    body = answer.body
    headers = {
        "content-type": answer.media_type,
        "x-content-type-options": "nosniff",
        "x-trackingid": call.tracking,
        **answer.headers,
    }
    if len(body) > 1400 and "gzip" in call.headers.get("accept-encoding", "") and "content-encoding" not in headers:
        body = gzip.compress(body, 5)
        headers |= {"content-encoding": "gzip", "vary": "accept-encoding"}
    if answer.status == 204 or answer.status == 304:
        del headers["content-type"]
        body = b""
    else:
        headers["content-length"] = str(len(body))
    encoded = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
    await send({"type": "http.response.body", "body": b"" if call.method == "HEAD" else body})


def to_json(status: int, value: Any, headers: dict[str, str] | None = None, media_type: str = JSON) -> Answer:
    """An answer of JSON."""
    return Answer(status, msgspec.json.encode(value), headers or {}, media_type)
