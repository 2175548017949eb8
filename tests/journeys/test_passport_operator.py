"""Whoever issues passports, at work: from a draft to what it lacks, from a file to its faults, from a request to its answer."""

import pytest
from playwright.sync_api import Page, expect
from tests.journeys.browser import LOOKS, Look, Reader, axe_clean, fits, settled
from tests.journeys.conftest import Readers
from tests.journeys.demo import Demo

from meguri.ui.words import say

pytestmark = [pytest.mark.browser, pytest.mark.on_the_demo]
FILE = "serial_number,manufacturing_date,operator_role\nJ-{look},2026-13,manufacturer\nK-{look},2026-10,king\n"


@pytest.fixture(params=(LOOKS[0], LOOKS[-1]), ids=str)
def look(request: pytest.FixtureRequest) -> Look:
    found: Look = request.param
    return found


@pytest.fixture
def maker(demo: Demo, readers: Readers, look: Look) -> Reader:
    return demo.sign_in(readers(look), "pack")


def seen(page: Page) -> Page:
    """A page as it must be: it has started, it fits, and nothing bars anybody."""
    settled(page)
    fits(page)
    axe_clean(page)
    return page


def words(look: Look, key: str, **values: object) -> str:
    return str(say(key, look.language, **values))


def send(page: Page, action: str) -> Page:
    with page.expect_navigation():
        page.locator(f"form[action$='{action}'] .form-acts button[type=submit]").click()
    return seen(page)


def test_a_draft_says_what_it_lacks_and_who_has_it_and_is_filled_section_by_section(maker: Reader, look: Look) -> None:
    page = seen(maker.open("/passports/new"))
    page.locator("#f-gtin").fill("9521234567899")
    page.locator("#f-serial").fill(f"W-{look}"[:20].replace(" ", ""))
    page.locator("#f-category").select_option("ev")
    send(page, "/passports/new")
    expect(page.locator("h1")).to_contain_text(words(look, "passport.state.Draft"))
    expect(page.locator("body")).to_contain_text(words(look, "passport.passport.missing"))
    address = page.url
    with page.expect_navigation():
        page.get_by_role("button", name=words(look, "passport.passport.publish")).click()
    seen(page)
    expect(page.locator("[data-flash]")).to_be_visible()
    page.goto(f"{address}/sections/identification")
    seen(page)
    page.locator("[id='f-battery_mass']").fill("0")
    send(page, "/sections/identification")
    expect(page.locator("[role=alert]")).to_be_visible()
    page.locator("[id='f-battery_mass']").fill("430")
    page.locator("[id='f-manufacturing_date']").fill("令和8年10月")
    send(page, "/sections/identification")
    expect(page.locator("[data-flash]")).to_contain_text(words(look, "passport.section.seen_own"))
    page.goto(f"{address}/history")
    expect(seen(page).locator("table").first).to_contain_text(words(look, "passport.event.change"))
    seen(maker.open(f"{address.removeprefix(maker.base)}/measurements"))


def test_a_file_is_checked_before_anything_is_issued(maker: Reader, look: Look) -> None:
    page = seen(maker.open("/passports/bulk"))
    content = FILE.format(look=str(look).replace(" ", "")[:8]).encode()
    page.locator("#f-file").set_input_files({"name": "items.csv", "mimeType": "text/csv", "buffer": content})
    send(page, "/passports/bulk")
    expect(page.locator("h1")).to_contain_text("items.csv")
    until_done = page.locator(".notice, progress")
    expect(until_done.first).to_be_visible()
    for _ in range(40):
        if page.get_by_text("manufacturing_date").count():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(seen(page).locator("table")).to_contain_text("operator_role")


def test_requests_transfers_and_the_list_are_there_to_be_answered(maker: Reader, look: Look) -> None:
    listed = seen(maker.open("/passports"))
    listed.locator("#q").fill("MG26S")
    with listed.expect_navigation():
        listed.locator("form[role=search] button").click()
    expect(seen(listed).locator("tbody tr")).to_have_count(1)
    seen(maker.open("/passports/transfers"))
    access = seen(maker.open("/passports/access"))
    approve = access.get_by_role("button", name=words(look, "passport.access.approve"))
    if approve.count():
        with access.expect_navigation():
            approve.first.click()
        expect(seen(access).locator("[data-flash]")).to_contain_text(words(look, "passport.access.now_approved"))
