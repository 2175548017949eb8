"""What messages leave to a worker: handing over, delivering, posting, forgetting."""

import asyncio
import smtplib
from datetime import timedelta
from uuid import UUID

from meguri.jobs.model import Jobs, system_scope
from meguri.jobs.outbound import Outbound, Refused, Unreachable
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.messages import handing_over, store
from meguri.messages.events import WebhookEnded
from meguri.messages.model import DeliveryState
from meguri.messages.reaching import MailRefused, reach_of, send_letter
from meguri.messages.rules import message_rules, next_try
from meguri.messages.service import SEALED_FOR
from meguri.messages.signature import headers
from meguri.operators import inbox
from meguri.storage.database import Database
from meguri.storage.transaction import Transaction

jobs = Jobs("messages")
_MAIL_TRIES = 8
_GONE = 410


@jobs.job(every="* * * * *", once="messages.hand_over")
async def hand_over(db: Database) -> None:
    """Hands over what companies were told, every minute."""
    platform = system_scope("messages")
    for operator_id in await db.run(platform, _with_webhooks):
        await db.run(system_scope("messages", operator_id), handing_over.to_webhooks)
    if db.installation.smtp_url:
        await handing_over.account_news(db)
        since = clock.now() - timedelta(minutes=30)
        for operator_id in await db.run(platform, _told_since, since.timestamp()):
            await handing_over.to_mail(db, operator_id, digest=False)


@jobs.job(every="0 22 * * *", once="messages.digest")
async def digest(db: Database) -> None:
    """The day's news by mail, at seven in the morning in Japan."""
    if db.installation.smtp_url:
        since = clock.now() - timedelta(days=1)
        for operator_id in await db.run(system_scope("messages"), _told_since, since.timestamp()):
            await handing_over.to_mail(db, operator_id, digest=True)


@jobs.job(every="41 3 * * *", once="messages.forget")
async def forget(db: Database) -> None:
    """Removes what was sent long ago, every night."""
    await db.run(system_scope("messages"), _forget)


@jobs.job(lock="messages.webhook.{webhook_id}")
async def deliver(db: Database, operator_id: UUID, webhook_id: UUID, delivery_id: UUID) -> None:
    """Tries one message once; a failure is tried again by the rule, one by one per webhook."""
    scope = system_scope("messages", operator_id)
    async with db.transaction(scope) as tx:
        found = await store.delivery(tx, scope, delivery_id)
        if found is None or found.state is not DeliveryState.PENDING:
            return
        secret = tx.installation.sealer.open(await store.webhook_secret(tx, scope, webhook_id), SEALED_FOR).decode()
    body, outbound = found.body.encode(), Outbound(reach_of(db.installation))
    status, error = None, None
    try:
        signed = headers(secret, f"msg_{delivery_id}", clock.now(), body)
        status = (await outbound.send("POST", found.url, headers=signed, body=body, timeout_s=15)).status
    except (Refused, Unreachable) as failure:
        error = str(failure)
    finally:
        await outbound.close()
    await db.run(scope, _note, webhook_id, delivery_id, found.attempts, status, error)


@jobs.job()
async def post(db: Database, operator_id: UUID, mail_id: UUID) -> None:
    """Sends one letter."""
    scope = system_scope("messages", operator_id)
    async with db.transaction(scope) as tx:
        letter = await store.letter(tx, scope, mail_id)
    if letter is None:
        return
    state, error = DeliveryState.SENT, None
    try:
        await asyncio.to_thread(send_letter, db.installation, letter)
    except MailRefused as refused:
        state, error = DeliveryState.DEAD, str(refused)
    except (OSError, smtplib.SMTPException) as failure:
        state, error = DeliveryState.PENDING, type(failure).__name__
    await db.run(scope, _note_letter, mail_id, state, error)


async def _with_webhooks(tx: Transaction, _: OperatorScope) -> list[UUID]:
    return await store.operators_with_webhooks_across(tx)


async def _told_since(tx: Transaction, _: OperatorScope, since: float) -> list[UUID]:
    return await inbox.told_since_across(tx, since)


async def _forget(tx: Transaction, _: OperatorScope) -> None:
    await store.forget_across(tx, clock.now() - timedelta(days=message_rules().body_kept_days))


async def _note(
    tx: Transaction,
    scope: OperatorScope,
    webhook_id: UUID,
    delivery_id: UUID,
    tries: int,
    status: int | None,
    error: str | None,
) -> None:
    if status is not None and 200 <= status < 300:
        await store.note_delivery(tx, scope, delivery_id, DeliveryState.SENT, status=status)
        return
    again = next_try(clock.now(), tries + 1) if status != _GONE else None
    state = DeliveryState.PENDING if again else DeliveryState.DEAD
    await store.note_delivery(tx, scope, delivery_id, state, next_at=again, status=status, error=error)
    if again:
        await tx.defer(
            "messages.deliver",
            run_at=again,
            operator_id=scope.operator_id,
            webhook_id=webhook_id,
            delivery_id=delivery_id,
        )
    if status == _GONE and await store.end_webhook(tx, scope, webhook_id, "gone"):
        await tx.record(WebhookEnded(webhook_id=webhook_id, why="gone"))


async def _note_letter(
    tx: Transaction, scope: OperatorScope, mail_id: UUID, state: DeliveryState, error: str | None
) -> None:
    tries = await store.note_letter(tx, scope, mail_id, state, error)
    if state is DeliveryState.PENDING and tries < _MAIL_TRIES:
        again = next_try(clock.now(), tries)
        await tx.defer("messages.post", run_at=again, operator_id=scope.operator_id, mail_id=mail_id)
    elif state is DeliveryState.PENDING:
        await store.note_letter(tx, scope, mail_id, DeliveryState.DEAD, error)
