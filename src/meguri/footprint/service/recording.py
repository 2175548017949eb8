"""Declaring a footprint."""

from collections.abc import Mapping
from uuid import UUID

from meguri.footprint import declaring, store
from meguri.footprint.errors import AlreadyRecorded, UnitMismatch, UnknownRecord
from meguri.footprint.events import FootprintRecorded
from meguri.footprint.model import Footprint, FootprintInput
from meguri.footprint.service.propagating import propagate
from meguri.footprint.totals import NOTHING, Vector, minus, own_vector
from meguri.kernel import clock
from meguri.kernel.errors import Refusal, Stale
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.errors import PartNotOwn
from meguri.traceability.model import RequestType


async def record(
    tx: Transaction,
    scope: OperatorScope,
    trace_id: UUID,
    declared: FootprintInput,
    *,
    footprint_id: UUID | None = None,
    if_version: int | None = None,
) -> Footprint:
    """Declares what one unit of an own part emits; everything downstream follows in the same transaction.

    `footprint_id`: the present declaration that this one replaces (None: there must be none yet).
    Raises BadFigure, RatingWithoutEmission, PartNotOwn, UnitMismatch, AlreadyRecorded, UnknownRecord, Stale.
    """
    declaring.check(declared)
    await traceability.lock_downstream(tx, scope, (scope.operator_id, trace_id))
    kind = (await traceability.kinds_of(tx, scope, [trace_id], RequestType.CFP)).get(trace_id)
    if kind is None:
        raise PartNotOwn
    if kind.unit is not None and declared.declared_unit != kind.unit:
        raise UnitMismatch
    before = await store.record(tx, scope, trace_id)
    if if_version is not None and (before.version if before else 0) != if_version:
        raise Stale
    if footprint_id is None and before is not None:
        raise AlreadyRecorded
    if footprint_id is not None and (before is None or before.footprint_id != footprint_id):
        raise UnknownRecord
    after = _next(trace_id, declared, before)
    await store.save_records(tx, scope, [after])
    await tx.record(FootprintRecorded(trace_id=trace_id, footprint_id=after.footprint_id, version=after.version))
    change = NOTHING if kind.purchased else minus(own_vector(after), own_vector(before))
    here = (scope.operator_id, trace_id)
    settled = await traceability.mark_answered(tx, scope, trace_id, RequestType.CFP)
    await propagate(tx, scope, {here: change}, restated=[here])
    await traceability.tell(tx, settled)
    return after


async def record_many(
    tx: Transaction, scope: OperatorScope, said: Mapping[UUID, FootprintInput]
) -> dict[UUID, Refusal]:
    """Declares the footprints of many own parts at once, in place of what was declared; everything downstream follows once.

    What was refused, by part (as `record` refuses it); the others are declared.
    """
    refused: dict[UUID, Refusal] = {}
    for trace_id, declared in said.items():
        try:
            declaring.check(declared)
        except Refusal as refusal:
            refused[trace_id] = refusal
    await traceability.lock_downstream(tx, scope, *((scope.operator_id, trace_id) for trace_id in said))
    kinds = await traceability.kinds_of(tx, scope, list(said), RequestType.CFP)
    for trace_id, declared in said.items():
        kind = kinds.get(trace_id)
        if kind is None:
            refused.setdefault(trace_id, PartNotOwn())
        elif kind.unit is not None and declared.declared_unit != kind.unit:
            refused.setdefault(trace_id, UnitMismatch())
    good = [trace_id for trace_id in said if trace_id not in refused]
    if not good:
        return refused
    before = await store.records(tx, scope, good)
    changes: dict[tuple[UUID, UUID], Vector] = {}
    now = {trace_id: _next(trace_id, said[trace_id], before.get(trace_id)) for trace_id in good}
    await store.save_records(tx, scope, list(now.values()))
    for trace_id, after in now.items():
        old = before.get(trace_id)
        await tx.record(FootprintRecorded(trace_id=trace_id, footprint_id=after.footprint_id, version=after.version))
        change = NOTHING if kinds[trace_id].purchased else minus(own_vector(after), own_vector(old))
        changes[scope.operator_id, trace_id] = change
    settled = await traceability.mark_many_answered(tx, scope, good, RequestType.CFP)
    await propagate(tx, scope, changes, restated=list(changes))
    await traceability.tell(tx, settled)
    return refused


def _next(trace_id: UUID, declared: FootprintInput, before: Footprint | None) -> Footprint:
    now = clock.now()
    return Footprint(
        **{name: getattr(declared, name) for name in FootprintInput.__struct_fields__},
        footprint_id=before.footprint_id if before else new_id(),
        trace_id=trace_id,
        version=before.version + 1 if before else 1,
        created_at=before.created_at if before else now,
        updated_at=now,
    )
