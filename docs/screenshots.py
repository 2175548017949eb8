"""The pictures of the main pages, taken anew from the demo: `make screenshots`.

Each in Japanese and English, on a desktop and on a phone, of what is seen without scrolling; with 64 colours, which a page of
words and lines loses nothing by.
"""

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from tests.journeys.browser import LOOKS, Look, Reader, launch, new_reader, settled
from tests.journeys.demo import Demo, demo_site, open_requests

from meguri.commands.demo import mail_of
from meguri.commands.demo.play import Play
from meguri.identity import service as identity
from meguri.kernel.scope import PlatformRole

IMAGES = Path(__file__).parent / "images"
COLOURS = 64
PACK = "電池パック BP-75"

# name: (company that looks, address). A path ending in "→ selector" is that of the first link that the selector finds there.
ROOMS: dict[str, tuple[str, str]] = {
    "home": ("vehicle", "/"),
    "parts": ("pack", "/parts"),
    "requests": ("pack", "/requests/received"),
    "request": ("pack", "/requests/received → tbody th a"),
    "table": ("pack", "/requests/received/table"),
    "company": ("pack", "/company"),
    "worksheet": ("pack", "/worksheets → tbody th a"),
    "declaration": ("pack", "/declarations → tbody th a"),
    "passports": ("pack", "/passports"),
    "passport": ("pack", "/passports?q=MG26S → tbody th a"),
    "diligence": ("cathode", "/diligence"),
    "chain-map": ("cathode", "/diligence/map"),
    "reuse": ("reuse", "/reuse"),
    "battery": ("reuse", "/reuse → a[href^='/reuse/batteries/']"),
    "deal": ("reuse", "/reuse → a[href^='/reuse/custody/']"),
    "market": ("vehicle", "/reuse/market"),
    "health": ("reuse", "/health → a[href^='/health/batteries/']:has-text('EV-PACK')"),
    "recycling": ("recycler", "/recycling"),
    "rates": ("recycler", "/recycling/rates"),
    "content": ("pack", "/recycling/content"),
    "dataspace": ("cell", "/keys/dataspace"),
    "desk": ("steel", "/platform"),
    "glossary": ("pack", "/glossary"),
    "glossary-entry": ("pack", "/glossary/rate_capability"),
}
PUBLIC = {
    "sign-in": "/sign-in",
    "passport-public": "/01/09521234567899/21/MG26A000001",
    "verify": "/verify",
}


async def scene(play: Play) -> None:
    """Requests that still wait, so that the pages show work to do, and somebody who runs the platform."""
    await open_requests(play, "電気自動車 M2", [("後輪駆動ユニット", "drive", "電動駆動ユニット DU-90")], 12)
    await open_requests(play, "商用車 T1", [("商用車用電池パック", "pack", "電池パック BP-110")], 5)
    await identity.set_platform_role(play.db, mail_of("steel"), PlatformRole.PLATFORM_OPERATOR)


def shoot(browser: Browser, demo: Demo, look: Look) -> None:
    """All pages in one look."""
    door = new_reader(browser, demo.base, look)
    for name, path in PUBLIC.items():
        keep(_at(door, path), name, look)
    door.context.close()
    for company in dict.fromkeys(company for company, _ in ROOMS.values()):
        reader = demo.sign_in(new_reader(browser, demo.base, look), company)
        for name, (whose, path) in ROOMS.items():
            if whose == company:
                keep(_at(reader, path), name, look)
        if company == "pack":
            own = _at(reader, f"/parts → tbody th a:has-text('{PACK}')")
            for name, rest in (
                ("part", ""),
                ("footprint", "/footprint"),
                ("declare", "/footprint/edit"),
                ("tree", "/tree"),
            ):
                keep(_at(reader, own.url.removeprefix(demo.base) + rest), name, look)
        reader.context.close()


def _at(reader: Reader, path: str) -> Page:
    """A page at an address, or at the first link found there."""
    where, _, link = path.partition(" → ")
    page = reader.context.new_page()
    page.goto(reader.base + where)
    if link:
        page.goto(reader.base + (page.locator(link).first.get_attribute("href") or ""))
    return page


def keep(page: Page, name: str, look: Look) -> None:
    """One picture, of what is seen without scrolling."""
    if page.locator("script[type=module]").count():
        settled(page)
    taken = page.screenshot(animations="disabled")
    with Image.open(io.BytesIO(taken)) as picture:
        few = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        few.save(IMAGES / f"{name}-{look.language}-{look.device}.png", optimize=True)
    page.close()


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
