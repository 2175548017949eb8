"""Which totals a waiting change has still to reach."""

from collections.abc import Sequence

from meguri.footprint import store
from meguri.footprint.store import Where
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.model import RequestType


async def refresh_lateness(tx: Transaction, scope: OperatorScope, seeds: Sequence[Where]) -> None:
    """Of `seeds` and all parts downstream of them, exactly those say “updating” that lie beyond a waiting change.

    For after the waiting set or the ways downstream have changed. The caller holds the locks.
    """
    graph = await traceability.downstream(tx, seeds, RequestType.CFP)
    waiting = await store.all_waiting_across(tx)
    steps = await traceability.steps_downstream(tx, waiting, RequestType.CFP) if waiting else []
    beyond = {step.to_trace_id for step in steps}
    here = list(zip(graph.operators, graph.parts, strict=True))
    await store.mark_late_across(tx, [where for where in here if where[1] in beyond])
    await store.clear_late_across(tx, [where for where in here if where[1] not in beyond])
