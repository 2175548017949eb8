"""The whole application for a test, built as the product builds it, in a tenth of the time.

Litestar takes a second and more to register the routes, and they are the same for every test: an instance that has ended
is taken again, with the state and the lifespan of the new application. Instances that live side by side are never shared.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

from litestar import Litestar

from meguri import app as composition
from meguri.settings import Settings
from meguri.storage.database import Database
from meguri.web.asgi import App
from meguri.web.build import application

_ended: dict[tuple[Any, ...], list[Litestar]] = {}


@dataclass
class Built:
    """The application with all layers, Litestar's within it, and the database that it uses."""

    app: App
    native: Litestar
    db: Database


def built(settings: Settings, login: str) -> Built:
    """What `meguri.app.build` makes of `settings`."""
    databases: list[Database] = []
    natives: list[Litestar] = []

    def noted(*args: Any, **more: Any) -> Database:
        databases.append(Database(*args, **more))
        return databases[-1]

    def taken(*args: Any, **more: Any) -> Litestar:
        natives.append(_again((settings.profile, settings.request_body_mb), args, more))
        return natives[-1]

    with mock.patch.object(composition, "Database", noted), mock.patch.object(composition, "application", taken):
        app = composition.build(settings, login)
    return Built(app, natives[0], databases[0])


def _again(key: tuple[Any, ...], args: tuple[Any, ...], more: dict[str, Any]) -> Litestar:
    """An instance that has ended, as if it had been made of these arguments; a new one if there is none."""
    free = _ended.setdefault(key, [])
    lifespan = more.pop("lifespan")

    @asynccontextmanager
    async def running(app: Litestar) -> AsyncIterator[None]:
        [inner] = lifespan
        async with inner(app):
            yield
        free.append(app)

    if not free:
        return application(*args, **more, lifespan=[running])
    native = free.pop()
    with mock.patch("meguri.web.build.Litestar", _Kept(native)), mock.patch("meguri.web.build.demand_policies"):
        return application(*args, **more, lifespan=[running])


class _Kept:
    """Stands for the class while an instance is taken again."""

    def __init__(self, native: Litestar) -> None:
        self._native = native

    def __call__(self, *, state: Any, lifespan: list[Any], **_: Any) -> Litestar:
        self._native.state = state
        self._native._lifespan_managers = lifespan
        return self._native
