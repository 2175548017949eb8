"""The tables of registrations; the only caller of `queries.sql`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.storage import Transaction, load_queries
from meguri.storage.audit import PLATFORM

queries = load_queries(__package__)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """How the registration of one passport stands. `told_hash`: the version that the registry knows."""

    operator_id: UUID
    passport_id: UUID
    state: str
    registration_id: str | None
    told_hash: str | None
    tries: int
    problems: str
    registered_at: datetime | None
    updated_at: datetime


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the local stand-in."""

    registration_id: str
    product_id: str
    entry: str
    active: bool


async def queue(tx: Transaction, pairs: Sequence[tuple[UUID, UUID]]) -> None:
    """Queue passports (operator, passport). Within `tx.across()`."""
    operators, passports = [one for one, _ in pairs], [other for _, other in pairs]
    await tx.run(queries.queue, operators=operators, passports=passports, at=clock.now())


async def again(tx: Transaction, passports: Sequence[UUID], state: str) -> None:
    """Tell again of registered passports. Within `tx.across()`."""
    await tx.run(queries.again, passports=list(passports), state=state, at=clock.now())


async def due(tx: Transaction, most: int) -> list[Row]:
    """Entries whose time has come, locked. Within `tx.across()`."""
    return await tx.all(queries.due, Row, at=clock.now(), most=most)


async def settle(tx: Transaction, row: Row, **values: Any) -> None:
    """Write down what came of it. Within `tx.across()`."""
    said = {"registration_id": None, "told_hash": row.told_hash, "registered_at": None, "problems": "[]", **values}
    await tx.run(queries.settle, operator_id=row.operator_id, passport_id=row.passport_id, at=clock.now(), **said)


async def entry_of(tx: Transaction, operator_id: UUID, passport_id: UUID) -> Row | None:
    """How the registration of a passport stands."""
    return await tx.one(queries.entry_of, Row, operator_id=operator_id, passport_id=passport_id)


async def stand_in_add(tx: Transaction, registration_id: str, product_id: str, entry: str) -> bool:
    """Whether the product was new to the stand-in."""
    named = {"operator_id": PLATFORM, "registration_id": registration_id, "product_id": product_id}
    return bool(await tx.run(queries.stand_in_add, entry=entry, at=clock.now(), **named))


async def stand_in_get(tx: Transaction, registration_id: str) -> Told | None:
    """What the stand-in was told under an id."""
    return await tx.one(queries.stand_in_get, Told, operator_id=PLATFORM, registration_id=registration_id)


async def stand_in_set(tx: Transaction, registration_id: str, entry: str, *, active: bool) -> None:
    """Change what the stand-in knows."""
    await tx.run(
        queries.stand_in_set,
        operator_id=PLATFORM,
        registration_id=registration_id,
        entry=entry,
        active=active,
        at=clock.now(),
    )
