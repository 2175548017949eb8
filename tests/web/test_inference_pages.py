"""Before a total gives a supplier's figure away, the discloser reads so: on the request, the disclosure, the structure."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import httpx
import pytest
from tests.chain import Company, company

from meguri.footprint.worksheets import service as worksheets
from meguri.footprint.worksheets.model import WorksheetInput
from meguri.identity import service as identity
from meguri.traceability import service as traceability

from .conftest import Site
from .test_pages import enter, token_in

pytestmark = pytest.mark.anyio


async def csrf(client: httpx.AsyncClient, path: str) -> dict[str, str]:
    return {"csrf_token": token_in((await client.get(path)).text)}


async def chain(site: Site, *, auto_disclose: bool) -> tuple[Company, Company, str, str]:
    """(customer, maker who works here, request, the maker's part): one supplier behind the maker's part, no own figures."""
    a, c = await company(site.db, "顧客社"), await company(site.db, "供給社")
    b = await company(site.db, "中間社", auto_disclose=auto_disclose)
    await identity.open_access(site.db, b.id)
    await site.person("ann@b.example", b.id)
    await a.part("A", [("A1", 1)])
    await b.part("B", [("B1", 2)])
    await c.part("C", ends=True)
    await c.link(await b.ask(c, "B1"), "C")
    await c.declare("C", pre="1.5", main=4)
    await b.declare("B")
    trade = await a.ask(b, "A1")
    return a, b, str(trade.request_id), str(await b.part_id("B"))


async def test_linking_with_automatic_disclosure_asks_first(site: Site) -> None:
    a, b, request, part = await chain(site, auto_disclose=True)
    page = f"/requests/{request}"
    async with enter(site, "ann@b.example") as client:
        client.headers["accept-language"] = "ja"
        said = {"trace_id": part, **await csrf(client, page)}
        asked = await client.post(f"{page}/link", data=said)
        assert asked.status_code == 200
        assert "供給社の「B1」の値（前処理（原材料）と製造）" in asked.text
        assert "まだ回答していません" in asked.text
        assert (await a.statement("A1")).answer is None
        done = await client.post(f"{page}/link", data={**said, "cautioned": "yes"})
        assert done.status_code == 303, done.text[:400]
        answer = (await a.statement("A1")).answer
        assert answer is not None
        assert answer.pre == 3
        # One supplier's amount alone: the customer can tell by the difference. Nothing is saved until it is confirmed.
        edit = f"/parts/{part}/edit"
        form = {
            **await csrf(client, edit),
            "version": "1",
            "plant_id": str(b.plant_id),
            "name": "B",
            "unit": "kilogram",
            "children-0-name": "B1",
            "children-0-unit": "kilogram",
            "children-0-amount": "5",
        }
        asked = await client.post(edit, data=form)
        assert "前の合計値と比べると" in asked.text
        assert "まだ保存していません" in asked.text
        assert 'name="cautioned"' in asked.text
        answer = (await a.statement("A1")).answer
        assert answer is not None
        assert answer.pre == 3
        assert (await client.post(edit, data={**form, "cautioned": "yes"})).status_code == 303
        answer = (await a.statement("A1")).answer
        assert answer is not None
        assert answer.pre == 7.5


async def test_the_pages_and_the_api_of_a_disclosure_warn_before_and_while_it_is_open(site: Site) -> None:
    a, b, request, part = await chain(site, auto_disclose=False)
    pair = f"/company/disclosures/{part}/{a.id}"
    native = f"/api/v1/disclosures/{part}/{a.id}"
    async with enter(site, "ann@b.example") as client:
        client.headers["accept-language"] = "ja"
        assert (await client.get(pair)).status_code == 404  # nothing joins the two yet
        linked = await client.post(
            f"/requests/{request}/link", data={"trace_id": part, **await csrf(client, f"/requests/{request}")}
        )
        assert linked.status_code == 303
        first = await client.get(pair)  # joined, nothing decided yet: the way from the request's page
        assert first.status_code == 200
        assert "まだ決めていません" in first.text
        assert "推測される" not in first.text
        review = await client.get(f"{pair}/review", params={"TOTALCFP": "yes"})
        assert "顧客社は、この合計値から供給社の「B1」の値" in review.text
        english = await client.get(f"{pair}/review", params={"TOTALCFP": "yes"}, headers={"accept-language": "en"})
        assert "can work out 供給社’s figure for “B1” (pre-processing and main production)" in english.text
        assert "推測される" not in (await client.get(f"{pair}/review", params={"TOTALDQR": "yes"})).text
        said = (await client.get(f"{native}/review", params={"open": "TOTALCFP"})).json()
        assert (said["opens"], said["closes"]) == (["TOTALCFP"], [])
        (one,) = said["cautions"]
        assert (one["code"], one["kind"], one["columns"]) == ("derivable_child", "total", ["pre", "main"])
        assert one["trace_id"] == str(await b.part_id("B1"))
        assert (await client.get(f"{native}/review", params={"open": "NONSENSE"})).status_code == 422
        form = {**await csrf(client, f"{pair}/review?TOTALCFP=yes"), "TOTALCFP": "yes", "version": "0"}
        assert (await client.post(pair, data={**form, "confirm": "顧客社"})).status_code == 303
        assert "推測される" in (await client.get(pair)).text
        assert (await client.get(f"{native}/review")).json()["cautions"] == said["cautions"]
        closing = (await client.get(f"{native}/review", params={"close": "TOTALCFP"})).json()
        assert (closing["closes"], closing["cautions"]) == (["TOTALCFP"], [])


async def test_a_worksheet_that_gives_a_figure_away_asks_before_it_is_declared(site: Site) -> None:
    a, b, request, part = await chain(site, auto_disclose=True)
    await b.declare("B", pre=1, main=1)
    trade = await b.run(traceability.request_by_id, request_id=UUID(request))
    await b.link(trade, "B")
    before = (await a.statement("A1")).answer
    assert before is not None
    assert before.pre == 4
    told = WorksheetInput(
        plant_id=b.plant_id,
        period_start=date(2026, 1, 1),
        period_end=date(2026, 12, 31),
        output=Decimal(1),
        pack_id="pact-3",
    )
    sheet = await b.run(worksheets.create, UUID(part), told)
    page = f"/worksheets/{sheet.worksheet_id}"
    async with enter(site, "ann@b.example") as client:
        client.headers["accept-language"] = "ja"
        token = await csrf(client, page)
        asked = await client.post(f"{page}/feed", data=token)
        assert asked.status_code == 200, asked.text[:300]
        assert "供給社の「B1」の値" in asked.text
        assert "まだ登録していません" in asked.text
        answer = (await a.statement("A1")).answer
        assert answer is not None
        assert answer.pre == 4
        assert (await client.post(f"{page}/feed", data={**token, "cautioned": "yes"})).status_code == 303
        answer = (await a.statement("A1")).answer
        assert answer is not None
        assert answer.pre == 3
