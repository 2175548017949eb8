"""Fixtures of tests that walk the river: a database where footprint reacts to traceability, and its books.

river       a `Database`, one for a whole test module (each test makes companies of its own)
deferred    the jobs that use cases have put off: (task, arguments), in order
books       reads and checks all that is kept: `books(company, …)` only what belongs to these
"""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from tests.chain import Company
from tests.conftest import HERE, Fresh, Ground
from tests.laws.books import Books

from meguri.footprint.service import reactions
from meguri.footprint.service.continuing import continue_cascade
from meguri.footprint.service.propagating import CONTINUE
from meguri.operators import disclosure
from meguri.storage.database import Connection, Database
from meguri.traceability.subjects import PartsAndTrades

Job = tuple[str, dict[str, Any]]
Jobs = list[Job]
ReadBooks = Callable[..., Books]


async def run_job(companies: Sequence[Company], job: Job) -> None:
    """What a worker does with a deferred cascade."""
    task, args = job
    assert task == CONTINUE
    (one,) = [company for company in companies if str(company.id) == args["operator_id"]]
    while await one.run(continue_cascade):
        pass


@pytest.fixture(scope="module")
def river_ground(fresh: Fresh) -> Iterator[Ground]:
    made = fresh()
    yield made
    fresh.drop(made)


@pytest.fixture(scope="module")
def _jobs() -> Jobs:
    return []


@pytest.fixture
def deferred(_jobs: Jobs) -> Jobs:
    _jobs.clear()
    return _jobs


@pytest.fixture(scope="module")
async def river(river_ground: Ground, _jobs: Jobs) -> AsyncIterator[Database]:
    async def note(connection: Connection, task: str, args: dict[str, Any], run_at: datetime | None) -> None:
        _jobs.append((task, args))

    disclosure.learn(PartsAndTrades())
    async with Database(
        river_ground.login, reactions=reactions, defer=note, pool_size=8, installation=HERE
    ) as database:
        yield database


@pytest.fixture
def books(river_ground: Ground) -> ReadBooks:
    def read(*companies: Company | UUID) -> Books:
        ids = {one.id if isinstance(one, Company) else one for one in companies}
        return Books(river_ground.owner, ids or None)

    return read
