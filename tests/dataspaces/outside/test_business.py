"""The business of the public tutorials, with both companies taking part from outside: one thing on both sides is one thing."""

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from tests.chain import company
from tests.dataspaces.outside.stage import DATA, IDS, INFO, Exchange, Member, Weather, member, partner
from tests.flows import received, sent, told

from meguri.dataspaces.ouranos.client import joining, way
from meguri.dataspaces.ouranos.client.errors import BadSystemAddress
from meguri.dataspaces.ouranos.client.model import Gateway, SystemInput
from meguri.footprint import service as footprint
from meguri.operators import disclosure
from meguri.operators.companies import change_settings
from meguri.operators.model import SettingsChange
from meguri.storage.database import Database
from meguri.traceability import service as traceability
from meguri.traceability.model import RequestInput, State

pytestmark = pytest.mark.anyio


async def turns(*members: Member, times: int = 2) -> None:
    for _ in range(times):
        for one in members:
            await one.follow()


async def ask(a: Member, b_there: object, part: str, **more: object) -> None:
    wanted = RequestInput(
        upstream_operator_id=b_there,
        downstream_trace_id=await a.acts.part_id(part),
        **more,  # type: ignore[arg-type]
    )
    await a.acts.run(traceability.request, wanted)


async def test_the_tutorials_business_through_the_foreign_system_has_their_figures(
    here: Database, exchange: Exchange, weather: Weather
) -> None:
    a, b = await member(here, exchange, "A", "完成車A"), await member(here, exchange, "B", "電池B")
    b_there = await partner(a, "B")
    await a.acts.part("部品A", [("部品A1", 5)])
    await a.acts.declare("部品A", pre=3, main=20)
    await ask(a, b_there, "部品A1", message="来月中にご回答をお願いします。", due_date=date(2030, 12, 31))
    await turns(a, b)
    (asked,) = await received(b.acts)
    assert (asked.requested_part.name, asked.message, asked.due_date) == (
        "部品A1", "来月中にご回答をお願いします。", date(2030, 12, 31))  # fmt: skip
    await b.acts.part("部品B", ends=True)
    await b.acts.link(asked, "部品B")
    await turns(b, a)
    assert (await sent(a.acts))[0].state is State.NOT_COMPLETED
    await b.acts.declare("部品B", pre="1.5", main=10)
    await turns(b, a)
    (mine,) = await sent(a.acts)
    assert mine.state is State.COMPLETED
    totals = (await a.acts.statement("部品A")).totals
    assert totals is not None
    assert (totals.pre_component, totals.main_component) == (Decimal("7.5"), Decimal(50))
    assert totals.pre_production + totals.pre_component + totals.main_production + totals.main_component == Decimal(
        "80.5"
    )
    assert len(await exchange.rows("A", "tradeRequest")) == len(await exchange.rows("B", "tradeResponse")) == 1
    (part,) = [one for one in await exchange.rows("A", "parts") if one["partsName"] == "部品A"]
    rows = {one["cfpType"]: one["ghgEmission"] for one in await exchange.rows("A", f"cfp&traceIds={part['traceId']}")}
    assert (rows["preComponentTotal"], rows["mainComponentTotal"], rows["preProduction"]) == (7.5, 50, 3)
    assert [one["operatorId"] for one in await exchange.rows("A", "parts")] == [IDS["A"]] * 2
    assert (await a.detail()).tasks == (await b.detail()).tasks == []
    weather.fine()
    await turns(a, b)
    assert [call for call in weather.calls if not call.startswith("GET") and "auth/login" not in call] == []


def part_body(name: str, plant: str, **more: Any) -> dict[str, Any]:
    words = dict.fromkeys(
        ("traceId", "supportPartsName", "amountRequired", "partsLabelName", "partsAddInfo1", "partsAddInfo2")
    )
    return {**words, "partsAddInfo3": None, "operatorId": IDS["A"], "plantId": plant, "partsName": name,
            "terminatedFlag": False, "amountRequiredUnit": "kilogram", **more}  # fmt: skip


async def test_what_stood_there_before_is_taken_once_over_all_pages(
    here: Database, exchange: Exchange, weather: Weather
) -> None:
    plant = {"plantId": None, "operatorId": IDS["A"], "plantName": "A工場", "plantAddress": "東京都",
             "openPlantId": "A000001", "plantAttribute": {}}  # fmt: skip
    plant_id = (await exchange.call("A", "PUT", f"{INFO}plant", plant))["plantId"]

    async def made(name: str, *components: dict[str, Any]) -> Any:
        structure = {"parentPartsModel": part_body(name, plant_id), "childrenPartsModel": list(components)}
        return (await exchange.call("A", "PUT", f"{DATA}partsStructure", structure))["childrenPartsModel"][0]["traceId"]

    ends = [part_body(f"部品{n:03}", plant_id, terminatedFlag=True, amountRequired=1) for n in range(147)]
    await made("親1", *ends[:50])
    await made("親2", *ends[50:100])
    child = await made("親", part_body("子", plant_id, amountRequired=2.5), *ends[100:])
    asked = {
        "tradeModel": {"tradeId": None, "downstreamOperatorId": IDS["A"], "upstreamOperatorId": IDS["B"],
                       "downstreamTraceId": child, "upstreamTraceId": None},
        "statusModel": {"statusId": None, "tradeId": None, "requestStatus": {}, "message": "そちらで始めた依頼",
                        "replyMessage": None, "requestType": "CFP", "responseDueDate": "2031-01-01"},
    }  # fmt: skip
    await exchange.call("A", "PUT", f"{DATA}tradeRequest", asked)
    weather.fine()
    a = await member(here, exchange, "A", "完成車A")
    found, _ = await a.acts.run(traceability.parts_page, limit=1000)
    assert len(found) == len({one.trace_id for one in found}) == 151
    assert sum("dataTarget=parts&" in call for call in weather.calls) == 2
    parent = await a.acts.run(traceability.structure, await a.acts.part_id("親"))
    first, *others = parent.children
    assert (first.part.name, first.amount, len(others)) == ("子", Decimal("2.5"), 47)
    (mine,) = await sent(a.acts)
    assert (mine.message, mine.due_date) == ("そちらで始めた依頼", date(2031, 1, 1))
    weather.fine()
    await a.acts.run(joining.move, a.system.system_id, "read")
    await turns(a)
    assert [call for call in weather.calls if call.startswith(("PUT", "POST", "DELETE"))] == []
    assert len(await sent(a.acts)) == 1
    assert len(await exchange.rows("A", "tradeRequest")) == 1


async def test_returns_new_requests_replies_and_withdrawals_travel_both_ways(
    here: Database, exchange: Exchange, weather: Weather
) -> None:
    a, b = await member(here, exchange, "A", "完成車A"), await member(here, exchange, "B", "電池B")
    b_there = await partner(a, "B")
    await a.acts.part("上", [("A1", 5)])
    await ask(a, b_there, "A1")
    await turns(a, b, times=1)
    (asked,) = await received(b.acts)
    await b.acts.run(traceability.reject, asked.request_id, reply_message="部品番号が違います。")
    await turns(b, a, times=1)
    (mine,) = await sent(a.acts)
    assert (mine.state, mine.reply_message) == (State.REJECT, "部品番号が違います。")
    await ask(a, b_there, "A1", message="もう一度お願いします。")
    await turns(a, b, times=1)
    live = [one for one in await received(b.acts) if one.live]
    assert [one.message for one in live] == ["もう一度お願いします。"]
    (mine,) = [one for one in await sent(a.acts) if one.live]
    await a.acts.run(traceability.amend, mine.request_id, message="急ぎです。", due_date=date(2031, 2, 3))
    await turns(a, b, times=1)
    (live_now,) = [one for one in await received(b.acts) if one.live]
    assert (live_now.trade_id, live_now.message, live_now.due_date) == (
        live[0].trade_id,
        "急ぎです。",
        date(2031, 2, 3),
    )
    await b.acts.run(traceability.reply, live_now.request_id, "来週回答します。")
    await turns(b, a, times=1)
    assert [one.reply_message for one in await sent(a.acts) if one.live] == ["来週回答します。"]
    await a.acts.run(traceability.cancel, mine.request_id)
    await turns(a, b, times=1)
    assert [one for one in await received(b.acts) if one.live] == []
    assert "REQUEST_CANCELED" in await told(b.acts)


async def test_nothing_is_declared_there_that_is_not_released_here(
    here: Database, exchange: Exchange, weather: Weather
) -> None:
    a = await member(here, exchange, "A", "完成車A")
    b = await member(here, exchange, "B", "電池B", north_url=None)
    await b.acts.run(change_settings, SettingsChange(auto_disclose=False))
    b_there = await partner(a, "B")
    await a.acts.part("上", [("A1", 5)])
    await ask(a, b_there, "A1")
    await turns(a, b, times=1)
    (asked,) = await received(b.acts)
    await b.acts.part("部品B", ends=True)
    await b.acts.declare("部品B", pre="1.5", main=10)
    await b.acts.link(asked, "部品B")
    await turns(b, a)
    (there,) = await exchange.rows("B", "parts")
    assert await exchange.rows("B", f"cfp&traceIds={there['traceId']}") == []
    assert (await sent(a.acts))[0].state is State.NOT_COMPLETED
    await b.acts.run(
        disclosure.set_groups, await b.acts.part_id("部品B"), asked.partner_id, {"TOTALCFP": True, "TOTALDQR": True}
    )
    await turns(b, a)
    assert (await sent(a.acts))[0].state is State.COMPLETED


async def test_what_another_supply_chain_answers_is_declared_there_as_a_lump(
    here: Database, exchange: Exchange, weather: Weather
) -> None:
    a, b = await member(here, exchange, "A", "完成車A"), await member(here, exchange, "B", "電池B")
    c = await company(here, "素材C")
    b_there = await partner(a, "B")
    await a.acts.part("上", [("A1", 5)])
    await ask(a, b_there, "A1")
    await turns(a, b, times=1)
    (asked,) = await received(b.acts)
    await c.part("塩", ends=True)
    await c.declare("塩", pre="0.4", main="0.6", pre_q=(2, 2, 2), main_q=(1, 1, 1))
    await b.acts.part("部品B", [("塩B", 2)])
    await b.acts.declare("部品B", pre=1, main=3, main_q=(2, 2, 2))
    await c.link(await b.acts.ask(c, "塩B"), "塩")
    await b.acts.link(asked, "部品B")
    await turns(b, a)
    mine = next(one for one in await exchange.rows("B", "parts") if one["partsName"] == "部品B")["traceId"]
    rows = {one["cfpType"]: one["ghgEmission"] for one in await exchange.rows("B", f"cfp&traceIds={mine}")}
    assert (rows["preComponent"], rows["mainComponent"]) == (0.8, 1.2)
    a1 = await a.acts.run(footprint.statements, [await a.acts.part_id("A1")])
    answer = a1[0].answer
    assert answer is not None
    assert (answer.pre, answer.main) == (Decimal("1.8"), Decimal("4.2"))
    assert (answer.pre_quality.ter, answer.main_quality.ter) == (Decimal("1.44445"), Decimal("1.71429"))
    seen = str([await exchange.rows("A", target) for target in ("parts", "tradeRequest", "status")])
    assert "塩" not in seen


async def test_a_certificate_travels_when_it_is_released(here: Database, exchange: Exchange, weather: Weather) -> None:
    a, b = await member(here, exchange, "A", "完成車A"), await member(here, exchange, "B", "電池B")
    b_there = await partner(a, "B")
    await a.acts.part("上", [("A1", 5)])
    await ask(a, b_there, "A1")
    await turns(a, b, times=1)
    (asked,) = await received(b.acts)
    await b.acts.part("部品B", ends=True)
    await b.acts.declare("部品B", pre="1.5", main=10)
    await b.acts.link(asked, "部品B")
    desk = way.certificates(here)
    announced = (await b.acts.run(desk.announce, [("証明.pdf", "pdf")]))[0]

    async def content() -> AsyncIterator[bytes]:
        yield b"%PDF-1.4 proof"

    await desk.receive(announced.token, content(), "application/pdf")
    await b.acts.run(desk.attach, await b.acts.part_id("部品B"), [(announced.file_id, "証明.pdf")], description=None)
    await turns(b, a)
    found = await a.acts.run(desk.of_part, await a.acts.part_id("A1"))
    assert [one.file_name for one in found.files] == ["証明.pdf"]
    (mine,) = await sent(a.acts)
    address = await a.acts.run(desk.offer, found.files[0].operator_id, found.files[0].file_id, mine.trade_id)
    got = await desk.fetch(address.token)
    assert b"".join([piece async for piece in got.chunks]) == b"%PDF-1.4 proof"
    weather.fine()
    await turns(b, a)
    assert [call for call in weather.calls if "fileUploadUrl" in call or "fileDownloadUrl" in call] == []


async def test_through_a_gateway_of_open_data_spaces_all_is_the_same(
    here: Database, exchange: Exchange, weather: Weather
) -> None:
    gateway = {"gateway": Gateway.ODS, "base_url": f"{exchange.url}/ods", "north_url": None}
    a, b = (
        await member(here, exchange, "A", "完成車A", **gateway),
        await member(here, exchange, "B", "電池B", **gateway),
    )
    b_there = await partner(a, "B")
    await a.acts.part("上", [("A1", 5)])
    await ask(a, b_there, "A1")
    await turns(a, b, times=1)
    (asked,) = await received(b.acts)
    await b.acts.part("部品B", ends=True)
    await b.acts.declare("部品B", pre="1.5", main=10)
    await b.acts.link(asked, "部品B")
    await turns(b, a)
    assert (await sent(a.acts))[0].state is State.COMPLETED


async def test_what_opens_a_system_is_sealed_and_never_shown(
    here: Database, exchange: Exchange, weather: Weather
) -> None:
    a = await member(here, exchange, "A", "完成車A")
    async with here.transaction(a.acts.scope) as tx:
        (row,) = await tx.all("SELECT s::text, sealed FROM outside_system s")
    for secret in ("Sample-APIKey1", "oemA&user_01", "oem_a@example.com"):
        assert secret not in row[0]
        assert secret.encode() not in bytes(row[1])
        assert secret not in repr(await a.detail())
    await a.acts.run(joining.move, a.system.system_id, "leave")
    async with here.transaction(a.acts.scope) as tx:
        assert bytes(await tx.value("SELECT sealed FROM outside_system")) == b""
    weather.fine()
    await a.follow()
    assert weather.calls == []


@pytest.mark.parametrize(
    "address",
    ["http://data.example.jp", "https://127.0.0.1", "https://10.0.0.1:8443", "https://u:p@data.example.jp",
     "https://[::1]", "file:///etc/passwd", "https://data.example.jp/?x=1", "ftp://data.example.jp", "data.example.jp"],
)  # fmt: skip
async def test_an_address_inside_is_refused_before_anything_is_sent(
    here: Database, exchange: Exchange, weather: Weather, address: str
) -> None:
    acts = await company(here, "完成車A")
    given = SystemInput(name="x", base_url=address, api_key="k", account="a", password="p")
    with pytest.raises(BadSystemAddress) as refused:
        await joining.join(here, acts.scope, given)
    assert [one.field for one in refused.value.fields] == ["base_url"]
    assert weather.calls == []
