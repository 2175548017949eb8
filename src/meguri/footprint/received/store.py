"""The only caller of this SQL."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from meguri.footprint.received.model import Received
from meguri.kernel.scope import OperatorScope
from meguri.storage.queries import load_queries
from meguri.storage.transaction import Transaction

queries = load_queries(__package__)


async def present(tx: Transaction, scope: OperatorScope, trace_ids: Sequence[UUID]) -> dict[UUID, Received]:
    """What counts now, by part."""
    rows = await tx.all(queries.present, operator_id=scope.operator_id, trace_ids=list(trace_ids))
    found = [msgspec.convert(row[0], Received) for row in rows]
    return {one.trace_id: one for one in found}


async def history(tx: Transaction, scope: OperatorScope, trace_id: UUID, limit: int = 100) -> list[Received]:
    """Every statement of a part, newest first."""
    rows = await tx.all(queries.history, operator_id=scope.operator_id, trace_id=trace_id, limit=limit)
    return [msgspec.convert(row[0], Received) for row in rows]


async def keep(tx: Transaction, scope: OperatorScope, statement: Received) -> None:
    """Writes the statement that counts from now on."""
    await tx.run(
        queries.keep,
        operator_id=scope.operator_id,
        trace_id=statement.trace_id,
        version=statement.version,
        body=statement,
        at=statement.at,
        actor=scope.actor,
    )
