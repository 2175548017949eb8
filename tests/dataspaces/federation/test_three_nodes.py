"""Three nodes with a database each: supplier, cell maker, car maker. Messages are lost, doubled, delayed and replayed."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import httpx
import psycopg
import pytest
from tests.chain import Company, company
from tests.conftest import Fresh
from tests.dataspaces.dsp.node_of_tests import Running, running
from tests.serving import free_port

from meguri.dataspaces.federation import linking, sending, store
from meguri.dataspaces.federation.linking import Linker, code_of
from meguri.dataspaces.node import Node, being
from meguri.jobs.outbound import Outbound, Reply, Unreachable
from meguri.operators import disclosure
from meguri.proof import keyring
from meguri.traceability import service as traceability
from meguri.traceability.model import Trade

pytestmark = pytest.mark.anyio


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


@pytest.fixture(scope="module")
async def nodes(fresh: Fresh, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Place, Place, Place]]:
    ports = [free_port() for _ in range(3)]
    peers = ",".join(f"http://127.0.0.1:{port}" for port in ports)
    names = ("素材社", "電池社", "自動車社")
    async with (
        place(fresh, tmp_path_factory.mktemp("n1"), names[0], ports[0], peers) as supplier,
        place(fresh, tmp_path_factory.mktemp("n2"), names[1], ports[1], peers) as maker,
        place(fresh, tmp_path_factory.mktemp("n3"), names[2], ports[2], peers) as carmaker,
    ):
        await link(maker, supplier)
        await link(carmaker, maker)
        yield supplier, maker, carmaker


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


async def received(place: Place) -> list[Trade]:
    found, _ = await place.run(traceability.list_requests, limit=100)
    return [one for one in found if one.upstream_operator_id == place.acts.id]


async def asks(customer: Place, supplier: Place, part: str) -> tuple[Trade, Trade]:
    """The request as each side has it."""
    before = {one.trade_id for one in await received(supplier)}
    trade = await customer.do(lambda: customer.acts.ask(supplier.acts, part))

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


async def test_the_chain_over_three_nodes_has_the_totals_of_one_node(nodes: tuple[Place, Place, Place]) -> None:
    _, maker, carmaker = nodes
    await chain(nodes, "a")

    async def summed() -> bool:
        return await total(carmaker, "car-a") == (Decimal(30), Decimal(175))

    await until(summed)
    assert await total(maker, "cell-a") == (Decimal(3), Decimal("7.5"))


async def test_on_a_bad_day_nothing_is_lost_or_doubled_and_a_change_upstream_arrives(
    nodes: tuple[Place, Place, Place],
) -> None:
    supplier, maker, carmaker = nodes
    Weather.bad = 0.45
    try:
        await chain(nodes, "b")
        await supplier.do(lambda: supplier.acts.declare("salt-b", pre="2.5", main="2.25"))

        async def summed() -> bool:
            for one in nodes:
                await one.do(lambda one=one: hurry(one))
            return await total(carmaker, "car-b") == (Decimal(50), Decimal(175))

        await until(summed, 60)
    finally:
        Weather.bad = 0.0
    for one in (supplier, maker):
        asked = [
            trade
            for trade in await received(one)
            if "-b" in (trade.requested_part.name if trade.requested_part else "")
        ]
        assert len(asked) == 1

    async def settled() -> bool:
        for one in nodes:
            await one.do(lambda one=one: hurry(one))
        return all(state in ("receipted", "rejected") for one in nodes for state in outgoing(one))

    await until(settled, 40)
    assert "rejected" not in [state for one in nodes for state in outgoing(one)]


async def hurry(place: Place) -> None:
    """What would be sent again in a while is sent now."""
    with psycopg.connect(place.node.ground.owner, autocommit=True) as owner:
        sql = "UPDATE federation_out SET next_try_at = now() - interval '1 minute' WHERE state = 'sent' AND next_try_at > now()"
        owner.execute(sql.encode())
    await sending.rescue(place.node.db)


def outgoing(place: Place) -> list[str]:
    with psycopg.connect(place.node.ground.owner, autocommit=True) as owner:
        return [row[0] for row in owner.execute(b"SELECT state FROM federation_out").fetchall()]


async def test_the_car_maker_never_receives_a_byte_about_the_supplier(nodes: tuple[Place, Place, Place]) -> None:
    supplier, _, carmaker = nodes
    with psycopg.connect(supplier.node.ground.owner, autocommit=True) as owner:
        rows = owner.execute(b"SELECT trace_id::text FROM part WHERE operator_id = %s", (supplier.acts.id,)).fetchall()
    secrets = ["素材社", str(supplier.acts.id), supplier.did, "salt", *(row[0] for row in rows)]
    with psycopg.connect(carmaker.node.ground.owner, autocommit=True) as owner:
        names = owner.execute(
            b"SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'"
        ).fetchall()
        for (name,) in names:
            if name.startswith("procrastinate"):
                continue
            text = "\n".join(str(row) for row in owner.execute(f"SELECT * FROM {name}".encode()).fetchall())
            assert not [secret for secret in secrets if secret in text], name


async def test_a_figure_that_is_not_disclosed_does_not_cross_and_a_closed_one_vanishes(
    nodes: tuple[Place, Place, Place],
) -> None:
    supplier, maker, _ = nodes
    part = await supplier.do(lambda: supplier.acts.part_id("salt-a"))
    await supplier.run(disclosure.set_groups, part, maker.acts.id, {"TOTALCFP": False})

    async def gone() -> bool:
        found = await maker.do(lambda: maker.acts.statement("salt-a"))
        return found.answer is None or found.answer.pre is None

    await until(gone)
    await supplier.run(disclosure.set_groups, part, maker.acts.id, {"TOTALCFP": True})

    async def back() -> bool:
        found = await maker.do(lambda: maker.acts.statement("salt-a"))
        return found.answer is not None and found.answer.pre == Decimal("1.5")

    await until(back)


async def test_a_request_that_is_withdrawn_is_withdrawn_on_both_nodes(nodes: tuple[Place, Place, Place]) -> None:
    supplier, maker, _ = nodes
    await maker.do(lambda: maker.acts.part("cell-c", [("salt-c", "1")]))
    trade, theirs = await asks(maker, supplier, "salt-c")
    await maker.run(traceability.cancel, trade.request_id)

    async def gone() -> bool:
        return theirs.trade_id not in [one.trade_id for one in await received(supplier)]

    await until(gone)


async def test_a_request_that_is_returned_says_why(nodes: tuple[Place, Place, Place]) -> None:
    supplier, maker, _ = nodes
    await maker.do(lambda: maker.acts.part("cell-d", [("salt-d", "1")]))
    trade, theirs = await asks(maker, supplier, "salt-d")
    await supplier.run(traceability.reject, theirs.request_id, reply_message="作っていません")

    async def told() -> bool:
        found = await maker.do(lambda: maker.acts.trade(trade))
        return (found.state, found.reply_message) == ("REJECT", "作っていません")

    await until(told)


async def last_sent(place: Place, other: Place, kind: str) -> tuple[Any, Any]:
    links = await place.run(lambda tx, scope: store.links(tx, scope.operator_id))
    live = next(one for one in links if one.peer_did == other.did and one.state == "ACTIVE")
    found = await place.run(lambda tx, scope: store.out_page(tx, scope.operator_id, live.link_id, 0, 2**60, 1000))
    return live, [one for one in found if one.type == kind][-1]


async def post(place: Place, live: Any, body: bytes, client: httpx.AsyncClient) -> httpx.Response:
    url = f"{live.peer_base}/inbox"
    headers = await place.run(linking._signed, live.peer_did, "POST", url, body)
    return await client.post(url, content=body, headers={"content-type": "application/json", **headers})


async def test_replayed_altered_misdirected_and_expired_messages_change_nothing(
    nodes: tuple[Place, Place, Place],
) -> None:
    supplier, maker, carmaker = nodes
    live, sent = await last_sent(supplier, maker, "result.cfp")

    async def signed(tx: Any, scope: Any, **change: Any) -> bytes:
        signer = await keyring.signer(tx, scope)
        return json.dumps(signer.sign({**sending.envelope(sent, live, signer.did), **change})).encode()

    before = await total(maker, "cell-a")
    async with httpx.AsyncClient() as client:

        async def told(**change: Any) -> tuple[int, Any]:
            answer = await post(supplier, live, await supplier.run(signed, **change), client)
            return answer.status_code, answer.json()

        status, body = await told()
        assert (status, body["status"], body["receipt"]["outcome"]) == (200, "duplicate", "applied")
        assert (await told(payload={**sent.payload, "pre": "9"}))[1]["code"] == "MESSAGE_ID_REUSED"
        fresh_id = "0197c5e1-2222-7abc-8def-001122334455"
        assert (await told(messageId=fresh_id))[1]["code"] == "SEQ_REUSED"
        assert (await told(messageId=fresh_id, seq=99_999, receiver=carmaker.did))[0:2][1]["code"] == "WRONG_RECEIVER"
        assert (await told(messageId=fresh_id, expiresAt="2020-01-01T00:00:00Z"))[0] == 410
        assert (await told(messageId=fresh_id, sentAt="2099-01-01T00:00:00Z", expiresAt="2099-01-02T00:00:00Z"))[1][
            "code"
        ] == "CLOCK_SKEW"
        assert (await told(messageId=fresh_id, seq=99_998, type="trade.unknown"))[0] == 422
        assert (await told(messageId=fresh_id, seq=0))[0] == 400
        body_bytes = await supplier.run(signed)
        altered = json.loads(body_bytes)
        altered["payload"]["pre"] = "0.1"
        answer = await post(supplier, live, json.dumps(altered).encode(), client)
        assert (answer.status_code, answer.json()["code"]) == (400, "PROOF_INVALID")
        headers = await supplier.run(linking._signed, live.peer_did, "POST", f"{live.peer_base}/inbox", body_bytes)
        twice = [await client.post(f"{live.peer_base}/inbox", content=body_bytes, headers=headers) for _ in range(2)]
        assert [one.status_code for one in twice] == [200, 404]
        stale = {**sent.payload, "version": 1}
        assert (await told(messageId=fresh_id, seq=100_000, subjectPrev=0, payload=stale))[0] == 202
        unlinked = await client.post(f"{maker.url}/federation/v1/inbox", content=b"{}")
        assert unlinked.status_code == 404
    assert await total(maker, "cell-a") == before


async def test_a_key_that_is_replaced_in_the_middle_of_the_queue_signs_what_waited(
    nodes: tuple[Place, Place, Place],
) -> None:
    supplier, maker, _ = nodes
    Weather.bad = 3.0  # nothing gets through
    try:
        await supplier.do(lambda: supplier.acts.declare("salt-a", pre="4.5", main="2.25"))
        await supplier.run(keyring.rotate)
        with psycopg.connect(supplier.node.ground.owner, autocommit=True) as owner:
            owner.execute(b"UPDATE proof_key SET signs_from = now() - interval '1 second'")
    finally:
        Weather.bad = 0.0

    async def arrived() -> bool:
        await supplier.do(lambda: hurry(supplier))
        found = await maker.do(lambda: maker.acts.statement("salt-a"))
        return found.answer is not None and found.answer.pre == Decimal("4.5")

    await until(arrived, 30)
