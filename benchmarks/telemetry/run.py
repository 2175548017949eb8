"""Rows per second into the database, beside a bare COPY of the same rows; and a fleet of 100,000 batteries estimated anew.

Ten million samples of four batteries (1 Hz, CSV and Parquet) go through reading, cleaning and the temporary table into
monthly partitions under row-level security, in an embedded cluster with its ordinary durability. The bound beside it is
COPY of the same binary rows into a plain table with the same key: what PostgreSQL itself takes on this machine.
Memory is the highest resident set of this process while it reads.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import psycopg
import pyarrow as pa
from pyarrow import csv as arrow_csv
from pyarrow import parquet

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from tests.conftest import make_database, make_owner

from meguri.health.fleet import estimate_files
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope, Role
from meguri.storage.database import Database
from meguri.storage.embedded import Cluster
from meguri.storage.migrate import migrate
from meguri.storage.roles import prepare_roles
from meguri.telemetry import service, wire
from meguri.telemetry.model import BatteryInput, Chemistry, Level, NamePlate

ROWS, BATTERIES = int(os.environ.get("ROWS", "10000000")), 4
FLEET, SESSIONS = int(os.environ.get("FLEET", "100000")), 6
START = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
PLATE = NamePlate(level=Level.CELL, chemistry=Chemistry.NMC, rated_capacity_ah=50.0)
RESULT = Path(__file__).parent / "RESULT.md"


def columns(rows: int, seed: int) -> dict[str, np.ndarray]:
    """Rest, discharge and charge in turn at 1 Hz, as a logger writes them."""
    random, time_s = np.random.default_rng(seed), np.arange(rows, dtype=np.float64)
    phase = time_s % 7200
    current = np.select([phase < 1200, phase < 4200], [0.0, -25.0], 25.0)
    soc = 0.5 + 0.2 * np.sin(2 * np.pi * time_s / 7200)
    voltage = 3.2 + 0.9 * soc + 0.002 * current + random.normal(0, 0.0003, rows)
    return {
        "unix_time_second": START + time_s,
        "test_time_second": time_s,
        "voltage_volt": np.round(voltage, 4),
        "current_ampere": current,
        "temperature_t1_celsius": np.round(25 + 3 * soc, 1),
    }


async def ingest(login: str, files: list[Path]) -> tuple[float, int]:
    scope = OperatorScope(new_id(), "system:bench", Role.ADMIN)
    stored = 0
    async with Database(login, pool_size=2) as db:
        begun = time.perf_counter()
        for number, file in enumerate(files):
            battery = await db.run(scope, service.add, BatteryInput(label=f"B{number}", plate=PLATE))
            stored += (await db.run(scope, service.pour, battery.battery_id, file, file.name)).stored
        return time.perf_counter() - begun, stored


def bound(dsn: str, rows: int) -> float:
    """Seconds of a bare COPY of `rows` prepared binary rows into a table of the same shape and key, no security."""
    data = columns(rows, 1)
    kept = {
        "voltage": data["voltage_volt"],
        "current": data["current_ampere"],
        "temperature": data["temperature_t1_celsius"],
    }
    content = wire.rows_of(data["unix_time_second"], kept)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE bare (at timestamptz PRIMARY KEY, voltage real, current real, temperature real, soc real, "
            "cell_min real, cell_max real)"
        )
        begun = time.perf_counter()
        with connection.cursor().copy("COPY bare FROM STDIN (FORMAT binary)") as copy:
            copy.write(wire.HEAD)
            copy.write(content)
            copy.write(wire.TAIL)
        return time.perf_counter() - begun


def fleet_files(folder: Path, batteries: int, files: int) -> list[Path]:
    """Charge sessions of a fleet, a sample a minute, whole batteries in each file."""
    random, made = np.random.default_rng(5), []
    per_file = batteries // files
    minutes = 90
    for number in range(files):
        capacity = random.uniform(40, 60, per_file)
        session = np.arange(SESSIONS)
        minute = np.arange(minutes)
        at = (START + session[None, :, None] * 432_000 + minute[None, None, :] * 60) * 1e6
        at = np.broadcast_to(at, (per_file, SESSIONS, minutes)).reshape(-1).astype(np.int64)
        soc = 20 + minute[None, None, :] / 60 * 20 / capacity[:, None, None] * 100
        soc = soc + random.normal(0, 0.5, (per_file, SESSIONS, 1))
        ids = np.repeat([f"{number:03d}-{one:06d}" for one in range(per_file)], SESSIONS * minutes)
        table = pa.table(
            {
                "battery_id": pa.array(ids).dictionary_encode(),
                "unix_us": at,
                "current_ampere": np.full(len(at), 20.0, dtype=np.float32),
                "soc_percent": np.broadcast_to(soc, (per_file, SESSIONS, minutes)).reshape(-1).astype(np.float32),
            }
        )
        made.append(folder / f"fleet-{number:03d}.parquet")
        parquet.write_table(table, made[-1], compression="zstd")
    return made


def memory_mb() -> float:
    """The highest memory of this process: `ru_maxrss` would be that of the process that started it, where that was more."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def measured(folder: Path, cluster: Cluster, kind: str, rows: int) -> tuple[float, int, float]:
    """Seconds, rows kept, and highest memory of an ingest in a process of its own."""
    name = f"bench_{kind}_{rows}"
    make_database(cluster, name)
    login = prepare_roles(cluster.dsn(name), None)
    migrate(cluster.dsn(name))
    files = []
    for battery in range(BATTERIES):
        path = folder / f"{kind}-{rows}-{battery}.{kind}"
        table = pa.table(columns(rows // BATTERIES, battery))
        (parquet.write_table if kind == "parquet" else arrow_csv.write_csv)(table, path)
        files.append(path)
    # a process of its own, so that the memory is that of the ingest and not of making the files
    words = [sys.executable, __file__, "--ingest", login, *map(str, files)]
    answer = subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()
    for file in files:
        file.unlink()
    return float(answer[0]), int(answer[1]), float(answer[2])


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="meguri-bench-"))
    folder.chmod(0o755)
    cluster = Cluster(folder / "cluster")
    try:
        cluster.start()
        make_owner(cluster)
        lines = []
        for kind in ("csv", "parquet"):
            # the small run first: the difference of memory between it and the large one is what grows with the file
            _, _, small_mb = measured(folder, cluster, kind, ROWS // 2)
            seconds, stored, mb = measured(folder, cluster, kind, ROWS)
            rate = stored / seconds / 1000
            lines.append(f"| {kind} | {stored:,} | {seconds:.1f} | {rate:,.0f} k | {mb:.0f} ({mb - small_mb:+.0f}) |")
        make_database(cluster, "bench_bare")
        bare = bound(cluster.dsn("bench_bare"), ROWS // 10)
        made = fleet_files(folder, FLEET, 20)
        begun = time.perf_counter()
        batteries = estimate_files(made, folder / "fleet.parquet")
        fleet_s = time.perf_counter() - begun
        samples = sum(parquet.read_metadata(file).num_rows for file in made)
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
    RESULT.write_text(report(lines, bare, batteries, samples, fleet_s), encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))


def report(lines: list[str], bare: float, batteries: int, samples: int, fleet_s: float) -> str:
    fleet = f"{batteries:,} batteries, {SESSIONS} charge sessions each, from Parquet, two processes"
    return f"""# Telemetry: samples into the database, and a fleet estimated anew

`python -m benchmarks telemetry`. {BATTERIES} batteries, {ROWS:,} samples in all, 1 Hz; read, cleaned and kept in monthly
partitions under forced row-level security, one transaction per file, in the embedded database with ordinary durability.

| file | rows | seconds | rows/s | memory, MB (over half of the rows) |
|---|---|---|---|---|
{chr(10).join(lines)}
| bound: bare COPY, no cleaning, no security, no partitions | {ROWS // 10:,} | {bare:.1f} | {ROWS / 10 / bare / 1000:,.0f} k | – |

| fleet | samples | seconds | batteries/s |
|---|---|---|---|
| {fleet} | {samples:,} | {fleet_s:.1f} | {batteries / fleet_s:,.0f} |

Promised: 100,000 rows/s with flat memory; a fleet of 100,000 batteries within minutes on two cores.
"""


if __name__ == "__main__":
    if sys.argv[1:2] == ["--ingest"]:
        seconds, stored = asyncio.run(ingest(sys.argv[2], [Path(name) for name in sys.argv[3:]]))
        print(seconds, stored, memory_mb())
    else:
        main()
