"""Use cases of messages: webhooks and their deliveries, and what a person wants by mail."""

from uuid import UUID

from meguri.jobs.outbound import Refused, check_address
from meguri.kernel.errors import FieldError, Forbidden
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.messages import store
from meguri.messages.errors import (
    BadWebhookAddress,
    DeliveryNotDead,
    DeliveryNotFound,
    TooManyWebhooks,
    UnknownType,
    WebhookNotFound,
)
from meguri.messages.events import DeliveryRevived, WebhookAdded, WebhookEnded
from meguri.messages.model import Delivery, DeliveryState, Letter, MailWish, NewWebhook, Webhook, WebhookInput
from meguri.messages.news import test_body
from meguri.messages.reaching import reach_of
from meguri.messages.rules import message_rules
from meguri.messages.signature import new_secret
from meguri.operators.catalogue import notification_rules
from meguri.storage.transaction import Transaction

SEALED_FOR = "messages.webhook"
TEST = "TEST"


async def add_webhook(tx: Transaction, scope: OperatorScope, said: WebhookInput) -> NewWebhook:
    """Registers an address; its secret is shown this once.

    Raises Forbidden, BadWebhookAddress, UnknownType, TooManyWebhooks.
    """
    if not scope.may_administer:
        raise Forbidden
    try:
        check_address(said.url, reach_of(tx.installation))
    except Refused:
        raise BadWebhookAddress(fields=(FieldError("url", BadWebhookAddress.say, {}),)) from None
    known = notification_rules().types
    for kind in said.types:
        if kind not in known:
            raise UnknownType(type=kind, known=", ".join(known))
    most = message_rules().webhooks_per_company
    if sum(one.ended_at is None for one in await store.webhooks(tx, scope)) >= most:
        raise TooManyWebhooks(most=most)
    secret = new_secret()
    webhook_id = await store.add_webhook(tx, scope, said, tx.installation.sealer.seal(secret.encode(), SEALED_FOR))
    await tx.record(WebhookAdded(webhook_id=webhook_id, url=said.url))
    return NewWebhook(webhook_id=webhook_id, secret=secret)


async def webhooks(tx: Transaction, scope: OperatorScope) -> list[Webhook]:
    """The company's webhooks, ended ones included. Raises Forbidden."""
    if not scope.may_administer:
        raise Forbidden
    return await store.webhooks(tx, scope)


async def remove_webhook(tx: Transaction, scope: OperatorScope, webhook_id: UUID) -> None:
    """Nothing is sent there any more; what still waited is put aside. Raises Forbidden, WebhookNotFound."""
    if not scope.may_administer:
        raise Forbidden
    if not await store.end_webhook(tx, scope, webhook_id, "removed"):
        raise WebhookNotFound
    await tx.record(WebhookEnded(webhook_id=webhook_id, why="removed"))


async def send_test(tx: Transaction, scope: OperatorScope, webhook_id: UUID) -> None:
    """Sends a message of type TEST, so that the receiver can check the signature. Raises Forbidden, WebhookNotFound."""
    known = {one.webhook_id for one in await webhooks(tx, scope) if one.ended_at is None}
    if webhook_id not in known:
        raise WebhookNotFound
    message_id = new_id()
    added = await store.add_delivery(tx, scope, webhook_id, message_id, TEST, test_body(message_id))
    if added:
        await tx.defer("messages.deliver", operator_id=scope.operator_id, webhook_id=webhook_id, delivery_id=added)


async def deliveries(
    tx: Transaction,
    scope: OperatorScope,
    state: DeliveryState | None = None,
    after: UUID | None = None,
    limit: int = 100,
) -> list[Delivery]:
    """Messages to the company's webhooks, newest first. Raises Forbidden."""
    if not scope.may_administer:
        raise Forbidden
    return await store.deliveries(tx, scope, state, after, limit)


async def send_again(tx: Transaction, scope: OperatorScope, delivery_id: UUID) -> None:
    """Tries a message again that was put aside. Raises Forbidden, DeliveryNotFound, DeliveryNotDead."""
    if not scope.may_administer:
        raise Forbidden
    found = await store.delivery(tx, scope, delivery_id)
    if found is None:
        raise DeliveryNotFound
    if found.ended_at is not None or not await store.revive(tx, scope, delivery_id):
        raise DeliveryNotDead
    await tx.record(DeliveryRevived(delivery_id=delivery_id))
    await tx.defer(
        "messages.deliver", operator_id=scope.operator_id, webhook_id=found.webhook_id, delivery_id=delivery_id
    )


async def write(tx: Transaction, scope: OperatorScope, letter: Letter) -> None:
    """Sends a letter in the operator's name; the same `what` to the same recipient goes once."""
    mail_id = await store.add_letter(tx, scope, letter)
    if mail_id:
        await tx.defer("messages.post", operator_id=scope.operator_id, mail_id=mail_id)


async def mail_wish(tx: Transaction, scope: OperatorScope, person_id: UUID) -> MailWish:
    """What the person wants by mail from this company's news."""
    return (await store.wishes(tx, scope)).get(person_id, MailWish())


async def wish_mail(tx: Transaction, scope: OperatorScope, person_id: UUID, said: MailWish) -> None:
    """What the person wants from now on."""
    await store.save_wish(tx, scope, person_id, said)
