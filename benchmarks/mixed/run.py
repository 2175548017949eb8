"""The mixed load of a hundred companies: an open loop at a set rate, then closed loops up to the point where load is shed.

A real `meguri serve` with its embedded database; 80 % reads, 15 % writes, 5 % exports. In the open loop requests are due at
random moments (a Poisson process), whether or not those before are answered, and a request's time counts from when it was
due: a server that stands still is not flattered by clients that wait. `SECONDS=3600` runs the promised hour.
"""

import os
import queue
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import psycopg

from benchmarks.mixed.callers import Caller, Kept
from benchmarks.mixed.people import TIERS, WIDTH, Tenant, people
from meguri.storage.access import access_to
from serving import Server, free_port, open_folder, processes

SECONDS, RATE = int(os.environ.get("SECONDS", "120")), float(os.environ.get("RATE", "50"))
CLOSED = tuple(int(one) for one in os.environ.get("CLIENTS", "1 4 16 64 256").split())
CLOSED_S = 10
_CALLERS = 48
RESULT = Path(__file__).with_name("RESULT.md")


def open_loop(port: int, tenants: list[Tenant]) -> Kept:
    """Requests at `RATE` per second on average for `SECONDS`."""
    kept, lock, due = Kept(), threading.Lock(), queue.Queue[float | None]()

    def call(number: int) -> None:
        caller = Caller(port, tenants, kept, lock, number)
        while (moment := due.get()) is not None:
            caller.act(moment)

    threads = [threading.Thread(target=call, args=(number,)) for number in range(_CALLERS)]
    for thread in threads:
        thread.start()
    dice, moment = random.Random(7), time.perf_counter()
    ends = moment + SECONDS
    while moment < ends:
        time.sleep(max(0.0, moment - time.perf_counter()))
        due.put(moment)
        moment += dice.expovariate(RATE / _REQUESTS_PER_STEP)
    for _ in threads:
        due.put(None)
    for thread in threads:
        thread.join()
    return kept


# A step is one request, but 40 % of writes read first and 40 % of them write one or two more: so many on average.
_REQUESTS_PER_STEP = 1 + 0.15 * (0.4 + 0.44 * 0.4 * 2)


def closed_loop(port: int, tenants: list[Tenant], clients: int) -> tuple[Kept, float]:
    """So many clients, each of which asks again when it is answered."""
    kept, lock, until = Kept(), threading.Lock(), time.perf_counter() + CLOSED_S

    def call(number: int) -> None:
        caller = Caller(port, tenants, kept, lock, clients * 1000 + number)
        while time.perf_counter() < until:
            caller.act(time.perf_counter())

    threads = [threading.Thread(target=call, args=(number,)) for number in range(clients)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return kept, time.perf_counter() - started


def memory_mb(server: Server) -> dict[str, int]:
    """Resident memory of the server's Python processes, and the proportional share (PSS) of its database's."""
    parents = {pid: parent for pid, parent, _ in processes()}

    def ours(pid: int | None) -> bool:
        while pid and pid != server.process.pid:
            pid = parents.get(pid)
        return pid == server.process.pid

    found = {"Python": 0, "PostgreSQL": 0}
    for pid, _, line in processes():
        if ours(pid):
            found["PostgreSQL" if line.startswith("postgres") or "/postgres" in line else "Python"] += _pss_kb(pid)
    return {name: size // 1024 for name, size in found.items()}


def _pss_kb(pid: int) -> int:
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
    except OSError:
        return 0
    return int(next(line.split()[1] for line in rollup.splitlines() if line.startswith("Pss:")))


def percentiles(times: list[float]) -> str:
    times = sorted(times)
    if not times:
        return "— | — | — | —"
    return " | ".join(f"{times[min(int(len(times) * q), len(times) - 1)] * 1000:,.0f} ms" for q in (0.5, 0.95, 0.99, 1))


def whole(folder: Path, kept: list[Kept], before: int) -> str:
    """Whether all that was acknowledged is there, once, and the audit chain verifies."""
    with psycopg.connect(access_to(folder, None).owner) as connection:
        parts = connection.execute("SELECT count(*) FROM part").fetchone()
        linked = [one for each in kept for one in each.linked]
        answered = connection.execute(
            "SELECT count(*) FROM trade_half WHERE side = 'down' AND request_id = ANY(%s::uuid[]) AND state = 'COMPLETED'",
            [linked],
        ).fetchone()
    missing = before + sum(each.parts for each in kept) - (parts[0] if parts else 0)
    verified = subprocess.run(
        [sys.executable, "-m", "meguri.cli", "verify-audit", "--data-dir", str(folder)],
        capture_output=True,
        check=False,
    )
    return (
        f"parts acknowledged and missing: {missing}; requests linked: {len(linked):,}, "
        f"answered: {answered[0] if answered else 0:,}; "
        f"audit chain {'verifies' if verified.returncode == 0 else 'BROKEN'}"
    )


def main() -> str:
    with open_folder() as folder:
        server = Server(folder / "data", free_port(), MEGURI_APP="meguri.app", MEGURI_PROFILE="production")
        try:
            ready = server.wait_until_ready()
            tenants = people(folder / "data")
            with psycopg.connect(access_to(folder / "data", None).owner) as connection:
                row = connection.execute("SELECT count(*) FROM part").fetchone()
            before = row[0] if row else 0
            opened = open_loop(server.port, tenants)
            memory = memory_mb(server)
            closed = {clients: closed_loop(server.port, tenants, clients) for clients in CLOSED}
            found = whole(folder / "data", [opened, *(kept for kept, _ in closed.values())], before)
            server.stop()
            server = Server(folder / "data", server.port, MEGURI_APP="meguri.app", MEGURI_PROFILE="production")
            again = server.wait_until_ready()
        finally:
            server.stop()
    return _text((ready, again), opened, memory, closed, found)


def _text(ready: float, opened: Kept, memory: dict[str, int], closed: dict[int, tuple[Kept, float]], found: str) -> str:
    lines = [
        "# Mixed load",
        "",
        f"{TIERS * WIDTH} companies in {TIERS} tiers on the same two cores as the server: 80 % reads, 15 % writes, 5 % exports",
        "over the native API, a key per company. Open loop: requests are due at random moments and timed from when they were",
        "due. The promise: p95 under 150 ms and p99 under 500 ms at 50 requests/s, no error for an hour; ready in under 5 s;",
        "under 1 GB.",
        "",
        "| open loop | requests | per second | p50 | p95 | p99 | longest |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name, times in (("all", opened.all_times), *opened.times.items()):
        lines.append(f"| {name} | {len(times):,} | {len(times) / SECONDS:,.1f} | {percentiles(times)} |")
    lines += [
        "",
        f"{SECONDS:,} s; told to come again (503): {opened.statuses[503]}, somebody else was first (412): {opened.statuses[412]}, "
        f"other errors: {len(opened.failures)}. "
        f"Ready after {ready[1]:.1f} s (at first, with its database made anew, {ready[0]:.1f} s). "
        "Memory at the end of the open loop: "
        + ", ".join(f"{name} {size:,} MB" for name, size in memory.items())
        + ".",
        "",
        "| closed loop, clients | requests per second | p50 | p95 | p99 | longest | 503 | other errors |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for clients, (kept, seconds) in closed.items():
        times = kept.all_times
        lines.append(
            f"| {clients} | {len(times) / seconds:,.0f} | {percentiles(times)} | {kept.statuses[503]:,} | {len(kept.failures)} |"
        )
    lines += ["", f"Afterwards: {found}.", ""]
    for kept in (opened, *(kept for kept, _ in closed.values())):
        for failure in kept.failures[:3]:
            print(failure)
    return "\n".join(lines)


if __name__ == "__main__":
    text = main()
    print(text)
    RESULT.write_text(text, encoding="utf-8")
