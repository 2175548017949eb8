"""The data space as people see it: what is offered, to whom, and how an offer is made and taken back."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.journeys.browser import Look, Reader
from tests.journeys.test_exchange import press, seen, words

pytestmark = [pytest.mark.browser, pytest.mark.on_the_demo]
Enter = Callable[..., Reader]
HOME = "/keys/dataspace"


def keep(page: Page, name: str, look: Look) -> None:
    """A picture, when somebody wants to look: MEGURI_TEST_PICTURES names a folder."""
    folder = os.environ.get("MEGURI_TEST_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}-{look}.png", full_page=True)


def test_an_offer_is_made_seen_and_taken_back(enter: Enter, look: Look) -> None:
    reader = enter("cell", look)
    for path in (
        "",
        "/agreements",
        "/partners",
        "/nodes",
        "/notices",
        "/offer?kind=epcis-query",
        "/offer?kind=aas-registry",
    ):
        page = seen(reader.open(HOME + path))
        keep(page, f"dataspace{path.replace('/', '-').replace('?', '-')}", look)
        page.close()
    page = seen(reader.open(f"{HOME}/offer"))
    page.locator("#f-subject").select_option(label="セル C-216")
    page.locator("#f-partner").select_option(index=1)
    page.locator("#f-calls").fill("3")
    keep(page, "dataspace-offer", look)
    press(page, page.locator('form[method="post"][action$="/offer"] button[type="submit"]'))
    expect(page.get_by_text(words(look, "dataspaces.offer.saved"))).to_be_visible()
    before = page.locator("tbody tr").count()
    press(page, page.get_by_role("button", name=words(look, "dataspaces.offers.withdraw")).first)
    assert page.locator("tbody tr").count() == before - 1
