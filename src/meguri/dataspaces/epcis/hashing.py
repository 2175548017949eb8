"""Event ids made from the content (CBV 2.0, hash ids): the same event has the same id whoever writes it down, in any spelling.

Source of the order and the form: CBV 2.0 §8.9, epcis-event-hash-generator 1.9. Hashes of events with source or destination
lists are not compared across implementations (their order there is not settled); such events get a UUID.
"""

import hashlib
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

_LINK = re.compile(r"https?://[^/]+((?:/[^/]+)*?)(/(?:01|00|414|417|8003|8004|8006|8010|253|255|401|402)/.+)\Z")
_ORDER = ("eventType", "eventTime", "eventTimeZoneOffset", "certificationInfo", "parentID", "epcList", "inputEPCList", "childEPCs",
          "quantityList", "childQuantityList", "inputQuantityList", "outputEPCList", "outputQuantityList", "action",
          "transformationID", "bizStep", "disposition", "persistentDisposition", "readPoint", "bizLocation", "bizTransactionList",
          "sourceList", "destinationList", "sensorElementList")  # fmt: skip
_LEFT_OUT = {"type", "recordTime", "eventID", "errorDeclaration", "@context", "ilmd"}
_EPCS = {"epcList", "inputEPCList", "outputEPCList", "childEPCs"}
_QUANTITIES = {"quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"}


def hash_id(event: dict[str, Any]) -> str:
    """The event's id: `ni:///sha-256;<hex>?ver=CBV2.0`."""
    return f"ni:///sha-256;{hashlib.sha256(pre_hash(event).encode()).hexdigest()}?ver=CBV2.0"


def pre_hash(event: dict[str, Any]) -> str:
    """The text that is hashed."""
    made = ""
    for name in _ORDER:
        value = event.get("type") if name == "eventType" else event.get(name)
        if value is not None and value != []:
            made += _field(name, value)
    more = {key: value for key, value in event.items() if key not in _ORDER and key not in _LEFT_OUT}
    more |= event.get("ilmd", {})
    return made + "".join(sorted(_extension(key, value) for key, value in more.items()))


def _field(name: str, value: Any) -> str:
    if name == "eventTime":
        return f"eventTime={_moment(value)}"
    if name in _EPCS:
        return name + "".join(sorted(f"epc={_link(one)}" for one in value))
    if name in _QUANTITIES:
        return name + "".join(sorted(_quantity(one) for one in value))
    if name in ("readPoint", "bizLocation"):
        return f"{name}id={_link(value['id'])}"
    if name in ("bizStep", "disposition"):
        return f"{name}={_word(name, value)}"
    if name == "persistentDisposition":
        sides = [(side, sorted(value.get(side, ()))) for side in ("set", "unset")]
        return name + "".join(f"{side}={_word('disposition', one)}" for side, words in sides for one in words)
    if isinstance(value, list):
        return name + "".join(sorted(_extension("", one) if isinstance(one, dict) else str(one) for one in value))
    return f"{name}={_link(str(value))}"


def _quantity(one: dict[str, Any]) -> str:
    made = f"quantityElementepcClass={_link(one['epcClass'])}"
    if "quantity" in one:
        made += f"quantity={_number(one['quantity'])}"
    return made + (f"uom={one['uom']}" if "uom" in one else "")


def _extension(key: str, value: Any) -> str:
    if isinstance(value, dict):
        return key + "".join(sorted(_extension(name, inner) for name, inner in value.items()))
    if isinstance(value, list):
        return key + "".join(sorted(_extension("", inner) for inner in value))
    text = _number(value) if isinstance(value, int | float) and not isinstance(value, bool) else _link(str(value))
    return f"{key}={text}" if key else text


def _moment(text: str) -> str:
    at = datetime.fromisoformat(text).astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def _number(value: Any) -> str:
    plain = format(Decimal(str(value)).normalize(), "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _word(name: str, value: str) -> str:
    if ":" in value:
        return value
    return f"https://ref.gs1.org/cbv/{'BizStep' if name == 'bizStep' else 'Disp'}-{value}"


def _link(value: str) -> str:
    """A Digital Link of any resolver, as GS1's own."""
    found = _LINK.match(value)
    return f"https://id.gs1.org{found[2]}" if found else value
