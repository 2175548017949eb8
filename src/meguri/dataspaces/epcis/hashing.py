"""Event ids made from the content (CBV 2.0, hash ids): the same event has the same id whoever writes it down, in any spelling.

Source of the order and the form: CBV 2.0 §8.9, epcis-event-hash-generator 1.9. Hashes of events with source or destination
lists are not compared across implementations (their order there is not settled); such events get a UUID.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from meguri.dataspaces.epcis.keys import link_of

_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?\Z", re.ASCII)
_ORDER = ("eventType", "eventTime", "eventTimeZoneOffset", "certificationInfo", "parentID", "epcList", "inputEPCList", "childEPCs",
          "quantityList", "childQuantityList", "inputQuantityList", "outputEPCList", "outputQuantityList", "action",
          "transformationID", "bizStep", "disposition", "persistentDisposition", "readPoint", "bizLocation", "bizTransactionList",
          "sourceList", "destinationList", "sensorElementList")  # fmt: skip
_LEFT_OUT = {"type", "recordTime", "eventID", "errorDeclaration", "@context", "ilmd"}
_EPCS = {"epcList", "inputEPCList", "outputEPCList", "childEPCs"}
_PAIRS = {"bizTransactionList": "bizTransaction", "sourceList": "source", "destinationList": "destination"}
_VOCABULARY = {"bizTransactionList": "BTT-", "sourceList": "SDT-", "destinationList": "SDT-"}
_METADATA = (
    "time",
    "startTime",
    "endTime",
    "deviceID",
    "deviceMetadata",
    "rawData",
    "dataProcessingMethod",
    "bizRules",
)
_REPORT = ("type", "exception", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "time", "microorganism",
           "chemicalSubstance", "value", "component", "stringValue", "booleanValue", "hexBinaryValue", "uriValue", "minValue",
           "maxValue", "meanValue", "sDev", "percRank", "percValue", "uom", "coordinateReferenceSystem")  # fmt: skip
_QUANTITIES = {"quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"}


def hash_id(event: dict[str, Any], namespaces: Mapping[str, str] | None = None) -> str:
    """The event's id: `ni:///sha-256;<hex>?ver=CBV2.0`. `namespaces` are those of the context, by their prefix."""
    text = pre_hash(event, namespaces)
    return f"ni:///sha-256;{hashlib.sha256(text.encode()).hexdigest()}?ver=CBV2.0"


def pre_hash(event: dict[str, Any], namespaces: Mapping[str, str] | None = None) -> str:
    """The text that is hashed."""
    spelling = _Spelling(namespaces or {})
    made = ""
    for name in _ORDER:
        value = event.get("type") if name == "eventType" else event.get(name)
        if value is not None and value != []:
            made += spelling.field(name, value)
    more = {key: value for key, value in event.items() if key not in _ORDER and key not in _LEFT_OUT}
    more |= {"ilmd": event["ilmd"]} if event.get("ilmd") else {}
    return made + spelling.extensions(more)


class _Spelling:
    """How fields are spelled, with the names of extensions written out."""

    def __init__(self, namespaces: Mapping[str, str]) -> None:
        self._namespaces = namespaces

    def field(self, name: str, value: Any) -> str:
        """A field of the standard."""
        if name == "eventTime":
            return f"eventTime={_moment(value)}"
        if name in _EPCS:
            return name + "".join(sorted(f"epc={link_of(one)}" for one in value))
        if name in _QUANTITIES:
            return name + "".join(sorted(_quantity(one) for one in value))
        if name in ("readPoint", "bizLocation"):
            more = {key: item for key, item in value.items() if key != "id"}
            return f"{name}id={link_of(value['id'])}" + self.extensions(more)
        if name in ("bizStep", "disposition"):
            return f"{name}={_word('BizStep-' if name == 'bizStep' else 'Disp-', value)}"
        if name == "persistentDisposition":
            sides = [(side, sorted(value.get(side, ()))) for side in ("set", "unset")]
            return name + "".join(f"{side}={_word('Disp-', one)}" for side, words in sides for one in words)
        if name in _PAIRS:
            return name + "".join(sorted(self._pair(name, one) for one in value))
        if name == "sensorElementList":
            return name + "".join(sorted(self._sensor(one) for one in value))
        if isinstance(value, list):
            return "".join(sorted(f"{name}={link_of(str(one))}" for one in value))
        return f"{name}={link_of(str(value))}"

    def extensions(self, more: Mapping[str, Any]) -> str:
        """Fields of others, in order of their spelling."""
        return "".join(sorted(self._extension(self._name(key), value) for key, value in more.items()))

    def _pair(self, name: str, one: Mapping[str, Any]) -> str:
        kind = f"type={_word(_VOCABULARY[name], one['type'])}" if "type" in one else ""
        return f"{kind}{_PAIRS[name]}={link_of(one[_PAIRS[name]])}"

    def _sensor(self, one: Mapping[str, Any]) -> str:
        metadata = one.get("sensorMetadata")
        made = "sensorElement"
        if metadata:
            made += "sensorMetadata" + self._measured(metadata, _METADATA)
        reports = sorted("sensorReport" + self._measured(report, _REPORT) for report in one.get("sensorReport", ()))
        more = {key: value for key, value in one.items() if key not in ("sensorMetadata", "sensorReport")}
        return made + "".join(reports) + self.extensions(more)

    def _measured(self, held: Mapping[str, Any], order: tuple[str, ...]) -> str:
        made = "".join(f"{name}={self._value(name, held[name])}" for name in order if name in held)
        return made + self.extensions({key: value for key, value in held.items() if key not in order})

    def _value(self, name: str, value: Any) -> str:
        if name in ("time", "startTime", "endTime"):
            return _moment(str(value))
        if isinstance(value, str) and ":" not in value:
            vocabulary = {"type": "https://gs1.org/voc/", "exception": "https://gs1.org/voc/"}.get(name)
            vocabulary = "https://ref.gs1.org/cbv/Comp-" if name == "component" else vocabulary
            return f"{vocabulary}{value}" if vocabulary else _number_orlink_of(value)
        return self._plain(value)

    def _name(self, key: str) -> str:
        prefix, colon, rest = key.partition(":")
        return f"{{{self._namespaces[prefix]}}}{rest}" if colon and prefix in self._namespaces else key

    def _extension(self, key: str, value: Any) -> str:
        if isinstance(value, dict):
            return key + self.extensions(value)
        if isinstance(value, list):
            return "".join(sorted(self._extension(key, inner) for inner in value))
        return f"{key}={self._plain(value)}"

    def _plain(self, value: Any) -> str:
        if isinstance(value, bool):
            return str(value)
        if isinstance(value, int | float):
            return _number(value)
        prefix, colon, rest = str(value).partition(":")
        if colon and prefix in self._namespaces:
            return self._namespaces[prefix] + rest
        return _number_orlink_of(str(value))


def _quantity(one: dict[str, Any]) -> str:
    made = f"quantityElementepcClass={link_of(one['epcClass'])}"
    if "quantity" in one:
        made += f"quantity={_number(one['quantity'])}"
    return made + (f"uom={one['uom']}" if "uom" in one else "")


def _moment(text: str) -> str:
    at = datetime.fromisoformat(text).astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def _number(value: Any) -> str:
    plain = format(Decimal(str(value)).normalize(), "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _number_orlink_of(text: str) -> str:
    return _number(text) if _NUMBER.match(text) else link_of(text)


def _word(kind: str, value: str) -> str:
    return value if ":" in value else f"https://ref.gs1.org/cbv/{kind}{value}"
