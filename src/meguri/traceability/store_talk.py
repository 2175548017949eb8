"""Comments on requests and reminders of due dates: the part of this room's SQL that is about talking."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage.arrays import uuids
from meguri.storage.transaction import Transaction
from meguri.traceability.model import Comment, Trade
from meguri.traceability.store import queries


class DueRow(msgspec.Struct, frozen=True, kw_only=True):
    """An open request with a due date: its supplier, when it was asked, and the steps that were reminded of already."""

    operator_id: UUID
    trade_id: UUID
    request_type: str
    due_date: date
    created_at: datetime
    reminded: list[int]


async def comments(tx: Transaction, scope: OperatorScope, trade_id: UUID) -> list[Comment]:
    """Oldest first."""
    return await tx.all(queries.comments, Comment, operator_id=scope.operator_id, trade_id=trade_id)


async def add_comment(tx: Transaction, trade: Trade, comment: Comment) -> None:
    """The comment on both halves."""
    async with tx.across():
        await tx.run(
            queries.add_comment,
            operators=uuids([trade.operator_id, trade.partner_id]),
            comment_id=comment.comment_id,
            trade_id=trade.trade_id,
            by_operator_id=comment.by_operator_id,
            author=comment.author,
            body=comment.body,
            written_at=comment.written_at,
        )


async def open_with_due_date_across(tx: Transaction, until: date, after: UUID | None, limit: int) -> list[DueRow]:
    """Open requests due by `until`, in the order of their ids."""
    async with tx.across():
        return await tx.all(queries.open_with_due_date, DueRow, until=until, after=after, limit=limit)


async def keep_reminders_across(tx: Transaction, reminded: Sequence[tuple[DueRow, int]]) -> None:
    """These suppliers are being reminded: (request, step)."""
    async with tx.across():
        await tx.run(
            queries.keep_reminders,
            operators=uuids(row.operator_id for row, _ in reminded),
            trades=uuids(row.trade_id for row, _ in reminded),
            due_dates=[row.due_date for row, _ in reminded],
            steps=[step for _, step in reminded],
            now=clock.now(),
        )


class FlowRow(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that went another way than plainly; `resolved_at`: None while it is open."""

    kind: str
    at: datetime
    resolved_at: datetime | None


async def flows_between_across(tx: Transaction, since: datetime, until: datetime) -> list[FlowRow]:
    """Over all companies, without saying whose."""
    async with tx.across():
        return await tx.all(queries.flows_between, FlowRow, since=since, until=until, now=clock.now())
