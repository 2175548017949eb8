"""The table of back-up providers; the only caller of `queries.sql`."""

from datetime import datetime
from uuid import UUID

import msgspec

from meguri.kernel.scope import OperatorScope
from meguri.storage import Transaction, load_queries

queries = load_queries(__package__)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A company's provider; `key_sealed` only opens with the installation's secret."""

    operator_id: UUID
    address: str
    key_sealed: bytes | None
    named_at: datetime
    next_at: datetime
    tried_at: datetime | None
    succeeded_at: datetime | None
    failures: int
    copied: int
    refused: int
    trouble: str | None


async def provider(tx: Transaction, scope: OperatorScope) -> Row | None:
    """The company's provider."""
    return await tx.one(queries.provider, Row, operator_id=scope.operator_id)


async def name_provider(
    tx: Transaction, scope: OperatorScope, address: str, key_sealed: bytes | None, at: datetime
) -> None:
    """Keep a provider, due at once."""
    await tx.run(queries.name_provider, operator_id=scope.operator_id, address=address, key_sealed=key_sealed, at=at)


async def forget_provider(tx: Transaction, scope: OperatorScope) -> bool:
    """Whether there was one."""
    return bool(await tx.run(queries.forget_provider, operator_id=scope.operator_id))


async def due(tx: Transaction, at: datetime) -> list[UUID]:
    """Companies whose copies are due, of all companies."""
    async with tx.across():
        return [UUID(str(row[0])) for row in await tx.all(queries.due_providers, at=at)]


async def note_try(
    tx: Transaction,
    scope: OperatorScope,
    *,
    at: datetime,
    next_at: datetime,
    failures: int,
    copied: int,
    refused: int,
    trouble: str | None,
) -> None:
    """Note how a try went."""
    await tx.run(
        queries.note_try,
        operator_id=scope.operator_id,
        at=at,
        next_at=next_at,
        failures=failures,
        copied=copied,
        refused=refused,
        trouble=trouble,
    )
