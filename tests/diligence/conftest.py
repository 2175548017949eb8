"""A chain of companies on a database where due diligence reacts to traceability."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any

import pytest
from tests.chain import Company, company
from tests.conftest import HERE, Fresh, Ground

from meguri.diligence.service import reactions
from meguri.footprint.service.reactions import reactions as footprint_reactions
from meguri.identity import service as identity
from meguri.operators import disclosure
from meguri.storage.database import Connection, Database
from meguri.traceability.subjects import PartsAndTrades


@pytest.fixture(scope="module")
def chain_ground(fresh: Fresh) -> Iterator[Ground]:
    made = fresh()
    yield made
    fresh.drop(made)


@pytest.fixture(scope="module")
def deferred() -> list[tuple[str, dict[str, Any]]]:
    """Jobs that were put into the queue; they are not done in these tests, unless a test does them."""
    return []


@pytest.fixture(scope="module")
async def chain(chain_ground: Ground, deferred: list[tuple[str, dict[str, Any]]]) -> AsyncIterator[Database]:
    async def note(connection: Connection, task: str, args: dict[str, Any], run_at: datetime | None) -> None:
        deferred.append((task, args))

    disclosure.learn(PartsAndTrades())
    async with Database(
        chain_ground.login, reactions=reactions, defer=note, pool_size=8, installation=HERE
    ) as database:
        yield database


@pytest.fixture
async def doors(chain_ground: Ground) -> AsyncIterator[Database]:
    async def ignore(connection: Connection, task: str, args: dict[str, Any], run_at: datetime | None) -> None: ...

    both = {
        event: [*footprint_reactions.get(event, []), *reactions.get(event, [])]
        for event in {*footprint_reactions, *reactions}
    }
    disclosure.learn(PartsAndTrades())
    async with Database(chain_ground.login, reactions=both, defer=ignore, pool_size=4, installation=HERE) as db:
        identity.open_gate(db, identity.IdentitySettings(secret=b"a secret of thirty-two bytes, at least"))
        yield db


@pytest.fixture
async def me(chain: Database) -> Company:
    return await company(chain, "調べる会社")
