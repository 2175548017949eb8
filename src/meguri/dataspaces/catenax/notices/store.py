"""Notifications as they are kept, each once; the only caller of `queries.sql`."""

import hashlib
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from meguri.dataspaces.catenax.notices.model import Notice
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.proof import jcs
from meguri.storage import Transaction
from meguri.storage.queries import load_queries

queries = load_queries(__package__)
END = (datetime(9999, 1, 1, tzinfo=UTC), UUID(int=2**128 - 1))


def hash_of(body: dict[str, Any]) -> bytes:
    """By what two messages are the same: their content, whatever the order of names."""
    return hashlib.sha256(jcs.canonical(body)).digest()


async def add(
    tx: Transaction,
    scope: OperatorScope,
    *,
    inbound: bool,
    peer_did: str,
    message_id: UUID,
    action: str,
    pid: str,
    body: dict[str, Any],
) -> UUID | None:
    """Keep a notification; None: one of this id is kept already."""
    notice_id = new_id()
    kept = await tx.run(
        queries.add_notice,
        operator_id=scope.operator_id,
        notice_id=notice_id,
        inbound=inbound,
        peer_did=peer_did,
        message_id=message_id,
        action=action,
        pid=pid,
        body=msgspec.json.encode(body).decode(),
        body_hash=hash_of(body),
        at=clock.now(),
    )
    return notice_id if kept else None


async def known(tx: Transaction, scope: OperatorScope, peer_did: str, message_id: UUID) -> bytes | None:
    """The hash of what came from a partner under this id, or None."""
    found = await tx.value(
        queries.known_notice, operator_id=scope.operator_id, peer_did=peer_did, message_id=message_id
    )
    return None if found is None else bytes(found)


async def notice(tx: Transaction, scope: OperatorScope, notice_id: UUID) -> Notice | None:
    """One notification, or None."""
    return await tx.one(queries.notice, Notice, operator_id=scope.operator_id, notice_id=notice_id)


async def notices(
    tx: Transaction, scope: OperatorScope, before: tuple[datetime, UUID] = END, rows: int = 101
) -> list[Notice]:
    """Notifications both ways, newest first."""
    return await tx.all(
        queries.notices, Notice, operator_id=scope.operator_id, before=before[0], before_id=before[1], rows=rows
    )


async def settle(
    tx: Transaction, scope: OperatorScope, notice_id: UUID, *, told: bool, trouble: str | None = None
) -> None:
    """The partner has taken it, or why not."""
    told_at = clock.now() if told else None
    await tx.run(
        queries.settle_notice, operator_id=scope.operator_id, notice_id=notice_id, told_at=told_at, trouble=trouble
    )
