"""The table of credentials; the only caller of its `queries.sql`. All of it works under `tx.across()`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from meguri.passport.model import Record
from meguri.storage import Transaction, load_queries

queries = load_queries(__package__)


class Held(msgspec.Struct, frozen=True):
    """A credential that is not revoked."""

    operator_id: UUID
    credential_id: UUID
    passport_id: UUID
    version: int
    slice: str


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """A credential as it is kept: `document` is the signed JSON."""

    operator_id: UUID
    credential_id: UUID
    passport_id: UUID
    version: int
    slice: str
    document: str
    issued_at: datetime


async def records(tx: Transaction, passports: Sequence[UUID]) -> list[Record]:
    """The present records of passports."""
    return await tx.all(queries.records, Record, passports=list(passports))


async def add(tx: Transaction, signed: Sequence[Signed]) -> None:
    """Keep credentials; what is kept already stays."""
    await tx.run(
        queries.add,
        operators=[one.operator_id for one in signed],
        credentials=[one.credential_id for one in signed],
        passports=[one.passport_id for one in signed],
        versions=[one.version for one in signed],
        slices=[one.slice for one in signed],
        documents=[one.document for one in signed],
        moments=[one.issued_at for one in signed],
    )


async def current(tx: Transaction, passports: Sequence[UUID]) -> list[Held]:
    """All that are not revoked."""
    return await tx.all(queries.current, Held, passports=list(passports))


async def revoke(tx: Transaction, operator_id: UUID, credentials: Sequence[UUID], at: datetime) -> int:
    """Mark as revoked; how many were not."""
    return await tx.run(queries.revoke, operator_id=operator_id, credentials=list(credentials), at=at)


async def document_of(tx: Transaction, operator_id: UUID, passport_id: UUID, version: int, name: str) -> str | None:
    """The signed JSON of a slice of a version; None when there is none, or personal data were taken out of it."""
    found = await tx.value(
        queries.document_of, operator_id=operator_id, passport_id=passport_id, version=version, slice=name
    )
    return str(found) if found else None


async def forget(tx: Transaction, passport_id: UUID, names: Sequence[str], before: int) -> None:
    """Throw away what was signed over slices of versions before one; that it was issued and revoked stays."""
    await tx.run(queries.forget, passport_id=passport_id, slices=list(names), before=before)


async def successor_of(tx: Transaction, credential_id: UUID) -> int | None:
    """The present version of the passport of a credential, when it is a later one."""
    found = await tx.value(queries.successor_of, credential_id=credential_id)
    return None if found is None else int(found)


async def token_of(tx: Transaction, record: Record, credential_id: UUID, at: datetime) -> UUID:
    """The id under which the status of all tokens over this version stands; `credential_id` when there was none yet."""
    found = await tx.value(
        queries.token_of,
        operator_id=record.operator_id,
        credential_id=credential_id,
        passport_id=record.passport_id,
        version=record.version,
        at=at,
    )
    return UUID(str(found))


async def later_version(tx: Transaction, key: str, version: int) -> int | None:
    """The present version of a published passport (by the key of its identifier), when it is later than `version`."""
    found = await tx.value(queries.later_version, key=key, version=version)
    return None if found is None else int(found)
