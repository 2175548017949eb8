"""A database with a platform operator: `desk`, its scope; footprint and the desk react."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any

import pytest
from tests.conftest import HERE, Fresh, Ground

from meguri import app
from meguri.identity import service as identity
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope, PlatformRole, Role
from meguri.operators import disclosure
from meguri.settings import load
from meguri.storage.database import Connection, Database
from meguri.traceability.subjects import PartsAndTrades

DESK = OperatorScope(new_id(), "person:desk", Role.ADMIN, platform_role=PlatformRole.PLATFORM_OPERATOR)


@pytest.fixture(scope="module")
def desk_ground(fresh: Fresh) -> Iterator[Ground]:
    made = fresh()
    yield made
    fresh.drop(made)


@pytest.fixture
async def platform(desk_ground: Ground) -> AsyncIterator[Database]:
    async def note(connection: Connection, task: str, args: dict[str, Any], run_at: datetime | None) -> None:
        return None

    disclosure.learn(PartsAndTrades())
    reactions = app.reactions(load({}))
    async with Database(desk_ground.login, reactions=reactions, defer=note, pool_size=4, installation=HERE) as db:
        identity.open_gate(db, identity.IdentitySettings(secret=b"a secret of thirty-two bytes, at least"))
        yield db
