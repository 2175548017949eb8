"""Notices and recalls: public, on every passport that they concern, kept for ever."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.passport import errors, store
from meguri.passport.lifecycle import State
from meguri.passport.model import Issued, Record, Standing
from meguri.passport.service import standing
from meguri.passport.service.writing import Change, issued, kind_named, refuse, save
from meguri.passport.values import check
from meguri.storage import Transaction

AT_ONCE = 200
KEY = "safety_notices"


class NewNotice(msgspec.Struct, frozen=True, kw_only=True):
    """What everyone is told.

    type      recall or notice
    severity  minor, moderate, major or critical
    url       a page with more
    """

    type: Literal["recall", "notice"]
    description: dict[str, str]
    severity: str | None = None
    url: str | None = None
    at: datetime | None = None


async def announce(tx: Transaction, scope: OperatorScope, identifier: str, new: NewNotice) -> Issued:
    """Put a notice or recall on a passport; on a model's record, it follows on all of its items that are still here.

    Raises DppNotFound, NotResponsibleOperator, PassportInvalid and its kin, IllegalTransition for what has ceased.
    """
    record, at = await standing.responsible(tx, scope, identifier)
    if record.state in (State.ARCHIVED, State.INVALID):
        raise errors.IllegalTransition(source=record.state, event=new.type, allowed="—")
    notice_id = new_id()
    said = {
        "id": str(notice_id),
        "at": clock.seconds_z(new.at or clock.now()),
        "type": new.type,
        "description": new.description,
        "severity": new.severity,
        "url": new.url,
    }
    entry = {key: value for key, value in said.items() if value is not None}
    attribute = kind_named(record.kind).attributes.get(KEY)
    if attribute is None:
        raise errors.UnknownAttribute(where=f"/{KEY}")
    refuse(check(attribute, [entry]))
    done = await _noted(tx, scope, record, entry, at)
    if record.granularity == "model":
        await tx.defer(
            "passport.announce",
            operator_id=str(record.operator_id),
            model_id=str(record.passport_id),
            notice_id=str(notice_id),
        )
    return done


async def _noted(
    tx: Transaction, scope: OperatorScope, record: Record, entry: Mapping[str, Any], at: Standing | None = None
) -> Issued:
    wanted = msgspec.structs.replace(record, own={**record.own, KEY: [*record.own.get(KEY, []), dict(entry)]})
    change = Change(event="notice", keys=(KEY,), reason=str(entry["type"]), life_event={"type": entry["type"]})
    made, document = await save(tx, scope, record, wanted, change, at)
    return issued(kind_named(made.kind), made, document)


async def carry(tx: Transaction, scope: OperatorScope, model_id: UUID, notice_id: UUID, after: UUID) -> UUID | None:
    """A model's notice onto the next of its items; the last one's id, or None when there are no more."""
    model = await store.by_id_across(tx, model_id)
    entry = next((each for each in (model.own.get(KEY, []) if model else []) if each["id"] == str(notice_id)), None)
    if entry is None:
        return None
    ids = await store.live_items(tx, scope.operator_id, model_id, after=after, count=AT_ONCE)
    for passport_id in ids:
        record = await store.locked(tx, scope.operator_id, passport_id)
        if record is not None and str(notice_id) not in {each["id"] for each in record.own.get(KEY, [])}:
            await _noted(tx, scope, record, entry)
    return ids[-1] if len(ids) == AT_ONCE else None
