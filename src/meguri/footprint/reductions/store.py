"""The only caller of this SQL. Both halves of a request are written in one transaction."""

from collections.abc import Sequence
from uuid import UUID

from meguri.footprint.reductions.model import Reduction
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage.queries import load_queries
from meguri.storage.transaction import Transaction

queries = load_queries(__package__)


async def add_across(tx: Transaction, halves: Sequence[tuple[UUID, Reduction]]) -> None:
    """Writes both halves: (operator, what that side sees)."""
    async with tx.across():
        for operator_id, half in halves:
            await tx.run(
                queries.add,
                operator_id=operator_id,
                reduction_id=half.reduction_id,
                side=half.side,
                partner_id=half.partner_id,
                trade_id=half.trade_id,
                trace_id=half.trace_id,
                part_name=half.part_name,
                baseline=half.baseline,
                target=half.target,
                due=half.due,
                message=half.message,
                now=clock.now(),
            )


async def one(tx: Transaction, scope: OperatorScope, reduction_id: UUID) -> Reduction | None:
    """The company's half of one request."""
    return await tx.one(queries.one, Reduction, operator_id=scope.operator_id, reduction_id=reduction_id)


async def all_of(tx: Transaction, scope: OperatorScope, limit: int = 200) -> list[Reduction]:
    """The company's halves, newest first."""
    return await tx.all(queries.all, Reduction, operator_id=scope.operator_id, limit=limit)


async def settle_across(
    tx: Transaction,
    operators: Sequence[UUID],
    reduction_id: UUID,
    state: str,
    before: Sequence[str],
    reply: str | None = None,
) -> int:
    """Moves both halves; how many moved."""
    async with tx.across():
        return await tx.run(
            queries.settle,
            operators=list(operators),
            reduction_id=reduction_id,
            state=state,
            before=list(before),
            reply=reply,
            now=clock.now(),
        )
