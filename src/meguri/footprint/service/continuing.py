"""The rest of a long cascade: what was left to a job, passed on batch by batch."""

from meguri.footprint import store
from meguri.footprint.service.propagating import LIMIT, brings_of, propagate
from meguri.footprint.totals import minus
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.model import RequestType

BATCH = 500


async def continue_cascade(tx: Transaction, scope: OperatorScope, *, limit: int = LIMIT) -> int:
    """Passes on what this operator's parts have waiting; says how many parts were handled. Repeat until 0."""
    waiting = await store.take_waiting(tx, scope, BATCH)
    if not waiting:
        return 0
    where = [(scope.operator_id, part) for part in waiting]
    await traceability.lock_downstream(tx, scope, *where)
    kept = await store.kept(tx, where)
    kinds = await traceability.kinds_of(tx, scope, waiting, RequestType.CFP)
    await store.clear_waiting_across(tx, where)
    now = await store.kept(tx, where)
    changes = {}
    for part, before in kept.items():
        if before.sent is not None and part in kinds:
            changes[(scope.operator_id, part)] = minus(brings_of(kinds[part], now[part]), before.sent)
    graph = await traceability.downstream(tx, where, RequestType.CFP)
    result = await propagate(tx, scope, changes, limit=limit)
    if not result.waiting:
        await store.clear_updating_across(tx, [(graph.operator_of.get(p, scope.operator_id), p) for p in graph.order])
    return len(waiting)
