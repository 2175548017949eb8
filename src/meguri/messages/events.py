"""What has happened to messages."""

from typing import ClassVar
from uuid import UUID

from meguri.kernel.events import Event


class WebhookAdded(Event, frozen=True, kw_only=True):
    """A company wants to be told at an address."""

    tag: ClassVar[str] = "messages:webhook:add"
    webhook_id: UUID
    url: str


class WebhookEnded(Event, frozen=True, kw_only=True):
    """Nothing is sent to it any more. `why`: `removed`, or `gone` when the receiver answered 410."""

    tag: ClassVar[str] = "messages:webhook:end"
    webhook_id: UUID
    why: str


class DeliveryRevived(Event, frozen=True, kw_only=True):
    """Somebody had a message that was put aside sent again."""

    tag: ClassVar[str] = "messages:delivery:again"
    delivery_id: UUID
