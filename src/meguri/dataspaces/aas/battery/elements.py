"""Submodel elements from a plain tree and a template, and back.

A template says of each idShort which element it is: `Prop`, `Words` (multi-language), `Link` (file), `Group` (collection)
or `Rows` (list). Children of a list carry no idShort (IDTA-01001 constraint AASd-120); an empty group or list has no
`value`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Tree = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Prop:
    """A property with its XSD type."""

    type: str
    semantic: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """A multi-language property; its value in the tree is language → text, or one text in English."""

    semantic: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A file by its address."""

    semantic: str = ""
    media_type: str = "application/pdf"


@dataclass(frozen=True, slots=True)
class Group:
    """A collection."""

    members: Mapping[str, "Template"]
    semantic: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """A list of like elements."""

    of: "Template"
    semantic: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


Template = Prop | Words | Link | Group | Rows
KINDS = {
    Prop: "Property",
    Words: "MultiLanguageProperty",
    Link: "File",
    Group: "SubmodelElementCollection",
    Rows: "SubmodelElementList",
}


def reference(value: str) -> dict[str, Any]:
    """An external reference to a concept."""
    return {"type": "ExternalReference", "keys": [{"type": "GlobalReference", "value": value}]}


def elements(tree: Tree, members: Mapping[str, Template]) -> list[dict[str, Any]]:
    """The elements for what the tree has, in the order of the template."""
    return [element(tree[name], template, name) for name, template in members.items() if tree.get(name) is not None]


def element(value: Any, template: Template, name: str | None) -> dict[str, Any]:
    """One element; within a list it has no name."""
    made: dict[str, Any] = {"modelType": KINDS[type(template)]}
    if name is not None:
        made["idShort"] = name
    if template.semantic:
        made["semanticId"] = reference(template.semantic)
    return made | _content(value, template)


def _content(value: Any, template: Template) -> dict[str, Any]:
    match template:
        case Prop():
            return {"valueType": template.type, "value": _written(value, template.type)}
        case Words():
            said = value if isinstance(value, Mapping) else {"en": str(value)}
            return {"value": [{"language": language, "text": text} for language, text in said.items()]}
        case Link():
            return {"contentType": template.media_type, "value": str(value)}
        case Group():
            inner = elements(value, template.members)
            return {"value": inner} if inner else {}
        case Rows():
            rows = [element(one, template.of, None) for one in value]
            kind: dict[str, Any] = {"orderRelevant": True, "typeValueListElement": KINDS[type(template.of)]}
            if isinstance(template.of, Prop):
                kind["valueTypeListElement"] = template.of.type
            return kind | ({"value": rows} if rows else {})


def _written(value: Any, kind: str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if kind in ("xs:integer", "xs:unsignedInt", "xs:int"):
        return str(round(float(value)))
    return str(value)


def tree_of(found: Any) -> dict[str, Any]:
    """The plain tree of elements, whatever their order and semantic ids."""
    return {
        str(one["idShort"]): value_of(one)
        for one in found or ()
        if isinstance(one, Mapping) and one.get("idShort") and (value_of(one) is not None)
    }


def value_of(one: Mapping[str, Any]) -> Any:
    """The value of one element, in JSON's types."""
    value = one.get("value")
    match one.get("modelType"):
        case "SubmodelElementCollection":
            return tree_of(value)
        case "SubmodelElementList":
            return [value_of(row) for row in value or () if isinstance(row, Mapping)]
        case "MultiLanguageProperty":
            return {str(said["language"]): str(said["text"]) for said in value or ()}
        case "Property":
            return _read(value, str(one.get("valueType", "xs:string")))
        case _:
            return value


def _read(value: Any, kind: str) -> Any:
    if value is None:
        return None
    text = str(value).strip()
    if kind in ("xs:float", "xs:double", "xs:decimal"):
        number = float(text)
        return int(number) if number.is_integer() else number
    if kind in ("xs:integer", "xs:unsignedInt", "xs:int", "xs:long", "xs:positiveInteger", "xs:nonNegativeInteger"):
        return int(text)
    return text in ("true", "1") if kind == "xs:boolean" else text
