"""Checks of the metamodel (IDTA-01001 3.0) on an environment: what a reader of shells would stumble over."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from meguri.dataspaces.exchange.model import Fault

_ID_SHORT = re.compile(r"[a-zA-Z][a-zA-Z0-9_]*\Z")
_LANGUAGE = re.compile(r"[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8})*\Z")
_FORMS = {
    "xs:float": r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?|INF|-INF|NaN",
    "xs:double": r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?|INF|-INF|NaN",
    "xs:decimal": r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)",
    "xs:integer": r"[+-]?[0-9]+",
    "xs:unsignedInt": r"[+]?[0-9]+",
    "xs:boolean": "true|false|1|0",
    "xs:date": r"-?[0-9]{4,}-[0-9]{2}-[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})?",
    "xs:dateTime": r"-?[0-9]{4,}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?",
    "xs:string": r"[\s\S]*",
    "xs:anyURI": r"\S*",
}
_MODELS = frozenset(
    [
        "Property",
        "MultiLanguageProperty",
        "File",
        "Blob",
        "Range",
        "ReferenceElement",
        "RelationshipElement",
        "Entity",
        "Capability",
        "Operation",
        "AnnotatedRelationshipElement",
        "BasicEventElement",
        "SubmodelElementCollection",
        "SubmodelElementList",
    ]
)


def faults(document: Any) -> list[Fault]:
    """Every fault found."""
    if not isinstance(document, Mapping):
        return [Fault("/", "not an environment")]
    return [*_misshapen(document), *_environment(document)]


def _misshapen(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Lists of an environment that are none, and what stands in them without being an object."""
    for name in ("assetAdministrationShells", "submodels"):
        found = document.get(name)
        if found is not None and not isinstance(found, list):
            yield Fault(f"/{name}", "a list")
        for number, one in enumerate(_listed(found)):
            if not isinstance(one, Mapping):
                yield Fault(f"/{name}/{number}", "an object")


def _listed(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []


def _objects(found: Any) -> list[Mapping[str, Any]]:
    return [one for one in _listed(found) if isinstance(one, Mapping)]


def _environment(document: Mapping[str, Any]) -> Iterator[Fault]:
    shells, submodels = _objects(document.get("assetAdministrationShells")), _objects(document.get("submodels"))
    if not shells:
        yield Fault("/assetAdministrationShells", "at least one shell")
    for number, shell in enumerate(shells):
        said = shell.get("assetInformation")
        asset = said if isinstance(said, Mapping) else {}
        if not shell.get("id") or str(asset.get("assetKind")) not in ("Instance", "Type", "NotApplicable"):
            yield Fault(f"/assetAdministrationShells/{number}", "id and assetInformation.assetKind")
        if not asset.get("globalAssetId") and not asset.get("specificAssetIds"):
            yield Fault(f"/assetAdministrationShells/{number}/assetInformation", "AASd-131: an asset id")
    ids = [str(one.get("id")) for one in submodels]
    if len(set(ids)) < len(ids):
        yield Fault("/submodels", "an id stands twice")
    for number, submodel in enumerate(submodels):
        path = f"/submodels/{number}"
        if submodel.get("modelType") != "Submodel" or not submodel.get("id"):
            yield Fault(path, "modelType Submodel and an id")
        yield from _children(submodel.get("submodelElements"), f"{path}/submodelElements", named=True)
        if submodel.get("submodelElements") == []:
            yield Fault(f"{path}/submodelElements", "an empty list is left out")


def _children(found: Any, path: str, *, named: bool) -> Iterator[Fault]:
    names: set[str] = set()
    if found is not None and not isinstance(found, list):
        yield Fault(path, "a list")
    for number, one in enumerate(_listed(found)):
        here = f"{path}/{number}"
        if not isinstance(one, Mapping) or str(one.get("modelType")) not in _MODELS:
            yield Fault(here, "an unknown modelType")
            continue
        name = one.get("idShort")
        if not named and name is not None:
            yield Fault(here, "AASd-120: no idShort within a list")
        if named and (not isinstance(name, str) or not _ID_SHORT.match(name)):
            yield Fault(here, "AASd-117, AASd-002: an idShort of letters, digits and _")
        if named and str(name) in names:
            yield Fault(here, "AASd-022: idShort stands twice")
        names.add(str(name))
        yield from _element(one, here)


def _element(one: Mapping[str, Any], path: str) -> Iterator[Fault]:
    kind, value = str(one["modelType"]), one.get("value")
    if value == []:
        yield Fault(path, "an empty list is left out")
    if kind == "Property":
        form = _FORMS.get(str(one.get("valueType")))
        if form is None:
            yield Fault(path, "an unknown valueType")
        elif value is not None and not (isinstance(value, str) and re.fullmatch(form, value)):
            yield Fault(path, f"{value!r} is not of {one['valueType']}")
    elif kind == "MultiLanguageProperty":
        if value is not None and not isinstance(value, list):
            yield Fault(f"{path}/value", "a list")
        for said in _listed(value):
            told = said if isinstance(said, Mapping) else {}
            if not _LANGUAGE.match(str(told.get("language", ""))) or not told.get("text"):
                yield Fault(path, "a language and a text")
    elif kind == "File" and not one.get("contentType"):
        yield Fault(path, "a contentType")
    elif kind == "SubmodelElementCollection":
        yield from _children(value, f"{path}/value", named=True)
    elif kind == "SubmodelElementList":
        yield from _list(one, path)


def _list(one: Mapping[str, Any], path: str) -> Iterator[Fault]:
    kind = one.get("typeValueListElement")
    if kind is None:
        yield Fault(path, "typeValueListElement")
    if kind in ("Property", "Range") and not one.get("valueTypeListElement"):
        yield Fault(path, "AASd-109: valueTypeListElement")
    for number, child in enumerate(_listed(one.get("value"))):
        if isinstance(child, Mapping) and child.get("modelType") != kind:
            yield Fault(f"{path}/value/{number}", "AASd-108: of another kind than the list")
    yield from _children(one.get("value"), f"{path}/value", named=False)
