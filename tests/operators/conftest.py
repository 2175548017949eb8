"""Companies for the tests of this room."""

import itertools
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.operators import service
from meguri.operators.model import NewOperator, Relation
from meguri.storage.database import Database

Join = Callable[..., Awaitable[OperatorScope]]
_numbers = itertools.count(1)


@pytest.fixture
def join(db: Database, scope: Callable[..., OperatorScope]) -> Join:
    """A company joins and gives back the right to act for it."""

    async def make(name: str = "甲社", *, auto_disclose: bool = False, **fields: object) -> OperatorScope:
        mine = scope()
        said = {"address": "東京都渋谷区1", "open_operator_id": f"X-{next(_numbers)}", **fields}
        await db.run(mine, service.register, NewOperator(name=name, **said), auto_disclose=auto_disclose)
        return mine

    return make


def relation_of(down: UUID, up: UUID, upstream_trace_id: UUID | None = None) -> Relation:
    """A request between two companies."""
    return Relation(
        trade_id=new_id(),
        request_id=new_id(),
        downstream_operator_id=down,
        upstream_operator_id=up,
        downstream_trace_id=new_id(),
        upstream_trace_id=upstream_trace_id,
    )
