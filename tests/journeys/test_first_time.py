"""Everybody whom the product is for reaches what they came for, and by a stated model within the time that is promised.

One walk for each person of `pace.toml`, without detours; what can go wrong on the way stands in the other files.
"""

import csv
import io
import os
import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect
from tests.journeys.browser import LOOKS, Look, Reader
from tests.journeys.conftest import Readers
from tests.journeys.demo import Demo, open_requests
from tests.journeys.stopwatch import Stopwatch, pace
from tests.journeys.test_exchange import seen, submit_of, words

from meguri.answers.columns import COLUMNS
from meguri.commands.demo import mail_of
from meguri.commands.demo.play import Play
from meguri.footprint import auditing
from meguri.footprint.declarations.service import declarations
from meguri.guests import service as guests
from meguri.guests.model import Invite
from meguri.identity import service as identity
from meguri.kernel import clock
from meguri.kernel.identifiers import is_corporate_number
from meguri.kernel.scope import PlatformRole
from meguri.kernel.units import AmountUnit
from meguri.operators import plants
from meguri.operators import service as operators
from meguri.passport import service as passports
from meguri.reuse.gate import Verdict
from meguri.reuse.service import pools
from meguri.reuse.service.pools import NewPack, NewPool
from meguri.traceability import service as traceability
from meguri.traceability.model import ChildInput, PartInput

pytestmark = [pytest.mark.browser, pytest.mark.on_the_demo]

Enter = Callable[..., Reader]
DESK, ENGLISH_DESK, PHONE, ENGLISH_PHONE = LOOKS
BOTH = pytest.mark.parametrize("look", [DESK, ENGLISH_PHONE], ids=str)
ROWS = 40
TAG = f"初 {os.getpid()}"
GUEST = "hatsuda@works.example"
WALKED: dict[str, str] = {}


async def scene(play: Play) -> None:
    """A guest's link, forty requests to one supplier, a verifier, an authority, and somebody who runs the platform."""
    bought = [(f"磁石材 {TAG} {n:02d}", "magnet", f"焼結材 {TAG} {n:02d}") for n in range(ROWS)]
    await open_requests(play, f"試作車 {TAG}", bought, due_in_days=14)
    plant = (await play.run("vehicle", plants.all_plants))[0].plant_id
    made = PartInput(plant_id=plant, name=f"台車 {TAG}", unit=AmountUnit.UNIT, terminated=False)
    bought_part = ChildInput(
        plant_id=plant, name=f"金具 {TAG}", unit=AmountUnit.KILOGRAM, terminated=False, amount=Decimal(2)
    )
    await play.run("vehicle", traceability.write_structure, made, [bought_part])
    found, _ = await play.run("vehicle", traceability.parts_page, limit=1, name=f"金具 {TAG}")
    asked = Invite(downstream_trace_id=found[0].trace_id, company="初田製作所", email=GUEST, contact="初田")
    WALKED["guest"] = (await guests.invite(play.db, play.scope("vehicle"), asked)).path
    pool = await play.run("reuse", pools.create, NewPool(name=f"駅前 {TAG}"))
    pack = NewPack(
        pack_id=f"MPP-{os.getpid()}", station="駅前", soc=99.0, soh=92.0, usable_kwh=1.2, efc=10.0, age_years=0.5,
        verdict=Verdict.PASS,
    )  # fmt: skip
    await play.run("reuse", pools.add_pack, pool.pool_id, pack)
    await identity.set_platform_role(play.db, mail_of("steel"), PlatformRole.PLATFORM_OPERATOR)
    published = await play.run("pack", declarations)
    until = clock.today() + timedelta(days=60)
    verifier = (await play.run("refiner", operators.own)).open_operator_id
    for declaration in published[:1]:
        asked_of = auditing.EngagementInput(company=verifier, until=until)
        await play.run("pack", auditing.invite, declaration.declaration_id, asked_of)
    office = play.scope("electrolyte").operator_id
    await play.run("steel", passports.set_role, office, "market_surveillance", "告示 第1号")


def go(page: Page, act: Callable[[], object]) -> Page:
    """Something that leads to another page, and that page as it must be."""
    with page.expect_navigation():
        act()
    return seen(page) if page.locator("html[data-ready], script[type=module]").count() else page


def test_a_parts_maker_without_an_account_answers_and_keeps_a_copy(demo: Demo, readers: Readers) -> None:
    assert demo
    watch = Stopwatch("guest")
    page = seen(watch.watch(readers(DESK), signs_in=False).open(WALKED["guest"]))
    page.locator("#f-email").click()
    page.locator("#f-email").fill(GUEST)
    go(page, page.locator("form button[type=submit]").click)
    page.locator("#f-main_production").click()
    page.locator("#f-main_production").fill("2.5")
    watch.outside(240)  # the figure is looked up: last year's electricity by the pieces made
    go(page, submit_of(page, "/answer").click)
    with page.expect_download() as kept:
        page.get_by_role("link", name=words(DESK, "guests.answer.copy")).click()
    assert "2.5" in kept.value.path().read_text("utf-8-sig")
    watch.stop()


def test_the_next_month_forty_requests_are_answered_from_one_table(enter: Enter) -> None:
    watch = Stopwatch("forty")
    page = seen(watch.watch(enter("magnet", DESK)).open("/requests/received"))
    page.set_default_timeout(60_000)  # forty answers through all tiers, on a machine that does other work too
    go(page, page.locator("a[href='/requests/received/table']").click)
    with page.expect_download() as taken:
        page.locator("a[href$='/table/csv']").click()
    rows = list(csv.reader(io.StringIO(taken.value.path().read_text("utf-8-sig"))))
    place = [column.key for column in COLUMNS].index("main_production")
    mine = [row for row in rows[1:] if row[2].startswith(f"磁石材 {TAG}")]
    assert len(mine) == ROWS
    for row in mine:
        row[place] = "1.25"
    watch.outside(ROWS * 12)  # one figure copied into each row
    out = io.StringIO()
    csv.writer(out).writerows([rows[0], *mine])
    filled = {"name": "answers.csv", "mimeType": "text/csv", "buffer": out.getvalue().encode("utf-8-sig")}
    page.locator("#f-file").set_input_files(filled)
    go(page, page.locator("button[value=look]").click)
    expect(page.locator(".notice").first).to_contain_text(str(ROWS))
    page.locator("#f-file").set_input_files(filled)
    go(page, page.locator("button[value=send]").click)
    expect(page.locator("[data-flash]")).to_contain_text(str(ROWS))
    watch.stop()


def test_a_cell_maker_works_out_a_declaration_and_publishes_it(enter: Enter) -> None:
    watch = Stopwatch("declaration")
    page = seen(watch.watch(enter("pack", DESK)).open("/worksheets"))
    go(page, page.locator("tbody a[href^='/worksheets/']").first.click)
    watch.outside(1200)  # the data of a month are at hand, and are typed or read in
    go(page, page.locator("form[action$='/compute'] button").click)
    go(page, page.locator("a[href^='/declarations/new']").first.click)
    for name, value in (
        ("model", "初回モデル"),
        ("eu_declaration_number", "DoC-2026-2"),
        ("study_link", "https://pack.example/s"),
    ):
        page.locator(f"[name='{name}']").click()
        page.locator(f"[name='{name}']").fill(value)
    go(page, page.locator("form[action^='/declarations/new'] .form-acts button").click)
    for act in ("submit", "review"):
        go(page, page.locator(f"form:has(input[value='{act}']) .form-acts button").click)
    page.locator("[name='confirm']").click()
    page.locator("[name='confirm']").fill("初回モデル")
    go(page, page.locator("form.confirm .form-acts button").click)
    expect(page.locator("a[href^='/published/declarations/']").first).to_be_visible()
    watch.stop()


@BOTH
def test_procurement_sees_who_is_late_and_what_drives_the_total_and_asks_for_less(enter: Enter, look: Look) -> None:
    watch = Stopwatch("procurement")
    page = seen(watch.watch(enter("vehicle", look)).open("/"))
    expect(page.locator("#theirs")).to_be_visible()
    go(page, page.locator("section[aria-labelledby=theirs] > p a").click)
    late = page.locator("tbody th a").first
    go(page, late.click)
    page.locator("textarea").first.click()
    page.locator("textarea").first.fill(
        "期限が近づいています。ご回答をお願いします。" if look.language == "ja" else "Please answer soon."
    )
    go(
        page,
        page.locator(
            "form[action*='comment'] button[type=submit], form[action*='talk'] button[type=submit]"
        ).first.click,
    )
    page.goto(page.url.split("/requests")[0] + "/footprints")
    seen(page)
    go(page, page.locator("a", has_text="電気自動車 M1").first.click)
    go(page, page.locator("a[href$='/drivers']").first.click)
    page.locator("#f-trade, [name='trade_id']").first.select_option(index=1)
    page.locator("[name='percent']").click()
    page.locator("[name='percent']").fill("5")
    page.locator("[name='due']").fill("2027-03-31")
    go(
        page,
        page.locator(
            "form[action$='/reductions'] .form-acts button, form[action$='/drivers'][method=post] .form-acts button"
        ).first.click,
    )
    expect(page.locator("[data-flash]")).to_be_visible()
    watch.stop()


def test_a_passport_officer_hands_in_a_file_and_sees_what_is_wrong(enter: Enter) -> None:
    watch = Stopwatch("passports")
    page = seen(watch.watch(enter("pack", DESK)).open("/passports"))
    go(page, page.locator("a[href='/passports/bulk']").first.click)
    content = b"serial_number,manufacturing_date\nFIRST-1,2026-10-01\n"
    page.locator("#f-file").set_input_files({"name": "first.csv", "mimeType": "text/csv", "buffer": content})
    watch.outside(180)  # the export of the factory's system is fetched
    go(page, page.locator("form[action='/passports/bulk'] .form-acts button[type=submit]").click)
    expect(page.locator("h1")).to_contain_text("first.csv")
    expect(page.locator(".notice, progress").first).to_be_visible()
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


@BOTH
def test_a_recycler_looks_through_the_month_and_takes_the_report(enter: Enter, look: Look) -> None:
    watch = Stopwatch("month")
    page = seen(watch.watch(enter("recycler", look)).open("/recycling"))
    go(page, page.locator("a[href='/recycling/months']").first.click)
    go(page, page.locator("tbody a").first.click)
    watch.outside(600)  # each balance is held against the scales' slips
    expect(page.locator("table").first).to_be_visible()
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
def test_an_auditor_who_is_invited_goes_to_each_statement_and_raises_a_finding(enter: Enter, look: Look) -> None:
    watch = Stopwatch("auditor")
    page = seen(watch.watch(enter("refiner", look)).open("/"))
    go(page, page.locator("a[href='/footprints']").first.click)
    go(page, page.locator("a[href='/verifying']").first.click)
    go(page, page.locator("tbody a[href^='/verifying/']").first.click)
    expect(page.locator(".notice-ok").first).to_be_visible()  # what is read is what was declared
    watch.outside(600)  # lines, papers and each supplier's statement are read
    page.locator("[name='words']").click()
    page.locator("[name='words']").fill("請求書がありません。" if look.language == "ja" else "No invoice.")
    go(page, page.locator("form[action$='/findings'] .form-acts button").click)
    expect(page.locator("main")).to_contain_text("請求書がありません。" if look.language == "ja" else "No invoice.")
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
def test_the_platforms_operator_admits_a_company_and_sees_the_usage(enter: Enter, readers: Readers, look: Look) -> None:
    body = f"{710000000000 + LOOKS.index(look)}"
    number = next(f"{digit}{body}" for digit in range(1, 10) if is_corporate_number(f"{digit}{body}"))
    applying = seen(readers(look).open("/apply"))
    for name, value in (
        ("name", f"新顔工業 {look}"),
        ("corporate_number", number),
        ("address", "東京都"),
        ("contact", "新顔"),
        ("email", f"new.{LOOKS.index(look)}@face.example"),
    ):
        applying.locator(f"[name='{name}']").fill(value)
    applying.locator("[name='terms']").check()
    with applying.expect_navigation():
        applying.locator("form[action='/apply'] button[type=submit]").click()
    watch = Stopwatch("operator")
    page = seen(watch.watch(enter("steel", look)).open("/platform"))
    go(page, page.locator("main a", has_text=f"新顔工業 {look}").first.click)
    page.locator("#f-evidence").click()
    page.locator("#f-evidence").fill("登記事項証明書")
    go(page, page.locator("form[action$='/admit'] button[type=submit]").click)
    expect(page.locator(".notice code").first).to_be_visible()
    page.goto(page.url.split("/platform")[0] + "/platform/usage")
    expect(seen(page).locator("table").first).to_be_visible()
    watch.stop()


@BOTH
def test_a_lease_company_prices_a_guarantee(enter: Enter, look: Look) -> None:
    watch = Stopwatch("lease")
    page = seen(watch.watch(enter("reuse", look)).open("/reuse/guarantees"))
    go(page, page.locator("a[href='/reuse/guarantees/new']").first.click)
    page.locator("#f-battery_id").select_option(index=2)
    page.locator("#f-guaranteed").click()
    page.locator("#f-guaranteed").fill("300000")
    go(page, page.locator("form[action='/reuse/guarantees/new'] .form-acts button[type=submit]").first.click)
    expect(page.locator("main")).to_contain_text(re.compile(r"¥[\d,]+"))
    watch.stop()


def test_a_station_hands_out_a_pack(enter: Enter) -> None:
    reader = enter("reuse", PHONE)
    listed = seen(reader.open("/reuse/pools"))
    pool = listed.get_by_role("link", name=f"駅前 {TAG}").first.get_attribute("href") or ""
    watch = Stopwatch("swap")
    page = seen(watch.watch(reader, signs_in=False).open(pool))
    watch.outside(pace().scan)  # the pack's code fills the fields
    for name, value in (("station", "駅前"), ("user", "7号"), ("requested_kwh", "1")):
        page.locator(f"#f-{name}").fill(value)
    go(page, page.locator("form[action$='/swap'] button[type=submit]").first.click)
    expect(page.locator("[data-flash]")).to_contain_text("MPP-")
    watch.stop()


@BOTH
def test_a_maker_of_storage_finds_packs_that_fit(enter: Enter, look: Look) -> None:
    watch = Stopwatch("storage")
    page = seen(watch.watch(enter("reuse", look)).open("/reuse/demands"))
    for name, value in (
        ("name", f"工場の蓄電 {look}"),
        ("p_max_kw", "20"),
        ("e_min_kwh", "30"),
        ("v_min", "200"),
        ("v_max", "450"),
        ("value_per_kwh", "12"),
    ):
        page.locator(f"#f-{name}").click()
        page.locator(f"#f-{name}").fill(value)
    go(page, page.locator("form[action='/reuse/demands'] .form-acts button[type=submit]").first.click)
    expect(page.locator("main")).to_contain_text(f"工場の蓄電 {look}")
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


@BOTH
def test_a_buyer_of_salt_says_what_is_sought(enter: Enter, look: Look) -> None:
    watch = Stopwatch("salt")
    page = seen(watch.watch(enter("cathode", look)).open("/recycling/market"))
    page.locator("select[name='material']").select_option(index=0)
    page.locator("form:has(select[name='material']) [name='kg']").click()
    page.locator("form:has(select[name='material']) [name='kg']").fill("500")
    go(page, page.locator("form:has(select[name='material']) button[type=submit]:not([name])").click)
    expect(page.locator("[data-flash]")).to_be_visible()
    watch.stop()


@BOTH
def test_a_developer_gets_a_key_and_an_answer(enter: Enter, look: Look) -> None:
    watch = Stopwatch("developer")
    page = seen(watch.watch(enter("anode", look)).open("/keys"))
    page.locator("#f-name").click()
    page.locator("#f-name").fill(f"ERP {look}")
    page.locator("#f-address_ranges").click()
    page.locator("#f-address_ranges").fill("127.0.0.1/32")
    go(page, page.locator("form[action='/keys'] .form-acts button[type=submit]").click)
    key = page.locator("code").first.inner_text().strip()
    origin = page.url.split("/keys")[0]
    answer = page.request.get(f"{origin}/api/v1/parts", headers={"authorization": f"Bearer {key}"})
    if answer.status == 401:
        answer = page.request.get(f"{origin}/api/v1/parts", headers={"x-api-key": key})
    assert answer.status == 200, quote(answer.text()[:200])
    watch.outside(180)  # the call is written
    watch.stop()
