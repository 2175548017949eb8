"""Submodel elements: how they are written, and what is left of them as metadata, value, reference and path.

An element is the JSON of the metamodel 3.0 (IDTA 01001-3): `modelType` on every element, no empty array, no null, and the children
of a list have no idShort (AASd-120).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from meguri.dataspaces.aas.faults import bad, missing
from meguri.dataspaces.aas.parameters import Reading

Element = dict[str, Any]
_VALUES = {
    "Property": ("value", "valueId"),
    "MultiLanguageProperty": ("value", "valueId"),
    "Range": ("min", "max"),
    "File": ("value",),
    "Blob": ("value",),
    "ReferenceElement": ("value",),
    "AnnotatedRelationshipElement": ("annotations",),
    "SubmodelElementCollection": ("value",),
    "SubmodelElementList": ("value",),
    "Entity": ("statements", "globalAssetId", "specificAssetIds"),
}
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
WITHOUT_VALUE = ("Capability", "Operation")


def reference(identifier: str) -> Element:
    """An external reference to an identifier."""
    return {"type": "ExternalReference", "keys": [{"type": "GlobalReference", "value": identifier}]}


def prop(name: str, value: Any, kind: str = "xs:string", semantic: str | None = None) -> Element:
    """A property; its value is text in the lexical form of its type."""
    made: Element = {"modelType": "Property", "idShort": name, "valueType": kind}
    if semantic:
        made["semanticId"] = reference(semantic)
    if value is not None:
        made["value"] = ("true" if value else "false") if isinstance(value, bool) else str(value)
    return made


def texts(name: str, **by_language: str) -> Element:
    """A text in several languages."""
    value = [{"language": language, "text": text} for language, text in by_language.items() if text]
    return {"modelType": "MultiLanguageProperty", "idShort": name, **({"value": value} if value else {})}


def collection(name: str, *children: Element | None, semantic: str | None = None) -> Element:
    """Named children together; None stands for one that is not told."""
    value = [child for child in children if child]
    made: Element = {"modelType": "SubmodelElementCollection", "idShort": name}
    if semantic:
        made["semanticId"] = reference(semantic)
    return {**made, "value": value} if value else made


def listed(name: str, kind: str, children: list[Element]) -> Element:
    """Children by number."""
    bare = [{key: value for key, value in child.items() if key != "idShort"} for child in children]
    made: Element = {"modelType": "SubmodelElementList", "idShort": name, "typeValueListElement": kind}
    return {**made, "value": bare} if bare else made


def submodel(identifier: str, name: str, semantic: str, children: list[Element]) -> Element:
    """A submodel."""
    made: Element = {"modelType": "Submodel", "id": identifier, "idShort": name, "semanticId": reference(semantic)}
    return {**made, "submodelElements": children} if children else made


def children(element: Element) -> list[Element]:
    """What stands directly within an element or submodel."""
    kind = element.get("modelType")
    if kind == "Submodel":
        return list(element.get("submodelElements", ()))
    if kind in ("SubmodelElementCollection", "SubmodelElementList"):
        return list(element.get("value", ()))
    return list(element.get("statements", ())) if kind == "Entity" else []


def _with_children(element: Element, inner: list[Element]) -> Element:
    name = {"Submodel": "submodelElements", "Entity": "statements"}.get(str(element.get("modelType")), "value")
    bare = {key: value for key, value in element.items() if key != name}
    return {**bare, name: inner} if inner else bare


def shown(element: Element, how: Reading, *, top: bool = True) -> Element:
    """The element as far as it is wanted: `core` is its direct children without their own, blobs only when asked for."""
    if element.get("modelType") == "Blob" and not how.blobs:
        element = {key: value for key, value in element.items() if key != "value"}
    inner = children(element)
    if not inner:
        return element
    if not how.deep and not top:
        return _with_children(element, [])
    return _with_children(element, [shown(child, how, top=False) for child in inner])


def found(whole: Element, path: str) -> Element:
    """The element at an idShortPath: names joined by dots, `[n]` for numbers. Raises Fault (404, 400)."""
    here = whole
    for name, number in list(_steps(path)):
        inner = children(here)
        if number is not None:
            if here.get("modelType") != "SubmodelElementList" or number >= len(inner):
                raise missing()
            here = inner[number]
            continue
        if here.get("modelType") == "SubmodelElementList":
            raise missing()
        here = next((child for child in inner if child.get("idShort") == name), {})
        if not here:
            raise missing()
    return here


def _steps(path: str) -> Iterator[tuple[str, int | None]]:
    at = 0
    for match in _STEP.finditer(path):
        between = path[at : match.start()]
        named = match[1] is not None
        if (
            between not in (("", ".") if at == 0 or named else ("",))
            or (at == 0 and between)
            or (at and named and between != ".")
        ):
            raise bad("The path is not an idShortPath")
        yield match[1] or "", None if named else int(match[2])
        at = match.end()
    if at != len(path) or not path:
        raise bad("The path is not an idShortPath")


def metadata(element: Element) -> Element:
    """The element without its value. Raises Fault (400) for capabilities and operations."""
    kind = str(element.get("modelType"))
    if kind in WITHOUT_VALUE:
        raise bad(f"{kind} has no metadata representation")
    dropped = ("submodelElements",) if kind == "Submodel" else _VALUES.get(kind, ())
    if kind == "Entity" and element.get("entityType") == "SelfManagedEntity":
        dropped = ("statements",)  # AASd-014: a self-managed entity says which asset it is, in every representation
    return {key: value for key, value in element.items() if key not in dropped}


def value(element: Element, how: Reading, *, top: bool = True) -> Any:
    """The value alone. Raises Fault (400) for capabilities and operations."""
    kind = str(element.get("modelType"))
    if kind in WITHOUT_VALUE:
        raise bad(f"{kind} has no value representation")
    if kind == "Property":
        return _scalar(element)
    if kind == "MultiLanguageProperty":
        return [{one["language"]: one["text"]} for one in element.get("value", ())]
    if kind == "Range":
        typed = str(element.get("valueType", ""))
        return {
            side: _scalar({"valueType": typed, "value": element.get(side)})
            for side in ("min", "max")
            if side in element
        }
    if kind in ("File", "Blob"):
        hidden = kind == "Blob" and not how.blobs
        return {
            key: element[key] for key in ("contentType", "value") if key in element and not (hidden and key == "value")
        }
    if kind == "ReferenceElement":
        return element.get("value", {})
    if kind in ("RelationshipElement", "AnnotatedRelationshipElement"):
        made = {"first": element.get("first"), "second": element.get("second")}
        notes = {
            one["idShort"]: value(one, how, top=False) for one in element.get("annotations", ()) if "idShort" in one
        }
        return {**made, "annotations": [{name: each} for name, each in notes.items()]} if notes else made
    if kind == "BasicEventElement":
        return {"observed": element.get("observed")}
    return _nested(element, how, kind, top=top)


def _nested(element: Element, how: Reading, kind: str, *, top: bool) -> Any:
    inner = [child for child in children(element) if child.get("modelType") not in WITHOUT_VALUE]
    if not how.deep and not top:
        inner = []
    if kind == "SubmodelElementList":
        return [value(child, how, top=False) for child in inner]
    named = {str(child.get("idShort")): value(child, how, top=False) for child in inner}
    if kind == "Entity":
        more = {key: element[key] for key in ("entityType", "globalAssetId") if key in element}
        return {**({"statements": named} if named else {}), **more}
    return named


def _scalar(element: Mapping[str, Any]) -> Any:
    text, kind = element.get("value"), str(element.get("valueType", ""))
    if text is None:
        return None
    if kind == "xs:boolean":
        return text in ("true", "1")
    if kind in _WHOLE:
        return int(text)
    if kind in ("xs:double", "xs:float", "xs:decimal"):
        return float(text)
    return text


_WHOLE = {f"xs:{name}" for name in ("int", "integer", "long", "short", "byte", "unsignedInt", "unsignedLong", "unsignedShort",
                                    "unsignedByte", "nonNegativeInteger", "positiveInteger", "nonPositiveInteger",
                                    "negativeInteger")}  # fmt: skip


def paths(element: Element, how: Reading, at: str = "", *, top: bool = True) -> list[str]:
    """The idShortPaths of the element and of what is in it. Raises Fault (400) for what has no children."""
    kind = element.get("modelType")
    if top and kind not in ("Submodel", "SubmodelElementCollection", "SubmodelElementList", "Entity"):
        raise bad("Only submodels, collections, lists and entities have paths")
    here = at or str(element.get("idShort", ""))
    made = [] if kind == "Submodel" else [here]
    if not how.deep and not top:
        return made
    for number, child in enumerate(children(element)):
        if kind == "SubmodelElementList":
            place = f"{here}[{number}]"
        else:
            place = str(child.get("idShort")) if kind == "Submodel" else f"{here}.{child.get('idShort')}"
        made += paths(child, how, place, top=False)
    return made


def model_reference(whole: Element, path: str = "") -> Element:
    """The reference to a submodel, or to the element at a path within it."""
    keys = [{"type": "Submodel", "value": whole["id"]}]
    here = whole
    for name, number in _steps(path) if path else ():
        step = name if number is None else f"[{number}]"
        here = children(here)[number] if number is not None else found(here, name)
        keys.append({"type": str(here["modelType"]), "value": step.strip("[]")})
    return {"type": "ModelReference", "keys": keys}
