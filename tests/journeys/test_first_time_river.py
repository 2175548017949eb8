"""The people of single rooms, from the declaration to the recycled salt, reach what they came for, and by the stated model
within the time that is promised.

One walk for each person of `pace.toml`; those of the exchange and of the platform stand in `test_first_time.py`.
"""

import csv
import io
import json
import os
import re
from collections.abc import Callable
from decimal import Decimal
from urllib.parse import urljoin

import msgspec
import pytest
from playwright.sync_api import expect
from tests.journeys.browser import LOOKS, Look, Reader
from tests.journeys.conftest import Readers
from tests.journeys.demo import Demo
from tests.journeys.stopwatch import Stopwatch, pace
from tests.journeys.test_exchange import seen, words
from tests.journeys.test_first_time import go
from tests.journeys.test_footprint import factor

from meguri.commands.demo import mail_of
from meguri.commands.demo.chapters.recycling import last_month
from meguri.commands.demo.play import Play, corporate_number_of
from meguri.commands.demo.scenario import scenario
from meguri.identity import service as identity
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import PlatformRole
from meguri.operators import plants
from meguri.operators import service as operators
from meguri.operators.model import PlantInput
from meguri.passport import service as passports
from meguri.passport.service.issuing import public_id
from meguri.recycling.records import Receipt, SiteInput
from meguri.recycling.service import lots, sites
from meguri.reuse.billing import Plan, Tariff
from meguri.reuse.gate import Verdict
from meguri.reuse.service import contracts, pools
from meguri.reuse.service.contracts import NewContract
from meguri.reuse.service.pools import NewPack, NewPool, Reading, SwapInput

pytestmark = [pytest.mark.browser, pytest.mark.on_the_demo]

Enter = Callable[..., Reader]
DESK, ENGLISH_DESK, PHONE, ENGLISH_PHONE = LOOKS
BOTH = pytest.mark.parametrize("look", [DESK, ENGLISH_PHONE], ids=str)
TAG = f"初 {os.getpid()}"
SWAPPING = [PHONE, ENGLISH_PHONE]
CLOSING = [(DESK, "magnet"), (ENGLISH_PHONE, "anode")]
SALTS = [(DESK, "RIVER-Li", "Li2CO3"), (ENGLISH_PHONE, "RIVER-Co", "CoSO4·7H2O")]
WALKED: dict[str, str] = {}
AGENTS = [{"agent": {"ja": "大量の水", "en": "Plenty of water"}, "fire_classes": ["B", "C"]}]


async def scene(play: Play) -> None:
    """Pools with one pack out and one ready under a running contract, and an authority."""
    user = play.scope("vehicle").operator_id
    for look in SWAPPING:
        pool = await play.run("reuse", pools.create, NewPool(name=f"駅前 {TAG} {look}"))
        for way in ("A", "B"):
            pack = NewPack(
                pack_id=f"{way}{os.getpid()}-{LOOKS.index(look)}", station="駅前", soc=99.0, soh=92.0, usable_kwh=1.2, efc=10.0,
                age_years=0.5, verdict=Verdict.PASS,
            )  # fmt: skip
            await play.run("reuse", pools.add_pack, pool.pool_id, pack)
        tariff = Tariff(plan=Plan.ENERGY, per_kwh=Decimal(60))
        asked = NewContract(user_id=user, pool_id=pool.pool_id, tariff=tariff, starts=clock.today())
        contract = await play.run("reuse", contracts.offer, asked)
        await play.run("vehicle", contracts.step, contract.contract_id, "accept")
        out = Reading(
            pack_id=f"A{os.getpid()}-{LOOKS.index(look)}", soc=99.0, usable_kwh=1.2, soh=92.0, counter_kwh=100.0
        )
        swap = SwapInput(swap_id=new_id(), station="駅前", user="7号", pack_out=out, contract_id=contract.contract_id)
        await play.run("reuse", pools.swap, pool.pool_id, swap)
        WALKED[str(look)] = f"/reuse/contracts/{contract.contract_id}"
    maker = await play.run("pack", operators.own)
    known = {"name": {"ja": maker.name, "en": play.english("pack")}, "id": public_id(maker)}
    address = {"country": "JP", "postal_code": "100-0001", "street": maker.address}
    WALKED["pack"] = json.dumps({**known, "address": address, "email": "battery@pack.example.jp"})
    WALKED["partner"] = corporate_number_of(next(c for c in scenario().company if c.key == "vehicle"))
    for _, company in CLOSING:
        number = (await play.run(company, plants.all_plants))[0].open_plant_id[:-6] + f"{os.getpid() % 10**6:06d}"
        plant = PlantInput(name=f"再資源化工場 {TAG}", address="福岡県", open_plant_id=number)
        site = (await play.run(company, plants.register, plant)).plant_id
        await play.run(
            company, sites.change, site, SiteInput(permitted_t_per_year=Decimal(100), permit_no="福岡 第1号")
        )
        lot = {
            "lot_no": f"M-{os.getpid()}", "kind": "waste_pack", "mass_wet_kg": "412", "re_class": "lithium_based",
            "main_chemistry": "NMC", "waste_code": "16 06 07*", "is_waste": True, "country_collected": "JP",
            "composition": [{"element": "Ni", "mass_fraction": "0.03", "u_rel": "0.01"}],
        }  # fmt: skip
        said = {"site_id": site, "at": last_month(), "lot": lot, "weighing_slip": "W-1"}
        await play.run(company, lots.receive, msgspec.convert(said, Receipt))
        WALKED[company] = str(site)
    await identity.set_platform_role(play.db, mail_of("steel"), PlatformRole.PLATFORM_OPERATOR)
    office = play.scope("electrolyte").operator_id
    await play.run("steel", passports.set_role, office, "market_surveillance", "告示 第1号")


@pytest.mark.parametrize(("look", "company"), [(DESK, "cell"), (ENGLISH_PHONE, "drive")], ids=str)
def test_a_cell_maker_fills_in_a_worksheet_and_publishes_the_declaration(
    enter: Enter, look: Look, company: str
) -> None:
    watch = Stopwatch("declaration")
    page = seen(watch.watch(enter(company, look)).open("/worksheets"))
    code, model = f"power-{os.getpid()}", f"初回モデル {TAG}"
    factor(page, code, "0.42")
    go(page, lambda: page.goto(page.url.partition("/factors")[0] + "/worksheets/new"))
    page.locator("[name='trace_id']").select_option(index=1)
    page.locator("[name='template']").check()
    go(page, page.locator("form[action='/worksheets/new'] .form-acts button[type=submit]").first.click)
    rows = page.locator("[data-row]")
    lines = [n for n in range(rows.count()) if page.locator(f"[name='lines-{n}-process']").input_value()]
    watch.outside(600)  # the year's amounts are at hand, and are looked up line by line
    for n in lines:
        for field, value in (("amount", "125"), ("factor", code)):
            page.locator(f"[name='lines-{n}-{field}']").fill(value)
            watch.counted.keys += 1  # on to the next field
    page.locator("[name='profile']").select_option("ev")
    page.locator("[name='category']").select_option("M1")
    for field, value in (("capacity_kwh", "60"), ("warranty_years", "8")):
        page.locator(f"[name='{field}']").click()
        page.locator(f"[name='{field}']").fill(value)
    go(page, page.locator("form[action^='/worksheets/'] .form-acts button[type=submit]").first.click)
    go(page, page.locator("form[action$='/compute'] button").click)
    go(page, page.locator("a[href^='/declarations/new']").first.click)
    for name, value in (
        ("model", model),
        ("eu_declaration_number", "DoC-2026-2"),
        ("study_link", "https://pack.example/s"),
    ):
        page.locator(f"[name='{name}']").click()
        page.locator(f"[name='{name}']").fill(value)
    go(page, page.locator("form[action^='/declarations/new'] .form-acts button").click)
    for act in ("submit", "review"):
        go(page, page.locator(f"form:has(input[value='{act}']) .form-acts button").click)
    page.locator("[name='confirm']").click()
    page.locator("[name='confirm']").fill(model)
    go(page, page.locator("form.confirm .form-acts button").click)
    go(page, page.locator("a[href^='/published/declarations/']").first.click)
    paper = page.request.get(
        urljoin(page.url, page.locator("a[href*='declaration.pdf']").first.get_attribute("href") or "")
    )
    assert paper.body().startswith(b"%PDF-")
    watch.stop()


@BOTH
def test_a_passport_officer_issues_from_a_file_and_sees_what_lacks(enter: Enter, look: Look) -> None:
    watch = Stopwatch("passports")
    page = seen(watch.watch(enter("pack", look)).open("/passports"))
    go(page, page.locator("a[href='/passports/bulk']").first.click)
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(
        ["serial_number", "manufacturing_date", "operator_role", "operator_information", "extinguishing_agents"]
    )
    serial = f"F{os.getpid()}L{LOOKS.index(look)}"
    rows.writerow([f"{serial}A", "2026-10", "manufacturer", WALKED["pack"], json.dumps(AGENTS)])
    rows.writerow([f"{serial}B", "2026-10", "", WALKED["pack"], json.dumps(AGENTS)])
    content = out.getvalue().encode("utf-8-sig")
    page.locator("#f-file").set_input_files({"name": "first.csv", "mimeType": "text/csv", "buffer": content})
    watch.outside(180)  # the export of the factory's system is fetched
    page.locator("#f-model").select_option(label="TM-EV-70")
    page.locator("input[value=skip_bad]").check()
    go(page, page.locator("form[action='/passports/bulk'] .form-acts button[type=submit]").click)
    for _ in range(60):
        if not page.locator("progress").count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    faults = page.get_by_role("table", name=words(look, "passport.bulk.errors"))
    expect(faults).to_contain_text("operator_role")  # the gap, by its row
    with page.expect_download() as labels:
        page.locator("a[href*='/labels.zip']").first.click()
    assert labels.value.path().read_bytes()[:2] == b"PK"
    page.goto(page.url.partition("/passports")[0] + f"/passports?q={serial}A")
    go(page, page.locator("tbody th a").first.click)
    expect(page.locator("h1")).to_contain_text(f"{serial}A")
    sheet = page.locator("a[href$='sheet.pdf'], a[href*='.pdf']").first
    paper = page.request.get(urljoin(page.url, sheet.get_attribute("href") or ""))
    assert paper.body().startswith(b"%PDF-")
    watch.stop()


def test_a_dealer_scans_a_battery_reads_what_it_is_worth_and_bids(enter: Enter) -> None:
    watch = Stopwatch("dealer")
    page = seen(watch.watch(enter("cell", PHONE)).open("/reuse/market"))
    watch.outside(pace().scan)
    go(page, page.locator("a[href^='/reuse/market/']").first.click)
    expect(page.locator(".figure-value").first).to_be_visible()
    page.locator("#f-price").click()
    page.locator("#f-price").fill("500000")
    go(page, page.locator("form[action$='/offer'] .form-acts button").click)
    assert "/reuse/offers/" in page.url
    watch.stop()


def test_a_dismantler_proves_the_trade_and_asks_for_the_instructions(demo: Demo, enter: Enter) -> None:
    watch = Stopwatch("dismantler")
    reader = watch.watch(enter("mine", PHONE))
    watch.outside(pace().scan)
    page = reader.context.new_page()
    page.goto(demo.base + "/01/09521234000037/21/MG26S000001")
    go(page, page.locator("a[href*='/ask']").first.click)
    page.locator("#f-role").select_option("dismantler")
    page.locator("#f-purpose").select_option("dismantling")
    page.locator("#f-justification").click()
    page.locator("#f-justification").fill("事故車の取り外し")
    go(page, page.locator(".form-acts button[type=submit]").click)
    expect(page.locator(".passport-watermark")).to_be_visible()
    watch.stop()


def test_a_recycler_books_a_delivery(enter: Enter) -> None:
    watch = Stopwatch("delivery")
    page = seen(watch.watch(enter("recycler", PHONE), signs_in=False).open("/recycling"))
    go(page, page.locator("a[href='/recycling/book']").first.click)
    page.locator("#f-lot_no").click()
    page.locator("#f-lot_no").fill("F-001")
    page.locator("#f-mass_wet_kg").click()
    page.locator("#f-mass_wet_kg").fill("412.5")
    go(page, page.locator("form[action='/recycling/book'] .form-acts button[type=submit]").first.click)
    expect(page.locator("[data-flash]")).to_be_visible()
    watch.stop()


@pytest.mark.parametrize(("look", "company"), CLOSING, ids=str)
def test_a_recycler_closes_the_month_and_takes_the_report(enter: Enter, look: Look, company: str) -> None:
    watch = Stopwatch("month")
    page = seen(watch.watch(enter(company, look)).open(f"/recycling/months?site={WALKED[company]}"))
    month = f"{last_month():%Y-%m}"
    go(page, page.locator("tbody a", has_text=month).click)
    expect(page.locator("table").first).to_contain_text("412")
    watch.outside(600)  # each balance is held against the scales' slips
    page.locator("#f-confirm").click()
    page.locator("#f-confirm").fill(month)
    go(page, page.locator("form.confirm .form-acts button[type=submit]").click)
    expect(page.locator("main")).to_contain_text(words(look, "recycling.months.closed"))
    go(page, page.locator("main a[href^='/recycling/report/']").first.click)
    with page.expect_download() as report:
        page.locator("a[href$='.pdf']").first.click()
    assert report.value.path().read_bytes().startswith(b"%PDF-")
    watch.stop()


def test_anybody_sees_what_a_battery_is_in_a_glance(demo: Demo, readers: Readers) -> None:
    watch = Stopwatch("owner")
    reader = watch.watch(readers(PHONE), signs_in=False)
    watch.outside(pace().scan)
    page = reader.context.new_page()
    page.goto(demo.base + "/01/09521234567899/21/MG26A000001")
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator(".passport-figures, .passport-first").first).to_be_visible()
    watch.stop()


@BOTH
def test_an_authority_finds_a_battery_opens_it_by_law_and_takes_the_list(enter: Enter, look: Look) -> None:
    watch = Stopwatch("authority")
    page = seen(watch.watch(enter("electrolyte", look)).open("/"))
    go(page, page.locator("a[href='/passports']").first.click)
    page.locator("summary", has_text=words(look, "ui.act.more")).first.click()
    go(page, page.locator("main a[href='/authority']").click)
    page.locator("#q").last.click()
    page.locator("main #q").fill("MG26A000001")
    go(page, page.locator("main form.filter button").click)
    with page.expect_download() as taken:
        page.locator("a[href^='/authority/passports.csv']").click()
    assert "MG26A000001" in taken.value.path().read_text("utf-8-sig")
    go(page, page.locator("tbody a[href^='/authority/passports/']").first.click)
    page.locator("input[name='basis']").nth(1).check()
    page.locator("[name='reference']").click()
    page.locator("[name='reference']").fill("MS-2027-114")
    go(page, page.locator("form[action^='/authority/passports/'] .form-acts button").click)
    expect(page.locator(".passport-watermark")).to_be_visible()
    watch.stop()


@BOTH
def test_a_lease_company_prices_a_guarantee_and_the_holder_takes_it(enter: Enter, look: Look) -> None:
    watch = Stopwatch("lease")
    page = seen(watch.watch(enter("reuse", look)).open("/reuse/guarantees"))
    go(page, page.locator("a[href='/reuse/guarantees/new']").first.click)
    page.locator("#f-battery_id").select_option(index=2)
    page.locator("#f-guaranteed").click()
    page.locator("#f-guaranteed").fill("300000")
    go(page, page.locator("form[action='/reuse/guarantees/new'] .form-acts button[type=submit]").first.click)
    expect(page.locator("main")).to_contain_text(re.compile(r"¥[\d,]+"))
    page.locator("#f-partner").click()
    page.locator("#f-partner").fill(WALKED["partner"])
    go(page, page.locator("button[name=offer]").click)
    expect(page.locator("[data-flash]")).to_be_visible()
    holder = seen(enter("vehicle", look).open("/reuse/guarantees/" + page.url.partition("?")[0].rsplit("/", 1)[1]))
    go(holder, holder.locator("form[action$='/accept'] button").click)
    go(page, page.reload)
    expect(page.locator("main")).to_contain_text(words(look, "reuse.state.accepted"))
    watch.stop()


@pytest.mark.parametrize("look", SWAPPING, ids=str)
def test_a_station_takes_a_pack_back_hands_one_out_and_the_bill_is_fair(enter: Enter, look: Look) -> None:
    reader = enter("reuse", look)
    listed = seen(reader.open("/reuse/pools"))
    pool = listed.get_by_role("link", name=f"駅前 {TAG} {look}").first.get_attribute("href") or ""
    watch = Stopwatch("swap")
    page = seen(watch.watch(reader, signs_in=False).open(pool))
    watch.outside(pace().scan)  # the pack's code, into its field
    code = f"A{os.getpid()}-{LOOKS.index(look)}"
    page.locator("#f-pack_in").evaluate("(field, value) => { field.value = value; }", code)
    for name, value in (
        ("station", "駅前"),
        ("user", "7号"),
        ("soc_in", "19"),
        ("usable_in", "1.2"),
        ("soh_in", "92"),
        ("counter_in", "100.96"),
        ("requested_kwh", "1"),
    ):
        page.locator(f"#f-{name}").fill(value)
        watch.counted.keys += 1  # on to the next field
    page.locator("#f-contract_id").select_option(index=1)
    go(page, page.locator("form[action$='/swap'] button[type=submit]").first.click)
    expect(page.locator("[data-flash]")).to_contain_text(f"B{os.getpid()}-{LOOKS.index(look)}")
    watch.stop()
    bill = seen(reader.open(WALKED[str(look)]))
    expect(bill.locator(".figure-value").first).to_contain_text("58")  # 0.96 kWh at 60 yen each, in whole yen
    expect(bill.locator("table")).to_contain_text("100.96")


@pytest.mark.parametrize(("look", "company"), [(DESK, "drive"), (ENGLISH_PHONE, "separator")], ids=str)
def test_a_maker_of_storage_finds_packs_that_fit_and_offers(enter: Enter, look: Look, company: str) -> None:
    watch = Stopwatch("storage")
    page = seen(watch.watch(enter(company, look)).open("/reuse/demands"))
    name = f"工場の蓄電 {TAG} {look}"
    for field, value in (
        ("name", name),
        ("p_max_kw", "20"),
        ("e_min_kwh", "30"),
        ("v_min", "200"),
        ("v_max", "450"),
        ("value_per_kwh", "12"),
    ):
        page.locator(f"#f-{field}").click()
        page.locator(f"#f-{field}").fill(value)
    go(page, page.locator("form[action='/reuse/demands'] .form-acts button[type=submit]").first.click)
    found = page.get_by_role("table", name=words(look, "reuse.demands.market", name=name))
    expect(found).to_contain_text(re.compile(r"\d–\d"))  # the interval of each
    go(page, page.locator("form[action$='/offers'] button").first.click)
    expect(page.locator("[data-flash]")).to_contain_text(words(look, "reuse.demands.offered"))
    watch.stop()


@BOTH
def test_a_diagnostic_firm_puts_a_test_into_the_record(enter: Enter, look: Look) -> None:
    watch = Stopwatch("diagnosis")
    page = seen(watch.watch(enter("reuse", look)).open("/reuse"))
    go(page, page.locator("a[href^='/reuse/batteries/']").first.click)
    page.locator("summary", has_text=words(look, "ui.act.more")).first.click()
    go(page, page.locator("a[href$='/test']").first.click)
    page.locator("input[type=radio]").first.check()
    go(page, page.locator("main form .form-acts button[type=submit]").first.click)
    expect(page.locator("[data-flash]")).to_be_visible()
    watch.stop()


@pytest.mark.parametrize(("look", "lot", "material"), SALTS, ids=str)
def test_a_buyer_of_salt_finds_it_agrees_on_a_price_and_gets_it_with_its_claim(
    enter: Enter, look: Look, lot: str, material: str
) -> None:
    seller = seen(enter("recycler", look).open("/recycling/market"))
    options = seller.locator("#f-lot_id option")
    seller.locator("#f-lot_id").select_option(index=[text.split()[0] for text in options.all_inner_texts()].index(lot))
    seller.locator("form:has(#f-lot_id) [name='price']").fill("900")
    go(seller, seller.locator("form:has(#f-lot_id) button[type=submit]").click)

    watch = Stopwatch("salt")
    page = seen(watch.watch(enter("cathode", look)).open("/recycling/market"))
    page.locator("select[name='material']").select_option(material)
    page.locator("form:has(select[name='material']) [name='kg']").click()
    page.locator("form:has(select[name='material']) [name='kg']").fill("100")
    go(page, page.locator("form:has(select[name='material']) button[type=submit]:not([name])").click)
    expect(page.locator("section.card table", has_text=lot).first).to_be_visible()  # fits, or what stands against it
    offer = page.get_by_role("row").filter(has=page.locator("input[value=propose]")).filter(has_text=lot)
    offer.locator("input[name=price]").click()
    offer.locator("input[name=price]").fill("850")
    go(page, offer.locator("button[type=submit]").click)
    agreed = seller.get_by_role("row").filter(has_text=lot).filter(has=seller.locator("input[value=accept]"))
    go(seller, seller.reload)
    go(seller, agreed.locator("form:has(input[value=accept]) button[type=submit]").click)
    go(seller, seller.locator("tr", has_text=lot).locator("form:has(input[value=ship]) button[type=submit]").click)
    go(page, page.reload)
    go(page, page.locator("tr", has_text=lot).locator("a[href^='/recycling/lots/']").first.click)
    expect(page.locator("h1")).to_contain_text(lot)
    watch.stop()
    go(page, lambda: page.goto(page.url.partition("/recycling/")[0] + "/recycling/content"))
    expect(page.locator("main")).to_contain_text({"Li2CO3": "Li", "CoSO4·7H2O": "Co"}[material])
