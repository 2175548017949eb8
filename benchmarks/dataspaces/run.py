"""Look-ups in the data space as the number of records grows: catalog page, one dataset, shells, registry, discovery by an asset id.

A real PostgreSQL (embedded, TCP off), one company with 10³, 10⁵ and 10⁶ datasets and shells of which one partner sees every tenth.
Each look-up is the use case behind the address, as the doors call it, with its JSON. The bound in the same run is an empty
transaction on the same connection pool: what no look-up can be faster than.
"""

import asyncio
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import psycopg

sys.path.insert(0, str(Path(__file__).parents[2]))

from meguri.dataspaces.aas import reading as shells
from meguri.dataspaces.aas.parameters import AssetId, Paging
from meguri.dataspaces.aas.view import PUBLIC, Viewer
from meguri.dataspaces.dsp import catalog, store
from meguri.dataspaces.dsp.model import Caller
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope, Role
from meguri.storage.database import Database
from meguri.storage.embedded import OWNER, SUPERUSER, Cluster
from meguri.storage.migrate import migrate
from meguri.storage.roles import prepare_roles

SIZES = (1_000, 100_000, 1_000_000)
CALLS = 200
BOUND = "empty transaction (bound)"
DID = "did:web:partner.example"
FILL = """
INSERT INTO dsp_dataset (operator_id, dataset_id, kind, title, type_iri, formats, trace_id, modified)
  SELECT %(o)s, 'urn:d:' || n, 'cfp-result', '{"ja":"x"}', 'urn:t', '{HttpData-PULL}', 't' || n,
         now() - n * interval '1 ms'
    FROM generate_series(%(from)s::int, %(to)s::int) n;
INSERT INTO dsp_offer (operator_id, offer_id, dataset_id, audience, policy, policy_hash, modified)
  SELECT %(o)s, 'ourn:d:' || n, 'urn:d:' || n, CASE WHEN n %% 10 = 0 THEN %(did)s ELSE 'did:web:other' END,
         '{"permission":[{"action":"use"}]}', 'h', now() - n * interval '1 ms'
    FROM generate_series(%(from)s::int, %(to)s::int) n;
INSERT INTO aas_shell (operator_id, shell_id, id_short, global_asset_id, record_kind, record_id, created_at)
  SELECT %(o)s, 'urn:a:' || n, 'S', 'urn:g:' || n, 'document', gen_random_uuid(), now()
    FROM generate_series(%(from)s::int, %(to)s::int) n;
INSERT INTO aas_audience (operator_id, audience, shell_id)
  SELECT %(o)s, CASE WHEN n %% 10 = 0 THEN %(did)s ELSE 'did:web:other' END, 'urn:a:' || n
    FROM generate_series(%(from)s::int, %(to)s::int) n;
INSERT INTO aas_asset_id (operator_id, audience, name, value, shell_id)
  SELECT %(o)s, CASE WHEN n %% 10 = 0 THEN %(did)s ELSE 'did:web:other' END, 'serialNumber', 'PK' || n, 'urn:a:' || n
    FROM generate_series(%(from)s::int, %(to)s::int) n;
"""


Spent = tuple[float, float, float]  # median, 95th percentile, our own processor time per call; milliseconds


async def timed(work: Callable[[int], Awaitable[Any]]) -> Spent:
    """What `CALLS` calls took."""
    spent = []
    own = time.process_time()
    for n in range(CALLS):
        start = time.perf_counter()
        msgspec.json.encode(await work(n))
        spent.append((time.perf_counter() - start) * 1000)
    spent.sort()
    own = (time.process_time() - own) * 1000 / CALLS
    return statistics.median(spent), spent[int(CALLS * 0.95)], own


async def measure(db: Database, scope: OperatorScope, size: int) -> dict[str, Spent]:
    participant = await db.run(scope, store.participant)
    assert participant is not None
    caller, viewer = Caller(did=DID), Viewer(audiences=(PUBLIC, DID), did=DID)

    async def nothing(tx: Any, _: Any) -> list[int]:
        return [await tx.value("SELECT 1")]

    def place(n: int) -> int:
        return 10 * (1 + (n * 7919) % (size // 10))

    async def middle(n: int) -> Any:
        page = await db.run(scope, catalog.page, participant, caller, None, tokens[n % len(tokens)])
        return page.catalog

    first = await db.run(scope, catalog.page, participant, caller, None, None)
    tokens: list[str | None] = [None]
    page = first
    for _ in range(5):
        if page.after:
            tokens.append(page.after)
            page = await db.run(scope, catalog.page, participant, caller, None, page.after)

    async def registry(n: int) -> Any:
        shell = await db.run(scope, shells.shell_of, viewer, f"urn:a:{place(n)}")
        return await db.run(scope, shells.descriptor, viewer, shell, "https://x", None)

    return {
        BOUND: await timed(lambda n: db.run(scope, nothing)),
        "catalog page of 100": await timed(middle),
        "one dataset": await timed(lambda n: db.run(scope, catalog.one, participant, caller, f"urn:d:{place(n)}")),
        "page of 100 shells": await timed(lambda n: db.run(scope, pages, viewer, f"urn:a:{place(n)}")),
        "shell descriptor": await timed(registry),
        "found by serial number": await timed(
            lambda n: db.run(scope, shells.found_by, viewer, [AssetId("serialNumber", f"PK{place(n)}")], "", 2)
        ),
        "hidden serial number": await timed(
            lambda n: db.run(scope, shells.found_by, viewer, [AssetId("serialNumber", f"PK{place(n) + 1}")], "", 2)
        ),
    }


async def pages(tx: Any, scope: OperatorScope, viewer: Viewer, after: str) -> list[str]:
    found, _ = await shells.page_of_shells(tx, scope, viewer, Paging(after, 100), None, ())
    return [one.shell_id for one in found]


async def work(login: str, owner: str) -> str:
    scope = OperatorScope(new_id(), "system:bench", Role.ADMIN)
    rows: dict[int, dict[str, Spent]] = {}
    async with Database(login, pool_size=2) as db:
        await db.run(scope, store.add_participant, "did:web:bench.example", str(scope.operator_id), b"k" * 32)
        before = 0
        for size in SIZES:
            with psycopg.connect(owner, autocommit=True) as connection:
                values = {"o": scope.operator_id, "did": DID, "from": before + 1, "to": size}
                for statement in FILL.strip().split(";\n"):
                    connection.execute(statement.rstrip(";").encode(), values)
                connection.execute(b"ANALYZE")
            before = size
            rows[size] = await measure(db, scope, size)
            print(size, {name: round(p95, 1) for name, (_, p95, _) in rows[size].items()}, flush=True)
    return table(rows)


def table(rows: dict[int, dict[str, Spent]]) -> str:
    names = list(next(iter(rows.values())))
    head = "| look-up, ms: median / p95 / own CPU | " + " | ".join(f"{size:,} records" for size in rows) + " |"
    lines = [head, "|---|" + "---|" * len(rows)]
    for name in names:
        cells = " | ".join(
            f"{found[name][0]:.1f} / {found[name][1]:.1f} / {found[name][2]:.1f}" for found in rows.values()
        )
        lines.append(f"| {name} | {cells} |")
    worst = max(p95 for found in rows.values() for name, (_, p95, _) in found.items() if name != BOUND)
    met = "met" if worst < 50 else "not met on this run"
    return (
        "# Data space: look-ups as the number of records grows\n\n"
        "One company; a partner sees every tenth record. Promise: p95 under 50 ms from 10³ to 10⁶ records, flat: "
        f"{met} (worst p95 {worst:.1f} ms). Load average of the machine at the end of the run: {os.getloadavg()[0]:.1f}; "
        "where it is well over 2 the times are mostly waiting for other work, and our own processor time per call says more."
        "\n\n" + "\n".join(lines) + "\n"
    )


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="meguri-bench-"))
    folder.chmod(0o755)
    cluster = Cluster(folder / "cluster", durable=False)
    try:
        cluster.start()
        with psycopg.connect(cluster.dsn("postgres", SUPERUSER), autocommit=True) as connection:
            connection.execute(f"CREATE ROLE {OWNER} LOGIN NOSUPERUSER CREATEDB CREATEROLE".encode())
            connection.execute(f"CREATE DATABASE bench OWNER {OWNER}".encode())
        owner = cluster.dsn("bench")
        prepare_roles(owner, None)
        migrate(owner)
        result = asyncio.run(work(prepare_roles(owner, None), owner))
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
    (Path(__file__).parent / "RESULT.md").write_text(result, encoding="utf-8")
    print(result)


if __name__ == "__main__":
    main()
