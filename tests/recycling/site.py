"""The application with this room's routes alone, and clients that act for a company."""

from types import ModuleType

import httpx

from meguri.kernel.scope import OperatorScope
from meguri.recycling import room
from meguri.storage.database import Database
from meguri.ui import Shell
from meguri.web.build import application
from meguri.web.principal import with_principal
from operators.site import COOKIE, Browser, Known, _with_viewer


class Site:
    """One application; `api(scope)` and `browser(scope)` are its clients."""

    def __init__(self, db: Database, rooms: tuple[ModuleType, ...] = (room,)) -> None:
        self.known = Known()
        handlers = [handler for each in rooms for handler in each.route_handlers]
        shell = Shell(places=tuple(getattr(room, "navigation", ())), notifications_href="/notifications")
        self.litestar = application(db, handlers, shell=shell, version="test")
        self.app = with_principal(_with_viewer(self.litestar), self.known, cookie=COOKIE, trusted_proxies=())

    def stranger(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://test")

    def api(self, scope: OperatorScope) -> httpx.AsyncClient:
        client = self.stranger()
        client.headers["authorization"] = f"Bearer {self.known.let_in(scope)}"
        return client

    def browser(self, scope: OperatorScope, language: str = "ja") -> Browser:
        token = self.known.let_in(scope)
        client = self.stranger()
        client.cookies.set(COOKIE, token)
        client.headers["accept-language"] = language
        client.headers["accept"] = "text/html"
        return Browser(client, self.known.principals[token].csrf_secret)
