"""Events and captures as they are kept; the only caller of `queries.sql`."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from meguri.dataspaces.epcis.schema import Event, identifiers
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.proof import jcs
from meguri.storage import Transaction
from meguri.storage.queries import load_queries

queries = load_queries(__package__)
BEGINNING = (datetime(1, 1, 2, tzinfo=UTC), UUID(int=0))


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it is kept."""

    row_id: UUID
    event_id: str
    event_time: datetime
    record_time: datetime
    capturer: str
    body: dict[str, Any]


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
            read_point=event.get("readPoint", {}).get("id"),
            biz_location=event.get("bizLocation", {}).get("id"),
            transformation_id=event.get("transformationID"),
            epcs=sorted({one for name, one in identifiers(event) if name not in ("readPoint", "bizLocation")}),
            parties=parties_of(event),
            capturer=capturer,
            body=msgspec.json.encode(inside).decode(),
            body_hash=hashlib.sha256(jcs.canonical(inside)).digest(),
        )
    )


async def known(tx: Transaction, scope: OperatorScope, event_id: str) -> bool:
    """Whether an event of this id is kept, corrections aside."""
    return bool(await tx.value(queries.event_known, operator_id=scope.operator_id, event_id=event_id))


async def events(
    tx: Transaction,
    scope: OperatorScope,
    me: str | None,
    wanted: Mapping[str, Any],
    after: tuple[datetime, UUID],
    rows: int,
) -> list[Kept]:
    """Events that the viewer sees and that fit, in order of their time. `me` None: the company itself."""
    return await tx.all(
        queries.events,
        Kept,
        operator_id=scope.operator_id,
        all=me is None,
        me=me or "",
        after=after[0],
        after_id=after[1],
        rows=rows,
        **wanted,
    )


async def holder(tx: Transaction, scope: OperatorScope, epc: str, at: datetime) -> list[Any] | None:
    """The destinations that the last transfer of an instance named, or None."""
    found: list[Any] | None = await tx.value(queries.last_about, operator_id=scope.operator_id, epc=epc, at=at)
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
