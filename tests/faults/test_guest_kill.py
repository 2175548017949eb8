"""kill -9 of web, worker and database amid guests' answers: what was acknowledged is there, once, and its link is used up."""

import asyncio
import http.client
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

import pytest

from meguri import app
from meguri.guests import service as guests
from meguri.guests.model import Invite
from meguri.jobs import Queue
from meguri.kernel.scope import OperatorScope, Role
from meguri.kernel.units import AmountUnit
from meguri.operators import plants
from meguri.operators.model import PlantInput
from meguri.settings import load
from meguri.storage.access import access_to
from meguri.storage.database import Database
from meguri.traceability import service as traceability
from meguri.traceability.model import ChildInput, PartInput
from serving import Server, free_port, open_folder, owner_of, run

pytestmark = [pytest.mark.faults, pytest.mark.long]

A = OperatorScope(UUID("b39e6248-c888-56ca-d9d0-89de1b1adc8e"), "person:test", Role.ADMIN)
GUESTS = 48
VICTIMS = ("meguri.commands.web", "bin/postgres", "cli work")


async def invited(folder: Path) -> list[str]:
    """One part with a component for each guest, and the paths of their links."""
    settings = load({}, data_dir=str(folder), profile="tutorial")
    login = access_to(settings.folder, settings.database_url).login
    queue = Queue(login, app.job_lists(settings))
    async with (
        queue,
        Database(
            login,
            reactions=app.reactions(settings),
            defer=queue.defer,
            pool_size=2,
            installation=app.installation_of(settings),
        ) as db,
    ):
        plant = PlantInput(name="工場", address="東京都", open_plant_id="W9000001")
        made = (await db.run(A, plants.register, plant)).plant_id
        bought = [
            ChildInput(plant_id=made, name=f"金具 {n}", unit=AmountUnit.KILOGRAM, terminated=False, amount=Decimal(1))
            for n in range(GUESTS)
        ]
        whole = PartInput(plant_id=made, name="台車", unit=AmountUnit.UNIT, terminated=False)
        children = (await db.run(A, traceability.write_structure, whole, bought)).children
        return [
            (
                await guests.invite(
                    db,
                    A,
                    Invite(
                        downstream_trace_id=one.part.trace_id, company=f"工房 {n}", email=f"g{n}@x.example", contact=""
                    ),
                )
            ).path
            for n, one in enumerate(children)
        ]


class Guest(threading.Thread):
    """Answers some links one after the other, each again until the server says that it has the answer."""

    def __init__(self, port: int, links: dict[int, str]) -> None:
        super().__init__()
        self.port, self.links = port, links
        self.done: set[int] = set()
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            for number, path in self.links.items():
                cookie = self._send(path, {"email": f"g{number}@x.example"}, "")[1]
                self._send("/answer", {"main_production": str(number + 1)}, cookie)
                self.done.add(number)
        except BaseException as error:
            self.failure = error

    def _send(self, path: str, said: dict[str, str], cookie: str) -> tuple[int, str]:
        give_up = time.monotonic() + 60
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            try:
                headers = {"content-type": "application/x-www-form-urlencoded", "cookie": cookie}
                connection.request("POST", path, urlencode(said), headers)
                answer = connection.getresponse()
                answer.read()
                if answer.status < 400 or (path == "/answer" and answer.status == 409):  # 409: it has it already
                    return answer.status, (answer.getheader("set-cookie") or "").partition(";")[0]
                assert answer.status == 503, answer.status
            except (OSError, http.client.HTTPException):
                pass  # killed under us: ask again
            finally:
                connection.close()
            assert time.monotonic() < give_up, path
            time.sleep(0.05)


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as made:
        yield made / "data"


@pytest.mark.timeout(280)
def test_guests_answers_survive_killing_everything_in_turn(folder: Path) -> None:
    server = Server(folder, free_port(), MEGURI_APP="meguri.app", MEGURI_PROFILE="tutorial")
    try:
        server.wait_until_ready(120)
        links = dict(enumerate(asyncio.run(invited(folder))))
        answering = [Guest(server.port, {n: links[n] for n in links if n % 3 == turn}) for turn in range(3)]
        for guest in answering:
            guest.start()
        dice, kills = random.Random(11), 0
        while any(guest.is_alive() for guest in answering) and kills < 9:
            time.sleep(dice.uniform(0.2, 0.8))
            for pid in server.children(VICTIMS[kills % 3]):
                os.kill(pid, signal.SIGKILL)
            kills += 1
            server.started = time.monotonic()
            server.wait_until_ready(60)
        for guest in answering:
            guest.join()
        assert [guest.failure for guest in answering if guest.failure] == []
        assert kills >= 3
        _all_there_once(folder)
        assert run("verify-audit", "--data-dir", folder).returncode == 0
    finally:
        server.stop()


def _all_there_once(folder: Path) -> None:
    with owner_of(access_to(folder, None).owner) as connection:

        def rows(sql: str) -> list[tuple[object, ...]]:
            return connection.execute(sql).fetchall()

        told = rows(
            "SELECT r.main_production::int FROM guest_link g JOIN footprint_record r ON r.operator_id = g.guest_id ORDER BY 1"
        )
        assert [row[0] for row in told] == list(range(1, GUESTS + 1))
        until = time.monotonic() + 30
        while rows("SELECT 1 FROM guest_link WHERE answered_at IS NULL") and time.monotonic() < until:
            time.sleep(0.2)
        assert rows("SELECT count(*) FROM guest_link WHERE answered_at IS NULL") == [(0,)]
        halves = rows(
            "SELECT count(*) FROM trade_half t JOIN guest_link g USING (trade_id) WHERE t.side = 'down' AND t.state = 'COMPLETED'"
        )
        assert halves == [(GUESTS,)]
