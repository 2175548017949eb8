"""Three nodes with a database each, living in one process, and what their companies do with each other."""

import asyncio
import dataclasses
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import psycopg
from tests.chain import Company, company
from tests.conftest import Fresh
from tests.dataspaces.dsp.node_of_tests import Running, running

from meguri.dataspaces.federation import sending, shadows, store
from meguri.dataspaces.federation.linking import Linker, code_of
from meguri.dataspaces.node import Node, being
from meguri.jobs.outbound import Outbound, Reply, Unreachable
from meguri.proof import keyring
from meguri.traceability import service as traceability
from meguri.traceability.model import RequestType, Trade


class Weather(Outbound):
    """The way out on a bad day: some requests are lost on the way there, some answers on the way back, some come twice."""

    bad = 0.0
    luck = random.Random(7)

    async def send(self, method: str, url: str, **more: Any) -> Reply:
        inbox = url.endswith("/inbox")
        dice = self.luck.random() if inbox else 1.0
        if dice < self.bad / 3:
            raise Unreachable("lost on the way there")
        reply = await super().send(method, url, **more)
        if dice < self.bad * 2 / 3:
            raise Unreachable("lost on the way back")
        return reply


class Place:
    """One node, living in a task of its own so that `node()` is its own within it."""

    def __init__(self, node: Running, stage: Node, url: str, acts: Company) -> None:
        self.node, self.stage, self.url, self.acts = node, stage, url, acts
        self.did = ""

    async def do(self, work: Callable[[], Awaitable[Any]]) -> Any:
        """Something that happens at this node."""

        async def within() -> Any:
            with being(self.stage):
                return await work()

        return await asyncio.create_task(within())

    async def run(self, use_case: Callable[..., Awaitable[Any]], *args: Any, **more: Any) -> Any:
        return await self.do(lambda: self.node.db.run(self.acts.scope, use_case, *args, **more))


@asynccontextmanager
async def place(fresh: Fresh, folder: Any, name: str, port: int, peers: str) -> AsyncIterator[Place]:
    ground, url = fresh(), f"http://127.0.0.1:{port}"
    ready: asyncio.Future[Place] = asyncio.get_running_loop().create_future()
    leave = asyncio.Event()

    async def live() -> None:
        async with running(ground, folder, at_once=8, profile="demo", public_url=url, loopback_peers=peers) as node:
            stage = Node(node.settings)
            stage._ways[asyncio.get_running_loop()] = Weather(stage.reach)
            with being(stage):
                acts = await company(node.db, name)
                made = Place(node, stage, url, acts)
                signer = await node.db.run(acts.scope, keyring.signer)
                made.did = signer.did
                ready.set_result(made)
                await leave.wait()

    task = asyncio.create_task(live())
    done, _ = await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED)
    if task in done:
        task.result()
    try:
        yield await ready
    finally:
        leave.set()
        await task
        fresh.drop(ground)


async def link(one: Place, other: Place) -> Any:
    """Both sides see the same code, and accept."""
    proposer, acceptor = Linker(one.node.db), Linker(other.node.db)
    made = await one.do(lambda: proposer.propose(one.acts.scope, other.did))
    theirs = await other.run(store_link, made.link_id)
    assert code_of(made) == code_of(theirs)
    assert (made.state, theirs.state) == ("PROPOSED", "PROPOSED")
    half = await one.do(lambda: proposer.move(one.acts.scope, made.link_id, "accept"))
    assert half.state == "PROPOSED"
    done = await other.do(lambda: acceptor.move(other.acts.scope, made.link_id, "accept"))
    assert done.state == "ACTIVE"
    assert (await one.run(store_link, made.link_id)).state == "ACTIVE"
    return made


async def store_link(tx: Any, scope: Any, link_id: Any) -> Any:
    return await store.link(tx, scope.operator_id, link_id)


async def until(check: Callable[[], Awaitable[Any]], seconds: float = 25) -> Any:
    for _ in range(int(seconds / 0.1)):
        found = await check()
        if found:
            return found
        await asyncio.sleep(0.1)
    raise AssertionError("never came")


async def received(place: Place, kind: RequestType = RequestType.CFP) -> list[Trade]:
    found, _ = await place.run(traceability.list_requests, limit=100, request_types=[kind])
    return [one for one in found if one.upstream_operator_id == place.acts.id]


async def seen_at(here: Place, there: Place) -> Company:
    """A company of another node as the companies here know it."""
    known = await link_of(here, there)
    return dataclasses.replace(there.acts, scope=shadows.scope_of(known.partner_operator_id))


async def asks(customer: Place, supplier: Place, part: str) -> tuple[Trade, Trade]:
    """The request as each side has it."""
    before = {one.trade_id for one in await received(supplier)}
    there = await seen_at(customer, supplier)
    trade = await customer.do(lambda: customer.acts.ask(there, part))

    async def came() -> list[Trade]:
        return [one for one in await received(supplier) if one.trade_id not in before]

    return trade, (await until(came))[0]


async def total(place: Place, part: str) -> tuple[Decimal | None, Decimal | None]:
    found = await place.do(lambda: place.acts.statement(part))
    if found.totals is None:
        return None, None
    return (
        found.totals.pre_production + found.totals.pre_component,
        found.totals.main_production + found.totals.main_component,
    )


async def chain(nodes: tuple[Place, Place, Place], tag: str) -> tuple[Trade, Trade]:
    """Ore → cell → car, each at its own node."""
    supplier, maker, carmaker = nodes
    await supplier.do(lambda: supplier.acts.part(f"salt-{tag}", ends=True))
    await supplier.do(lambda: supplier.acts.declare(f"salt-{tag}", pre="1.5", main="2.25"))
    await maker.do(lambda: maker.acts.part(f"cell-{tag}", [(f"salt-{tag}", "2")]))
    await maker.do(lambda: maker.acts.declare(f"cell-{tag}", main="3"))
    await carmaker.do(lambda: carmaker.acts.part(f"car-{tag}", [(f"cell-{tag}", "10")]))
    await carmaker.do(lambda: carmaker.acts.declare(f"car-{tag}", main="100"))
    up, theirs_up = await asks(carmaker, maker, f"cell-{tag}")
    down, theirs_down = await asks(maker, supplier, f"salt-{tag}")
    await supplier.do(lambda: supplier.acts.link(theirs_down, f"salt-{tag}"))
    await maker.do(lambda: maker.acts.link(theirs_up, f"cell-{tag}"))
    return up, down


async def hurry(place: Place) -> None:
    """What would be sent again in a while is sent now."""
    await asyncio.to_thread(_due_now, place.node.ground.owner)
    await sending.rescue(place.node.db)


def _due_now(owner_dsn: str) -> None:
    """Outside of the loop: a row that one of its transactions holds is waited for, and that one must go on meanwhile."""
    with psycopg.connect(owner_dsn, autocommit=True) as owner:
        sql = "UPDATE federation_out SET next_try_at = now() - interval '1 minute' WHERE state = 'sent' AND next_try_at > now()"
        owner.execute(sql.encode())


async def link_of(one: Place, other: Place) -> Any:
    found = await one.run(_live_links)
    return next(each for each in found if each.peer_did == other.did and each.state == "ACTIVE")


async def _live_links(tx: Any, scope: Any) -> list[Any]:
    return await store.links(tx, scope.operator_id)


async def last_sent(place: Place, other: Place, kind: str) -> tuple[Any, Any]:
    links = await place.run(lambda tx, scope: store.links(tx, scope.operator_id))
    live = next(one for one in links if one.peer_did == other.did and one.state == "ACTIVE")
    found = await place.run(lambda tx, scope: store.out_page(tx, scope.operator_id, live.link_id, 0, 2**60, 1000))
    return live, [one for one in found if one.type == kind][-1]
