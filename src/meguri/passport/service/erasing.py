"""Lawful erasure: personal data leave a passport and all its earlier versions, and the versions go on proving themselves.

The hash of a class stays as it was signed: it commits to what is gone. Its salt goes with the values, so that nobody finds
them by trying; what is left of the class gets a new salt and a hash of its own, which stands in the access register's chain.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.passport import errors, register, store
from meguri.passport.assembling import whole
from meguri.passport.catalogue import AccessClass
from meguri.passport.expressions import filled
from meguri.passport.integrity import new_salts, slice_of
from meguri.passport.kinds import Kind
from meguri.passport.model import Issued, Record
from meguri.passport.service import standing
from meguri.passport.service.reading import past
from meguri.passport.service.writing import Change, issued, kind_named, layers, save
from meguri.passport.store import Redaction, VersionRow
from meguri.proof import slices
from meguri.storage import Transaction


async def erase_personal(
    tx: Transaction, scope: OperatorScope, identifier: str, keys: tuple[str, ...] | None = None
) -> Issued:
    """Take personal data (a vehicle's number) out of a passport, whatever its state, and out of every version before.

    keys   which of the kind's personal attributes; None: all of them

    That something was there stays marked, in the history and in the access registers of all who were responsible. Where
    there is nothing to take out, nothing changes. Raises AuthenticationRequired, DppNotFound, NotResponsibleOperator,
    NotPersonal.
    """
    before, at = await standing.responsible(tx, scope, identifier)
    kind = kind_named(before.kind)
    wanted = kind.head.personal if keys is None else keys
    _refuse_others(kind, wanted)
    async with tx.across():
        versions = await store.versions_with(tx, before.passport_id, wanted)
    held = {key for row in versions for key in row.own} | {key for key, value in before.own.items() if filled(value)}
    found = tuple(key for key in wanted if key in held)
    if not found:
        return issued(kind, before, whole(kind, before, await layers(tx, before)))
    mark = {"redacted_at": clock.seconds_z(clock.now()), "actor": scope.actor}
    left = msgspec.structs.replace(
        before, own=_without(before.own, found), meta={**before.meta, **dict.fromkeys(found, mark)}
    )
    made, document = await save(tx, scope, before, left, Change(event="redact", keys=found, reason="redaction"), at)
    done = [await _redacted(tx, kind, before, row, found, scope.actor) for row in versions]
    async with tx.across():
        for row in done:
            await store.redact(tx, before.passport_id, row)
        await store.redact_handed_over(tx, before.passport_id, found, new_salts())
        for operator_id, told in _by_operator(done).items():
            entry = register.Entry(
                action="passport.erase", actor=scope.actor, object=made.dpp_id, detail={"versions": told}
            )
            await register.enter(tx, operator_id, [(made.passport_id, entry)])
    return issued(kind, made, document)


async def personal_in(tx: Transaction, record: Record) -> list[str]:
    """Which personal attributes some version of a passport holds."""
    personal = kind_named(record.kind).head.personal
    async with tx.across():
        held = await store.keys_with(tx, record.passport_id, personal)
    return [key for key in personal if key in held or filled(record.own.get(key))]


def _refuse_others(kind: Kind, keys: Iterable[str]) -> None:
    others = [key for key in keys if key not in kind.head.personal]
    if others:
        raise errors.NotPersonal(where=", ".join(others), personal=", ".join(kind.head.personal))


def _without(values: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key not in keys}


async def _redacted(
    tx: Transaction, kind: Kind, record: Record, row: VersionRow, keys: tuple[str, ...], actor: str
) -> Redaction:
    """What becomes of one version."""
    own = _without(row.own, keys)
    then = msgspec.structs.replace(past(record, row), own=own)
    document = whole(kind, then, await layers(tx, row))
    salts, marks = dict(row.salts), dict(row.redacted or {})
    for access in _classes(kind, keys, row):
        salts[access.value] = slices.new_salt()
        gone = [*marks.get(access.value, {}).get("keys", []), *_of_class(kind, keys, row, access)]
        marks[access.value] = {
            "keys": list(dict.fromkeys(gone)),
            "at": clock.seconds_z(clock.now()),
            "actor": actor,
            "hash": slices.slice_hash(slice_of(kind, document, access, salts[access.value])),
        }
    return Redaction(operator_id=row.operator_id, version=row.version, own=own, salts=salts, redacted=marks)


def _classes(kind: Kind, keys: tuple[str, ...], row: VersionRow) -> list[AccessClass]:
    return [access for access in AccessClass if _of_class(kind, keys, row, access)]


def _of_class(kind: Kind, keys: tuple[str, ...], row: VersionRow, access: AccessClass) -> list[str]:
    return [key for key in keys if key in row.own and kind.attributes[key].access is access]


def _by_operator(done: Iterable[Redaction]) -> dict[UUID, list[dict[str, Any]]]:
    """What stands in each register: per version the class, the keys, and the hash of what is left."""
    told: dict[UUID, list[dict[str, Any]]] = {}
    for row in done:
        for access, mark in row.redacted.items():
            line = {"version": row.version, "class": access, "keys": mark["keys"], "left": mark["hash"]}
            told.setdefault(row.operator_id, []).append(line)
    return told
