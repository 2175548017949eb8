"""What the doors refuse, in which words, and that nothing has changed afterwards."""

import asyncio
import itertools
import json
import statistics
import time
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import psycopg
import pytest

from meguri.dataspaces.dsp import delivering, offering, store
from meguri.dataspaces.dsp.policy import policy_hash
from meguri.dataspaces.dsp.states import Kind, Move, Role, after_inbound
from meguri.kernel.ids import new_id

from .conftest import Side, World
from .peer import CONTEXT, check, message

pytestmark = pytest.mark.anyio
PERMIT = [{"action": "use"}]
CALLBACK = "CALLBACK"


async def standing(world: World, kind: Kind, role: Role, state: str) -> Any:
    """A process with the stranger, as if it had got as far as `state`."""
    pid, other = f"urn:uuid:{new_id()}", f"urn:uuid:{new_id()}"
    await world.a.run(
        store.add_process, pid=pid, kind=kind, role=role, peer_pid=other, peer_did=world.stranger.did,
        peer_base=world.stranger.peer.url, state=state, dataset_id="urn:x:dataset", offer_id="o", script="none",
        policy={"permission": PERMIT}, policy_hash=policy_hash({"permission": PERMIT}),
    )  # fmt: skip
    return await world.a.process(pid)


def pids(process: Any) -> dict[str, str]:
    return {"providerPid": process.provider_pid, "consumerPid": process.consumer_pid}


WORDS = {Move.REQUEST: "request", Move.OFFER: "offers", Move.ACCEPT: "events", Move.FINALIZE: "events", Move.AGREE: "agreement",
         Move.VERIFY: "agreement/verification", Move.TERMINATE: "termination", Move.START: "start", Move.COMPLETE: "completion",
         Move.SUSPEND: "suspension"}  # fmt: skip


def body_of(world: World, process: Any, move: Move) -> dict[str, Any]:
    two = pids(process)
    offer = {"@type": "Offer", "@id": "x", "target": "urn:x:dataset", "permission": PERMIT}
    if move in (Move.REQUEST, Move.OFFER):
        return message("ContractRequestMessage" if move is Move.REQUEST else "ContractOfferMessage", **two, offer=offer)
    if move is Move.AGREE:
        from meguri.kernel import clock

        at = clock.seconds_z(clock.now())
        agreement = {"@type": "Agreement", "@id": f"urn:uuid:{uuid4()}", "target": "urn:x:dataset", "permission": PERMIT,
                     "assigner": world.stranger.did, "assignee": world.a.did, "timestamp": at}  # fmt: skip
        return message("ContractAgreementMessage", **two, agreement=agreement)
    if move in (Move.ACCEPT, Move.FINALIZE):
        event = "ACCEPTED" if move is Move.ACCEPT else "FINALIZED"
        return message("ContractNegotiationEventMessage", **two, eventType=event)
    kinds = {Move.VERIFY: "ContractAgreementVerificationMessage", Move.START: "TransferStartMessage",
             Move.COMPLETE: "TransferCompletionMessage", Move.SUSPEND: "TransferSuspensionMessage"}  # fmt: skip
    if move is Move.TERMINATE:
        kind = (
            "ContractNegotiationTerminationMessage"
            if process.kind is Kind.NEGOTIATION
            else "TransferTerminationMessage"
        )
        return message(kind, **two)
    return message(kinds[move], **two)


FAMILY = {Kind.NEGOTIATION: "negotiations", Kind.TRANSFER: "transfers"}
STATES = {
    Kind.NEGOTIATION: ["REQUESTED", "OFFERED", "ACCEPTED", "AGREED", "VERIFIED", "FINALIZED", "TERMINATED"],
    Kind.TRANSFER: ["REQUESTED", "STARTED", "SUSPENDED", "COMPLETED", "TERMINATED"],
}
MOVES = {
    Kind.NEGOTIATION: [Move.REQUEST, Move.OFFER, Move.ACCEPT, Move.AGREE, Move.VERIFY, Move.FINALIZE, Move.TERMINATE],
    Kind.TRANSFER: [Move.START, Move.COMPLETE, Move.SUSPEND, Move.TERMINATE],
}


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("kind", list(Kind))
async def test_every_message_in_every_state_moves_as_the_table_says_or_is_refused_unchanged(
    world: World, kind: Kind, role: Role
) -> None:
    async def cell(state: str, move: Move) -> None:
        process = await standing(world, kind, role, state)
        path = f"/{FAMILY[kind]}/{process.pid}"
        answer = await world.ask(
            "POST", f"{world.a.root}/2025-1{path}/{WORDS[move]}", body_of(world, process, move), to=world.a
        )
        after = after_inbound(kind, role, state, move)
        shown = (await world.get(world.a, path)).json()
        if after is not None:
            assert answer.status_code == 200, (state, move, answer.text)
            assert answer.json()["state"] == shown["state"] == after
        else:
            assert answer.status_code == 400, (state, move, answer.text)
            check(answer.json(), "ContractNegotiationError" if kind is Kind.NEGOTIATION else "TransferError")
            events = {Role.PROVIDER: Move.FINALIZE, Role.CONSUMER: Move.ACCEPT}
            assert answer.json()["code"] == ("INVALID_EVENT" if move is events[role] else "INVALID_STATE"), (
                state,
                move,
            )
            assert shown["state"] == state

    for state in STATES[kind]:
        await asyncio.gather(*(cell(state, move) for move in MOVES[kind]))


async def request(world: World, **change: Any) -> Any:
    dataset_id = await offered(world)
    offer = await world.a.run(store.visible_dataset, world.stranger.did, 0, dataset_id)
    said: dict[str, Any] = {
        "consumerPid": f"urn:uuid:{uuid4()}",
        "callbackAddress": world.stranger.peer.url,
        "offer": {"@type": "Offer", "@id": offer.offer_id, "target": dataset_id, **offer.policy},
    } | change
    said = {name: value for name, value in said.items() if value is not None}
    body = message("ContractRequestMessage", **said)
    body |= {name: value for name, value in change.items() if name.startswith("@")}
    return await world.ask("POST", f"{world.a.root}/2025-1/negotiations/request", body, to=world.a)


_offered: dict[int, str] = {}


async def offered(world: World) -> str:
    if id(world) not in _offered:
        _offered[id(world)] = await world.a.offer("cell", "*")
    return _offered[id(world)]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"@context": CONTEXT}, "UNSUPPORTED_CONTEXT"),
        ({"@context": [{"a": "b"}, CONTEXT]}, "UNSUPPORTED_CONTEXT"),
        ({"@context": ["https://w3id.org/dspace/2024/1/context.json"]}, "UNSUPPORTED_CONTEXT"),
        ({"@type": "ContractOfferMessage"}, "TYPE_MISMATCH"),
        ({"@type": ["ContractRequestMessage"]}, "TYPE_MISMATCH"),
        ({"providerPid": "urn:uuid:x"}, "SCHEMA_INVALID"),
        ({"callbackAddress": None}, "SCHEMA_INVALID"),
        ({"consumerPid": None}, "SCHEMA_INVALID"),
        ({"consumerPid": 7}, "SCHEMA_INVALID"),
        ({"offer": {"@type": "Offer", "@id": "x", "target": "y", "permission": []}}, "SCHEMA_INVALID"),
        ({"offer": {"@type": "Offer", "@id": "x", "target": "y"}}, "SCHEMA_INVALID"),
        ({"offer": {"@type": "Offer", "@id": "x", "permission": PERMIT}}, "SCHEMA_INVALID"),
        ({"offer": {"@type": "Offer", "@id": "nobody's", "target": "y", "permission": PERMIT}}, "UNKNOWN_OFFER"),
        ({"callbackAddress": "http://example.com/x"}, "CALLBACK_REJECTED"),
        ({"callbackAddress": "https://127.0.0.1/x"}, "CALLBACK_REJECTED"),
        ({"callbackAddress": "https://10.0.0.1"}, "CALLBACK_REJECTED"),
        ({"callbackAddress": "https://[::1]/x"}, "CALLBACK_REJECTED"),
        ({"callbackAddress": "file:///etc/passwd"}, "CALLBACK_REJECTED"),
        ({"callbackAddress": "https://user:pw@example.com"}, "CALLBACK_REJECTED"),
        ({"callbackAddress": "https://example.com/not-the-partners"}, "CALLBACK_REJECTED"),
    ],
)
async def test_a_request_with_this_fault_is_refused_with_this_code(
    world: World, change: dict[str, Any], code: str
) -> None:
    before = len(await world.a.processes())
    answer = await request(world, **change)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    check(answer.json(), "ContractNegotiationError")
    assert answer.json()["reason"]
    assert len(await world.a.processes()) == before


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b"x", b'{"a":1,"a":2}', b'{"a":NaN}', b'{"a":"\\ud800"}', b"{" * 40, b"[" * 33 + b"]" * 33, b"\xff\xfe",
     json.dumps({str(n): n for n in range(10_001)}).encode()],
)  # fmt: skip
async def test_bodies_that_two_readers_could_read_differently_are_refused(world: World, raw: bytes) -> None:
    url = f"{world.a.root}/2025-1/catalog/request"
    proof = world.stranger.proof(world.a.did, "POST", url, raw)
    answer = await world.client.post(url, content=raw, headers={"content-type": "application/json", **proof})
    assert (answer.status_code, answer.json()["code"]) == (400, "SCHEMA_INVALID")


async def test_a_body_over_a_mebibyte_and_a_strange_media_type_are_refused(world: World) -> None:
    url = f"{world.a.root}/2025-1/catalog/request"
    big = b" " * ((1 << 20) + 1)
    answer = await world.client.post(url, content=big, headers=world.stranger.proof(world.a.did, "POST", url, big))
    assert answer.status_code == 413
    raw = b"{}"
    headers = {"content-type": "text/xml", **world.stranger.proof(world.a.did, "POST", url, raw)}
    assert (await world.client.post(url, content=raw, headers=headers)).status_code == 415


async def test_unknown_foreign_and_malformed_process_ids_are_told_in_the_same_words(world: World) -> None:
    foreign = f"urn:uuid:{new_id()}"
    await world.a.run(
        store.add_process, pid=foreign, kind=Kind.NEGOTIATION, role=Role.PROVIDER, peer_pid="urn:x", peer_did=world.b.did,
        peer_base="http://127.0.0.1:1", state="REQUESTED",
    )  # fmt: skip
    told = []
    for pid in (foreign, f"urn:uuid:{uuid4()}", "nonsense", "%00", "x" * 500):
        answer = await world.get(world.a, f"/negotiations/{pid}")
        body = answer.json()
        assert answer.status_code == 404
        assert unquote(body.pop("providerPid")) == unquote(pid)  # what was asked for, and a made-up one beside it
        assert body.pop("consumerPid") not in (pid, "urn:x")
        told.append((body, {name for name in answer.headers if name not in ("x-track", "x-trackingid")}))
    assert all(one == told[0] for one in told)
    url = f"{world.a.root}/2025-1/negotiations/{foreign}"
    stranger = await world.client.get(url, headers={"authorization": "x"})
    body = stranger.json()
    del body["providerPid"], body["consumerPid"]
    assert (stranger.status_code, body) == (404, told[0][0])


async def test_a_refusal_names_the_process_ids_that_the_caller_gave(world: World) -> None:
    provider, consumer = f"urn:uuid:{uuid4()}", f"urn:uuid:{uuid4()}"
    body = {
        "@context": ["https://w3id.org/dspace/2025/1/context.jsonld"],
        "providerPid": provider,
        "consumerPid": consumer,
    }
    for path, more in (
        (f"/negotiations/{provider}/termination", {"@type": "ContractNegotiationTerminationMessage"}),
        (f"/transfers/{provider}/suspension", {"@type": "TransferSuspensionMessage", "reason": []}),
    ):
        url = f"{world.a.root}/2025-1{path}"
        raw = json.dumps({**body, **more}).encode()
        proof = world.stranger.proof(world.a.did, "POST", url, raw)
        told = (await world.client.post(url, content=raw, headers={"content-type": "application/json", **proof})).json()
        assert (told["providerPid"], told["consumerPid"]) == (provider, consumer)


async def test_a_hidden_offer_and_an_unknown_one_are_told_in_the_same_words_and_time(world: World) -> None:
    hidden_id = await world.a.offer("cell", world.b.did)
    hidden = await world.a.run(store.visible_dataset, world.b.did, 0, hidden_id)
    spent: dict[str, list[float]] = {"hidden": [], "unknown": []}
    bodies = []
    for rounds in (15, 45):  # a real difference stays when it is asked again, a busy moment does not
        for _ in range(rounds):
            for name, offer, target in (
                ("hidden", hidden.offer_id, hidden_id),
                ("unknown", f"urn:uuid:{uuid4()}", hidden_id),
            ):
                said = {"@type": "Offer", "@id": offer, "target": target, **hidden.policy}
                start = time.perf_counter()
                answer = await request(world, offer=said, consumerPid="urn:uuid:c")
                spent[name].append(time.perf_counter() - start)
                body = answer.json()
                del body["providerPid"]
                bodies.append((answer.status_code, body))
                found = await world.get(world.a, f"/catalog/datasets/{target}")
                assert found.status_code == 404
                assert found.json() == {"@context": [CONTEXT], "@type": "CatalogError", "code": "DATASET_NOT_FOUND",
                                        "reason": ["Dataset not found"]}  # fmt: skip
        apart = abs(statistics.median(a - b for a, b in zip(spent["hidden"], spent["unknown"], strict=True)))
        if apart < 0.01:
            break
    assert all(one == bodies[0] for one in bodies)
    assert apart < 0.01


async def test_without_proof_the_catalog_says_401_and_everything_else_404(world: World) -> None:
    for proof in ({}, {"authorization": "x"}, {"authorization": "Bearer x.y.z"}):
        url = f"{world.a.root}/2025-1/catalog/request"
        answer = await world.client.post(url, json=message("CatalogRequestMessage"), headers=proof)
        assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHENTICATED")
        answer = await world.client.post(f"{world.a.root}/2025-1/negotiations/request", json={}, headers=proof)
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
        assert answer.headers["x-trackingid"]
    for path in ("/tck/negotiations/requests", "/tck/transfers/requests"):
        assert (await world.client.post(path, json={})).status_code == 404
    assert "x-meguri-profile" not in (await world.client.get("/healthz")).headers


async def test_a_request_token_is_good_once(world: World) -> None:
    url = f"{world.a.root}/2025-1/catalog/request"
    raw = json.dumps(message("CatalogRequestMessage")).encode()
    headers = {"content-type": "application/json", **world.stranger.proof(world.a.did, "POST", url, raw)}
    answers = [await world.client.post(url, content=raw, headers=headers) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 401]
    other = {"content-type": "application/json", **world.stranger.proof(world.b.did, "POST", url, raw)}
    assert (await world.client.post(url, content=raw, headers=other)).status_code == 401


async def test_a_key_that_left_the_document_proves_nothing(world: World) -> None:
    world.stranger.publish(revoked=True)
    try:
        from meguri.dataspaces.dsp.documents import Documents

        document = await Documents(world.node.db).of(world.stranger.did)
        assert document.authentication(f"{world.stranger.did}#key-1") is None
        assert document.assertion(f"{world.stranger.did}#key-1") is not None
    finally:
        world.stranger.publish()


async def test_the_same_request_again_gives_the_same_process_and_another_under_its_id_is_refused(world: World) -> None:
    dataset_id = await offered(world)
    offer = await world.a.run(store.visible_dataset, world.stranger.did, 0, dataset_id)
    body = message("ContractRequestMessage", consumerPid=f"urn:uuid:{uuid4()}", callbackAddress=world.stranger.peer.url,
                   offer={"@type": "Offer", "@id": offer.offer_id, "target": dataset_id, **offer.policy})  # fmt: skip
    url = f"{world.a.root}/2025-1/negotiations/request"
    one, two = [await world.ask("POST", url, body, to=world.a) for _ in range(2)]
    assert (one.status_code, two.status_code) == (201, 201)
    assert one.json()["providerPid"] == two.json()["providerPid"]
    other = await world.ask("POST", url, {**body, "@id": "another"}, to=world.a)
    assert (other.status_code, other.json()["code"]) == (400, "PID_REUSED")
    mixed = message(
        "ContractNegotiationTerminationMessage", providerPid="urn:uuid:other", consumerPid=body["consumerPid"]
    )
    pid = one.json()["providerPid"]
    wrong = await world.ask("POST", f"{world.a.root}/2025-1/negotiations/{pid}/termination", mixed, to=world.a)
    assert (wrong.status_code, wrong.json()["code"]) == (400, "PID_MISMATCH")


async def test_another_policy_waits_for_a_person_or_ends_as_the_company_chose(world: World) -> None:
    other = {
        "permission": [
            {"action": "use", "constraint": [{"leftOperand": "count", "operator": "lteq", "rightOperand": "1"}]}
        ]
    }
    dataset_id = await offered(world)
    offer = await world.a.run(store.visible_dataset, world.stranger.did, 0, dataset_id)
    said = {"@type": "Offer", "@id": offer.offer_id, "target": dataset_id, **other}
    answer = await request(world, offer=said)
    process = await world.a.process(answer.json()["providerPid"])
    assert (process.state, process.waits_for, process.pending_id) == ("REQUESTED", "review", None)
    await world.a.run(store.set_counter_offer, "reject")
    try:
        process = await world.a.process((await request(world, offer=said)).json()["providerPid"])
        assert process.pending_state == "TERMINATED"
        assert b"POLICY_MISMATCH" in process.pending_body
    finally:
        await world.a.run(store.set_counter_offer, "review")


async def test_an_agreement_that_is_not_what_was_asked_is_refused_and_the_negotiation_ends(world: World) -> None:
    process = await standing(world, Kind.NEGOTIATION, Role.CONSUMER, "REQUESTED")
    body = body_of(world, process, Move.AGREE)
    body["agreement"]["assignee"] = "did:web:somebody.example"
    answer = await world.ask("POST", f"{world.a.root}/2025-1/negotiations/{process.pid}/agreement", body, to=world.a)
    assert (answer.status_code, answer.json()["code"]) == (400, "AGREEMENT_INVALID")
    after = await world.a.process(process.pid)
    assert (after.state, after.pending_state) == ("REQUESTED", "TERMINATED")
    assert b"AGREEMENT_INVALID" in after.pending_body


async def catalog(world: World, side: Side, url: str | None = None, filter: Any = None) -> Any:
    body = message("CatalogRequestMessage", **({} if filter is None else {"filter": filter}))
    return await world.ask("POST", url or f"{side.root}/2025-1/catalog/request", body, to=side)


def linked(answer: Any, rel: str) -> str | None:
    found = next((part for part in answer.headers.get("link", "").split(", ") if f'rel="{rel}"' in part), None)
    return found.partition(">")[0].lstrip("<") if found else None


def many(world: World, side: Side, audience: str, count: int) -> None:
    sql = """
    INSERT INTO dsp_dataset (operator_id, dataset_id, kind, title, type_iri, formats, modified)
      SELECT %(o)s, 'urn:many:' || %(a)s || n, 'x', '{"en":"x"}', 'urn:t', '{HttpData-PULL}',
             now() - interval '1 h' + n * interval '1 ms'
        FROM generate_series(1, %(n)s) n;
    """
    offers = """
    INSERT INTO dsp_offer (operator_id, offer_id, dataset_id, audience, policy, policy_hash, modified)
      SELECT operator_id, 'offer' || dataset_id, dataset_id, %(a)s, '{"permission":[{"action":"use"}]}', 'h', modified
        FROM dsp_dataset WHERE operator_id = %(o)s AND dataset_id LIKE 'urn:many:' || %(a)s || '%%';
    """
    with psycopg.connect(world.node.ground.owner, autocommit=True) as owner:
        for one in (sql, offers):
            owner.execute(one, {"o": side.company.id, "a": audience, "n": count})  # type: ignore[arg-type]


async def test_a_thousand_datasets_come_in_ten_pages_each_once_and_pages_are_their_readers_own(world: World) -> None:
    many(world, world.b, world.stranger.did, 1000)
    seen: list[str] = []
    url: str | None = None
    pages, forth = 0, []
    for _ in range(20):
        answer = await catalog(world, world.b, url)
        page = [one["@id"] for one in answer.json().get("dataset", ())]
        seen += page
        forth.append(page)
        pages += bool(page)
        following = linked(answer, "next")
        if following is None:
            break
        url = following
        if pages == 5:
            await world.b.offer("cell", "*")  # written meanwhile: not in this view
    mine = [one for one in seen if one.startswith("urn:many:")]
    assert (len(mine), len(set(mine)), pages) == (1000, 1000, 10)
    back = [forth[-1]]
    while (link := linked(answer, "previous")) is not None:
        answer = await catalog(world, world.b, link)
        back.append([one["@id"] for one in answer.json()["dataset"]])
    assert back == forth[::-1]
    token = url.partition("continuationToken=")[2]  # type: ignore[union-attr]
    assert (await catalog(world, world.a, f"{world.a.root}/2025-1/catalog/request?continuationToken={token}")).json()[
        "code"
    ] == ("INVALID_CONTINUATION_TOKEN")
    other = await catalog(world, world.b, url, [{"leftOperand": "dct:type", "operator": "eq", "rightOperand": "urn:t"}])
    assert other.json()["code"] == "INVALID_CONTINUATION_TOKEN"
    wrong = await catalog(world, world.b, f"{world.b.root}/2025-1/catalog/request?continuationToken=abc")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "INVALID_CONTINUATION_TOKEN")


async def test_filters_narrow_and_unknown_ones_are_refused(world: World) -> None:
    dataset_id = await offered(world)
    trace = str(await world.a.company.part_id("cell"))

    async def ids(*items: Any) -> list[str]:
        return [one["@id"] for one in (await catalog(world, world.a, filter=list(items))).json().get("dataset", ())]

    assert await ids({"leftOperand": "@id", "operator": "eq", "rightOperand": dataset_id}) == [dataset_id]
    assert dataset_id in await ids(
        {"leftOperand": "urn:meguri:ns:v1:traceId", "operator": "isAnyOf", "rightOperand": [trace, "x"]}
    )
    assert await ids({"leftOperand": "dct:type", "operator": "eq", "rightOperand": "urn:none"}) == []
    assert await ids({"leftOperand": "dct:modified", "operator": "gteq", "rightOperand": "2099-01-01T00:00:00Z"}) == []
    for item in ({"leftOperand": "dct:title", "operator": "eq", "rightOperand": "x"}, "x", {"leftOperand": "@id"},
                 {"leftOperand": "@id", "operator": "gt", "rightOperand": "x"},
                 {"leftOperand": "dct:modified", "operator": "gteq", "rightOperand": "yesterday"}):  # fmt: skip
        answer = await catalog(world, world.a, filter=[item])
        assert (answer.status_code, answer.json()["code"]) == (400, "UNSUPPORTED_FILTER")


async def test_a_catalog_without_anything_to_see_has_no_dataset_and_a_blocked_partner_sees_as_a_stranger_does(
    world: World,
) -> None:
    await world.b.partner(world.stranger.did)
    hidden = await world.b.offer("cell", world.stranger.did)

    async def sees() -> bool:
        asked = [{"leftOperand": "@id", "operator": "eq", "rightOperand": hidden}]
        return "dataset" in (await catalog(world, world.b, filter=asked)).json()

    assert await sees()
    await world.b.run(offering.block_partner, world.stranger.did, True)
    assert not await sees()
    await world.b.run(offering.block_partner, world.stranger.did, False)
    assert await sees()


async def test_a_partner_below_the_asked_level_of_trust_gets_nothing(world: World) -> None:
    from meguri.dataspaces.dsp.offering import Terms

    dataset_id = await world.b.offer("cell", "*", Terms(least_proof="representative"))
    asked = [{"leftOperand": "@id", "operator": "eq", "rightOperand": dataset_id}]
    await world.b.partner(world.stranger.did)
    assert "dataset" not in (await catalog(world, world.b, filter=asked)).json()
    await world.b.partner(world.stranger.did, identity_proof="representative")
    assert "dataset" in (await catalog(world, world.b, filter=asked)).json()


async def test_a_callback_that_is_not_mounted_yet_is_tried_again_and_moves_the_state_once(world: World) -> None:
    process = await standing(world, Kind.TRANSFER, Role.CONSUMER, "STARTED")
    session = world.stranger.peer.session("transfers")
    session.provider = True  # type: ignore[attr-defined]
    session.other = process.pid
    world.stranger.peer.sessions[process.peer_pid] = session
    from meguri.dataspaces.dsp import transferring

    world.stranger.peer.answers["suspension"] = [404, 503, 404]
    arrived = session.expect("suspension")
    await world.a.run(transferring.answer, process.pid, Move.SUSPEND)
    await asyncio.wait_for(arrived, 30)
    await world.a.until(process.pid, "SUSPENDED")
    said = await world.a.run(store.messages, process.pid)
    assert [one.move for one in said] == ["suspend"]


async def test_a_partner_that_says_no_where_its_state_agrees_is_believed_and_otherwise_the_process_ends(
    world: World,
) -> None:
    from meguri.dataspaces.dsp import transferring

    for theirs, ours in (("SUSPENDED", "SUSPENDED"), ("STARTED", "TERMINATED")):
        process = await standing(world, Kind.TRANSFER, Role.CONSUMER, "STARTED")
        session = world.stranger.peer.session("transfers")
        session.provider, session.other, session.state = True, process.pid, theirs  # type: ignore[attr-defined]
        world.stranger.peer.sessions[process.peer_pid] = session
        world.stranger.peer.answers["suspension"] = [409]
        await world.a.run(transferring.answer, process.pid, Move.SUSPEND)
        after = await world.a.until(process.pid, ours)
        assert after.end_code == (None if ours == "SUSPENDED" else "STATE_DIVERGED")


async def test_who_is_refused_by_the_partners_system_waits_for_a_person(world: World) -> None:
    from meguri.dataspaces.dsp import transferring

    process = await standing(world, Kind.TRANSFER, Role.CONSUMER, "STARTED")
    world.stranger.peer.answers["suspension"] = [403]
    await world.a.run(transferring.answer, process.pid, Move.SUSPEND)
    for _ in range(100):
        after = await world.a.process(process.pid)
        if after.held:
            break
        await asyncio.sleep(0.05)
    assert (after.held, after.state, after.pending_state) == ("HTTP_403", "STARTED", "SUSPENDED")


async def test_what_a_dead_worker_left_is_sent(world: World) -> None:
    process = await standing(world, Kind.TRANSFER, Role.CONSUMER, "STARTED")
    session = world.stranger.peer.session("transfers")
    session.provider, session.other = True, process.pid  # type: ignore[attr-defined]
    world.stranger.peer.sessions[process.peer_pid] = session
    arrived = session.expect("completion")
    sql = """UPDATE dsp_process SET pending_id = %(id)s, pending_move = 'complete', pending_state = 'COMPLETED',
             pending_path = %(path)s, pending_body = %(body)s, next_try_at = now() - interval '1 minute',
             lease_until = now() + interval '1 hour'
             WHERE pid = %(pid)s"""
    body = json.dumps(message("TransferCompletionMessage", **pids(process))).encode()
    with psycopg.connect(world.node.ground.owner, autocommit=True) as owner:
        owner.execute(
            sql, {"id": new_id(), "path": f"/transfers/{process.peer_pid}/completion", "body": body, "pid": process.pid}
        )  # type: ignore[arg-type]
    assert await delivering.rescue(world.node.db) >= 1
    await asyncio.wait_for(arrived, 30)
    await world.a.until(process.pid, "COMPLETED")


def test_the_moves_of_the_matrix_are_all_there_are() -> None:
    assert set(itertools.chain(*MOVES.values())) == set(Move) - set()
