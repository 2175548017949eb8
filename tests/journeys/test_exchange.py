"""Asking and answering along the chain, as people do it: against a demo that runs in a process of its own."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.journeys.browser import LOOKS, Look, Reader, axe_clean, fits, ready, settled
from tests.journeys.conftest import Readers
from tests.journeys.demo import Demo, open_requests

from meguri.commands.demo import PASSWORD, mail_of
from meguri.commands.demo.play import Play, corporate_number_of
from meguri.commands.demo.scenario import scenario
from meguri.ui.words import say

pytestmark = [pytest.mark.browser, pytest.mark.on_the_demo]

DESKTOP = LOOKS[0]
Enter = Callable[..., Reader]


async def scene(play: Play) -> None:
    """Two open requests for each look, one for the keyboard, one for a reader without scripts."""
    for name in (*map(str, LOOKS), "keys", "plain"):
        bought = [(f"駆動 {name}", "drive", f"DU {name}"), (f"車軸 {name}", "drive", f"AX {name}")]
        await open_requests(play, f"試作車 {name}", bought, due_in_days=2 if name == "keys" else 9)


def seen(page: Page) -> Page:
    """A page as it must be: it has started, it fits, and nothing bars anybody."""
    settled(page)
    fits(page)
    narrow, english = (page.viewport_size or {})["width"] < 700, page.locator("html").get_attribute("lang") == "en"
    if narrow == english:  # each page in both languages and on both devices, without looking at everything four times
        axe_clean(page)
    return page


def press(page: Page, what: Locator) -> Page:
    """Follow a link or send a form, and look at what comes."""
    with page.expect_navigation():
        what.click()
    return seen(page)


def submit_of(page: Page, action: str) -> Locator:
    return page.locator(f"form[action$='{action}'] .form-acts button[type=submit]")


def words(look: Look, key: str, **values: object) -> str:
    return str(say(key, look.language, **values))


def request_on(reader: Reader, part: str) -> str:
    """The address of the request that was sent about a part."""
    page = reader.open("/requests")
    href = page.get_by_role("link", name=part, exact=True).first.get_attribute("href")
    page.close()
    assert href
    return href


def test_one_signs_in_with_a_word_about_what_was_wrong(readers: Readers, look: Look) -> None:
    page = seen(readers(look).open("/sign-in"))
    page.locator("#f-account").fill(mail_of("magnet"))
    page.locator("#f-password").fill(PASSWORD + "?")
    press(page, page.locator("form[action='/sign-in'] .form-acts button[type=submit]"))
    expect(page.locator(".notice-stop")).to_be_visible()
    expect(page.locator("#f-account")).to_have_value(mail_of("magnet"))


def test_a_supplier_answers_and_the_customer_sees_the_changed_total_and_why(enter: Enter, look: Look) -> None:
    part = f"駆動 {look}"
    page = seen(enter("drive", look).open("/"))
    press(page, page.locator(".work-title", has_text=f"「{part}」" if look.language == "ja" else f"“{part}”"))
    page.locator("#f-trace_id").select_option(label=f"DU {look}")
    press(page, submit_of(page, "/link"))
    expect(page.locator("[data-flash]")).to_contain_text(words(look, "traceability.request.linked", part=f"DU {look}"))
    press(page, page.get_by_role("link", name=words(look, "traceability.request.declare"), exact=True))
    page.locator("#f-pre_production").fill("12.5")
    page.locator("#f-main_production").fill("１００")
    expect(page.locator("output[data-total=all]")).to_have_text("112.5")
    for name in ("ter", "ger", "tir"):
        page.locator(f"#f-main_{name}").fill("2")
    press(page, submit_of(page, "/footprint/edit"))
    flash = page.locator("[data-flash]")
    expect(flash).to_contain_text(words(look, "footprint.declare.done", part=f"DU {look}"))
    expect(flash).to_contain_text(words(look, "footprint.declare.seen"))
    page.goto(page.url.split("/parts/")[0] + "/requests/received")
    row = page.get_by_role("row", name=part)
    expect(row).to_contain_text(words(look, "traceability.state.sent"))

    customer = enter("vehicle", look)
    page = seen(customer.open("/"))
    line = page.locator(".news-item", has_text=part).first
    expect(line).to_contain_text(f"試作車 {look}")
    expect(line).to_contain_text("1,225")
    press(page, line.locator(".news-line a"))
    expect(page.locator(".figure")).to_contain_text("1,225")
    why = page.get_by_role("row", name=part)
    expect(why).to_contain_text(words(look, "footprint.why.source_answer"))
    expect(why).to_contain_text("225")


def test_a_request_is_returned_with_a_reason_asked_again_and_withdrawn_by_name(enter: Enter, look: Look) -> None:
    part, reason = f"車軸 {look}", "図面の版をお知らせください。"
    supplier, customer = enter("drive", look), enter("vehicle", look)
    page = supplier.open(request_on(customer, part))
    page.locator("details", has=page.locator("form[action$='/reject']")).locator("summary").click()
    page.locator("#f-why").fill(reason)
    press(page, submit_of(page, "/reject"))

    page = seen(customer.open("/"))
    press(page, page.locator(".work-title", has_text=part))
    expect(page.get_by_text(reason)).to_be_visible()
    press(page, page.get_by_role("link", name=words(look, "traceability.request.again")))
    number = corporate_number_of(next(c for c in scenario().company if c.key == "drive"))
    page.locator("#q").fill(number)
    press(page, page.locator("form.filter button"))
    page.locator("[name=supplier]").check()
    page.locator("#f-due").fill("2027-01-15")
    press(page, submit_of(page, "/requests/new"))
    expect(page.locator("[data-flash]")).to_contain_text(part)
    request = page.url

    page.goto(request + "/cancel")
    act = page.locator("form[data-confirm-name] button[type=submit]")
    page.locator("#f-confirm").fill("車軸")
    expect(act).to_be_disabled()
    page.locator("#f-confirm").fill(part)
    press(page, act)
    expect(page.locator("[data-flash]")).to_contain_text(words(look, "traceability.request.cancelled", part=part))
    expect(page.get_by_role("link", name=part, exact=True)).to_have_count(0)


def test_a_part_is_built_with_what_is_wrong_said_beside_the_field(enter: Enter, look: Look) -> None:
    name = f"新型車 {look}"
    page = seen(enter("vehicle", look).open("/parts/new"))
    page.locator("#f-name").fill(name)
    page.locator("#f-unit").select_option("unit")
    page.locator("#f-children-0-name").fill(f"主軸 {look}")
    page.locator("#f-children-0-amount").fill("十二")
    page.locator("[data-row-add]").click()
    page.locator("#f-children-1-name").fill(f"側板 {look}")
    page.locator("#f-children-1-amount").fill("2.5")
    press(page, submit_of(page, "/parts/new"))
    wrong = page.locator("#f-children-0-amount")
    expect(wrong).to_have_value("十二")
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#e-children-0-amount")).to_have_text(words(look, "traceability.wrong.amount"))
    expect(page.locator("#f-children-1-name")).to_have_value(f"側板 {look}")
    wrong.fill("4")
    press(page, submit_of(page, "/parts/new"))
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    expect(page.get_by_role("row", name=f"主軸 {look}")).to_contain_text("4")
    press(page, page.get_by_role("link", name=words(look, "traceability.part.tree")))
    expect(page.locator(".tree-line")).to_have_count(3)
    expect(page.locator(".tree")).to_contain_text(f"側板 {look}")


def test_a_table_with_a_wrong_row_is_reported_by_row_and_imported_when_right(enter: Enter, look: Look) -> None:
    number = corporate_number_of(next(c for c in scenario().company if c.key == "anode"))
    head = "部品名,事業所識別子,単位,終端" if look.language == "ja" else "Part,Plant id,Unit,End of chain"
    good = f"負極 {look},{number}000001,kilogram,{'はい' if look.language == 'ja' else 'yes'}"
    wrong = good.replace("kilogram", "斤").replace(f"{look}", f"{look} 2")
    page = seen(enter("anode", look).open("/parts/import"))

    def send(*rows: str) -> None:
        file = {"name": "parts.csv", "mimeType": "text/csv", "buffer": "\n".join([head, *rows]).encode("utf-8-sig")}
        page.locator("#f-file").set_input_files(file)  # type: ignore[arg-type]
        press(page, submit_of(page, "/parts/import"))

    send(good, wrong)
    report = page.get_by_role("table", name=words(look, "traceability.sheet.errors"))
    expect(report.locator("tbody tr")).to_have_count(1)
    expect(report.locator("tbody th")).to_contain_text("3")
    send(good)
    expect(page.get_by_role("link", name=f"負極 {look}", exact=True)).to_be_visible()


def test_the_company_its_disclosures_and_lists_are_open_to_everybody_in_it(enter: Enter, look: Look) -> None:
    reader = enter("pack", look)
    page = seen(reader.open("/company"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.goto(page.url.replace("/company", "/requests/received"))
    press(page, page.get_by_role("link", name="駆動用電池パック", exact=True))
    press(page, page.get_by_role("link", name=words(look, "traceability.request.disclose")))
    expect(page.get_by_role("row").nth(1)).to_be_visible()
    for path in ("/parts", "/footprints", "/requests", "/notifications"):
        page.goto(re.sub(r"(//[^/]+)/.*", r"\1" + path, page.url))
        seen(page)
        expect(page.get_by_role("row").nth(1)).to_be_visible()


def test_without_scripts_one_reads_and_answers(enter: Enter, demo: Demo) -> None:
    customer = enter("vehicle")
    address = request_on(customer, "車軸 plain")
    page = enter("drive", Look("ja", "phone", scripts=False)).open("/")
    expect(page.locator(".work-item").first).to_be_visible()
    page.goto(demo.base + address)
    page.locator("#f-trace_id").select_option(label="AX plain")
    page.locator("form[action$='/link'] button").click()
    expect(page.get_by_text("「AX plain」を紐付けました。")).to_be_visible()
    page.get_by_role("link", name="CFPを登録する", exact=True).click()
    page.locator("#f-main_production").fill("7")
    page.locator("form[action$='/footprint/edit'] .form-acts button").click()
    expect(page.locator(".figure")).to_contain_text("7")


def to(page: Page, what: Locator, most: int = 60) -> None:
    """Go there by the Tab key, with the focus in sight all the way."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if what.evaluate("element => element === document.activeElement"):
            ring = what.evaluate("element => getComputedStyle(element).outlineStyle")
            assert ring != "none", "the focus is not seen"
            return
    raise AssertionError(f"the Tab key never came to {what}")


def key(page: Page, name: str) -> None:
    """A key that leads on to another page."""
    with page.expect_navigation():
        page.keyboard.press(name)
    ready(page)


def test_by_keyboard_alone_one_finds_the_request_on_the_front_page_and_answers_it(enter: Enter) -> None:
    page = enter("drive").open("/")
    to(page, page.locator(".work-title", has_text="「車軸 keys」"), most=90)
    key(page, "Enter")
    to(page, page.locator("#f-trace_id"))
    page.keyboard.type("AX keys")
    expect(page.locator("#f-trace_id option:checked")).to_have_text("AX keys")
    to(page, submit_of(page, "/link"))
    key(page, "Enter")
    to(page, page.get_by_role("link", name="CFPを登録する", exact=True))
    key(page, "Enter")
    to(page, page.locator("#f-main_production"))
    page.keyboard.type("3.25")
    page.keyboard.press("Enter")
    expect(page.locator(".figure")).to_contain_text("3.25")


def test_by_keyboard_alone_one_edits_a_part_and_its_rows(enter: Enter) -> None:
    page = enter("steel").open("/parts/new")
    to(page, page.locator("#f-name"))
    page.keyboard.type("鍵の鋼板")
    to(page, page.locator("#f-children-0-name"))
    page.keyboard.type("鉄鉱石")
    to(page, page.locator("#f-children-0-amount"))
    page.keyboard.type("1.5")
    to(page, page.locator("[data-row-add]"))
    page.keyboard.press("Enter")
    page.keyboard.type("石灰石")
    to(page, page.locator("#f-children-1-amount"))
    page.keyboard.type("0.2")
    to(page, submit_of(page, "/parts/new"))
    key(page, "Enter")
    expect(page.get_by_role("row", name="石灰石")).to_contain_text("0.2")
