"""Pages of used batteries, without JavaScript: a full deal by forms, and what is typed wrong is kept and named."""

import json
import re
from typing import Any

import pytest
from tests.operators.site import Browser, Site
from tests.reuse.conftest import Trade, later
from tests.reuse.samples import good_evidence

from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.passport import service as passports
from meguri.reuse import room
from meguri.reuse.certificate import line_of
from meguri.reuse.certificate_pdf import certificate_pdf
from meguri.reuse.records import ListingKind
from meguri.reuse.service import batteries, offers

pytestmark = pytest.mark.anyio
LANGUAGES = pytest.mark.parametrize("language", ["ja", "en"])


@pytest.fixture
def site(trade: Trade, monkeypatch: pytest.MonkeyPatch) -> Site:
    from tests.operators import site as module

    monkeypatch.setattr(module, "room", room)
    return Site(trade.db)


def id_in(text: Any, word: str) -> str:
    found = re.search(rf"/reuse/{word}/([0-9a-f-]{{36}})", str(text))
    assert found, text
    return found[1]


REGISTER = {
    "maker": "巡り電池", "model": "EV-40", "chemistry": "NMC", "rated_energy_kwh": "40", "rated_capacity_ah": "114",
    "mass_kg": "300", "max_voltage_v": "400", "cell_voltage_max": "4.2", "manufactured": "2020-04-01",
}  # fmt: skip
FOUND = {
    **{item.quantity: "yes" for item in good_evidence() if item.value is True},
    "insulation_ohm_per_volt": "800", "soh": "82", "soh_low": "80.2", "soh_high": "83.8", "capacity": "93.5",
    "capacity_low": "92", "capacity_high": "95", "resistance": "60", "resistance_low": "58", "resistance_high": "62",
    "resistance_ratio": "1.2", "capacity_spread_pct": "2", "rest_spread_mv": "12",
}  # fmt: skip
CERTIFY = {
    "basis": "capacity", "soh": "82.0", "soh_low": "80.2", "soh_high": "83.8", "temperature_c": "25", "c_rate": "1",
    "method": "満充放電", "instrument": "T-100", "place": "野田市", "person": "鈴木",
}  # fmt: skip


async def registered(browser: Browser, serial: str | None = None) -> str:
    answer = await browser.send("/reuse/batteries/new", serial=serial or f"W-{new_id()}", **REGISTER)
    assert answer.status_code == 200, answer.text
    return id_in(answer.url, "batteries")


@LANGUAGES
async def test_a_full_deal_by_forms_from_scan_to_receipt(trade: Trade, site: Site, language: str) -> None:
    seller, buyer = await trade.company("売手"), await trade.company("買手")
    mine, theirs = site.browser(seller, language), site.browser(buyer, language)
    serial = f"W-{new_id()}"
    battery = await registered(mine, serial)
    assert str((await mine.client.get("/reuse/scan", params={"code": serial})).headers["location"]).endswith(battery)
    told = await mine.send(f"/reuse/batteries/{battery}/test", **FOUND)
    assert ("合格" if language == "ja" else "passed") in told.text
    report = await mine.get(f"/reuse/batteries/{battery}")
    assert "P10" in report.text
    certificate = await mine.send(
        f"/reuse/batteries/{battery}/certificate", tested_on=clock.today().isoformat(), **CERTIFY
    )
    assert "82.0 %" in certificate.text
    wrong = await mine.send(f"/reuse/batteries/{battery}/list", kind="reuse", price="300000", confirm="x")
    assert wrong.status_code == 422
    listed = await mine.send(f"/reuse/batteries/{battery}/list", kind="reuse", price="300000", confirm=serial)
    listing = id_in(listed.url, "listings")
    seen = await theirs.get(f"/reuse/market/{listing}")
    assert serial not in seen.text
    offer = id_in((await theirs.send(f"/reuse/market/{listing}/offer", price="280,000")).url, "offers")
    await mine.send(f"/reuse/offers/{offer}/counter", price="295000")
    custody = id_in((await theirs.send(f"/reuse/offers/{offer}/accept")).url, "custody")
    await mine.send(f"/reuse/custody/{custody}/sign")
    refused = await mine.send(f"/reuse/custody/{custody}/ship")
    assert "UN 38.3" in refused.text
    for kind in ("un_38_3_summary", "packing_class"):
        await mine.send(f"/reuse/custody/{custody}/documents", kind=kind, reference="D-1")
    await mine.send(f"/reuse/custody/{custody}/ship")
    received = await theirs.send(f"/reuse/custody/{custody}/receive")
    assert received.status_code == 200
    assert serial in (await theirs.get("/reuse")).text
    for browser in (mine, theirs):
        assert (await browser.get("/reuse/deals")).status_code == 200


async def test_a_sulfide_battery_warns_where_it_is_judged_and_where_it_is_handed_over(trade: Trade, site: Site) -> None:
    seller, buyer = await trade.company("売手"), await trade.company("買手")
    mine = site.browser(seller, "ja")
    listing = await trade.listed(seller, passport=True)
    held = await trade.run(seller, batteries.get, listing.battery_id)
    assert "硫化水素" not in (await mine.get(f"/reuse/batteries/{held.battery_id}")).text
    change = {"electrolyte_kind": "sulfide"}
    await trade.run(
        seller, passports.change, held.facts.dpp_id, change, overrides={"electrolyte_kind": "all solid state"}
    )
    assert "硫化水素" in (await mine.get(f"/reuse/batteries/{held.battery_id}")).text
    offer = await trade.offered(buyer, listing)
    accepted = await trade.run(seller, offers.accept, offer.offer_id)
    theirs = site.browser(buyer, "en")
    assert "hydrogen sulfide" in (await theirs.get(f"/reuse/custody/{accepted.custody_id}")).text


@LANGUAGES
async def test_every_page_of_a_company_stands(trade: Trade, site: Site, language: str) -> None:
    firm, other = await trade.company("甲"), await trade.company("乙")
    browser = site.browser(firm, language)
    listing = await trade.listed(firm, passport=True)
    vetoed = await trade.held(firm, without=("visual_ok",))
    await browser.send(f"/reuse/batteries/{vetoed.battery_id}/test", visual_ok="no")
    bare = await registered(browser)
    await trade.listed(other, kind=ListingKind.AS_IS, without=("resistance",))
    for path in (
        "/reuse",
        "/reuse?missing=abc",
        "/reuse/market",
        "/reuse/deals",
        "/reuse/pools",
        "/reuse/contracts/new",
        "/reuse/guarantees",
        "/reuse/guarantees/new",
        "/reuse/accidents",
        "/reuse/demands",
        f"/reuse/listings/{listing.listing_id}",
        f"/reuse/market/{listing.listing_id}",
        *(f"/reuse/batteries/{one}{page}" for one in (listing.battery_id, vetoed.battery_id, bare)
          for page in ("", "/test", "/certificate", "/list")),
    ):  # fmt: skip
        answer = await browser.get(path)
        assert answer.status_code == 200, (path, answer.text[-2000:])


async def test_what_was_typed_wrong_is_named_and_kept(trade: Trade, site: Site) -> None:
    browser = site.browser(await trade.company("甲"))
    answer = await browser.send("/reuse/batteries/new", **{**REGISTER, "serial": "X-1", "rated_energy_kwh": "abc"})
    assert (answer.status_code, "数値で入力してください" in answer.text, "abc" in answer.text) == (422, True, True)
    battery = await registered(browser)
    swapped = await browser.send(f"/reuse/batteries/{battery}/test", soh="82", soh_low="83", soh_high="85")
    assert (swapped.status_code, "下限 ≤ 値 ≤ 上限" in swapped.text) == (422, True)
    nothing = await browser.send(f"/reuse/batteries/{battery}/test")
    assert nothing.status_code == 422


async def test_a_pool_a_swap_and_its_bill_by_forms(trade: Trade, site: Site) -> None:
    firm, user = await trade.company("交換"), await trade.company("配送")
    browser, theirs = site.browser(firm), site.browser(user)
    made = await browser.send("/reuse/pools", name="渋谷", rated_kwh="1.314", efc_life="1500", age_life="8")
    pool = id_in(made.url, "pools")
    held = await trade.held(firm)
    pack = {"pack_id": "P1", "pack_station": "渋谷", "pack_soc": "98", "pack_soh": "90", "pack_usable": "1.2"}
    assert (await browser.send(f"/reuse/pools/{pool}/packs", pack_serial=held.serial, **pack)).status_code == 200
    numbers = await trade.run(user, _number)
    terms = {"plan": "energy", "per_kwh": "40", "efc_remaining": "1000", "starts": "2026-01-01"}
    offered = await browser.send("/reuse/contracts/new", partner=numbers, pool_id=pool, **terms)
    contract = id_in(offered.url, "contracts")
    await theirs.send(f"/reuse/contracts/{contract}/accept")
    out = {"station": "渋谷", "user": "r-7", "contract_id": contract}
    form = (await browser.get(f"/reuse/pools/{pool}")).text
    swap_id = re.findall(r'name="swap_id" value="([0-9a-f-]{36})"', form)[0]
    for _ in range(2):  # the button pressed twice: one swap, though a pack is chosen each time
        issued = await browser.send(f"/reuse/pools/{pool}/swap", requested_kwh="1.0", swap_id=swap_id, **out)
        assert (issued.status_code, "P1" in issued.text) == (200, True)
    other = {**out, "user": "r-8", "swap_id": swap_id}
    refused = await browser.send(f"/reuse/pools/{pool}/swap", requested_kwh="1.0", **other)
    assert refused.status_code == 409  # another swap by the old form is another swap, and no pack is left
    again = await browser.send(
        f"/reuse/pools/{pool}/swap", pack_out="P1", soc_out="98", usable_out="1", soh_out="90", **out
    )
    assert (again.status_code, "貸出中です" in again.text) == (409, True)
    back = {"pack_in": "P1", "soc_in": "23", "usable_in": "1.2", "soh_in": "90"}
    assert (await browser.send(f"/reuse/pools/{pool}/swap", **back, **out)).status_code == 200
    bill = await theirs.get(f"/reuse/contracts/{contract}")
    assert "36" in bill.text  # 0.9 kWh at 40 yen
    assert "充電率から推定" in bill.text
    assert all(term in bill.text for term in ("¥/kWh", "2026年1月1日"))
    assert "残りサイクル" not in bill.text
    worn = {
        "plan": "wear",
        "value_now": "250000",
        "value_floor": "40000",
        "efc_remaining": "1200",
        "starts": "2026-01-01",
    }
    offered = await browser.send("/reuse/contracts/new", partner=numbers, pool_id=pool, **worn)
    shown = re.sub("<[^>]*>", "", (await theirs.get(f"/reuse/contracts/{id_in(offered.url, 'contracts')}")).text)
    assert all(term in shown for term in ("現在の価値", "250,000", "残存価値", "残りサイクル", "1,200"))
    assert "電力量単価" not in shown


async def _number(tx: Any, scope: Any) -> str:
    from meguri.operators import service as operators

    return (await operators.own(tx, scope)).open_operator_id


async def test_a_guarantee_and_an_accident_by_forms(trade: Trade, site: Site) -> None:
    lessor, holder = await trade.company("リース"), await trade.company("運送")
    browser = site.browser(lessor)
    held = await trade.held(lessor)
    terms = {"battery_id": str(held.battery_id), "guaranteed": "250000", "years": "3"}
    priced = await browser.send("/reuse/guarantees/new", **terms)
    assert "保証料" in priced.text
    partner = await trade.run(holder, _number)
    offered = await browser.send("/reuse/guarantees/new", offer="1", partner=partner, **terms)
    guarantee = id_in(offered.url, "guarantees")
    accepted = await site.browser(holder).send(f"/reuse/guarantees/{guarantee}/accept")
    assert "契約条件" in accepted.text or "条件" in accepted.text
    assert "事故、水没、火災、誤った使い方、BMS の改変" in accepted.text
    assert "bms_manipulation," not in accepted.text
    with later(days=1100):
        proof = str((await trade.certified(lessor, held.battery_id)).certificate_id)
        claimed = {"realised": "180000", "certificate_id": proof, "event-flood": "yes"}
        outside = await site.browser(holder).send(f"/reuse/guarantees/{guarantee}/claim", **claimed)
        assert (outside.status_code, "保証の条件外です(水没)" in outside.text) == (409, True)
    told = {
        "battery_id": str(held.battery_id),
        "known_at": "2026-03-05T09:00",
        "site": "野田",
        "what": "発煙",
        "kwh": "40",
    }
    recorded = await browser.send("/reuse/accidents", kind="grid_storage", **told)
    assert "2026年3月6日 09:00" in recorded.text
    assert "2026年4月4日" in recorded.text
    assert (await trade.run(lessor, batteries.get, held.battery_id)).verdict.value == "veto"


async def test_a_certificate_is_read_by_anyone_with_its_address_and_its_pdf_shows_the_interval(
    trade: Trade, site: Site
) -> None:
    firm = await trade.company("診断")
    issued = await trade.certified(firm, (await trade.held(firm)).battery_id)
    async with site.stranger() as stranger:
        page = await stranger.get(f"/reuse/certificates/{issued.certificate_id}")
        data = await stranger.get(f"/reuse/certificates/{issued.certificate_id}/json")
        missing = await stranger.get(f"/reuse/certificates/{new_id()}")
    assert (page.status_code, missing.status_code) == (200, 404)
    assert "90 %区間 78.9–85.1" in page.text
    assert "判定不能(電圧の平坦域のため電圧差から判断できません: OCV_PLATEAU)" in page.text
    assert "保証" not in page.text
    lines = [line_of(issued.contents.results[0], language) for language in ("ja", "en")]
    assert ["基準 定格50 Ah" in lines[0], "reference rated 50 Ah" in lines[1]] == [True, True]
    assert data.json() == json.loads(json.dumps(issued.credential))
    for language in ("ja", "en"):
        assert certificate_pdf(issued, language).startswith(b"%PDF")  # type: ignore[arg-type]


@LANGUAGES
async def test_a_use_shows_its_set_on_the_market_and_offers_are_sent_in_one_act(
    trade: Trade, site: Site, language: str
) -> None:
    firm, seller = await trade.company("蓄電"), await trade.company("甲")
    listing = await trade.listed(seller)
    browser = site.browser(firm, language)
    use = {
        "name": "倉庫", "p_max_kw": "5", "e_min_kwh": "1", "v_min": "200", "v_max": "450", "cycles_per_day": "1",
        "years": "8", "soh_min": "60", "value_per_kwh": "30", "quantity": "500",
    }  # fmt: skip
    shown = (await browser.send("/reuse/demands", **use)).text
    assert f"/reuse/market/{listing.listing_id}" in shown
    act = next(part.split('"')[0] for part in shown.split('action="') if part.split('"')[0].endswith("/offers"))
    sent = await browser.send(act)
    assert (sent.status_code, sent.url.path) == (200, "/reuse/deals")
    (offer,) = [one for one in (await trade.run(seller, offers.page)).items if one.listing_id == listing.listing_id]
    assert offer.buyer_id == firm.operator_id
