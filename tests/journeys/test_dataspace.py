"""The data space as people see it: what is offered, to whom, and how an offer is made and taken back."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.journeys.browser import Look, Reader
from tests.journeys.conftest import Readers
from tests.journeys.demo import Demo, demo_site
from tests.journeys.test_exchange import press, seen, submit_of, words

pytestmark = pytest.mark.browser
Enter = Callable[..., Reader]
HOME = "/keys/dataspace"


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with demo_site() as running:
        yield running


@pytest.fixture
def site(demo: Demo) -> str:
    return demo.base


@pytest.fixture
def enter(demo: Demo, readers: Readers) -> Enter:
    def make(company: str, look: Look) -> Reader:
        return demo.sign_in(readers(look), company)

    return make


def keep(page: Page, name: str, look: Look) -> None:
    """A picture, when somebody wants to look: MEGURI_TEST_PICTURES names a folder."""
    folder = os.environ.get("MEGURI_TEST_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}-{look}.png", full_page=True)


def test_an_offer_is_made_seen_and_taken_back(enter: Enter, look: Look) -> None:
    reader = enter("cell", look)
    for path in ("", "/agreements", "/partners", "/nodes"):
        page = seen(reader.open(HOME + path))
        keep(page, f"dataspace{path.replace('/', '-')}", look)
        page.close()
    page = seen(reader.open(f"{HOME}/offer"))
    page.locator("#f-part").select_option(label="セル C-216")
    page.locator("#f-partner").select_option(index=1)
    page.locator("#f-calls").fill("3")
    keep(page, "dataspace-offer", look)
    press(page, submit_of(page, "/offer"))
    expect(page.get_by_text(words(look, "dataspaces.offer.saved"))).to_be_visible()
    before = page.locator("tbody tr").count()
    press(page, page.get_by_role("button", name=words(look, "dataspaces.offers.withdraw")).first)
    assert page.locator("tbody tr").count() == before - 1
