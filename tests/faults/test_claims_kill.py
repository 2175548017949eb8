"""kill -9 of web and database amid a hundred claims on one recycler's metal: never more claimed than was recovered."""

import http.client
import json
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from meguri.recycling.ledger import Entry, broken_at
from meguri.storage.access import access_to
from serving import Server, free_port, open_folder, owner_of

pytestmark = pytest.mark.faults
ACCOUNT = {"account": "oem_a@example.com", "password": "oemA&user_01"}
VICTIMS = ("meguri.commands.web", "bin/postgres")
RECOVERED, CLAIM, WRITERS = Decimal(48), Decimal(1), 100


class Caller:
    """Asks until there is an answer that is final: 201, 200, or no."""

    def __init__(self, port: int, token: str = "") -> None:
        self.port, self.token = port, token

    def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        give_up = time.monotonic() + 90
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            try:
                connection.request(method, path, json.dumps(body) if body is not None else None, headers)
                answer = connection.getresponse()
                raw = answer.read()
                if answer.status < 500:
                    return answer.status, json.loads(raw) if raw else None
                assert answer.status == 503, raw
            except (OSError, http.client.HTTPException):
                pass  # killed under us: ask again, with the same key
            finally:
                connection.close()
            assert time.monotonic() < give_up, path
            time.sleep(0.05)


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as made:
        yield made / "data"


def recovered(call: Caller) -> str:
    """48 kg of nickel at a calculation point; the site."""
    plant = {"name": "再生工場", "address": "北九州市", "open_plant_id": "RK0001000001"}
    _, made = call("POST", "/api/v1/plants", plant)
    site = str(made["plant_id"])
    lot = {
        "lot_no": "P",
        "kind": "waste_pack",
        "mass_wet_kg": "1000",
        "composition": [{"element": "Ni", "mass_kg": "50"}],
    }
    _, pack = call("POST", "/api/v1/lots", {"site_id": site, "at": "2026-03-01T00:00:00Z", "lot": lot})
    salt = {"lot_no": "NI", "kind": "salt", "mass_wet_kg": "220", "moisture_pct": "0"}
    salt["composition"] = [{"element": "Ni", "mass_kg": str(RECOVERED)}]  # type: ignore[assignment]
    point = {"counting": "recycling", "calculation_point": True, "substitutes_primary": True}
    run = {
        "run_no": "H", "site_id": site, "step_type": "leaching", "start_at": "2026-03-01T01:00:00Z",
        "end_at": "2026-03-01T02:00:00Z", "inputs": [{"lot_id": pack["lot_id"]}], "losses": [{"closes": True}],
        "outputs": [{"lot": salt, **point}],
    }  # fmt: skip
    _, draft = call("POST", "/api/v1/runs", run)
    status, posted = call("POST", f"/api/v1/runs/{draft['run_id']}:post")
    assert status == 200, posted
    return site


@pytest.mark.timeout(280)
def test_a_hundred_writers_and_kills_never_claim_more_than_was_recovered(folder: Path) -> None:
    port = free_port()
    server = Server(folder, port, MEGURI_APP="meguri.app", MEGURI_PROFILE="tutorial")
    answers: dict[int, tuple[int, Any]] = {}
    try:
        server.wait_until_ready(150)
        _, session = Caller(port)("POST", "/api/v1/session", ACCOUNT)
        call = Caller(port, session["access_token"])
        recovered(call)

        def claim(number: int) -> None:
            answers[number] = call("POST", "/api/v1/claims", {
                "idempotency_key": f"k{number}", "element": "Ni", "source_class": "post_consumer_battery",
                "qty_kg": str(CLAIM), "battery_model_id": "M", "manufacturing_plant_id": "P", "year": 2031,
            })  # fmt: skip

        writers = [threading.Thread(target=claim, args=(number,)) for number in range(WRITERS)]
        dice = random.Random(3)
        for place, writer in enumerate(writers):
            writer.start()
            if place in (20, 60):
                for pid in server.children(VICTIMS[place // 60]):
                    os.kill(pid, signal.SIGKILL)
                time.sleep(dice.uniform(0, 0.3))
        for writer in writers:
            writer.join()
        server.started = time.monotonic()
        server.wait_until_ready(150)
    finally:
        server.stop()
    assert len(answers) == WRITERS
    won = [number for number, (status, _) in answers.items() if status in (200, 201)]
    assert {answers[n][1]["code"] for n in answers if n not in won} <= {"INSUFFICIENT_CREDIT"}
    assert len(won) * CLAIM == RECOVERED
    _books_are_whole(folder, {f"k{number}" for number in won})


def _books_are_whole(folder: Path, acknowledged: set[str]) -> None:
    access = access_to(folder, None)
    access.cluster.start()
    try:
        with owner_of(access.owner) as connection:
            keys = {row[0] for row in connection.execute("SELECT idempotency_key FROM recycling_claim").fetchall()}
            assert keys == acknowledged
            taken = connection.execute("SELECT sum(qty_kg) FROM recycling_claim_use").fetchone()
            left = connection.execute("SELECT sum(open_kg) FROM recycling_credit").fetchone()
            assert taken is not None
            assert left is not None
            assert taken[0] + left[0] == RECOVERED
            names = Entry.__struct_fields__
            rows = connection.execute(
                f"SELECT {', '.join(names)} FROM recycling_entry ORDER BY seq".encode()
            ).fetchall()
            assert broken_at(Entry(**dict(zip(names, row, strict=True))) for row in rows) is None
    finally:
        access.cluster.stop()
