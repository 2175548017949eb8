"""kill -9 of web, worker and database amid mixed writes of the real exchange: nothing acknowledged is lost or doubled."""

import http.client
import json
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from meguri.storage.access import access_to
from serving import Server, free_port, open_folder, owner_of, run

pytestmark = [pytest.mark.faults, pytest.mark.long]

A, B = "b39e6248-c888-56ca-d9d0-89de1b1adc8e", "15572d1c-ec13-0d78-7f92-dd4278871373"
ACCOUNTS = {A: ("oem_a@example.com", "oemA&user_01"), B: ("supplier_b@example.com", "supplierB&user_01")}
WRITES = 1000
VICTIMS = ("meguri.commands.web", "bin/postgres", "cli work")


class Client:
    """One company's client: it repeats a write under its Idempotency-Key until it is acknowledged."""

    def __init__(self, port: int, operator: str) -> None:
        self.port, self.operator = port, operator
        account, password = ACCOUNTS[operator]
        tokens = self.until_done(
            "POST", "/auth/login", {"operatorAccountId": account, "accountPassword": password}, None
        )
        self.token = tokens["accessToken"]

    def until_done(self, method: str, path: str, body: Any, key: str | None) -> Any:
        headers = {"apiKey": "Sample-APIKey1", "Content-Type": "application/json"}
        if hasattr(self, "token"):
            headers["Authorization"] = f"Bearer {self.token}"
        if key:
            headers["Idempotency-Key"] = key
        give_up = time.monotonic() + 60
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            try:
                connection.request(method, path, body=json.dumps(body) if body is not None else None, headers=headers)
                answer = connection.getresponse()
                raw = answer.read()
                if answer.status < 400:
                    return json.loads(raw) if raw else None
                assert answer.status == 503, (answer.status, raw)
            except (OSError, http.client.HTTPException):
                pass  # killed under us: ask again
            finally:
                connection.close()
            assert time.monotonic() < give_up, path
            time.sleep(0.05)


def part(operator: str, plant: str, name: str, *, ends: bool, amount: float | None = None) -> dict[str, Any]:
    words = {
        "supportPartsName": None,
        "partsLabelName": None,
        "partsAddInfo1": None,
        "partsAddInfo2": None,
        "partsAddInfo3": None,
    }
    return {"traceId": None, "operatorId": operator, "plantId": plant, "partsName": name, "terminatedFlag": ends,
            "amountRequired": amount, "amountRequiredUnit": "kilogram", **words}  # fmt: skip


def footprint(trace: str, cfp_id: str | None, value: float) -> list[dict[str, Any]]:
    kinds = (("preProduction", "preProcessing", value), ("mainProduction", "mainProcessing", 1),
             ("preComponent", "preProcessing", 0), ("mainComponent", "mainProcessing", 0))  # fmt: skip
    quality = {"TeR": 1, "GeR": 1, "TiR": 1}
    return [{"cfpId": cfp_id, "traceId": trace, "ghgEmission": emission, "ghgDeclaredUnit": "kgCO2e/kilogram", "cfpType": kind,
             "dqrType": rated, "dqrValue": quality} for kind, rated, emission in kinds]  # fmt: skip


class Writer(threading.Thread):
    """Writes parts, requests, answers, values and withdrawals in turn; remembers what was acknowledged."""

    def __init__(self, port: int, number: int, count: int) -> None:
        super().__init__()
        self.port, self.number, self.count = port, number, count
        self.parts: list[str] = []
        self.values: list[float] = []
        self.requests: list[str] = []
        self.cancelled: list[str] = []
        self.trace = ""
        self.done = 0
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            self.write()
        except BaseException as error:
            self.failure = error

    def write(self) -> None:
        data, info = "/api/v1/datatransport?dataTarget=", "/api/v1/authInfo?dataTarget="
        a, b = Client(self.port, A), Client(self.port, B)
        plants = {}
        for who in (a, b):
            plant = {"plantId": None, "operatorId": who.operator, "plantName": "工場", "plantAddress": "東京都",
                     "openPlantId": f"W{self.number}000001", "plantAttribute": {}}  # fmt: skip
            plants[who.operator] = who.until_done("PUT", info + "plant", plant, f"plant-{self.number}-{who.operator}")[
                "plantId"
            ]
        mine = b.until_done("PUT", data + "parts", part(B, plants[B], f"B{self.number}", ends=True), None)
        self.trace, cfp_id = mine["traceId"], None
        for turn in range(self.count):
            name, key = f"A{self.number}-{turn}", f"{self.number}-{turn}"
            structure = {"parentPartsModel": part(A, plants[A], name, ends=False),
                         "childrenPartsModel": [part(A, plants[A], f"{name}c", ends=False, amount=2)]}  # fmt: skip
            child = a.until_done("PUT", data + "partsStructure", structure, f"s{key}")["childrenPartsModel"][0][
                "traceId"
            ]
            self.parts.append(name)
            asked = {
                "tradeModel": {"tradeId": None, "downstreamOperatorId": A, "upstreamOperatorId": B, "downstreamTraceId": child,
                               "upstreamTraceId": None},
                "statusModel": {"statusId": None, "tradeId": None, "requestStatus": {}, "message": None, "replyMessage": None,
                                "requestType": "CFP", "responseDueDate": "2030-01-01"},
            }  # fmt: skip
            trade = a.until_done("PUT", data + "tradeRequest", asked, f"r{key}")["statusModel"]
            self.requests.append(trade["tradeId"])
            b.until_done("PUT", f"{data}tradeResponse&tradeId={trade['tradeId']}&traceId={self.trace}", None, f"l{key}")
            rows = b.until_done("PUT", data + "cfp", footprint(self.trace, cfp_id, turn + 1), f"c{key}")
            cfp_id = rows[0]["cfpId"]
            self.values.append(turn + 1)
            self.done += 4
            if turn % 3 == 0:
                status = {"statusId": trade["statusId"], "tradeId": trade["tradeId"], "message": None, "replyMessage": None,
                          "requestType": "CFP", "responseDueDate": "",
                          "requestStatus": {"cfpResponseStatus": "CANCEL", "tradeTreeStatus": "UNTERMINATED"}}  # fmt: skip
                a.until_done("PUT", data + "status", status, f"x{key}")
                self.cancelled.append(trade["tradeId"])
                self.done += 1


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as made:
        yield made / "data"


def _kill_now_and_then(server: Server, dice: random.Random, writers: list[Writer]) -> int:
    kills = 0
    while any(writer.is_alive() for writer in writers) and kills < 9:
        time.sleep(dice.uniform(0.5, 1.5))
        for pid in server.children(VICTIMS[kills % 3]):
            os.kill(pid, signal.SIGKILL)
        kills += 1
        server.started = time.monotonic()
        server.wait_until_ready()
    return kills


@pytest.mark.timeout(280)
def test_a_thousand_mixed_writes_survive_killing_everything_in_turn(folder: Path) -> None:
    port = free_port()
    server = Server(folder, port, MEGURI_APP="meguri.app", MEGURI_PROFILE="tutorial")
    writers = [Writer(port, number, 58) for number in range(4)]
    try:
        server.wait_until_ready()
        for writer in writers:
            writer.start()
        kills = _kill_now_and_then(server, random.Random(7), writers)
        for writer in writers:
            writer.join()
        assert [writer.failure for writer in writers if writer.failure] == []
        assert kills >= 3
        assert sum(writer.done for writer in writers) >= WRITES
        for writer in writers:
            _assert_all_there_once(folder, writer)
        proof = run("verify-audit", "--data-dir", folder)
        assert proof.returncode == 0, proof.stderr
    finally:
        server.stop()


def _assert_all_there_once(folder: Path, writer: Writer) -> None:
    with owner_of(access_to(folder, None).owner) as connection:

        def rows(sql: str, *given: object) -> list[Any]:
            return connection.execute(sql, given).fetchall()

        names = [
            row[0] for row in rows("SELECT name FROM part WHERE operator_id = %s AND name = ANY(%s)", A, writer.parts)
        ]
        assert sorted(names) == sorted(writer.parts)
        halves = rows("SELECT trade_id::text, state FROM trade_half WHERE upstream_trace_id = %s", writer.trace)
        kept = set(writer.requests) - set(writer.cancelled)
        assert sorted(halves) == sorted((trade, "COMPLETED") for trade in kept for _ in ("down", "up"))
        versions = rows("SELECT count(*) FROM footprint_record_history WHERE trace_id = %s", writer.trace)
        assert versions == [(len(writer.values),)]
        answers = rows("SELECT DISTINCT pre, main FROM footprint_answer WHERE trade_id = ANY(%s::uuid[])", list(kept))
        assert [(float(pre), float(main)) for pre, main in answers] == [(float(writer.values[-1]), 1.0)]
