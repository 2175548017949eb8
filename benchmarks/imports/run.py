"""10,000 rows of every kind of import, as CSV and as XLSX, through a real `meguri serve`: time, and memory of its processes.

Beside each figure a bound of the same run: the bare file read by the same reader (csv, calamine) and its cells written to one
table of the same database by COPY — no checks, no history, no totals, no audit.  `ROWS=2000` tries it on fewer rows.
"""
# ruff: noqa: E501

import csv
import io
import json
import os
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import psycopg
import xlsxwriter
from python_calamine import CalamineWorkbook

from benchmarks.exchange.run import cpu_seconds, family, serving_pids
from faults.test_exchange_kill import A, B, part
from meguri.storage.access import access_to
from serving import Server, free_port, open_folder

DATA, INFO = "/api/v1/datatransport?dataTarget=", "/api/v1/authInfo?dataTarget="
ACCOUNTS = {A: ("oem_a@example.com", "oemA&user_01"), B: ("supplier_b@example.com", "supplierB&user_01")}
ROWS = int(os.environ.get("ROWS", "10000"))
PROMISE_S, MIB, PER_PARENT = 60, 1 << 20, 50
Table = list[list[str]]
"""The headings, and the rows below them."""


def as_csv(table: Table) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(table)
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(table: Table) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(table):
            sheet.write_row(number, 0, row)
    return out.getvalue()


def parts(tag: str) -> Table:
    """Parts of one's own, without structure."""
    return [
        ["name", "support_name", "plant", "unit", "terminated"],
        *([f"部品{tag}{number:05}", "", "L000001", "kg", "yes"] for number in range(ROWS)),
    ]


def structures(tag: str) -> Table:
    """Parents with nine components each: a tenth of the rows are parents."""
    rows = [["parent_name", "name", "plant", "unit", "terminated", "amount"]]
    for number in range(ROWS):
        parent = f"組立{tag}{number // 10:05}"
        own = ["", parent, "L000001", "個", "no", ""]
        rows.append([parent, f"{parent}-{number % 10}", "L000001", "kg", "yes", "1.5"] if number % 10 else own)
    return rows


def footprints(tag: str) -> Table:
    """A figure for each of the parts of `parts`."""
    return [
        ["part", "pre_production", "main_production", "pre_ter", "pre_ger", "pre_tir", "comment"],
        *([f"部品{tag}{number:05}", "1.25", "2.5", "2", "2", "2", "実測"] for number in range(ROWS)),
    ]


def answers(requests: Sequence[str]) -> Table:
    """An answer to each request; a part of one's own is registered for each."""
    return [
        ["request_id", "pre_production", "main_production"],
        *([request, "1.25", "2.5"] for request in requests),
    ]


class Peak:
    """The resident memory of the server's processes (web and worker, not the database), looked at ten times a second."""

    def __init__(self, pids: Sequence[int]) -> None:
        self.pids, self.most, self._stop = pids, 0, threading.Event()
        self.before = self._now()

    def _now(self) -> int:
        total = 0
        for pid in self.pids:
            try:
                total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()
            except (FileNotFoundError, ProcessLookupError):
                continue
        return total

    def __enter__(self) -> "Peak":
        def watch() -> None:
            while not self._stop.wait(0.1):
                self.most = max(self.most, self._now())

        threading.Thread(target=watch, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()

    @property
    def grown(self) -> float:
        """MiB above what it was before."""
        return max(self.most - self.before, 0) / MIB


class Api:
    """One company's calls over one kept connection."""

    def __init__(self, port: int, who: str) -> None:
        self.who, self.port = who, port
        self.sign_in()

    def sign_in(self) -> None:
        """A new connection and a new token: both end after a while."""
        self.token = ""
        self.connection = HTTPConnection("127.0.0.1", self.port, timeout=120)
        account, password = ACCOUNTS[self.who]
        said = {"operatorAccountId": account, "accountPassword": password}
        self.token = self("POST", "/auth/login", json.dumps(said).encode())["accessToken"]

    def __call__(self, method: str, path: str, body: bytes | None = None, kind: str = "application/json") -> Any:
        headers = {"apiKey": "Sample-APIKey1", "Content-Type": kind}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        raw = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {raw[:300]!r}")
        return json.loads(raw) if raw else None

    def put(self, path: str, said: object) -> Any:
        return self("PUT", path, json.dumps(said).encode())

    def plant(self) -> str:
        """A plant of the company; its public id is L000001."""
        said = {"plantId": None, "operatorId": self.who, "plantName": "工場", "plantAddress": "東京都"}
        found: str = self.put(INFO + "plant", said | {"openPlantId": "L000001", "plantAttribute": {}})["plantId"]
        return found


def taken(api: Api, kind: str, content: bytes, name: str) -> tuple[float, dict[str, Any]]:
    """Hands a file in and waits for the end; seconds and the import as it ended."""
    began = time.perf_counter()
    run = api("POST", f"/api/v1/imports/{kind}?file_name={name}", content, "application/octet-stream")
    while run["state"] in ("queued", "checking", "writing"):
        time.sleep(0.1)
        run = api("GET", f"/api/v1/imports/{run['import_id']}")
    return time.perf_counter() - began, run


def cpu_of(server: Server) -> dict[int, float]:
    """CPU seconds so far of web, worker and database, by process."""
    return {pid: cpu_seconds([pid]) for pid in {*family(server.process.pid), *serving_pids(server)}}


def programs(server: Server) -> list[int]:
    """Our own processes: those of the database stand below them, and their pages of its shared memory are no growth."""
    return [pid for pid, line in family(server.process.pid).items() if "meguri." in line and "postgres" not in line]


def bare(content: bytes, dsn: str, *, workbook: bool) -> float:
    """Seconds to read the file and to COPY its cells."""
    began = time.perf_counter()
    if workbook:
        table: Any = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    else:
        table = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    with psycopg.connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE bare (cells text[])")
        with cursor.copy("COPY bare FROM STDIN") as copy:
            for row in table[1:]:
                copy.write_row(([str(cell) for cell in row],))
    return time.perf_counter() - began


def asked(customer: Api, plant: str, tag: str) -> Iterator[str]:
    """Requests of the customer, one for each component of one part."""
    customer.sign_in()
    children = [part(A, plant, f"依頼{tag}{number:05}", ends=False, amount=1) for number in range(ROWS)]
    for start in range(0, ROWS, PER_PARENT):
        said = {
            "parentPartsModel": part(A, plant, f"全体{tag}{start}", ends=False),
            "childrenPartsModel": children[start : start + PER_PARENT],
        }
        for child in customer.put(DATA + "partsStructure", said)["childrenPartsModel"]:
            trade = {"tradeId": None, "downstreamOperatorId": A, "upstreamOperatorId": B, "upstreamTraceId": None}
            status = {"statusId": None, "tradeId": None, "requestStatus": {}, "message": None, "replyMessage": None}
            status |= {"requestType": "CFP", "responseDueDate": "2030-01-01"}
            request = {"tradeModel": trade | {"downstreamTraceId": child["traceId"]}, "statusModel": status}
            yield customer.put(DATA + "tradeRequest", request)["statusModel"]["statusId"]


def measured(server: Server, folder: Path) -> list[str]:
    dsn = access_to(folder, None).owner
    customer, supplier = Api(server.port, A), Api(server.port, B)
    plant_a = customer.plant()
    supplier.plant()
    lines = []
    for form, write in (("CSV", as_csv), ("XLSX", as_xlsx)):
        tables: list[tuple[str, str, Callable[[], Table]]] = [
            ("parts", "parts", lambda tag=form: parts(tag)),
            ("parts and structures", "parts", lambda tag=form: structures(tag)),
            ("footprints", "footprints", lambda tag=form: footprints(tag)),
            ("answers", "answers", lambda tag=form: answers(list(asked(customer, plant_a, tag)))),
        ]
        for shown, kind, make in tables:
            content = write(make())
            supplier.sign_in()
            with Peak(programs(server)) as peak:
                cpu = sum(cpu_of(server).values())
                took, run = taken(supplier, kind, content, f"{kind}.{form.casefold()}")
            cpu = sum(cpu_of(server).values()) - cpu
            if run["state"] != "done" or run["bad"]:
                faults = supplier("GET", f"/api/v1/imports/{run['import_id']}/faults")["items"][:3]
                raise RuntimeError(f"{shown}, {form}: {run} {json.dumps(faults, ensure_ascii=False)}")
            bound = bare(content, dsn, workbook=form == "XLSX")
            lines.append(
                f"| {shown} | {form} | {run['rows']:,} | {took:.1f} s | {run['rows'] / took:,.0f} | {cpu:.1f} s | {bound:.2f} s | {peak.grown:,.0f} MiB |"
            )
            print(lines[-1], flush=True)
    return lines


def main() -> None:
    with open_folder() as folder:
        server = Server(folder / "data", free_port(), MEGURI_APP="meguri.app", MEGURI_PROFILE="tutorial")
        try:
            server.wait_until_ready(180)
            lines = measured(server, folder / "data")
        finally:
            server.stop()
    head = [
        "# Imports",
        "",
        f"{ROWS:,} rows of each kind through a real `meguri serve` (web, worker, embedded database on the same 2 cores), checked and written with",
        f"history, totals and audit; promise: under {PROMISE_S} s with flat memory. *Bare*: the same file read and its cells COPYed into one table.",
        "Memory is what web and worker have above what they had before the file came.",
        "",
        "| what | file | rows | time | rows per second | CPU | bare | memory |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    (Path(__file__).parent / "RESULT.md").write_text("\n".join([*head, *lines]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
