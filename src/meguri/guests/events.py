"""What has happened to guests."""

from typing import ClassVar
from uuid import UUID

from meguri.kernel.events import Event


class GuestEvent(Event, frozen=True, kw_only=True):
    """Something happened to a link; the customer's and the guest's audits show it."""

    operator_id: UUID
    guest_id: UUID
    link_id: UUID

    def parties(self) -> tuple[UUID, ...]:
        """Customer and guest."""
        return (self.operator_id, self.guest_id)


class GuestInvited(GuestEvent, frozen=True, kw_only=True):
    """A customer asked a supplier without an account."""

    tag: ClassVar[str] = "guests:link:make"


class GuestLinkOpened(GuestEvent, frozen=True, kw_only=True):
    """Somebody proved to read the mails of the address."""

    tag: ClassVar[str] = "guests:link:open"


class GuestLinkRevoked(GuestEvent, frozen=True, kw_only=True):
    """The customer withdrew a link."""

    tag: ClassVar[str] = "guests:link:revoke"


class GuestHasAnswered(GuestEvent, frozen=True, kw_only=True):
    """The guest answered the request."""

    tag: ClassVar[str] = "guests:link:answer"


class GuestHasJoined(GuestEvent, frozen=True, kw_only=True):
    """The guest became a member, with everything kept."""

    tag: ClassVar[str] = "guests:link:join"


class GuestRequestMoved(GuestEvent, frozen=True, kw_only=True):
    """The supplier is a member now, and was asked as one."""

    tag: ClassVar[str] = "guests:request:move"
