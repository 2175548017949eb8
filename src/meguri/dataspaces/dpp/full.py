"""The full form of EN 18223: every value as a data element with its type and its entry in a dictionary."""

from collections.abc import Mapping
from typing import Any, Final

from meguri.passport.catalogue import Attribute
from meguri.passport.document import HEADER, compressed, section_id, sections
from meguri.passport.kinds import Kind

PREFIXES: Final = {
    "eubat:": "https://ref.openepcis.io/extensions/eu/battery/",
    "gs1:": "https://ref.gs1.org/voc/",
    "oec:": "https://ref.openepcis.io/extensions/common/core/",
    "schema:": "https://schema.org/",
}
_TYPES: Final = {
    "string": "xsd:string",
    "uri": "xsd:anyURI",
    "boolean": "xsd:boolean",
    "integer": "xsd:integer",
    "decimal": "xsd:decimal",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "year_month": "xsd:gYearMonth",
    "duration": "xsd:duration",
    "code": "xsd:string",
}
COLLECTION, SINGLE, MANY = "DataElementCollection", "SingleValuedDataElement", "MultiValuedDataElement"
LANGUAGES, RESOURCE = "MultiLanguageDataElement", "RelatedResource"


def full(kind: Kind, values: Mapping[str, Any]) -> dict[str, Any]:
    """The document with the values that a reader sees, as elements."""
    head = {name: value for name, value in compressed(kind, values).items() if name in HEADER}
    elements = [
        {
            "elementId": section_id(kind, section),
            "objectType": COLLECTION,
            "dictionaryReference": section_id(kind, section),
            "elements": [element(kind.attributes[key], value) for key, value in held.items()],
        }
        for section, held in sections(kind, values)
    ]
    return {**head, "elements": elements}


def element(attribute: Attribute, value: Any) -> dict[str, Any]:
    """One attribute's value as a data element."""
    return _element(attribute.key, dictionary(attribute), attribute.type, value)


def dictionary(attribute: Attribute) -> str:
    """Where an attribute is defined: its term in a public vocabulary, else in the catalogue."""
    term = attribute.paths.get("jsonld", "")
    for prefix, base in PREFIXES.items():
        if term.startswith(prefix):
            return base + term.removeprefix(prefix)
    return f"urn:meguri:dict:{attribute.key}"


def _element(name: str, reference: str, kind: str, value: Any) -> dict[str, Any]:
    head = {"elementId": name, "dictionaryReference": reference}
    if kind == "text":
        said = [{"value": words, "language": tag} for tag, words in value.items()]
        return {**head, "objectType": LANGUAGES, "value": said}
    if kind == "document":
        return _resource(head, value)
    if isinstance(value, list):
        inner = {"documents": "document"}.get(kind, kind)
        return {
            **head,
            "objectType": MANY,
            "elements": [_element(str(n), reference, inner, each) for n, each in enumerate(value)],
        }
    if isinstance(value, dict):
        members = [_member(reference, key, each) for key, each in value.items()]
        return {**head, "objectType": COLLECTION, "elements": members}
    return {**head, "objectType": SINGLE, "valueDataType": _TYPES.get(kind) or _type_of(value), "value": value}


def _member(reference: str, key: str, value: Any) -> dict[str, Any]:
    by_language = (
        isinstance(value, dict)
        and bool(value)
        and all(len(tag) == 2 and isinstance(each, str) for tag, each in value.items())
    )
    kind = "text" if by_language else "datetime" if key in ("measured_at", "at") else ""
    return _element(key, f"{reference}.{key}", kind, value)


def _type_of(value: Any) -> str:
    if isinstance(value, bool):
        return "xsd:boolean"
    if isinstance(value, int | float):
        return "xsd:integer" if isinstance(value, int) else "xsd:decimal"
    return "xsd:string"


def _resource(head: dict[str, Any], value: Mapping[str, Any]) -> dict[str, Any]:
    """A document: where it is and what it is called."""
    title = value.get("title", {})
    language = value.get("language", "en")
    said = {
        "resourceTitle": title.get(language) or next(iter(title.values()), ""),
        "contentType": value.get("media_type"),
        "url": value.get("url"),
        "language": language,
    }
    return {**head, "objectType": RESOURCE, **said}
