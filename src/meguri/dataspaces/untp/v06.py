"""UNTP 0.6.1 (and 0.6.0): a ProductPassport with scorecards."""

from collections.abc import Mapping
from typing import Any

from meguri.dataspaces.exchange.lens import Both, Field, Json, Member, Way, at, put
from meguri.dataspaces.exchange.model import Incoming, Outgoing, Passport
from meguri.dataspaces.exchange.ways import DAY_ONE, TEXT, codes, link_of, linked, sentence
from meguri.dataspaces.untp.common import (
    ACCUMULATORS,
    CPC,
    REGULATION,
    as_uri,
    envelope,
    from_uri,
    product_name,
    registered,
    scheme,
)

S, P = "credentialSubject", "credentialSubject.product"
LINK = Way(
    lambda one: {"linkURL": link_of(one), "linkName": sentence(one.get("title", "document"))} if link_of(one) else None,
    lambda found: linked(found["linkURL"], "dd_report", found.get("linkName")),
)
GUIDE = Way(LINK.out, lambda found: linked(found["linkURL"], "instructions", found.get("linkName")))
LEVEL = codes({"item": "item", "batch": "batch", "model": "model"})


def measure(unit: str) -> Way:
    """A number with its unit code (UN/ECE Recommendation 20)."""
    return Way(lambda value: {"value": value, "unit": unit}, lambda found: found["value"])


def _claims_out(version: str, made: Json, out: Outgoing) -> None:
    claims: list[dict[str, Any]] = []
    product = str(out.values.get("unique_product_identifier", ""))
    for key, topic, name, unit in MEASURED:
        value = out.take(key, required=False)
        if value is not None:
            claims.append(_claim(version, product, key, topic, name, unit, value))
    declaration = out.take("eu_declaration_of_conformity", required=False)
    if link_of(declaration):
        claim = _claim(version, product, "eu_declaration_of_conformity", "governance.compliance", "", "", None)
        evidence = {"linkURL": link_of(declaration), "linkName": sentence(declaration.get("title", "declaration"))}
        claims.append({**claim, "conformityEvidence": evidence})
    if claims:
        put(made, f"{S}.conformityClaim", claims)


MEASURED = (
    ("cf_total_per_fu", "environment.emissions", "Carbon footprint per functional unit", "KGM"),
    ("rated_capacity", "environment.energy", "Rated capacity", "AMH"),
    ("rated_energy", "environment.energy", "Rated energy", "KWH"),
    ("rte_initial", "environment.energy", "Initial round trip energy efficiency", "P1"),
    ("renewable_content", "circularity.content", "Renewable content", "P1"),
    ("recycled_total_nickel", "circularity.content", "Recycled nickel", "P1"),
    ("recycled_total_cobalt", "circularity.content", "Recycled cobalt", "P1"),
    ("recycled_total_lithium", "circularity.content", "Recycled lithium", "P1"),
    ("recycled_total_lead", "circularity.content", "Recycled lead", "P1"),
)


def _claim(version: str, product: str, key: str, topic: str, name: str, unit: str, value: Any) -> dict[str, Any]:
    claim: dict[str, Any] = {
        "type": ["Claim", "Declaration"],
        "id": f"{product}#{key}",
        "referenceRegulation": {
            "id": REGULATION,
            "name": "Regulation (EU) 2023/1542",
            "jurisdictionCountry": "EU",
            "administeredBy": {"id": "https://commission.europa.eu", "name": "European Commission"},
        },
        "conformityTopic": topic,
    }
    if version != "0.6.0":
        claim["conformance"] = True
    if value is not None:
        claim["declaredValue"] = [{"metricName": name, "metricValue": {"value": value, "unit": unit}}]
    return claim


def _claims_back(document: Mapping[str, Any], into: Incoming) -> None:
    known = {key for key, *_ in MEASURED}
    for claim in at(document, f"{S}.conformityClaim") or ():
        key = str(claim["id"]).rpartition("#")[2]
        first = next(iter(claim.get("declaredValue") or ()), None)
        evidence = claim.get("conformityEvidence")
        if key in known and first and "metricValue" in first:
            into.put(key, first["metricValue"]["value"])
        elif key == "eu_declaration_of_conformity" and evidence:
            into.put(key, linked(evidence["linkURL"], "eu_declaration", evidence.get("linkName")))


def _materials_out(made: Json, out: Outgoing) -> None:
    materials = [
        {
            "name": one["name"],
            "massFraction": round(float(one["mass_fraction_pct"]) / 100, 10),
            "hazardous": False,
        }
        for one in out.take("critical_raw_materials", required=False) or ()
    ]
    materials += [
        {
            "name": one["name"],
            "massFraction": round(float(one["concentration_pct"]) / 100, 10),
            "hazardous": True,
        }
        for one in out.take("hazardous_substances", required=False) or ()
    ]
    if materials:
        put(made, f"{S}.materialsProvenance", materials)


def _materials_back(document: Mapping[str, Any], into: Incoming) -> None:
    for one in at(document, f"{S}.materialsProvenance") or ():
        if not one.get("hazardous") and one.get("massFraction") is not None:
            share = round(float(one["massFraction"]) * 100, 8)
            into.values.setdefault("critical_raw_materials", []).append(
                {"name": one["name"], "mass_fraction_pct": share}
            )


def _facility_out(made: Json, out: Outgoing) -> None:
    plant, place = out.take("facility_id", required=False), out.take("manufacturing_place", required=False) or {}
    if plant is not None:
        name = ", ".join(str(place[part]) for part in ("street", "city", "country") if place.get(part)) or str(plant)
        put(made, f"{P}.producedAtFacility", {"id": as_uri(plant), "name": name})
    if place.get("country"):
        put(made, f"{P}.countryOfProduction", place["country"])


def _facility_back(document: Mapping[str, Any], into: Incoming) -> None:
    plant = at(document, f"{P}.producedAtFacility.id")
    into.put("facility_id", from_uri(plant) if plant else None)


def members(version: str, passport: Passport) -> list[Member]:
    """The mapping."""

    def head(made: Json, out: Outgoing) -> None:
        put(made, f"{S}.type", ["ProductPassport"])
        put(made, f"{S}.id", out.values.get("dpp_id") or f"urn:uuid:{passport.passport_id}")
        put(made, f"{P}.name", product_name(out))
        number = registered(out.values)
        if number:
            put(made, f"{P}.registeredId", number)
        scheme_id, scheme_name = scheme(out.values, passport)
        put(made, f"{P}.idScheme", {"id": scheme_id, "name": scheme_name})
        code, name = ACCUMULATORS
        category = {"id": f"{CPC}{code}", "code": code, "name": name, "schemeID": CPC, "schemeName": "UN CPC 2.1"}
        put(made, f"{P}.productCategory", [category])
        maker = out.take("manufacturer_id", required=False)
        if maker is not None:
            name = sentence(out.take("manufacturer_name", required=False) or maker)
            put(made, f"{P}.producedByParty", {"id": as_uri(maker), "name": name})

    def head_back(document: Mapping[str, Any], into: Incoming) -> None:
        maker = at(document, f"{P}.producedByParty")
        if maker:
            into.put("manufacturer_id", from_uri(maker["id"]))
            into.put("manufacturer_name", {"en": maker["name"]})
        number = str(at(document, f"{P}.registeredId") or "")
        if number.partition(".")[0].isdigit():
            into.put("gtin", number.partition(".")[0])

    return [
        Both(lambda made, out: made.update(envelope(version, passport, out)), lambda _document, _into: None),
        Field("granularity", f"{S}.granularityLevel", LEVEL, required=False),
        Field("unique_product_identifier", f"{P}.id"),
        Both(head, head_back),
        Field("battery_model_name", f"{P}.name", TEXT, required=False),
        Field("serial_number", f"{P}.serialNumber", required=False),
        Field("batch_id", f"{P}.batchNumber", required=False),
        Field("manufacturing_date", f"{P}.productionDate", DAY_ONE, required=False),
        Both(_facility_out, _facility_back),
        Field("battery_mass", f"{P}.dimensions.weight", measure("KGM"), required=False),
        Field("pack_length", f"{P}.dimensions.length", measure("MMT"), required=False),
        Field("pack_width", f"{P}.dimensions.width", measure("MMT"), required=False),
        Field("pack_height", f"{P}.dimensions.height", measure("MMT"), required=False),
        Field("second_life_eol_info", f"{S}.circularityScorecard.recyclingInformation", GUIDE, required=False),
        Field("dd_report", f"{S}.dueDiligenceDeclaration", LINK, required=False),
        Both(_materials_out, _materials_back),
        Both(lambda made, out: _claims_out(version, made, out), _claims_back),
    ]
