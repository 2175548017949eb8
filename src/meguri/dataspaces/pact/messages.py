"""CloudEvents 1.0 in structured mode, as they come and go."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from meguri.dataspaces.pact import checks
from meguri.dataspaces.pact.checks import Check, Fault, list_of, record, text
from meguri.dataspaces.pact.errors import BadRequest
from meguri.dataspaces.pact.footprint import faults_of
from meguri.dataspaces.pact.words import EVENTS, FULFILLED, PUBLISHED, REJECTED
from meguri.kernel import clock

MEDIA_TYPE = "application/cloudevents+json"
DEEPEST = 50
_SHOWN = 20
_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """An event that a partner sent."""

    type: str
    id: str
    source: str
    data: dict[str, Any]


_ENVELOPE = record(
    {"type": text(1), "specversion": checks.one_of(("1.0",)), "id": text(1), "source": text(1), "time": checks.MOMENT},
    ("type", "specversion", "id", "source", "time", "data"),
)
_ERROR = record({"code": text(1), "message": text()}, ("code", "message"))
_DATA: dict[str, Check] = {
    PUBLISHED: record({"pfIds": list_of(checks.UUID_TEXT)}, ("pfIds",)),
    REJECTED: record({"requestEventId": text(1), "error": _ERROR}, ("requestEventId", "error")),
    FULFILLED: record(
        {"requestEventId": text(1), "pfs": list_of(lambda at, value: faults_of(value, at), unique=False)},
        ("requestEventId", "pfs"),
    ),
}


def message_of(body: bytes) -> Message:
    """The event in a body. Raises BadRequest that lists what is wrong by JSON pointer."""
    found = _decoded(body)
    faults = _ENVELOPE("", found)
    if faults:
        raise told(faults)
    if found["type"] not in EVENTS:
        raise BadRequest(f"/type must be one of {', '.join(EVENTS)}.")
    if not isinstance(found["data"], dict):
        raise BadRequest("/data must be an object.")
    faults = _DATA[found["type"]]("/data", found["data"]) if found["type"] in _DATA else []
    if faults:
        raise told(faults)
    return Message(type=found["type"], id=found["id"], source=found["source"], data=found["data"])


def told(faults: Sequence[Fault]) -> BadRequest:
    """A refusal that names every fault (the first twenty in full)."""
    lines = [f"{fault.pointer or '/'} {fault.message}" for fault in faults[:_SHOWN]]
    more = [f"and {len(faults) - _SHOWN} more"] if len(faults) > _SHOWN else []
    return BadRequest("; ".join([*lines, *more]))


def cloud_event(event_id: UUID, kind: str, source: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """An event of ours."""
    return {
        "type": kind,
        "specversion": "1.0",
        "id": str(event_id),
        "source": source,
        "time": clock.seconds_z(clock.now()),
        "data": dict(data),
    }


def _decoded(body: bytes) -> Any:
    if _depth(body) > DEEPEST:
        raise BadRequest(f"The body is nested more than {DEEPEST} deep.")
    if b"\\u0000" in body:
        raise BadRequest("The body holds a character U+0000.")
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadRequest("The body is not JSON.") from None


def _depth(body: bytes) -> int:
    """How deep brackets nest; what stands within strings is not counted. Stops as soon as it is too deep."""
    deep = most = 0
    for token in _TOKENS.finditer(body):
        sign = token[0]
        deep += (sign in (b"[", b"{")) - (sign in (b"]", b"}"))
        most = max(most, deep)
        if most > DEEPEST:
            break
    return most
