"""What the browser tests share: how to look, a server to look at, and what every page must keep to."""

import asyncio
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from granian.constants import Interfaces
from granian.server.embed import Server
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright

from meguri.kernel.text import Language

_INSTALLED = (Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium"))
CHROMIUM = next((one for one in _INSTALLED if one.exists()), _INSTALLED[-1])
"""Debian's Chromium: without the windows that nobody sees where that package is there (it takes half the processor time)."""
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
VIEWPORTS = {"desktop": (1280, 900), "phone": (390, 844)}
LOCALES: dict[Language, str] = {"ja": "ja-JP", "en": "en-GB"}


@dataclass(frozen=True)
class Look:
    """How a reader comes: language, device, light or dark, with or without scripts."""

    language: Language = "ja"
    device: str = "desktop"
    dark: bool = False
    scripts: bool = True

    def __str__(self) -> str:
        return "-".join(
            [self.language, self.device, *(["dark"] if self.dark else []), *([] if self.scripts else ["plain"])]
        )


LOOKS = [Look("ja", "desktop"), Look("en", "desktop"), Look("ja", "phone"), Look("en", "phone")]
SHADES = [*LOOKS, Look("ja", "desktop", dark=True), Look("en", "phone", dark=True)]


@dataclass
class Reader:
    """A browser of one person: its pages come in the person's language, and every complaint of theirs is kept."""

    context: BrowserContext
    base: str
    look: Look
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """A new page at `path`, when its behaviours have started."""
        page = self.context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.goto(self.base + path)
        if self.look.scripts:
            ready(page)
        return page

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.complaints.append(f"{message.location.get('url')}: {message.text}")

    def cookie(self, name: str, value: str) -> None:
        """Set a cookie of the site."""
        self.context.add_cookies([{"name": name, "value": value, "url": self.base}])


def ready(page: Page) -> None:
    """Wait until the scripts of a page have started."""
    page.wait_for_selector("html[data-ready]", state="attached")


def settled(page: Page) -> None:
    """Wait until a page has started and nothing that it asked for by itself is still on its way."""
    ready(page)
    until(page, "!document.querySelector('.htmx-request')")


def until(page: Page, condition: str, seconds: float = 5) -> None:
    """Wait until the JavaScript expression `condition` holds (the page's policy forbids Playwright's own way)."""
    end = time.monotonic() + seconds
    while not page.evaluate(condition):
        assert time.monotonic() < end, f"never became true: {condition}"
        page.wait_for_timeout(50)


def launch(playwright: Playwright) -> Browser:
    """Debian's Chromium."""
    return playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)


def new_reader(browser: Browser, base: str, look: Look) -> Reader:
    """A fresh browser profile that looks as `look` says at the site `base`."""
    width, height = VIEWPORTS[look.device]
    phone = look.device == "phone"
    context = browser.new_context(
        viewport={"width": width, "height": height},
        locale=LOCALES[look.language],
        timezone_id="Asia/Tokyo",
        color_scheme="dark" if look.dark else "light",
        java_script_enabled=look.scripts,
        is_mobile=phone,
        has_touch=phone,
    )
    context.set_default_timeout(10_000)
    return Reader(context, base, look)


def axe_clean(page: Page) -> None:
    """Fails with every violation of WCAG 2.2 A and AA and of axe's best practices on the page as it is now."""
    found = Axe().run(page)
    told = [
        f"{rule['id']} ({rule['impact']}): {rule['help']}\n    "
        + "\n    ".join(node["html"][:160] for node in rule["nodes"])
        for rule in found.response["violations"]
    ]
    assert not told, f"{page.url}\n" + "\n".join(told)


def fits(page: Page) -> None:
    """Fails if the page must be scrolled sideways."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{page.url} is too wide"


def weight(page: Page) -> int:
    """Bytes that came over the wire for the page and all it loaded."""
    entries = "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
    return int(page.evaluate(f"{entries}.reduce((all, each) => all + each.transferSize, 0)"))


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(app: Any, port: int | None = None) -> Iterator[str]:
    """The ASGI `app` on a port of its own, in a thread of this process; gives its address, and ends with the context."""
    port = port or free_port()
    server = Server(app, "127.0.0.1", port, interface=Interfaces.ASGI, log_enabled=False)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    base = f"http://127.0.0.1:{port}"
    _wait_for(base)
    try:
        yield base
    finally:
        server.stop()
        thread.join(10)


def _wait_for(base: str) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            urllib.request.urlopen(base + "/favicon.ico", timeout=1).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
