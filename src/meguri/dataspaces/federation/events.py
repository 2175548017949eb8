"""What has happened between nodes."""

from typing import ClassVar
from uuid import UUID

from meguri.kernel.events import Event


class LinkMoved(Event, frozen=True, kw_only=True):
    """A link with a company on another node has reached another state."""

    tag: ClassVar[str] = "federation:link:move"
    link_id: UUID
    peer_did: str
    state: str


class KeysGone(Event, frozen=True, kw_only=True):
    """A partner has revoked keys under which messages of its were accepted; these are marked."""

    tag: ClassVar[str] = "federation:keys:gone"
    link_id: UUID
    peer_did: str
    kids: list[str]
    messages: int


class MessageApplied(Event, frozen=True, kw_only=True):
    """A message of a partner's node took effect here, or was rejected (`code`)."""

    tag: ClassVar[str] = "federation:message:apply"
    receiver_id: UUID
    message_id: UUID
    type: str
    content_hash: str
    code: str = ""

    def parties(self) -> tuple[UUID, ...]:
        """The company that received it."""
        return (self.receiver_id,)


class MessageDecided(Event, frozen=True, kw_only=True):
    """A person accepted or declined what a partner's node sent. `touched`: on how many of our passports it took effect."""

    tag: ClassVar[str] = "federation:message:decide"
    message_id: UUID
    type: str
    accepted: bool
    touched: int = 0
