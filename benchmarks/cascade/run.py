"""One supplier's change, carried to every total that it touches, on the real database; beside a bound in the same run.

Wide: a purchased part that goes into 1,000 parts of the customer. Deep: 100,000 parts in ten tiers of 10,000, each made of
three parts of the tier below. The bound is one UPDATE of as many rows of the same table in a transaction of its own.
"""

import asyncio
import itertools
import random
import statistics
import sys
import time
from decimal import Decimal
from pathlib import Path
from uuid import UUID

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import psycopg
from tests.chain import Company, company

from meguri.footprint import service as footprint
from meguri.footprint.model import FootprintInput
from meguri.footprint.service import propagating, reactions
from meguri.kernel.ids import new_id
from meguri.operators import disclosure
from meguri.settings import load
from meguri.storage.access import access_to, prepare
from meguri.storage.database import Database
from meguri.traceability.subjects import PartsAndTrades
from serving import open_folder

TURNS = 15


def bulk(owner: str, customer: Company, leaf: UUID, links: list[tuple[UUID, UUID]], parts: list[UUID]) -> None:
    """Parts and links as rows, as an import would leave them."""
    with psycopg.connect(owner) as connection:
        connection.execute(
            "INSERT INTO part (operator_id, trace_id, plant_id, name, unit, terminated, is_parent, created_at, updated_at)"
            " SELECT %s, id, %s, id::text, 'kilogram', false, true, now(), now() FROM unnest(%s::uuid[]) AS id",
            [customer.id, customer.plant_id, parts],
        )
        connection.execute(
            "INSERT INTO part_link (operator_id, parent_id, child_id, position, amount)"
            " SELECT %s, parent, child, 1, 1.5 FROM unnest(%s::uuid[], %s::uuid[]) AS w (parent, child)",
            [customer.id, [parent for parent, _ in links], [child for _, child in links]],
        )
        connection.commit()
        connection.autocommit = True
        connection.execute("ANALYZE")


async def measure(db: Database, owner: str, name: str, shape) -> str:
    customer, supplier = await company(db, f"{name} customer"), await company(db, f"{name} supplier")
    await customer.part("top", [("bought", 1)])
    await supplier.part("sold", ends=True)
    trade = await customer.ask(supplier, "bought")
    await supplier.link(trade, "sold")
    leaf = await customer.part_id("bought")
    parts, links = shape(leaf)
    bulk(owner, customer, leaf, links, parts)
    said = await supplier.declare("sold", pre=1, main=1)
    times, affected = [], 0
    for turn in range(TURNS):
        changed = FootprintInput(
            declared_unit=said.declared_unit,
            pre_production=Decimal("1.5") + turn,
            main_production=Decimal(2),
            pre_quality=said.pre_quality,
            main_quality=said.main_quality,
        )
        started = time.perf_counter()
        await supplier.run(footprint.record, said.trace_id, changed, footprint_id=said.footprint_id)
        times.append(time.perf_counter() - started)
    with psycopg.connect(owner) as connection:
        affected = connection.execute(
            "SELECT count(*) FROM footprint_sum WHERE operator_id = %s", [customer.id]
        ).fetchone()[0]
        waiting = connection.execute(
            "SELECT count(*) FROM footprint_sum WHERE operator_id = %s AND updating_since IS NOT NULL", [customer.id]
        ).fetchone()[0]
        started = time.perf_counter()
        connection.execute("UPDATE footprint_sum SET pre = pre + 1 WHERE operator_id = %s", [customer.id])
        connection.commit()
        bound = time.perf_counter() - started
        connection.execute("UPDATE footprint_sum SET pre = pre - 1 WHERE operator_id = %s", [customer.id])
    line = (
        f"| {name} | {len(parts) + 2:,} | {affected:,} | {statistics.median(times) * 1000:,.0f} ms | {min(times) * 1000:,.0f} ms"
        f" | {waiting:,} | {bound * 1000:,.0f} ms |"
    )
    print(line, flush=True)
    return line


def wide(leaf: UUID) -> tuple[list[UUID], list[tuple[UUID, UUID]]]:
    parts = [new_id() for _ in range(999)]
    return parts, [(part, leaf) for part in parts]


def deep(leaf: UUID) -> tuple[list[UUID], list[tuple[UUID, UUID]]]:
    dice = random.Random(1)
    tiers = [[new_id() for _ in range(10_000)] for _ in range(10)]
    links = [
        (part, child) for above, below in itertools.pairwise(tiers) for part in above for child in dice.sample(below, 3)
    ]
    return [part for tier in tiers for part in tier], [*links, *((part, leaf) for part in tiers[-1][:3])]


async def _all() -> list[str]:
    disclosure.learn(PartsAndTrades())
    jobs: list[str] = []

    async def defer(_connection, task, _args, _run_at=None) -> None:
        jobs.append(task)

    with open_folder() as folder:
        settings = load(data_dir=str(folder / "data"), profile="demo")
        access = access_to(settings.folder, None)
        access.cluster.start()
        try:
            prepare(access)
            async with Database(
                access.login, reactions=reactions, defer=defer, pool_size=2, statement_timeout_s=60
            ) as db:
                return [
                    await measure(db, access.owner, "1,000 parts, one tier", wide),
                    await measure(db, access.owner, "100,000 parts, ten tiers", deep),
                ]
        finally:
            access.cluster.stop()


HEAD = f"""# One supplier's change

From the supplier's declaration to the last total downstream, in one transaction (up to {propagating.LIMIT:,} parts; what lies
beyond follows as jobs and says so). The promise is a median under 20 ms with 1,000 affected parts. Bound: one UPDATE of the
same rows.

| structure | parts | affected | median | best | left to jobs | bound: one UPDATE |
|---|---:|---:|---:|---:|---:|---:|
"""

if __name__ == "__main__":
    lines = asyncio.run(_all())
    Path(__file__).with_name("RESULT.md").write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
