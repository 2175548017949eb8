"""200 clients for 60 seconds on one machine: mixed reads and writes of the exchange, then every counter is checked.

A real `meguri serve` (tutorial profile). Half of the clients write structures, ask and link, the others read. An answer is
an error unless its status is the one that the contract declares for this call; 503 (overload, with Retry-After) is counted
apart and tried again.
"""

import http.client
import json
import random
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import psycopg

from faults.test_exchange_kill import A, B, footprint, part
from meguri.storage.access import access_to
from serving import Server, free_port, open_folder

CLIENTS, SECONDS = 200, 60
DATA, INFO = "/api/v1/datatransport?dataTarget=", "/api/v1/authInfo?dataTarget="
ACCOUNTS = {A: ("oem_a@example.com", "oemA&user_01"), B: ("supplier_b@example.com", "supplierB&user_01")}


class Caller:
    def __init__(self, port: int, tokens: dict[str, str]) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=40)
        self.tokens = tokens
        self.times: list[float] = []
        self.statuses: Counter[int] = Counter()

    def __call__(self, who: str, method: str, path: str, body: Any = None, key: str | None = None) -> Any:
        headers = {"apiKey": "Sample-APIKey1", "Content-Type": "application/json"}
        headers["Authorization"] = f"Bearer {self.tokens[who]}" if who in self.tokens else ""
        if key:
            headers["Idempotency-Key"] = key
        while True:
            started = time.perf_counter()
            self.connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = self.connection.getresponse()
            raw = answer.read()
            self.times.append(time.perf_counter() - started)
            self.statuses[answer.status] += 1
            if answer.status == 503:
                time.sleep(0.2)
                continue
            if answer.status not in (200, 201, 204):
                raise RuntimeError(f"{method} {path}: {answer.status} {raw[:200]!r}")
            return json.loads(raw) if raw else None


def client(caller: Caller, number: int, plant: str, trace: str, until: float, made: list[str]) -> None:
    dice, turn = random.Random(number), 0
    while time.monotonic() < until:
        turn += 1
        if number % 2:
            caller(A, "GET", DATA + dice.choice(("parts&limit=20", "tradeRequest&limit=20", "status&limit=20")))
            caller(B, "GET", DATA + "tradeResponse&limit=20")
            continue
        name, key = f"L{number}-{turn}", f"{number}-{turn}"
        structure = {
            "parentPartsModel": part(A, plant, name, ends=False),
            "childrenPartsModel": [part(A, plant, f"{name}c", ends=False, amount=2)],
        }
        child = caller(A, "PUT", DATA + "partsStructure", structure, f"s{key}")["childrenPartsModel"][0]["traceId"]
        asked = {
            "tradeModel": {
                "tradeId": None,
                "downstreamOperatorId": A,
                "upstreamOperatorId": B,
                "downstreamTraceId": child,
                "upstreamTraceId": None,
            },
            "statusModel": {
                "statusId": None,
                "tradeId": None,
                "requestStatus": {},
                "message": None,
                "replyMessage": None,
                "requestType": "CFP",
                "responseDueDate": "2030-01-01",
            },
        }
        trade = caller(A, "PUT", DATA + "tradeRequest", asked, f"r{key}")["tradeModel"]["tradeId"]
        caller(B, "PUT", f"{DATA}tradeResponse&tradeId={trade}&traceId={trace}", None, f"l{key}")
        caller(A, "GET", f"{DATA}cfp&traceIds={child}")
        made.append(trade)


def main() -> str:
    with open_folder() as folder:
        server = Server(folder / "data", free_port(), MEGURI_APP="meguri.app", MEGURI_PROFILE="tutorial")
        try:
            server.wait_until_ready()
            return _run(server, folder / "data")
        finally:
            server.stop()


def _run(server: Server, folder: Path) -> str:
    first = Caller(server.port, {})
    tokens = {
        who: first("", "POST", "/auth/login", {"operatorAccountId": account, "accountPassword": password})[
            "accessToken"
        ]
        for who, (account, password) in ACCOUNTS.items()
    }
    first.tokens = tokens
    plants = {
        who: first(
            who,
            "PUT",
            INFO + "plant",
            {
                "plantId": None,
                "operatorId": who,
                "plantName": "工場",
                "plantAddress": "東京都",
                "openPlantId": "L000001",
                "plantAttribute": {},
            },
        )["plantId"]
        for who in (A, B)
    }
    trace = first(B, "PUT", DATA + "parts", part(B, plants[B], "B", ends=True))["traceId"]
    first(B, "PUT", DATA + "cfp", footprint(trace, None, 1.5))
    callers, made, failures = [Caller(server.port, tokens) for _ in range(CLIENTS)], [[] for _ in range(CLIENTS)], []
    until = time.monotonic() + SECONDS

    def guarded(number: int) -> None:
        try:
            client(callers[number], number, plants[A], trace, until, made[number])
        except Exception as error:
            failures.append(str(error))

    threads = [threading.Thread(target=guarded, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    trades = [trade for mine in made for trade in mine]
    with psycopg.connect(access_to(folder, None).owner) as connection:
        wrong = connection.execute(
            "SELECT count(*) FROM trade_half WHERE trade_id = ANY(%s::uuid[]) AND NOT (state = 'COMPLETED' AND completed_count = 1"
            " AND trades_count = 1 AND tree_terminated)",
            [trades],
        ).fetchone()
        halves = connection.execute(
            "SELECT count(*) FROM trade_half WHERE trade_id = ANY(%s::uuid[])", [trades]
        ).fetchone()
        answers = connection.execute(
            "SELECT count(*) FROM footprint_answer WHERE pre = 1.5 AND trade_id = ANY(%s::uuid[])", [trades]
        ).fetchone()
    statuses = sum((caller.statuses for caller in callers), Counter())
    times = sorted(moment for caller in callers for moment in caller.times)
    exact = wrong == (0,) and halves == (2 * len(trades),) and answers == (len(trades),)
    lines = [
        "| clients | seconds | requests | per second | p50 | p95 | p99 | 503, tried again | other errors | counters exact |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|",
        f"| {CLIENTS} | {SECONDS} | {len(times):,} | {len(times) / SECONDS:,.0f} | "
        + " | ".join(f"{times[int(len(times) * q)] * 1000:,.0f} ms" for q in (0.5, 0.95, 0.99))
        + f" | {statuses[503]:,} | {len(failures)} | {'yes' if exact else 'NO'} ({len(trades):,} requests answered) |",
    ]
    for failure in failures[:3]:
        print(failure)
    return "\n".join(lines)


HEAD = """# 200 clients

200 concurrent clients for 60 seconds on the same two cores as the server; half of them write (structure, request, link), half read.

"""

if __name__ == "__main__":
    result = main()
    print(result)
    Path(__file__).with_name("RESULT.md").write_text(HEAD + result + "\n", encoding="utf-8")
