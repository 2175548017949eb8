"""Capture and query over HTTP, by a partner and by the company itself, and what each of them sees."""

import json
from importlib.resources import files
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import psycopg
import pytest
from tests.dataspaces.dsp.conftest import World, world

from meguri.dataspaces.epcis import asking, capturing, keys, schema, store
from meguri.dataspaces.epcis.faults import Fault

pytestmark = pytest.mark.anyio
assert world


@pytest.fixture(scope="module", autouse=True)
async def on_record(world: World) -> None:
    """The company keeps a record of the party that asks: only partners tell events."""
    await world.a.partner(world.stranger.did)


GOOD: dict[str, Any] = {
    "type": "ObjectEvent", "eventTime": "2026-11-20T09:30:00Z", "eventTimeZoneOffset": "+09:00", "action": "OBSERVE",
    "bizStep": "receiving", "disposition": "in_progress",
}  # fmt: skip


def event(serial: str | None = None, **more: Any) -> dict[str, Any]:
    return {**GOOD, "epcList": [f"https://id.gs1.org/01/04512345678906/21/{serial or uuid4().hex[:12]}"], **more}


def document(*events: Any, **more: Any) -> dict[str, Any]:
    return {"@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"x": "https://x.example/"}],
            "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-11-20T09:30:00Z",
            "epcisBody": {"eventList": list(events)}, **more}  # fmt: skip


async def ask(world: World, method: str, path: str, body: Any = None, **headers: str) -> Any:
    url = f"{world.node.settings.public_url}/t/{world.a.company.id}/epcis/v2/{path}"
    raw = b"" if body is None else json.dumps(body).encode()
    proof = world.stranger.proof(world.a.did, method, url, raw)
    return await world.client.request(
        method, url, content=raw, headers={"content-type": "application/json", **proof, **headers}
    )


def listed(answer: Any) -> list[dict[str, Any]]:
    return answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]  # type: ignore[no-any-return]


async def captured(world: World, body: Any, **headers: str) -> Any:
    answer = await ask(world, "POST", "capture", body, **headers)
    assert answer.status_code == 202, answer.text
    return (await ask(world, "GET", f"capture/{answer.headers['location'].rpartition('/')[2]}")).json()


async def test_one_bad_event_rolls_all_back_or_is_told_alone_as_the_sender_chose(world: World) -> None:
    serials = [uuid4().hex[:10] for _ in range(9)]
    body = document(*(event(one) for one in serials), event(bizStep="transforming"))
    done = await captured(world, body)
    assert (done["success"], done["running"], done["captureErrorBehaviour"]) == (False, False, "rollback")
    assert done["errors"][0]["detail"] == "event 9: /bizStep: does not fit (AnyOf)"
    epcs = "|".join(event(one)["epcList"][0] for one in serials)
    assert listed(await ask(world, "GET", f"events?MATCH_epc={epcs}&perPage=50")) == []
    done = await captured(world, body, **{"gs1-capture-error-behaviour": "proceed"})
    assert (done["success"], len(done["errors"]), done["errors"][0]["event"]) == (False, 1, 9)
    assert len(listed(await ask(world, "GET", f"events?MATCH_epc={epcs}&perPage=50"))) == 9
    await captured(world, body, **{"gs1-capture-error-behaviour": "proceed"})
    assert len(listed(await ask(world, "GET", f"events?MATCH_epc={epcs}&perPage=50"))) == 9


async def test_an_event_is_stored_once_and_a_correction_beside_it(world: World) -> None:
    one = event(eventID=f"urn:uuid:{uuid4()}")
    answers = [await ask(world, "POST", "events", one) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 409]
    assert answers[1].json()["type"] == "epcisException:ResourceAlreadyExistsException"
    wrong = {**one, "errorDeclaration": {"declarationTime": "2026-11-21T00:00:00Z", "reason": "incorrect_data"}}
    assert (await ask(world, "POST", "events", wrong)).status_code == 201
    both = listed(await ask(world, "GET", f"events/{one['eventID']}"))
    assert len(both) == 2
    only = listed(await ask(world, "GET", f"events?EQ_eventID={one['eventID']}&EXISTS_errorDeclaration=true"))
    assert [entry["errorDeclaration"]["reason"] for entry in only] == ["incorrect_data"]


async def test_pages_go_on_by_their_link_and_the_last_has_none(world: World) -> None:
    step = "packing"
    await captured(world, document(*(event(bizStep=step) for _ in range(7))))

    async def walked(path: str | None) -> tuple[list[int], int]:
        seen: list[str] = []
        sizes = []
        while path:
            answer = await ask(world, "GET", path)
            sizes.append(len(listed(answer)))
            seen += [one["eventID"] for one in listed(answer)]
            link = answer.headers.get("link")
            path = link.partition("/epcis/v2/")[2].partition(">")[0] if link else None
        return sizes, len(set(seen))

    assert await walked(f"events?EQ_bizStep={step}&perPage=3") == ([3, 3, 1], 7)
    assert await walked(f"events?EQ_bizStep={step}&perPage=2&eventCountLimit=5") == ([2, 2, 1], 5)
    assert await walked(f"events?EQ_bizStep={step}&perPage=3&maxEventCount=7") == ([3, 3, 1], 7)
    assert await walked(f"events?EQ_bizStep=https://ref.gs1.org/cbv/BizStep-{step}") == ([7], 7)
    await ask(world, "POST", "queries", {"name": "packed", "query": {"EQ_bizStep": [step]}})
    assert await walked("queries/packed/events?perPage=4") == ([4, 3], 7)


async def test_what_is_asked_for_is_found_by_its_patterns_and_places(world: World) -> None:
    serial, place = uuid4().hex[:8], "https://id.gs1.org/414/4512345000004"
    for number in range(3):
        where = f"{place}/254/{serial}" if number else place
        await captured(world, document(event(f"{serial}{number}", readPoint={"id": where})))
    pattern = f"https://id.gs1.org/01/04512345678906/21/{serial}*"
    for asked, expected in (
        (f"MATCH_epc={pattern}", 3),
        (f"MATCH_anyEPC={pattern}&MATCH_epc={pattern.replace('*', '1')}", 1),
        (f"MATCH_epc={pattern}&WD_readPoint={place}", 3),
        (f"MATCH_epc={pattern}&EQ_readPoint={place}", 1),
        (f"MATCH_epc={pattern}&WD_readPoint={place}/254/{serial}", 2),
        (f"MATCH_epc={pattern}&WD_readPoint={place[:-1]}", 0),
    ):
        assert len(listed(await ask(world, "GET", f"events?{asked}"))) == expected, asked
    assert listed(await ask(world, "GET", "eventTypes/ObjectEvent/events?eventType=AggregationEvent")) == []


async def test_events_of_every_type_are_captured_and_found_by_it(world: World) -> None:
    serial = uuid4().hex[:8]
    place, thing = "https://id.gs1.org/414/4512345000004", f"https://id.gs1.org/01/04512345678906/21/{serial}"
    when = {name: GOOD[name] for name in ("eventTime", "eventTimeZoneOffset")}
    where = {
        "bizStep": "packing",
        "disposition": "in_progress",
        "readPoint": {"id": place},
        "bizLocation": {"id": place},
    }
    made: dict[str, dict[str, Any]] = {
        "ObjectEvent": {"action": "OBSERVE", "epcList": [thing]},
        "AggregationEvent": {"action": "ADD", "parentID": f"{thing}P", "childEPCs": [thing]},
        "AssociationEvent": {"action": "ADD", "parentID": f"{thing}P", "childEPCs": [thing]},
        "TransactionEvent": {
            "action": "ADD",
            "epcList": [thing],
            "bizTransactionList": [{"bizTransaction": "urn:po:1"}],
        },
        "TransformationEvent": {"inputEPCList": [thing], "outputEPCList": [f"{thing}N"]},
    }
    assert set(made) == set(schema.TYPES)
    for kind, fields in made.items():
        job = await captured(world, document({"type": kind, **when, **where, **fields}))
        assert job["success"], job
    for kind in made:
        found = listed(await ask(world, "GET", f"eventTypes/{kind}/events?MATCH_anyEPC={thing}*"))
        assert [one["type"] for one in found] == [kind]
    for by, value in (
        ("bizSteps", "packing"),
        ("dispositions", "in_progress"),
        ("bizLocations", place),
        ("readPoints", place),
    ):
        found = listed(await ask(world, "GET", f"{by}/{quote(value, safe='')}/events?MATCH_anyEPC={thing}*"))
        assert {one["type"] for one in found} == set(made), by
    found = listed(await ask(world, "GET", f"epcs/{quote(thing, safe='')}/events"))
    assert {one["type"] for one in found} == set(made)


async def test_addresses_that_are_given_lead_to_what_they_name(world: World) -> None:
    """Identifiers are addresses themselves: their slashes, question marks and letters of all scripts stay one part of the path."""

    async def follow(address: str) -> httpx.Response:
        return await ask(world, "GET", address.partition("/epcis/v2/")[2])

    serial = uuid4().hex[:10]
    epc = event(serial)["epcList"][0]
    times = [f"2026-11-{day:02d}T09:30:00.000Z" for day in (1, 2, 3)]
    await captured(world, document(*(event(serial, eventTime=time) for time in times)))
    seen: list[str] = []
    answer = await ask(world, "GET", f"epcs/{quote(epc, safe='')}/events?perPage=1")
    while True:
        assert answer.status_code == 200, answer.text
        seen += [one["eventTime"] for one in listed(answer)]
        link = answer.headers.get("link")
        if not link:
            break
        answer = await follow(link[1 : link.index(">")])
    assert sorted(seen) == times
    hashed = {"@context": document()["@context"], **event(serial, eventTime="2026-11-04T09:30:00.000Z")}
    hashed.pop("eventID", None)
    made = await ask(world, "POST", "events", hashed)
    assert made.status_code == 201, made.text
    (found,) = listed(await follow(made.headers["location"]))
    assert found["eventID"].startswith("ni:///sha-256;")
    name = f"品質 / {serial}?"
    made = await ask(world, "POST", "queries", {"name": name, "query": {"MATCH_epc": [epc]}})
    assert (await follow(made.headers["location"])).json()["name"] == name
    assert len(listed(await follow(made.headers["location"] + "/events"))) == 4


@pytest.mark.parametrize("order", ["orderBy=eventTime", "orderBy=recordTime", "orderBy=recordTime&orderDirection=ASC"])
async def test_pages_are_walked_in_the_order_that_was_asked_for(world: World, order: str) -> None:
    step = "stocking"
    times = [f"2026-11-{day:02d}T09:30:00.000Z" for day in (3, 1, 5, 2, 4)]
    if not listed(await ask(world, "GET", f"events?EQ_bizStep={step}")):
        for time in times:
            await captured(world, document(event(bizStep=step, eventTime=time)))
    seen: list[str] = []
    path: str | None = f"events?EQ_bizStep={step}&perPage=2&{order}"
    while path:
        answer = await ask(world, "GET", path)
        seen += [one["eventTime"] for one in listed(answer)]
        link = answer.headers.get("link")
        path = link.partition("/epcis/v2/")[2].partition(">")[0] if link else None
    expected = sorted(times) if "eventTime" in order else times
    assert seen == (expected if "ASC" in order else expected[::-1])


@pytest.mark.parametrize(
    ("path", "status", "name"),
    [
        ("events?EQ_colour=red", 400, "QueryParameterException"),
        ("events?eventCountLimit=1&maxEventCount=1", 400, "QueryParameterException"),
        ("events?EQ_action=CHANGE", 400, "QueryParameterException"),
        ("events?GT_quantity=many", 400, "QueryParameterException"),
        ("events?GE_errorDeclarationTime=today", 400, "QueryParameterException"),
        ("events?perPage=0", 400, "QueryParameterException"),
        ("events?GE_eventTime=yesterday", 400, "QueryParameterException"),
        ("events?nextPageToken=x", 400, "QueryParameterException"),
        ("events?maxEventCount=1&EQ_action=OBSERVE", 413, "QueryTooLargeException"),
        ("events/urn:uuid:nothing", 404, "NoSuchResourceException"),
        ("capture/nothing", 404, "NoSuchResourceException"),
        ("queries/nothing/events", 404, "NoSuchResourceException"),
        ("elsewhere", 404, "NoSuchResourceException"),
        (f"events?EQ_eventID={'x' * 9000}", 414, "URITooLongException"),
    ],
)
async def test_what_cannot_be_asked_is_told_by_its_exception(world: World, path: str, status: int, name: str) -> None:
    await captured(world, document(event(), event()))
    answer = await ask(world, "GET", path)
    assert (answer.status_code, answer.json()["type"]) == (status, f"epcisException:{name}")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_bodies_that_are_no_documents_are_refused(world: World) -> None:
    for body in ({}, [], {"type": "EPCISDocument"}, {"type": "EPCISDocument", "epcisBody": {}}):
        assert (await ask(world, "POST", "capture", body)).status_code == 400
    assert (await ask(world, "POST", "capture", {}, **{"content-type": "text/xml"})).status_code == 415
    many = document(*(event() for _ in range(1001)))
    assert (await ask(world, "POST", "capture", many)).status_code == 413


async def test_options_and_versions_are_told(world: World) -> None:
    answer = await ask(world, "OPTIONS", "events")
    assert (answer.status_code, answer.headers["allow"]) == (204, "GET, POST, OPTIONS")
    assert answer.headers["gs1-epcis-version"] == "2.0.0"
    assert (await world.client.get(f"/t/{world.a.company.id}/epcis/v2/events")).status_code == 401
    assert (await ask(world, "GET", "events", accept="application/xml")).status_code == 406
    assert (await ask(world, "GET", "events", accept="text/html, */*;q=0.1")).status_code == 200


async def test_named_queries_are_their_owners(world: World) -> None:
    name = f"q{uuid4().hex[:6]}"
    await captured(world, document(event(bizStep="loading")))
    assert (
        await ask(world, "POST", "queries", {"name": name, "query": {"@context": "urn:x", "EQ_bizStep": ["loading"]}})
    ).status_code == 201
    assert (await ask(world, "POST", "queries", {"name": name, "query": {}})).status_code == 409
    assert len(listed(await ask(world, "GET", f"queries/{name}/events"))) == 1
    assert (await ask(world, "POST", f"queries/{name}/subscriptions", {})).status_code == 400
    for below in ("subscriptions", "events"):
        assert (await ask(world, "GET", f"queries/{name}/{below}", upgrade="websocket")).status_code == 501
    assert (await ask(world, "DELETE", f"queries/{name}")).status_code == 204
    assert (await ask(world, "GET", f"queries/{name}")).status_code == 404


async def test_a_third_party_is_taken_out_of_what_another_sees_and_the_id_does_not_betray_it(world: World) -> None:
    epc = event()["epcList"][0]
    told = event(epcList=[epc], bizTransactionList=[{"type": "po", "bizTransaction": "urn:po:1"}],
                 sourceList=[{"type": "owning_party", "source": "did:web:secret.example"}],
                 destinationList=[{"type": "owning_party", "destination": world.stranger.did}])  # fmt: skip
    event_id = await world.a.run(capturing.one, world.a.did, True, {**told, "@context": []})
    own, _ = await world.a.run(asking.page, None, asking.asked([("MATCH_epc", epc)]), None, b"k")
    assert own[0]["sourceList"]
    seen = listed(await ask(world, "GET", f"events?MATCH_epc={epc}"))
    assert len(seen) == 1
    assert "sourceList" not in seen[0]
    assert "bizTransactionList" not in seen[0]
    assert seen[0]["destinationList"][0]["destination"] == world.stranger.did
    assert seen[0]["eventID"] != event_id
    assert "secret" not in json.dumps(seen)
    assert (
        listed(await ask(world, "GET", f"events?EQ_eventID={event_id}")) == []
    )  # a guess at what was taken out is not confirmed
    assert listed(await ask(world, "GET", f"events/{seen[0]['eventID']}")) == seen
    hidden = event()
    hidden_id = await world.a.run(capturing.one, world.a.did, True, {**hidden, "@context": []})
    probe = event(eventID=hidden_id)
    assert (await ask(world, "POST", "events", probe)).status_code == 201  # as if nobody had used the id
    assert (await ask(world, "POST", "events", probe)).status_code == 409
    assert listed(await ask(world, "GET", f"events?MATCH_epc={hidden['epcList'][0]}")) == []


async def test_who_holds_an_instance_sees_what_happens_to_it_until_it_hands_it_over(world: World) -> None:
    mine, other = event()["epcList"][0], event()["epcList"][0]

    async def told(day: int, epcs: list[str], **more: Any) -> str:
        said = event(epcList=epcs, eventTime=f"2026-11-{day:02d}T09:30:00Z", eventID=f"urn:uuid:{uuid4()}", **more)
        return str(await world.a.run(capturing.one, world.a.did, True, {**said, "@context": []}))

    def to(did: str) -> dict[str, Any]:
        return {"destinationList": [{"type": "possessing_party", "destination": did}]}

    await told(1, [mine])
    given = await told(2, [mine], **to(world.stranger.did))
    checked = await told(3, [mine], bizStep="inspecting")
    await told(4, [mine, other], bizStep="inspecting")  # one of them is another's
    passed = await told(5, [mine], sourceList=[{"type": "possessing_party", "source": world.stranger.did}],
                        **to("did:web:next.example"))  # fmt: skip
    await told(6, [mine], bizStep="inspecting")
    seen = listed(await ask(world, "GET", f"events?MATCH_epc={mine}"))
    assert [one["eventTime"][8:10] for one in seen] == ["02", "03", "05"]
    assert [one["eventID"] for one in seen][:2] == [given, checked]
    assert seen[2]["eventID"] != passed  # the next holder was taken out of it
    assert "next.example" not in json.dumps(seen)


async def test_a_proof_covers_the_body_that_is_sent(world: World) -> None:
    url = f"{world.node.settings.public_url}/t/{world.a.company.id}/epcis/v2/capture"
    sent, signed = (json.dumps(document(event())).encode() for _ in range(2))
    proof = world.stranger.proof(world.a.did, "POST", url, signed)
    answer = await world.client.post(url, content=sent, headers={"content-type": "application/json", **proof})
    assert (answer.status_code, answer.json()["type"]) == (401, "epcisException:SecurityException")


async def test_a_partner_speaks_only_for_what_it_holds(world: World) -> None:
    epc = event()["epcList"][0]
    handed = event(epcList=[epc], destinationList=[{"type": "owning_party", "destination": "did:web:other.example"}])
    await world.a.run(capturing.one, world.a.did, True, {**handed, "@context": []})
    later = event(epcList=[epc], eventTime="2026-11-21T09:30:00Z")
    answer = await ask(world, "POST", "events", later)
    assert (answer.status_code, answer.json()["type"]) == (400, "epcisException:ValidationException")
    ours = event(
        epcList=[epc],
        eventTime="2026-11-20T09:31:00Z",
        destinationList=[{"type": "owning_party", "destination": world.stranger.did}],
    )
    await world.a.run(capturing.one, world.a.did, True, {**ours, "@context": []})
    assert (await ask(world, "POST", "events", later)).status_code == 201


async def test_an_event_of_the_future_is_refused(world: World) -> None:
    with pytest.raises(Fault):
        await world.a.run(capturing.one, world.a.did, True, event(eventTime="2099-01-01T00:00:00Z"))


async def test_things_are_the_same_by_their_gs1_key_whichever_host_a_link_names(world: World) -> None:
    serial = uuid4().hex[:10]
    spelled = [
        f"https://id.gs1.org/01/04512345678906/21/{serial}",
        f"https://id.maker.example/p/01/04512345678906/21/{serial}?17=281231",
        f"http://resolver.example:8443/01/4512345678906/21/{serial}#label",
    ]
    ids = []
    for day, epc in enumerate(spelled, 1):
        place = {"id": f"https://host{day}.example/414/4512345000004"}
        said = event(
            epcList=[epc], readPoint=place, eventTime=f"2026-11-{day:02d}T00:00:00Z", eventID=f"urn:uuid:{uuid4()}"
        )
        ids.append(await world.a.run(capturing.one, world.a.did, True, {**said, "@context": []}))

    async def found(*pairs: tuple[str, str]) -> list[str]:
        events, _ = await world.a.run(asking.page, None, asking.asked(list(pairs)), None, b"k")
        return [one["eventID"] for one in events]

    for epc in spelled:
        assert await found(("MATCH_epc", epc)) == ids, epc
        assert await found(("MATCH_anyEPC", epc.partition(serial)[0] + serial[:5] + "*")) == ids, epc
    here = ("MATCH_epc", spelled[0])
    assert await found(here, ("EQ_readPoint", "https://id.gs1.org/414/4512345000004")) == ids
    assert await found(here, ("WD_readPoint", "https://other.example/414/4512345000004")) == ids
    assert await found(("MATCH_epc", f"https://id.gs1.org/01/04512345678913/21/{serial}")) == []
    events, _ = await world.a.run(asking.page, None, asking.asked([here]), None, b"k")
    assert [one["epcList"][0] for one in events] == spelled  # each stays as it was written
    # and whoever was handed the thing under one host holds it under the other
    to = [{"type": "possessing_party", "destination": world.stranger.did}]
    handed = event(epcList=[spelled[1]], destinationList=to, eventTime="2026-11-10T00:00:00Z")
    await world.a.run(capturing.one, world.a.did, True, {**handed, "@context": []})
    later = event(epcList=[spelled[0]], bizStep="inspecting", eventTime="2026-11-11T00:00:00Z")
    await world.a.run(capturing.one, world.a.did, True, {**later, "@context": []})
    assert len(listed(await ask(world, "GET", f"events?MATCH_epc={spelled[0]}"))) == 2


async def test_events_kept_before_are_found_by_their_keys_after_the_upgrade(world: World) -> None:
    serial = uuid4().hex[:10]
    raw, key = (
        f"https://old.example/x/01/04512345678906/21/{serial}?a=b",
        f"https://id.gs1.org/01/04512345678906/21/{serial}",
    )
    kept = await world.a.run(capturing.one, world.a.did, True, {**event(epcList=[raw]), "@context": []})
    place = "https://h.example/414/4512345000004"
    before = "UPDATE epcis_event SET epcs = ARRAY[%s, 'urn:uuid:1'], read_point = %s WHERE event_id = %s"
    upgrade = (files("meguri.storage.migrations") / "1030_dataspaces_epcis_keys.sql").read_text("utf-8")
    with psycopg.connect(world.node.ground.owner) as owner:
        owner.execute(before, (raw, place, kept))
        owner.execute(upgrade)  # type: ignore[arg-type]  # our own file
        row = owner.execute("SELECT epcs, read_point, body FROM epcis_event WHERE event_id = %s", (kept,)).fetchone()
        assert row is not None
        assert (row[0], row[1]) == ([key, "urn:uuid:1"], "https://id.gs1.org/414/4512345000004")
        assert row[2]["epcList"] == [raw]
        short = owner.execute("SELECT pg_temp.key_of('http://h/01/4512345678906?x')").fetchone()
        assert short == ("https://id.gs1.org/01/04512345678906",)
    assert keys.key_of("http://h/01/4512345678906?x") == "https://id.gs1.org/01/04512345678906"


async def test_who_is_on_no_record_reads_what_it_may_and_tells_nothing(world: World) -> None:
    for method, path, body in (
        ("POST", "capture", document(event())),
        ("POST", "events", event()),
        ("POST", "queries", {"name": "mine", "query": {}}),
        ("DELETE", "queries/mine", None),
    ):
        url = f"{world.node.settings.public_url}/t/{world.b.company.id}/epcis/v2/{path}"
        raw = b"" if body is None else json.dumps(body).encode()
        proof = world.stranger.proof(world.b.did, method, url, raw)
        answer = await world.client.request(
            method, url, content=raw, headers={"content-type": "application/json", **proof}
        )
        assert (answer.status_code, answer.json()["type"]) == (403, "epcisException:SecurityException"), path
    assert await world.b.run(store.captures, None, None, 10) == []
    url = f"{world.node.settings.public_url}/t/{world.b.company.id}/epcis/v2/events"
    assert listed(await world.client.get(url, headers=world.stranger.proof(world.b.did, "GET", url))) == []
