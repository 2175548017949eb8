"""The only caller of this room's SQL."""

from datetime import datetime
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Language
from meguri.messages.model import Delivery, DeliveryState, Letter, MailWish, Webhook, WebhookInput, Wish
from meguri.storage.queries import load_queries
from meguri.storage.transaction import Transaction

queries = load_queries(__package__)
_LETTERS = "messages.letter"  # to whom and what is written: sealed, and found again by a digest


class ToSend(msgspec.Struct, frozen=True, kw_only=True):
    """A message with the address it goes to."""

    delivery_id: UUID
    webhook_id: UUID
    body: str
    state: DeliveryState
    attempts: int
    url: str
    ended_at: datetime | None


class _WishRow(msgspec.Struct, frozen=True):
    person_id: UUID
    wish: Wish
    language: Language


async def add_webhook(tx: Transaction, scope: OperatorScope, said: WebhookInput, secret_sealed: bytes) -> UUID:
    """A new webhook; its id."""
    webhook_id = new_id()
    await tx.run(
        queries.add_webhook,
        operator_id=scope.operator_id,
        webhook_id=webhook_id,
        url=said.url,
        description=said.description,
        types=list(said.types),
        secret_sealed=secret_sealed,
        now=clock.now(),
    )
    return webhook_id


async def webhooks(tx: Transaction, scope: OperatorScope) -> list[Webhook]:
    """All of the operator's, ended ones included, oldest first."""
    return await tx.all(queries.webhooks, Webhook, operator_id=scope.operator_id)


async def webhook_secret(tx: Transaction, scope: OperatorScope, webhook_id: UUID) -> bytes:
    """The sealed signing secret."""
    return bytes(await tx.value(queries.webhook_secret, operator_id=scope.operator_id, webhook_id=webhook_id))


async def end_webhook(tx: Transaction, scope: OperatorScope, webhook_id: UUID, why: str) -> bool:
    """Nothing goes there any more, nor what still waits. False when there is no such webhook."""
    ended = await tx.run(
        queries.end_webhook, operator_id=scope.operator_id, webhook_id=webhook_id, why=why, now=clock.now()
    )
    if ended:
        await tx.run(queries.drop_pending, operator_id=scope.operator_id, webhook_id=webhook_id, why=why)
    return bool(ended)


async def operators_with_webhooks_across(tx: Transaction) -> list[UUID]:
    """Who has to be told anything."""
    async with tx.across():
        return [row[0] for row in await tx.all(queries.operators_with_webhooks)]


async def add_delivery(
    tx: Transaction, scope: OperatorScope, webhook_id: UUID, notification_id: UUID, kind: str, body: str
) -> UUID | None:
    """A message to be sent; None when it was made before."""
    delivery_id = new_id()
    added = await tx.run(
        queries.add_delivery,
        operator_id=scope.operator_id,
        delivery_id=delivery_id,
        webhook_id=webhook_id,
        notification_id=notification_id,
        type=kind,
        body=body,
        now=clock.now(),
    )
    return delivery_id if added else None


async def deliveries(
    tx: Transaction, scope: OperatorScope, state: DeliveryState | None, after: UUID | None, limit: int
) -> list[Delivery]:
    """Newest first, after the one named."""
    return await tx.all(
        queries.deliveries, Delivery, operator_id=scope.operator_id, state=state, after=after, limit=limit
    )


async def delivery(tx: Transaction, scope: OperatorScope, delivery_id: UUID) -> ToSend | None:
    """One message with its address."""
    return await tx.one(queries.delivery, ToSend, operator_id=scope.operator_id, delivery_id=delivery_id)


async def note_delivery(
    tx: Transaction,
    scope: OperatorScope,
    delivery_id: UUID,
    state: DeliveryState,
    *,
    next_at: datetime | None = None,
    status: int | None = None,
    error: str | None = None,
) -> None:
    """How a try ended."""
    await tx.run(
        queries.note_delivery,
        operator_id=scope.operator_id,
        delivery_id=delivery_id,
        state=state,
        now=clock.now(),
        next_at=next_at,
        status=status,
        error=error,
    )


async def revive(tx: Transaction, scope: OperatorScope, delivery_id: UUID) -> bool:
    """A message that was put aside waits again. False when it is not put aside."""
    return bool(await tx.run(queries.revive, operator_id=scope.operator_id, delivery_id=delivery_id, now=clock.now()))


async def forget_across(tx: Transaction, before: datetime) -> int:
    """Removes what was done with before that moment."""
    async with tx.across():
        gone = await tx.run(queries.forget_deliveries, before=before)
        return gone + await tx.run(queries.forget_mail, before=before)


async def mark(tx: Transaction, scope: OperatorScope, kind: str) -> datetime | None:
    """Up to when the operator's news was handed over."""
    found: datetime | None = await tx.value(queries.mark, operator_id=scope.operator_id, kind=kind)
    return found


async def set_mark(tx: Transaction, scope: OperatorScope, kind: str, up_to: datetime) -> None:
    """The news up to that moment is handed over."""
    await tx.run(queries.set_mark, operator_id=scope.operator_id, kind=kind, up_to=up_to)


async def wishes(tx: Transaction, scope: OperatorScope) -> dict[UUID, MailWish]:
    """What the operator's people said about mail; who said nothing is not there."""
    rows = await tx.all(queries.wishes, _WishRow, operator_id=scope.operator_id)
    return {row.person_id: MailWish(wish=row.wish, language=row.language) for row in rows}


async def save_wish(tx: Transaction, scope: OperatorScope, person_id: UUID, said: MailWish) -> None:
    """What a person wants from now on."""
    await tx.run(
        queries.save_wish,
        operator_id=scope.operator_id,
        person_id=person_id,
        wish=said.wish,
        language=said.language,
    )


async def add_letter(tx: Transaction, scope: OperatorScope, letter: Letter) -> UUID | None:
    """A letter to be sent; None when the same was written before."""
    mail_id, sealer = new_id(), tx.installation.sealer
    added = await tx.run(
        queries.add_mail,
        operator_id=scope.operator_id,
        mail_id=mail_id,
        recipient=sealer.blind(letter.recipient, _LETTERS),
        what=letter.what,
        subject="",
        body=sealer.seal_text(msgspec.json.encode(letter).decode(), f"{_LETTERS} {mail_id}"),
        now=clock.now(),
    )
    return mail_id if added else None


async def letter(tx: Transaction, scope: OperatorScope, mail_id: UUID) -> Letter | None:
    """A letter that still has to go."""
    found = await tx.one(queries.mail, Letter, operator_id=scope.operator_id, mail_id=mail_id)
    opened = tx.installation.sealer.open_text(found.body, f"{_LETTERS} {mail_id}") if found else ""
    return found if found is None or opened == found.body else msgspec.json.decode(opened, type=Letter)


async def note_letter(
    tx: Transaction, scope: OperatorScope, mail_id: UUID, state: DeliveryState, error: str | None = None
) -> int:
    """How a try ended; how many there were."""
    tries = await tx.value(
        queries.note_mail, operator_id=scope.operator_id, mail_id=mail_id, state=state, now=clock.now(), error=error
    )
    return int(tries or 0)
