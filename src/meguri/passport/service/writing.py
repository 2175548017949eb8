"""How a change is written: a new version, its history, its entry in the register, the event and the back-up queue."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.passport import errors, register, store
from meguri.passport.assembling import Layers, completed, version_row
from meguri.passport.document_rules import document_findings
from meguri.passport.events import PassportChanged
from meguri.passport.findings import Finding, as_fields, shown
from meguri.passport.integrity import new_salts
from meguri.passport.kinds import Document, Kind, kind_of
from meguri.passport.model import Issued, LifeEvent, Pin, Record, Standing
from meguri.storage import Transaction

_CODES: dict[str, type[errors.PassportInvalid]] = {
    kind.code: kind
    for kind in (
        errors.PassportInvalid,
        errors.InvalidEnum,
        errors.ValueOutOfRange,
        errors.UnknownAttribute,
        errors.ReadOnlyField,
        errors.OverrideNotDeclared,
        errors.UrlNotAllowed,
    )
} | {
    "FUTURE_TIMESTAMP": errors.ValueOutOfRange,
    "BEFORE_MANUFACTURE": errors.ValueOutOfRange,
    "INVALID_OPERATOR_ID": errors.PassportInvalid,
}
_pins: dict[tuple[UUID, int], tuple[Document, str]] = {}
_MOST_PINS = 512


def refuse(findings: Iterable[Finding]) -> None:
    """Raises the refusal of the first error, naming all of them."""
    broken = [each for each in findings if each.level == "error"]
    if broken:
        kind = _CODES.get(broken[0].code, errors.CrossCheckFailed)
        raise kind(fields=as_fields(broken), where=", ".join(dict.fromkeys(each.pointer for each in broken)))


def kind_named(code: str) -> Kind:
    """The kind of product. Raises KindUnknown."""
    try:
        return kind_of(code)
    except KeyError:
        raise errors.KindUnknown(kind=code) from None


async def pinned(tx: Transaction, pin: Pin | None) -> tuple[Document, str | None]:
    """The values of a pinned version, which never change, and its passport's identifier."""
    if pin is None:
        return {}, None
    known = _pins.get((pin.passport_id, pin.version))
    if known is None:
        found = await store.pinned_across(tx, pin)
        if found is None:
            return {}, None
        if len(_pins) >= _MOST_PINS:
            _pins.pop(next(iter(_pins)))
        known = _pins[(pin.passport_id, pin.version)] = found
    return known


async def layers(tx: Transaction, record: Any) -> Layers:
    """What a record, or one of its versions, stands on."""
    model, model_dpp = await pinned(tx, _pin(record, "model"))
    batch, batch_dpp = await pinned(tx, _pin(record, "batch"))
    return Layers(model=model, batch=batch, model_dpp_id=model_dpp, batch_dpp_id=batch_dpp)


def _pin(record: Any, name: str) -> Pin | None:
    operator_id, passport_id, version = (getattr(record, f"{name}_{part}") for part in ("operator_id", "id", "version"))
    if operator_id is None or passport_id is None or version is None:
        return None
    return Pin(operator_id=operator_id, passport_id=passport_id, version=version)


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A change of a passport as it will be written.

    event       the happening, `change`, `publish`, `put_into_service` …
    keys        what changed
    life_event  what is told to the world of events (EPCIS), beside the version
    """

    event: str
    keys: tuple[str, ...]
    reason: str | None = None
    life_event: Mapping[str, Any] | None = None
    happened_at: Any = None


async def save(
    tx: Transaction, scope: OperatorScope, before: Record, wanted: Record, change: Change, at: Standing | None = None
) -> tuple[Record, Document]:
    """Write `wanted` as the version after `before`. Raises VersionConflict when somebody was faster."""
    kind = kind_named(before.kind)
    now = clock.now()
    next_record = msgspec.structs.replace(
        wanted, version=before.version + 1, updated_at=max(now, before.updated_at), salts=new_salts()
    )
    made, document = completed(kind, next_record, await layers(tx, wanted))
    acting_for = at.on_behalf_of if at else None
    async with tx.across():
        if not await store.save(tx, made, before.version):
            raise errors.VersionConflict
        await beside(tx, scope, made, change, acting_for, rule_sets(kind))
    await tx.record(
        PassportChanged(
            passport_id=made.passport_id,
            dpp_id=made.dpp_id,
            version=made.version,
            responsible_id=made.operator_id,
            change=change.event,
            keys=change.keys,
        )
    )
    return made, document


async def add(
    tx: Transaction, scope: OperatorScope, wanted: Record, change: Change, at: Standing | None = None
) -> tuple[Record, Document]:
    """Write a first version. The caller holds the lock of the identifier and records the event."""
    kind = kind_named(wanted.kind)
    made, document = completed(kind, wanted, await layers(tx, wanted))
    async with tx.across():
        await store.put(tx, made)
        await beside(tx, scope, made, change, at.on_behalf_of if at else None, rule_sets(kind))
    return made, document


async def beside(
    tx: Transaction, scope: OperatorScope, made: Record, change: Change, acting_for: UUID | None, rules: list[str]
) -> None:
    """What is written with every version: history, back-up queue, event, register. Within `tx.across()`."""
    row = version_row(
        made,
        actor=scope.actor,
        on_behalf_of=acting_for,
        event=change.event,
        reason=change.reason,
        keys=list(change.keys),
        rules=rules,
    )
    await store.add_versions(tx, [row])
    await store.mark_for_backup(tx, [made])
    if change.life_event is not None:
        await store.add_events(tx, [life_event(scope, made, change)])
    entry = register.Entry(
        action=f"passport.{change.event}",
        actor=scope.actor,
        object=made.dpp_id,
        detail={"version": made.version},
        on_behalf_of=str(acting_for) if acting_for else None,
    )
    await register.enter(tx, made.operator_id, [(made.passport_id, entry)])


def life_event(scope: OperatorScope, record: Record, change: Change) -> LifeEvent:
    """The event of a change."""
    return LifeEvent(
        event_id=new_id(),
        operator_id=record.operator_id,
        passport_id=record.passport_id,
        kind=change.event,
        at=change.happened_at or record.updated_at,
        recorded_at=record.updated_at,
        actor=scope.actor,
        body=dict(change.life_event or {}),
    )


@lru_cache(maxsize=64)
def _rule_sets(kind_id: str) -> tuple[str, ...]:
    from meguri.passport.dealings import policy

    return (kind_id, f"passport.access.{policy().id}@{policy().version}")


def rule_sets(kind: Kind) -> list[str]:
    """The rule data that a version was made under."""
    return list(_rule_sets(kind.rule_set))


def issued(kind: Kind, record: Record, document: Document, findings: Iterable[Finding] | None = None) -> Issued:
    """A record as its owner is told of it, with what is worth knowing."""
    found = list(findings) if findings is not None else list(document_findings(kind, document))
    return Issued(
        passport_id=record.passport_id,
        dpp_id=record.dpp_id,
        product_id=record.product_id,
        granularity=record.granularity,
        state=record.state,
        version=record.version,
        version_hash=record.version_hash,
        score=record.score,
        findings=[shown(each) for each in found],
    )


def described(
    values: Mapping[str, Any], scope: OperatorScope, source: str, reference: str | None = None
) -> dict[str, dict[str, Any]]:
    """Where these values came from."""
    said = {"source": source, "actor": scope.actor, "recorded_at": clock.seconds_z(clock.now())}
    if reference:
        said["reference"] = reference
    return dict.fromkeys(values, said)
