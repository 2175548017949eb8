"""Evidence: attestations with their files, released by grant, and its expiry."""

from collections.abc import AsyncIterable, AsyncIterator
from datetime import timedelta
from uuid import UUID

import msgspec

from meguri.diligence import files, store
from meguri.diligence.data import rule_data
from meguri.diligence.errors import EvidenceNotReleased, NothingFound
from meguri.diligence.events import EvidenceRead
from meguri.diligence.evidence import notices_due, status_on
from meguri.diligence.model import AttestationBody, AttestationInput, Kept
from meguri.diligence.service import records
from meguri.diligence.service.spreading import DD
from meguri.kernel import clock
from meguri.kernel.errors import Stale
from meguri.kernel.scope import OperatorScope
from meguri.operators import disclosure
from meguri.storage.database import Database
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.errors import PartNotOwn
from meguri.traceability.model import State


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """An attestation as it stands today."""

    record_id: UUID
    version: int
    status_today: str
    content: AttestationBody


async def attest(tx: Transaction, scope: OperatorScope, said: AttestationInput) -> Evidence:
    """A new attestation. Raises UnknownWord, BadPeriod, NothingFound."""
    body = AttestationBody(**{name: getattr(said, name) for name in AttestationInput.__struct_fields__})
    return as_evidence(await records.add(tx, scope, "attestation", body))


async def change(
    tx: Transaction, scope: OperatorScope, record_id: UUID, said: AttestationInput, if_version: int
) -> Evidence:
    """The next version of an attestation; its file stays. Raises NothingFound, Stale, UnknownWord, BadPeriod."""
    kept = await records.get(tx, scope, "attestation", AttestationBody, record_id)
    fields = {name: getattr(said, name) for name in AttestationInput.__struct_fields__}
    body = msgspec.structs.replace(kept.content, **fields, told=[])
    return as_evidence(await records.change(tx, scope, "attestation", record_id, body, if_version))


async def listed(
    tx: Transaction, scope: OperatorScope, *, before: UUID | None = None, limit: int = 1000
) -> list[Evidence]:
    """Attestations, newest first."""
    return [
        as_evidence(kept)
        for kept in await records.listed(tx, scope, "attestation", AttestationBody, before=before, limit=limit)
    ]


async def one(tx: Transaction, scope: OperatorScope, record_id: UUID) -> Evidence:
    """One attestation. Raises NothingFound."""
    return as_evidence(await records.get(tx, scope, "attestation", AttestationBody, record_id))


def as_evidence(kept: Kept[AttestationBody]) -> Evidence:
    """An attestation with its status today."""
    status = status_on(kept.content.status, kept.content.valid_to, clock.today())
    return Evidence(record_id=kept.record_id, version=kept.version, status_today=status, content=kept.content)


async def add_file(
    db: Database, scope: OperatorScope, record_id: UUID, name: str, content: AsyncIterable[bytes], if_version: int
) -> Evidence:
    """The file behind an attestation. Raises NothingFound, Stale, WrongFileKind, FileTooLarge, BadFile."""
    kept = await db.run(scope, one, record_id)
    if kept.version != if_version:
        raise Stale
    stored = await files.store().put(scope, name, files.without_macros(content), files.LIMITS)
    body = msgspec.structs.replace(kept.content, file_name=name, file_sha256=stored.sha256)

    async def keep(tx: Transaction, scope: OperatorScope) -> Evidence:
        return as_evidence(await records.change(tx, scope, "attestation", record_id, body, if_version))

    return await db.run(scope, keep)


async def read_file(db: Database, scope: OperatorScope, record_id: UUID) -> tuple[str, AsyncIterator[bytes]]:
    """Name and content of the file behind an own attestation; the reading is in the audit. Raises NothingFound."""

    async def find(tx: Transaction, scope: OperatorScope) -> AttestationBody:
        kept = await records.get(tx, scope, "attestation", AttestationBody, record_id)
        if kept.content.file_sha256 is None:
            raise NothingFound
        await tx.record(EvidenceRead(record_id=record_id))
        return kept.content

    body = await db.run(scope, find)
    return body.file_name or "evidence", await files.store().get(scope, body.file_sha256 or "")


async def of_supplier(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> list[Evidence]:
    """Evidence of the supplier that answers for an own purchased part. Raises PartNotOwn, EvidenceNotReleased."""
    owner = await _owner(tx, scope, trace_id)
    async with tx.across():
        found = await listed(tx, owner)
    await tx.record(EvidenceRead(record_id=trace_id))
    return [
        msgspec.structs.replace(one, content=msgspec.structs.replace(one.content, told=[], facility_id=None))
        for one in found
    ]


async def supplier_file(
    db: Database, scope: OperatorScope, trace_id: UUID, record_id: UUID
) -> tuple[str, AsyncIterator[bytes]]:
    """A file of the supplier's evidence. Raises PartNotOwn, EvidenceNotReleased, NothingFound."""
    owner = await db.run(scope, _owner, trace_id)
    return await read_file(db, OperatorScope(owner.operator_id, scope.actor), record_id)


async def _owner(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> OperatorScope:
    """The supplier that answers for an own purchased part, if it has released its evidence."""
    kinds = await traceability.kinds_of(tx, scope, [trace_id], DD)
    if trace_id not in kinds:
        raise PartNotOwn
    kind = kinds[trace_id]
    if kind.trade_id is None:
        raise EvidenceNotReleased
    async with tx.across():
        row = (await traceability.trades_across(tx, [kind.trade_id])).get(kind.trade_id)
    if row is None or row.upstream_trace_id is None or row.state != State.COMPLETED:
        raise EvidenceNotReleased
    triple = (row.upstream_operator_id, row.upstream_trace_id, scope.operator_id)
    if "DDEVIDENCE" not in (await disclosure.released_between(tx, [triple]))[triple]:
        raise EvidenceNotReleased
    return OperatorScope(row.upstream_operator_id, scope.actor)


async def tell_of_expiry(tx: Transaction, scope: OperatorScope, record_id: UUID) -> list[str]:
    """Notices of expiry that have become due, each given once, and the day after the last; the days as text."""
    kept = await records.get(tx, scope, "attestation", AttestationBody, record_id)
    if kept.content.valid_to is None:
        return []
    due = notices_due(kept.content.valid_to, kept.content.told, clock.today())
    ended = kept.content.valid_to + timedelta(days=1)
    if clock.today() >= ended and ended not in kept.content.told:
        due.append(ended)
    if due:
        body = msgspec.structs.replace(kept.content, told=[*kept.content.told, *due])
        await records.change(tx, scope, "attestation", record_id, body, kept.version)
    return [day.isoformat() for day in due]


async def ending_soon(tx: Transaction, scope: OperatorScope) -> list[Evidence]:
    """Evidence whose owner has been, or is today to be, told of its end; the earliest first."""
    found = [
        one
        for one in await listed(tx, scope)
        if one.content.valid_to and notices_due(one.content.valid_to, [], clock.today())
    ]
    return sorted(found, key=lambda one: str(one.content.valid_to))


async def due_across(tx: Transaction, scope: OperatorScope, after: UUID | None) -> list[tuple[UUID, UUID]]:
    """Evidence of any operator that ends within the longest notice."""
    longest = max(rule_data("casework")["evidence"]["notice_days"])
    return await store.ending_across(tx, clock.today() + timedelta(days=longest), after, 200)
