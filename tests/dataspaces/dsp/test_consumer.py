"""The consumer's side as our people use it: browse, ask, see the agreement, fetch."""

import asyncio
from typing import Any

import pytest

from meguri.dataspaces.dsp import consumer_view as consumer
from meguri.dataspaces.dsp.api import came
from meguri.dataspaces.dsp.consumer_view import NotAccepted
from meguri.dataspaces.dsp.consuming import Consumer
from meguri.dataspaces.dsp.errors import PartnerNotFound, ProcessNotFound
from meguri.dataspaces.dsp.offering import Terms

from .conftest import World

pytestmark = pytest.mark.anyio


async def test_a_partners_dataset_is_found_asked_for_agreed_and_fetched(world: World) -> None:
    db, scope = world.node.db, world.b.scope
    dataset_id = await world.a.offer("cell", world.b.did, Terms(purposes=("cfp.supplyChain",)))
    one = next(one for one in await consumer.browse(db, scope, world.a.did) if one.dataset_id == dataset_id)
    assert (one.type_iri, one.formats[0], one.unknown_terms) == ("urn:meguri:type:v1:CfpResult", "HttpData-PULL", [])
    assert "cell" in one.title
    asked = await consumer.ask(db, scope, world.a.did, dataset_id, ())
    done = await world.b.until(asked.pid, "FINALIZED")
    await world.a.until(str(done.peer_pid), "FINALIZED")
    assert (await world.b.run(consumer.negotiations, world.a.did))[0].pid == asked.pid
    agreed = next(one for one in await world.b.run(consumer.agreements) if one.dataset_id == dataset_id)
    assert consumer.purposes_of(agreed.policy) == ("cfp.supplyChain",)
    fetched = await consumer.fetch(db, scope, agreed.agreement_id, "HttpData-PULL")
    await world.b.until(fetched.pid, "COMPLETED")
    (copy,) = await world.b.run(consumer.copies, agreed.agreement_id)
    assert came(copy).content["main"] == "50"
    assert (await world.b.run(consumer.copy, copy.pid)).content_hash == copy.content_hash
    with pytest.raises(ProcessNotFound):
        await world.a.run(consumer.copy, copy.pid)
    with pytest.raises(ProcessNotFound):
        await consumer.fetch(db, world.a.scope, agreed.agreement_id, "HttpData-PULL")  # it provides, it does not fetch


async def test_terms_that_cannot_be_enforced_are_named_and_accepted_one_by_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset_id = await world.a.offer("cell", world.b.did)
    moon = {"leftOperand": "moonPhase", "operator": "eq", "rightOperand": "full"}
    odd = {"permission": [{"action": "use", "constraint": [moon]}]}
    original = Consumer.dataset

    async def dataset(self: Consumer, scope: Any, did: str, wanted: str) -> Any:
        found = await original(self, scope, did, wanted)
        return {**found, "hasPolicy": [{**found["hasPolicy"][0], **odd}]}

    monkeypatch.setattr(Consumer, "dataset", dataset)
    with pytest.raises(NotAccepted) as refused:
        await consumer.ask(world.node.db, world.b.scope, world.a.did, dataset_id, ())
    assert "moonPhase" in refused.value.sentence("en")
    asked = await consumer.ask(world.node.db, world.b.scope, world.a.did, dataset_id, ("moonPhase",))
    await asyncio.sleep(0)
    assert (await world.b.process(asked.pid)).dataset_id == dataset_id


async def test_whoever_is_no_partner_is_not_browsed(world: World) -> None:
    with pytest.raises(PartnerNotFound):
        await consumer.browse(world.node.db, world.b.scope, "did:web:nobody.example.jp")
