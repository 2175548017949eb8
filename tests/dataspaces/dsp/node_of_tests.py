"""The product as one node within this process: the application, its queue's worker, and a client that knocks at its doors."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from tests.building import built
from tests.conftest import Ground
from tests.web.conftest import client_of, living

from meguri import app as composition
from meguri.dataspaces.node import Node, being
from meguri.jobs import Queue
from meguri.jobs.outbound import Reach
from meguri.settings import Settings, load
from meguri.storage import Database

from .over_http import over_http


@dataclass
class Running:
    """A node and its database."""

    settings: Settings
    app: object
    db: Database
    ground: Ground

    def client(self, **headers: str) -> httpx.AsyncClient:
        return client_of(self.app, **headers)  # type: ignore[arg-type]


@asynccontextmanager
async def running(
    ground: Ground, folder: Path, *, at_once: int = 32, reach: Reach | None = None, **settings: object
) -> AsyncIterator[Running]:
    """A node with its worker. With `public_url` it also answers on that port."""
    chosen = load({}, data_dir=str(folder), secret_key="s" * 40, database_connections=20, **settings)
    app = built(chosen, ground.login).app
    jobs = composition.job_lists(chosen)
    with being(Node(chosen, reach)):
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(living(app))
            if chosen.public_url:
                await stack.enter_async_context(over_http(app, int(chosen.public_url.rpartition(":")[2])))
            queue = await stack.enter_async_context(Queue(ground.login, jobs))
            db = Database(
                ground.login,
                reactions=composition.reactions(chosen),
                defer=queue.defer,
                pool_size=at_once + 4,
                installation=composition.installation_of(chosen),
            )
            await stack.enter_async_context(db)
            worker = asyncio.create_task(queue.work(db, at_once=at_once, signals=False))
            try:
                yield Running(chosen, app, db, ground)
            finally:
                worker.cancel()
                await asyncio.gather(worker, return_exceptions=True)
