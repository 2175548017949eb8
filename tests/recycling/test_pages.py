"""The pages of recycling, in both languages, without JavaScript."""

import io
from datetime import date
from decimal import Decimal

import pytest
from python_calamine import CalamineWorkbook

from meguri.kernel.ids import new_id
from meguri.operators import plants
from meguri.operators.model import PlantInput
from meguri.recycling.market import OfferInput
from meguri.recycling.pages_outlook import typed_range
from meguri.recycling.rulebook import Limit
from meguri.recycling.service import claims, lots, runs, trading, whereabouts
from meguri.recycling.service.whereabouts import Sighting
from meguri.recycling.whereabouts import Place
from meguri.storage.database import Database
from operators.site import read
from recycling.booked import delivery, kg, lot, run
from recycling.conftest import MakeRecycler, Recycler
from recycling.site import Site
from recycling.test_claims import POINT, certified

pytestmark = pytest.mark.anyio


@pytest.fixture
def site(module_db: Database) -> Site:
    return Site(module_db)


async def plant_year(r: Recycler) -> dict[str, object]:
    """A pack becomes black mass, and black mass becomes salts."""
    masses = {"Li": "11", "Ni": "50", "Co": "19"}
    pack = await r.run(
        lots.receive, delivery(r.site_id, lot("PACK-1", "waste_pack", 1000, masses, passports=["urn:uuid:p"]))
    )
    outputs = [
        {"lot": lot("NI", "salt", 215, substance="NiSO4·6H2O"), **POINT},
        {"lot": lot("CO", "salt", 86, substance="CoSO4·7H2O"), **POINT},
        {"lot": lot("LI", "salt", 50, substance="Li2CO3"), **POINT},
    ]
    said = run(r.site_id, "HYDRO-1", "leaching", [pack.lot_id], outputs, losses=[{"closes": True}])
    done = await r.run(runs.post, said)
    return {"pack": pack.lot_id, "run": done.run.run_id, "ni": done.lines[1].lot_id}


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_every_page_is_whole(site: Site, recycler: MakeRecycler, language: str) -> None:
    r = await recycler()
    made = await plant_year(r)
    await r.run(whereabouts.report, Sighting(passport="urn:uuid:p", model="M-70", year=2026, place=Place.FIRST_USE))
    browser = site.browser(r.scope, language)
    for path in (
        "/recycling",
        "/recycling/lots",
        f"/recycling/lots/{made['pack']}?element=Ni",
        f"/recycling/lots/{made['ni']}?element=Ni",
        f"/recycling/runs/{made['run']}",
        "/recycling/runs/new",
        "/recycling/book",
        "/recycling/months",
        f"/recycling/months/{r.site_id}/2026-03",
        "/recycling/rates?year=2026",
        "/recycling/flows?year=2026&element=Ni",
        "/recycling/content",
        "/recycling/batteries",
        "/recycling/tours",
        "/recycling/market",
        "/recycling/supply",
        "/recycling/bench?passport=urn:uuid:p",
        "/recycling/lives?passport=urn:uuid:p&price=900000&resale=180000&expected=5000/7000/9000&credit=100",
        "/recycling/lives?model=M-70&transport=120&price=9",
        f"/recycling/report/{r.site_id}/2026",
        "/recycling/reports?year=2026",
        "/recycling/files",
        "/recycling/routes?year=2026",
        f"/recycling/reports/annex_xii/{r.site_id}/2026",
        f"/recycling/reports/japan_fund/{r.site_id}/2026",
        f"/recycling/reports/manifests/{r.site_id}/2026",
        "/recycling/journey",
        "/recycling/journey?passport=urn:uuid:p",
    ):
        answer = await browser.get(path)
        assert answer.status_code == 200, (path, answer.text[:400])
        assert len(answer.content) < 150_000
    rates = (await browser.get("/recycling/rates?year=2026")).text
    assert "96.02" in rates
    assert "94.90" in rates
    assert "BR Annex XII C2" in rates


async def test_an_empty_company_is_told_what_to_do_first(site: Site, recycler: MakeRecycler) -> None:
    r = await recycler()
    browser = site.browser(r.scope, "en")
    assert "No process was booked" in (await browser.get("/recycling/rates")).text
    assert "No month has bookings" in (await browser.get("/recycling/months")).text


async def test_a_delivery_is_booked_by_form(site: Site, recycler: MakeRecycler) -> None:
    r = await recycler()
    browser = site.browser(r.scope, "en")
    said = {
        "site_id": str(r.site_id),
        "lot_no": "D-1",
        "kind": "waste_pack",
        "mass_wet_kg": "1,200.5",
        "unit": "kg",
        "passports": "urn:uuid:1 urn:uuid:2",
        "row-0-element": "Ni",
        "row-0-pct": "5",
    }
    answer = await browser.send("/recycling/book", **said)
    assert answer.status_code == 200
    assert "D-1" in answer.text
    held = (await r.run(lots.page, limit=10))[0]
    assert (held.mass_kg, held.held["Ni"], held.passports) == (kg("1200.5"), kg("60.025"), ["urn:uuid:1", "urn:uuid:2"])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"mass_wet_kg": "-1"}, "mass_wet_kg"),
        ({"mass_wet_kg": "heavy"}, "mass_wet_kg"),
        ({"lot_no": ""}, "lot_no"),
        ({"kind": "black_mass"}, "moisture_pct"),
        ({"row-0-pct": "x"}, "row-0-pct"),
        ({"waste_code": "99 99 99"}, "form"),
        ({"row-0-element": "Ni", "row-0-pct": "101"}, "form"),
    ],
)
async def test_mistakes_stand_beside_their_field_and_the_input_is_kept(
    site: Site, recycler: MakeRecycler, change: dict[str, str], field: str
) -> None:
    r = await recycler()
    browser = site.browser(r.scope, "en")
    said = {
        "site_id": str(r.site_id), "lot_no": "D-1", "kind": "waste_pack", "mass_wet_kg": "10", "unit": "kg",
        "row-0-element": "Ni", "row-0-pct": "5", "weighing_slip": "W-77", **change,
    }  # fmt: skip
    answer = await browser.send("/recycling/book", **said)
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    assert read(answer).inputs["weighing_slip"]["value"] == "W-77"
    assert await r.run(lots.page, limit=10) == []


async def test_a_process_is_booked_by_form_and_undone(site: Site, recycler: MakeRecycler) -> None:
    r = await recycler()
    pack = await r.run(lots.receive, delivery(r.site_id, lot("P", "waste_pack", 100, {"Ni": "5"})))
    browser = site.browser(r.scope, "en")
    said = {
        "site_id": str(r.site_id), "run_no": "S-1", "step_type": "shredding", f"in-{pack.lot_id}": "all",
        "out-0-lot_no": "BM-1", "out-0-kind": "black_mass", "out-0-mass": "60", "out-0-composition": "Ni 8.3, Co 0",
        "out-0-counting": "intermediate", "closes": "yes",
    }  # fmt: skip
    answer = await browser.send("/recycling/runs/new", **said)
    assert answer.status_code == 200, answer.text
    assert "S-1" in answer.text
    run_id = (await r.run(lots.page, limit=1))[0].run_id
    undone = await browser.send(f"/recycling/runs/{run_id}/reverse", reason="wrong scale")
    assert "Undone" in undone.text
    assert (await r.run(lots.get, pack.lot_id)).left_kg == 100


async def test_more_out_than_in_is_said_in_words(site: Site, recycler: MakeRecycler) -> None:
    r = await recycler()
    pack = await r.run(lots.receive, delivery(r.site_id, lot("P", "waste_pack", 100, {"Ni": "5"})))
    browser = site.browser(r.scope, "en")
    said = {
        "site_id": str(r.site_id), "run_no": "S-1", f"in-{pack.lot_id}": "all", "out-0-lot_no": "BM-1",
        "out-0-kind": "black_mass", "out-0-mass": "60", "out-0-composition": "Ni 20",
    }  # fmt: skip
    answer = await browser.send("/recycling/runs/new", **said)
    assert answer.status_code == 422
    assert "does not balance" in answer.text


async def test_a_month_closes_when_its_name_is_typed(site: Site, recycler: MakeRecycler) -> None:
    r = await recycler()
    await plant_year(r)
    browser = site.browser(r.scope, "en")
    path = f"/recycling/months/{r.site_id}/2026-03"
    assert (await browser.send(path, confirm="wrong")).status_code == 422
    closed = await browser.send(path, confirm="2026-03")
    assert "山田 花子" in closed.text
    assert "SHA-256" in closed.text
    assert (await browser.send(path, confirm="2026-03")).status_code == 409
    assert (await browser.get(f"/recycling/months/{new_id()}/2026-03")).status_code == 404
    assert (await browser.get(f"/recycling/months/{r.site_id}/March")).status_code == 404


async def test_a_claim_goes_from_credit_to_content_by_forms(site: Site, recycler: MakeRecycler) -> None:
    r = await recycler()
    await plant_year(r)
    await certified(r)
    browser = site.browser(r.scope, "en")
    await browser.send(
        "/recycling/content/consumption", battery_model_id="M", plant_id="P", year="2031", **{"kg-Ni": "400"}
    )
    short = await browser.send(
        "/recycling/content/claims", key="k0", element="Ni", source_class="post_consumer_battery", qty_kg="99",
        battery_model_id="M", plant_id="P", year="2031",
    )  # fmt: skip
    assert short.status_code == 422
    assert "Not enough credit" in short.text
    await browser.send(
        "/recycling/content/claims", key="k1", element="Ni", source_class="post_consumer_battery", qty_kg="40",
        battery_model_id="M", plant_id="P", year="2031",
    )  # fmt: skip
    claim = (await r.run(claims.page, limit=1))[0]
    retired = await browser.send(
        f"/recycling/content/claims/{claim.claim_id}", act="retire", sustainability_declaration="S", assay="A",
        weighing_slip="W", certificate="C-1",
    )  # fmt: skip
    assert "The claim is retired" in retired.text
    assert "10.00" in retired.text


async def test_the_flows_are_saved_as_a_file(site: Site, recycler: MakeRecycler) -> None:
    r = await recycler()
    await plant_year(r)
    answer = await site.browser(r.scope, "en").get("/recycling/flows.csv?year=2026&element=Ni")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "from,to,Ni_kg"
    assert "Waste pack,Leaching,50" in lines


async def test_tours_are_planned_by_form(site: Site, recycler: MakeRecycler) -> None:
    r = await recycler()
    browser = site.browser(r.scope, "en")
    said = {
        "stops": "A,33.84,130.88,250,intact,09:00,17:00\nB,33.94,130.96,60,damaged_noncritical,08:00,16:00",
        "depot": "33.883, 130.875",
        "vehicles": "4t,1,3500\n2t,1,1500,damaged",
    }
    answer = await browser.send("/recycling/tours", **said)
    assert answer.status_code == 200
    assert "Planned for" in answer.text
    wrong = await browser.send("/recycling/tours", **{**said, "stops": "A,north,130.88,250"})
    assert wrong.status_code == 422
    assert "Line 1 cannot be read" in wrong.text
    assert (await browser.get(f"/recycling/tours/{new_id()}")).status_code == 404


async def test_a_lot_is_sold_by_forms(site: Site, recycler: MakeRecycler) -> None:
    seller, buyer = await recycler("再生"), await recycler("買い手")
    made = await plant_year(seller)
    sells, buys = site.browser(seller.scope, "en"), site.browser(buyer.scope, "en")
    await sells.send("/recycling/market", act="offer", lot_id=str(made["ni"]), price="1200")
    await buys.send("/recycling/market", act="want", material="NiSO4·6H2O", kg="100", most="1500")
    seen = (await buys.get("/recycling/market")).text
    assert "NI" in seen
    offered = (await buyer.run(trading.offers, limit=100))[0]
    await buys.send(f"/recycling/market/{offered.offer_id}", act="propose", price="1100")
    deal = (await buyer.run(trading.deals))[0]
    own = (await sells.get("/recycling/market")).text
    assert all(f'value="{act}"' in own for act in ("withdraw", "accept", "counter", "refuse"))
    await sells.send(f"/recycling/market/{deal.deal_id}", act="accept")
    shipped = await sells.send(f"/recycling/market/{deal.deal_id}", act="ship", site_id=str(buyer.site_id))
    assert "Shipped" in shipped.text
    assert (await buyer.run(lots.page, limit=10))[0].mass_kg == 215


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_a_buyer_with_two_sites_chooses_and_the_seller_reads_it(
    site: Site, recycler: MakeRecycler, language: str
) -> None:
    seller, buyer = await recycler("再生"), await recycler("買い手")
    second = await buyer.run(plants.register, PlantInput(name="港工場", address="福岡県", open_plant_id="A000009"))
    made = await plant_year(seller)
    offered = await seller.run(trading.offer, OfferInput(lot_id=made["ni"], price=1200))
    sells, buys = site.browser(seller.scope, language), site.browser(buyer.scope, language)
    assert (await buys.get("/recycling/market")).text.count('name="site_id"') == 1  # beside the price to propose
    await buys.send(f"/recycling/market/{offered.offer_id}", act="propose", price="1100")
    deal = (await buyer.run(trading.deals))[0]
    await sells.send(f"/recycling/market/{deal.deal_id}", act="accept")
    assert 'name="site_id" required' in (await sells.get("/recycling/market")).text  # nobody has chosen yet
    await buys.send(f"/recycling/market/{deal.deal_id}", act="site", site_id=str(second.plant_id))
    shown = (await sells.get("/recycling/market")).text
    assert "港工場" in shown
    assert 'name="site_id"' not in shown
    await sells.send(f"/recycling/market/{deal.deal_id}", act="ship")
    assert (await buyer.run(lots.page, limit=10))[0].site_id == second.plant_id


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_limits_of_a_want_are_rows_of_fields_and_what_is_wrong_stays_typed(
    site: Site, recycler: MakeRecycler, language: str
) -> None:
    r = await recycler("精錬")
    browser = site.browser(r.scope, language)
    said = {"act": "want", "material": "black_mass", "kg": "77", "limit-0-analyte": "Fe", "limit-0-unit": "wt%"}
    more = await browser.send("/recycling/market", **said, add_row="1")
    assert (more.status_code, 'name="limit-1-analyte"' in more.text, 'value="77"' in more.text) == (200, True, True)
    wrong = await browser.send("/recycling/market", **said, **{"limit-0-most": "many"})
    assert wrong.status_code == 422
    assert 'value="many"' in wrong.text
    assert await r.run(trading.matches) == []
    kept = await browser.send("/recycling/market", **said, **{"limit-0-most": "０．５", "limit-1-unit": "ppm"})
    assert kept.status_code == 200
    ((want, _),) = await r.run(trading.matches)
    assert want.limits == [Limit("Fe", "wt%", Decimal("0.5"))]


async def test_a_sold_battery_is_shipped_by_the_form_with_its_packing(site: Site, recycler: MakeRecycler) -> None:
    seller, buyer = await recycler("再生"), await recycler("買い手")
    pack = lot("P", "waste_pack", 300, {"Ni": "20"}, hazard={"un": "UN3480"}, is_waste=False)
    held = await seller.run(lots.receive, delivery(seller.site_id, pack))
    offered = await seller.run(trading.offer, OfferInput(lot_id=held.lot_id, price=900))
    deal = await buyer.run(trading.propose, offered.offer_id, 900)
    await seller.run(trading.accept, deal.deal_id)
    browser = site.browser(seller.scope, "en")
    assert "P909" in (await browser.get("/recycling/market")).text
    act = {"act": "ship", "site_id": str(buyer.site_id)}
    refused = await browser.send(f"/recycling/market/{deal.deal_id}", **act)
    assert "P909 / P903 / LP903" in refused.text
    shipped = await browser.send(f"/recycling/market/{deal.deal_id}", **act, packing="P903", mode="rail")
    assert "Shipped" in shipped.text
    assert (await buyer.run(trading.get, deal.deal_id)).history[-1]["packing"] == "P903"


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_the_yearly_report_is_a_page_a_pdf_and_a_workbook(
    site: Site, recycler: MakeRecycler, language: str
) -> None:
    r = await recycler()
    await plant_year(r)
    browser = site.browser(r.scope, language)
    base = f"/recycling/report/{r.site_id}/2026"
    shown = (await browser.get(base)).text
    assert "96.02" in shown
    assert "0.050" in shown
    assert (await browser.get(base + ".pdf")).content.startswith(b"%PDF")
    workbook = CalamineWorkbook.from_filelike(io.BytesIO((await browser.get(base + ".xlsx")).content))
    rows = {row[0]: row[1:] for row in workbook.get_sheet_by_name("elements").to_python()}
    assert rows["Ni"] == [0.05, 0.048, 0.0, 96.02]
    facts = dict(workbook.get_sheet_by_name("report").to_python())
    assert facts["sha256"] in shown
    assert (await browser.get(base + ".doc")).status_code == 404
    assert (await browser.get(f"/recycling/report/{new_id()}/2026")).status_code == 404


async def test_a_step_at_the_bench_becomes_the_plan_of_the_next(site: Site, recycler: MakeRecycler) -> None:
    r = await recycler()
    browser = site.browser(r.scope, "en")
    said = {"passport": "urn:b:1", "what": "open the lid", "tool": "T30", "minutes": "12", "hazard": "400 V"}
    answer = await browser.send("/recycling/bench", **said)
    assert "open the lid" in answer.text
    assert "400 V" in answer.text
    wrong = await browser.send("/recycling/bench", passport="urn:b:1", what="", minutes="5")
    assert "Please check the step" in wrong.text


async def test_an_export_is_told_by_form_with_its_report_and_moves_the_account(
    site: Site, recycler: MakeRecycler
) -> None:
    r = await recycler()
    for n in range(3):
        said = Sighting(passport=f"urn:b{n}", model="M", year=2020, place=Place.FIRST_USE, day=date(2024, 1, 1))
        await r.run(whereabouts.report, said)
    assert (await r.run(whereabouts.of)).by_place["unknown"] == 3
    browser = site.browser(r.scope, "ja")
    fields = {"passport": "urn:b0", "model": "M", "year": "2020", "place": "exported"}
    assert "輸出には報告書の番号が必要です" in (await browser.send("/recycling/batteries", **fields)).text
    assert "所在を記録しました" in (await browser.send("/recycling/batteries", **fields, report="EX-1")).text
    found = await r.run(whereabouts.of)
    assert (found.placed, found.by_place["unknown"], found.by_place["exported"]) == (3, 2, 1)
    odd = {**fields, "year": "20", "report": "EX-2"}
    assert "製造年" in (await browser.send("/recycling/batteries", **odd)).text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("5000 / 7000 / 9000", (5000, 7000, 9000)),
        ("7,000", (7000, 7000, 7000)),
        ("5000/7000", None),
        ("much", None),
        ("", None),
    ],
)
def test_an_outlook_is_typed_as_a_range(text: str, found: object) -> None:
    assert typed_range(text) == found
