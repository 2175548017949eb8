"""One request to this façade, and one answer."""

import re
from asyncio import to_thread
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID, uuid4

from meguri.dataspaces.ouranos.errors import MEDIA_TYPE, PRIVILEGES, TOO_LARGE, Problem, Source
from meguri.dataspaces.ouranos.gojson import Body
from meguri.dataspaces.ouranos.goscan import JsonProblem
from meguri.dataspaces.ouranos.query import Query
from meguri.kernel.errors import Stale
from meguri.kernel.scope import OperatorScope

Receive = Callable[[], Awaitable[Any]]
Root = TypeVar("Root")
LONG = 100_000  # bytes of a body that is read beside the event loop, for refusing it exactly may take long
_ETAG = re.compile(r'(?:W/)?"([0-9]{1,9})"')


class Family(StrEnum):
    """Whose form an answer has."""

    AUTH = "auth"
    TRANSPORT = "dataspace"
    NORTH = "north"
    SOUTH = "south"

    @property
    def listed(self) -> bool:
        """Whether refusals are a list of codes, as on the traceability system's own paths."""
        return self in (Family.NORTH, Family.SOUTH)


class Disconnected(Exception):
    """The client went away before its request was complete."""


@dataclass(slots=True)
class Call:
    """A request.

    headers   by lower-case name
    address   the client's address as the profile trusts it; empty if the proxies before us did not tell
    peer      who is at the other end of the socket
    origin    scheme and host that addresses in the answer begin with
    target    the raw `dataTarget` that refusals show; empty where they show none
    scope     on whose behalf, once that is known
    raw       the body, once it was read
    track     the number under which this request is known
    raw_path  the path as it came, not decoded
    tracking  what a gateway calls this request where its client gave it no number
    """

    method: str
    path: str
    query: Query
    headers: Mapping[str, str]
    family: Family
    address: str
    peer: str
    origin: str
    body_limit: int
    receive: Receive
    target: str = ""
    scope: OperatorScope | None = None
    operator_id: str = ""
    raw: bytes = b""
    raw_path: str = ""
    tracking: str = ""
    track: str = field(default_factory=lambda: uuid4().hex)

    @property
    def me(self) -> OperatorScope:
        """The scope of a request that has passed the door."""
        if self.scope is None:
            raise PermissionError("a handler ran before the door")
        return self.scope

    @property
    def client(self) -> str:
        """The best that is known of the client's address."""
        return self.address or self.peer

    @property
    def source(self) -> Source:
        """Who says no to what is wrong with the request itself."""
        return Source.AUTH if self.family is Family.AUTH else Source.DATASPACE

    def if_version(self) -> int | None:
        """The version that the client read (`If-Match`), or None if it does not say. Raises Stale for no version."""
        given = self.headers.get("if-match", "*").strip()
        if given == "*":
            return None
        found = _ETAG.fullmatch(given)
        if found is None:
            raise Stale
        return int(found[1])

    def check_operators(self, *named: UUID) -> None:
        """What is written must be the caller's own. Raises Problem."""
        if any(operator_id != self.me.operator_id for operator_id in named):
            raise Problem(403, self.source, PRIVILEGES)

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body as it arrives. Raises Disconnected."""
        more = True
        while more:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise Disconnected
            more = message.get("more_body", False)
            if message.get("body"):
                yield message["body"]

    async def content(self) -> bytes:
        """The whole body. Raises Problem if it is too large."""
        parts, size = [], 0
        async for chunk in self.chunks():
            size += len(chunk)
            if size > self.body_limit:
                raise Problem(413, self.source, TOO_LARGE)
            parts.append(chunk)
        return b"".join(parts)

    async def json(self, kind: Body[Root]) -> Root | None:
        """The typed body; None for an absent one. Raises JsonProblem, Problem."""
        self.raw = await self.content()
        if self.raw and not self.headers.get("content-type", "").lower().startswith("application/json"):
            raise JsonProblem(MEDIA_TYPE)
        if len(self.raw) > LONG:
            return await to_thread(kind.read, self.raw)
        return kind.read(self.raw)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer. `headers` come after those that every answer has."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    media_type: str = "application/json"
    chunks: AsyncIterator[bytes] | None = None


def etag(version: int) -> tuple[str, str]:
    """The header that names the version of one resource."""
    return ("etag", f'"{version}"')
