"""A corrected model into items that were issued: never silently, one version and one entry each, resumable."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from meguri.kernel.scope import OperatorScope
from meguri.passport import errors, store
from meguri.passport.lifecycle import State
from meguri.passport.model import Record
from meguri.passport.service import standing
from meguri.passport.service.writing import Change, save
from meguri.storage import Transaction

AT_ONCE = 200


class Propagation(msgspec.Struct, frozen=True, kw_only=True):
    """How many items stand on an older version of the model, and whether a job now carries the new one to them."""

    model_version: int
    items: int
    started: bool


async def propagate(
    tx: Transaction,
    scope: OperatorScope,
    model: str,
    *,
    dry_run: bool = True,
    only: Sequence[UUID] | None = None,
    reason: str | None = None,
) -> Propagation:
    """Carry the model's present version to issued items. A dry run, the default, only counts.

    Raises DppNotFound, NotResponsibleOperator, ModelMismatch, EvidenceRequired without a reason.
    """
    record, _ = await standing.responsible(tx, scope, model)
    if record.granularity != "model":
        raise errors.ModelMismatch
    count = await store.count_items_behind(tx, record.operator_id, record.passport_id, record.version, only)
    if dry_run or not count:
        return Propagation(model_version=record.version, items=count, started=False)
    if not reason:
        raise errors.EvidenceRequired(what="reason")
    if only is not None:
        while await carry(tx, scope, record, only=only, reason=reason):
            pass
    else:
        await tx.defer(
            "passport.propagate",
            operator_id=str(record.operator_id),
            model_id=str(record.passport_id),
            version=record.version,
            reason=reason[:200],
        )
    return Propagation(model_version=record.version, items=count, started=True)


async def carry(
    tx: Transaction, scope: OperatorScope, model: Record, *, reason: str, only: Sequence[UUID] | None = None
) -> int:
    """The next items onto the model's version; how many. An item of the version is not touched again."""
    ids = await store.items_behind(
        tx, model.operator_id, model.passport_id, model.version, only=only, after=store.FIRST_ID, count=AT_ONCE
    )
    for passport_id in ids:
        before = await store.locked(tx, model.operator_id, passport_id)
        if before is None or before.state == State.ARCHIVED:
            continue
        wanted = msgspec.structs.replace(before, model_version=model.version)
        await save(tx, scope, before, wanted, Change(event="propagate", keys=("model_passport_id",), reason=reason))
    return len(ids)
