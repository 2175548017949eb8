"""Messages and links between nodes: replayed, altered and misdirected messages, replaced and revoked keys, suspended links."""

import gc
import json
from decimal import Decimal
from typing import Any

import httpx
import psycopg
import pytest
from msgspec.structs import replace

from meguri.dataspaces.dsp import offering
from meguri.dataspaces.dsp.documents import Documents
from meguri.dataspaces.federation import applying, linking, proofs, receiving, sending, shadows, store
from meguri.dataspaces.federation.errors import NotInThisState, TooManyProposals
from meguri.dataspaces.federation.linking import Linker
from meguri.kernel.ids import new_id
from meguri.proof import keyring

from .nodes import Place, Weather, chain, hurry, last_sent, link_of, received, store_link, total, until

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module", autouse=True)
async def crossed(nodes: tuple[Place, Place, Place]) -> None:
    """A footprint has gone from the supplier's node to the cell maker's."""
    _, maker, _ = nodes
    await chain(nodes, "a")

    async def came() -> bool:
        return await total(maker, "cell-a") == (Decimal(3), Decimal("7.5"))

    await until(came)


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


async def test_a_value_of_a_newer_version_is_kept_and_takes_effect_after_the_upgrade(
    nodes: tuple[Place, Place, Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    supplier, maker, _ = nodes
    live = await link_of(supplier, maker)
    trade, name = new_id(), "水の使用量を答える部品"
    payload = {
        "tradeId": str(trade),
        "kind": "water",
        "item": {"traceId": str(new_id()), "partsName": name},
        "more": [1],
    }

    async def send(tx: Any, scope: Any) -> Any:
        await sending.enqueue(tx, scope.operator_id, live.link_id, "trade.request", f"trade:{trade}", payload)

    async def sent_as(*states: str) -> bool:
        await supplier.do(lambda: hurry(supplier))
        _, mine = await last_sent(supplier, maker, "trade.request")
        return mine.payload["tradeId"] == str(trade) and mine.state in states

    async def asked() -> list[str]:
        return [one.requested_part.name for one in await received(maker) if one.requested_part]

    await supplier.run(send)
    await until(lambda: sent_as("rejected"), 30)
    assert (await last_sent(supplier, maker, "trade.request"))[1].code == "UNSUPPORTED_VALUE"
    assert name not in await asked()
    assert await maker.do(lambda: receiving.judge_again(maker.node.db)) == 0  # the same version knows no more

    async def knows_water(tx: Any, scope: Any, link: Any, said: Any) -> None:
        await older(tx, scope, link, {**said, "kind": "cfp"} if said["kind"] == "water" else said)

    older = applying._request
    monkeypatch.setattr(applying, "_request", knows_water)
    monkeypatch.setattr("meguri.dataspaces.federation.store.metadata.version", lambda _: "99.0")
    assert await maker.do(lambda: receiving.judge_again(maker.node.db)) == 1
    assert name in await asked()
    assert await maker.do(lambda: receiving.judge_again(maker.node.db)) == 0
    await until(lambda: sent_as("receipted"), 30)


async def test_what_became_of_a_message_is_told_to_its_sender_alone(nodes: tuple[Place, Place, Place]) -> None:
    supplier, maker, carmaker = nodes
    live, sent = await last_sent(supplier, maker, "result.cfp")

    async def pinged(tx: Any, scope: Any) -> Any:
        return await sending.enqueue(tx, scope.operator_id, live.link_id, "ping", "link", {})

    async def answered() -> bool:
        await supplier.do(lambda: hurry(supplier))
        return (await last_sent(supplier, maker, "ping"))[1].state == "receipted"

    await supplier.run(pinged)
    await until(answered)
    async with httpx.AsyncClient() as client:

        async def told(who: Place, message_id: Any) -> httpx.Response:
            url = f"{live.peer_base}/receipts/{message_id}"
            return await client.get(url, headers=await who.run(linking._signed, live.peer_did, "GET", url, b""))

        answer = await told(supplier, sent.message_id)
        assert (answer.status_code, answer.json()["outcome"]) == (200, "applied"), answer.text
        strangers = [await told(carmaker, sent.message_id), await told(supplier, new_id()), await told(supplier, "x")]
        assert {(one.status_code, one.json()["code"]) for one in strangers} == {(404, "NOT_FOUND")}


async def test_what_stands_in_the_record_of_a_linked_partner_is_how_well_it_is_known(
    nodes: tuple[Place, Place, Place],
) -> None:
    supplier, maker, _ = nodes
    live = await link_of(supplier, maker)
    said = offering.PartnerInput(did=live.peer_did, name="電池社", identity_proof="number_and_mail")
    before = await supplier.run(proofs.of_partners, {live.partner_operator_id})
    await supplier.run(offering.save_partner, said)
    assert before != {live.partner_operator_id: "number_and_mail"}
    asked = {live.partner_operator_id, new_id()}
    assert await supplier.run(proofs.of_partners, asked) == {live.partner_operator_id: "number_and_mail"}
    assert await maker.run(proofs.of_partners, asked) == {}


async def test_a_link_is_refused_or_ended_by_either_side_and_said_once(nodes: tuple[Place, Place, Place]) -> None:
    supplier, _, carmaker = nodes

    async def proposed() -> Any:
        return await supplier.do(lambda: Linker(supplier.node.db).propose(supplier.acts.scope, carmaker.did))

    async def move(who: Place, link_id: Any, word: str) -> Any:
        return await who.do(lambda: Linker(who.node.db).move(who.acts.scope, link_id, word))

    async def states(link_id: Any) -> set[str]:
        return {(await who.run(store_link, link_id)).state for who in (supplier, carmaker)}

    refused = await proposed()
    assert await states(refused.link_id) == {"PROPOSED"}
    await move(carmaker, refused.link_id, "reject")
    assert await states(refused.link_id) == {"REJECTED"}
    with pytest.raises(NotInThisState):
        await move(supplier, refused.link_id, "accept")
    again = await proposed()
    assert again.link_id != refused.link_id
    await move(supplier, again.link_id, "accept")
    await move(carmaker, again.link_id, "accept")
    assert await states(again.link_id) == {"ACTIVE"}
    await move(supplier, again.link_id, "end")
    assert await states(again.link_id) == {"ENDED"}
    with pytest.raises(NotInThisState):
        await move(carmaker, again.link_id, "resume")


async def test_a_link_is_resumed_by_the_side_that_suspended_it(nodes: tuple[Place, Place, Place]) -> None:
    supplier, maker, _ = nodes
    live = await link_of(supplier, maker)

    async def move(who: Place, word: str) -> Any:
        return await who.do(lambda: Linker(who.node.db).move(who.acts.scope, live.link_id, word))

    async def states() -> tuple[str, str]:
        return (await supplier.run(store_link, live.link_id)).state, (await maker.run(store_link, live.link_id)).state

    await move(maker, "suspend")
    assert await states() == ("SUSPENDED", "SUSPENDED")
    with pytest.raises(NotInThisState):
        await move(supplier, "resume")
    url = f"{live.peer_base}/links/{live.link_id}/resume"
    headers = await supplier.run(linking._signed, live.peer_did, "POST", url, b"{}")

    async def fetched() -> int:
        asked = f"{live.peer_base}/messages?linkId={live.link_id}"
        proof = await supplier.run(linking._signed, live.peer_did, "GET", asked, b"")
        return (await client.get(asked, headers=proof)).status_code

    async with httpx.AsyncClient() as client:
        assert (await client.post(url, content=b"{}", headers=headers)).status_code == 404  # not even by hand
        assert await fetched() == 404
        assert await states() == ("SUSPENDED", "SUSPENDED")
        await move(maker, "resume")
        assert await states() == ("ACTIVE", "ACTIVE")
        assert await fetched() == 200


async def test_a_revoked_key_suspends_the_link_until_the_codes_are_compared_again(
    nodes: tuple[Place, Place, Place],
) -> None:
    supplier, maker, _ = nodes
    live, sent = await last_sent(supplier, maker, "result.cfp")

    async def told() -> int:
        body = await supplier.run(_again, sent, live)
        async with httpx.AsyncClient() as client:
            return (await post(supplier, live, body, client)).status_code

    assert await told() == 200
    compared = (await maker.run(store_link, live.link_id)).peer_thumbprint
    await supplier.run(keyring.rotate)
    with psycopg.connect(supplier.node.ground.owner, autocommit=True) as owner:
        owner.execute(b"UPDATE proof_key SET signs_from = now() - interval '1 second' WHERE signs_from > now()")
    await forget_documents(maker)
    assert await told() == 200  # replaced, not revoked: the old one still stands for what it signed
    after = await maker.run(store_link, live.link_id)
    assert (after.state, after.peer_thumbprint != compared) == ("ACTIVE", True)
    with psycopg.connect(maker.node.ground.owner, autocommit=True) as owner:
        owner.execute("UPDATE federation_link SET peer_thumbprint = 'gone' WHERE link_id = %s", (live.link_id,))
    assert await told() == 404
    held = await maker.run(store_link, live.link_id)
    assert (held.state, held.suspended_by, held.peer_thumbprint) == ("SUSPENDED", "key", after.peer_thumbprint)
    url = f"{live.peer_base}/links/{live.link_id}/resume"
    headers = await supplier.run(linking._signed, live.peer_did, "POST", url, b"{}")
    async with httpx.AsyncClient() as client:
        assert (await client.post(url, content=b"{}", headers=headers)).status_code == 404
    await maker.do(lambda: Linker(maker.node.db).move(maker.acts.scope, live.link_id, "resume"))
    assert await told() == 200


async def test_what_came_under_a_key_that_is_revoked_later_is_marked_and_stays(
    nodes: tuple[Place, Place, Place],
) -> None:
    supplier, maker, _ = nodes
    live, _sent = await last_sent(supplier, maker, "result.cfp")
    await maker.do(lambda: linking.look_at_keys(maker.node.db))
    assert await maker.run(_doubtful) == []
    (old,) = {kid for _, kid in await maker.run(_kids, live.link_id)}
    await supplier.run(keyring.rotate)
    with psycopg.connect(supplier.node.ground.owner, autocommit=True) as owner:
        owner.execute(b"UPDATE proof_key SET signs_from = now() - interval '1 second' WHERE signs_from > now()")
    await forget_documents(maker)
    await maker.do(lambda: linking.look_at_keys(maker.node.db))
    assert await maker.run(_doubtful) == []  # replaced, not revoked
    assert (await maker.run(store_link, live.link_id)).state == "ACTIVE"
    before = await maker.run(_kids, live.link_id)
    await supplier.run(keyring.revoke, old.partition("#")[2], "leaked")
    await forget_documents(maker)
    await maker.do(lambda: linking.look_at_keys(maker.node.db))
    held = await maker.run(store_link, live.link_id)
    assert (held.state, held.suspended_by) == ("SUSPENDED", "key")
    marked = await maker.run(_doubtful)
    assert "result.cfp" in {one.type for one in marked}
    assert all(one.key_gone_at >= one.received_at for one in marked)
    assert await maker.run(_kids, live.link_id) == before
    await maker.do(lambda: Linker(maker.node.db).move(maker.acts.scope, live.link_id, "resume"))
    await maker.do(lambda: linking.look_at_keys(maker.node.db))
    assert (await maker.run(store_link, live.link_id)).state == "ACTIVE"
    assert await maker.run(_doubtful) == marked  # seen once, and said once


async def _doubtful(tx: Any, scope: Any) -> Any:
    return await store.gone(tx, scope.operator_id)


async def _kids(tx: Any, scope: Any, link_id: Any) -> list[Any]:
    sql = "SELECT message_id, kid FROM federation_in WHERE link_id = %(link_id)s ORDER BY message_id"
    async with tx.across():
        return list(await tx.all(sql, link_id=link_id))


async def _again(tx: Any, scope: Any, sent: Any, live: Any) -> bytes:
    signer = await keyring.signer(tx, scope)
    return json.dumps(signer.sign(sending.envelope(sent, live, signer.did))).encode()


async def forget_documents(place: Place) -> None:
    """The cached documents of the node are ten minutes old."""
    for one in gc.get_objects():
        if isinstance(one, Documents):
            one._kept.clear()


async def test_a_party_never_acts_as_a_company_of_this_node_whatever_its_identifier_says(
    nodes: tuple[Place, Place, Place],
) -> None:
    supplier, maker, _ = nodes
    live = await link_of(maker, supplier)
    assert live.partner_operator_id not in (supplier.acts.id, maker.acts.id)
    victim = f"did:web:evil.example:operators:{maker.acts.id}"
    assert await maker.run(shadows.of_party, victim) != maker.acts.id
    assert await maker.run(shadows.of_party, victim) == await maker.run(shadows.of_party, victim)
    assert await maker.run(shadows.of_party, supplier.did) == live.partner_operator_id
    made = [replace(live, link_id=new_id(), peer_did=victim, proposed_by_us=False, state="PROPOSED") for _ in range(6)]
    for one in made[:5]:
        await maker.run(linking.proposed, one)
    with pytest.raises(TooManyProposals):
        await maker.run(linking.proposed, made[5])
    await maker.run(linking.proposed, made[0])  # said again, not one more
    for one in made[:5]:
        await maker.run(linking.moved, one.link_id, "reject", False)
