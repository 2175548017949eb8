"""The environment: one shell for the battery, one submodel per part; and the package (AASX) around it."""

import io
import zipfile
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

import msgspec

from meguri.dataspaces.aas.battery import mapping
from meguri.dataspaces.aas.battery.elements import elements, reference, tree_of
from meguri.dataspaces.aas.battery.templates import PARTS, Part
from meguri.dataspaces.exchange import lens
from meguri.dataspaces.exchange.lens import Member
from meguri.dataspaces.exchange.model import Incoming, Outgoing, Passport

_LENSES: dict[str, list[Member]] = {
    "BatteryNameplate": mapping.NAMEPLATE,
    "HandoverDocumentation": mapping.HANDOVER,
    "CarbonFootprint": mapping.CARBON,
    "TechnicalData": mapping.TECHNICAL,
    "ProductCondition": mapping.CONDITION,
}
_OTHERS: dict[str, tuple[Callable[[Outgoing], dict[str, Any]], Callable[[Mapping[str, Any], Incoming], None]]] = {
    "MaterialComposition": (mapping.materials_out, mapping.materials_back),
    "Circularity": (mapping.circularity_out, mapping.circularity_back),
}
_ALSO = {"Nameplate": "BatteryNameplate", "DigitalNameplate": "BatteryNameplate"}


def environment(out: Outgoing, passport: Passport) -> dict[str, Any]:
    """The AAS environment."""
    submodels = [_submodel(part, out, passport.passport_id) for part in PARTS]
    shell = {
        "modelType": "AssetAdministrationShell",
        "idShort": "BatteryPassport",
        "id": f"urn:uuid:{passport.passport_id}",
        "assetInformation": {
            "assetKind": "Instance",
            "globalAssetId": out.take("unique_product_identifier") or f"urn:uuid:{passport.passport_id}",
        },
        "submodels": [
            {"type": "ModelReference", "keys": [{"type": "Submodel", "value": one["id"]}]} for one in submodels
        ],
    }
    return {"assetAdministrationShells": [shell], "submodels": submodels}


def _submodel(part: Part, out: Outgoing, passport_id: UUID) -> dict[str, Any]:
    tree = _OTHERS[part.name][0](out) if part.name in _OTHERS else lens.write(_LENSES[part.name], out)
    version, _, revision = part.version.partition(".")
    made: dict[str, Any] = {
        "modelType": "Submodel",
        "kind": "Instance",
        "id": f"urn:meguri:submodel:{passport_id}:{part.name}",
        "idShort": part.name,
        "administration": {"version": version, "revision": revision.partition(".")[0] or "0"},
        "semanticId": reference(part.semantic),
    }
    found = elements(tree, part.members)
    return made | ({"submodelElements": found} if found else {})


def read(document: Any, into: Incoming) -> None:
    """The values within an environment. Submodels are known by idShort and children: their semantic ids are not their own."""
    if not isinstance(document, Mapping):
        into.warn("document: not an object")
        return
    for submodel in document.get("submodels") or ():
        name = _name_of(submodel)
        tree = _older(tree_of(submodel.get("submodelElements")))
        if name in _OTHERS:
            try:
                _OTHERS[name][1](tree, into)
            except (TypeError, ValueError, KeyError, AttributeError):
                into.warn(f"{name}: not as expected")
        elif name in _LENSES:
            lens.read(_LENSES[name], tree, into)
        else:
            into.warn(f"submodel: {submodel.get('idShort')}")


def _name_of(submodel: Mapping[str, Any]) -> str | None:
    said = str(submodel.get("idShort", ""))
    name = _ALSO.get(said, said)
    if name in _LENSES or name in _OTHERS:
        return name
    names = {str(one.get("idShort")) for one in submodel.get("submodelElements") or () if isinstance(one, Mapping)}
    return next((part.name for part in PARTS if names and names <= part.members.keys()), None)


def _older(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {mapping.OLDER_NAMES.get(name, name): _older(value) for name, value in tree.items()}
    return tree


RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="json" ContentType="application/json"/>'
    '<Override PartName="/aasx/aasx-origin" ContentType="text/plain"/></Types>'
)


def _relations(entries: Iterable[tuple[str, str]]) -> str:
    rows = "".join(
        f'<Relationship Type="{kind}" Target="{target}" Id="r{number}"/>'
        for number, (kind, target) in enumerate(entries, 1)
    )
    return f'<?xml version="1.0" encoding="utf-8"?><Relationships xmlns="{RELATIONS}">{rows}</Relationships>'


AASX = "http://admin-shell.io/aasx/relationships"


def package(document: Mapping[str, Any]) -> bytes:
    """The environment as an AASX package (IDTA-01005): the same bytes for the same environment."""
    parts = {
        "[Content_Types].xml": _TYPES.encode(),
        "_rels/.rels": _relations([(f"{AASX}/aasx-origin", "/aasx/aasx-origin")]).encode(),
        "aasx/aasx-origin": b"Intentionally empty.",
        "aasx/_rels/aasx-origin.rels": _relations([(f"{AASX}/aas-spec", "/aasx/data.json")]).encode(),
        "aasx/data.json": msgspec.json.encode(document),
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (2027, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


_MOST = 64 << 20


def unpacked(content: bytes) -> bytes | None:
    """The JSON of the environment within a package, None when there is none of a sensible size."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for info in archive.infolist():
                if info.filename.endswith(".json") and info.file_size <= _MOST:
                    return archive.read(info)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError):
        return None
    return None
