"""A chain of companies on a database where due diligence reacts to traceability."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any

import pytest
from tests.conftest import HERE, Fresh, Ground

from meguri.diligence.service import reactions
from meguri.operators import disclosure
from meguri.storage.database import Connection, Database
from meguri.traceability.subjects import PartsAndTrades


@pytest.fixture(scope="module")
def chain_ground(fresh: Fresh) -> Iterator[Ground]:
    made = fresh()
    yield made
    fresh.drop(made)


@pytest.fixture(scope="module")
async def chain(chain_ground: Ground) -> AsyncIterator[Database]:
    async def note(connection: Connection, task: str, args: dict[str, Any], run_at: datetime | None) -> None:
        """Jobs are not done in these tests."""

    disclosure.learn(PartsAndTrades())
    async with Database(
        chain_ground.login, reactions=reactions, defer=note, pool_size=8, installation=HERE
    ) as database:
        yield database
