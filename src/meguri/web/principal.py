"""Who is asking: proved once per request, before any route, and carried in the request's state.

Proof is tried in this order, and the first that is presented counts, even if it fails: `Authorization: Bearer` with an
access token or an API key, `X-API-Key`, the session's cookie. What it proves is decided by whoever implements
`Authenticator` (identity); this module only carries it.
"""

from datetime import datetime
from typing import Any, Literal, Protocol
from uuid import UUID

import msgspec
from litestar.connection import ASGIConnection

from meguri.kernel.errors import Refusal, Unauthenticated
from meguri.kernel.scope import OperatorScope
from meguri.web.asgi import App, Receive, Scope, Send
from meguri.web.client import client_address, header

Connection = ASGIConnection[Any, Any, Any, Any]
STATE = "principal"
UNPROVED = ("/static/", "/healthz", "/readyz", "/metrics", "/favicon.ico", "/.well-known/")


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asking.

    scope        on whose behalf; None for a stranger
    kind         by which proof
    refusal      why the proof that was presented does not hold, or that none was
    proved_at    when a person last gave their password; None for a key
    session_id   of the page session or the sign-in
    csrf_secret  what the forms of a page session are signed with
    name, email  of the person, in a page session
    noticed      whether there is news of the person's own account, in a page session
    """

    scope: OperatorScope | None = None
    kind: Literal["nobody", "token", "key", "session"] = "nobody"
    refusal: Refusal | None = None
    proved_at: datetime | None = None
    session_id: UUID | None = None
    csrf_secret: bytes = b""
    name: str = ""
    email: str = ""
    client_address: str = ""
    noticed: bool = False

    @property
    def proved(self) -> OperatorScope:
        """The scope. Raises the refusal of a proof that does not hold, or Unauthenticated."""
        if self.scope is None:
            raise self.refusal or Unauthenticated()
        return self.scope


class Authenticator(Protocol):
    """Turns proofs into principals; raises a Refusal for those that do not hold."""

    async def by_bearer(self, token: str, address: str) -> Principal:
        """An access token or an operator's own API key, from `Authorization: Bearer`."""

    async def by_key(self, key: str, address: str) -> Principal:
        """An operator's own API key, from `X-API-Key`."""

    async def by_cookie(self, cookie: str, address: str) -> Principal:
        """A page session."""

    def no_proof(self) -> Refusal:
        """What a stranger is told at a closed door."""


def principal_of(connection: Connection) -> Principal:
    """Who is asking; a stranger where nobody looked."""
    found = connection.scope.get("state", {}).get(STATE)
    return found if isinstance(found, Principal) else Principal()


def with_principal(app: App, authenticator: Authenticator, *, cookie: str, trusted_proxies: tuple[str, ...]) -> App:
    """`app`, told who is asking. `cookie` is the name of the session's cookie."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(UNPROVED):
            address = client_address(scope, trusted_proxies)
            state: dict[str, Any] = scope.setdefault("state", {})
            state[STATE] = await _who(scope, authenticator, cookie, address)
        await app(scope, receive, send)

    return wrapped


async def _who(scope: Any, authenticator: Authenticator, cookie: str, address: str) -> Principal:
    try:
        return await _proved(scope, authenticator, cookie, address)
    except Refusal as refusal:
        return Principal(refusal=refusal, client_address=address)


async def proved_by(scope: Any, authenticator: Authenticator, address: str) -> Principal:
    """Who asks, by token or key alone, for façades, which know no sessions. Raises the refusal of what does not hold."""
    return await _proved(scope, authenticator, "", address)


async def _proved(scope: Any, authenticator: Authenticator, cookie: str, address: str) -> Principal:
    authorization = header(scope, b"authorization")
    if authorization:
        kind, _, token = authorization.partition(" ")
        if kind.lower() != "bearer":
            raise authenticator.no_proof()
        return await authenticator.by_bearer(token.strip(), address)
    key = header(scope, b"x-api-key")
    if key:
        return await authenticator.by_key(key, address)
    session = _cookie(header(scope, b"cookie") or "", cookie) if cookie else ""
    if session:
        return await authenticator.by_cookie(session, address)
    raise authenticator.no_proof()


def _cookie(line: str, name: str) -> str:
    for part in line.split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            return value
    return ""
