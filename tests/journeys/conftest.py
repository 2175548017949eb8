"""A browser for the journeys.

browser     Debian's Chromium, one for the run; without it these tests are skipped, with the reason
look        the ways of looking: Japanese and English, desktop and phone (each test runs for all four)
reader      opens pages of `site` as `look` says; complaints in the console fail the test
readers     makes further readers: `readers(Look(...), base)`
demo        `meguri demo` in a process of its own: one for the whole run, for starting it takes longer than most journeys;
            a file of tests sets its scene in it by `async def scene(play)`, under names of its own
enter       `enter("pack", look)`: a reader who is signed in as the administrator of a demo company
site        the address to look at: the shell alone, or with `pytest.mark.on_the_demo` the demo; a file may override it
"""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright
from tests.journeys.browser import CHROMIUM, LOOKS, Look, Reader, launch, new_reader, serving
from tests.journeys.demo import Demo, demo_site
from tests.ui.showcase import build

Readers = Callable[..., Reader]
Enter = Callable[..., Reader]


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


@pytest.fixture(scope="session")
def running_demo() -> Iterator[Demo]:
    with demo_site() as running:
        yield running


@pytest.fixture(scope="module")
def demo(request: pytest.FixtureRequest, running_demo: Demo) -> Demo:
    scene = getattr(request.module, "scene", None)
    if scene is not None:
        running_demo.stage(scene)
    return running_demo


@pytest.fixture
def enter(demo: Demo, readers: Readers) -> Enter:
    def make(company: str, look: Look = LOOKS[0]) -> Reader:
        return demo.sign_in(readers(look), company)

    return make


@pytest.fixture
def site(request: pytest.FixtureRequest) -> str:
    if request.node.get_closest_marker("on_the_demo"):
        found: Demo = request.getfixturevalue("demo")
        return found.base
    shell: str = request.getfixturevalue("showcase")
    return shell


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
