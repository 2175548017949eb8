"""The application with this room's routes alone, and clients that act for a company."""

from collections.abc import Sequence
from html.parser import HTMLParser
from uuid import uuid4

import httpx
from litestar.types import ASGIApp

from meguri.kernel.errors import Refusal, Unauthenticated
from meguri.kernel.scope import OperatorScope
from meguri.operators import room
from meguri.storage.database import Database
from meguri.ui import Shell, Viewer, csrf
from meguri.web.build import application
from meguri.web.principal import Principal, with_principal

COOKIE = "session"


class Known:
    """Proves whoever was let in before (`web.principal.Authenticator`)."""

    def __init__(self) -> None:
        self.principals: dict[str, Principal] = {}

    def let_in(self, scope: OperatorScope) -> str:
        secret = csrf.new_secret()
        token = uuid4().hex
        self.principals[token] = Principal(scope=scope, kind="session", csrf_secret=secret, name="山田 花子")
        return token

    async def by_bearer(self, token: str, address: str) -> Principal:
        scope = (await self.by_cookie(token, address)).proved
        return Principal(scope=scope, kind="token")

    async def by_key(self, key: str, address: str) -> Principal:
        return await self.by_bearer(key, address)

    async def by_cookie(self, cookie: str, address: str) -> Principal:
        if cookie not in self.principals:
            raise Unauthenticated
        return self.principals[cookie]

    def no_proof(self) -> Refusal:
        return Unauthenticated()


class Site:
    """One application; `api(scope)` and `browser(scope)` are its clients."""

    def __init__(self, db: Database) -> None:
        self.known = Known()
        handlers = room.route_handlers
        shell = Shell(places=tuple(room.navigation), notifications_href="/notifications")
        self.litestar = application(db, handlers, shell=shell, version="test")
        self.app = with_principal(_with_viewer(self.litestar), self.known, cookie=COOKIE, trusted_proxies=())

    def stranger(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://test")

    def api(self, scope: OperatorScope) -> httpx.AsyncClient:
        client = self.stranger()
        client.headers["authorization"] = f"Bearer {self.known.let_in(scope)}"
        return client

    def browser(self, scope: OperatorScope, language: str = "ja") -> "Browser":
        token = self.known.let_in(scope)
        client = self.stranger()
        client.cookies.set(COOKIE, token)
        client.headers["accept-language"] = language
        client.headers["accept"] = "text/html"
        return Browser(client, self.known.principals[token].csrf_secret)


def _with_viewer(app: ASGIApp) -> ASGIApp:
    async def wrapped(scope, receive, send) -> None:
        principal = scope.get("state", {}).get("principal")
        if principal is not None and principal.scope is not None:
            language = dict(scope["headers"]).get(b"accept-language", b"ja").decode()
            scope["state"]["viewer"] = Viewer(
                language=language,
                name=principal.name,
                role=principal.scope.role,
                csrf_secret=principal.csrf_secret,
            )
        await app(scope, receive, send)

    return wrapped


class Browser:
    """A browser without JavaScript: follows the way back after a form, as a reader sees it."""

    def __init__(self, client: httpx.AsyncClient, csrf_secret: bytes) -> None:
        self.client, self._secret = client, csrf_secret

    async def get(self, path: str, **query: str) -> httpx.Response:
        return await self.client.get(path, params=query or None)

    async def send(self, path: str, *, token: str | None = None, **fields: str) -> httpx.Response:
        """Send a form; by default with the token that our page put into it."""
        data = {**fields, csrf.FIELD: csrf.token(self._secret) if token is None else token}
        answer = await self.client.post(path, data=data)
        return await self.client.get(answer.headers["location"]) if answer.status_code == 303 else answer


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.inputs: dict[str, dict[str, str | None]] = {}
        self.actions: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "input" and found.get("name"):
            self.inputs[str(found["name"])] = found
        if tag == "form":
            self.actions.append(found.get("action"))

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(data.strip())


def read(answer: httpx.Response) -> _Reader:
    """The words, inputs and forms of a page."""
    reader = _Reader()
    reader.feed(answer.text)
    return reader
