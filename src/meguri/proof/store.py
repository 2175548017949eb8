"""The tables of signing keys and status lists; the only caller of `queries.sql`.

Functions that take an operator's id read that company's rows: another's only within `tx.across()`.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage.queries import load_queries
from meguri.storage.transaction import Transaction

queries = load_queries(__package__)


class StoredKey(msgspec.Struct, frozen=True, kw_only=True):
    """One signing key; `private_sealed` is PKCS#8 under the installation's secret."""

    operator_id: UUID
    kid: str
    algorithm: str
    multikey: str
    private_sealed: bytes
    created_at: datetime
    signs_from: datetime
    replaced_at: datetime | None = None
    revoked_at: datetime | None = None
    revoked_reason: str | None = None


class Place(msgspec.Struct, frozen=True):
    """Where the status of `subject` stands: in which list, at which index."""

    subject: str
    number: int
    place: int


async def lock(tx: Transaction, scope: OperatorScope) -> None:
    """Wait until nobody else makes keys of this company."""
    await tx.run(queries.lock, thing=f"proof:{scope.operator_id}")


async def keys(tx: Transaction, operator_id: UUID) -> list[StoredKey]:
    """All keys, oldest first."""
    return await tx.all(queries.keys, StoredKey, operator_id=operator_id)


async def add_key(tx: Transaction, scope: OperatorScope, key: StoredKey) -> None:
    """Keep the key, and note in those of its algorithm until when they sign."""
    values = msgspec.structs.asdict(key)
    await tx.run(queries.add_key, **{**values, "operator_id": scope.operator_id})
    await tx.run(
        queries.replace_key, operator_id=scope.operator_id, by=key.kid, algorithm=key.algorithm, at=key.signs_from
    )


async def revoke(tx: Transaction, scope: OperatorScope, kid: str, reason: str) -> bool:
    """Whether there was such a key, not yet revoked."""
    return bool(await tx.run(queries.revoke_key, operator_id=scope.operator_id, kid=kid, reason=reason, at=clock.now()))


async def open_list(tx: Transaction, scope: OperatorScope, form: str, purpose: str) -> tuple[int, int] | None:
    """Number of the youngest list and how many of its places are taken."""
    row = await tx.one(queries.open_list, operator_id=scope.operator_id, form=form, purpose=purpose)
    return (int(row[0]), int(row[1])) if row else None


async def grow_list(tx: Transaction, scope: OperatorScope, form: str, purpose: str, number: int, more: int) -> None:
    """Note that `more` places of the list are taken; makes the list."""
    await tx.run(queries.grow_list, operator_id=scope.operator_id, form=form, purpose=purpose, number=number, more=more)


async def add_entries(
    tx: Transaction,
    scope: OperatorScope,
    form: str,
    purpose: str,
    number: int,
    places: Sequence[int],
    subjects: Sequence[str],
) -> list[Place]:
    """Take the places for the subjects; gives those that were free."""
    return await tx.all(
        queries.add_entries,
        Place,
        operator_id=scope.operator_id,
        form=form,
        purpose=purpose,
        number=number,
        places=list(places),
        subjects=list(subjects),
    )


async def entries_of(
    tx: Transaction, scope: OperatorScope, form: str, purpose: str, subjects: Sequence[str]
) -> list[Place]:
    """The places of `subjects`."""
    return await tx.all(
        queries.entries_of,
        Place,
        operator_id=scope.operator_id,
        form=form,
        purpose=purpose,
        subjects=list(subjects),
    )


async def mark(
    tx: Transaction, scope: OperatorScope, purpose: str, subjects: Sequence[str], at: datetime | None
) -> int:
    """Set (at a moment) or clear (None) the status of `subjects` in lists of both forms; how many changed."""
    return await tx.run(
        queries.mark_entries, operator_id=scope.operator_id, purpose=purpose, subjects=list(subjects), at=at
    )


async def set_places(tx: Transaction, operator_id: UUID, form: str, purpose: str, number: int) -> list[int] | None:
    """The places of a list that are set, None when there is no such list."""
    named = {"operator_id": operator_id, "form": form, "purpose": purpose, "number": number}
    if await tx.value(queries.list_exists, **named) is None:
        return None
    return [int(place) for (place,) in await tx.all(queries.set_places, **named)]
