"""kill -9 of web and database amid the sale of used batteries: every deal ends once, and both sides say the same."""

import http.client
import json
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from tests.reuse.conftest import diagnosis
from tests.reuse.samples import good_evidence

from meguri.storage.access import access_to
from serving import Server, free_port, open_folder, owner_of, run

pytestmark = [pytest.mark.faults, pytest.mark.long]
SELLER, BUYER = ("oem_a@example.com", "oemA&user_01"), ("supplier_b@example.com", "supplierB&user_01")
DEALS = 24
VICTIMS = ("meguri.commands.web", "bin/postgres")


class Client:
    """One company's client: it repeats a step under its Idempotency-Key until it is acknowledged."""

    def __init__(self, port: int, account: tuple[str, str]) -> None:
        self.port, self.token = port, ""
        said = self.send("POST", "/session", {"account": account[0], "password": account[1]}, "")
        self.token = said["access_token"]

    def send(self, method: str, path: str, body: Any, key: str) -> Any:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        headers |= {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= {"Idempotency-Key": key} if key else {}
        give_up = time.monotonic() + 90
        while time.monotonic() < give_up:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            try:
                connection.request(method, f"/api/v1{path}", msgspec.json.encode(body), headers)
                answer = connection.getresponse()
                raw = answer.read()
                if answer.status < 400:
                    return json.loads(raw) if raw else None
                assert answer.status == 503, (path, answer.status, raw)
            except (OSError, http.client.HTTPException):
                pass  # killed under us: ask again
            finally:
                connection.close()
            time.sleep(0.05)
        raise AssertionError(path)


def sell(seller: Client, buyer: Client, n: int) -> None:
    """One deal from the battery's registration to its receipt, every step under its key."""

    def step(who: Client, path: str, body: Any, name: str) -> Any:
        return who.send("POST", path, body, f"deal-{n}-{name}")

    today = datetime.now(UTC).date()
    facts = {"serial": f"KILL-{n}", "model": "EV-40", "maker": "M", "chemistry": "NMC", "rated_energy_kwh": 40.0,
             "max_voltage_v": 400.0, "cell_voltage_max": 4.2}  # fmt: skip
    battery = step(seller, "/reuse/batteries", facts, "battery")["battery_id"]
    findings = [replace(item, at=today) for item in good_evidence()]
    step(seller, f"/reuse/batteries/{battery}/evidence", {"findings": findings}, "evidence")
    step(seller, "/certificates", {"battery_id": battery, "diagnosis": diagnosis()}, "certificate")
    listing = step(seller, "/reuse/listings", {"battery_id": battery, "price": 300_000, "publish": True}, "listing")
    offer = step(buyer, "/reuse/offers", {"listing_id": listing["listing_id"], "price": 290_000}, "offer")["offer_id"]
    custody = step(seller, f"/reuse/offers/{offer}/accept", {}, "accept")["custody_id"]
    at = f"/reuse/custody-transfers/{custody}"
    step(buyer, f"{at}/sign", {}, "sign")
    for kind in ("un_38_3_summary", "packing_class"):
        step(seller, f"{at}/documents", {"kind": kind, "reference": "d"}, kind)
    step(seller, f"{at}/ship", {}, "ship")
    step(buyer, f"{at}/receive", {}, "receive")


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as made:
        yield made / "data"


@pytest.mark.timeout(280)
def test_deals_survive_killing_web_and_database_and_end_once_on_both_sides(folder: Path) -> None:
    port = free_port()
    server = Server(folder, port, MEGURI_APP="meguri.app", MEGURI_PROFILE="tutorial")
    failures: list[BaseException] = []

    def trade() -> None:
        try:
            seller, buyer = Client(port, SELLER), Client(port, BUYER)
            for n in range(DEALS):
                sell(seller, buyer, n)
        except BaseException as failure:
            failures.append(failure)

    try:
        server.wait_until_ready()
        trader, dice, kills = threading.Thread(target=trade), random.Random(11), 0
        trader.start()
        while trader.is_alive() and kills < 6:
            time.sleep(dice.uniform(0.4, 1.2))
            for pid in server.children(VICTIMS[kills % 2]):
                os.kill(pid, signal.SIGKILL)
            kills += 1
            server.started = time.monotonic()
            server.wait_until_ready()
        trader.join()
        assert failures == []
        assert kills >= 2
        _assert_each_deal_once(folder)
        proof = run("verify-audit", "--data-dir", folder)
        assert proof.returncode == 0, proof.stderr
    finally:
        server.stop()


def _assert_each_deal_once(folder: Path) -> None:
    with owner_of(access_to(folder, None).owner) as connection:

        def rows(sql: str) -> list[Any]:
            return connection.execute(sql.encode()).fetchall()

        assert rows("SELECT state, count(*) FROM reuse_listing GROUP BY state") == [("sold", DEALS)]
        assert rows("SELECT side, state, count(*) FROM reuse_deal WHERE kind = 'custody' GROUP BY 1, 2 ORDER BY 1") == [
            ("giver", "received", DEALS),
            ("taker", "received", DEALS),
        ]
        held = "SELECT held, count(*) FROM reuse_battery WHERE serial LIKE 'KILL-%' GROUP BY held ORDER BY held"
        assert rows(held) == [(False, DEALS), (True, DEALS)]
        assert rows("SELECT count(*) FROM reuse_certificate") == [(DEALS,)]
        unequal = (
            "SELECT count(*) FROM reuse_deal a JOIN reuse_deal b ON a.deal_id = b.deal_id AND a.side < b.side "
            "WHERE a.body <> b.body OR a.state <> b.state"
        )
        assert rows(unequal) == [(0,)]
