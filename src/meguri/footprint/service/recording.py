"""Declaring a footprint."""

from uuid import UUID

from meguri.footprint import declaring, store
from meguri.footprint.errors import AlreadyRecorded, UnitMismatch, UnknownRecord
from meguri.footprint.events import FootprintRecorded
from meguri.footprint.model import Footprint, FootprintInput
from meguri.footprint.service.propagating import propagate
from meguri.footprint.totals import NOTHING, minus, own_vector
from meguri.kernel import clock
from meguri.kernel.errors import Stale
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
    await store.save_record(tx, scope, after)
    await tx.record(FootprintRecorded(trace_id=trace_id, footprint_id=after.footprint_id, version=after.version))
    change = NOTHING if kind.purchased else minus(own_vector(after), own_vector(before))
    here = (scope.operator_id, trace_id)
    settled = await traceability.mark_answered(tx, scope, trace_id, RequestType.CFP)
    await propagate(tx, scope, {here: change}, restated=[here])
    await traceability.tell(tx, settled)
    return after


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
