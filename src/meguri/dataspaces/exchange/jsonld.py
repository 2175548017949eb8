"""JSON-LD with terms of GS1 and of the battery extension; the context stands within, nothing is fetched to read it.

A term that several attributes share holds a list of `{"meguri:key": …, "meguri:value": …}`; attributes without a term
have the URN of our own dictionary. Objects are JSON literals.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from meguri.dataspaces.exchange.model import Fault, Format, Incoming, Outgoing, Passport
from meguri.passport.catalogue import Attribute
from meguri.passport.kinds import battery

CONTEXT: dict[str, Any] = {
    "id": "@id",
    "type": "@type",
    "gs1": "https://ref.gs1.org/voc/",
    "eubat": "https://ref.openepcis.io/extensions/eu/battery/",
    "oec": "https://ref.openepcis.io/extensions/common/core/",
    "schema": "https://schema.org/",
    "meguri": "urn:meguri:dict:",
}
UNIT_CODES = {
    "kg": "KGM",
    "Ah": "AMH",
    "kWh": "KWH",
    "V": "VLT",
    "W": "WTT",
    "ohm": "OHM",
    "%": "P1",
    "degC": "CEL",
    "min": "MIN",
    "mm": "MMT",
}
CLASSES = {"ev": "EVBattery", "lmt": "LMTBattery", "industrial": "IndustrialBattery", "stationary": "StationaryBattery"}
STATUS = {
    "original": "eubat:Original",
    "re-used": "eubat:Reused",
    "repurposed": "eubat:Repurposed",
    "remanufactured": "eubat:Remanufactured",
    "waste": "eubat:Waste",
}
KEY, VALUE = "meguri:key", "meguri:value"


@cache
def _terms() -> dict[str, str]:
    """Attribute → term; `@id` for the identifier itself."""
    return {key: one.paths.get("jsonld") or f"meguri:{key}" for key, one in battery().attributes.items()}


@cache
def _shared() -> frozenset[str]:
    return frozenset(term for term, times in Counter(_terms().values()).items() if times > 1)


def _write(out: Outgoing, passport: Passport) -> dict[str, Any]:
    product = out.take("unique_product_identifier", required=False) or f"urn:uuid:{passport.passport_id}"
    category = str(out.values.get("battery_category", ""))
    kinds = ["gs1:Product", "eubat:Battery", *([f"eubat:{CLASSES[category]}"] if category in CLASSES else [])]
    made: dict[str, Any] = {"@context": CONTEXT, "id": product, "type": kinds}
    for key, attribute in battery().attributes.items():
        value = out.values.get(key)
        term = _terms()[key]
        if value is None or term == "@id":
            continue
        node = _node(attribute, value)
        if term in _shared():
            made.setdefault(term, []).append({KEY: key, VALUE: node})
        else:
            made[term] = node
    return made


def _node(attribute: Attribute, value: Any) -> Any:
    if attribute.key == "battery_status":
        return {"id": STATUS.get(str(value), str(value))}
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        code = UNIT_CODES.get(attribute.unit)
        return {"type": "gs1:QuantitativeValue", "gs1:value": value, "gs1:unitCode": code} if code else value
    return {"@type": "@json", "@value": value}


def _read(document: Any, into: Incoming) -> None:
    if not isinstance(document, Mapping):
        into.warn("document: not an object")
        return
    if isinstance(document.get("id"), str) and not str(document["id"]).startswith("urn:uuid:"):
        into.put("unique_product_identifier", document["id"])
    for key, node in _nodes(document):
        into.put(key, _value(key, node))


def _nodes(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    own = {term: key for key, term in _terms().items() if term not in _shared()}
    for term, node in document.items():
        if term in own and term != "@id":
            yield own[term], node
        elif term in _shared() and isinstance(node, list):
            for entry in node:
                key = entry.get(KEY) if isinstance(entry, Mapping) else None
                if isinstance(key, str) and key in _terms():
                    yield key, entry.get(VALUE)


def _value(key: str, node: Any) -> Any:
    if not isinstance(node, Mapping):
        return node
    if node.get("@type") == "@json":
        return node.get("@value")
    if "gs1:value" in node:
        return node["gs1:value"]
    if key == "battery_status":
        return {theirs: ours for ours, theirs in STATUS.items()}.get(str(node.get("id")))
    return None


def _faults(document: Any) -> list[Fault]:
    if not isinstance(document, Mapping):
        return [Fault("/", "not an object")]
    found = []
    if not isinstance(document.get("@context"), Mapping):
        found.append(Fault("/@context", "the context stands within the document"))
    if not isinstance(document.get("id"), str):
        found.append(Fault("/id", "the identifier of the battery"))
    kinds = document.get("type")
    if not isinstance(kinds, list) or not {"gs1:Product", "eubat:Battery"} <= set(map(str, kinds)):
        found.append(Fault("/type", "gs1:Product and eubat:Battery"))
    prefixes = {"@context", "id", "type"}
    found += [
        Fault(f"/{name}", "a term without a known prefix")
        for name in document
        if name not in prefixes and name.partition(":")[0] not in CONTEXT
    ]
    return found


def _detects(document: Any) -> bool:
    kinds = document.get("type") if isinstance(document, Mapping) else None
    return isinstance(kinds, list) and "eubat:Battery" in kinds


FORMATS = (
    Format(
        name="jsonld",
        title="JSON-LD (GS1, EU battery)",
        needs=frozenset({"P1"}),
        media_type="application/ld+json",
        write=_write,
        read=_read,
        faults=_faults,
        detects=_detects,
    ),
)
