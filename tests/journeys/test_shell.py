"""The shell in a real browser: looks, keys, behaviours, and what is left without scripts."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.journeys.browser import SHADES, Look, Reader, axe_clean, fits, ready, until, weight
from tests.journeys.conftest import Readers

pytestmark = pytest.mark.browser

DESKTOP = Look("ja", "desktop")


@pytest.fixture
def page(readers: Readers) -> Page:
    return readers(DESKTOP).open("/ui")


@pytest.mark.parametrize("look", SHADES, ids=str)
def test_every_component_is_accessible_in_every_look(reader: Reader) -> None:
    page = reader.open("/ui")
    fits(page)
    axe_clean(page)
    for disclosure in page.locator("main details:not([open]) > summary").all():
        if disclosure.is_visible():
            disclosure.click()
    page.keyboard.press("Escape")
    axe_clean(page)


@pytest.mark.parametrize("look", SHADES, ids=str)
@pytest.mark.parametrize("path, who", [("/fail/404", "admin"), ("/fail/500", "stranger")])
def test_pages_that_say_no_are_accessible(reader: Reader, path: str, who: str) -> None:
    reader.cookie("as", who)
    page = reader.open(path)
    fits(page)
    axe_clean(page)


def test_a_page_speaks_the_readers_language(reader: Reader, look: Look) -> None:
    page = reader.open("/ui")
    assert page.locator("html").get_attribute("lang") == look.language
    expect(page.get_by_role("heading", level=1)).to_contain_text("部品帖" if look.language == "ja" else "Components")


def test_the_language_switch_stays_on_the_page(readers: Readers) -> None:
    page = readers(DESKTOP).open("/ui?sort=name")
    page.locator(".top-language").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert page.url.endswith("/ui?sort=name")


def test_the_skip_link_is_the_first_stop_and_leads_to_the_content(page: Page) -> None:
    page.locator("body").evaluate("body => { document.activeElement.blur(); window.scrollTo(0, 0) }")
    page.goto(page.url.split("#")[0].replace("/ui", "/fail/404"))
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_the_company_menu_opens_and_closes_by_key_and_gives_the_focus_back(page: Page) -> None:
    summary = page.locator(".company-menu > summary")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="人と権限")).to_be_visible()
    axe_clean(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="人と権限")).to_be_hidden()
    expect(summary).to_be_focused()


def test_the_company_menu_closes_by_a_click_elsewhere(page: Page) -> None:
    page.locator(".company-menu > summary").click()
    page.locator("h1").click()
    expect(page.locator(".company-menu")).not_to_have_attribute("open", "")


def test_the_focus_is_always_seen(page: Page) -> None:
    page.goto(page.url.replace("/ui", "/fail/404"))
    for _ in range(12):
        page.keyboard.press("Tab")
        ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert ring == "solid", page.evaluate("document.activeElement.outerHTML.slice(0, 120)")


def test_control_k_goes_to_the_search(page: Page) -> None:
    page.keyboard.press("Control+k")
    expect(page.locator("[data-search]")).to_be_focused()
    expect(page.locator("[data-search-key]")).to_have_text("Ctrl K")


def test_a_rounded_figure_shows_its_exact_value_on_focus(page: Page) -> None:
    figure = page.locator(".figure .quantity[data-exact]").first
    figure.focus()
    assert "64.990381264" in figure.evaluate("element => getComputedStyle(element, '::after').content")


def test_a_word_of_the_trade_explains_itself(page: Page) -> None:
    page.get_by_role("button", name=re.compile("健全度")).click()
    panel = page.locator(".term-panel")
    expect(panel).to_be_visible()
    expect(panel).to_contain_text("新品のとき")
    axe_clean(page)
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def test_where_a_number_comes_from_is_one_click_away(page: Page) -> None:
    page.get_by_text("この数字の根拠").click()
    expect(page.get_by_text("欧州 方法論案 0.3 版（未採択）")).to_be_visible()


def test_the_message_after_an_action_can_be_dismissed_and_undone(readers: Readers) -> None:
    reader = readers(DESKTOP)
    page = reader.open("/fail/404")
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<form id=x method=post action=/answer></form>'); x.submit()"
    )
    flash = page.locator("[data-flash]")
    expect(flash).to_contain_text("合計値だけを見られます")
    ready(page)
    axe_clean(page)
    expect(flash.get_by_role("button", name="取り消す")).to_be_visible()
    flash.get_by_role("button", name="閉じる").click()
    expect(flash).to_have_count(0)


def test_what_cannot_be_undone_wakes_only_when_the_thing_is_named(page: Page) -> None:
    form = page.locator("form[data-confirm-name]")
    button = form.get_by_role("button")
    expect(button).to_be_disabled()
    form.get_by_role("textbox").fill("PK-96S2")
    expect(button).to_be_disabled()
    form.get_by_role("textbox").fill(" PK-96S2P ")
    expect(button).to_be_enabled()


def test_rows_are_added_and_taken_away_and_the_sum_follows_exactly(page: Page) -> None:
    editor = page.locator("form[data-totals]")
    total = editor.locator("output")
    expect(total).to_have_text("21.52")
    editor.get_by_role("button", name="行を追加").click()
    expect(editor.locator("[name='child-2-name']")).to_be_focused()
    editor.locator("[name='child-2-amount']").fill("0.1")
    editor.locator("[name='child-1-amount']").fill("0.2")
    expect(total).to_have_text("18.72")
    editor.locator("[name='child-2-amount']").fill("1,000.００１")
    expect(total).to_have_text("1,018.621")
    editor.locator("[name='child-2-amount']").fill("abc")
    expect(total).to_have_text("—")
    editor.get_by_role("button", name="この行を削除").last.click()
    expect(total).to_have_text("18.62")
    expect(editor.locator("[data-row]")).to_have_count(2)


def test_a_draft_is_offered_again_and_never_put_in_unasked(readers: Readers) -> None:
    reader = readers(DESKTOP)
    page = reader.open("/ui")
    page.locator("#f-message").fill("来週までに根拠を送ります。")
    until(page, "Object.keys(localStorage).some(key => key.endsWith(':style'))")
    page.close()
    again = reader.open("/ui")
    expect(again.locator("#f-message")).to_have_value("")
    again.get_by_role("button", name="続きから書く").click()
    expect(again.locator("#f-message")).to_have_value("来週までに根拠を送ります。")


def test_a_draft_is_not_offered_to_another_person_and_is_gone_after_signing_out(readers: Readers) -> None:
    reader = readers(DESKTOP)
    page = reader.open("/ui")
    page.locator("#f-message").fill("社外秘")
    until(page, "Object.keys(localStorage).some(key => key.endsWith(':style'))")
    page.close()
    reader.cookie("as", "stranger")
    other = reader.open("/ui")
    expect(other.locator("[data-draft-offer]")).to_be_hidden()
    other.close()
    reader.cookie("as", "admin")
    page = reader.open("/ui")
    page.locator(".company-menu > summary").click()
    page.get_by_role("button", name="サインアウト").click()
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('meguri-draft')).length") == 0


def test_a_form_is_sent_once_however_often_the_button_is_pressed(page: Page) -> None:
    page.evaluate(
        """() => { window.sent = 0;
        const form = document.querySelector('form[data-confirm-name]');
        form.addEventListener('submit', event => {
            if (event.defaultPrevented) return;
            window.sent += 1;
            event.preventDefault();
        }); }"""
    )
    form = page.locator("form[data-confirm-name]")
    form.get_by_role("textbox").fill("PK-96S2P")
    form.get_by_role("button").dblclick()
    assert page.evaluate("window.sent") == 1


def test_the_tree_is_walked_by_arrow_keys(page: Page) -> None:
    first = page.locator(".tree summary").first
    first.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".tree details").first).not_to_have_attribute("open", "")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tree summary").nth(1)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(first).to_be_focused()
    page.get_by_role("button", name="すべて閉じる").click()
    expect(page.locator(".tree details[open]")).to_have_count(0)


@pytest.mark.parametrize(
    "chart, drawn", [("meguri-bars", "rect"), ("meguri-waterfall", "rect"), ("meguri-band", "polygon")]
)
def test_a_chart_is_drawn_over_its_table(page: Page, chart: str, drawn: str) -> None:
    element = page.locator(chart)
    expect(element.locator(f"svg[role=img] {drawn}").first).to_be_visible()
    expect(element.locator("table")).to_be_hidden()
    element.get_by_text("表で見る").click()
    expect(element.locator("table")).to_be_visible()


def test_bars_are_as_long_as_their_values(page: Page) -> None:
    widths = page.locator("meguri-bars rect").evaluate_all("all => all.map(each => Number(each.getAttribute('width')))")
    values = [41.2, 22.86, 3.104, 4.9, 6.2]
    assert [width / widths[0] for width in widths] == pytest.approx([value / values[0] for value in values], rel=0.01)


def test_a_chart_is_saved_as_csv_that_no_spreadsheet_runs(page: Page, tmp_path: Path) -> None:
    page.locator("meguri-waterfall tbody th").nth(1).evaluate("cell => { cell.textContent = '=HYPERLINK(\"x\")' }")
    with page.expect_download() as download:
        page.locator("meguri-waterfall").get_by_role("button", name="CSV で保存").click()
    file = tmp_path / "chart.csv"
    download.value.save_as(file)
    lines = file.read_text("utf-8-sig").splitlines()
    assert lines[1] == "前回の宣言,71.8"
    assert lines[2] == '"\'=HYPERLINK(""x"")",-6.31'
    assert download.value.suggested_filename == "前回から何が変わったか.csv"


def test_moments_lately_are_told_relative_and_in_full_on_pointing(page: Page) -> None:
    told = page.locator("time[data-relative]").first
    expect(told).to_have_text("3 時間前")
    assert re.fullmatch(r"\d{4}年\d+月\d+日 \d\d:\d\d JST", told.get_attribute("title") or "")


def test_without_scripts_the_page_reads_whole(readers: Readers) -> None:
    page = readers(Look("ja", "desktop", scripts=False)).open("/ui")
    expect(page.locator("meguri-bars table")).to_be_visible()
    expect(page.locator("time[data-relative]").first).to_contain_text("JST")
    expect(page.locator("form[data-confirm-name] button")).to_be_enabled()
    page.locator(".company-menu > summary").click()
    expect(page.get_by_role("link", name="人と権限")).to_be_visible()
    expect(page.get_by_role("button", name="CSV で保存")).to_have_count(0)


def test_on_a_phone_fingers_can_hit_what_they_aim_at(readers: Readers) -> None:
    page = readers(Look("ja", "phone")).open("/ui")
    small = page.locator("main a.button, main button:not(.term), .top a, .top summary").evaluate_all(
        "all => all.filter(each => each.checkVisibility()).map(each => [each.outerHTML.slice(0, 80), each.getBoundingClientRect()])"
        ".filter(([, box]) => box.height < 36).map(([html]) => html)"
    )
    assert small == []


def test_on_a_phone_the_cells_of_a_table_bear_their_columns_name(readers: Readers) -> None:
    page = readers(Look("ja", "phone")).open("/ui")
    cell = page.locator(".table-stack td").first
    assert cell.evaluate("cell => getComputedStyle(cell, '::before').content") == '"取引先"'


def test_on_paper_only_the_content_is_printed(page: Page) -> None:
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.locator(".top")).to_be_hidden()
    expect(page.locator(".foot")).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_a_page_weighs_little(readers: Readers) -> None:
    page = readers(DESKTOP).open("/fail/404")
    page.wait_for_load_state("networkidle")
    assert weight(page) < 80_000
