"""A database with the jobs that were put off, and a receiver on this machine that remembers what it got."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest
from tests.conftest import HERE, Fresh, Ground

from meguri.footprint.service import reactions
from meguri.operators import disclosure
from meguri.storage.database import Connection, Database
from meguri.traceability.subjects import PartsAndTrades


@dataclass
class Receiver:
    """Answers every request with the next of `statuses` (the last one for ever)."""

    statuses: list[int] = field(default_factory=lambda: [200])
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()[1:]
        headers = {k.lower(): v.strip() for k, v in (line.split(":", 1) for line in head if ":" in line)}
        self.got.append((headers, await reader.readexactly(int(headers.get("content-length", 0)))))
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        writer.write(f"HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    server = await asyncio.start_server(made, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made


@pytest.fixture(scope="module")
def post_ground(fresh: Fresh) -> Iterator[Ground]:
    made = fresh()
    yield made
    fresh.drop(made)


@pytest.fixture
def deferred() -> list[tuple[str, dict[str, Any], datetime | None]]:
    return []


@pytest.fixture
async def post(
    post_ground: Ground, receiver: Receiver, deferred: list[tuple[str, dict[str, Any], datetime | None]]
) -> AsyncIterator[Database]:
    async def note(connection: Connection, task: str, args: dict[str, Any], run_at: datetime | None) -> None:
        deferred.append((task, args, run_at))

    disclosure.learn(PartsAndTrades())
    here = replace(HERE, loopback_peers=(f"http://127.0.0.1:{receiver.port}",))
    async with Database(post_ground.login, reactions=reactions, defer=note, pool_size=4, installation=here) as db:
        yield db
