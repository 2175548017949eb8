"""Native REST of webhooks and their deliveries: words in, words out."""

from uuid import UUID

import msgspec
from litestar import delete, get, post

from meguri.kernel.ids import parse_uuid
from meguri.kernel.paging import BadCursor, Page, decode_cursor
from meguri.messages import errors, service
from meguri.messages.model import Delivery, DeliveryState, NewWebhook, Webhook, WebhookInput
from meguri.web import FromPath, FromQuery, Json, Paging, Unit, admin, page_of, refusals


class Webhooks(msgspec.Struct, frozen=True, kw_only=True):
    """The company's webhooks, oldest first."""

    items: list[Webhook]


@get("/api/v1/webhooks", guards=[admin], responses=refusals())
async def list_webhooks(unit: Unit) -> Webhooks:
    """Where the company's systems are told, ended ones included."""
    return Webhooks(items=await unit(service.webhooks))


@post(
    "/api/v1/webhooks",
    guards=[admin],
    responses=refusals(errors.BadWebhookAddress, errors.UnknownType, errors.TooManyWebhooks),
)
async def add_webhook(unit: Unit, data: Json[WebhookInput]) -> NewWebhook:
    """Registers an address. The secret with which messages are signed is answered this once."""
    return await unit(service.add_webhook, data)


@delete("/api/v1/webhooks/{webhook_id:uuid}", guards=[admin], responses=refusals(errors.WebhookNotFound))
async def remove_webhook(unit: Unit, webhook_id: FromPath[UUID]) -> None:
    """Nothing is sent there any more."""
    await unit(service.remove_webhook, webhook_id)


@post(
    "/api/v1/webhooks/{webhook_id:uuid}/test",
    guards=[admin],
    status_code=202,
    responses=refusals(errors.WebhookNotFound),
)
async def test_webhook(unit: Unit, webhook_id: FromPath[UUID]) -> None:
    """Sends a message of type TEST there."""
    await unit(service.send_test, webhook_id)


@get("/api/v1/webhook-deliveries", guards=[admin], responses=refusals(BadCursor))
async def list_deliveries(unit: Unit, paging: Paging, only: FromQuery[DeliveryState | None] = None) -> Page[Delivery]:
    """Messages to the company's webhooks, newest first."""
    after = parse_uuid(decode_cursor(paging.cursor, 1)[0]) if paging.cursor else None
    if paging.cursor and after is None:
        raise BadCursor
    found = await unit(service.deliveries, only, after, paging.limit + 1)
    return page_of(found, paging.limit, lambda one: (str(one.delivery_id),))


@post(
    "/api/v1/webhook-deliveries/{delivery_id:uuid}/again",
    guards=[admin],
    status_code=202,
    responses=refusals(errors.DeliveryNotFound, errors.DeliveryNotDead),
)
async def send_again(unit: Unit, delivery_id: FromPath[UUID]) -> None:
    """Tries a message again that was put aside."""
    await unit(service.send_again, delivery_id)


handlers = [list_webhooks, add_webhook, remove_webhook, test_webhook, list_deliveries, send_again]
