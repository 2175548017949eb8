"""Measured values: taken one by one, kept with their provenance, and written into the passport when they matter."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.passport import errors, readings_store
from meguri.passport.access import sees
from meguri.passport.events import ReadingsRecorded
from meguri.passport.expressions import plain
from meguri.passport.kinds import Kind
from meguri.passport.model import Record, Standing
from meguri.passport.readings import (
    COUNTERS,
    Kept,
    Reading,
    Rejection,
    Taken,
    after,
    is_stale,
    judged,
    rejection,
    stored_value,
    writes_version,
)
from meguri.passport.readings_store import Row
from meguri.passport.service import standing
from meguri.passport.service.reading import denial, note
from meguri.passport.service.writing import Change, described, kind_named, pinned, save
from meguri.storage import Transaction

MOST_READINGS = 10_000
MeasurementSource = Literal["bms", "telematics", "workshop", "diagnostic", "lab", "manual"]


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Readings that arrive together."""

    batch_id: str
    source: MeasurementSource
    readings: list[Reading]
    device_id: str | None = None


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """What became of them. `version` is the passport's after it."""

    accepted: int
    rejected: list[Rejection]
    duplicates: int
    version: int


async def record_readings(tx: Transaction, scope: OperatorScope, identifier: str, batch: Batch) -> Recorded:
    """Take readings: the good ones are kept, each bad one is named.

    Plausibility as `readings` has it: idempotent by (attribute, component, moment, source); future, too early, out of range,
    decreasing counters refused; suspicious rises kept but not shown. The passport gets a new version when a value moved by
    1 % or a day has passed, at once for what belongs to a change of status.

    Raises DppNotFound, NotResponsibleOperator, TooManyReadings, IllegalTransition for what has ceased or was issued in error.
    """
    if len(batch.readings) > MOST_READINGS:
        raise errors.TooManyReadings(most=MOST_READINGS)
    record, at = await standing.responsible(tx, scope, identifier)
    standing.refuse_ended(record, "measurement")
    kind = kind_named(record.kind)
    values = {**(await pinned(tx, record.model))[0], **record.own}
    made = values.get(kind.head.made)
    now = clock.now()
    judgements = [
        judged(kind, reading, index, now=now, made=made if isinstance(made, str) else None)
        for index, reading in enumerate(batch.readings)
    ]
    taken = [each for each in judgements if isinstance(each, Taken)]
    rejected = [each for each in judgements if isinstance(each, Rejection)]
    async with tx.across():
        fresh, duplicates, conflicts = await _apart(tx, record, batch.source, taken)
        good, bad = await _among_neighbours(tx, record, fresh, plain(values.get("rated_capacity")))
        await readings_store.add(tx, [_row(record, scope, batch, each, now) for each in good])
    version = record.version
    if good:
        version = await _write(tx, scope, kind, record, batch, good, at)
        await tx.record(
            ReadingsRecorded(
                passport_id=record.passport_id,
                dpp_id=record.dpp_id,
                version=version,
                responsible_id=record.operator_id,
                source=batch.source,
                accepted=len(good),
            )
        )
    faults = sorted([*rejected, *conflicts, *bad], key=lambda each: each.index)
    return Recorded(accepted=len(good), rejected=faults, duplicates=duplicates, version=version)


async def _apart(
    tx: Transaction, record: Record, source: str, taken: Sequence[Taken]
) -> tuple[list[Taken], int, list[Rejection]]:
    """New readings, the number of those that are known, and those that contradict what is known."""
    known = {
        (row.attribute, row.component, row.measured_at): row.value
        for row in await readings_store.same(tx, record.passport_id, source, taken)
    }
    fresh: list[Taken] = []
    conflicts, duplicates = [], 0
    for each in taken:
        key = (each.attribute, each.component, each.measured_at)
        if key not in known:
            known[key] = each.value
            fresh.append(each)
        elif known[key] == each.value:
            duplicates += 1
        else:
            conflicts.append(rejection(each.index, "CONFLICTING_READING"))
    return fresh, duplicates, conflicts


async def _among_neighbours(
    tx: Transaction, record: Record, fresh: Sequence[Taken], rated: Any
) -> tuple[list[Taken], list[Rejection]]:
    """Each reading between those before and after it, in order of time."""
    if not fresh:
        return [], []
    moments = [each.measured_at for each in fresh]
    attributes = sorted({each.attribute for each in fresh})
    rows = await readings_store.around(tx, record.passport_id, attributes, min(moments), max(moments))
    line: dict[tuple[str, str], list[Kept]] = {}
    for row in rows:
        line.setdefault((row.attribute, row.component), []).append(_kept(row))
    resets = _resets(record)
    capacity = float(rated) if isinstance(rated, int | float) else None
    good: list[Taken] = []
    bad: list[Rejection] = []
    for each in sorted(fresh, key=lambda one: one.measured_at):
        neighbours = line.setdefault((each.attribute, each.component), [])
        earlier = max(
            (one for one in neighbours if one.measured_at < each.measured_at),
            key=lambda one: one.measured_at,
            default=None,
        )
        later = min(
            (one for one in neighbours if one.measured_at > each.measured_at),
            key=lambda one: one.measured_at,
            default=None,
        )
        found = after(each, earlier, later, resets, capacity)
        if isinstance(found, Rejection):
            bad.append(found)
        else:
            good.append(found)
            neighbours.append(Kept(value=found.value, measured_at=found.measured_at, offset=found.offset))
    return good, bad


def _kept(row: Row) -> Kept:
    number = row.value if isinstance(row.value, int | float) else 0.0
    return Kept(
        value=row.value,
        measured_at=row.measured_at,
        recorded_at=row.recorded_at,
        offset=row.counted - number if row.attribute in COUNTERS else 0.0,
        flags=row.flags,
    )


def _resets(record: Record) -> list[datetime]:
    """Moments of repair or of a new battery management system."""
    events = [*record.own.get("repair_history", []), *record.own.get("negative_events", [])]
    names = ("repair", "bms_replaced", "counter_reset", "remanufacture")
    return [datetime.fromisoformat(each["at"]) for each in events if each.get("type") in names]


def _row(record: Record, scope: OperatorScope, batch: Batch, taken: Taken, now: datetime) -> dict[str, Any]:
    number = taken.value if isinstance(taken.value, int | float) else 0.0
    detail = {
        "method": taken.method,
        "uncertainty_pct": taken.uncertainty_pct,
        "reference_conditions": taken.conditions,
    }
    return {
        "operator_id": record.operator_id,
        "passport_id": record.passport_id,
        "attribute": taken.attribute,
        "component": taken.component,
        "measured_at": taken.measured_at,
        "source": batch.source,
        "value": taken.value,
        "counted": number + taken.offset if taken.attribute in COUNTERS else number,
        "flags": list(taken.flags),
        "detail": {key: value for key, value in detail.items() if value},
        "batch_id": batch.batch_id,
        "device_id": batch.device_id,
        "actor": scope.actor,
        "recorded_at": now,
        "confirmed": False,
    }


async def _write(
    tx: Transaction, scope: OperatorScope, kind: Kind, record: Record, batch: Batch, good: Sequence[Taken], at: Standing
) -> int:
    """The passport's version after readings: the next one when they matter."""
    async with tx.across():
        latest = await readings_store.current(tx, record.passport_id, sorted({each.attribute for each in good}))
    now = clock.now()
    new, matters = {}, False
    for key, row in latest.items():
        attribute = kind.attributes[key]
        value = stored_value(attribute, _shown(row), row.measured_at, row.source, **_described(row))
        held = record.own.get(key)
        if held == value or (isinstance(held, dict) and held.get("measured_at", "") > clock.seconds_z(row.measured_at)):
            continue
        new[key] = value
        since = now - _written_at(record, key)
        matters = matters or writes_version(attribute, plain(held), _shown(row), since)
    if not matters:
        return record.version
    meta = {**record.meta, **described(new, scope, batch.source, batch.batch_id)}
    wanted = msgspec.structs.replace(record, own={**record.own, **new}, meta=meta)
    told = {"attributes": {key: plain(value) for key, value in new.items()}, "source": batch.source}
    change = Change(
        event="measurement",
        keys=tuple(new),
        life_event=told,
        happened_at=max(row.measured_at for row in latest.values()),
    )
    made, _ = await save(tx, scope, record, wanted, change, at)
    return made.version


def _shown(row: Row) -> Any:
    """A counter with what it counted before it began again; every other value as it is."""
    if row.attribute in COUNTERS:
        return int(row.counted) if float(row.counted).is_integer() else row.counted
    return row.value


def _described(row: Row) -> dict[str, Any]:
    flag = {"flag": row.flags[0]} if row.flags else {}
    return {**row.detail, **({"component": row.component} if row.component else {}), **flag}


def _written_at(record: Record, key: str) -> datetime:
    said = record.meta.get(key, {}).get("recorded_at")
    return datetime.fromisoformat(said) if said else record.issued_at - timedelta(days=365)


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """A reading in a list; `stale`: a value that should be up to date and is not."""

    attribute: str
    name_ja: str
    name_en: str
    component: str
    value: Any
    unit: str
    measured_at: datetime
    source: str
    flags: tuple[str, ...]
    confirmed: bool
    stale: bool


async def readings(
    tx: Transaction,
    scope: OperatorScope,
    identifier: str,
    *,
    attribute: str | None = None,
    before: datetime | None = None,
    limit: int = 100,
) -> list[Measured]:
    """Readings, newest first, of the classes that the caller sees.

    Raises DppNotFound, PassportCeased, AuthenticationRequired, AccessClassDenied, UnknownAttribute.
    """
    record = await standing.find_exact_or_active(tx, identifier)
    at = await standing.seen(tx, scope, record)
    kind = kind_named(record.kind)
    if attribute is not None and attribute not in kind.attributes:
        raise errors.UnknownAttribute(where=attribute)
    asked = (
        kind.attributes["soce" if attribute is None and "soce" in kind.attributes else attribute or ""]
        if attribute or "soce" in kind.attributes
        else None
    )
    if asked is not None and not sees(asked, at.classes):
        raise denial(scope, at)
    async with tx.across():
        rows = await readings_store.page(
            tx, record.passport_id, attribute=attribute, before=before or clock.now() + timedelta(days=1), count=limit
        )
    await note(tx, scope, record, at, "measurements")
    return [_measured(kind, row) for row in rows if sees(kind.attributes.get(row.attribute), at.classes)]


def _measured(kind: Kind, row: Row) -> Measured:
    attribute = kind.attributes[row.attribute]
    return Measured(
        attribute=row.attribute,
        name_ja=attribute.name.ja,
        name_en=attribute.name.en,
        component=row.component,
        value=_shown(row),
        unit=attribute.unit,
        measured_at=row.measured_at,
        source=row.source,
        flags=row.flags,
        confirmed=row.confirmed,
        stale=is_stale(attribute, row.measured_at, clock.now()),
    )


async def confirm_reading(
    tx: Transaction, scope: OperatorScope, identifier: str, attribute: str, measured_at: datetime
) -> int:
    """A suspicious reading is right after all: from now on it counts. Gives the passport's version.

    Raises DppNotFound, NotResponsibleOperator, IllegalTransition for what has ceased or was issued in error.
    """
    record, at = await standing.responsible(tx, scope, identifier)
    standing.refuse_ended(record, "measurement")
    kind = kind_named(record.kind)
    async with tx.across():
        await readings_store.confirm(tx, record.operator_id, record.passport_id, attribute, measured_at)
        latest = (await readings_store.current(tx, record.passport_id, [attribute])).get(attribute)
    if latest is None:
        return record.version
    batch = Batch(batch_id="confirmation", source="manual", readings=[])
    taken = Taken(
        index=0, attribute=attribute, component=latest.component, value=latest.value, measured_at=latest.measured_at
    )
    return await _write(tx, scope, kind, record, batch, [taken], at)
