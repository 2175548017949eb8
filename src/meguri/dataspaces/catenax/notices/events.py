"""What has happened with notifications."""

from typing import ClassVar
from uuid import UUID

from meguri.kernel.events import Event


class NoticeReceived(Event, frozen=True, kw_only=True):
    """A partner has told something about a digital twin or a quality problem."""

    tag: ClassVar[str] = "catenax:notice:receive"
    notice_id: UUID
    peer: str
    action: str


class NoticeSent(Event, frozen=True, kw_only=True):
    """A partner shall be told something; the message is on its way."""

    tag: ClassVar[str] = "catenax:notice:send"
    notice_id: UUID
    peer: str
    action: str
