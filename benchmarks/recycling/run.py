"""A recycler's ledger at the size of a large plant: closing a month of a million postings, tracing a lot with a hundred
thousand ancestors, a rate of ten thousand fractions, a day's tours; each beside a bound or a peer of the same run."""

import asyncio
import os
import random
import statistics
import sys
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import psycopg
from tests.chain import company

from benchmarks.recycling import tours
from meguri.kernel.ids import new_id
from meguri.recycling import sheet
from meguri.recycling.model import Counting, ReClass
from meguri.recycling.recovery import Charge, Yielded, recover
from meguri.recycling.rulebook import recovery_rule_sets
from meguri.recycling.service import genealogy, importing, lots, periods
from meguri.settings import load
from meguri.storage.access import access_to, prepare
from meguri.storage.database import Database
from serving import open_folder

ENTRIES, LOTS, FRACTIONS = 1_000_000, 100_000, 10_000
MONTH = "2026-03"
ELEMENTS = ["mass", "Li", "Ni", "Co", "Mn", "Cu", "Al", "Steel"]
FILL = """
INSERT INTO recycling_entry (operator_id, site_id, seq, entry_id, tx_id, tx_type, at, period, book, element, attribute, state,
                             qty_kg, actor, prev_hash, hash)
SELECT %(operator)s, %(site)s, n, gen_random_uuid(), ('00000000-0000-7000-8000-' || lpad(to_hex((n - 1) / 16), 12, '0'))::uuid,
       'RECEIVE', now(), %(month)s, 'physical', (%(elements)s::text[])[((n - 1) / 2) %% 8 + 1], '',
       CASE WHEN n %% 2 = 1 THEN 'STOCK' ELSE 'EXT_SUPPLIER' END,
       (CASE WHEN n %% 2 = 1 THEN 1 ELSE -1 END) * (((n - 1) / 2) %% 97 + 0.25),
       'benchmark', CASE WHEN n = 1 THEN repeat('0', 64) ELSE encode(sha256((n - 1)::text::bytea), 'hex') END,
       encode(sha256(n::text::bytea), 'hex')
  FROM generate_series(1, %(rows)s::bigint) AS n
"""


async def close(db, owner: str, r) -> str:
    with psycopg.connect(owner) as connection:
        values = {"operator": r.id, "site": r.plant_id, "month": MONTH, "elements": ELEMENTS, "rows": ENTRIES}
        connection.execute(FILL, values)
        connection.commit()
        connection.autocommit = True
        connection.execute("ANALYZE recycling_entry")
        started = time.perf_counter()
        connection.execute("SELECT count(*), sum(qty_kg) FROM recycling_entry").fetchone()
        bound = time.perf_counter() - started
    started = time.perf_counter()
    closed = await r.run(periods.close, r.plant_id, MONTH, "benchmark")
    took = time.perf_counter() - started
    assert closed.statement["entries"] == ENTRIES
    return (
        f"| close a month of {ENTRIES:,} postings | {took:.2f} s | 15 s (a year: under a minute)"
        f" | {bound:.2f} s, one reading of the rows |"
    )


async def trace(db, owner: str, r) -> list[str]:
    """A graph of lots in which each but the first ten has two older parents, and a chain without branches."""
    lines = []
    for name, parents_of in (("two parents each, up to 1,000 back", _wide), ("one long chain", _chain)):
        ids = [new_id() for _ in range(LOTS)]
        edges = parents_of()
        with psycopg.connect(owner) as connection:
            _fill_lots(connection, r, ids, edges)
            connection.commit()
            connection.autocommit = True
            connection.execute("VACUUM ANALYZE recycling_edge")
        times = []
        for _ in range(5):
            started = time.perf_counter()
            found = await r.run(genealogy.upstream, ids[-1], "Ni")
            times.append(time.perf_counter() - started)
        assert abs(sum(one.share for one in found.relatives) - 1) < 1e-9
        lines.append(
            f"| origins of a lot with {LOTS - 1:,} ancestors ({name}) | {statistics.median(times):.2f} s | 1 s"
            f" | best {min(times):.2f} s |"
        )
    return lines


def _wide() -> list[tuple[int, int]]:
    dice = random.Random(1)
    edges = []
    for n in range(10, LOTS):
        a, b = dice.sample(range(max(n - 1000, 0), n), 2)
        edges += [(n, a), (n, b)]
    edges += [(LOTS - 1, n) for n in range(LOTS - 1001, LOTS - 1)]
    return list(dict.fromkeys(edges))


def _chain() -> list[tuple[int, int]]:
    return [(n, n - 1) for n in range(1, LOTS)]


def _fill_lots(connection, r, ids, edges) -> None:
    lot = """
    INSERT INTO recycling_lot (operator_id, lot_id, lot_no, site_id, kind, created_at, mass_wet_kg, mass_kg, left_kg,
                               composition, sources, is_waste, is_origin, passports, hazard, analysis, status, warnings,
                               content_hash, version)
    SELECT %s, id, id::text, %s, 'black_mass', %s, 1, 1, 1, '[{"element":"Ni","kg":"1","left":"1"}]', '{}', true, false,
           '[]', '{}', '{}', 'open', '[]', '', 1
      FROM unnest(%s::uuid[]) AS id
    """
    connection.execute(lot, [r.id, r.plant_id, datetime(2026, 3, 1, tzinfo=UTC), ids])
    connection.execute(
        "INSERT INTO recycling_edge (operator_id, child_id, parent_id, run_id, elements)"
        ' SELECT %s, c, p, gen_random_uuid(), \'{"Ni": "0.5"}\' FROM unnest(%s::uuid[], %s::uuid[]) AS e (c, p)',
        [r.id, [ids[c] for c, _ in edges], [ids[p] for _, p in edges]],
    )


def rates() -> str:
    dice = random.Random(2)
    charges = [Charge(element=e, mass_kg=Decimal(1000), u_rel=Decimal("0.02")) for e in ELEMENTS[1:]]
    yields = [
        Yielded(
            place=f"outputs[{n}]",
            element=dice.choice(ELEMENTS[1:]),
            mass_kg=Decimal(dice.randrange(1, 500)) / 1000,
            counting=Counting.RECYCLING,
            u_rel=Decimal("0.01"),
            calculation_point=True,
            substitutes_primary=True,
        )
        for n in range(FRACTIONS)
    ]
    book = recovery_rule_sets()["EU-RE-2025-606/1"]
    times = []
    for _ in range(5):
        started = time.perf_counter()
        recover(book, 2026, ReClass.LITHIUM_BASED, charges, yields)
        times.append(time.perf_counter() - started)
    started = time.perf_counter()
    sum((y.mass_kg for y in yields), Decimal(0))
    bound = time.perf_counter() - started
    return (
        f"| rates of {FRACTIONS:,} fractions, with uncertainty | {statistics.median(times) * 1000:.0f} ms | 500 ms"
        f" | {bound * 1000:.1f} ms, adding the masses once |"
    )


async def bring_in(db, r) -> str:
    """A file of a hundred thousand deliveries, read, checked, booked and audited; once more, when all is known."""
    rows = "".join(
        f"D{n:06d},waste_pack,{r.plant_id},2026-04-{n % 28 + 1:02d}T09:00:00+09:00,{n % 900 + 1}.25,,lithium_based,NMC,"
        f"16 06 07*,true,,JP\n"
        for n in range(LOTS)
    )
    raw = (",".join(sheet.COLUMNS) + "\n" + rows).encode()
    took = []
    for _ in range(2):
        started = time.perf_counter()
        done = await r.run(importing.lots_from, raw, dry_run=False)
        took.append(time.perf_counter() - started)
        assert (done.booked, done.errors) == (LOTS, [])
    one = "\n".join([",".join(sheet.COLUMNS), *(row.replace("D", "S", 1) for row in rows.splitlines()[:500])]).encode()
    single = list(sheet.read(one).receipts.values())
    started = time.perf_counter()
    await r.run(_singly, single)
    bound = (time.perf_counter() - started) * LOTS / len(single)
    return (
        f"| import of {LOTS:,} rows (deliveries; the same file again: {took[1]:.1f} s) | {took[0]:.1f} s | 20 s"
        f" | {bound:.0f} s, one by one (from {len(single)} rows) |"
    )


async def _singly(tx, scope, receipts) -> None:
    for receipt in receipts:
        async with tx.savepoint():
            await lots.receive(tx, scope, receipt)


async def _all() -> list[str]:
    with open_folder() as folder:
        settings = load(data_dir=str(folder / "data"), profile="demo")
        access = access_to(settings.folder, None)
        access.cluster.start()
        try:
            prepare(access)
            async with Database(access.login, pool_size=2, statement_timeout_s=120) as db:
                lines = [await bring_in(db, await company(db, "importing"))]
                print(lines[-1], flush=True)
                lines.append(await close(db, access.owner, await company(db, "closing")))
                print(lines[-1], flush=True)
                lines += await trace(db, access.owner, await company(db, "tracing"))
                print("\n".join(lines[-2:]), flush=True)
                lines.append(rates())
                print(lines[-1], flush=True)
                return lines
        finally:
            access.cluster.stop()


HEAD = """# A recycler's ledger

The month is closed with every check: each transaction adds up to zero per element, no account is negative, the chain of hashes
is unbroken, runs are balanced or reasoned, and the statement is computed and signed.

| what | measured | promised | bound or best |
|---|---:|---:|---|
"""


def main() -> None:
    before = os.getloadavg()[0]
    lines = asyncio.run(_all())
    load = f"{os.cpu_count()} cores; load of the machine {before:.1f} before and {os.getloadavg()[0]:.1f} after."
    text = HEAD + "\n".join(lines) + "\n\n" + load + "\n"
    row = tours.measured()
    print(row, flush=True)
    text += "\n" + tours.HEAD + row
    Path(__file__).with_name("RESULT.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
