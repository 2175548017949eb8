"""The smallest application that the supervisor can run: it writes, exactly once per key, and does a job for each."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from meguri.jobs import Jobs, Queue, system_scope
from meguri.jobs.upkeep import upkeep_jobs
from meguri.kernel.errors import Refusal
from meguri.kernel.events import Event
from meguri.kernel.scope import OperatorScope
from meguri.settings import Settings
from meguri.storage.access import access_to
from meguri.storage.database import Database, Transaction
from meguri.storage.idempotency import Reply, begin, keep
from meguri.storage.installation import Installation, installation
from meguri.storage.secret import installation_secret

OPERATOR = UUID("00000000-0000-7000-8000-000000000001")
jobs = Jobs("small")


class Wrote(Event, frozen=True, kw_only=True):
    tag = "small:key:write"
    key: str


class TookEffect(Event, frozen=True, kw_only=True):
    tag = "small:key:effect"
    key: str


async def write(tx: Transaction, scope: OperatorScope, key: str) -> None:
    if await begin(tx, scope, key, "write", b"") is None:
        await tx.record(Wrote(key=key))
        await tx.defer("small.effect", key=key)
        await keep(tx, scope, key, "write", b"", Reply(201, {}, b""))


async def take_effect(tx: Transaction, scope: OperatorScope, key: str) -> None:
    if await begin(tx, scope, f"effect {key}", "effect", b"") is None:
        await tx.record(TookEffect(key=key))
        await keep(tx, scope, f"effect {key}", "effect", b"", Reply(201, {}, b""))


@jobs.job()
async def effect(db: Database, key: str) -> None:
    await asyncio.sleep(0.005)
    await db.run(system_scope("small", OPERATOR), take_effect, key)


def installation_of(settings: Settings) -> Installation:
    return installation("http://127.0.0.1", installation_secret(settings.folder, settings.secret_key))


def job_lists(settings: Settings) -> Sequence[Jobs]:
    return [jobs, upkeep_jobs()]


def folders_of(settings: Settings) -> list[Path]:
    return [settings.folder]


def reactions(settings: Settings) -> dict[type[Event], Any]:
    return {}


class App:
    def __init__(self, settings: Settings) -> None:
        login = access_to(settings.folder, settings.database_url).login
        self.queue = Queue(login, job_lists(settings))
        self.db = Database(login, defer=self.queue.defer, patience_s=3)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self.live(receive, send)
            return
        status = await self.answer(scope["path"])
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    async def live(self, receive: Any, send: Any) -> None:
        await receive()
        await self.db.open()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.db.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def answer(self, path: str) -> int:
        try:
            if path == "/readyz":
                async with self.db.identity() as tx:
                    await tx.value("SELECT 1")
            elif path == "/slow":
                await asyncio.sleep(1.5)
            else:
                await self.db.run(system_scope("small", OPERATOR), write, path.removeprefix("/write/"))
        except Refusal as refusal:
            return refusal.status
        return 200


def build(settings: Settings) -> App:
    return App(settings)
