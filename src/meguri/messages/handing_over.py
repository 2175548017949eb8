"""Handing over what companies were told: to their webhooks, to their people's mail. Each piece of news once.

Notifications get their time before their transaction commits, so one may appear a little after a later one. So each
round looks back further than it needs, and keys keep what was handed over from going twice.
"""

from datetime import datetime, timedelta
from uuid import UUID

from meguri.identity import service as identity
from meguri.identity.model import MailedNotice, Member
from meguri.jobs.model import system_scope
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.messages import store
from meguri.messages.model import Letter, MailWish, Wish
from meguri.messages.news import account_letter, body_of, digest_of, letter_of
from meguri.messages.rules import message_rules
from meguri.operators import inbox
from meguri.operators import service as operators
from meguri.operators.model import Notification, NotificationFilter
from meguri.storage.database import Database
from meguri.storage.transaction import Transaction

_LOOK_BACK = timedelta(minutes=15)
_FIRST_LOOK = timedelta(days=1)
_MOST = 1000


async def to_webhooks(tx: Transaction, scope: OperatorScope) -> None:
    """Makes deliveries of the operator's news since the last round."""
    now = clock.now()
    active = [one for one in await store.webhooks(tx, scope) if one.ended_at is None]
    for told in await _news(tx, scope, "news", now):
        for webhook in active:
            if told.notified_at < webhook.created_at or (webhook.types and told.type not in webhook.types):
                continue
            added = await store.add_delivery(
                tx, scope, webhook.webhook_id, told.notification_id, told.type, body_of(told)
            )
            if added:
                await tx.defer(
                    "messages.deliver",
                    operator_id=scope.operator_id,
                    webhook_id=webhook.webhook_id,
                    delivery_id=added,
                )
    await store.set_mark(tx, scope, "news", now)


async def to_mail(db: Database, operator_id: UUID, *, digest: bool) -> None:
    """Writes letters to the operator's people: what matters at once, or the day's digest."""
    people = await identity.everyone(db, operator_id)
    await db.run(system_scope("messages", operator_id), _write, people, digest)


async def account_news(db: Database) -> None:
    """Writes letters to people about their own accounts, whatever they wish for otherwise: a safeguard is no news to turn off."""
    for notice in await identity.notices_to_mail(db):
        await db.run(system_scope("messages", notice.operator_id), _tell_of_account, notice)
        await identity.note_mailed(db, notice)


async def _tell_of_account(tx: Transaction, scope: OperatorScope, notice: MailedNotice) -> None:
    wish = (await store.wishes(tx, scope)).get(notice.person_id, MailWish())
    mail_id = await store.add_letter(tx, scope, account_letter(notice, wish.language, tx.installation.origin))
    if mail_id:
        await tx.defer("messages.post", operator_id=scope.operator_id, mail_id=mail_id)


async def _write(tx: Transaction, scope: OperatorScope, people: list[Member], digest: bool) -> None:
    now, kind = clock.now(), "digest" if digest else "mail"
    since = now - (_FIRST_LOOK if digest else _LOOK_BACK * 4)
    news = await _since(tx, scope, since)
    if not digest:
        news = [told for told in news if told.type in message_rules().at_once]
    if not news:
        return
    names = await operators.names_of(tx, scope, {told.from_operator_id for told in news})
    wishes = await store.wishes(tx, scope)
    for member in people:
        wish = wishes.get(member.person_id, MailWish())
        for letter in _letters(news, names, member, wish, tx.installation.origin, kind, now):
            mail_id = await store.add_letter(tx, scope, letter)
            if mail_id:
                await tx.defer("messages.post", operator_id=scope.operator_id, mail_id=mail_id)


def _letters(
    news: list[Notification],
    names: dict[UUID, str],
    member: Member,
    wish: MailWish,
    origin: str,
    kind: str,
    now: datetime,
) -> list[Letter]:
    to = (member.email, member.name, wish.language, origin)
    if kind == "digest":
        return [] if wish.wish is Wish.NONE else [digest_of(news, names, *to, day=f"{now:%Y-%m-%d}")]
    return [letter_of(told, names, *to) for told in news] if wish.wish is Wish.AT_ONCE else []


async def _news(tx: Transaction, scope: OperatorScope, kind: str, now: datetime) -> list[Notification]:
    before = await store.mark(tx, scope, kind)
    return await _since(tx, scope, (before or now - _FIRST_LOOK) - _LOOK_BACK)


async def _since(tx: Transaction, scope: OperatorScope, since: datetime) -> list[Notification]:
    """Oldest first."""
    found, _ = await inbox.page(tx, scope, NotificationFilter(notified_from=since), limit=_MOST)
    return found[::-1]
