"""kill -9 amid successions and transfers: each is whole or has not happened, and what was acknowledged is there."""

import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from conftest import Fresh, Ground
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.operators.model import NewOperator
from meguri.storage.database import Database

pytestmark = [pytest.mark.faults, pytest.mark.anyio]
WORKER = Path(__file__).parents[1] / "passport" / "succession_worker.py"
WHOLE = """
SELECT p.serial,
       (SELECT count(*) FROM passport s WHERE s.serial = p.serial || '-2' AND s.live AND s.state = 'Active'),
       (SELECT count(*) FROM passport_link l WHERE l.predecessor_id = p.passport_id),
       (SELECT count(*) FROM passport_dealing d WHERE d.kind = 'transfer' AND d.state = 'accepted'
           AND d.body -> 'passports' ? p.passport_id::text),
       p.state, p.operator_id
  FROM passport p WHERE p.live AND p.serial !~ '-2$'
"""


@pytest.fixture
def ground(fresh: Fresh) -> Iterator[Ground]:
    made = fresh()
    yield made
    fresh.drop(made)


async def test_a_succession_is_whole_or_has_not_happened(ground: Ground, scope: Callable[..., OperatorScope]) -> None:
    a, b = scope(), scope()
    async with Database(ground.login, pool_size=2) as db:
        for number, mine in enumerate((a, b)):
            await db.run(mine, operators.register, NewOperator(name="甲", address="x", open_operator_id=f"K-{number}"))
    dice, acknowledged = random.Random(7), set[str]()
    for seed in range(4):
        worker = subprocess.Popen(
            [sys.executable, str(WORKER), ground.login, str(a.operator_id), str(b.operator_id), str(seed)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert worker.stdout is not None
        first = worker.stdout.readline()
        assert first.startswith("began")
        time.sleep(dice.uniform(0.0, 0.4))
        worker.kill()
        acknowledged |= {line.split()[1] for line in worker.stdout.read().splitlines() if line.startswith("done")}
        worker.wait()
    with psycopg.connect(ground.owner, autocommit=True) as connection:
        deadline = time.monotonic() + 10
        while connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'meguri' AND datname = current_database()"
        ).fetchone() != (0,):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        rows = connection.execute(WHOLE).fetchall()
    assert len(rows) >= 4
    for serial, successors, links, accepted, state, holder in rows:
        happened = (successors, links, accepted, state, holder) == (1, 2, 2, "Inactive", b.operator_id)
        not_yet = (successors, links, accepted, state, holder) == (0, 0, 0, "Active", a.operator_id)
        assert happened or not_yet, (serial, successors, links, accepted, state)
        assert happened or serial not in acknowledged
