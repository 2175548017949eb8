"""A passport in the browser: scan with a (pretended) camera, read, change the language, ask, be granted, see more, print."""

import asyncio
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.conftest import Fresh
from tests.journeys.browser import (
    ARGUMENTS,
    CHROMIUM,
    Look,
    Reader,
    axe_clean,
    fits,
    free_port,
    new_reader,
    serving,
    weight,
)
from tests.passport.batteries import GTINS, complete

from meguri import app as composition
from meguri.identity import service as identity
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope, Role
from meguri.operators import service as operators
from meguri.operators.model import NewOperator
from meguri.passport import service
from meguri.passport.carrier import symbol_for
from meguri.passport.model import Issued, NewPassport
from meguri.settings import load
from meguri.storage import Database

pytestmark = pytest.mark.browser
PASSWORD = "correct-horse-巡り-staple"
MOST_BYTES = 150_000


@dataclass
class House:
    """A running installation with a maker, a dismantler, and a battery."""

    base: str
    maker: OperatorScope
    dismantler: OperatorScope
    battery: Issued
    settings: Any
    login: str

    def run(self, scope: OperatorScope, use_case: Any, *args: Any, **more: Any) -> Any:
        """Act through the use cases, beside the running server."""
        with ThreadPoolExecutor(1) as aside:
            return aside.submit(asyncio.run, self._run(scope, use_case, args, more)).result()

    async def _run(self, scope: OperatorScope, use_case: Any, args: Any, more: Any) -> Any:
        here, reactions = composition.installation_of(self.settings), composition.reactions(self.settings)
        async with Database(self.login, pool_size=2, installation=here, reactions=reactions) as db:
            return await db.run(scope, use_case, *args, **more)


async def _people(settings: Any, login: str, companies: dict[str, OperatorScope]) -> None:
    here, reactions = composition.installation_of(settings), composition.reactions(settings)
    async with Database(login, pool_size=2, installation=here, reactions=reactions) as db:
        identity.open_gate(db, composition.identity_settings(settings))
        for number, (name, scope) in enumerate(companies.items(), 1):
            new = NewOperator(name=name, address="東京都", open_operator_id=f"J-{number}")
            await db.run(scope, operators.register, new)
            await identity.open_access(db, scope.operator_id)
            link = await identity.add_operator_admin(db, scope.operator_id, f"p{number}@example.jp", f"担当{number}")
            await identity.accept_link(db, link.token, PASSWORD, "127.0.0.1")


@pytest.fixture(scope="module")
def house(fresh: Fresh, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    ground, port = fresh(), free_port()
    settings = load({}, data_dir=str(tmp_path_factory.mktemp("data")), secret_key="s" * 40, profile="demo", port=port)
    maker, dismantler = (OperatorScope(new_id(), "system:tests", Role.ADMIN) for _ in range(2))
    with ThreadPoolExecutor(1) as aside:
        people = _people(settings, ground.login, {"環パック株式会社": maker, "解体工業株式会社": dismantler})
        aside.submit(asyncio.run, people).result()
    with serving(composition.build(settings, ground.login), port) as base:
        made = House(base, maker, dismantler, None, settings, ground.login)  # type: ignore[arg-type]
        new = NewPassport(
            gtin=GTINS["ev"], serial="MG26A000001", values=complete("ev"), publish=True, initial_declared=True
        )
        made.battery = made.run(maker, service.issue, new, base=base)
        yield made
    fresh.drop(ground)


@contextmanager
def camera(installed: Browser, uri: str, folder: Path) -> Iterator[Browser]:
    """A browser whose camera shows the code of `uri`: a film of its picture."""
    film = folder / "camera.y4m"
    film.write_bytes(film_of(uri))
    browser = installed.browser_type.launch(
        executable_path=str(CHROMIUM),
        args=[
            *ARGUMENTS,
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-video-capture={film}",
        ],
    )
    try:
        yield browser
    finally:
        browser.close()


def film_of(uri: str, width: int = 640, height: int = 480, frames: int = 4) -> bytes:
    """A YUV4MPEG2 film: the symbol in the middle of a grey table."""
    matrix = np.array(symbol_for(uri).matrix)
    modules = np.pad(matrix, 4)
    side = (height - 40) // len(modules)
    code = np.where(modules, 16, 235).astype(np.uint8).repeat(side, axis=0).repeat(side, axis=1)
    picture = np.full((height, width), 128, dtype=np.uint8)
    top, left = (height - len(code)) // 2, (width - len(code)) // 2
    picture[top : top + len(code), left : left + len(code)] = code
    chroma = np.full(width * height // 2, 128, dtype=np.uint8)
    frame = b"FRAME\n" + picture.tobytes() + chroma.tobytes()
    return f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * frames


def photographed(page: Page, name: str) -> None:
    """A picture of the page, when somebody wants to look (`MEGURI_SHOTS` names a folder)."""
    if folder := os.environ.get("MEGURI_SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def sign_in(reader: Reader, number: int) -> None:
    page = reader.open("/sign-in")
    page.locator("#f-account").fill(f"p{number}@example.jp")
    page.locator("#f-password").fill(PASSWORD)
    page.locator("form[action='/sign-in'] .form-acts button[type=submit]").click()
    expect(page).to_have_url(reader.base + "/")
    page.close()


def test_the_page_is_readable_by_everyone_in_both_languages_on_desk_and_phone(
    house: House, readers: Any, look: Look
) -> None:
    reader = readers(look, house.base)
    page = reader.context.new_page()
    page.goto(house.battery.product_id)
    expect(page.locator("html")).to_have_attribute("lang", look.language)
    expect(page.locator("h1")).to_have_count(1)
    photographed(page, f"passport-{look}")
    axe_clean(page)
    fits(page)
    assert weight(page) < MOST_BYTES
    for other in ("de", "en" if look.language == "ja" else "ja"):
        page.locator(f".language-link[hreflang={other}]").click()
        expect(page.locator("html")).to_have_attribute("lang", other)
        fits(page)
        axe_clean(page)
    assert page.pdf().startswith(b"%PDF")


def test_the_page_needs_neither_script_nor_cookie(house: House, readers: Any) -> None:
    reader = readers(Look("ja", "phone", scripts=False), house.base)
    page = reader.context.new_page()
    page.goto(house.battery.product_id)
    expect(page.get_by_role("heading", level=2).first).to_be_visible()
    assert reader.context.cookies() == []


def test_from_the_scan_to_seeing_more(house: House, browser: Browser, tmp_path: Path) -> None:
    with camera(browser, house.battery.product_id, tmp_path) as pretending:
        reader = new_reader(pretending, house.base, Look("ja", "phone"))
        sign_in(reader, 2)
        page = reader.open("/scan")
        axe_clean(page)
        page.locator("[data-camera-start]").click()
        expect(page.locator("#found")).to_be_visible(timeout=20_000)
        photographed(page, "scan")
        page.get_by_role("link", name="開く").click()
        expect(page.locator(".passport-id").first).to_contain_text("MG26A000001")
        page.locator(".language-link[hreflang=en]").click()
        expect(page.locator("html")).to_have_attribute("lang", "en")
        page.locator(".language-link[hreflang=ja]").click()
        page.get_by_role("link", name="閲覧権限を申請する").click()
        axe_clean(page)
        photographed(page, "ask")
        page.locator("#f-role").select_option("dismantler")
        page.locator("#f-purpose").select_option("dismantling")
        page.locator("#f-justification").fill("事故車の電池を取り外すため")
        page.locator(".form-acts button[type=submit]").click()
        expect(page.locator(".passport-watermark")).to_be_visible()
        expect(page.get_by_text("閲覧できる区分: だれでも", exact=True)).to_be_visible()
        assert "オリジナル" not in page.content()
        waiting = house.run(house.maker, service.requests, side="giver")
        house.run(house.maker, service.approve, waiting[0].request_id)
        page.reload()
        expect(page.locator(".passport-watermark")).to_contain_text("正当な利害関係者")
        expect(page.get_by_text("だれでも、正当な利害関係者・当局、正当な利害関係者")).to_be_visible()
        axe_clean(page)
        fits(page)
        photographed(page, "full")
        assert page.pdf().startswith(b"%PDF")
        assert reader.complaints == []


def test_a_saved_page_is_dropped_on_the_verification_page_and_a_forged_one_is_named(
    house: House, readers: Any, tmp_path: Path
) -> None:
    reader = readers(Look("en", "phone"), house.base)
    page = reader.context.new_page()
    saved = page.request.get(f"{house.base}/passport/{house.battery.passport_id}/snapshot.html").body()
    good, bad = tmp_path / "good.html", tmp_path / "bad.html"
    good.write_bytes(saved)
    bad.write_bytes(saved.replace(b'"battery_mass":430', b'"battery_mass":400'))
    for file, words in ((good, "Valid"), (bad, "The content was changed")):
        page = reader.open("/verify")
        page.locator("#f-file").set_input_files(file)
        page.locator(".form-acts button[type=submit]").click()
        expect(page.locator("#result")).to_contain_text(words)
        axe_clean(page)
        fits(page)
    photographed(page, "verify")
