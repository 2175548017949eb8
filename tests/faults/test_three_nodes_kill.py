"""Supplier, cell maker and car maker, each `meguri serve` with a database of its own, on a bad day.

Between them messages are lost, doubled, delayed, reordered and replayed, and the processes of one node after the other are
killed. The totals are those of one node; nothing is lost, doubled or leaked.
"""

import asyncio
import dataclasses
import os
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from tests.chain import Company, company
from tests.dataspaces.dsp.over_http import over_http

from meguri import app as composition
from meguri.dataspaces.federation import shadows, store
from meguri.dataspaces.federation.linking import Linker, code_of
from meguri.dataspaces.node import Node, being
from meguri.jobs import Queue
from meguri.proof import keyring
from meguri.settings import load
from meguri.storage import Database
from meguri.storage.access import access_to
from meguri.traceability import service as traceability
from meguri.traceability.model import Trade
from serving import Server, free_port, open_folder

pytestmark = [pytest.mark.faults, pytest.mark.anyio, pytest.mark.long]
NAMES = ("素材社", "電池社", "自動車社")


class Line:
    """What lies before a node: every request passes here, and messages to its inbox suffer."""

    def __init__(self, port: int, luck: random.Random) -> None:
        self.port, self.luck, self.bad = port, luck, False
        self.suffered = dict.fromkeys(("lost", "answer lost", "doubled", "delayed", "replayed"), 0)
        self.web = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20)
        self.old: list[tuple[Any, ...]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"]
        query = scope["query_string"].decode()
        sent = (scope["method"], scope["path"] + (f"?{query}" if query else ""), body, scope["headers"])
        status, headers, answer = await self._pass(sent, suffers=self.bad and scope["path"].endswith("/inbox"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def _pass(self, sent: tuple[Any, ...], *, suffers: bool) -> tuple[int, list[Any], bytes]:
        fate = self.luck.choice((*self.suffered, "", "")) if suffers else ""
        if fate:
            self.suffered[fate] += 1
        if fate == "lost":
            return 503, [], b""
        if fate == "delayed":
            await asyncio.sleep(self.luck.uniform(0.2, 1.5))
        if fate == "doubled":
            await self._forward(sent)
        if fate == "replayed" and self.old:
            await self._forward(self.luck.choice(self.old))
        if suffers:
            self.old.append(sent)
        answered = await self._forward(sent)
        return (504, [], b"") if fate == "answer lost" else answered

    async def _forward(self, sent: tuple[Any, ...]) -> tuple[int, list[Any], bytes]:
        method, url, body, headers = sent
        try:
            answer = await self.web.request(
                method, url, content=body, headers=[h for h in headers if h[0] != b"connection"]
            )
        except httpx.HTTPError:
            return 503, [], b""
        kept = [(n, v) for n, v in answer.headers.raw if n.lower() not in (b"content-length", b"transfer-encoding")]
        return answer.status_code, kept, answer.content


class Place:
    """One node: its processes, and its people, who act through use cases on its database."""

    def __init__(self, server: Server, stage: Node, db: Database, acts: Company, did: str) -> None:
        self.server, self.stage, self.db, self.acts, self.did = server, stage, db, acts, did

    async def do(self, work: Callable[[], Awaitable[Any]]) -> Any:
        with being(self.stage):
            return await work()

    async def received(self) -> list[Trade]:
        found, _ = await self.acts.run(traceability.list_requests, limit=100)
        return [one for one in found if one.upstream_operator_id == self.acts.id]

    def rows(self, sql: str) -> list[Any]:
        with psycopg.connect(access_to(self.server.folder, None).owner, autocommit=True) as owner:
            return owner.execute(sql.encode()).fetchall()

    def kill(self, word: str) -> int:
        victims = self.server.children(word)
        for pid in victims:
            os.kill(pid, signal.SIGKILL)
        return len(victims)


async def seen_at(here: Place, there: Place) -> Company:
    """A company of another node as the companies here know it."""
    found = await here.acts.run(lambda tx, scope: store.links(tx, scope.operator_id))
    known = next(one for one in found if one.peer_did == there.did and one.state == "ACTIVE")
    return dataclasses.replace(there.acts, scope=shadows.scope_of(known.partner_operator_id))


def start(folder: Path, ports: list[int]) -> list[Server]:
    """All three at once; each is reached by the others through its line."""
    peers = ",".join(f"http://127.0.0.1:{port}" for port in ports)
    return [
        Server(folder / str(n), free_port(), MEGURI_APP="meguri.app", MEGURI_PROFILE="demo", MEGURI_LOOPBACK_PEERS=peers,
               MEGURI_PUBLIC_URL=f"http://127.0.0.1:{port}", MEGURI_SECRET_KEY=f"{n}" * 40)
        for n, port in enumerate(ports)
    ]  # fmt: skip


@asynccontextmanager
async def place(server: Server, port: int, number: int, peers: str) -> AsyncIterator[Place]:
    settings = load(
        {}, data_dir=str(server.folder), secret_key=f"{number}" * 40, profile="demo", public_url=f"http://127.0.0.1:{port}",
        loopback_peers=peers,
    )  # fmt: skip
    login = access_to(server.folder, None).login
    async with (
        Queue(login, composition.job_lists(settings)) as queue,
        Database(login, reactions=composition.reactions(settings), defer=queue.defer, pool_size=4,
                 installation=composition.installation_of(settings)) as db,
    ):  # fmt: skip
        acts = await company(db, NAMES[number])
        signer = await db.run(acts.scope, keyring.signer)
        yield Place(server, Node(settings), db, acts, signer.did)


@pytest.fixture
async def nodes() -> AsyncIterator[tuple[list[Place], list[Line]]]:
    ports, luck = [free_port() for _ in range(3)], random.Random(11)
    peers = ",".join(f"http://127.0.0.1:{port}" for port in ports)
    with open_folder() as folder:
        servers = start(folder, ports)
        try:
            async with AsyncExitStack() as stack:
                lines = [Line(server.port, luck) for server in servers]
                for line, port in zip(lines, ports, strict=True):
                    await stack.enter_async_context(over_http(line, port))
                for server in servers:
                    await asyncio.to_thread(server.wait_until_ready, 150)
                places = [
                    await stack.enter_async_context(place(server, port, n, peers))
                    for n, (server, port) in enumerate(zip(servers, ports, strict=True))
                ]
                yield places, lines
        finally:
            for server in servers:
                server.stop(signal.SIGINT)


async def link(one: Place, other: Place) -> None:
    made = await one.do(lambda: Linker(one.db).propose(one.acts.scope, other.did))
    assert code_of(made)
    await one.do(lambda: Linker(one.db).move(one.acts.scope, made.link_id, "accept"))
    done = await other.do(lambda: Linker(other.db).move(other.acts.scope, made.link_id, "accept"))
    assert done.state == "ACTIVE"


async def until(check: Callable[[], Awaitable[Any]], seconds: float = 120) -> Any:
    for _ in range(int(seconds / 0.25)):
        found = await check()
        if found:
            return found
        await asyncio.sleep(0.25)
    raise AssertionError("never came")


async def asked_about(place: Place, part: str) -> Trade:
    async def came() -> list[Trade]:
        return [one for one in await place.received() if one.requested_part and one.requested_part.name == part]

    found: list[Trade] = await until(came)
    return found[0]


async def totals(place: Place, part: str) -> tuple[Decimal, Decimal] | None:
    found = (await place.acts.statement(part)).totals
    if found is None:
        return None
    return found.pre_production + found.pre_component, found.main_production + found.main_component


@pytest.mark.timeout(900)
async def test_three_nodes_have_the_totals_of_one_whatever_is_killed_lost_doubled_or_replayed(
    nodes: tuple[list[Place], list[Line]],
) -> None:
    places, lines = nodes
    supplier, maker, carmaker = places
    await link(maker, supplier)
    await link(carmaker, maker)
    for line in lines:
        line.bad = True
    dice, stop, kills = random.Random(3), asyncio.Event(), 0

    async def trouble() -> None:
        nonlocal kills
        while not stop.is_set():
            await asyncio.sleep(dice.uniform(2.0, 3.5))
            kills += dice.choice(places).kill(dice.choice(("meguri.commands.web", "cli work")))

    troubled = asyncio.create_task(trouble())
    await supplier.acts.part("salt", ends=True)
    await supplier.acts.declare("salt", pre="1.5", main="2.25")
    await maker.acts.part("cell", [("salt-b", "2")])
    await maker.acts.declare("cell", main="3")
    await carmaker.acts.part("car", [("cell-b", "10")])
    await carmaker.acts.declare("car", main="100")
    await carmaker.acts.ask(await seen_at(carmaker, maker), "cell-b")
    await maker.acts.ask(await seen_at(maker, supplier), "salt-b")
    await supplier.acts.link(await asked_about(supplier, "salt-b"), "salt")
    await maker.acts.link(await asked_about(maker, "cell-b"), "cell")
    await supplier.acts.declare("salt", pre="2.5", main="2.25")  # and a late change from the far end
    while kills < 3:
        await asyncio.sleep(0.1)
    stop.set()
    await troubled
    for line in lines:
        line.bad = False

    async def summed() -> bool:
        return await totals(carmaker, "car") == (Decimal(50), Decimal(175))

    await until(summed)
    assert await totals(maker, "cell") == (Decimal(5), Decimal("7.5"))

    async def settled() -> bool:
        return all(state == "receipted" for one in places for (state,) in one.rows("SELECT state FROM federation_out"))

    await until(settled)
    for one in (supplier, maker):
        assert len(await one.received()) == 1
        assert one.rows("SELECT count(*) FROM federation_in WHERE type = 'trade.request' AND state = 'applied'") == [
            (1,)
        ]
    for one in places:
        assert one.rows("SELECT 1 FROM part GROUP BY operator_id, name HAVING count(*) > 1 AND name <> 'x'") == []
    seen = "\n".join(str(row) for table in tables(carmaker) for row in carmaker.rows(f'SELECT * FROM "{table}"'))
    assert [word for word in (NAMES[0], str(supplier.acts.id), supplier.did, "salt") if word in seen] == []
    assert sum(sum(line.suffered.values()) for line in lines) > 5


def tables(place: Place) -> list[str]:
    sql = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
    return [name for (name,) in place.rows(sql) if not name.startswith("procrastinate")]
