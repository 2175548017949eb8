"""The demo as a reader meets it: `meguri demo` in a process of its own, with requests still open in it."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import expect
from tests.journeys.browser import Reader, free_port
from tests.serving import environment, open_folder

from meguri import app
from meguri.commands.demo import PASSWORD, mail_of
from meguri.commands.demo.play import Play
from meguri.commands.demo.scenario import scenario
from meguri.footprint import service as footprint
from meguri.footprint.model import FootprintInput
from meguri.identity import service as identity
from meguri.jobs import Queue
from meguri.kernel.units import AmountUnit
from meguri.operators import plants
from meguri.settings import load
from meguri.storage import Database
from meguri.storage.access import access_to
from meguri.traceability import service as traceability
from meguri.traceability.model import ChildInput, PartInput, RequestInput

PATIENCE_S = 240


class Demo:
    """A running demo: where it is, who is in it, and a way to set the scene."""

    def __init__(self, folder: Path, base: str, hook: int) -> None:
        """`hook`: the port of this machine to which its webhooks may go."""
        self.base = base
        self.hook = hook
        self._folder = folder
        self._sessions: dict[str, list[Any]] = {}

    def sign_in(self, reader: Reader, company: str) -> Reader:
        """Make `reader` the administrator of a demo company; the form is filled in once a company."""
        if company not in self._sessions:
            page = reader.open("/sign-in")
            page.locator("#f-account").fill(mail_of(company))
            page.locator("#f-password").fill(PASSWORD)
            page.locator("form[action='/sign-in'] .form-acts button[type=submit]").click()
            expect(page).to_have_url(self.base + "/")
            self._sessions[company] = [c for c in reader.context.cookies() if c.get("httpOnly")]
            page.close()
        reader.context.add_cookies(self._sessions[company])
        return reader

    def stage(self, scene: Callable[[Play], Awaitable[None]]) -> None:
        """Let `scene` act through the use cases, beside the running server."""
        with ThreadPoolExecutor(1) as aside:  # Playwright keeps an event loop in this thread
            aside.submit(asyncio.run, self._play(scene)).result()

    def _play(self, scene: Callable[[Play], Awaitable[None]]) -> Coroutine[Any, Any, None]:
        async def play() -> None:
            settings = load({}, data_dir=str(self._folder), profile="demo")
            login = access_to(settings.folder, settings.database_url).login
            queue = Queue(login, app.job_lists(settings))
            installation = app.installation_of(settings)
            async with (
                queue,
                Database(
                    login,
                    reactions=app.reactions(settings),
                    defer=queue.defer,
                    pool_size=2,
                    installation=installation,
                ) as db,
            ):
                identity.open_gate(db, app.identity_settings(settings))
                await scene(Play(db, scenario()))

        return play()


@contextmanager
def demo_site() -> Iterator[Demo]:
    """`meguri demo` on a free port, in a folder of its own; both go with the context.

    MEGURI_TEST_DEMO=folder,address,port for webhooks: one that runs already, for whoever writes a journey; it was started
    with MEGURI_LOOPBACK_PEERS=http://127.0.0.1:port.
    """
    if running := os.environ.get("MEGURI_TEST_DEMO"):
        folder_there, base, given = running.split(",")
        yield Demo(Path(folder_there), base, int(given))
        return
    port, hook = free_port(), free_port()
    with open_folder() as folder:
        command = [sys.executable, "-m", "meguri.cli", "demo", "--data-dir", str(folder / "data"), "--port", str(port)]
        env = environment(MEGURI_APP="meguri.app", MEGURI_LOOPBACK_PEERS=f"http://127.0.0.1:{hook}")
        log = folder / "log"
        with log.open("wb") as sink:
            process = subprocess.Popen(command, env=env, stdout=sink, stderr=sink)
        try:
            _wait_for(f"http://127.0.0.1:{port}", process, log)
            yield Demo(folder / "data", f"http://127.0.0.1:{port}", hook)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def _wait_for(base: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            urlopen(base + "/readyz", timeout=2).close()
            return
        except (URLError, OSError):
            if time.monotonic() > end or process.poll() is not None:
                raise AssertionError(f"the demo does not answer:\n{log.read_text()}") from None
            time.sleep(0.1)


async def open_requests(play: Play, product: str, components: list[tuple[str, str, str]], due_in_days: int) -> None:
    """The vehicle maker makes `product` of two each of `components` (name, supplier's key, supplier's part), and asks.

    Its own work brings 1,000 kg CO₂e. Each supplier has the part already, without a footprint.
    """
    plant = (await play.run("vehicle", plants.all_plants))[0].plant_id
    made = PartInput(plant_id=plant, name=product, support_name="試作", unit=AmountUnit.UNIT, terminated=False)
    bought = [
        ChildInput(plant_id=plant, name=name, unit=AmountUnit.UNIT, terminated=False, amount=Decimal(2))
        for name, _, _ in components
    ]
    await play.run("vehicle", traceability.write_structure, made, bought)
    parent, _ = await play.run("vehicle", traceability.parts_page, limit=1, name=product)
    own_work = FootprintInput(declared_unit=AmountUnit.UNIT, main_production=Decimal(1000))
    await play.run("vehicle", footprint.record, parent[0].trace_id, own_work)
    due = datetime.now(UTC).date() + timedelta(days=due_in_days)
    for name, supplier, delivered in components:
        theirs = (await play.run(supplier, plants.all_plants))[0].plant_id
        own = PartInput(plant_id=theirs, name=delivered, unit=AmountUnit.UNIT, terminated=False)
        await play.run(supplier, traceability.write_structure, own, [])
        found, _ = await play.run("vehicle", traceability.parts_page, limit=1, name=name)
        asked = RequestInput(
            upstream_operator_id=play.scope(supplier).operator_id,
            downstream_trace_id=found[0].trace_id,
            message="試作車の排出量を計算するため、1個あたりの排出量をお知らせください。",
            due_date=due,
        )
        await play.run("vehicle", traceability.request, asked)


if __name__ == "__main__":
    with demo_site() as running:
        print(running.base, os.getpid(), flush=True)
        signal.sigwait({signal.SIGTERM, signal.SIGINT})
