"""Capture and query over HTTP, by a partner and by the company itself, and what each of them sees."""

import json
from typing import Any
from uuid import uuid4

import pytest
from tests.dataspaces.dsp.conftest import World, world

from meguri.dataspaces.epcis import asking, capturing
from meguri.dataspaces.epcis.faults import Fault

pytestmark = pytest.mark.anyio
assert world
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
    proof = world.stranger.proof(world.a.did, method, url, b"")
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
    seen: list[str] = []
    path: str | None = f"events?EQ_bizStep={step}&perPage=3"
    sizes = []
    while path:
        answer = await ask(world, "GET", path)
        sizes.append(len(listed(answer)))
        seen += [one["eventID"] for one in listed(answer)]
        link = answer.headers.get("link")
        path = link.partition("/epcis/v2/")[2].partition(">")[0] if link else None
    assert (sizes, len(set(seen))) == ([3, 3, 1], 7)


@pytest.mark.parametrize(
    ("path", "status", "name"),
    [
        ("events?EQ_colour=red", 400, "QueryParameterException"),
        ("events?eventCountLimit=1&maxEventCount=1", 400, "QueryParameterException"),
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


async def test_named_queries_are_their_owners(world: World) -> None:
    name = f"q{uuid4().hex[:6]}"
    await captured(world, document(event(bizStep="loading")))
    assert (
        await ask(world, "POST", "queries", {"name": name, "query": {"EQ_bizStep": ["loading"]}})
    ).status_code == 201
    assert (await ask(world, "POST", "queries", {"name": name, "query": {}})).status_code == 409
    assert len(listed(await ask(world, "GET", f"queries/{name}/events"))) == 1
    assert (await ask(world, "POST", f"queries/{name}/subscriptions", {})).status_code == 501
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
    hidden = event()
    await world.a.run(capturing.one, world.a.did, True, {**hidden, "@context": []})
    assert listed(await ask(world, "GET", f"events?MATCH_epc={hidden['epcList'][0]}")) == []


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
