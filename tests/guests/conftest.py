"""A database in which guests may answer: footprint reacts, jobs are noted, identity is open."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any

import pytest
from tests.conftest import HERE, Fresh, Ground

from meguri.footprint.service import reactions
from meguri.identity import service as identity
from meguri.operators import disclosure
from meguri.storage.database import Connection, Database
from meguri.traceability.subjects import PartsAndTrades

Deferred = list[tuple[str, dict[str, Any], datetime | None]]


@pytest.fixture(scope="module")
def door_ground(fresh: Fresh) -> Iterator[Ground]:
    made = fresh()
    yield made
    fresh.drop(made)


@pytest.fixture
def deferred() -> Deferred:
    return []


@pytest.fixture
async def doors(door_ground: Ground, deferred: Deferred) -> AsyncIterator[Database]:
    async def note(connection: Connection, task: str, args: dict[str, Any], run_at: datetime | None) -> None:
        deferred.append((task, args, run_at))

    disclosure.learn(PartsAndTrades())
    async with Database(door_ground.login, reactions=reactions, defer=note, pool_size=4, installation=HERE) as db:
        identity.open_gate(db, identity.IdentitySettings(secret=b"a secret of thirty-two bytes, at least"))
        yield db
