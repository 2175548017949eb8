"""What happens in a product's life: service, repair, waste, recycling; and states of the document."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.passport import errors, store
from meguri.passport.events import LifeChanged, PassportStateChanged
from meguri.passport.expressions import filled
from meguri.passport.findings import Finding, pointer
from meguri.passport.japan.era import western_month
from meguri.passport.kinds import Kind
from meguri.passport.lifecycle import Happening, Life, State, allowed, next_life, next_state
from meguri.passport.model import Issued, Record, Standing
from meguri.passport.moments import AHEAD, MONTH_AHEAD, latest_month
from meguri.passport.service import standing
from meguri.passport.service.writing import Change, described, issued, kind_named, refuse, save
from meguri.passport.values import check
from meguri.passport.values.atoms import YEAR_MONTH, year_month
from meguri.storage import Transaction

NOT_DETERMINED = "not_determined"


def refuse_illegal(record: Record, happening: Happening) -> None:
    """Raises IllegalTransition naming state, event and what is possible."""
    life = Life(record.life) if record.life else None
    possible = allowed(State(record.state), life)
    if happening not in possible:
        source = f"{record.state}/{record.life}" if record.life else record.state
        raise errors.IllegalTransition(
            source=source, event=happening.value, allowed=", ".join(each.value for each in possible) or "—"
        )


def moment_of(record: Record, scope: OperatorScope, at: datetime | None, reason: str | None) -> datetime:
    """When it happened. Raises EventOutOfOrder, InvalidDate: back-dating is an administrator's, with a reason."""
    happened = at or clock.now()
    if happened > clock.now():
        raise errors.InvalidDate
    last = record.last_event_at
    if last is not None and happened < last and not (scope.may_administer and reason):
        raise errors.EventOutOfOrder(last=clock.seconds_z(last))
    return happened


def entry(happening: str, at: datetime, scope: OperatorScope, **more: Any) -> dict[str, Any]:
    """An event as documents list it."""
    found = {"id": str(new_id()), "at": clock.seconds_z(at), "type": happening, "reported_by": scope.actor, **more}
    return {key: value for key, value in found.items() if filled(value)}


def with_event(record: Record, said: dict[str, Any], key: str = "lifecycle_events") -> dict[str, Any]:
    """The record's own values with one more event."""
    return {**record.own, key: [*record.own.get(key, []), said]}


async def put_into_service(
    tx: Transaction,
    scope: OperatorScope,
    identifier: str,
    month: str,
    *,
    at: datetime | None = None,
    system_id: str | None = None,
    expected_version: int | None = None,
) -> Issued:
    """The product enters service; once, and not before it was made.

    month      `YYYY-MM` (also in the Japanese calendar)
    system_id  public identifier of the vehicle or storage system that it became part of; never a vehicle number

    Raises DppNotFound, NotResponsibleOperator, IllegalTransition, PassportInvalid, VersionConflict.
    """
    before, stood = await standing.responsible(tx, scope, identifier)
    demand_version(before, expected_version)
    refuse_illegal(before, Happening.PUT_INTO_SERVICE)
    kind = kind_named(before.kind)
    key = kind.head.in_service
    month = western_month(month) or month
    if year_month(month):
        refuse([Finding(code="INVALID_VALUE", pointer=pointer(key), say=YEAR_MONTH)])
    if filled(before.own.get(key)):
        raise errors.IllegalTransition(source="in service", event="put_into_service", allowed="repair, declare_waste")
    made = before.own.get(kind.head.made)
    if month > latest_month(clock.now()):
        refuse([Finding(code="VALUE_OUT_OF_RANGE", pointer=pointer(key), say=MONTH_AHEAD)])
    if isinstance(made, str) and month < made:
        check_made = [each for each in kind.checks if key in each.keys and kind.head.made in each.keys]
        refuse([_check(each, key) for each in check_made])
    happened = moment_of(before, scope, at, None)
    own = {**with_event(before, entry("put_into_service", happened, scope)), key: month}
    wanted = _happened(before, own, happened)
    told = {"system_id": system_id} if system_id else {}
    change = Change(event="put_into_service", keys=(key, "in_service"), life_event=told, happened_at=happened)
    return await _lived(tx, scope, before, wanted, change, stood)


def _check(each: Any, key: str) -> Finding:
    from meguri.kernel.text import Text

    return Finding(code=each.code, pointer=pointer(key), say=Text(ja=each.ja, en=each.en))


def demand_version(record: Record, expected: int | None) -> None:
    """Raises VersionConflict unless nobody was faster."""
    if expected not in (None, record.version):
        raise errors.VersionConflict


def _happened(record: Record, own: dict[str, Any], at: datetime, **more: Any) -> Record:
    last = max(at, record.last_event_at) if record.last_event_at else at
    return msgspec.structs.replace(record, own=own, last_event_at=last, **more)


async def _lived(
    tx: Transaction, scope: OperatorScope, before: Record, wanted: Record, change: Change, at: Standing
) -> Issued:
    made, document = await save(tx, scope, before, wanted, change, at)
    await tx.record(
        LifeChanged(
            passport_id=made.passport_id,
            dpp_id=made.dpp_id,
            version=made.version,
            responsible_id=made.operator_id,
            happening=change.event,
            life=made.life or "",
        )
    )
    return issued(kind_named(made.kind), made, document)


async def repair(
    tx: Transaction,
    scope: OperatorScope,
    identifier: str,
    *,
    description: dict[str, str],
    at: datetime | None = None,
    determined: dict[str, Any] | None = None,
    not_determined: str | None = None,
    document_ids: tuple[str, ...] = (),
    kind_of_event: str = "repair",
    reason: str | None = None,
) -> Issued:
    """A repair: an entry in the history, and what has to be determined anew, or why it is not.

    determined      new measured values of attributes that belong to a change of status
    not_determined  the reason why the others are not determined
    kind_of_event   `repair`, `bms_replaced` or `counter_reset`: the last two let counters begin again

    Raises DppNotFound, NotResponsibleOperator, IllegalTransition, PassportInvalid, EvidenceRequired, EventOutOfOrder.
    """
    before, stood = await standing.responsible(tx, scope, identifier)
    refuse_illegal(before, Happening.REPAIR)
    kind = kind_named(before.kind)
    happened = moment_of(before, scope, at, reason)
    values, meta = redetermined(kind, before, determined or {}, not_determined, scope, what="repair")
    said = entry(kind_of_event, happened, scope, description=description, document_ids=list(document_ids))
    own = {**with_event(before, said, "repair_history"), **values}
    wanted = _happened(before, own, happened, meta={**before.meta, **meta})
    change = Change(
        event="repair",
        keys=("repair_history", *values),
        reason=reason,
        life_event={"kind": kind_of_event},
        happened_at=happened,
    )
    return await _lived(tx, scope, before, wanted, change, stood)


def redetermined(
    kind: Kind,
    record: Record,
    determined: dict[str, Any],
    not_determined: str | None,
    scope: OperatorScope,
    *,
    what: str,
    optional: bool = True,
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """The values that a change of status asks for, and why others are not there.

    Attributes of the trigger `status_change` are either determined, derived, or marked with a reason: never left as they were
    without a word. Raises PassportInvalid, EvidenceRequired.
    """
    asked = [each for each in kind.attributes.values() if each.trigger == "status_change"]
    refuse(fault for key, value in determined.items() if (at := kind.attributes.get(key)) for fault in check(at, value))
    held = [each.key for each in asked if filled(record.own.get(each.key)) and each.key not in determined]
    if held and not not_determined and not optional:
        raise errors.EvidenceRequired(what=", ".join(held))
    mark = {"status": NOT_DETERMINED, "reason": not_determined or what, "recorded_at": clock.seconds_z(clock.now())}
    meta = dict.fromkeys(held, mark)
    return dict(determined), {**meta, **described(determined, scope, "workshop")}


async def declare_waste(
    tx: Transaction,
    scope: OperatorScope,
    identifier: str,
    *,
    at: datetime | None = None,
    reason: str | None = None,
    determined: dict[str, Any] | None = None,
    not_determined: str | None = None,
    manifest_no: str | None = None,
) -> Issued:
    """The product becomes waste; its passport stays. Responsibility moves by a transfer of its own where it does.

    Raises DppNotFound, NotResponsibleOperator, IllegalTransition, PassportInvalid, EventOutOfOrder.
    """
    before, stood = await standing.responsible(tx, scope, identifier)
    refuse_illegal(before, Happening.DECLARE_WASTE)
    kind = kind_named(before.kind)
    happened = moment_of(before, scope, at, reason)
    values, meta = redetermined(kind, before, determined or {}, not_determined, scope, what="declared waste")
    own = {**with_event(before, entry("declare_waste", happened, scope)), **values}
    if manifest_no:
        own["jp_manifest_no"] = manifest_no
    life = next_life(Life(before.life or Life.ORIGINAL), Happening.DECLARE_WASTE)
    wanted = _happened(before, own, happened, life=life.value, meta={**before.meta, **meta})
    keys = (kind.head.life_status, "in_service", *values)
    change = Change(event="declare_waste", keys=keys, reason=reason, life_event={}, happened_at=happened)
    return await _lived(tx, scope, before, wanted, change, stood)


async def recycle(
    tx: Transaction, scope: OperatorScope, identifier: str, *, recycling_record_id: str, at: datetime | None = None
) -> Issued:
    """The product is recycled: its passport ceases. Regulation (EU) 2023/1542 Art. 77(8).

    Raises DppNotFound, NotResponsibleOperator, IllegalTransition unless it is waste, EvidenceRequired, EventOutOfOrder.
    """
    before, stood = await standing.responsible(tx, scope, identifier)
    refuse_illegal(before, Happening.RECYCLE)
    if not recycling_record_id.strip():
        raise errors.EvidenceRequired(what="recycling_record_id")
    happened = moment_of(before, scope, at, None)
    own = with_event(before, entry("recycle", happened, scope, document_ids=[recycling_record_id]))
    wanted = _happened(before, own, happened, state=State.ARCHIVED.value, ceased_at=clock.now())
    told = {"recycling_record_id": recycling_record_id}
    change = Change(event="recycle", keys=("dpp_status", "ceased_at"), life_event=told, happened_at=happened)
    done = await _lived(tx, scope, before, wanted, change, stood)
    await _tell_state(tx, before, done)
    return done


async def _tell_state(tx: Transaction, record: Record, done: Issued) -> None:
    await tx.record(
        PassportStateChanged(
            passport_id=record.passport_id,
            dpp_id=record.dpp_id,
            version=done.version,
            responsible_id=record.operator_id,
            state=done.state,
        )
    )


async def set_state(
    tx: Transaction, scope: OperatorScope, identifier: str, happening: Happening, *, reason: str
) -> Issued:
    """Suspend, resume, or declare a passport invalid (issued in error: its identifier is never used again).

    Raises DppNotFound, NotResponsibleOperator, IllegalTransition, EvidenceRequired without a reason.
    """
    before, stood = await standing.responsible(tx, scope, identifier)
    refuse_illegal(before, happening)
    if not reason.strip():
        raise errors.EvidenceRequired(what="reason")
    state = next_state(State(before.state), happening)
    gone_on = happening is Happening.RESUME and await store.closed_by_succession_across(tx, before.passport_id)
    if state is None or gone_on:  # its product lives on under others, and one product has one active passport
        raise errors.IllegalTransition(source=before.state, event=happening.value, allowed="—")
    wanted = msgspec.structs.replace(before, state=state.value)
    change = Change(event=happening.value, keys=("dpp_status",), reason=reason)
    made, document = await save(tx, scope, before, wanted, change, stood)
    done = issued(kind_named(made.kind), made, document)
    await _tell_state(tx, before, done)
    return done


async def record_event(
    tx: Transaction,
    scope: OperatorScope,
    identifier: str,
    *,
    type: str,
    at: datetime | None = None,
    severity: str | None = None,
    description: dict[str, str] | None = None,
    document_ids: tuple[str, ...] = (),
    reason: str | None = None,
    event_id: UUID | None = None,
) -> Issued:
    """A negative event (accident, deep discharge, water …) or `none_recorded`: a new version at once.

    event_id  the same id again changes nothing

    An accident may come to light later: unlike a repair it may lie before the last event.

    Raises DppNotFound, NotResponsibleOperator, PassportInvalid, EventOutOfOrder before manufacture, InvalidDate for the future,
    IllegalTransition for what has ceased or was issued in error.
    """
    before, stood = await standing.responsible(tx, scope, identifier)
    standing.refuse_ended(before, type)
    kind = kind_named(before.kind)
    happened = at or clock.now()
    if happened > clock.now() + AHEAD:
        raise errors.InvalidDate
    made = before.own.get(kind.head.made)
    if isinstance(made, str) and latest_month(happened) < made:
        raise errors.EventOutOfOrder(last=made)
    known = [each for each in before.own.get("negative_events", []) if each["id"] == str(event_id)]
    if known:
        from meguri.passport.service.issuing import describe

        return issued(kind, before, (await describe(tx, before))[1])
    said = entry(type, happened, scope, severity=severity, description=description, document_ids=list(document_ids))
    said["id"] = str(event_id) if event_id else said["id"]
    own = with_event(before, said, "negative_events")
    refuse(check(kind.attributes["negative_events"], own["negative_events"]))
    wanted = _happened(before, own, max(happened, before.last_event_at or happened))
    told = {"type": type, "severity": severity}
    change = Change(
        event="negative_event", keys=("negative_events",), reason=reason, life_event=told, happened_at=happened
    )
    return await _lived(tx, scope, before, wanted, change, stood)
