"""A browser for the journeys.

browser     Debian's Chromium, one for the run; without it these tests are skipped, with the reason
look        the ways of looking: Japanese and English, desktop and phone (each test runs for all four)
reader      opens pages of `site` as `look` says; complaints in the console fail the test
readers     makes further readers: `readers(Look(...), base)`
site        the address to look at; a file of tests overrides it with its own
"""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright
from tests.journeys.browser import CHROMIUM, LOOKS, Look, Reader, launch, new_reader, serving
from tests.ui.showcase import build

Readers = Callable[..., Reader]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("Chromium is missing: apt-get install chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        found = launch(playwright)
        yield found
        found.close()


@pytest.fixture(scope="session")
def showcase() -> Iterator[str]:
    """The shell alone, with the page of components."""
    with serving(build()) as base:
        yield base


@pytest.fixture
def site(showcase: str) -> str:
    return showcase


@pytest.fixture(params=LOOKS, ids=str)
def look(request: pytest.FixtureRequest) -> Look:
    found: Look = request.param
    return found


@pytest.fixture
def readers(browser: Browser, site: str) -> Iterator[Readers]:
    made: list[Reader] = []

    def make(look: Look = LOOKS[0], base: str | None = None) -> Reader:
        made.append(new_reader(browser, base or site, look))
        return made[-1]

    yield make
    complaints = [complaint for reader in made for complaint in reader.complaints]
    for reader in made:
        reader.context.close()
    assert not complaints, "the console complained:\n" + "\n".join(complaints)


@pytest.fixture
def reader(readers: Readers, look: Look) -> Reader:
    return readers(look)
