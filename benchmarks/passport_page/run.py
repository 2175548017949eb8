"""Requests per CPU-second of the public page of a battery, beside a static file of the same server in the same run.

A real `meguri serve` (web, worker, embedded database); one passport is published through the use cases. Then each address is
asked over kept-alive connections by four clients, whole and conditionally (`If-None-Match`), as telephones, crawlers and
proxies do. CPU is that of the web process and of its database processes, from /proc.
"""

import asyncio
import http.client
import re
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from benchmarks.exchange.run import cpu_seconds, serving_pids
from meguri import app as composition
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope, Role
from meguri.operators import service as operators
from meguri.operators.model import NewOperator
from meguri.passport import service
from meguri.passport.model import NewPassport
from meguri.settings import load as settings_of
from meguri.storage import Database
from meguri.storage.access import access_to
from passport.batteries import GTINS, complete
from serving import Server, free_port, open_folder

CLIENTS = 4
PROMISED = 2000


async def publish(folder: Path, port: int) -> str:
    """The path of a published battery's page."""
    settings = settings_of({}, data_dir=str(folder), profile="demo", port=port)
    here, reactions = composition.installation_of(settings), composition.reactions(settings)
    maker = OperatorScope(new_id(), "system:benchmark", Role.ADMIN)
    new = NewPassport(
        gtin=GTINS["ev"], serial="MG26A000001", values=complete("ev"), publish=True, initial_declared=True
    )
    async with Database(access_to(folder, None).login, pool_size=2, installation=here, reactions=reactions) as db:
        await db.run(maker, operators.register, NewOperator(name="環パック", address="東京都", open_operator_id="J-1"))
        made = await db.run(maker, service.issue, new, base=f"http://127.0.0.1:{port}")
    return "/" + made.product_id.split("/", 3)[3]


def ask(port: int, path: str, headers: dict[str, str]) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    answer.body = answer.read()
    return answer


def press(port: int, path: str, headers: dict[str, str], status: int, count: int) -> float:
    """Sends `count` requests; wall seconds."""
    failures: list[BaseException] = []

    def client() -> None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port)
            for _ in range(count // CLIENTS):
                connection.request("GET", path, headers=headers)
                answer = connection.getresponse()
                answer.read()
                if answer.status != status:
                    raise RuntimeError(f"{path}: {answer.status}")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
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
        "| address | answer, bytes | requests per CPU-second (web + database) | CPU ms each | requests per second |",
        "|---|---:|---:|---:|---:|",
    ]
    with open_folder() as folder:
        port = free_port()
        server = Server(
            folder, port, MEGURI_APP="meguri.app", MEGURI_PROFILE="demo", MEGURI_REQUESTS_PER_SECOND="1000000"
        )
        try:
            server.wait_until_ready()
            page = asyncio.run(publish(folder, port))
            html_plain = {"Accept": "text/html"}
            html = {"Accept": "text/html", "Accept-Language": "ja", "Accept-Encoding": "gzip"}
            static = re.findall(r"/static/[^\"']+\.css", ask(port, "/sign-in", html_plain).body.decode())[0]
            asked = [
                ("static file (a style sheet)", static, {"Accept-Encoding": "gzip"}),
                ("public page of a battery", page, html),
                ("the same as linkset", f"{page}?linkType=all", {"Accept": "application/linkset+json"}),
            ]
            for name, path, headers in asked:
                first = ask(port, path, headers)
                if first.status != 200:
                    raise RuntimeError(f"{path}: {first.status} {first.body[:300]!r}")
                ways: list[tuple[str, dict[str, str], int]] = [("", headers, 200)]
                if etag := first.headers["etag"]:
                    ways.append((", unchanged (`If-None-Match`)", {**headers, "If-None-Match": etag}, 304))
                for kind, given, status in ways:
                    size = len(ask(port, path, given).body)
                    press(port, path, given, status, 800)
                    before = cpu_seconds(serving_pids(server))
                    wall = press(port, path, given, status, 8000)
                    spent = cpu_seconds(serving_pids(server)) - before
                    figures = f"{8000 / spent:,.0f} | {spent / 8:.2f} | {8000 / wall:,.0f}"
                    lines.append(f"| {name}{kind} | {size:,} | {figures} |")
                    print(lines[-1], flush=True)
        finally:
            server.stop()
    return "\n".join(lines)


HEAD = f"""# Public page of a battery

Requests of the public passport page (GS1 Digital Link) against a real `meguri serve` (embedded database), four kept-alive
clients, one web process, beside a static file of the same server in the same run. The promise is at least {PROMISED:,} requests per
CPU-second of web and database together.

"""

if __name__ == "__main__":
    Path(__file__).with_name("RESULT.md").write_text(HEAD + main() + "\n", encoding="utf-8")
