"""With each version of a passport that everyone may read, its public credential is signed, and those before are revoked.

Happens in the transaction that makes the version: no version stands without its proof. The signer is the responsible
operator, whoever acts.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.events import Event
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope, Role
from meguri.passport import events
from meguri.passport.catalogue import AccessClass
from meguri.passport.credentials import store
from meguri.passport.credentials.document import slice_credential
from meguri.passport.credentials.store import Held, Signed
from meguri.passport.integrity import slice_of
from meguri.passport.kinds import kind_of
from meguri.passport.lifecycle import State
from meguri.passport.model import Record
from meguri.passport.service import document_of
from meguri.proof import keyring, status
from meguri.proof.keyring import Signer
from meguri.storage import Transaction

PUBLIC = AccessClass.P1.value


def signing_scope(operator_id: UUID) -> OperatorScope:
    """The responsible operator's own scope, for its signature."""
    return OperatorScope(operator_id, "system:passport", Role.EDITOR)


async def renew(tx: Transaction, passports: Sequence[UUID]) -> None:
    """Bring the credentials of passports up to their present versions. Again changes nothing."""
    async with tx.across():
        records = {one.passport_id: one for one in await store.records(tx, passports)}
        held = await store.current(tx, list(records))
        await _revoke(tx, [one for one in held if _is_stale(one, records[one.passport_id])])
        have = {one.passport_id for one in held if one.slice == PUBLIC and not _is_stale(one, records[one.passport_id])}
        missing = [r for r in records.values() if r.passport_id not in have and r.state == State.ACTIVE]
        await _sign_all(tx, missing)


def _is_stale(one: Held, record: Record) -> bool:
    current = record.version == one.version and record.operator_id == one.operator_id
    return not current or record.state != State.ACTIVE


async def _revoke(tx: Transaction, stale: Iterable[Held]) -> None:
    by_operator: dict[UUID, list[UUID]] = defaultdict(list)
    for one in stale:
        by_operator[one.operator_id].append(one.credential_id)
    for operator_id, credentials in by_operator.items():
        await store.revoke(tx, operator_id, credentials, clock.now())
        await status.revoke(tx, signing_scope(operator_id), [f"urn:uuid:{one}" for one in credentials])


async def _sign_all(tx: Transaction, records: Sequence[Record]) -> None:
    by_operator: dict[UUID, list[Record]] = defaultdict(list)
    for record in records:
        by_operator[record.operator_id].append(record)
    for operator_id, own in by_operator.items():
        signer = await keyring.signer(tx, signing_scope(operator_id))
        ids = {record.passport_id: new_id() for record in own}
        places = await status.take(tx, signing_scope(operator_id), [f"urn:uuid:{one}" for one in ids.values()])
        signed = []
        for record in own:
            kind, document = kind_of(record.kind), await document_of(tx, record)
            data = slice_of(kind, document, AccessClass.P1, record.salts[PUBLIC])
            place = places[f"urn:uuid:{ids[record.passport_id]}"]
            entry = status.entry_at(tx.installation.origin, operator_id, place)
            signed.append(sign(tx, record, PUBLIC, data, signer, ids[record.passport_id], entry))
        await store.add(tx, signed)


def sign(
    tx: Transaction,
    record: Record,
    name: str,
    data: dict[str, Any],
    signer: Signer,
    credential_id: UUID,
    entry: dict[str, Any],
) -> Signed:
    """The signed credential of a slice."""
    now = clock.now()
    bare = slice_credential(
        record,
        name,
        data,
        credential_id=credential_id,
        issuer=signer.did,
        origin=tx.installation.origin,
        at=clock.seconds_z(now),
    )
    whole = signer.sign({**bare, "credentialStatus": entry}, now)
    return Signed(
        operator_id=record.operator_id,
        credential_id=credential_id,
        passport_id=record.passport_id,
        version=record.version,
        slice=name,
        document=msgspec.json.encode(whole).decode(),
        issued_at=now,
    )


async def _one(tx: Transaction, _: OperatorScope, event: events.PassportEvent) -> None:
    await renew(tx, [event.passport_id])


async def _changed(tx: Transaction, scope: OperatorScope, event: events.PassportChanged) -> None:
    await _one(tx, scope, event)
    if event.change == "redact":
        await _forget(tx, event)


async def _forget(tx: Transaction, event: events.PassportChanged) -> None:
    """Personal data that were erased do not live on in what was signed over earlier versions."""
    async with tx.across():
        for record in await store.records(tx, [event.passport_id]):
            attributes = kind_of(record.kind).attributes
            names = {attributes[key].access.value for key in event.keys if key in attributes}
            await store.forget(tx, record.passport_id, sorted(names), record.version)


async def _issued(tx: Transaction, scope: OperatorScope, event: events.PassportIssued) -> None:
    if event.published:
        await _one(tx, scope, event)


async def _many(tx: Transaction, _: OperatorScope, event: events.PassportsIssued) -> None:
    if event.published:
        await renew(tx, event.passport_ids)


async def _succeeded(tx: Transaction, _: OperatorScope, event: events.PassportSucceeded) -> None:
    await renew(tx, [*event.predecessors, *event.successors])


reactions: dict[type[Event], list[Any]] = {
    events.PassportIssued: [_issued],
    events.PassportsIssued: [_many],
    events.PassportChanged: [_changed],
    events.PassportPublished: [_one],
    events.PassportStateChanged: [_one],
    events.ResponsibilityMoved: [_one],
    events.PassportSucceeded: [_succeeded],
}
