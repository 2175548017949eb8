"""Events and captures as they are kept; the only caller of `queries.sql`."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec

from meguri.dataspaces.epcis.keys import key_of, pattern_of
from meguri.dataspaces.epcis.schema import Event, identifiers
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.proof import jcs
from meguri.storage import Transaction
from meguri.storage.queries import Query, load_queries

queries = load_queries(__package__)
BEGINNING = (datetime(1, 1, 2, tzinfo=UTC), UUID(int=0))
END = (datetime(9999, 12, 30, tzinfo=UTC), UUID(int=2**128 - 1))


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it is kept."""

    row_id: UUID
    event_id: str
    event_time: datetime
    record_time: datetime
    capturer: str
    body: dict[str, Any]


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription: `viewer` None is the company itself, `schedule` None is a stream, `reached` the time up to which was told."""

    subscription_id: UUID
    owner: str
    viewer: str | None
    query_name: str
    dest: str
    signature_token: bytes | None
    report_if_empty: bool
    schedule: str | None
    begins: datetime
    reached: datetime
    next_at: datetime
    created_at: datetime
    attempts: int = 0
    failing_since: datetime | None = None
    trouble: str | None = None


class Capture(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a document."""

    capture_id: UUID
    capturer: str
    behaviour: str
    success: bool
    errors: list[Any]
    created_at: datetime
    finished_at: datetime


def parties_of(event: Event) -> list[str]:
    """Who is named as a source or destination."""
    found = [
        str(one[name])
        for name, key in (("source", "sourceList"), ("destination", "destinationList"))
        for one in event.get(key, ())
        if name in one
    ]
    return sorted(set(found))


def _place(event: Event, name: str) -> str | None:
    found = event.get(name, {}).get("id")
    return key_of(found) if found else None


async def add(tx: Transaction, scope: OperatorScope, event: Event, capturer: str) -> bool:
    """Keep an event; False: it is kept already."""
    inside = {name: value for name, value in event.items() if name not in ("recordTime", "@context")}
    return bool(
        await tx.run(
            queries.add_event,
            operator_id=scope.operator_id,
            row_id=new_id(),
            event_id=event["eventID"],
            correction="errorDeclaration" in event,
            event_type=event["type"],
            event_time=datetime.fromisoformat(event["eventTime"]),
            record_time=clock.now(),
            action=event.get("action"),
            biz_step=event.get("bizStep"),
            disposition=event.get("disposition"),
            read_point=_place(event, "readPoint"),
            biz_location=_place(event, "bizLocation"),
            transformation_id=event.get("transformationID"),
            epcs=sorted({key_of(one) for name, one in identifiers(event) if name not in ("readPoint", "bizLocation")}),
            parties=parties_of(event),
            capturer=capturer,
            body=msgspec.json.encode(inside).decode(),
            body_hash=hashlib.sha256(jcs.canonical(inside)).digest(),
        )
    )


async def known(tx: Transaction, scope: OperatorScope, event_id: str, me: str | None = None) -> bool:
    """Whether an event of this id is kept, corrections aside; for a partner (`me`), of those that it captured."""
    return bool(await tx.value(queries.event_known, operator_id=scope.operator_id, event_id=event_id, me=me))


_SEEN = ("seen_captured", "seen_named", "seen_held")
_AGREED = ("seen_agreed", "seen_agreed_below")


@cache
def _in_order(by_record: bool, descending: bool, own: bool, agreed: bool = False) -> Query:
    """The query of events, walked by the other time or from the other end.

    For another viewer each way of seeing an event is a walk of its own, which its own index serves: what is not seen
    costs nothing, and its amount does not show in the time that an answer takes.
    """
    column, than, way = ("record_time" if by_record else "event_time"), *(("<", " DESC") if descending else (">", ""))
    sql = queries.events.sql.strip().rstrip(";").replace("(event_time, row_id) > ", f"({column}, row_id) {than} ")
    order = f"ORDER BY {column}{way}, row_id{way}"
    sql = sql.replace("ORDER BY event_time, row_id", order)
    if own:
        return Query("events", sql)
    walks = " UNION ALL ".join(
        f"({sql.replace('/*seen*/', getattr(queries, name).sql.strip().rstrip(';'))})"
        for name in (*_SEEN, *(_AGREED if agreed else ()))
    )
    return Query(
        "events_seen", f"SELECT DISTINCT ON ({column}, row_id) * FROM ({walks}) AS walk {order} LIMIT %(rows)s"
    )


async def events(
    tx: Transaction,
    scope: OperatorScope,
    me: str | None,
    wanted: Mapping[str, Any],
    after: tuple[datetime, UUID],
    rows: int,
    *,
    by_record: bool = False,
    descending: bool = False,
    reach: Sequence[str] = (),
) -> list[Kept]:
    """Events that the viewer sees and that fit, in order of their time. `me` None: the company itself.

    reach  identifiers whose events an agreement opens to the viewer; `*` at the end of one: all that begin so
    """
    return await tx.all(
        _in_order(by_record, descending, me is None, bool(reach)),
        Kept,
        operator_id=scope.operator_id,
        me=me or "",
        after=after[0],
        after_id=after[1],
        rows=rows,
        reach=[pattern_of(one) for one in reach if not one.endswith("*")],
        reach_below=[pattern_of(one)[:-1] for one in reach if one.endswith("*")],
        **wanted,
    )


async def holder(tx: Transaction, scope: OperatorScope, epc: str, at: datetime) -> list[Any] | None:
    """The destinations that the last transfer of an instance named, or None."""
    found: list[Any] | None = await tx.value(queries.last_about, operator_id=scope.operator_id, epc=key_of(epc), at=at)
    return found


async def add_capture(
    tx: Transaction, scope: OperatorScope, capturer: str, behaviour: str, success: bool, errors: list[Any]
) -> UUID:
    """Keep what became of a document."""
    capture_id = new_id()
    await tx.run(
        queries.add_capture,
        operator_id=scope.operator_id,
        capture_id=capture_id,
        capturer=capturer,
        behaviour=behaviour,
        success=success,
        errors=msgspec.json.encode(errors).decode(),
        at=clock.now(),
    )
    return capture_id


async def captures(
    tx: Transaction, scope: OperatorScope, me: str | None, capture_id: UUID | None, rows: int
) -> list[Capture]:
    """Captures that the viewer made; all for the company itself."""
    return await tx.all(
        queries.captures,
        Capture,
        operator_id=scope.operator_id,
        all=me is None,
        me=me or "",
        capture_id=capture_id,
        rows=rows,
    )


async def add_query(tx: Transaction, scope: OperatorScope, owner: str, name: str, query: Mapping[str, Any]) -> bool:
    """Keep a named query; False: the name is taken."""
    return bool(
        await tx.run(
            queries.add_query,
            operator_id=scope.operator_id,
            owner=owner,
            name=name,
            query=msgspec.json.encode(query).decode(),
            at=clock.now(),
        )
    )


async def query(tx: Transaction, scope: OperatorScope, owner: str, name: str) -> dict[str, Any] | None:
    """A named query, or None."""
    found: dict[str, Any] | None = await tx.value(queries.query, operator_id=scope.operator_id, owner=owner, name=name)
    return found


async def named(tx: Transaction, scope: OperatorScope, owner: str) -> list[tuple[Any, ...]]:
    """(name, query, since when) of the owner's queries."""
    return await tx.all(queries.queries, operator_id=scope.operator_id, owner=owner)


async def drop_query(tx: Transaction, scope: OperatorScope, owner: str, name: str) -> int:
    """Forget a named query; 0: there is none."""
    return await tx.run(queries.drop_query, operator_id=scope.operator_id, owner=owner, name=name)


async def add_subscription(tx: Transaction, scope: OperatorScope, made: Subscription) -> None:
    """Keep a subscription."""
    await tx.run(queries.add_subscription, operator_id=scope.operator_id, **msgspec.structs.asdict(made))


async def subscriptions(
    tx: Transaction, scope: OperatorScope, owner: str, query_name: str, subscription_id: UUID | None = None
) -> list[Subscription]:
    """The owner's subscriptions to a query, or one of them."""
    return await tx.all(
        queries.subscriptions,
        Subscription,
        operator_id=scope.operator_id,
        owner=owner,
        query_name=query_name,
        subscription_id=subscription_id,
    )


async def all_subscriptions(tx: Transaction, scope: OperatorScope) -> list[Subscription]:
    """Every subscription to the company's events, whoever its owner is."""
    return await tx.all(
        queries.subscriptions,
        Subscription,
        operator_id=scope.operator_id,
        owner=None,
        query_name=None,
        subscription_id=None,
    )


async def subscription(tx: Transaction, scope: OperatorScope, subscription_id: UUID) -> Subscription | None:
    """A subscription, whoever its owner is."""
    return await tx.one(
        queries.subscriptions,
        Subscription,
        operator_id=scope.operator_id,
        owner=None,
        query_name=None,
        subscription_id=subscription_id,
    )


async def due_subscriptions(tx: Transaction, _: OperatorScope, now: datetime) -> list[tuple[Any, ...]]:
    """(operator, subscription) of all companies that are due."""
    async with tx.across():
        return await tx.all(queries.due_subscriptions, now=now)


async def lock_subscription(tx: Transaction, scope: OperatorScope, subscription_id: UUID) -> bool:
    """Whether the subscription is still there; nobody changes it until the end of the transaction."""
    found = await tx.value(queries.lock_subscription, operator_id=scope.operator_id, subscription_id=subscription_id)
    return found is not None


async def move_subscription(
    tx: Transaction,
    scope: OperatorScope,
    subscription_id: UUID,
    reached: datetime,
    next_at: datetime,
    *,
    attempts: int = 0,
    failing_since: datetime | None = None,
    trouble: str | None = None,
) -> None:
    """Note how far a subscriber was told, and when it goes on."""
    await tx.run(
        queries.move_subscription,
        operator_id=scope.operator_id,
        subscription_id=subscription_id,
        reached=reached,
        next_at=next_at,
        attempts=attempts,
        failing_since=failing_since,
        trouble=trouble,
    )


async def drop_subscriptions(
    tx: Transaction, scope: OperatorScope, owner: str, query_name: str, subscription_id: UUID | None = None
) -> int:
    """End one subscription to a query, or all of the owner; how many."""
    found: int = await tx.value(
        queries.drop_subscriptions,
        operator_id=scope.operator_id,
        owner=owner,
        query_name=query_name,
        subscription_id=subscription_id,
    )
    return found


async def reported(tx: Transaction, scope: OperatorScope, subscription_id: UUID) -> frozenset[UUID]:
    """Rows near the time reached that were told already."""
    rows = await tx.all(queries.reported, operator_id=scope.operator_id, subscription_id=subscription_id)
    return frozenset(row[0] for row in rows)


async def add_reported(tx: Transaction, scope: OperatorScope, subscription_id: UUID, rows: Sequence[Kept]) -> None:
    """Remember what was told."""
    await tx.run(
        queries.add_reported,
        operator_id=scope.operator_id,
        subscription_id=subscription_id,
        row_ids=[one.row_id for one in rows],
        times=[one.record_time for one in rows],
    )


async def forget_reported(tx: Transaction, scope: OperatorScope, subscription_id: UUID, before: datetime) -> None:
    """Forget what is too old to be found again."""
    await tx.run(queries.forget_reported, operator_id=scope.operator_id, subscription_id=subscription_id, before=before)
