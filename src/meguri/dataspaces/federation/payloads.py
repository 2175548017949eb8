"""What messages may carry: all types with their fields. More fields are kept and ignored; closed values are closed."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from meguri.kernel.ids import parse_uuid

_FIGURE = re.compile(r"(0|[1-9]\d{0,9})(\.\d{1,5})?\Z")
Check = Callable[[Any], bool]


def _text(most: int, *, empty: bool = True) -> Check:
    return lambda value: isinstance(value, str) and (empty or bool(value)) and len(value) <= most


def _uuid(value: Any) -> bool:
    return isinstance(value, str) and parse_uuid(value) is not None


def _figure(value: Any) -> bool:
    return value is None or (isinstance(value, str) and bool(_FIGURE.match(value)))


def _one_of(*values: str) -> Check:
    return lambda value: value in values


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31


def _object(value: Any) -> bool:
    return isinstance(value, dict)


def _truth(value: Any) -> bool:
    return isinstance(value, bool)


def _any(_: Any) -> bool:
    return True


def _day(value: Any) -> bool:
    try:
        return value is None or date.fromisoformat(value).isoformat() == value
    except (TypeError, ValueError):
        return False


def _item(value: Any) -> bool:
    return isinstance(value, dict) and _uuid(value.get("traceId")) and _text(50, empty=False)(value.get("partsName"))


# type -> (required, optional)
TYPES: dict[str, tuple[Mapping[str, Check], Mapping[str, Check]]] = {
    "trade.request": (
        {"tradeId": _uuid, "kind": _one_of("cfp", "dd", "structure"), "item": _item},
        {"dueDate": _day, "message": _text(1000)},
    ),
    "trade.request.cancel": ({"tradeId": _uuid}, {"reason": _text(1000)}),
    "trade.response": (
        {"tradeId": _uuid, "decision": _one_of("accepted", "declined")},
        {"responderTraceId": _uuid, "reason": _text(1000)},
    ),
    "trade.status": (
        {"tradeId": _uuid, "treeStatus": _text(20), "completedCount": _whole, "tradesCount": _whole},
        {"replyMessage": _text(1000)},
    ),
    "result.cfp": (
        {
            "tradeId": _uuid,
            "version": _whole,
            "responderTraceId": _uuid,
            "pre": _figure,
            "main": _figure,
            "unit": _text(40),
        },
        {"dqr": _any, "method": _any, "period": _any, "certification": _any},
    ),
    "result.dd": ({"tradeId": _uuid, "version": _whole, "result": _any}, {"evidence": _any}),
    "result.withdraw": ({"tradeId": _uuid, "version": _whole, "reason": _text(1000)}, {}),
    "passport.transfer": (
        {"passportId": _text(200), "newOperator": _text(500), "effectiveAt": _text(40), "bundleHash": _text(200)},
        {"bundleDataset": _text(500), "transferId": _uuid, "withdrawn": _truth},
    ),
    "notification": (
        {"severity": _text(40), "class": _text(40), "title": _text(500), "text": _text(10_000)},
        {"affected": _any},
    ),
    "recall.open": ({"recallId": _text(200), "instruction": _text(10_000)}, {"scope": _any}),
    "recall.close": ({"recallId": _text(200)}, {"scope": _any, "instruction": _text(10_000)}),
    "receipt": (
        {"of": _uuid, "outcome": _one_of("applied", "rejected"), "contentHash": _text(64)},
        {"code": _text(60), "appliedAt": _text(40), "signature": _object},
    ),
    "ping": ({}, {}),
}


def wrong_field(kind: str, payload: Any) -> str | None:
    """The first field of a payload that is missing or not what it should be; None: it is sound."""
    if not _object(payload):
        return "payload"
    required, optional = TYPES[kind]
    for name, check in required.items():
        if name not in payload or not check(payload[name]):
            return name
    for name, check in optional.items():
        if payload.get(name) is not None and not check(payload[name]):
            return name
    return None


_CLOSED: dict[str, Mapping[str, str]] = {"trade.request": {"kind": "cfp"}, "trade.response": {"decision": "declined"}}
"""Fields with a closed list of values, each with one of them."""


def unsound_field(kind: str, payload: Any) -> str | None:
    """As `wrong_field`, but a word of a closed list that only a newer node knows is no fault of form: such a message is kept,
    and its receipt says that the value is not supported."""
    if not _object(payload):
        return "payload"
    words = {name: one for name, one in _CLOSED.get(kind, {}).items() if _text(60, empty=False)(payload.get(name))}
    return wrong_field(kind, {**payload, **words})


ENVELOPE: dict[str, Check] = {
    "specVersion": _one_of("1"),
    "messageId": _uuid,
    "type": _text(60, empty=False),
    "linkId": _uuid,
    "sender": _text(500, empty=False),
    "receiver": _text(500, empty=False),
    "seq": lambda value: _whole(value) and value >= 1,
    "subjectKey": _text(200, empty=False),
    "sentAt": _text(40, empty=False),
    "expiresAt": _text(40, empty=False),
    "payload": _object,
    "proof": _object,
}


def wrong_envelope(message: Any) -> str | None:
    """The first member of a message that is missing or not what it should be."""
    if not _object(message):
        return "/"
    return next((name for name, check in ENVELOPE.items() if name not in message or not check(message[name])), None)
