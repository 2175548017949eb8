"""What both sides of a request write to each other, and reminders of its due date."""

from datetime import datetime, timedelta
from uuid import UUID

from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.operators import inbox
from meguri.storage.transaction import Transaction
from meguri.traceability import store, store_talk
from meguri.traceability.errors import EmptyComment, UnknownRequest
from meguri.traceability.events import SuppliersReminded, TradeCommented
from meguri.traceability.model import LONGEST_COMMENT, Comment, State
from meguri.traceability.notices import escalation_notice, reminder_notice, trade_notice
from meguri.traceability.reminders import reminder_rule, step_due
from meguri.traceability.service.requests import names_of
from meguri.traceability.store_talk import FlowRow

_AT_ONCE = 500


async def comments(tx: Transaction, scope: OperatorScope, request_id: UUID) -> list[Comment]:
    """What was written on a request, oldest first. Raises UnknownRequest."""
    trade = await store.trade(tx, scope, request_id=request_id)
    if trade is None:
        raise UnknownRequest
    return await store_talk.comments(tx, scope, trade.trade_id)


async def comment(tx: Transaction, scope: OperatorScope, request_id: UUID, body: str, author: str) -> Comment:
    """Writes on a request; both sides see it, nobody else does, and it stays. Raises UnknownRequest, EmptyComment."""
    trade = await store.trade(tx, scope, request_id=request_id)
    if trade is None or trade.state is State.CANCEL:
        raise UnknownRequest
    words = body.strip()
    if not words or len(words) > LONGEST_COMMENT:
        raise EmptyComment(most=LONGEST_COMMENT)
    written = Comment(
        comment_id=new_id(), by_operator_id=scope.operator_id, author=author, body=words, written_at=clock.now()
    )
    await store_talk.add_comment(tx, trade, written)
    await inbox.notify_many(tx, [trade_notice("COMMENT", trade)])
    await tx.record(TradeCommented(**names_of(trade), comment_id=written.comment_id))
    return written


async def remind_due(tx: Transaction, scope: OperatorScope, after: UUID | None = None) -> UUID | None:
    """Reminds the suppliers of some open requests whose due date is near or over; long after it, tells whoever asked.

    `scope` is the platform's own. Returns the last request looked at, or None when there are no more.
    """
    rule, today = reminder_rule(), clock.today()
    due = await store_talk.open_with_due_date_across(tx, today + timedelta(days=rule.furthest), after, _AT_ONCE)
    reminded = [
        (row, step)
        for row in due
        if (step := step_due(row.due_date, row.created_at.date(), today, rule.steps_of(row.request_type))) is not None
        and step not in row.reminded
    ]
    if reminded:
        trades = await store.trade_rows_across(tx, [row.trade_id for row, _ in reminded])
        await store_talk.keep_reminders_across(tx, reminded)
        notices = [reminder_notice(trades[row.trade_id], row.request_type) for row, _ in reminded]
        silent = [row for row, step in reminded if step == rule.escalates_at]
        notices += [escalation_notice(trades[row.trade_id], row.request_type) for row in silent]
        await inbox.notify_many(tx, notices)
        await tx.record(SuppliersReminded(reminders=tuple((row.operator_id, row.trade_id) for row, _ in reminded)))
    return due[-1].trade_id if len(due) == _AT_ONCE else None


async def flows_between_across(
    tx: Transaction, scope: OperatorScope, since: datetime, until: datetime
) -> list[FlowRow]:
    """What went another way than plainly in that time, over all companies: kinds and times alone."""
    return await store_talk.flows_between_across(tx, since, until)
