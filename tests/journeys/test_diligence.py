"""Due diligence as people see it in the demo: the chain, a finding put right, the report, and a word from outside."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.journeys.browser import LOOKS, Look, Reader, axe_clean, fits, ready
from tests.journeys.conftest import Readers

from meguri.ui.words import say

pytestmark = [pytest.mark.browser, pytest.mark.on_the_demo]
Enter = Callable[..., Reader]


def seen(page: Any) -> Any:
    ready(page)
    fits(page)
    narrow, english = page.viewport_size["width"] < 700, page.locator("html").get_attribute("lang") == "en"
    if narrow == english:
        axe_clean(page)
    return page


def test_the_buyer_sees_the_five_steps_the_chain_with_its_gaps_and_the_finding_that_was_put_right(
    enter: Enter, look: Look
) -> None:
    reader = enter("cathode", look)
    page = seen(reader.open("/diligence"))
    expect(page.locator("tbody tr").filter(has_text="48(2), 51")).to_be_visible()
    page = seen(reader.open("/diligence/map"))
    expect(page.locator("svg[role=img]")).to_be_visible()
    expect(page.get_by_text("Kaguro Refining").first).to_be_attached()
    expect(page.get_by_text(say("diligence.map.unknown", look.language)).first).to_be_attached()
    page = seen(reader.open("/diligence/findings"))
    page.locator("tbody a").first.click()
    seen(page)
    expect(page.get_by_text(say("diligence.state.closed", look.language)).first).to_be_visible()
    for path in (
        "/diligence/screening",
        "/diligence/questions",
        "/diligence/workbook",
        "/diligence/report",
        "/diligence/cases",
    ):
        seen(reader.open(path))


def test_the_vehicle_maker_reads_a_result_and_no_name_two_tiers_away(enter: Enter) -> None:
    reader = enter("vehicle", LOOKS[0])
    page = seen(reader.open("/diligence"))
    page.get_by_role("link", name="駆動用電池パック", exact=True).first.click()
    seen(page)
    expect(page.get_by_text(say("diligence.answer.response", "ja"))).to_be_visible()
    text = page.content()
    assert all(name not in text for name in ("暁セル", "青葉正極材", "瀬戸精錬", "南嶺鉱山", "Kaguro", "架空監査"))


def test_anybody_tells_of_a_harm_and_follows_it_with_the_code(enter: Enter, readers: Readers, look: Look) -> None:
    inside = enter("cathode", look)
    here = seen(inside.open("/diligence/cases")).locator("a[href*='/grievance']").first.get_attribute("href")
    outside = readers(look)
    page = seen(outside.open(here))
    page.locator("textarea[name=what]").fill("毎晩、学校に粉じんが降ります。 Dust falls on the school every night.")
    page.locator(".form-acts button[type=submit]").click()
    seen(page)
    code = re.search(r"[A-Z2-9]{5}(?:-[A-Z2-9]{5}){3}", page.content())
    assert code
    page = seen(outside.open(f"{here}/follow"))
    page.locator("input[name=code]").fill(code[0])
    page.locator(".form-acts button[type=submit]").click()
    expect(seen(page).get_by_text(say("diligence.case.received", look.language)).first).to_be_visible()


def test_a_request_is_read_on_both_sides_and_passed_on_only_with_consent(enter: Enter, look: Look) -> None:
    asker, supplier = enter("vehicle", look), enter("pack", look)
    page = seen(asker.open("/diligence"))
    page.locator("a[href^='/diligence/requests/']").first.click()
    seen(page)
    href = page.url.removeprefix(asker.base)
    page.locator("input[name=forwarding][value=none]").check()
    page.locator("form[action$='/consent'] button[type=submit]").click()
    seen(page)
    page = seen(supplier.open(href))
    expect(page.get_by_text(say("diligence.asked.consent_none", look.language)).first).to_be_visible()
    page = seen(asker.open(href))
    page.locator("input[name=forwarding][value=named]").check()
    page.locator("form[action$='/consent'] button[type=submit]").click()
    page = seen(supplier.open(href))
    expect(page.get_by_text(say("diligence.asked.consent_named", look.language)).first).to_be_visible()
    expect(page.locator("form[action$='/forward'] tbody tr").first).to_be_visible()
    part = seen(asker.open("/diligence")).locator("a[href^='/diligence/parts/']").first.get_attribute("href")
    page = seen(asker.open(f"{part}/ask"))
    expect(page.locator("input[name=forwarding][value=anonymous]")).to_be_checked()
    seen(enter("cathode", look).open("/diligence/red-flags"))
