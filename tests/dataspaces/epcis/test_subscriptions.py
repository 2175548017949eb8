"""Subscriptions: what is new comes once, in the subscriber's own view, signed, and again until it was taken."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.dataspaces.dsp.conftest import World, world
from tests.dataspaces.epcis.test_doors import ask, captured, document, event

from meguri.dataspaces.dsp.offering import block_partner
from meguri.dataspaces.epcis import capturing, store, subscribing
from meguri.dataspaces.epcis.faults import Fault
from meguri.dataspaces.epcis.schedule import checked, following

pytestmark = pytest.mark.anyio
assert world


@pytest.fixture(scope="module", autouse=True)
async def on_record(world: World) -> None:
    """The company keeps a record of the party that asks: only partners tell events."""
    await world.a.partner(world.stranger.did)


async def subscribed(world: World, step: str, **body: Any) -> tuple[str, str, str]:
    """(name of the query, id of the subscription, last word of its address)."""
    name, word = f"q{uuid4().hex[:6]}", f"told{uuid4().hex[:6]}"
    assert (await ask(world, "POST", "queries", {"name": name, "query": {"EQ_bizStep": [step]}})).status_code == 201
    dest = f"{world.stranger.peer.url}/events/in/{word}"
    made = await ask(world, "POST", f"queries/{name}/subscriptions", {"dest": dest, "stream": True, **body})
    assert made.status_code == 201, made.text
    assert made.headers["location"].endswith(f"/queries/{name}/subscriptions/{made.json()['subscriptionID']}")
    return name, made.json()["subscriptionID"], word


def reports(world: World, word: str) -> list[Any]:
    return [body for method, path, body in world.stranger.peer.seen if path.endswith(word) and method == "POST"]


def events_of(report: Any) -> list[str]:
    return [one["epcList"][0] for one in report["epcisBody"]["queryResults"]["resultsBody"]["eventList"]]


async def told(world: World, subscription_id: str) -> None:
    """As when the next round comes; pauses after failures are over."""
    held = await world.a.run(store.subscription, UUID(subscription_id))
    if held is not None and held.attempts:
        await world.a.run(
            store.move_subscription, held.subscription_id, held.reached, held.created_at, attempts=held.attempts,
            failing_since=held.failing_since, trouble=held.trouble,
        )  # fmt: skip
    await subscribing.report_due(world.node.db)


async def test_what_is_new_is_told_once_and_again_until_it_was_taken(world: World) -> None:
    name, number, word = await subscribed(world, "arriving")
    await told(world, number)
    assert reports(world, word) == []  # nothing is new, and reports without events were not asked for
    first, second = event(bizStep="arriving"), event(bizStep="arriving")
    await captured(world, document(first, event(bizStep="departing")))
    world.stranger.peer.answers[word] = [500, 200, 200, 200]
    await told(world, number)
    kept = (await ask(world, "GET", f"queries/{name}/subscriptions/{number}")).json()
    assert kept["trouble"] == "HTTP_500"
    await told(world, number)
    await told(world, number)
    await captured(world, document(second))
    await told(world, number)
    sent = reports(world, word)
    assert [events_of(one) for one in sent] == [first["epcList"], first["epcList"], second["epcList"]]
    results = sent[2]["epcisBody"]["queryResults"]
    assert (results["subscriptionID"], results["queryName"]) == (number, name)
    assert "trouble" not in (await ask(world, "GET", f"queries/{name}/subscriptions/{number}")).json()


async def test_a_subscriber_sees_its_own_view_and_a_blocked_one_nothing(world: World) -> None:
    _, number, word = await subscribed(world, "dispensing", signatureToken="s3cret")
    theirs = event(bizStep="dispensing", sourceList=[{"type": "owning_party", "source": "did:web:secret.example"}],
                   destinationList=[{"type": "owning_party", "destination": world.stranger.did}])  # fmt: skip
    for one in (theirs, event(bizStep="dispensing")):
        await world.a.run(capturing.one, world.a.did, True, {**one, "@context": []})
    world.stranger.peer.answers[word] = [200]
    await told(world, number)
    sent = reports(world, word)
    assert [events_of(one) for one in sent] == [theirs["epcList"]]
    assert "secret" not in json.dumps(sent)
    listed = (await ask(world, "GET", f"queries/{(await held(world, number)).query_name}/subscriptions")).json()
    assert "s3cret" not in json.dumps(listed)
    await world.a.partner(world.stranger.did)
    await world.a.run(block_partner, world.stranger.did, True)
    await captured_by_company(world, theirs)
    await told(world, number)
    assert len(reports(world, word)) == 1
    await world.a.run(block_partner, world.stranger.did, False)


async def held(world: World, number: str) -> Any:
    return await world.a.run(store.subscription, UUID(number))


async def captured_by_company(world: World, like: dict[str, Any]) -> None:
    more = {**like, "epcList": event()["epcList"], "@context": []}
    await world.a.run(capturing.one, world.a.did, True, more)


async def test_an_ended_subscription_is_told_nothing_and_reports_without_events_come_if_asked_for(world: World) -> None:
    name, number, word = await subscribed(world, "holding", reportIfEmpty=True)
    world.stranger.peer.answers[word] = [200, 200]
    await told(world, number)
    assert [events_of(one) for one in reports(world, word)] == [[]]
    assert (await ask(world, "DELETE", f"queries/{name}/subscriptions/{number}")).status_code == 204
    assert (await ask(world, "GET", f"queries/{name}/subscriptions/{number}")).status_code == 404
    await told(world, number)
    assert len(reports(world, word)) == 1
    assert (await ask(world, "GET", f"queries/{name}/subscriptions")).json() == []


@pytest.mark.parametrize(
    ("body", "exception"),
    [
        ({}, "ValidationException"),
        ({"dest": "http://192.168.0.1/x", "stream": True}, "ValidationException"),
        ({"dest": "https://x.example/", "stream": True, "colour": 1}, "ValidationException"),
        ({"dest": "https://x.example/"}, "SubscriptionControlsException"),
        ({"dest": "https://x.example/", "stream": True, "schedule": {"hour": "1"}}, "SubscriptionControlsException"),
        ({"dest": "https://x.example/", "schedule": {"hour": "24"}}, "SubscriptionControlsException"),
        (
            {"dest": "https://x.example/", "schedule": {"month": "2", "dayOfMonth": "30"}},
            "SubscriptionControlsException",
        ),
        ({"dest": "https://x.example/", "stream": True, "initialRecordTime": "today"}, "ValidationException"),
    ],
)
async def test_a_subscription_that_cannot_be_kept_is_told_why(world: World, body: Any, exception: str) -> None:
    name = f"q{uuid4().hex[:6]}"
    await ask(world, "POST", "queries", {"name": name, "query": {"EQ_bizStep": ["loading"]}})
    answer = await ask(world, "POST", f"queries/{name}/subscriptions", body)
    assert (answer.status_code, answer.json()["type"]) == (400, f"epcisException:{exception}")
    assert (await ask(world, "POST", "queries/none/subscriptions", body)).status_code == 404


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ({"minute": "0"}, "2026-12-01T00:00"),
        ({"hour": "[9-17]", "minute": "0,30"}, "2026-12-01T09:00"),
        ({"dayOfWeek": "1", "hour": "6", "minute": "15"}, "2026-12-07T06:15"),
        ({"month": "2", "dayOfMonth": "29", "hour": "0", "minute": "0"}, "2028-02-29T00:00"),
        ({"second": "0"}, "2026-11-30T23:31"),
    ],
)
async def test_a_schedule_names_its_next_minute(schedule: dict[str, str], expected: str) -> None:
    found = following(checked(schedule), datetime(2026, 11, 30, 23, 30, 5, tzinfo=UTC))
    assert found is not None
    assert f"{found:%Y-%m-%dT%H:%M}" == expected
    with pytest.raises(Fault):
        checked({"minute": "[5-1]"})
