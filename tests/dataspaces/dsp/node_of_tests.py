"""The product as one node within this process: the application, its queue's worker, and a client that knocks at its doors."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from tests.web.conftest import client_of, living

from tests.conftest import Ground
from meguri import app as composition
from meguri.dataspaces.node import Node, being
from meguri.jobs import Queue
from meguri.jobs.outbound import Reach
from meguri.settings import Settings, load
from meguri.storage import Database


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
    """A node with its worker."""
    chosen = load({}, data_dir=str(folder), secret_key="s" * 40, database_connections=20, **settings)
    app = composition.build(chosen, ground.login)
    node = Node(chosen, reach)
    with being(node):
        async with living(app), Queue(ground.login, composition.job_lists(chosen)) as queue:
            reactions = composition.reactions(chosen)
            async with Database(ground.login, reactions=reactions, defer=queue.defer, pool_size=at_once + 4) as db:
                worker = asyncio.create_task(queue.work(db, at_once=at_once, signals=False))
                try:
                    yield Running(chosen, app, db, ground)
                finally:
                    worker.cancel()
                    await asyncio.gather(worker, return_exceptions=True)
