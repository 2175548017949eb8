"""A notification as it is kept, and the actions that there are."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

ACTIONS = {
    "connect-to-parent": "ConnectToParent",
    "connect-to-child": "ConnectToChild",
    "submodel-update": "SubmodelUpdate",
    "feedback": "Feedback",
}
"""Path below the inbox → name within the header's context. Source: Catena-X Industry Core, digital twin event interface."""
QUALITY = "quality"
"""An investigation or alert, at the inbox itself."""
CLASSES = {"QM-Investigation": "Investigation", "QM-Alert": "Alert"}
"""Kinds of quality notifications, and their names within the shared header's context."""
SEVERITIES = ("MINOR", "MAJOR", "CRITICAL", "LIFE-THREATENING")
STATES = ("CREATED", "SENT", "RECEIVED", "ACKNOWLEDGED", "ACCEPTED", "DECLINED", "CANCELED", "CLOSED")


class Quality(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a quality notification says besides its text.

    notification_id  the matter that it belongs to; None: a new one
    status           how the matter stands, seen by the sender
    target_date      until when an answer is wanted
    related          the matter that this one comes from
    """

    classification: str
    severity: str = "MINOR"
    status: str = "SENT"
    notification_id: str | None = None
    target_date: datetime | None = None
    related: str | None = None


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One notification. `pid`: the transfer under which it came or goes; `told_at`: when the partner had taken it."""

    notice_id: UUID
    inbound: bool
    peer_did: str
    message_id: UUID
    action: str
    pid: str
    body: dict[str, Any]
    body_hash: bytes
    at: datetime
    told_at: datetime | None
    trouble: str | None
