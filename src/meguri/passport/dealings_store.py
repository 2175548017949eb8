"""The tables of dealings between operators; the only caller of `dealings.sql`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.passport.dealings import Dealing
from meguri.storage import Transaction, load_queries

queries = load_queries(__package__, "dealings.sql")


async def put(tx: Transaction, giver: Dealing) -> Dealing:
    """Both sides' rows from the giver's; gives the giver's back. Within `tx.across()`."""
    taker = msgspec.structs.replace(giver, operator_id=giver.partner_id, partner_id=giver.operator_id, side="taker")
    rows = msgspec.json.encode([giver, taker]).decode()
    await tx.run(queries.put_dealings, rows=rows)
    return giver


async def own(tx: Transaction, operator_id: UUID, dealing_id: UUID) -> Dealing | None:
    """An operator's side of a dealing."""
    found = await tx.all(queries.own_dealing, Dealing, operator_id=operator_id, dealing_id=dealing_id)
    return found[0] if found else None


async def locked(tx: Transaction, dealing_id: UUID) -> Dealing | None:
    """The giver's side, held for a change. Within `tx.across()`."""
    found = await tx.all(queries.lock_dealing, Dealing, dealing_id=dealing_id)
    return next((each for each in found if each.side == "giver"), None)


async def between(tx: Transaction, taker_id: UUID, kind: str, giver_id: UUID) -> list[Dealing]:
    """What one operator holds of another."""
    async with tx.across():
        return await tx.all(queries.dealings_between, Dealing, operator_id=taker_id, kind=kind, partner_id=giver_id)


async def delegations_to(tx: Transaction, operator_id: UUID) -> list[Dealing]:
    """The mandates that an operator holds."""
    async with tx.across():
        return await tx.all(queries.delegations_to, Dealing, operator_id=operator_id)


async def page(
    tx: Transaction,
    operator_id: UUID,
    kind: str,
    *,
    side: str | None = None,
    state: str | None = None,
    after: tuple[datetime, UUID] | None = None,
    count: int = 100,
) -> list[Dealing]:
    """An operator's dealings of one kind, newest first."""
    return await tx.all(
        queries.dealings_page,
        Dealing,
        operator_id=operator_id,
        kind=kind,
        side=side,
        state=state,
        after_at=after[0] if after else None,
        after_id=after[1] if after else None,
        count=count,
    )


async def due(tx: Transaction, kind: str, state: str, count: int) -> Sequence[Dealing]:
    """Dealings that are still open after their time. Within `tx.across()`."""
    return await tx.all(queries.dealings_due, Dealing, kind=kind, state=state, at=clock.now(), count=count)


async def to_remind(tx: Transaction, before: datetime, count: int) -> Sequence[Dealing]:
    """Requests for access submitted before a moment, still undecided, and not yet reminded of. Within `tx.across()`."""
    return await tx.all(queries.requests_to_remind, Dealing, before=before, count=count)


async def has_role(tx: Transaction, operator_id: UUID) -> bool:
    """Whether the operator is a verified authority."""
    async with tx.across():
        return bool(await tx.value(queries.has_role, operator_id=operator_id))


class HeldRole(msgspec.Struct, frozen=True, kw_only=True):
    """A company that is verified as an authority; `evidence` in the desk's own words."""

    operator_id: UUID
    role: str
    verified_at: datetime
    evidence: str


async def roles(tx: Transaction) -> list[HeldRole]:
    """Who is verified as an authority, the latest first. Within `tx.across()`."""
    return await tx.all(queries.roles, HeldRole)


async def put_role(tx: Transaction, operator_id: UUID, role: str, verified_by: str, evidence: str) -> None:
    """The operator is verified in this role. Within `tx.across()`."""
    values: dict[str, Any] = {"operator_id": operator_id, "role": role, "verified_by": verified_by}
    await tx.run(queries.put_role, at=clock.now(), evidence=evidence, **values)


async def end_role(tx: Transaction, operator_id: UUID, role: str) -> bool:
    """The role ends. Within `tx.across()`."""
    return await tx.run(queries.end_role, operator_id=operator_id, role=role, at=clock.now()) == 1
