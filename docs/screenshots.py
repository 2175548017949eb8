"""The pictures of the main pages, taken anew from the demo: `make screenshots`."""

import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from tests.journeys.browser import LOOKS, Look, launch, new_reader
from tests.journeys.demo import Demo, demo_site, open_requests

from meguri.commands.demo.play import Play

IMAGES = Path(__file__).parent / "images"
PACK = "電池パック BP-75"


async def scene(play: Play) -> None:
    """Requests that still wait, so that the pages show work to do."""
    await open_requests(play, "電気自動車 M2", [("後輪駆動ユニット", "drive", "電動駆動ユニット DU-90")], 12)
    await open_requests(play, "商用車 T1", [("商用車用電池パック", "pack", "電池パック BP-110")], 5)


def shoot(browser: Browser, demo: Demo, look: Look) -> None:
    """All ten pages in one look."""
    door = new_reader(browser, demo.base, look)
    keep(door.open("/sign-in"), "sign-in", look)
    door.context.close()
    reader = demo.sign_in(new_reader(browser, demo.base, look), "pack")
    page = reader.open("/parts")
    keep(page, "parts", look)
    own = page.get_by_role("link", name=PACK, exact=True).get_attribute("href") or ""
    page.goto(f"{demo.base}/requests/received")
    waiting = page.get_by_role("link", name="商用車用電池パック", exact=True).get_attribute("href") or ""
    paths = {
        "home": "/",
        "part": own,
        "footprint": f"{own}/footprint",
        "declare": f"{own}/footprint/edit",
        "tree": f"{own}/tree",
        "requests": "/requests/received",
        "request": waiting,
        "company": "/company",
    }
    for name, path in paths.items():
        page.goto(demo.base + path)
        keep(page, name, look)
    reader.context.close()


def keep(page: Page, name: str, look: Look) -> None:
    """One picture, of what is seen without scrolling."""
    page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / f"{name}-{look.language}-{look.device}.png", animations="disabled")


def main() -> int:
    """All pages in all looks."""
    IMAGES.mkdir(exist_ok=True)
    with demo_site() as demo:
        demo.stage(scene)
        with sync_playwright() as playwright:
            browser = launch(playwright)
            for look in LOOKS:
                shoot(browser, demo, look)
            browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
