"""What goes in and out of guests."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from meguri.footprint.model import Quality
from meguri.kernel.text import Language
from meguri.traceability.model import Message, Trade


class Invite(msgspec.Struct, frozen=True, kw_only=True):
    """A request to a supplier without an account. `email`: to whom the link goes, and who alone can use it."""

    downstream_trace_id: UUID
    company: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
    email: str
    contact: Annotated[str, msgspec.Meta(max_length=100)] = ""
    message: Message | None = None
    due_date: date | None = None
    language: Language = "ja"


class LinkState(StrEnum):
    """How far a guest has come."""

    SENT = "sent"
    OPENED = "opened"
    ANSWERED = "answered"
    JOINED = "joined"
    REVOKED = "revoked"
    ENDED = "ended"


class GuestLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link as it is kept: whose request, to whom, until when, and what became of it."""

    link_id: UUID
    operator_id: UUID
    guest_id: UUID
    trade_id: UUID
    request_id: UUID
    email: str
    company: str
    contact: str
    language: Language
    made_at: datetime
    ends_at: datetime
    opened_at: datetime | None = None
    answered_at: datetime | None = None
    joined_at: datetime | None = None
    revoked_at: datetime | None = None

    def state(self, now: datetime) -> LinkState:
        """Where it stands; what the guest has done counts more than that the link's time is over."""
        if self.joined_at:
            return LinkState.JOINED
        if self.answered_at:
            return LinkState.ANSWERED
        if self.revoked_at:
            return LinkState.REVOKED
        if self.ends_at <= now:
            return LinkState.ENDED
        return LinkState.OPENED if self.opened_at else LinkState.SENT


class NewGuestLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link just made: the only time that its `path` is shown. `mailed`: it was also sent to the address."""

    link_id: UUID
    request_id: UUID
    path: str
    ends_at: datetime
    mailed: bool


class GuestAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a guest answers: kg CO2e per unit of the part delivered, and how good the figures are.

    pre_production   emissions up to the raw material (pre-processing)
    main_production  emissions of making it (main production)
    """

    pre_production: Decimal | None
    main_production: Decimal | None
    pre_quality: Quality = Quality()
    main_quality: Quality = Quality()
    comment: str | None = None


class GuestView(msgspec.Struct, frozen=True, kw_only=True):
    """What a guest sees: who asks, about what, and whether it is answered. `given`: the answer, to keep a copy of."""

    link: GuestLink
    customer: str
    trade: Trade
    given: GuestAnswer | None
    given_at: datetime | None
