"""What companies know of their disclosed totals; the only caller of `queries.sql`."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.operators.cautions import Caution
from meguri.storage.arrays import uuids
from meguri.storage.queries import load_queries
from meguri.storage.transaction import Transaction

queries = load_queries(__package__)


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """That a figure of `trace_id` can be worked out, which columns of it, and since when the company knows."""

    kind: str
    trace_id: UUID
    columns: list[str]
    at: datetime


async def keep(tx: Transaction, scope: OperatorScope, found: Sequence[Caution]) -> None:
    """The company knows of these from now on."""
    each = {(one.total_of, one.to_operator_id, one.kind, one.trace_id): one for one in found}
    if each:
        await tx.run(
            queries.keep,
            operator_id=scope.operator_id,
            totals=uuids(one.total_of for one in each.values()),
            readers=uuids(one.to_operator_id for one in each.values()),
            kinds=[one.kind for one in each.values()],
            parts=uuids(one.trace_id for one in each.values()),
            columns=[",".join(one.columns) for one in each.values()],
            at=clock.now(),
        )


async def known(tx: Transaction, scope: OperatorScope, total_of: UUID, reader: UUID) -> list[Known]:
    """What the company knows of one disclosed total."""
    return await tx.all(queries.known, Known, operator_id=scope.operator_id, total_of=total_of, reader=reader)


async def forget(tx: Transaction, scope: OperatorScope, total_of: UUID, reader: UUID, parts: Collection[UUID]) -> None:
    """The total does not give these parts' figures away any more: should it again, that is news."""
    if parts:
        await tx.run(queries.forget, operator_id=scope.operator_id, total_of=total_of, reader=reader, parts=list(parts))


async def looked_until(tx: Transaction, scope: OperatorScope) -> datetime | None:
    """Until when answers have been looked through; None: never."""
    found: datetime | None = await tx.value(queries.looked_until, operator_id=scope.operator_id)
    return found


async def look_until(tx: Transaction, scope: OperatorScope, until: datetime) -> None:
    """Remembers that."""
    await tx.run(queries.look_until, operator_id=scope.operator_id, until=until)
