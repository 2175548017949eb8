"""Everybody who asks, answers, audits, builds upon the exchange or runs it reaches what they came for, and by a stated model
within the time that is promised: in both languages, at a desk and on a phone.

One walk for each person of `pace.toml`, without detours; what can go wrong on the way stands in the other files, and the
people of single rooms in `test_first_time_river.py`.
"""

import csv
import io
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect
from tests.journeys.browser import LOOKS, Look, Reader
from tests.journeys.conftest import Readers
from tests.journeys.demo import Demo, open_requests
from tests.journeys.stopwatch import Stopwatch
from tests.journeys.test_exchange import seen, submit_of, words

from meguri.answers.columns import COLUMNS
from meguri.commands.demo import mail_of
from meguri.commands.demo.play import Play
from meguri.footprint import auditing
from meguri.footprint.declarations.service import declarations
from meguri.guests import service as guests
from meguri.guests.model import Invite
from meguri.identity import service as identity
from meguri.kernel import clock
from meguri.kernel.identifiers import is_corporate_number
from meguri.kernel.scope import PlatformRole
from meguri.kernel.units import AmountUnit
from meguri.messages.signature import headers
from meguri.operators import plants
from meguri.operators import service as operators
from meguri.traceability import service as traceability
from meguri.traceability.model import ChildInput, PartInput

pytestmark = [pytest.mark.browser, pytest.mark.on_the_demo]

Enter = Callable[..., Reader]
ROWS = 40
TAG = f"初 {os.getpid()}"
WALKED: dict[str, str] = {}


def guest_of(look: Look) -> str:
    return f"hatsuda.{LOOKS.index(look)}@works.example"


async def scene(play: Play) -> None:
    """For each look a guest's link and forty requests to one supplier; a verifier, and somebody who runs the platform."""
    plant = (await play.run("vehicle", plants.all_plants))[0].plant_id
    for look in LOOKS:
        bought = [(f"磁石材 {TAG} {look} {n:02d}", "magnet", f"焼結材 {TAG} {look} {n:02d}") for n in range(ROWS)]
        await open_requests(play, f"試作車 {TAG} {look}", bought, due_in_days=14)
        made = PartInput(plant_id=plant, name=f"台車 {TAG} {look}", unit=AmountUnit.UNIT, terminated=False)
        part = ChildInput(
            plant_id=plant, name=f"金具 {TAG} {look}", unit=AmountUnit.KILOGRAM, terminated=False, amount=Decimal(2)
        )
        await play.run("vehicle", traceability.write_structure, made, [part])
        found, _ = await play.run("vehicle", traceability.parts_page, limit=1, name=part.name)
        asked = Invite(
            downstream_trace_id=found[0].trace_id, company="初田製作所", email=guest_of(look), contact="初田"
        )
        WALKED[str(look)] = (await guests.invite(play.db, play.scope("vehicle"), asked)).path
    await identity.set_platform_role(play.db, mail_of("steel"), PlatformRole.PLATFORM_OPERATOR)
    published = await play.run("pack", declarations)
    until = clock.today() + timedelta(days=60)
    verifier = (await play.run("refiner", operators.own)).open_operator_id
    for declaration in published[:1]:
        asked_of = auditing.EngagementInput(company=verifier, until=until)
        await play.run("pack", auditing.invite, declaration.declaration_id, asked_of)


def go(page: Page, act: Callable[[], object]) -> Page:
    """Something that leads to another page, and that page as it must be."""
    with page.expect_navigation():
        act()
    return seen(page) if page.locator("html[data-ready], script[type=module]").count() else page


def test_a_parts_maker_without_an_account_answers_and_keeps_a_copy(demo: Demo, readers: Readers, look: Look) -> None:
    assert demo
    watch = Stopwatch("guest")
    page = seen(watch.watch(readers(look), signs_in=False).open(WALKED[str(look)]))
    page.locator("#f-email").click()
    page.locator("#f-email").fill(guest_of(look))
    go(page, page.locator("form button[type=submit]").click)
    page.locator("#f-main_production").click()
    page.locator("#f-main_production").fill("2.5")
    watch.outside(240)  # the figure is looked up: last year's electricity by the pieces made
    go(page, submit_of(page, "/answer").click)
    with page.expect_download() as kept:
        page.get_by_role("link", name=words(look, "guests.answer.copy")).click()
    assert "2.5" in kept.value.path().read_text("utf-8-sig")
    expect(page.locator("main")).to_contain_text("巡自動車株式会社")  # who can read it
    watch.stop()


def test_the_next_month_forty_requests_are_answered_from_one_table(enter: Enter, look: Look) -> None:
    watch = Stopwatch("forty")
    page = seen(watch.watch(enter("magnet", look)).open("/requests/received"))
    page.set_default_timeout(60_000)  # forty answers through all tiers, on a machine that does other work too
    go(page, page.locator("a[href='/requests/received/table']").click)
    with page.expect_download() as taken:
        page.locator("a[href$='/table/csv']").click()
    rows = list(csv.reader(io.StringIO(taken.value.path().read_text("utf-8-sig"))))
    place = [column.key for column in COLUMNS].index("main_production")
    mine = [row for row in rows[1:] if row[2].startswith(f"磁石材 {TAG} {look} ")]
    assert len(mine) == ROWS
    for row in mine:
        row[place] = "1.25"
    watch.outside(ROWS * 12)  # one figure copied into each row
    out = io.StringIO()
    csv.writer(out).writerows([rows[0], *mine])
    filled = {"name": "answers.csv", "mimeType": "text/csv", "buffer": out.getvalue().encode("utf-8-sig")}
    page.locator("#f-file").set_input_files(filled)
    go(page, page.locator("button[value=look]").click)
    expect(page.locator(".notice").first).to_contain_text(str(ROWS))
    page.locator("#f-file").set_input_files(filled)
    go(page, page.locator("button[value=send]").click)
    expect(page.locator("[data-flash]")).to_contain_text(str(ROWS))
    watch.stop()


def test_procurement_sees_who_is_late_and_what_drives_the_total_and_asks_for_less(enter: Enter, look: Look) -> None:
    watch = Stopwatch("procurement")
    page = seen(watch.watch(enter("vehicle", look)).open("/"))
    expect(page.locator("#theirs")).to_be_visible()
    go(page, page.locator("section[aria-labelledby=theirs] > p a").click)
    late = page.locator("tbody th a").first
    go(page, late.click)
    page.locator("textarea").first.click()
    page.locator("textarea").first.fill(
        "期限が近づいています。ご回答をお願いします。" if look.language == "ja" else "Please answer soon."
    )
    go(
        page,
        page.locator(
            "form[action*='comment'] button[type=submit], form[action*='talk'] button[type=submit]"
        ).first.click,
    )
    go(page, page.locator("nav a[href='/footprints']").first.click)
    go(page, page.locator("a", has_text="電気自動車 M1").first.click)
    go(page, page.locator("a[href$='/drivers']").first.click)
    page.locator("#f-trade, [name='trade_id']").first.select_option(index=1)
    page.locator("[name='percent']").click()
    page.locator("[name='percent']").fill("5")
    page.locator("[name='due']").fill("2027-03-31")
    go(
        page,
        page.locator(
            "form[action$='/reductions'] .form-acts button, form[action$='/drivers'][method=post] .form-acts button"
        ).first.click,
    )
    expect(page.locator("[data-flash]")).to_be_visible()
    watch.stop()


def test_an_auditor_who_is_invited_goes_to_each_statement_and_raises_a_finding(enter: Enter, look: Look) -> None:
    watch = Stopwatch("auditor")
    page = seen(watch.watch(enter("refiner", look)).open("/"))
    go(page, page.locator("a[href='/footprints']").first.click)
    go(page, page.locator("a[href='/verifying']").first.click)
    go(page, page.locator("tbody a[href^='/verifying/']").first.click)
    expect(page.locator(".notice-ok").first).to_be_visible()  # what is read is what was declared
    watch.outside(600)  # lines, papers and each supplier's statement are read
    page.locator("[name='words']").click()
    page.locator("[name='words']").fill("請求書がありません。" if look.language == "ja" else "No invoice.")
    go(page, page.locator("form[action$='/findings'] .form-acts button").click)
    expect(page.locator("main")).to_contain_text("請求書がありません。" if look.language == "ja" else "No invoice.")
    watch.stop()


def test_the_platforms_operator_admits_a_company_and_sees_the_usage(enter: Enter, readers: Readers, look: Look) -> None:
    body = f"{710000000000 + 10 * os.getpid() + LOOKS.index(look)}"
    number = next(f"{digit}{body}" for digit in range(1, 10) if is_corporate_number(f"{digit}{body}"))
    applying = seen(readers(look).open("/apply"))
    for name, value in (
        ("name", f"新顔工業 {TAG} {look}"),
        ("corporate_number", number),
        ("address", "東京都"),
        ("contact", "新顔"),
        ("email", f"new.{LOOKS.index(look)}@face.example"),
    ):
        applying.locator(f"[name='{name}']").fill(value)
    applying.locator("[name='terms']").check()
    with applying.expect_navigation():
        applying.locator("form[action='/apply'] button[type=submit]").click()
    watch = Stopwatch("operator")
    page = seen(watch.watch(enter("steel", look)).open("/platform"))
    go(page, page.locator("main a", has_text=f"新顔工業 {TAG} {look}").first.click)
    page.locator("#f-evidence").click()
    page.locator("#f-evidence").fill("登記事項証明書")
    go(page, page.locator("form[action$='/admit'] button[type=submit]").click)
    expect(page.locator(".notice code").first).to_be_visible()
    go(page, page.locator("main a[href='/platform']").first.click)
    go(page, page.locator("main a[href='/platform/usage']").first.click)
    expect(page.locator("table").first).to_be_visible()
    watch.stop()


@contextmanager
def heard(port: int) -> Iterator[list[tuple[dict[str, str], bytes]]]:
    """What is posted to this port of the developer's own machine: headers and body."""
    found: list[tuple[dict[str, str], bytes]] = []

    class Takes(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            found.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", port), Takes)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()


def test_a_developer_gets_a_key_an_answer_and_a_signed_message(demo: Demo, enter: Enter, look: Look) -> None:
    watch = Stopwatch("developer")
    page = seen(watch.watch(enter("anode", look)).open("/keys"))
    page.locator("#f-name").click()
    page.locator("#f-name").fill(f"ERP {look}")
    page.locator("#f-address_ranges").click()
    page.locator("#f-address_ranges").fill("127.0.0.1/32")
    go(page, page.locator("form[action='/keys'] .form-acts button[type=submit]").click)
    key = page.locator("code").first.inner_text().strip()
    origin = page.url.split("/keys")[0]
    answer = page.request.get(f"{origin}/api/v1/parts", headers={"authorization": f"Bearer {key}"})
    if answer.status == 401:
        answer = page.request.get(f"{origin}/api/v1/parts", headers={"x-api-key": key})
    assert answer.status == 200, quote(answer.text()[:200])
    watch.outside(180)  # the call is written
    page.goto(f"{origin}/keys")
    go(page, page.locator("a[href='/keys/webhooks']").first.click)
    address = f"http://127.0.0.1:{demo.hook}/{os.getpid()}-{LOOKS.index(look)}"
    with heard(demo.hook) as messages:
        page.locator("#f-url").click()
        page.locator("#f-url").fill(address)
        go(page, page.locator("form[action='/keys/webhooks'] .form-acts button[type=submit]").click)
        secret = page.locator(".notice code").first.inner_text().strip()
        go(page, page.get_by_role("row", name=address).locator("form[action$='/test'] button").click)
        for _ in range(100):
            if messages:
                break
            page.wait_for_timeout(200)
        (told, body), *_ = messages
    at = datetime.fromtimestamp(int(told["webhook-timestamp"]), UTC)
    assert told["webhook-signature"] == headers(secret, told["webhook-id"], at, body)["webhook-signature"]
    page.reload()
    deliveries = page.get_by_role("table", name=words(look, "messages.webhooks.deliveries"))
    expect(deliveries.locator("tbody tr").first).to_contain_text(words(look, "messages.webhooks.sent"))
    watch.stop()
