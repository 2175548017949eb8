"""Requests per CPU-second of the exchange, beside a do-nothing handler of the same server in the same run.

A real `meguri serve` (web, worker, embedded database) in the tutorial profile; 50 parents with figures of their own are
written over the Ouranos interface; then each address is asked over kept-alive connections. CPU is that of the web process
and of its database processes, from /proc, so that waiting counts nothing.
"""

import http.client
import json
import os
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.serving import Server, free_port, open_folder, processes

OPERATOR = "b39e6248-c888-56ca-d9d0-89de1b1adc8e"
HEADERS = {"apiKey": "Sample-APIKey1", "Content-Type": "application/json"}
TICKS = os.sysconf("SC_CLK_TCK")
PARENTS = 50


def call(connection: http.client.HTTPConnection, method: str, path: str, headers: dict[str, str], body: object = None):
    content = json.dumps(body).encode() if body is not None else None
    connection.request(method, path, body=content, headers=headers)
    answer = connection.getresponse()
    raw = answer.read()
    if answer.status >= 400:
        raise RuntimeError(f"{method} {path}: {answer.status} {raw[:300]!r}")
    return json.loads(raw) if raw else None


def cpu_seconds(pids: list[int]) -> float:
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except FileNotFoundError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def family(root: int) -> dict[int, str]:
    """All processes below `root`, with their command lines."""
    parents: dict[int, int] = {}
    names: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
                names[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                parents[int(entry.name)] = int(stat.rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
    below, grown = {root}, True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in below} - below
        below |= more
        grown = bool(more)
    return {pid: names[pid] for pid in below if pid in names}


def serving_pids(server: Server) -> list[int]:
    """Web and database processes of this server: the database is found by its folder, for it detaches itself."""
    web = [pid for pid, name in family(server.process.pid).items() if "meguri.commands.web" in name]
    masters = [pid for pid, _, line in processes() if "postgres" in line and str(server.folder) in line]
    return web + [pid for master in masters for pid in family(master)]


def seed(port: int) -> tuple[dict[str, str], list[str]]:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    tokens = call(
        connection,
        "POST",
        "/auth/login",
        HEADERS,
        {"operatorAccountId": "oem_a@example.com", "accountPassword": "oemA&user_01"},
    )
    headers = {**HEADERS, "Authorization": f"Bearer {tokens['accessToken']}"}
    plant = call(
        connection,
        "PUT",
        "/api/v1/authInfo?dataTarget=plant",
        headers,
        {
            "plantId": None,
            "operatorId": OPERATOR,
            "plantName": "A工場",
            "plantAddress": "東京都",
            "openPlantId": "0000000000000012345",
            "plantAttribute": {},
        },
    )
    ids = []
    for number in range(PARENTS):
        base = {
            "operatorId": OPERATOR,
            "plantId": plant["plantId"],
            "supportPartsName": None,
            "traceId": None,
            "amountRequiredUnit": "kilogram",
            "partsLabelName": None,
            "partsAddInfo1": None,
            "partsAddInfo2": None,
            "partsAddInfo3": None,
        }
        written = call(
            connection,
            "PUT",
            "/api/v1/datatransport?dataTarget=partsStructure",
            headers,
            {
                "parentPartsModel": {
                    **base,
                    "partsName": f"親{number}",
                    "terminatedFlag": False,
                    "amountRequired": None,
                },
                "childrenPartsModel": [
                    {**base, "partsName": f"子{number}", "terminatedFlag": True, "amountRequired": 1.5}
                ],
            },
        )
        trace = written["parentPartsModel"]["traceId"]
        ids.append(trace)
        rows = [
            {
                "cfpId": None,
                "traceId": trace,
                "ghgEmission": value,
                "ghgDeclaredUnit": "kgCO2e/kilogram",
                "cfpType": kind,
                "dqrType": dqr,
                "dqrValue": {"TeR": 1, "GeR": 2, "TiR": 3},
            }
            for kind, dqr, value in (
                ("preProduction", "preProcessing", 1.25 + number),
                ("mainProduction", "mainProcessing", 3.5),
                ("preComponent", "preProcessing", 0),
                ("mainComponent", "mainProcessing", 0),
            )
        ]
        call(connection, "PUT", "/api/v1/datatransport?dataTarget=cfp", headers, rows)
    return headers, ids


def load(port: int, path: str, headers: dict[str, str], requests: int, clients: int) -> float:
    """Sends `requests` over `clients` connections; wall seconds."""
    failures: list[BaseException] = []

    def client(count: int) -> None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port)
            for _ in range(count):
                connection.request("GET", path, headers=headers)
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    raise RuntimeError(f"{path}: {answer.status}")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=client, args=(requests // clients,)) for _ in range(clients)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return time.perf_counter() - started


def main() -> str:
    lines = [
        "| address | requests per CPU-second (web + database) | CPU ms each | requests per second |",
        "|---|---:|---:|---:|",
    ]
    with open_folder() as folder:
        port = free_port()
        server = Server(folder, port, MEGURI_APP="meguri.app", MEGURI_PROFILE="tutorial")
        try:
            server.wait_until_ready()
            headers, ids = seed(port)
            asked = {
                "do nothing (`/healthz`)": ("/healthz", {}, 4000),
                "`cfp`, 50 parents, 400 rows": (
                    f"/api/v1/datatransport?dataTarget=cfp&traceIds={','.join(ids)}",
                    headers,
                    1200,
                ),
                "`cfp`, 1 parent, 8 rows": (f"/api/v1/datatransport?dataTarget=cfp&traceIds={ids[0]}", headers, 2000),
                "`parts`, 100 rows": ("/api/v1/datatransport?dataTarget=parts&limit=100", headers, 1200),
            }
            for name, (path, given, count) in asked.items():
                load(port, path, given, count // 10, 4)
                before = cpu_seconds(serving_pids(server))
                wall = load(port, path, given, count, 4)
                spent = cpu_seconds(serving_pids(server)) - before
                lines.append(f"| {name} | {count / spent:,.0f} | {1000 * spent / count:.2f} | {count / wall:,.0f} |")
                print(lines[-1], flush=True)
        finally:
            server.stop()
    return "\n".join(lines)


HEAD = """# Exchange

Requests of the Ouranos façade against a real `meguri serve` (embedded database), four kept-alive clients. The promise is at least
400 requests per CPU-second of web and database together for `cfp` with 50 parents (400 rows).

"""

if __name__ == "__main__":
    Path(__file__).with_name("RESULT.md").write_text(HEAD + main() + "\n", encoding="utf-8")
