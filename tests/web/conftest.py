"""The whole application in this process, on a fresh database: company A and company B, with people in each role."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from litestar import Litestar
from tests.building import built
from tests.conftest import Ground

from meguri.identity import service
from meguri.identity.passwords import Hasher
from meguri.identity.rules import identity_rules
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope, Role
from meguri.operators import service as operators
from meguri.operators.model import NewOperator
from meguri.settings import Settings, load
from meguri.storage.database import Database
from meguri.web.asgi import App

HOME = "198.51.100.7"
PASSWORD = "correct-horse-巡り-staple"


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = msgspec.structs.replace(identity_rules().password, time_cost=1, memory_kib=64)
    cheap = Hasher(rule)
    for module in ("proof", "signing_in", "links"):
        monkeypatch.setattr(f"meguri.identity.service.{module}.hasher", lambda: cheap)


@asynccontextmanager
async def living(app: App) -> AsyncIterator[None]:
    """Within: the application has started, and ends afterwards (ASGI lifespan)."""
    to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    from_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    task = asyncio.create_task(app({"type": "lifespan", "asgi": {"version": "3.0"}}, to_app.get, from_app.put))
    await to_app.put({"type": "lifespan.startup"})
    started = await from_app.get()
    assert started["type"] == "lifespan.startup.complete", started
    try:
        yield
    finally:
        await to_app.put({"type": "lifespan.shutdown"})
        await from_app.get()
        await task


def client_of(app: App, address: str = HOME, **headers: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=True, client=(address, 4711))
    hooks = {"response": [no_mistake_of_ours]}
    return httpx.AsyncClient(transport=transport, base_url="http://meguri.test", headers=headers, event_hooks=hooks)


async def no_mistake_of_ours(answer: httpx.Response) -> None:
    """No test takes a 500 for a page that happens to have what it looks for."""
    assert answer.status_code != 500, f"{answer.request.method} {answer.request.url} failed; the log has the cause"


@dataclass
class Site:
    app: App
    native: Litestar
    db: Database
    settings: Settings
    ground: Ground
    a: UUID
    b: UUID

    def client(self, address: str = HOME, **headers: str) -> httpx.AsyncClient:
        return client_of(self.app, address, **headers)

    async def company(self, operator_id: UUID, name: str, number: str) -> None:
        scope = OperatorScope(operator_id, "system:tests", Role.ADMIN)
        new = NewOperator(name=name, address="Tokyo", open_operator_id=number)
        await self.db.run(scope, operators.register, new, check_digits=False)
        await service.open_access(self.db, operator_id)

    async def person(self, email: str, operator_id: UUID, role: Role = Role.ADMIN) -> UUID:
        link = await service.add_operator_admin(self.db, operator_id, email, email.split("@")[0])
        person = await service.accept_link(self.db, link.token, PASSWORD, HOME)
        async with self.db.identity() as tx:
            sql = "UPDATE membership SET role = %(role)s WHERE person_id = %(person_id)s"
            await tx.run(sql, role=role, person_id=person.person_id)
        service.gate_of(self.db).memory.forget()
        return person.person_id

    async def token(self, email: str) -> str:
        async with self.client() as client:
            answer = await client.post("/api/v1/session", json={"account": email, "password": PASSWORD})
        assert answer.status_code == 201, answer.text
        token: str = answer.json()["access_token"]
        return token

    async def signed_in(self, email: str) -> httpx.AsyncClient:
        return self.client(authorization=f"Bearer {await self.token(email)}")


@pytest.fixture
async def site(ground: Ground, tmp_path: Path) -> AsyncIterator[Site]:
    settings = load({}, data_dir=str(tmp_path), secret_key="s" * 40, profile="demo")
    made = built(settings, ground.login)
    async with living(made.app):
        site = Site(made.app, made.native, made.db, settings, ground, new_id(), new_id())
        await site.company(site.a, "A社", "1234567890123")
        await site.company(site.b, "B社", "1234567890124")
        yield site
