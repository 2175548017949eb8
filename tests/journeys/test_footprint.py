"""A parts maker's worksheet from a clean start to a published declaration on paper, and what helps on the way."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, expect
from tests.journeys.browser import LOOKS, Look, Reader, axe_clean, fits, ready

from meguri.kernel import clock
from meguri.ui.words import say

pytestmark = [pytest.mark.browser, pytest.mark.on_the_demo]

Enter = Callable[..., Reader]
NUMBER_OF_REFINER = "1500001900006"
SIDES = [LOOKS[0], next(look for look in LOOKS if look.language == "en" and look.device == "phone")]


def send(page: Page, action: str) -> None:
    """Send the form with this address."""
    page.locator(f"form[action^='{action}'][method=post] .form-acts button[type=submit]").first.click()
    ready(page)


def go(page: Page, path: str) -> None:
    page.goto(urljoin(page.url, path))
    ready(page)


def factor(page: Page, name: str, value: str, valid_to: str = "") -> None:
    go(page, "/factors")
    form = page.locator("form[action='/factors'][method=post]")
    for field, typed in (
        ("id", name),
        ("name", name),
        ("value", value),
        ("source", "Lab"),
        ("licence", "own"),
        ("unit", "kg"),
    ):
        form.locator(f"[name='{field}']").fill(typed)
    if valid_to:
        form.locator("[name='valid_to']").fill(valid_to)
    form.locator("[name='primary']").check()
    form.locator(".form-acts button[type=submit]").click()
    expect(page.locator(".flash-happened")).to_be_visible()
    ready(page)


@pytest.mark.parametrize("look", SIDES, ids=str)
def test_a_worksheet_becomes_a_published_declaration(enter: Enter, look: Look) -> None:
    reader = enter("separator", look)
    page = reader.open("/worksheets")
    language, model = look.language, f"S9-{look.device}"
    axe_clean(page)
    factor(page, f"own-{look.device}", "2")
    factor(page, f"old-{look.device}", "2", valid_to="2020-01-01")

    go(page, "/worksheets/new")
    page.locator("[name='trace_id']").select_option(index=1)
    page.locator("[name='template']").check()
    axe_clean(page)
    send(page, "/worksheets/new")
    sheet = page.url.partition("#")[0]
    rows = page.locator("[data-row]")
    own = [n for n in range(rows.count()) if page.locator(f"[name='lines-{n}-process']").input_value()]
    assert len(own) == 12

    first = own[0]
    for n in own:
        page.locator(f"[name='lines-{n}-amount']").fill("100")
        page.locator(f"[name='lines-{n}-factor']").fill(f"own-{look.device}")
    for field, typed, words in (
        ("unit", "kWh", "kWh"),
        ("amount", "-5", "≥ 0"),
        ("factor", f"ow-{look.device}", f"own-{look.device}"),
    ):
        kept = page.locator(f"[name='lines-{first}-{field}']").input_value()
        page.locator(f"[name='lines-{first}-{field}']").fill(typed)
        send(page, "/worksheets/")
        expect(page.locator(".notice-attention").first).to_contain_text(words)
        assert page.locator(f"[name='lines-{first}-{field}']").input_value() == typed  # the input is kept
        page.locator(f"[name='lines-{first}-{field}']").fill(kept)
    page.locator(f"[name='lines-{first}-factor']").fill(f"old-{look.device}")
    send(page, "/worksheets/")
    expired = {"ja": "有効期間外", "en": "outside its validity"}[language]
    expect(page.locator(".notice-attention").first).to_contain_text(expired)
    page.locator(f"[name='lines-{first}-factor']").fill(f"own-{look.device}")

    page.locator("[name='profile']").select_option("ev")
    page.locator("[name='category']").select_option("M1")
    page.locator("[name='capacity_kwh']").fill("60")
    page.locator("[name='warranty_years']").fill("8")
    send(page, "/worksheets/")
    expect(page.locator(".figure-value").nth(1)).to_contain_text("0.0833")
    fits(page)
    axe_clean(page)
    page.locator("a[href*='/line?line=']").first.click()
    ready(page)
    fits(page)
    axe_clean(page)
    for field in ("ter", "ger", "tir"):
        page.locator(f"[name='{field}']").fill("2")
    send(page, "/worksheets/")
    expect(page.locator(".flash-happened")).to_be_visible()
    go(page, f"{sheet}/analysis")
    fits(page)
    axe_clean(page)
    go(page, sheet)
    page.locator("form[action$='/compute'] button").click()
    ready(page)

    page.locator("a[href^='/declarations/new']").click()
    page.locator("[name='model']").fill(model)
    page.locator("[name='eu_declaration_number']").fill("DoC-1")
    send(page, "/declarations/new")
    expect(page.locator(".notice-attention")).to_contain_text("https://")  # the link to the study is missing
    page.locator("a[href$='/edit']").click()
    page.locator("[name='study_link']").fill("https://separator.example/study")
    send(page, "/declarations/")
    expect(page.locator(".notice-ok")).to_be_visible()
    axe_clean(page)
    for act in ("submit", "review"):
        page.locator(f"form:has(input[value='{act}']) .form-acts button").click()
        ready(page)
    page.locator("[name='confirm']").fill(model)
    page.locator("form.confirm .form-acts button").click()
    ready(page)
    expect(page.locator(".flash-happened")).to_contain_text(model)
    expect(page.locator(".flash-seen")).to_have_text(say("footprint.decl.seen_by_all", language))

    declaration = page.url.partition("?")[0].partition("#")[0]
    go(page, page.locator("a[href^='/published/declarations/']").first.get_attribute("href") or "")
    fits(page)
    axe_clean(page)
    expect(page.locator(".figure-value")).to_contain_text("0.0833")
    there = page.locator("a[href*='declaration.pdf']").first.get_attribute("href") or ""
    paper = page.request.get(urljoin(page.url, there))
    assert paper.headers["content-type"] == "application/pdf"
    assert paper.body().startswith(b"%PDF-")
    verified_by_another_company(enter, page, look, declaration)


def verified_by_another_company(enter: Enter, page: Page, look: Look, declaration: str) -> None:
    """The declaration's verifier is invited, finds something, and the maker sees it."""
    go(page, f"{declaration}/verifiers")
    fits(page)
    axe_clean(page)
    page.locator("[name='company']").fill(NUMBER_OF_REFINER)
    page.locator("[name='until']").fill((clock.today() + timedelta(days=30)).isoformat())
    send(page, "/declarations/")
    verifier = enter("refiner", look).open("/verifying")
    fits(verifier)
    axe_clean(verifier)
    verifier.locator("a[href^='/verifying/']").first.click()
    ready(verifier)
    expect(verifier.locator(".notice-ok").first).to_have_text(say("footprint.verifying.hash_holds", look.language))
    fits(verifier)
    axe_clean(verifier)
    verifier.locator("[name='words']").fill("invoice?")
    send(verifier, "/verifying/")
    go(page, f"{declaration}/verifiers")
    fits(page)
    axe_clean(page)
    expect(page.locator("textarea[name^='reply-']")).to_be_visible()
