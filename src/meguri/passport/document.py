"""The document of EN 18223 in its compressed form: a header, and one object for each content specification.

What a reader may not see is not there, nor is a section of which he sees nothing: neither tells whether there is a value.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from uuid import UUID

import msgspec

from meguri.kernel.text import Text
from meguri.passport.errors import InvalidEnum, KindUnknown, PassportInvalid, UnknownAttribute
from meguri.passport.findings import Finding, as_fields, pointer
from meguri.passport.kinds import Document, Kind, kinds

HEADER: Final = {
    "digitalProductPassportId": "dpp_id",
    "uniqueProductIdentifier": "unique_product_identifier",
    "granularity": "granularity",
    "dppSchemaVersion": "dpp_schema_version",
    "dppStatus": "dpp_status",
    "lastUpdated": "last_updated",
    "economicOperatorId": "economic_operator_id",
    "facilityId": "facility_id",
    "contentSpecificationIds": "content_specification_ids",
}
"""Names of the header, and the catalogue keys that they carry."""
_IN_HEADER = frozenset(HEADER.values())
_ALSO_READ: Final = {"lastUpdate": "lastUpdated"}
_STATES: Final = {state.lower(): state for state in ("Active", "Inactive", "Archived", "Invalid", "Draft")}
_LEVELS: Final = ("model", "batch", "item")
_OBJECT = Text(ja="オブジェクトを指定してください。", en="This has to be an object.")
_TEXT = Text(ja="文字列を指定してください。", en="This has to be a text.")


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A document as somebody writes it: its header, and values by catalogue key (None empties a value)."""

    kind: Kind
    header: dict[str, Any]
    values: Document
    patches: dict[str, Any]


def section_id(kind: Kind, section: str) -> str:
    """The identifier of a section's content specification."""
    return kind.head.namespace + section


def sections(kind: Kind, values: Mapping[str, Any]) -> Iterator[tuple[str, Document]]:
    """The sections that hold something, with their values in the catalogue's order; the header's are left out."""
    for section, attributes in kind.by_section.items():
        held = {each.key: values[each.key] for each in attributes if each.key in values and each.key not in _IN_HEADER}
        if held:
            yield section, held


def compressed(kind: Kind, values: Mapping[str, Any]) -> dict[str, Any]:
    """The document with the values that a reader sees."""
    held = list(sections(kind, values))
    named = {name: values[key] for name, key in HEADER.items() if key in values}
    ids = [section_id(kind, section) for section, _ in held]
    return {**named, "contentSpecificationIds": ids, **{section_id(kind, section): found for section, found in held}}


def read_written(document: Any, *, kind: Kind | None = None) -> Written:
    """What a compressed document, or a merge patch of one, says.

    Sections may be named by their identifier or by their word alone. Raises PassportInvalid and its kin, UnknownAttribute.
    """
    if not isinstance(document, dict):
        raise _broken("INVALID_VALUE", "", _OBJECT)
    found = kind or _kind_of(document)
    header: dict[str, Any] = {}
    values: Document = {}
    for said, value in document.items():
        name = str(_ALSO_READ.get(str(said)) or said)
        if name in HEADER:
            header[name] = _header(name, value)
        else:
            values |= _section(found, name, value)
    patches = {key: value for key, value in values.items() if isinstance(value, dict)}
    return Written(kind=found, header=header, values=values, patches=patches)


def _kind_of(document: Mapping[str, Any]) -> Kind:
    """The kind by the namespace of its sections; batteries where none is named."""
    for name in document:
        for kind in kinds().values():
            if name.startswith(kind.head.namespace):
                return kind
    known = kinds().get("battery")
    if known is None:
        raise KindUnknown(kind="battery")
    return known


def _header(name: str, value: Any) -> Any:
    if name == "contentSpecificationIds":
        return value
    if value is not None and not isinstance(value, str):
        raise _broken("INVALID_VALUE", name, _TEXT)
    if value is not None and name == "dppStatus":
        return _one_of(name, value, _STATES)
    if value is not None and name == "granularity":
        return _one_of(name, value, {level: level for level in _LEVELS})
    return value


def _one_of(name: str, value: str, known: Mapping[str, str]) -> str:
    found = known.get(value.lower())
    if found is None:
        choices = ", ".join(known.values())
        say = Text(ja=f"次から選んでください: {choices}", en=f"Please choose among: {choices}")
        raise InvalidEnum(fields=as_fields([_finding("INVALID_ENUM", name, say)]), where=f"/{name}")
    return found


def _section(kind: Kind, name: str, value: Any) -> Document:
    section = name.removeprefix(kind.head.namespace)
    known = {attribute.key for attribute in kind.by_section.get(section, [])}
    if section not in kind.by_section:
        raise _unknown(pointer(name), name)
    if value is None:
        return dict.fromkeys(known)
    if not isinstance(value, dict):
        raise _broken("INVALID_VALUE", name, _OBJECT)
    strange = [key for key in value if key not in known]
    if strange:
        raise _unknown(pointer(name, strange[0]), strange[0])
    return dict(value)


def _unknown(at: str, key: str) -> UnknownAttribute:
    say = Text(ja=f"「{key}」という項目はありません。", en=f"There is no attribute “{key}”.")
    return UnknownAttribute(fields=as_fields([Finding(code="UNKNOWN_ATTRIBUTE", pointer=at, say=say)]), where=at)


def _finding(code: str, name: str, say: Text) -> Finding:
    return Finding(code=code, pointer=pointer(name) if name else "", say=say)


def _broken(code: str, name: str, say: Text) -> PassportInvalid:
    return PassportInvalid(fields=as_fields([_finding(code, name, say)]), where=pointer(name) if name else "/")


def with_addresses(kind: Kind, values: Mapping[str, Any], passport_id: UUID, origin: str) -> Document:
    """The values for readers elsewhere: a document that is kept here has the address where they get it, not our number of it."""
    files = f"{origin}/passport/{passport_id}/files/"

    def located(one: Any) -> Any:
        if not isinstance(one, Mapping) or not one.get("file_id") or one.get("url"):
            return one
        return {**{name: each for name, each in one.items() if name != "file_id"}, "url": f"{files}{one['file_id']}"}

    def shown(key: str, value: Any) -> Any:
        attribute = kind.attributes.get(key)
        if attribute is None or attribute.type not in ("document", "documents"):
            return value
        return [located(one) for one in value] if isinstance(value, list) else located(value)

    return {key: shown(key, value) for key, value in values.items()}
