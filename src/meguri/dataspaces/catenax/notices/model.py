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
"""What Trace-X sends: an investigation or alert, at the inbox itself."""


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
