"""The consumer's side as our people use it: browse, ask, see the agreement, fetch."""

import asyncio
from typing import Any

import pytest

from meguri.dataspaces.dsp import consumer_view as consumer
from meguri.dataspaces.dsp import fetching
from meguri.dataspaces.dsp.api import came
from meguri.dataspaces.dsp.consumer_view import NotAccepted
from meguri.dataspaces.dsp.consuming import Consumer
from meguri.dataspaces.dsp.errors import PartnerNotFound, ProcessNotFound
from meguri.dataspaces.dsp.offering import Terms
from meguri.jobs.outbound import Reply

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


async def agreed_twice(world: World, terms: Terms) -> str:
    dataset_id = await world.a.offer("cell", world.b.did, terms)
    asked = await consumer.ask(world.node.db, world.b.scope, world.a.did, dataset_id, ())
    done = await world.b.until(asked.pid, "FINALIZED")
    await world.a.until(str(done.peer_pid), "FINALIZED")
    return str((await world.b.process(asked.pid)).agreement_id)


async def test_what_the_partner_will_not_hand_over_any_more_ends_the_transfer_with_its_reason(world: World) -> None:
    agreement_id = await agreed_twice(world, Terms(most_calls=1))
    first = await consumer.fetch(world.node.db, world.b.scope, agreement_id, "HttpData-PULL")
    await world.b.until(first.pid, "COMPLETED")
    second = await consumer.fetch(world.node.db, world.b.scope, agreement_id, "HttpData-PULL")
    ended = await world.b.until(second.pid, "TERMINATED")
    assert ended.end_code == "POLICY_NOT_SATISFIED"
    await world.a.until(str(ended.peer_pid), "TERMINATED")
    assert len(await world.b.run(consumer.copies, agreement_id)) == 1


async def test_a_token_that_ran_out_while_nobody_fetched_is_renewed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    agreement_id = await agreed_twice(world, Terms())
    original, tokens = fetching._asked, []

    async def asked(process: Any) -> Any:
        said = fetching._properties(process)["authorization"]
        tokens.append(said)
        if len(set(tokens)) == 1:  # what was given at the start holds no more
            return Reply(status=401, headers={}, body=b'{"code":"invalid_token"}')
        return await original(process)

    monkeypatch.setattr(fetching, "_asked", asked)
    fetched = await consumer.fetch(world.node.db, world.b.scope, agreement_id, "HttpData-PULL")
    await world.b.until(fetched.pid, "COMPLETED")
    assert len(set(tokens)) == 2
    assert len(await world.b.run(consumer.copies, agreement_id)) == 1


async def test_whoever_is_no_partner_is_not_browsed(world: World) -> None:
    with pytest.raises(PartnerNotFound):
        await consumer.browse(world.node.db, world.b.scope, "did:web:nobody.example.jp")
