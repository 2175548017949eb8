"""Records of due diligence: made, changed, read; every version stays in the history."""

from collections.abc import Awaitable, Callable, Collection
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from meguri.diligence import store
from meguri.diligence.errors import NothingFound
from meguri.diligence.events import RecordWritten
from meguri.diligence.model import Kept, Version
from meguri.diligence.service.kinds import KINDS
from meguri.diligence.store import Row
from meguri.kernel.errors import Stale
from meguri.kernel.ids import new_id, parse_uuid
from meguri.kernel.paging import BadCursor, decode_cursor
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction

Content = TypeVar("Content", bound=msgspec.Struct)
Check = Callable[[Transaction, OperatorScope, Any], Awaitable[None]]


async def add(tx: Transaction, scope: OperatorScope, kind: str, content: Content, **more: Any) -> Kept[Content]:
    """A new record of a kind. Raises what the kind's checks raise."""
    return await keep(tx, scope, kind, new_id(), 1, content, **more)


async def change(
    tx: Transaction, scope: OperatorScope, kind: str, record_id: UUID, content: Content, if_version: int
) -> Kept[Content]:
    """The next version of a record. Raises NothingFound, Stale, and what the kind's checks raise."""
    row = await row_of(tx, scope, kind, record_id)
    if row.version != if_version:
        raise Stale
    return await keep(tx, scope, kind, record_id, if_version + 1, content, state=row.state, subject_id=row.subject_id)


async def keep(
    tx: Transaction,
    scope: OperatorScope,
    kind: str,
    record_id: UUID,
    version: int,
    content: Content,
    *,
    state: str | None = None,
    subject_id: UUID | None = None,
) -> Kept[Content]:
    """Keeps a version of a record after the checks of its kind."""
    rules = KINDS[kind]
    if rules.check is not None:
        await rules.check(tx, scope, content, record_id)
    said = state if state is not None else rules.first
    subject = subject_id if subject_id is not None else rules.subject(content) if rules.subject else None
    ends = rules.ends(content) if rules.ends else None
    await store.save_record(tx, scope, kind, record_id, version, content, state=said, subject_id=subject, ends=ends)
    await tx.record(RecordWritten(kind=kind, record_id=record_id, version=version, state=said))
    row = await row_of(tx, scope, kind, record_id)
    return kept_of(row, type(content))


async def row_of(tx: Transaction, scope: OperatorScope, kind: str, record_id: UUID) -> Row:
    """A record's row. Raises NothingFound."""
    row = await store.record(tx, scope, kind, record_id)
    if row is None:
        raise NothingFound
    return row


async def get(tx: Transaction, scope: OperatorScope, kind: str, body: type[Content], record_id: UUID) -> Kept[Content]:
    """One record. Raises NothingFound."""
    return kept_of(await row_of(tx, scope, kind, record_id), body)


async def listed(
    tx: Transaction,
    scope: OperatorScope,
    kind: str,
    body: type[Content],
    *,
    subject_id: UUID | None = None,
    before: UUID | None = None,
    limit: int | None = None,
) -> list[Kept[Content]]:
    """Records of a kind, newest first; all of them by default, for what is worked out from a part of them is wrong."""
    rows = await store.records(tx, scope, kind, subject_id=subject_id, before=before, limit=limit)
    return [kept_of(row, body) for row in rows]


async def latest_about(
    tx: Transaction, scope: OperatorScope, kind: str, body: type[Content], subjects: Collection[UUID]
) -> dict[UUID, Kept[Content]]:
    """The latest record of a kind about each of these subjects, in one statement."""
    rows = await store.records_about(tx, scope, kind, subjects)
    return {subject: kept_of(row, body) for subject, row in rows.items()}


async def versions(
    tx: Transaction, scope: OperatorScope, kind: str, record_id: UUID, *, limit: int = 100
) -> list[Version]:
    """What a record looked like at each version, newest first. Raises NothingFound."""
    await row_of(tx, scope, kind, record_id)
    rows = await store.record_history(tx, scope, kind, record_id, limit)
    return [Version(version=row[0], at=row[1], actor=row[2], state=row[3], content=row[4]) for row in rows]


def id_of_cursor(cursor: str | None) -> UUID | None:
    """The record after which a list goes on. Raises BadCursor."""
    if cursor is None:
        return None
    found = parse_uuid(decode_cursor(cursor, 1)[0])
    if found is None:
        raise BadCursor
    return found


def kept_of(row: Row, body: type[Content]) -> Kept[Content]:
    """A row as what it holds."""
    return Kept(
        record_id=row.record_id,
        version=row.version,
        state=row.state,
        created_at=row.created_at,
        subject_id=row.subject_id,
        ends=row.ends,
        content=msgspec.convert(row.body, body, strict=False),
    )
