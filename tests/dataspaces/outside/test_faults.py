"""Whatever is lost and whenever the worker dies: nothing is asked twice, nothing is left behind."""

import contextlib
from decimal import Decimal

import pytest
from tests.dataspaces.outside.stage import Exchange, Killed, Member, Weather, member, partner
from tests.dataspaces.outside.test_business import ask
from tests.flows import received, sent

from meguri.dataspaces.ouranos.client import following, joining, wire
from meguri.dataspaces.ouranos.client.model import Access
from meguri.kernel.scope import OperatorScope
from meguri.storage import Transaction
from meguri.storage.database import Database
from meguri.traceability import beyond
from meguri.traceability import service as traceability
from meguri.traceability.model import State

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the time at which something is tried again."""

    async def hurry(tx: Transaction, scope: OperatorScope, *_: object) -> None:
        await tx.run("UPDATE outside_system SET next_try_at = NULL")
        await tx.run("UPDATE outside_task SET next_try_at = marked_at, sent_at = sent_at - interval '1 hour'")

    original = following.follow

    async def follow(db: Database, operator_id: object, system_id: object) -> None:
        await db.run(OperatorScope(operator_id, "system:test"), hurry)  # type: ignore[arg-type]
        await original(db, operator_id, system_id)  # type: ignore[arg-type]

    monkeypatch.setattr(following, "follow", follow)


async def stumble(*members: Member) -> None:
    """Turns until one of each goes through."""
    for one in members:
        for _ in range(40):
            before = (await one.detail()).system
            with contextlib.suppress(Killed):
                await one.follow()
                after = (await one.detail()).system
                if after.away_since is None and after.followed_at != before.followed_at:
                    break
        else:
            raise AssertionError("never came through")


@pytest.mark.parametrize("what", ["lost before", "lost after", "killed"])
async def test_whatever_goes_wrong_at_any_step_no_second_request_is_made(
    here: Database, exchange: Exchange, weather: Weather, what: str
) -> None:
    a, b = await member(here, exchange, "A", "完成車A"), await member(here, exchange, "B", "電池B")
    b_there = await partner(a, "B")
    await b.acts.part("部品B", ends=True)
    weather.what, weather.known = what, set()
    await a.acts.part("上", [("A1", 5)])
    await a.acts.declare("上", pre=3, main=20)
    await ask(a, b_there, "A1")
    await stumble(a, b)
    (mine,) = await received(b.acts)
    await b.acts.link(mine, "部品B")
    await b.acts.declare("部品B", pre="1.5", main=10)
    await b.acts.run(traceability.reply, mine.request_id, "お待たせしました。")
    await stumble(b, a)
    assert len(weather.known) >= 18
    (there,) = await exchange.rows("A", "tradeRequest")
    assert there["upstreamTraceId"] is not None
    (now,) = await sent(a.acts)
    assert (now.state, now.reply_message) == (State.COMPLETED, "お待たせしました。")
    names = [one["partsName"] for one in await exchange.rows("A", "parts")]
    assert sorted(names) == ["A1", "上"]
    totals = (await a.acts.statement("上")).totals
    assert totals is not None
    assert (totals.pre_component, totals.main_component) == (Decimal("7.5"), Decimal(50))
    await a.acts.run(traceability.cancel, now.request_id)
    weather.known = set()
    await stumble(a, b)
    assert await exchange.rows("A", "tradeRequest") == []
    assert await received(b.acts) == []


async def test_a_request_withdrawn_while_its_making_was_unsure_is_withdrawn_there_too(
    here: Database, exchange: Exchange, weather: Weather
) -> None:
    a = await member(here, exchange, "A", "完成車A")
    b_there = await partner(a, "B")
    await a.acts.part("上", [("A1", 5)])
    await ask(a, b_there, "A1")
    while "PUT datatransport?dataTarget=tradeRequest" not in weather.calls:  # its answer is lost
        weather.fine()
        await broken_turn_at_request(a, weather)
    assert len(await exchange.rows("A", "tradeRequest")) == 1
    (mine,) = await sent(a.acts)
    await a.acts.run(traceability.cancel, mine.request_id)
    weather.fine()
    await a.follow()
    assert await exchange.rows("A", "tradeRequest") == []


async def broken_turn_at_request(one: Member, weather: Weather) -> None:
    original = Weather.send

    async def send(self: Weather, method: str, url: str, **more: object) -> object:
        reply = await original(self, method, url, **more)
        if method == "PUT" and "dataTarget=tradeRequest" in url:
            raise Killed
        return reply

    Weather.send = send  # type: ignore[method-assign, assignment]
    try:
        with contextlib.suppress(Killed):
            await one.follow()
    finally:
        Weather.send = original  # type: ignore[method-assign]


async def test_an_outage_is_the_others_turn_with_its_reason_and_ends_by_itself(
    here: Database, exchange: Exchange, weather: Weather
) -> None:
    a = await member(here, exchange, "A", "完成車A")
    b_there = await partner(a, "B")
    weather.away = True
    await a.acts.part("上", [("A1", 5)])
    await ask(a, b_there, "A1")
    await a.follow()
    (mine,) = await sent(a.acts)
    (wait,) = await a.acts.run(beyond.of_company, "ja")
    assert (wait.mine, wait.status, wait.title) == (
        False,
        "相手の番",
        "外部のデータ流通 の応答を待っています（送信待ち 1 件）",
    )
    assert wait.line == "応答がありません。"
    assert "まだ届いていません" in (await a.acts.run(beyond.of_request, mine.trade_id, "ja") or "")
    weather.fine()
    await a.follow()
    assert await a.acts.run(beyond.of_company, "ja") == []
    assert await a.acts.run(beyond.of_request, mine.trade_id, "en") is None
    assert len(await exchange.rows("A", "tradeRequest")) == 1


async def test_refused_credentials_are_my_turn_and_are_not_tried_again(
    here: Database, exchange: Exchange, weather: Weather
) -> None:
    a = await member(here, exchange, "A", "完成車A")
    wrong = Access(api_key="Sample-APIKey1", north_key="k", account="oem_a@example.com", password="wrong")
    await a.acts.run(joining.keep, a.system, wrong, "test")
    wire.forget(a.system.system_id)
    weather.fine()
    await a.follow()
    assert weather.calls == [f"POST {exchange.url}/auth/login"]
    (wait,) = await a.acts.run(beyond.of_company, "en")
    assert (wait.mine, wait.line) == (True, "The system said: Invalid credentials")
    await a.follow()
    assert len(weather.calls) == 1


async def test_a_write_that_the_system_has_not_done_yet_is_waited_for(
    here: Database, exchange: Exchange, weather: Weather, monkeypatch: pytest.MonkeyPatch
) -> None:
    a = await member(here, exchange, "A", "完成車A")
    b_there = await partner(a, "B")
    await a.acts.part("上", [("A1", 5)])
    await ask(a, b_there, "A1")
    told = ["PROCESSING", "PROCESSING", "SUCCESS", "PROCESSING", "SUCCESS"]

    async def tracks(_: object, track_ids: list[str]) -> dict[str, str]:
        return dict.fromkeys((one.lower() for one in track_ids), told.pop(0) if told else "SUCCESS")

    monkeypatch.setattr("meguri.dataspaces.ouranos.client.wire.Foreign.tracks", tracks)
    for _ in range(6):
        await a.follow()
    assert len(await exchange.rows("A", "tradeRequest")) == 1
    assert [call for call in weather.calls if call == "PUT datatransport?dataTarget=tradeRequest"] == [
        "PUT datatransport?dataTarget=tradeRequest"
    ]
    assert (await a.detail()).tasks == []
