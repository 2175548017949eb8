"""The rest of a long cascade: what was left to a job, passed on batch by batch."""

from meguri.footprint import store
from meguri.footprint.service.lateness import refresh_lateness
from meguri.footprint.service.propagating import CONTINUE, brings_of, present_of, propagate
from meguri.footprint.totals import minus
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.model import RequestType

BATCH = 500


async def continue_cascade(tx: Transaction, scope: OperatorScope, *, limit: int | None = None) -> int:
    """Passes on what this operator's parts have waiting; says how many parts were handled. Repeat until 0."""
    waiting = await store.take_waiting(tx, scope, BATCH)
    if not waiting:
        return 0
    where = [(scope.operator_id, part) for part in waiting]
    await traceability.lock_downstream(tx, scope, *where)
    kept = await store.kept(tx, where)
    kinds = await traceability.kinds_of(tx, scope, waiting, RequestType.CFP)
    changes = {
        (scope.operator_id, part): minus(present_of(kinds[part], kept[part]), brings_of(kinds[part], kept[part]))
        for part in kinds
    }
    await store.clear_waiting_across(tx, where)
    # Restated too: a change that came and went may have left an answer behind, though nothing is left to pass on.
    await propagate(tx, scope, changes, restated=changes, limit=limit)
    await refresh_lateness(tx, scope, where)
    if len(waiting) == BATCH:
        await tx.defer(CONTINUE, operator_id=str(scope.operator_id))
    return len(waiting)
