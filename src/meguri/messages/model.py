"""What goes in and out of messages."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from meguri.kernel.text import Language


class DeliveryState(StrEnum):
    """`pending` until an answer of success; `dead` when every try failed or the receiver is gone."""

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"


class Wish(StrEnum):
    """What a person wants by mail: what matters at once and the rest daily, everything daily, or nothing."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    NONE = "none"


class WebhookInput(msgspec.Struct, frozen=True, kw_only=True):
    """Where a company's system wants to be told. `types`: notification types; none means all."""

    url: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    description: Annotated[str, msgspec.Meta(max_length=200)] = ""
    types: tuple[str, ...] = ()


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """A registered address. `ended_at`: nothing is sent there any more, and `ended_why`."""

    webhook_id: UUID
    url: str
    description: str
    types: tuple[str, ...]
    created_at: datetime
    ended_at: datetime | None = None
    ended_why: str | None = None


class NewWebhook(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook just registered: the only time that its signing `secret` is shown."""

    webhook_id: UUID
    secret: str


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one webhook and how it fares. `last_status`: the HTTP status of the last try that was answered."""

    delivery_id: UUID
    webhook_id: UUID
    type: str
    state: DeliveryState
    attempts: int
    made_at: datetime
    next_at: datetime
    last_at: datetime | None
    last_status: int | None
    last_error: str | None


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A mail to one person. `what` keys it: the same is never sent twice to one recipient."""

    recipient: str
    what: str
    subject: str
    body: str


class MailWish(msgspec.Struct, frozen=True, kw_only=True):
    """What one person wants by mail, and in which language."""

    wish: Wish = Wish.AT_ONCE
    language: Language = "ja"
