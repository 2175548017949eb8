"""Aspects MaterialComposition and Circularity."""

from collections.abc import Mapping
from typing import Any

from meguri.dataspaces.batterypass.general import ADDRESS
from meguri.dataspaces.exchange.lens import Both, Field, Json, Member, put
from meguri.dataspaces.exchange.model import Incoming, Outgoing
from meguri.dataspaces.exchange.ways import document, first_document, link_of, linked, sentence

PLACES = {
    "cathode_materials": "cathode",
    "anode_materials": "anode",
    "electrolyte_materials": "electrolyte",
    "other_materials": "",
}
KNOWN_HAZARDS = ("AcuteToxicity", "SkinCorrosionOrIrritation", "EyeDamageOrIrritation")
METALS = {"cobalt": "Cobalt", "nickel": "Nickel", "lithium": "Lithium", "lead": "Lead"}
KINDS = {
    "bill_of_material": "BillOfMaterial",
    "model_3d": "Model3D",
    "dismantling_manual": "DismantlingManual",
    "removal_manual": "RemovalManual",
    "other_manual": "OtherManual",
    "drawing": "Drawing",
}


def _chemistry_out(made: Json, out: Outgoing) -> None:
    short = out.take("battery_chemistry")
    clear = out.take("battery_chemistry_text", required=False)
    if short is not None:
        made["batteryChemistry"] = {"shortName": short, "clearName": sentence(clear or short)}


def _chemistry_back(document: Mapping[str, Any], into: Incoming) -> None:
    chemistry = document.get("batteryChemistry")
    if chemistry is None:
        return
    short, clear = str(chemistry["shortName"]).strip(), str(chemistry["clearName"]).strip()
    into.put("battery_chemistry", short)
    if clear != short:
        into.put("battery_chemistry_text", {"en": clear})


def _materials_out(made: Json, out: Outgoing) -> None:
    found: list[dict[str, Any]] = []
    for key in PLACES:
        for material in out.take(key, required=key != "other_materials") or ():
            if not material.get("cas") or material.get("mass_g") is None:
                out.lose(key, "an entry without CAS number or mass has no place")
                continue
            found.append(
                {
                    "batteryMaterialLocation": _location(material),
                    "batteryMaterialIdentifier": material["cas"],
                    "batteryMaterialName": material["name"],
                    "batteryMaterialMass": material["mass_g"],
                    "isCriticalRawMaterial": bool(material.get("critical", False)),
                }
            )
    made["batteryMaterials"] = found


def _location(material: Mapping[str, Any]) -> dict[str, Any]:
    place = {"componentName": material.get("component_name") or "battery"}
    return place | ({"componentId": material["component_id"]} if material.get("component_id") else {})


def _materials_back(document: Mapping[str, Any], into: Incoming) -> None:
    for entry in document.get("batteryMaterials", ()):
        place = entry["batteryMaterialLocation"]
        name = str(place["componentName"])
        key = next((key for key, word in PLACES.items() if word and word in name.lower()), "other_materials")
        material = {
            "name": entry["batteryMaterialName"],
            "cas": entry["batteryMaterialIdentifier"],
            "component_name": name,
            "mass_g": entry["batteryMaterialMass"],
            "critical": entry["isCriticalRawMaterial"],
        }
        more = {"component_id": place["componentId"]} if "componentId" in place else {}
        into.values.setdefault(key, []).append(material | more)


def _hazards_out(made: Json, out: Outgoing) -> None:
    found: list[dict[str, Any]] = []
    for hazard in out.take("hazardous_substances") or ():
        known = [name for name in hazard.get("hazard_classes", ()) if name in KNOWN_HAZARDS]
        if len(known) < len(hazard.get("hazard_classes", ())):
            out.lose("hazardous_substances", "the form knows three hazard classes only")
        if not hazard.get("cas"):
            out.lose("hazardous_substances", "an entry without CAS number has no place")
            continue
        found += [_hazard(hazard, name) for name in known]
    made["hazardousSubstances"] = found


def _hazard(hazard: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {
        "hazardousSubstanceClass": name,
        "hazardousSubstanceName": hazard["name"],
        "hazardousSubstanceConcentration": hazard["concentration_pct"],
        "hazardousSubstanceImpact": list(hazard.get("impacts", ())),
        "hazardousSubstanceLocation": {"componentName": hazard.get("location") or "battery"},
        "hazardousSubstanceIdentifier": hazard["cas"],
    }


def _hazards_back(document: Mapping[str, Any], into: Incoming) -> None:
    if "hazardousSubstances" not in document:
        return
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for entry in document["hazardousSubstances"]:
        place = str(entry["hazardousSubstanceLocation"]["componentName"])
        name = (str(entry["hazardousSubstanceIdentifier"]), place)
        hazard = found.setdefault(
            name,
            {
                "name": entry["hazardousSubstanceName"],
                "cas": name[0],
                "hazard_classes": [],
                "concentration_pct": entry["hazardousSubstanceConcentration"],
                "location": place,
                "svhc": False,
                "impacts": list(entry["hazardousSubstanceImpact"]),
            },
        )
        hazard["hazard_classes"].append(str(entry["hazardousSubstanceClass"]).strip())
    into.put("hazardous_substances", list(found.values()))


MATERIALS: list[Member] = [
    Both(_chemistry_out, _chemistry_back),
    Both(_materials_out, _materials_back),
    Both(_hazards_out, _hazards_back),
]


def _dismantling_out(made: Json, out: Outgoing) -> None:
    made["dismantlingAndRemovalInformation"] = [
        {
            "documentType": KINDS.get(str(one.get("doc_type")), "OtherManual"),
            "mimeType": one.get("media_type") or "application/pdf",
            "documentURL": link_of(one),
        }
        for one in out.take("dismantling_information") or ()
        if link_of(one)
    ]


def _dismantling_back(document: Mapping[str, Any], into: Incoming) -> None:
    kinds = {theirs: ours for ours, theirs in KINDS.items()}
    found = [
        linked(one["documentURL"], kinds[str(one["documentType"]).strip()], media_type=one["mimeType"])
        for one in document.get("dismantlingAndRemovalInformation", ())
    ]
    into.put("dismantling_information", found or None)


def _suppliers_out(made: Json, out: Outgoing) -> None:
    parts = out.take("component_part_numbers") or []
    made["sparePartSources"] = [
        {
            "nameOfSupplier": one["name"],
            "addressOfSupplier": ADDRESS.out(one.get("address", {})),
            "emailAddressOfSupplier": one.get("email", ""),
            "supplierWebAddress": one.get("web", ""),
            "components": [
                {"partName": part["part_name"], "partNumber": part["part_number"]}
                for part in (one.get("parts") or parts)
                if isinstance(part, Mapping)
            ],
        }
        for one in out.take("spare_part_sources") or ()
    ]


def _suppliers_back(document: Mapping[str, Any], into: Incoming) -> None:
    suppliers: list[dict[str, Any]] = []
    parts: dict[str, Any] = {}
    for one in document.get("sparePartSources", ()):
        own = [{"part_name": c["partName"], "part_number": c["partNumber"]} for c in one["components"]]
        parts |= {part["part_number"]: part for part in own}
        suppliers.append(
            {
                "name": one["nameOfSupplier"],
                "address": ADDRESS.back(one["addressOfSupplier"]),
                "email": one["emailAddressOfSupplier"],
                "web": one["supplierWebAddress"],
                "parts": own,
            }
        )
    into.put("spare_part_sources", suppliers or None)
    into.put("component_part_numbers", list(parts.values()) or None)


def recycled_out(made: Json, out: Outgoing, name: str = "recycledContent") -> None:
    """The shares of recycled metals, one entry for each metal of which both are known."""
    entries = []
    for ours, theirs in METALS.items():
        before, after = (out.values.get(f"recycled_{when}_{ours}") for when in ("pre", "post"))
        if before is not None and after is not None:
            entries.append({"preConsumerShare": before, "recycledMaterial": theirs, "postConsumerShare": after})
    if not entries:
        out.take("recycled_pre_lithium")
        out.take("recycled_post_lithium")
    made[name] = entries


def recycled_back(entries: Any, into: Incoming) -> None:
    """The same, back."""
    ours = {theirs: key for key, theirs in METALS.items()}
    for entry in entries or ():
        metal = ours[str(entry["recycledMaterial"]).strip()]
        into.put(f"recycled_pre_{metal}", entry.get("preConsumerShare"))
        into.put(f"recycled_post_{metal}", entry.get("postConsumerShare"))


def _agents_out(made: Json, out: Outgoing) -> None:
    agents = out.take("extinguishing_agents")
    if agents:
        put(made, "safetyMeasures.extinguishingAgent", [sentence(one["agent"]) for one in agents])


def _agents_back(document: Mapping[str, Any], into: Incoming) -> None:
    agents = document.get("safetyMeasures", {}).get("extinguishingAgent")
    if agents:
        into.put("extinguishing_agents", [{"agent": {"en": one}, "fire_classes": []} for one in agents])


CIRCULARITY: list[Member] = [
    Both(_dismantling_out, _dismantling_back),
    Both(_suppliers_out, _suppliers_back),
    Both(recycled_out, lambda document, into: recycled_back(document.get("recycledContent"), into)),
    Field("safety_measures", "safetyMeasures.safetyInstructions", first_document("safety")),
    Both(_agents_out, _agents_back),
    Field("waste_prevention_info", "endOfLifeInformation.wastePrevention", document("instructions")),
    Field("separate_collection_info", "endOfLifeInformation.separateCollection", document("instructions")),
    Field("second_life_eol_info", "endOfLifeInformation.informationOnCollection", document("instructions")),
    Field("renewable_content", "renewableContent"),
]
