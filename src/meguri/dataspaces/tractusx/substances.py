"""Materials and sustainability of `battery_pass`."""

from collections.abc import Mapping
from typing import Any

from meguri.dataspaces.exchange.lens import Both, Field, Json, Member, at, put
from meguri.dataspaces.exchange.model import Incoming, Outgoing
from meguri.dataspaces.exchange.ways import linked
from meguri.dataspaces.tractusx.identity import partner
from meguri.dataspaces.tractusx.parts import PERCENT, docs, documents, in_unit, one_doc

PLACES = ("cathode_materials", "anode_materials", "electrolyte_materials", "other_materials")
METALS = ("nickel", "lithium", "cobalt", "lead")
ABSENT = "n/a"
STAGES = {
    "cf_total_per_fu": "total",
    "cf_raw_material": "raw material acquisition and pre-processing",
    "cf_production": "main product production",
    "cf_distribution": "distribution",
    "cf_eol": "end of life and recycling",
}


def _materials(out: Outgoing) -> list[Mapping[str, Any]]:
    return [one for key in PLACES for one in out.values.get(key) or ()]


def _named(out: Outgoing, metal: str) -> Mapping[str, Any] | None:
    return next((one for one in _materials(out) if metal in str(one["name"]).lower()), None)


def _active_out(made: Json, out: Outgoing) -> None:
    active: dict[str, Any] = {"other": []}
    for metal in METALS:
        share = out.take(f"recycled_total_{metal}")
        found = _named(out, metal) or {}
        active[metal] = {
            "location": found.get("component_name") or ABSENT,
            "recycled": share,
            "critical": bool(found.get("critical", False)),
            "documentation": [],
        }
    active["lead"] |= {"impactOfSubstances": [], "concentration": _heavy(out, "Pb")[0], "materialUnit": PERCENT}
    put(made, "materials.active", active)


def _active_back(document: Mapping[str, Any], into: Incoming) -> None:
    for metal in METALS:
        into.put(f"recycled_total_{metal}", at(document, f"materials.active.{metal}.recycled"))


def _heavy(out: Outgoing, metal: str) -> tuple[float, str]:
    found = next((one for one in out.values.get("heavy_metals") or () if one["metal"] == metal), None)
    return (found["concentration_pct"], found.get("location") or ABSENT) if found else (0, ABSENT)


def _hazards_out(made: Json, out: Outgoing) -> None:
    hazardous: dict[str, Any] = {}
    for name, metal in (("cadmium", "Cd"), ("mercury", "Hg"), ("lead", "Pb")):
        concentration, location = _heavy(out, metal)
        hazardous[name] = _hazard(concentration, location)
    hazardous["lead"]["recycled"] = out.values.get("recycled_total_lead", 0)
    hazardous["other"] = [
        _hazard(one["concentration_pct"], one.get("location") or ABSENT)
        | {"materialIdentification": [{"id": one["cas"], "type": "CAS", "name": one["name"]}]}
        for one in out.take("hazardous_substances") or ()
        if one.get("cas")
    ]
    out.lose("hazardous_substances", "hazard classes and H statements have no place")
    put(made, "materials.hazardous", hazardous)


def _hazard(concentration: float, location: str) -> dict[str, Any]:
    return {
        "concentration": concentration,
        "location": location,
        "materialUnit": PERCENT,
        "critical": False,
        "impactOfSubstances": [],
        "documentation": [],
    }


def _hazards_back(document: Mapping[str, Any], into: Incoming) -> None:
    found, heavy = at(document, "materials.hazardous") or {}, []
    for name, metal in (("mercury", "Hg"), ("cadmium", "Cd"), ("lead", "Pb")):
        one = found.get(name)
        if one is None or one["location"] == ABSENT:
            continue
        share = _share(one["concentration"], one["materialUnit"], f"materials.hazardous.{name}", into)
        if share is not None:
            heavy.append({"metal": metal, "concentration_pct": share, "location": one["location"]})
    into.put("heavy_metals", heavy or None)


def _share(value: Any, unit: Any, path: str, into: Incoming) -> float | int | None:
    """A concentration in per cent; another kind of unit is told, never taken for one."""
    share = in_unit(value, unit, PERCENT)
    if share is None:
        into.warn(f"{path}: {unit}")
    return share


def _composition_out(made: Json, out: Outgoing) -> None:
    renewable, mass = out.take("renewable_content"), out.values.get("battery_mass")
    entries = []
    for key in PLACES:
        for one in out.values.get(key) or ():
            entry = _entry(out, one, mass, renewable)
            if entry is None:
                out.lose(key, "an entry without CAS number, share or recycled share has no place")
            else:
                entries.append(entry)
    put(made, "materials.composition", entries)


def _entry(out: Outgoing, one: Mapping[str, Any], mass: Any, renewable: Any) -> dict[str, Any] | None:
    share = one.get("mass_fraction_pct")
    if share is None and one.get("mass_g") is not None and mass:
        share = round(one["mass_g"] / (10 * float(mass)), 6)
    metal = next((metal for metal in METALS if metal in str(one["name"]).lower()), None)
    recycled = one.get("recycled_pct", out.values.get(f"recycled_total_{metal}"))
    if not one.get("cas") or share is None or recycled is None:
        return None
    return {
        "id": [{"id": one["cas"], "type": "CAS", "name": one["name"]}],
        "concentration": share,
        "unit": PERCENT,
        "critical": bool(one.get("critical", False)),
        "documentation": [],
        "recycled": recycled,
        "location": one.get("component_name") or ABSENT,
        "renewable": renewable,
    }


def _composition_back(document: Mapping[str, Any], into: Incoming) -> None:
    for entry in at(document, "materials.composition") or ():
        into.put("renewable_content", entry.get("renewable"))
        if not entry["id"]:
            into.warn("materials.composition: a material without a name")
            continue
        place = str(entry["location"]).lower()
        key = next((key for key in PLACES[:3] if key.partition("_")[0] in place), "other_materials")
        material = {
            "name": entry["id"][0]["name"],
            "cas": entry["id"][0]["id"],
            "component_name": entry["location"],
            "mass_fraction_pct": _share(entry["concentration"], entry["unit"], "materials.composition", into),
            "critical": entry["critical"],
            "recycled_pct": entry["recycled"],
        }
        into.values.setdefault(key, []).append({name: each for name, each in material.items() if each is not None})


def _footprint_out(made: Json, out: Outgoing) -> None:
    study, plant = out.take("cf_study_url"), partner(out.values, "facility_id", "A")
    declaration = docs(out.take("cf_declaration", required=False))
    grade = out.take("cf_performance_class")
    found = []
    for key, stage in STAGES.items():
        value = out.take(key)
        if (
            isinstance(value, int | float) and value < 0
        ):  # a credit at the end of life: the format has no place below zero
            out.lose(key, "the format takes no negative footprint")
            continue
        found.append(
            {
                "value": value,
                "rulebook": docs(linked(study, "cf_study")) if study else [],
                "lifecycle": stage,
                "unit": "kg CO2 / kWh",
                "type": "Climate Change Total",
                "performanceClass": grade,
                "manufacturingPlant": [{"facility": plant}] if plant else [],
                "declaration": declaration,
            }
        )
    put(made, "sustainability.carbonFootprint", found)


def _footprint_back(document: Mapping[str, Any], into: Incoming) -> None:
    keys = {stage: key for key, stage in STAGES.items()}
    for entry in at(document, "sustainability.carbonFootprint") or ():
        stage = str(entry["lifecycle"]).strip()
        if stage not in keys:
            into.warn(f"sustainability.carbonFootprint: {stage}")
            continue
        into.put(keys[stage], entry["value"])
        into.put("cf_performance_class", entry.get("performanceClass"))
        into.put("cf_study_url", next((one["content"] for one in entry["rulebook"]), None))
        into.put("cf_declaration", next(iter(documents(entry["declaration"], "cf_declaration")), None))


SUBSTANCES: list[Member] = [
    Both(_active_out, _active_back),
    Both(_hazards_out, _hazards_back),
    Both(_composition_out, _composition_back),
    Both(_footprint_out, _footprint_back),
    Field("battery_status", "sustainability.status"),
    Field("separate_collection_info", "sustainability.documents.separateCollection", one_doc("instructions")),
    Field("waste_prevention_info", "sustainability.documents.wastePrevention", one_doc("instructions")),
]
