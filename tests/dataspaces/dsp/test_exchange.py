"""A whole exchange between two companies of this product, over real HTTP: contract, data, completion, revocation."""

import asyncio
import base64
import hashlib
import json
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from meguri.dataspaces.dsp import delivering, fetching, offering, plane, store, transferring
from meguri.dataspaces.dsp.offering import Terms
from meguri.dataspaces.dsp.states import Move
from meguri.jobs.outbound import Reply
from meguri.kernel import clock
from meguri.proof import jcs

from .conftest import World

pytestmark = pytest.mark.anyio


async def copies(world: World, pid: str) -> list[Any]:
    for _ in range(100):
        found = await world.b.run(store.copies, pid)
        if found:
            return list(found)
        await asyncio.sleep(0.05)
    return []


async def test_a_contract_is_made_and_the_data_arrive_with_proof(world: World) -> None:
    dataset_id = await world.a.offer("cell", world.b.did, Terms(until=clock.now() + timedelta(days=30)))
    seen = await world.consumer.browse(world.b.scope, world.a.did)
    listed = next(one for one in seen if one["@id"] == dataset_id)
    agreement_id = await world.b.agreed(world.a, dataset_id)
    theirs = await world.a.run(store.agreement, agreement_id)
    ours = await world.b.run(store.agreement, agreement_id)
    assert theirs.finalized_at is not None
    assert (ours.policy_hash, ours.body) == (theirs.policy_hash, theirs.body)
    fetched = await world.consumer.fetch(world.b.scope, agreement_id, "HttpData-PULL")
    await world.b.until(fetched.pid, "COMPLETED")
    copy = (await copies(world, fetched.pid))[0]
    content = copy.envelope["content"]
    assert (content["pre"], content["main"], content["unit"]) == ("11.25", "50", "kgCO2e/kilogram")
    assert copy.content_hash == jcs.sha256_hex(content)
    assert copy.envelope["proof"]["cryptosuite"] == "eddsa-jcs-2022"
    assert copy.delete_after == ours.ends_at
    shown = listed["urn:meguri:ns:v1:contentHash"]  # few figures: their bare hash would tell them to who tries them out
    assert len(shown) == 64
    assert shown != copy.content_hash


async def test_the_structure_offer_tells_one_level_and_nobody_elses_name(world: World) -> None:
    dataset_id = await world.a.offer("pack", world.b.did, kind="parts-structure")
    agreement_id = await world.b.agreed(world.a, dataset_id)
    fetched = await world.consumer.fetch(world.b.scope, agreement_id, "HttpData-PULL")
    await world.b.until(fetched.pid, "COMPLETED")
    content = (await copies(world, fetched.pid))[0].envelope["content"]
    assert content["components"] == [{"name": "cell", "amount": "2", "unit": "kilogram"}]


async def test_data_are_pushed_to_where_the_consumer_wants_them(world: World) -> None:
    dataset_id = await world.a.offer("cell", "*")
    offer = await world.a.run(store.visible_dataset, world.stranger.did, 0, dataset_id)
    agreement_id = await stranger_agrees(world, dataset_id, offer)
    session = world.stranger.peer.session("transfers")
    session.provider = False  # type: ignore[attr-defined]
    started, completed = session.expect("start"), session.expect("completion")
    address = {"@type": "DataAddress", "endpointType": "https://w3id.org/idsa/v4.1/HTTP",
               "endpoint": f"{world.stranger.peer.url}/inbox",
               "endpointProperties": [{"@type": "EndpointProperty", "name": "authorization", "value": "secret"}]}  # fmt: skip
    world.stranger.peer.answers["inbox"] = [200]
    answer = await world.post(world.a, "/transfers/request", "TransferRequestMessage", consumerPid=session.pid,
                              agreementId=agreement_id, format="HttpData-PUSH", callbackAddress=world.stranger.peer.url,
                              dataAddress=address)  # fmt: skip
    assert answer.status_code == 201, answer.text
    assert "dataAddress" not in await asyncio.wait_for(started, 30)
    await asyncio.wait_for(completed, 30)
    posted = [body for method, path, body in world.stranger.peer.seen if path == "/inbox"]
    assert len(posted) == 1
    assert posted[0]["contentHash"] == jcs.sha256_hex(posted[0]["content"])
    assert any(one.get("authorization") == "Bearer secret" for one in world.stranger.peer.headers)


async def stranger_agrees(world: World, dataset_id: str, offer: Any) -> str:
    """The stranger negotiates as its schemas say; the agreement's id."""
    session = world.stranger.peer.session("negotiations")
    session.provider = False  # type: ignore[attr-defined]
    agreed = session.expect("agreement")
    said = {"@type": "Offer", "@id": offer.offer_id, "target": dataset_id, **offer.policy}
    answer = await world.post(world.a, "/negotiations/request", "ContractRequestMessage", consumerPid=session.pid,
                              callbackAddress=world.stranger.peer.url, offer=said)  # fmt: skip
    assert answer.status_code == 201, answer.text
    session.other = answer.json()["providerPid"]
    agreement = (await asyncio.wait_for(agreed, 30))["agreement"]
    finalized = session.expect("events")
    session.state = "AGREED"
    answer = await world.post(world.a, f"/negotiations/{session.other}/agreement/verification",
                              "ContractAgreementVerificationMessage", **world.stranger.peer.pids(session))  # fmt: skip
    assert answer.status_code == 200, answer.text
    assert (await asyncio.wait_for(finalized, 30))["eventType"] == "FINALIZED"
    for _ in range(100):
        if (await world.get(world.a, f"/negotiations/{session.other}")).json()["state"] == "FINALIZED":
            return str(agreement["@id"])
        await asyncio.sleep(0.05)
    raise AssertionError("not finalized")


async def started_pull(world: World, terms: Terms | None = None) -> tuple[str, str, dict[str, str], str]:
    """The stranger's pull, started: agreement, our pid, endpoint properties, address of the data."""
    dataset_id = await world.a.offer("cell", "*", terms)
    offer = await world.a.run(store.visible_dataset, world.stranger.did, 0, dataset_id)
    agreement_id = await stranger_agrees(world, dataset_id, offer)
    session = world.stranger.peer.session("transfers")
    session.provider = False  # type: ignore[attr-defined]
    started = session.expect("start")
    answer = await world.post(world.a, "/transfers/request", "TransferRequestMessage", consumerPid=session.pid,
                              agreementId=agreement_id, format="HttpData-PULL",
                              callbackAddress=world.stranger.peer.url)  # fmt: skip
    session.other = answer.json()["providerPid"]
    address = (await asyncio.wait_for(started, 30))["dataAddress"]
    await world.a.until(session.other, "STARTED")
    session.state = "STARTED"
    return (
        agreement_id,
        session.other,
        {one["name"]: one["value"] for one in address["endpointProperties"]},
        address["endpoint"],
    )


async def fetch(world: World, endpoint: str, token: str, **headers: str) -> Any:
    proof = {"authorization": f"Bearer {token}"} if token else {}
    return await world.client.get(endpoint, headers={**proof, **headers})


async def test_a_call_to_the_data_is_answered_with_digest_and_only_for_its_token(world: World) -> None:
    _, pid, properties, endpoint = await started_pull(world)
    answer = await fetch(world, endpoint, properties["authorization"])
    assert answer.status_code == 200
    digest = hashlib.sha256(answer.content).digest()
    assert answer.headers["content-digest"] == f"sha-256=:{base64.b64encode(digest).decode()}:"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["etag"].startswith('"')
    assert properties["authorization"].startswith("mgt_")
    assert properties["https://w3id.org/tractusx/auth/expiresIn"] == "900"
    for wrong in ("", "mgt_x", properties["https://w3id.org/tractusx/auth/refreshToken"]):
        refused = await fetch(world, endpoint, wrong)
        assert (refused.status_code, refused.json()["code"]) == (401, "invalid_token")
    assert (await fetch(world, f"{endpoint}/below", properties["authorization"])).status_code == 404
    other = endpoint.replace(pid, "urn:uuid:0197c5e0-8f3a-7c11-9d52-6b7a8c9d0e1f")
    assert (await fetch(world, other, properties["authorization"])).status_code == 401


async def test_who_asks_again_for_data_that_were_started_is_told_again_where_they_are(world: World) -> None:
    agreement_id, _, _, endpoint = await started_pull(world)
    session = world.stranger.peer.session("transfers")
    session.provider = False  # type: ignore[attr-defined]
    told = session.expect("start")
    asked = {"consumerPid": session.pid, "agreementId": agreement_id, "format": "HttpData-PULL",
             "callbackAddress": world.stranger.peer.url, "@id": "one-and-the-same"}  # fmt: skip
    answer = await world.post(world.a, "/transfers/request", "TransferRequestMessage", **asked)
    session.other = answer.json()["providerPid"]
    await asyncio.wait_for(told, 30)
    await world.a.until(session.other, "STARTED")
    again = session.expect("start")
    answer = await world.post(world.a, "/transfers/request", "TransferRequestMessage", **asked)
    assert (answer.status_code, answer.json()["state"]) == (201, "STARTED")
    address = (await asyncio.wait_for(again, 30))["dataAddress"]
    assert address["endpoint"] == endpoint.replace(endpoint.rpartition("/")[2], session.other)
    token = next(one["value"] for one in address["endpointProperties"] if one["name"] == "authorization")
    assert (await fetch(world, address["endpoint"], token)).status_code == 200


async def test_data_that_may_not_be_pushed_any_more_end_the_transfer(world: World) -> None:
    agreement_id, _, properties, endpoint = await started_pull(world, Terms(most_calls=1))
    assert (await fetch(world, endpoint, properties["authorization"])).status_code == 200
    session = world.stranger.peer.session("transfers")
    session.provider = False  # type: ignore[attr-defined]
    session.expect("start")
    ended = session.expect("termination")
    address = {"@type": "DataAddress", "endpointType": "https://w3id.org/idsa/v4.1/HTTP",
               "endpoint": f"{world.stranger.peer.url}/inbox"}  # fmt: skip
    answer = await world.post(world.a, "/transfers/request", "TransferRequestMessage", consumerPid=session.pid,
                              agreementId=agreement_id, format="HttpData-PUSH", callbackAddress=world.stranger.peer.url,
                              dataAddress=address)  # fmt: skip
    session.other = answer.json()["providerPid"]
    assert (await asyncio.wait_for(ended, 30))["code"] == "POLICY_NOT_SATISFIED"


@pytest.mark.parametrize("change", ["content", "signature", "agreement"])
async def test_data_that_are_not_what_was_promised_are_not_kept(world: World, change: str) -> None:
    dataset_id = await world.a.offer("cell", world.b.did)
    agreement_id = await world.b.agreed(world.a, dataset_id)
    agreement = await world.a.run(store.agreement, agreement_id)
    envelope = await world.a.run(plane.envelope, agreement)
    if change == "content":
        envelope["content"]["main"] = "5"
    elif change == "signature":
        envelope["issuedAt"] = "2020-01-01T00:00:00Z"
    else:
        envelope["agreementId"] = "urn:uuid:another"
    held = SimpleNamespace(dataset_id=dataset_id, agreement_id=agreement_id, peer_did=world.a.did)
    with pytest.raises(fetching.NotYet):
        await fetching._checked(world.node.db, held, Reply(status=200, headers={}, body=json.dumps(envelope).encode()))  # type: ignore[arg-type]


async def test_what_another_connector_sends_without_an_envelope_is_kept_as_it_came(world: World) -> None:
    held = SimpleNamespace(dataset_id="urn:d", agreement_id="urn:a", peer_did=world.a.did)
    reply = Reply(status=200, headers={}, body=b'{"pcf": 7.5}')
    kept = await fetching._checked(world.node.db, held, reply)  # type: ignore[arg-type]
    assert (kept["content"], kept["unsigned"]) == ({"pcf": 7.5}, True)


async def test_the_fourth_of_three_agreed_calls_is_refused_and_names_the_count(world: World) -> None:
    _, _, properties, endpoint = await started_pull(world, Terms(most_calls=3))
    answers = [await fetch(world, endpoint, properties["authorization"]) for _ in range(4)]
    assert [one.status_code for one in answers] == [200, 200, 200, 403]
    assert answers[3].json() == {"code": "POLICY_NOT_SATISFIED", "message": "Not satisfied: count"}


async def test_a_second_after_the_agreed_time_the_data_are_refused_and_the_time_is_named(world: World) -> None:
    until = clock.now() + timedelta(minutes=10)
    _, _, properties, endpoint = await started_pull(world, Terms(until=until))
    assert (await fetch(world, endpoint, properties["authorization"])).status_code == 200
    with clock.fixed_clock(lambda: until + timedelta(seconds=1)):
        scope = world.a.scope
        pid = endpoint.rpartition("/")[2]
        answer = await world.node.db.run(scope, plane.serve, pid, properties["authorization"], [])
    assert (answer.status, json.loads(answer.body)["message"]) == (403, "Not satisfied: dateTime")


async def test_a_purpose_that_was_not_agreed_is_refused(world: World) -> None:
    _, _, properties, endpoint = await started_pull(world)
    token = properties["authorization"]
    assert (await fetch(world, endpoint, token, **{"x-meguri-purpose": "cfp.supplyChain"})).status_code == 200
    refused = await fetch(world, endpoint, token, **{"x-meguri-purpose": "audit"})
    assert (refused.status_code, refused.json()["message"]) == (403, "Not satisfied: urn:meguri:policy:v1:purpose")


async def test_suspension_holds_at_once_and_the_suspending_side_alone_resumes(world: World) -> None:
    _, pid, properties, endpoint = await started_pull(world)
    session = next(one for one in world.stranger.peer.sessions.values() if one.other == pid)
    suspended = session.expect("suspension")
    await world.a.run(transferring.answer, pid, Move.SUSPEND)
    assert (await fetch(world, endpoint, properties["authorization"])).status_code == 409
    await asyncio.wait_for(suspended, 30)
    await world.a.until(pid, "SUSPENDED")
    refused = await world.post(
        world.a, f"/transfers/{pid}/start", "TransferStartMessage", **world.stranger.peer.pids(session)
    )
    assert (refused.status_code, refused.json()["code"]) == (400, "RESUME_NOT_ALLOWED")
    resumed = session.expect("start")
    await world.a.run(transferring.answer, pid, Move.START)
    address = (await asyncio.wait_for(resumed, 30))["dataAddress"]
    token = next(one["value"] for one in address["endpointProperties"] if one["name"] == "authorization")
    await world.a.until(pid, "STARTED")
    assert (await fetch(world, endpoint, token)).status_code == 200


async def test_who_has_just_acknowledged_a_message_reads_the_state_after_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, pid, _, _ = await started_pull(world)
    session = next(one for one in world.stranger.peer.sessions.values() if one.other == pid)
    settle = delivering.settle

    async def late(*given: Any) -> None:
        await asyncio.sleep(0.4)  # the answer has come, and is not entered yet
        await settle(*given)

    monkeypatch.setattr(delivering, "settle", late)
    told = session.expect("termination")
    await world.a.run(transferring.answer, pid, Move.TERMINATE)
    await asyncio.wait_for(told, 30)
    assert (await world.get(world.a, f"/transfers/{pid}")).json()["state"] == "TERMINATED"


async def test_ending_the_agreement_stops_the_data_with_410(world: World) -> None:
    agreement_id, pid, properties, endpoint = await started_pull(world)
    session = next(one for one in world.stranger.peer.sessions.values() if one.other == pid)
    ended = session.expect("termination")
    await world.a.run(offering.end_agreement, agreement_id, "revoked")
    assert (await fetch(world, endpoint, properties["authorization"])).status_code in (401, 410)
    assert (await asyncio.wait_for(ended, 30))["code"] == "AGREEMENT_ENDED"
    await world.a.until(pid, "TERMINATED")
    assert (await fetch(world, endpoint, properties["authorization"])).status_code == 410


async def refresh(world: World, refresh_token: str) -> Any:
    url = f"{world.a.root}/token"
    raw = f"grant_type=refresh_token&refresh_token={refresh_token}".encode()
    proof = world.stranger.proof(world.a.did, "POST", url, raw)
    return await world.client.post(
        url, content=raw, headers={"content-type": "application/x-www-form-urlencoded", **proof}
    )


async def test_a_refresh_token_is_retired_only_when_the_new_one_is_presented(world: World) -> None:
    _, _, properties, endpoint = await started_pull(world)
    first = properties["https://w3id.org/tractusx/auth/refreshToken"]
    one = (await refresh(world, first)).json()
    again = (await refresh(world, first)).json()
    assert one["refresh_token"] == again["refresh_token"] != first
    assert one["access_token"] != again["access_token"]
    assert (await fetch(world, endpoint, again["access_token"])).status_code == 200
    assert (await refresh(world, one["refresh_token"])).status_code == 200
    assert (await refresh(world, first)).status_code == 401


async def test_whoever_asks_for_the_data_before_our_message_was_answered_is_served(world: World) -> None:
    """The provider says FINALIZED; the consumer asks at once, and only then answers."""
    dataset_id = await world.a.offer("cell", "*")
    offer = await world.a.run(store.visible_dataset, world.stranger.did, 0, dataset_id)
    world.stranger.peer.late_s = 0.5
    try:
        session = world.stranger.peer.session("negotiations")
        session.provider = False  # type: ignore[attr-defined]
        agreed = session.expect("agreement")
        said = {"@type": "Offer", "@id": offer.offer_id, "target": dataset_id, **offer.policy}
        answer = await world.post(world.a, "/negotiations/request", "ContractRequestMessage", consumerPid=session.pid,
                                  callbackAddress=world.stranger.peer.url, offer=said)  # fmt: skip
        session.other = answer.json()["providerPid"]
        agreement = (await asyncio.wait_for(agreed, 30))["agreement"]
        finalized = session.expect("events")
        await world.post(world.a, f"/negotiations/{session.other}/agreement/verification",
                         "ContractAgreementVerificationMessage", **world.stranger.peer.pids(session))  # fmt: skip
        await asyncio.wait_for(finalized, 30)
        assert (await world.a.run(store.agreement, agreement["@id"])).finalized_at is None
        asked = await world.post(world.a, "/transfers/request", "TransferRequestMessage", consumerPid="urn:uuid:early",
                                 agreementId=agreement["@id"], format="HttpData-PULL",
                                 callbackAddress=world.stranger.peer.url)  # fmt: skip
        assert asked.status_code == 201, asked.text
    finally:
        world.stranger.peer.late_s = 0
