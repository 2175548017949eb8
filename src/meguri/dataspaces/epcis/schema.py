"""The form of EPCIS 2.0 events in JSON, with formats asserted: without them every unknown word would pass as "or a URI".

Source: GS1 EPCIS 2.0, JSON binding; the schema says its facts in our own form.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

import jsonschema_rs

from meguri.dataspaces.rules import epcis
from meguri.kernel.identifiers import gs1_check_digit

Event = dict[str, Any]
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s]+\Z")
_DIGITAL_LINK = re.compile(r"https?://[^\s/]+(?:/[^\s/]+)*?/(01|414|417|00|8006)/(\d+)")
ZONE = r"^([+]|[-])((0[0-9]|1[0-3]):([0-5][0-9])|14:00)$"
TYPES = ("ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent", "AssociationEvent")
_COMMON = ("@context", "type", "eventTime", "recordTime", "eventTimeZoneOffset", "eventID", "errorDeclaration",
           "certificationInfo", "bizStep", "disposition", "readPoint", "bizLocation", "bizTransactionList", "sourceList",
           "destinationList", "sensorElementList")  # fmt: skip
_OF_TYPE = {
    "ObjectEvent": ("action", "epcList", "quantityList", "ilmd", "persistentDisposition"),
    "AggregationEvent": ("action", "parentID", "childEPCs", "childQuantityList"),
    "TransactionEvent": ("action", "parentID", "epcList", "quantityList"),
    "TransformationEvent": ("inputEPCList", "inputQuantityList", "outputEPCList", "outputQuantityList", "transformationID",
                            "ilmd", "persistentDisposition"),
    "AssociationEvent": ("action", "parentID", "childEPCs", "childQuantityList"),
}  # fmt: skip


def is_uri(value: str) -> bool:
    """Whether a text is a URI, and none of the vocabulary's own URNs, which JSON writes as bare words."""
    return bool(_URI.match(value)) and not value.startswith("urn:epcglobal:cbv:")


def is_moment(value: str) -> bool:
    """Whether a text is a date and time with zone."""
    try:
        return "T" in value and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _word(words: tuple[str, ...]) -> dict[str, Any]:
    return {"type": "string", "anyOf": [{"enum": list(words)}, {"format": "epcis-uri"}]}


def _names(*known: str) -> dict[str, Any]:
    """Names of an object: those that are known, and extensions."""
    return {"anyOf": [{"enum": list(known)}, {"format": "epcis-uri"}]}


def _one_of(*names: str) -> dict[str, Any]:
    return {"anyOf": [{"required": [name]} for name in names]}


def _some(name: str) -> dict[str, Any]:
    return {"required": [name], "properties": {name: {"minItems": 1}}}


_deleting = {"properties": {"action": {"const": "DELETE"}}}
_children = [_some("childEPCs"), _some("childQuantityList"), _deleting]
_COMPONENTS = ("x", "y", "z", "axial_distance", "azimuth", "height", "spherical_radius", "polar_angle", "elevation_angle",
               "easting", "northing", "latitude", "longitude", "altitude")  # fmt: skip


def _sensor_element() -> dict[str, Any]:
    """Where and with what it was measured, and what was found."""
    uri, moment, number, text = (
        {"type": "string", "format": "epcis-uri"},
        {"type": "string", "format": "epcis-moment"},
        {"type": "number"},
        {"type": "string"},
    )
    device = dict.fromkeys(("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod"), uri)
    metadata = {**dict.fromkeys(("time", "startTime", "endTime"), moment), **device, "bizRules": uri}
    report = {
        "type": _word(epcis().measurements),
        "exception": _word(("ALARM_CONDITION", "ERROR_CONDITION")),
        "time": moment,
        **device,
        **dict.fromkeys(("microorganism", "chemicalSubstance", "coordinateReferenceSystem", "uriValue"), uri),
        **dict.fromkeys(("value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"), number),
        "component": _word(_COMPONENTS),
        "stringValue": text,
        "booleanValue": {"type": "boolean"},
        "hexBinaryValue": {"type": "string", "pattern": "^[A-Fa-f0-9]+$"},
        "uom": text,
    }
    reports = {"type": "object", "required": ["type"], "properties": report, "propertyNames": _names(*report)}
    return {
        "type": "object",
        "required": ["sensorReport"],
        "properties": {
            "sensorMetadata": {"type": "object", "properties": metadata, "propertyNames": _names(*metadata)},
            "sensorReport": {"type": "array", "minItems": 1, "items": reports},
        },
        "propertyNames": _names("sensorMetadata", "sensorReport"),
    }


@cache
def _schema() -> dict[str, Any]:
    rules = epcis()
    uri = {"type": "string", "format": "epcis-uri"}
    uris = {"type": "array", "items": uri}
    quantity = {
        "type": "object",
        "required": ["epcClass"],
        "properties": {
            "epcClass": uri,
            "quantity": {"type": "number", "exclusiveMinimum": 0},
            "uom": {"type": "string", "pattern": "^[A-Z0-9]{2,3}$"},
        },
        "additionalProperties": False,
    }
    quantities = {"type": "array", "items": quantity}
    place = {"type": "object", "required": ["id"], "properties": {"id": uri}}
    disposed = {"type": "array", "items": _word(rules.dispositions), "minItems": 1, "uniqueItems": True}
    action = {"enum": ["ADD", "OBSERVE", "DELETE"]}
    moment = {"type": "string", "format": "epcis-moment"}

    def pair(name: str) -> dict[str, Any]:
        kinds = rules.transactions if name == "bizTransaction" else rules.parties
        required = [name] if name == "bizTransaction" else ["type", name]
        return {
            "type": "array",
            "items": {
                "type": "object",
                "required": required,
                "properties": {"type": _word(kinds), name: uri},
                "additionalProperties": False,
            },
        }

    properties = {
        "type": {"enum": list(TYPES)},
        "eventTime": moment,
        "recordTime": moment,
        "eventTimeZoneOffset": {"type": "string", "pattern": ZONE},
        "eventID": uri,
        "errorDeclaration": {
            "type": "object",
            "required": ["declarationTime"],
            "properties": {
                "declarationTime": moment,
                "reason": _word(("did_not_occur", "incorrect_data")),
                "correctiveEventIDs": uris,
            },
            "propertyNames": _names("declarationTime", "reason", "correctiveEventIDs"),
        },
        "certificationInfo": {"anyOf": [uri, uris]},
        "bizStep": _word(rules.biz_steps),
        "disposition": _word(rules.dispositions),
        "persistentDisposition": {
            "type": "object",
            "properties": {"set": disposed, "unset": disposed},
            "additionalProperties": False,
            "minProperties": 1,
        },
        "readPoint": place,
        "bizLocation": place,
        "bizTransactionList": pair("bizTransaction"),
        "sourceList": pair("source"),
        "destinationList": pair("destination"),
        "sensorElementList": {"type": "array", "items": _sensor_element()},
        "action": action,
        "parentID": uri,
        "ilmd": {"type": "object", "propertyNames": uri},
        "transformationID": uri,
        **dict.fromkeys(("epcList", "childEPCs", "inputEPCList", "outputEPCList"), uris),
        **dict.fromkeys(("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"), quantities),
    }
    measured = {**_some("sensorElementList"), "required": ["sensorElementList", "readPoint"]}
    needed = {
        "ObjectEvent": {"required": ["action"], "anyOf": [{"required": ["epcList"]}, {"required": ["quantityList"]}, measured]},
        "AggregationEvent": {"required": ["action"], "anyOf": _children},
        "TransactionEvent": {"required": ["action", "bizTransactionList"],
                             "properties": {"bizTransactionList": {"minItems": 1}},
                             "anyOf": [{"required": ["epcList"]}, {"required": ["quantityList"]}, _deleting]},
        "TransformationEvent": {"anyOf": [
            {"required": ["transformationID"], "anyOf": [_one_of("inputEPCList", "inputQuantityList"),
                                                         _one_of("outputEPCList", "outputQuantityList")]},
            {"allOf": [_one_of("inputEPCList", "inputQuantityList"), _one_of("outputEPCList", "outputQuantityList")]}]},
        "AssociationEvent": {"required": ["action", "parentID"], "anyOf": _children},
    }  # fmt: skip
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "required": ["type", "eventTime", "eventTimeZoneOffset"],
        "properties": properties,
        "allOf": [
            {"if": {"properties": {"type": {"const": name}}, "required": ["type"]}, "then": rule}
            for name, rule in needed.items()
        ],
    }


@cache
def _validator() -> Any:
    formats = {"epcis-uri": is_uri, "epcis-moment": is_moment}
    return jsonschema_rs.validator_for(_schema(), formats=formats, validate_formats=True)


def faults(event: Any, prefixes: frozenset[str] = frozenset()) -> Iterator[tuple[str, str]]:
    """(JSON pointer, what is wrong) of each broken rule. `prefixes` are those that the context declares."""
    for error in _validator().iter_errors(event):
        yield "/" + "/".join(str(step) for step in error.instance_path), _plain(error)
    if not isinstance(event, dict) or event.get("type") not in TYPES:
        return
    known = {*_COMMON, *_OF_TYPE[event["type"]]}
    for key in event:
        if key not in known and not _declared(key, prefixes):
            yield f"/{key}", "not a field of this event, nor a declared extension"
    if "ilmd" in event and event["type"] == "ObjectEvent" and event.get("action") != "ADD":
        yield "/ilmd", "only with action ADD"
    yield from _check_digits(event)


def _plain(error: Any) -> str:
    kind = type(error.kind).__name__.rpartition("_")[2]
    return f"does not fit ({kind})"


def _declared(key: str, prefixes: frozenset[str]) -> bool:
    prefix, colon, _ = key.partition(":")
    return bool(colon) and (prefix in prefixes or prefix in ("http", "https", "urn"))


def _check_digits(event: Event) -> Iterator[tuple[str, str]]:
    for name, identifier in identifiers(event):
        found = _DIGITAL_LINK.match(identifier)
        if found and found[1] in ("01", "414", "417") and str(gs1_check_digit(found[2][:-1])) != found[2][-1]:
            yield f"/{name}", "the check digit is wrong"


def identifiers(event: Event) -> Iterator[tuple[str, str]]:
    """(field, identifier) of everything that the event names."""
    for name in ("parentID",):
        if isinstance(event.get(name), str):
            yield name, event[name]
    for name in ("epcList", "childEPCs", "inputEPCList", "outputEPCList"):
        for one in event.get(name, ()) if isinstance(event.get(name), list) else ():
            yield name, str(one)
    for name in ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"):
        for one in event.get(name, ()) if isinstance(event.get(name), list) else ():
            if isinstance(one, dict) and "epcClass" in one:
                yield name, str(one["epcClass"])
    for name in ("readPoint", "bizLocation"):
        if isinstance(event.get(name), dict) and "id" in event[name]:
            yield name, str(event[name]["id"])


def mass_out_of_balance(event: Event) -> bool:
    """Whether more leaves a transformation than enters it, where everything is told in kilograms."""
    sides = []
    for name in ("inputQuantityList", "outputQuantityList"):
        lines = event.get(name, ())
        if not lines or any(one.get("uom") != "KGM" or "quantity" not in one for one in lines):
            return False
        sides.append(sum(float(one["quantity"]) for one in lines))
    if event.get("inputEPCList") or event.get("outputEPCList"):
        return False
    return sides[1] > sides[0] * (1 + 1e-9)
