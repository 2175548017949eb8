"""The form of notifications: header and content are checked here, written here, and nowhere else.

Source: `io.catenax.shared.message_header` 3.0.0; for quality notifications also the form that Trace-X sends.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from meguri.dataspaces.catenax.notices.model import ACTIONS, CLASSES, QUALITY, SEVERITIES, STATES, Quality
from meguri.kernel import clock
from meguri.kernel.clock import millis_z
from meguri.kernel.ids import parse_uuid

BPNL = re.compile(r"BPNL[a-zA-Z0-9]{12}\Z")
VERSION = "3.0.0"
MOST_ITEMS, MOST_TEXT = 1000, 10_000
_CONTEXT = re.compile(r"[A-Za-z0-9]+-[A-Za-z0-9]+-([A-Za-z0-9]+):(\d+)(?:\.\d+){0,2}\Z")
_ASPECT = re.compile(r"urn:samm:[A-Za-z0-9._]+:(\d+)\.\d+\.\d+#([A-Za-z0-9]+)\Z")
_QUALITY = re.compile(r"[A-Za-z0-9]+-QualityNotification-(Investigation|Alert):\d+(?:\.\d+){0,2}\Z")
_QUALITY_VERSION = "2.0.0"


class Unsound(Exception):
    """The message is not what it should be: the JSON pointer of the first fault, and what is wanted there."""

    def __init__(self, pointer: str, wanted: str) -> None:
        """Names the place and what belongs there."""
        super().__init__(f"{pointer}: {wanted}")
        self.pointer, self.wanted = pointer, wanted


def message_id_of(said: Any) -> UUID | None:
    """A UUID, bare or as `urn:uuid:`."""
    return parse_uuid(said.removeprefix("urn:uuid:")) if isinstance(said, str) else None


def is_quality(body: Any) -> bool:
    """Whether a message is about quality: in the form of Trace-X, or with the shared header by its context."""
    header = body.get("header") if isinstance(body, dict) else None
    return isinstance(header, dict) and (_of_tracex(header) or bool(_QUALITY.match(str(header.get("context") or ""))))


def _of_tracex(header: Mapping[str, Any]) -> bool:
    return "classification" in header


def checked(body: Any, action: str, sender: str | None, receiver: str | None) -> UUID:
    """The id of a message that is sound: between the partner's number and our own. Raises Unsound.

    sender, receiver  the numbers (BPNL) of the agreement's two sides; None: not known here, so nothing fits
    """
    if not isinstance(body, dict):
        raise Unsound("/", "an object")
    header, content = body.get("header"), body.get("content")
    if not isinstance(header, dict):
        raise Unsound("/header", "an object")
    tracex = action == QUALITY and _of_tracex(header)
    names = ("senderBPN", "recipientBPN") if tracex else ("senderBpn", "receiverBpn")
    found = message_id_of(header.get("messageId"))
    if found is None:
        raise Unsound("/header/messageId", "a UUID")
    for name, wanted in zip(names, (sender, receiver), strict=True):
        said = header.get(name)
        if not isinstance(said, str) or not BPNL.match(said) or said != wanted:
            raise Unsound(f"/header/{name}", "the number (BPNL) of that side of the agreement")
    if tracex:
        _quality(header)
    else:
        _header(header, action)
    told = _content(content)
    if action == QUALITY and not tracex:
        _one_of(told, "/content", ("severity", SEVERITIES), ("status", STATES))
    return found


def _header(header: Mapping[str, Any], action: str) -> None:
    if header.get("version") != VERSION:
        raise Unsound("/header/version", VERSION)
    if not _is_moment(header.get("sentDateTime")):
        raise Unsound("/header/sentDateTime", "a time with zone")
    if header.get("expectedResponseBy") is not None and not _is_moment(header["expectedResponseBy"]):
        raise Unsound("/header/expectedResponseBy", "a time with zone")
    if header.get("relatedMessageId") is not None and message_id_of(header["relatedMessageId"]) is None:
        raise Unsound("/header/relatedMessageId", "a UUID")
    context = str(header.get("context") or "")
    if action == QUALITY:
        return
    named, aspect = _CONTEXT.match(context), _ASPECT.match(context)
    meant = (named[1], named[2]) if named else (aspect[2], aspect[1]) if aspect else None
    if meant is None or meant[0].lower() != ACTIONS[action].lower() or (named and meant[1] != "3"):
        raise Unsound("/header/context", context_of(action))


def _quality(header: Mapping[str, Any]) -> None:
    for name, allowed in (("classification", tuple(CLASSES)), ("status", STATES)):
        if header.get(name) not in allowed:
            raise Unsound(f"/header/{name}", ", ".join(allowed))
    _one_of(header, "/header", ("severity", SEVERITIES))
    if not isinstance(header.get("notificationId"), str) or not 0 < len(header["notificationId"]) <= 200:
        raise Unsound("/header/notificationId", "a text")
    if header.get("targetDate") is not None and not _is_moment(header["targetDate"]):
        raise Unsound("/header/targetDate", "a time with zone")


def _one_of(said: Mapping[str, Any], place: str, *names: tuple[str, tuple[str, ...]]) -> None:
    for name, allowed in names:
        if said.get(name) is not None and said[name] not in allowed:
            raise Unsound(f"{place}/{name}", ", ".join(allowed))


def _content(content: Any) -> Mapping[str, Any]:
    if not isinstance(content, dict):
        raise Unsound("/content", "an object")
    told, items = content.get("information"), content.get("listOfAffectedItems")
    if told is not None and not (isinstance(told, str) and len(told) <= MOST_TEXT):
        raise Unsound("/content/information", f"a text of at most {MOST_TEXT} characters")
    fine = items is None or (isinstance(items, list) and len(items) <= MOST_ITEMS)
    if not fine or not all(isinstance(one, str | dict) for one in items or ()):
        raise Unsound("/content/listOfAffectedItems", f"a list of at most {MOST_ITEMS}")
    return content


def _is_moment(said: Any) -> bool:
    try:
        return isinstance(said, str) and "T" in said and datetime.fromisoformat(said).tzinfo is not None
    except ValueError:
        return False


def context_of(action: str) -> str:
    """What the header's context is for an action."""
    return f"IndustryCore-DigitalTwinEventAPI-{ACTIONS[action]}:{VERSION}"


def written(
    action: str, message_id: UUID, sender: str, receiver: str, information: str, items: list[str]
) -> dict[str, Any]:
    """A message of ours about digital twins."""
    return {
        "header": _head(context_of(action), message_id, sender, receiver),
        "content": _told(information, items),
    }


def quality_written(
    said: Quality, message_id: UUID, sender: str, receiver: str, information: str, items: list[str], *, address: str
) -> dict[str, Any]:
    """A message of ours about quality in the form of Trace-X. `address`: where our connector is."""
    header = {
        "notificationId": said.notification_id or f"urn:uuid:{message_id}",
        "senderBPN": sender,
        "senderAddress": address,
        "recipientBPN": receiver,
        "classification": said.classification,
        "severity": said.severity,
        "relatedNotificationId": said.related,
        "status": said.status,
        "targetDate": millis_z(said.target_date) if said.target_date else None,
        "messageId": str(message_id),
    }
    return {
        "header": {name: value for name, value in header.items() if value is not None},
        "content": {"information": information, "listOfAffectedItems": items},
    }


def quality_shared(
    said: Quality, message_id: UUID, sender: str, receiver: str, information: str, items: list[str]
) -> dict[str, Any]:
    """A message of ours about quality with the shared header."""
    context = f"Traceability-QualityNotification-{CLASSES[said.classification]}:{_QUALITY_VERSION}"
    header = _head(context, message_id, sender, receiver)
    if said.target_date is not None:
        header["expectedResponseBy"] = millis_z(said.target_date)
    content = {
        "notificationId": said.notification_id or f"urn:uuid:{message_id}",
        "severity": said.severity,
        "status": said.status,
        **_told(information, items),
    }
    return {"header": header, "content": content | ({"relatedNotificationId": said.related} if said.related else {})}


def _head(context: str, message_id: UUID, sender: str, receiver: str) -> dict[str, Any]:
    return {
        "messageId": f"urn:uuid:{message_id}",
        "context": context,
        "sentDateTime": millis_z(clock.now()),
        "senderBpn": sender,
        "receiverBpn": receiver,
        "version": VERSION,
    }


def _told(information: str, items: list[str]) -> dict[str, Any]:
    return {"information": information, **({"listOfAffectedItems": items} if items else {})}
