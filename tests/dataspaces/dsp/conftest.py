"""A node of the demonstration with two companies that take part, and a foreign peer with its own key and document."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from tests.chain import Company, company
from tests.conftest import Fresh
from tests.serving import free_port

from meguri.dataspaces.dsp import offering, store, token
from meguri.dataspaces.dsp.consuming import Consumer, forget_bases
from meguri.dataspaces.dsp.offering import PartnerInput, Terms
from meguri.kernel import clock
from meguri.proof import did as did_web
from meguri.proof.did import PublishedKey, Service
from meguri.proof.multikey import PrivateKey, ed25519_from_seed, to_multikey

from .node_of_tests import Running, running
from .peer import Peer, message


@dataclass
class Stranger:
    """A party of another system: a peer on loopback whose key stands in its own document."""

    peer: Peer
    key: PrivateKey = field(default_factory=lambda: ed25519_from_seed(bytes(range(32))))

    @property
    def did(self) -> str:
        return did_web.did_of(self.peer.url)

    def publish(self, *, revoked: bool = False) -> None:
        keys = [
            PublishedKey(
                kid="key-1", multikey=to_multikey(self.key.public_key()), authentication=not revoked, assertion=True
            )
        ]
        services = [Service(name="dsp", type="DataService", endpoint=f"{self.peer.url}/.well-known/dspace-version")]
        self.peer.files["/.well-known/did.json"] = did_web.document(self.did, keys, services)
        self.peer.files["/.well-known/dspace-version"] = {
            "protocolVersions": [{"version": "2025-1", "path": "", "binding": "HTTPS"}]
        }

    def proof(self, to: str, method: str, url: str, raw: bytes = b"") -> dict[str, str]:
        made = token.issue(self.key, f"{self.did}#key-1", self.did, to, method, url, raw, int(clock.now().timestamp()))
        return {"authorization": f"Bearer {made}"}


@dataclass
class Side:
    """A company of the node in the data space."""

    world: "World"
    company: Company
    did: str
    root: str

    @property
    def scope(self):  # type: ignore[no-untyped-def]
        return self.company.scope

    async def run(self, use_case: Callable[..., Awaitable[Any]], *args: Any, **more: Any) -> Any:
        return await self.world.node.db.run(self.scope, use_case, *args, **more)

    async def partner(self, did: str, **said: Any) -> None:
        await self.run(offering.save_partner, PartnerInput(did=did, name="相手", **said))

    async def offer(self, part: str, to: str, terms: Terms | None = None, kind: str = "cfp-result") -> str:
        about = str(await self.company.part_id(part)) if part else ""
        ids = await self.run(offering.offer_known, kind, about, to, terms or Terms())
        return str(ids[0])

    async def process(self, pid: str) -> Any:
        return await self.run(store.process, pid)

    async def until(self, pid: str, state: str, seconds: float = 8) -> Any:
        for _ in range(int(seconds / 0.05)):
            found = await self.process(pid)
            if found.state == state:
                return found
            await asyncio.sleep(0.05)
        raise AssertionError((found.state, state, found.held, found.end_code))

    async def processes(self, **more: Any) -> list[Any]:
        from datetime import UTC, datetime

        return await self.run(store.processes, datetime(9999, 1, 1, tzinfo=UTC), "", 100, **more)  # type: ignore[no-any-return]

    async def agreed(self, seller: "Side", dataset_id: str) -> str:
        """We ask for the dataset and wait until both sides have the agreement; its id."""
        asked = await self.world.consumer.ask(self.scope, seller.did, dataset_id)
        done = await self.until(asked.pid, "FINALIZED")
        await seller.until(str(done.peer_pid), "FINALIZED")
        return str(done.agreement_id)


@dataclass
class World:
    node: Running
    client: httpx.AsyncClient
    stranger: Stranger
    consumer: Consumer
    a: Side
    b: Side

    async def ask(self, method: str, url: str, body: Any = None, *, to: Side, **headers: str) -> httpx.Response:
        """The stranger asks."""
        import json

        raw = b"" if body is None else json.dumps(body).encode()
        proof = self.stranger.proof(to.did, method, url, raw)
        sent = {"content-type": "application/json", **proof, **headers}
        return await self.client.request(
            method, urlsplit(url).path + (f"?{urlsplit(url).query}" if "?" in url else ""), content=raw, headers=sent
        )

    async def post(self, to: Side, path: str, kind: str, **more: Any) -> httpx.Response:
        return await self.ask("POST", f"{to.root}/2025-1{path}", message(kind, **more), to=to)

    async def get(self, to: Side, path: str) -> httpx.Response:
        return await self.ask("GET", f"{to.root}/2025-1{path}", to=to)


@pytest.fixture(scope="module")
async def world(fresh: Fresh, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    ground, url = fresh(), f"http://127.0.0.1:{free_port()}"
    async with Peer(late_s=0).serving() as peer:
        stranger = Stranger(peer)
        stranger.publish()
        folder = tmp_path_factory.mktemp("node")
        peers = f"{url},{peer.url}"
        async with running(ground, folder, profile="demo", public_url=url, loopback_peers=peers) as node:
            async with httpx.AsyncClient(base_url=url, timeout=20) as client:
                forget_bases()
                made = World(node, client, stranger, Consumer(node.db), None, None)  # type: ignore[arg-type]
                made.a, made.b = await side(made, "甲", url), await side(made, "乙", url)
                await made.a.partner(made.b.did)
                await made.b.partner(made.a.did)
                yield made
    fresh.drop(ground)


async def side(world: World, name: str, url: str) -> Side:
    acts = await company(world.node.db, name)
    joined = await acts.run(offering.join)
    await acts.part("cell", ends=True)
    await acts.declare("cell", pre="11.25", main="50", pre_q=("1.8", "2", "1.5"), main_q=("1.8", "2", "1.5"))
    await acts.part("pack", [("cell", 2)])
    return Side(world, acts, joined.did, f"{url}/t/{joined.tenant}/dsp")
