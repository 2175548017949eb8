"""People who come for the first time, and those who run the platform: against a demo in a process of its own."""

import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Page, expect
from tests.journeys.browser import LOOKS, Look, Reader
from tests.journeys.conftest import Readers
from tests.journeys.test_exchange import press, seen, submit_of, words

from meguri.commands.demo.play import Play
from meguri.kernel.identifiers import is_corporate_number
from meguri.kernel.units import AmountUnit
from meguri.operators import plants
from meguri.traceability import service as traceability
from meguri.traceability.model import ChildInput, PartInput

pytestmark = [pytest.mark.browser, pytest.mark.on_the_demo]

DESKTOP = LOOKS[0]
Enter = Callable[..., Reader]


async def scene(play: Play) -> None:
    """For each look a part with a component that nobody was asked about yet."""
    plant = (await play.run("vehicle", plants.all_plants))[0].plant_id
    for look in LOOKS:
        made = PartInput(plant_id=plant, name=f"試作 {look}", unit=AmountUnit.UNIT, terminated=False)
        bought = ChildInput(
            plant_id=plant, name=f"金具 {look}", unit=AmountUnit.KILOGRAM, terminated=False, amount=Decimal(2)
        )
        also = msgspec.structs.replace(bought, name=f"座金 {look}")
        await play.run("vehicle", traceability.write_structure, made, [bought, also])


def keep(page: Page, name: str, look: Look) -> None:
    """A picture, when somebody wants to look: MEGURI_TEST_PICTURES names a folder."""
    folder = os.environ.get("MEGURI_TEST_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}-{look}.png", full_page=True)


def number_of(look: Look) -> str:
    body = f"{700000000000 + LOOKS.index(look)}"
    return next(f"{digit}{body}" for digit in range(1, 10) if is_corporate_number(f"{digit}{body}"))


def test_a_supplier_without_an_account_answers_keeps_a_copy_and_joins(
    enter: Enter, readers: Readers, look: Look
) -> None:
    mail = f"tanaka.{LOOKS.index(look)}@mill.example"
    page = enter("vehicle", look).open("/parts?q=" + f"金具 {look}")
    press(page, page.get_by_role("link", name=f"金具 {look}", exact=True).first)
    trace_id = page.url.rsplit("/", 1)[1]
    page.goto(page.url.rsplit("/parts/", 1)[0] + f"/requests/new?part={trace_id}")
    press(page, page.get_by_role("link", name=words(look, "traceability.ask.guest")))
    keep(page, "guest-invite", look)
    page.locator("#f-company").fill("田中製作所")
    page.locator("#f-email").fill(mail)
    page.locator("#f-message").fill("今月中にお願いします。")
    press(page, submit_of(page, "/guests/new"))
    keep(page, "guest-link", look)
    address = "/answer/" + page.locator("dl.facts code").inner_text().rsplit("/", 1)[1]

    guest = readers(look).open(address)
    seen(guest)
    keep(guest, "guest-prove", look)
    assert "金具" not in guest.content()
    guest.locator("#f-email").fill("somebody@else.example")
    press(guest, guest.locator("form button[type=submit]"))
    expect(guest.locator(".field-error")).to_be_visible()
    guest.locator("#f-email").fill(mail)
    press(guest, guest.locator("form button[type=submit]"))
    expect(guest.locator("body")).to_contain_text(f"金具 {look}")
    keep(guest, "guest-answer", look)
    guest.locator("#f-pre_production").fill("abc")
    press(guest, submit_of(guest, "/answer"))
    expect(guest.locator("#f-pre_production")).to_have_value("abc")
    guest.locator("#f-pre_production").fill("1.5")
    guest.locator("#f-main_production").fill("2.5")
    expect(guest.locator("output[data-total=all]")).to_have_text("4")
    press(guest, submit_of(guest, "/answer"))
    expect(guest.locator("h1")).to_have_text(words(look, "guests.answer.done_title"))
    keep(guest, "guest-done", look)
    with guest.expect_download() as kept:
        guest.get_by_role("link", name=words(look, "guests.answer.copy")).click()
    assert "1.5" in kept.value.path().read_text("utf-8-sig")

    page.goto(page.url.rsplit("/guests", 1)[0] + "/guests")
    seen(page)
    keep(page, "guests", look)
    expect(page.locator("table")).to_contain_text(words(look, "guests.state.answered"))

    guest.locator("#f-corporate_number").fill(number_of(look))
    press(guest, submit_of(guest, "/answer/join"))
    guest.locator("#f-password").fill("a long and unusual sentence 42")
    press(guest, guest.locator("form button[type=submit]"))
    guest.goto(page.url.rsplit("/guests", 1)[0] + "/requests/received")
    expect(guest.locator("table")).to_contain_text(f"金具 {look}")


@pytest.mark.parametrize("seeing", [LOOKS[0], LOOKS[3]], ids=str)
def test_a_supplier_without_an_account_answers_for_due_diligence(enter: Enter, readers: Readers, seeing: Look) -> None:
    mail = f"sato.{LOOKS.index(seeing)}@mill.example"
    page = enter("vehicle", seeing).open("/parts?q=" + f"座金 {seeing}")
    press(page, page.get_by_role("link", name=f"座金 {seeing}", exact=True).first)
    press(page, page.get_by_role("link", name=words(seeing, "traceability.part.diligence"), exact=True).last)
    press(page, page.get_by_role("link", name=words(seeing, "diligence.answer.ask_guest")))
    page.locator("#f-company").fill("佐藤製作所")
    page.locator("#f-email").fill(mail)
    press(page, page.locator("main form.form button[type=submit]"))
    address = "/answer/" + page.locator("dl.facts code").inner_text().rsplit("/", 1)[1]

    guest = readers(seeing).open(address)
    guest.locator("#f-email").fill(mail)
    press(guest, guest.locator("form button[type=submit]"))
    seen(guest)
    keep(guest, "guest-dd", seeing)
    guest.get_by_label(words(seeing, "diligence.band.medium"), exact=True).check()
    guest.locator("#f-cahra_cobalt").select_option("no")
    guest.locator("#f-share_cobalt").fill("90")
    press(guest, submit_of(guest, "/answer/diligence"))
    expect(guest.locator("h1")).to_have_text(words(seeing, "diligence.guest.done_title"))
    seen(guest)
    keep(guest, "guest-dd-done", seeing)
