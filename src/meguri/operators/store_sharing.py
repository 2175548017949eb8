"""The tables of disclosures and notifications: with `store.py` the only caller of `queries.sql`.

Functions that take a scope touch that operator's rows. Those that take operator ids act for several companies at once
and are called within `tx.across()`.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.operators.catalogue import notification_rules
from meguri.operators.model import (
    DisclosureVersion,
    Grant,
    NewNotification,
    Notification,
    NotificationFilter,
    Relation,
)
from meguri.operators.store import LAST_VERSION, queries
from meguri.storage import Transaction


class DisclosedPair(msgspec.Struct, frozen=True, kw_only=True):
    """A part and a company that something was decided about, with the company's name as far as it is known."""

    trace_id: UUID
    to_operator_id: UUID
    to_name: str
    to_open_operator_id: str | None
    search_name: str


# Disclosures


async def grants_of_pair(tx: Transaction, owner: UUID, trace_id: UUID, to_operator_id: UUID) -> list[Grant]:
    """All decisions of `owner` about one part and one company."""
    return await tx.all(
        queries.grants_of_pair, Grant, operator_id=owner, trace_id=trace_id, to_operator_id=to_operator_id
    )


async def grants_of_parts(tx: Transaction, scope: OperatorScope, trace_ids: Collection[UUID]) -> list[Grant]:
    """All decisions about these parts, by part, company and group."""
    return await tx.all(queries.grants_of_parts, Grant, operator_id=scope.operator_id, trace_ids=list(trace_ids))


async def grants_of_pairs(tx: Transaction, scope: OperatorScope, pairs: Sequence[tuple[UUID, UUID]]) -> list[Grant]:
    """All decisions about these pairs of part and company."""
    return await tx.all(
        queries.grants_of_pairs,
        Grant,
        operator_id=scope.operator_id,
        trace_ids=[trace_id for trace_id, _ in pairs],
        readers=[reader for _, reader in pairs],
    )


async def released(tx: Transaction, triples: Sequence[tuple[UUID, UUID, UUID]]) -> list[tuple[UUID, UUID, UUID, str]]:
    """The open groups of many (owner, part, reader), one row for each."""
    return await tx.all(
        queries.released,
        owners=[owner for owner, _, _ in triples],
        trace_ids=[trace_id for _, trace_id, _ in triples],
        readers=[reader for _, _, reader in triples],
    )


async def open_below(tx: Transaction, scope: OperatorScope, proofs: Sequence[str]) -> list[tuple[UUID, UUID]]:
    """The own (part, company) with something open whose company's identity was proved in one of these ways only."""
    rows = await tx.all(queries.open_below, operator_id=scope.operator_id, proofs=list(proofs))
    return [(row[0], row[1]) for row in rows]


async def opened_since(
    tx: Transaction, group: str, since: datetime, owner: UUID | None
) -> list[tuple[UUID, UUID, UUID]]:
    """(owner, part, reader) of what is open and was opened since then, newest first."""
    rows = await tx.all(queries.opened_since, item_group=group, since=since, owner=owner)
    return [(row[0], row[1], row[2]) for row in rows]


async def save_grants(
    tx: Transaction,
    scope: OperatorScope,
    pairs: Sequence[tuple[UUID, UUID]],
    groups: dict[str, bool],
    reason: str | None,
) -> None:
    """Keep the same decisions about each of some (part, company), and their history."""
    await tx.run(
        queries.save_grants,
        operator_id=scope.operator_id,
        trace_ids=[trace_id for trace_id, _ in pairs],
        to_operator_ids=[company for _, company in pairs],
        item_groups=list(groups),
        flags=list(groups.values()),
        at=clock.now(),
        actor=scope.actor,
        reason=reason,
    )


async def withdraw_grants(
    tx: Transaction, owner: UUID, trace_id: UUID, to_operator_id: UUID, *, actor: str, reason: str
) -> None:
    """Take back what is open for one pair; what `owner` closed on purpose stays closed."""
    await tx.run(
        queries.withdraw_grants,
        operator_id=owner,
        trace_id=trace_id,
        to_operator_id=to_operator_id,
        at=clock.now(),
        actor=actor,
        reason=reason,
    )


async def pairs_page(
    tx: Transaction,
    scope: OperatorScope,
    *,
    to_operator_id: UUID | None,
    trace_id: UUID | None,
    open_only: bool,
    start: tuple[str, UUID, UUID] | None,
    rows: int,
) -> list[DisclosedPair]:
    """The pairs that something was decided about, by the company's name, from `start` on."""
    search_name, to, trace = start or (None, None, None)
    return await tx.all(
        queries.pairs_page,
        DisclosedPair,
        operator_id=scope.operator_id,
        to_operator_id=to_operator_id,
        trace_id=trace_id,
        open_only=open_only,
        search_name=search_name,
        to=to,
        trace=trace,
        rows=rows,
    )


async def disclosure_versions(
    tx: Transaction,
    scope: OperatorScope,
    trace_id: UUID,
    to_operator_id: UUID,
    start: tuple[int, str] | None,
    rows: int,
) -> list[DisclosureVersion]:
    """The life of one pair, newest first, from `start` on."""
    version, item_group = start or (LAST_VERSION, "")
    return await tx.all(
        queries.disclosure_versions,
        DisclosureVersion,
        operator_id=scope.operator_id,
        trace_id=trace_id,
        to_operator_id=to_operator_id,
        version=version,
        item_group=item_group,
        rows=rows,
    )


# Notifications


async def add_notifications(tx: Transaction, told: Sequence[tuple[UUID, NewNotification]]) -> None:
    """Tell many companies at once, each notification with its id."""
    types = notification_rules().types
    said = [item for _, item in told]
    await tx.run(
        queries.add_notifications,
        at=clock.now(),
        notification_ids=[notification_id for notification_id, _ in told],
        receivers=[item.receiver for item in said],
        types=[item.type for item in said],
        families=[item.family or types[item.type].family for item in said],
        senders=[item.from_operator_id for item in said],
        trade_ids=[item.relation.trade_id for item in said],
        request_ids=[item.relation.request_id for item in said],
        downstream_operator_ids=[item.relation.downstream_operator_id for item in said],
        upstream_operator_ids=[item.relation.upstream_operator_id for item in said],
        downstream_trace_ids=[item.relation.downstream_trace_id for item in said],
        upstream_trace_ids=[item.relation.upstream_trace_id for item in said],
    )


async def notification(tx: Transaction, scope: OperatorScope, notification_id: UUID) -> Notification | None:
    """One notification of the operator."""
    return await tx.one(
        queries.notification, Notification, operator_id=scope.operator_id, notification_id=notification_id
    )


async def notifications(
    tx: Transaction, scope: OperatorScope, wanted: NotificationFilter, first: Notification | None, rows: int
) -> list[Notification]:
    """What the operator was told, newest first, from `first` on."""
    return await tx.all(
        queries.notifications,
        Notification,
        operator_id=scope.operator_id,
        notified_from=wanted.notified_from,
        notified_to=wanted.notified_to,
        types=None if wanted.types is None else list(wanted.types),
        families=None if wanted.families is None else list(wanted.families),
        unread_only=wanted.unread_only,
        after=first.notification_id if first else None,
        after_at=first.notified_at if first else None,
        rows=rows,
    )


async def told_since(tx: Transaction, since: datetime) -> list[UUID]:
    """Whom the present role sees as told since then."""
    return [row[0] for row in await tx.all(queries.told_since, since=since)]


async def senders_since(tx: Transaction, types: Sequence[str], since: datetime) -> list[UUID]:
    """Who told anybody something of these types since then."""
    return [row[0] for row in await tx.all(queries.senders_since, types=list(types), since=since)]


async def relations_told_by(
    tx: Transaction, sender: UUID, types: Sequence[str], since: datetime, rows: int
) -> list[Relation]:
    """What notices of that sender were about, newest first."""
    return await tx.all(queries.relations_told_by, Relation, sender=sender, types=list(types), since=since, rows=rows)


async def unread(tx: Transaction, scope: OperatorScope) -> int:
    """How many notifications the operator has not read."""
    return int(await tx.value(queries.unread, operator_id=scope.operator_id))


async def mark_read(tx: Transaction, scope: OperatorScope, notification_ids: Collection[UUID]) -> int:
    """Mark some as read; how many are newly so."""
    return await tx.run(
        queries.mark_read, operator_id=scope.operator_id, notification_ids=list(notification_ids), at=clock.now()
    )


async def mark_all_read(tx: Transaction, scope: OperatorScope, up_to: datetime) -> int:
    """Mark as read what was there at `up_to`; how many are newly so."""
    return await tx.run(queries.mark_all_read, operator_id=scope.operator_id, up_to=up_to, at=clock.now())
