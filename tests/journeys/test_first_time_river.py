"""The people of single rooms, from the declaration to the recycled salt, reach what they came for, and by the stated model
within the time that is promised.

One walk for each person of `pace.toml`; those of the exchange and of the platform stand in `test_first_time.py`.
"""

import os
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from tests.journeys.browser import LOOKS, Look, Reader
from tests.journeys.conftest import Readers
from tests.journeys.demo import Demo
from tests.journeys.stopwatch import Stopwatch, pace
from tests.journeys.test_exchange import seen, words
from tests.journeys.test_first_time import go

from meguri.commands.demo import mail_of
from meguri.commands.demo.play import Play
from meguri.identity import service as identity
from meguri.kernel.scope import PlatformRole
from meguri.passport import service as passports
from meguri.reuse.gate import Verdict
from meguri.reuse.service import pools
from meguri.reuse.service.pools import NewPack, NewPool

pytestmark = [pytest.mark.browser, pytest.mark.on_the_demo]

Enter = Callable[..., Reader]
DESK, ENGLISH_DESK, PHONE, ENGLISH_PHONE = LOOKS
BOTH = pytest.mark.parametrize("look", [DESK, ENGLISH_PHONE], ids=str)
TAG = f"初 {os.getpid()}"


async def scene(play: Play) -> None:
    """A pool with a pack in it, and an authority."""
    pool = await play.run("reuse", pools.create, NewPool(name=f"駅前 {TAG}"))
    pack = NewPack(
        pack_id=f"MPP-{os.getpid()}", station="駅前", soc=99.0, soh=92.0, usable_kwh=1.2, efc=10.0, age_years=0.5,
        verdict=Verdict.PASS,
    )  # fmt: skip
    await play.run("reuse", pools.add_pack, pool.pool_id, pack)
    await identity.set_platform_role(play.db, mail_of("steel"), PlatformRole.PLATFORM_OPERATOR)
    office = play.scope("electrolyte").operator_id
    await play.run("steel", passports.set_role, office, "market_surveillance", "告示 第1号")


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
