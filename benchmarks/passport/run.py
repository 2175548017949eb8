"""Passports: 100,000 issued from one file, and the look-up of one among 10³, 10⁵ and 10⁶; bounds in the same run.

Bound of issuing: the same number of rows of the same size by bare INSERTs of the driver, without rules, hashes and history.
Bound of looking up: one row of the same table by its key, through the same pool.
"""

import asyncio
import io
import resource
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import psycopg
from benchmarks.exchange.run import TICKS, cpu_seconds, family
from tests.passport.batteries import GTINS, own, shared

from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope, Role
from meguri.operators import service as operators
from meguri.operators.model import NewOperator
from meguri.passport import service
from meguri.passport.model import NewPassport
from meguri.passport.service import bulk
from meguri.settings import load
from meguri.storage.access import access_to, prepare
from meguri.storage.database import Database
from meguri.storage.installation import installation
from serving import open_folder, processes

BASE = "https://id.example.jp"
COUNT = 100_000
READS = 400
COLUMNS = (
    "manufacturing_date",
    "placed_on_market_date",
    "operator_role",
    "operator_information.name",
    "operator_information.id",
)


def file_of(count: int) -> bytes:
    import json

    said = own("ev")
    out = io.StringIO()
    out.write("serial_number," + ",".join(COLUMNS) + ",extinguishing_agents,operator_information\n")
    agents = json.dumps(said["extinguishing_agents"], ensure_ascii=False).replace('"', '""')
    about = json.dumps(said["operator_information"], ensure_ascii=False).replace('"', '""')
    for number in range(count):
        out.write(f'B{number:07d},2026-10,2027-02-18,manufacturer,,,"{agents}","{about}"\n')
    return out.getvalue().encode()


def cpu(folder: Path) -> tuple[float, float]:
    """CPU seconds so far of this process, and of the database with its processes, those that have ended included."""
    masters = [pid for pid, _, line in processes() if "postgres" in line and str(folder) in line]
    ended = 0
    for pid in masters:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        ended += int(fields[13]) + int(fields[14])
    running = cpu_seconds([pid for master in masters for pid in family(master)])
    return time.process_time(), running + ended / TICKS


async def issue(db: Database, scope: OperatorScope, folder: Path) -> str:
    model = NewPassport(product_id=f"(01){GTINS['ev']}", granularity="model", values=shared("ev"), publish=True)
    made = await db.run(scope, service.issue, model, base=BASE)
    content = file_of(COUNT)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    spent = cpu(folder)
    started = time.perf_counter()
    job = await db.run(scope, bulk.prepare, bulk.NewJob(file_name="bench.csv", model=made.dpp_id), content, base=BASE)
    read = time.perf_counter() - started
    half = None
    task = asyncio.create_task(bulk.work(db, scope.operator_id, job.job_id))
    while not task.done():
        await asyncio.sleep(1)
        now = await db.run(scope, bulk.job_of, job.job_id)
        if half is None and now.issued >= COUNT / 2:
            half = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    await task
    ours, databases = (now - then for now, then in zip(cpu(folder), spent, strict=True))
    took = time.perf_counter() - started
    done = await db.run(scope, bulk.job_of, job.job_id)
    assert (done.issued, done.bad) == (COUNT, 0), done
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return (
        f"| 100,000 passports from one CSV, published | {took:,.0f} s ({COUNT / took:,.0f}/s; reading the file {read:,.1f} s); "
        f"CPU {ours:,.0f} + {databases:,.0f} s (process + database): "
        f"{2 * COUNT / (ours + databases):,.0f}/s on 2 free cores at most | "
        f"{before:,.0f} → {half or memory:,.0f} → {memory:,.0f} MB |"
    )


def bare(owner: str) -> str:
    """The same rows again into bare tables, 500 at a time."""
    with psycopg.connect(owner) as connection:
        connection.execute("CREATE TABLE bare_passport AS SELECT * FROM passport WITH NO DATA")
        connection.execute("CREATE TABLE bare_version AS SELECT * FROM passport_version WITH NO DATA")
        rows = connection.execute("SELECT to_jsonb(p)::text FROM passport p WHERE granularity = 'item'").fetchall()
        versions = connection.execute("SELECT to_jsonb(v)::text FROM passport_version v").fetchall()
        connection.commit()
        started = time.perf_counter()
        for table, found in (("bare_passport", rows), ("bare_version", versions)):
            for place in range(0, len(found), 500):
                part = "[" + ",".join(row[0] for row in found[place : place + 500]) + "]"
                sql = f"INSERT INTO {table} SELECT * FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb)"
                connection.execute(sql, [part])
                connection.commit()
        took = time.perf_counter() - started
        connection.execute("DROP TABLE bare_passport")
        connection.execute("DROP TABLE bare_version")
    return f"| bound: the same rows into bare tables | {took:,.0f} s ({COUNT / took:,.0f}/s) | |"


async def look_up(db: Database, owner: str, serials: list[str]) -> str:
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("ANALYZE passport")
        total = connection.execute("SELECT count(*) FROM passport").fetchone()[0]
    times, bound = [], []
    async with db.transaction(service.ANONYMOUS) as tx:
        for serial in serials:
            key = f"/01/{GTINS['ev']}/21/{serial}"
            started = time.perf_counter()
            view = await service.read_public(tx, service.ANONYMOUS, BASE + key, by_product=True)
            times.append(time.perf_counter() - started)
            assert view.values["serial_number"] == serial
            async with tx.across():
                started = time.perf_counter()
                await tx.value("SELECT version FROM passport WHERE product_key = %(key)s AND live", key=key)
                bound.append(time.perf_counter() - started)
    middle, slow = statistics.median(times) * 1000, sorted(times)[int(len(times) * 0.95)] * 1000
    line = f"| {total:,} | {middle:.2f} ms | {slow:.2f} ms | {statistics.median(bound) * 1000:.2f} ms |"
    print(line, flush=True)
    return line


def grow(owner: str, to: int) -> None:
    """More passports, as rows: copies under other serial numbers."""
    with psycopg.connect(owner, autocommit=True) as connection:
        total = connection.execute("SELECT count(*) FROM passport").fetchone()[0]
        turn = 0
        while total < to:
            turn += 1
            connection.execute(
                "INSERT INTO passport SELECT n.* FROM passport p CROSS JOIN LATERAL jsonb_populate_record(p, jsonb_build_object("
                " 'passport_id', gen_random_uuid(), 'product_key', p.product_key || %s, 'dpp_key', p.dpp_key || %s)) n "
                "WHERE p.granularity = 'item' AND p.product_key ~ '/21/B[0-9]{7}$' LIMIT %s",
                [f"x{turn}", f"x{turn}", to - total],
            )
            total = connection.execute("SELECT count(*) FROM passport").fetchone()[0]


def shrink(owner: str) -> None:
    """Only the first thousand stay."""
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE kept AS SELECT * FROM passport WHERE granularity = 'model' OR product_key ~ '/21/B0000[0-9]{3}$'"
        )
        connection.execute("TRUNCATE passport")
        connection.execute("INSERT INTO passport SELECT * FROM kept")
        connection.execute("DROP TABLE kept")


async def main() -> str:
    with open_folder() as folder:
        settings = load(data_dir=str(folder / "data"), profile="demo")
        access = access_to(settings.folder, None)
        access.cluster.start()
        try:
            prepare(access)
            async with Database(access.login, pool_size=3, installation=installation(BASE, b"s" * 32)) as db:
                scope = OperatorScope(new_id(), "system:bench", Role.ADMIN)
                company = NewOperator(name="Bench", address="Tokyo", open_operator_id="B-1")
                await db.run(scope, operators.register, company)
                print("issue", flush=True)
                lines = [await issue(db, scope, folder)]
                print(lines[0], flush=True)
                lines.append(bare(access.owner))
                print(lines[1], flush=True)
                serials = [f"B{number:07d}" for number in range(0, COUNT, COUNT // READS)]
                many = [await look_up(db, access.owner, serials)]
                grow(access.owner, 1_000_000)
                many.append(await look_up(db, access.owner, serials))
                shrink(access.owner)
                few = [f"B{number:07d}" for number in range(0, 1000, 1000 // READS)][:READS]
                many.insert(0, await look_up(db, access.owner, few))
                return HEAD.format(issue="\n".join(lines), lookup="\n".join(many))
        finally:
            access.cluster.stop()


HEAD = """# Passports

Issued in bulk: each with validation, completeness, derived values, five salted slice hashes, version, event and register entry.
The contract asks for 500 a second on 2 cores with flat memory (peak of the process: before, at half, at the end).

| what | time | memory |
|---|---:|---:|
{issue}

Looked up by the identifier on the carrier, with the model's values and everything that follows; the contract asks for 50 ms at
the 95th percentile with a million. Bound: one row by the same key.

| passports | median | 95 % | bound |
|---:|---:|---:|---:|
{lookup}
"""

if __name__ == "__main__":
    found = asyncio.run(main())
    Path(__file__).with_name("RESULT.md").write_text(found, encoding="utf-8")
