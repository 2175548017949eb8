"""The inbox: what a company is told about requests between it and others, in the app."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from uuid import UUID

from meguri.kernel.errors import FieldError, Invalid
from meguri.kernel.ids import new_id, parse_uuid
from meguri.kernel.paging import BadCursor, Page, decode_cursor, encode_cursor
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Text
from meguri.operators import store_sharing
from meguri.operators.catalogue import notification_rules
from meguri.operators.errors import NotificationNotFound
from meguri.operators.model import NewNotification, Notification, NotificationFilter, ReadCount, ReadMark, Relation
from meguri.storage import Transaction

EVERYTHING = NotificationFilter()
NO_ZONE = Text(
    ja="タイムゾーンを付けて指定してください（例: 2026-10-01T00:00:00Z）。",
    en="Please give the time zone as well (for example 2026-10-01T00:00:00Z).",
)


async def notify(
    tx: Transaction,
    receiver: UUID,
    type_code: str,
    from_operator_id: UUID,
    relation: Relation,
    *,
    family: str | None = None,
) -> UUID:
    """Tell one company; see `notify_many`. Returns the notification's id."""
    told = NewNotification(
        receiver=receiver, type=type_code, from_operator_id=from_operator_id, relation=relation, family=family
    )
    return (await notify_many(tx, [told]))[0]


async def notify_many(tx: Transaction, told: Sequence[NewNotification]) -> list[UUID]:
    """Tell any number of companies in one statement, under the role that reaches across them.

    Returns the ids in the order given. `type` is a code of the rule data; an unknown one is a mistake of the caller
    and raises KeyError.
    """
    if not told:
        return []
    types = notification_rules().types
    for item in told:
        types[item.type]
    with_ids = [(new_id(), item) for item in told]
    async with tx.across():
        await store_sharing.add_notifications(tx, with_ids)
    return [notification_id for notification_id, _ in with_ids]


async def page(
    tx: Transaction,
    scope: OperatorScope,
    wanted: NotificationFilter = EVERYTHING,
    *,
    after: UUID | None = None,
    limit: int = 100,
) -> tuple[list[Notification], UUID | None]:
    """What the operator was told, newest first, and the id of the first notification after these.

    `after` is inclusive: the id of the first one wanted. Raises NotificationNotFound when it is not the operator's.
    """
    first = await get(tx, scope, after) if after else None
    found = await store_sharing.notifications(tx, scope, wanted, first, limit + 1)
    return found[:limit], found[limit].notification_id if len(found) > limit else None


async def listed(
    tx: Transaction,
    scope: OperatorScope,
    wanted: NotificationFilter = EVERYTHING,
    *,
    limit: int = 100,
    cursor: str | None = None,
) -> Page[Notification]:
    """`page` in the form of the native API. Raises BadCursor, and Invalid for a time without its zone."""
    _refuse_naive(wanted)
    after = parse_uuid(decode_cursor(cursor, 1)[0]) if cursor else None
    if cursor and after is None:
        raise BadCursor
    try:
        items, following = await page(tx, scope, wanted, after=after, limit=limit)
    except NotificationNotFound:
        raise BadCursor from None
    return Page(items=items, next_cursor=encode_cursor(str(following)) if following else None)


def _refuse_naive(wanted: NotificationFilter) -> None:
    bounds = {"notified_from": wanted.notified_from, "notified_to": wanted.notified_to}
    naive = [field for field, moment in bounds.items() if moment is not None and moment.tzinfo is None]
    if naive:
        raise Invalid(fields=tuple(FieldError(field, NO_ZONE, {}) for field in naive))


async def get(tx: Transaction, scope: OperatorScope, notification_id: UUID) -> Notification:
    """One notification of the operator. Raises NotificationNotFound."""
    found = await store_sharing.notification(tx, scope, notification_id)
    if found is None:
        raise NotificationNotFound
    return found


async def told_since_across(tx: Transaction, since: float) -> list[UUID]:
    """The companies that were told something since then (Unix seconds)."""
    async with tx.across():
        return await store_sharing.told_since(tx, datetime.fromtimestamp(since, UTC))


async def senders_across(tx: Transaction, types: Sequence[str], since: datetime) -> list[UUID]:
    """The companies that told others something of these types since then."""
    async with tx.across():
        return await store_sharing.senders_since(tx, types, since)


async def told_by_across(
    tx: Transaction, sender: UUID, types: Sequence[str], since: datetime, limit: int
) -> list[Relation]:
    """What that company's notices of these types since then were about, newest first."""
    async with tx.across():
        return await store_sharing.relations_told_by(tx, sender, types, since, limit)


async def unread_count(tx: Transaction, scope: OperatorScope) -> int:
    """How many notifications nobody of the operator has read."""
    return await store_sharing.unread(tx, scope)


async def mark_read(tx: Transaction, scope: OperatorScope, notification_ids: Collection[UUID]) -> int:
    """Mark these as read for the whole company; ids of others count for nothing. Returns how many are newly read."""
    return await store_sharing.mark_read(tx, scope, notification_ids) if notification_ids else 0


async def mark(tx: Transaction, scope: OperatorScope, said: ReadMark) -> ReadCount:
    """`mark_read` and `mark_all_read` as one step."""
    newly = await mark_read(tx, scope, said.notification_ids)
    if said.up_to is not None:
        newly += await mark_all_read(tx, scope, said.up_to)
    return ReadCount(newly_read=newly, unread=await unread_count(tx, scope))


async def mark_all_read(tx: Transaction, scope: OperatorScope, up_to: datetime) -> int:
    """Mark as read all that was there at `up_to` (when the reader's page was made): nothing unseen is lost."""
    return await store_sharing.mark_all_read(tx, scope, up_to)
