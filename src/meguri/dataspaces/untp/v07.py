"""UNTP 0.7.0: the credential's subject is the product itself, with performance claims."""

from collections.abc import Mapping
from typing import Any

from meguri.dataspaces.exchange.lens import Both, Field, Json, Member, at, put
from meguri.dataspaces.exchange.model import Incoming, Outgoing, Passport
from meguri.dataspaces.exchange.ways import DAY_ONE
from meguri.dataspaces.untp.common import (
    ACCUMULATORS,
    CPC,
    REGULATION,
    as_uri,
    envelope,
    from_uri,
    product_name,
    scheme,
)
from meguri.dataspaces.untp.v06 import LEVEL, MEASURED, measure

S = "credentialSubject"
TOPIC = "https://vocabulary.uncefact.org/ConformityTopic#"


def _claims_out(made: Json, out: Outgoing) -> None:
    product, issued = str(out.values.get("unique_product_identifier", "")), out.values.get("issued_at")
    claims = []
    for key, topic, name, unit in MEASURED:
        value = out.take(key, required=False)
        if value is not None and issued is not None:
            claims.append(
                {
                    "id": f"{product}#{key}",
                    "name": name,
                    "referenceCriteria": [{"id": REGULATION, "name": "Regulation (EU) 2023/1542"}],
                    "claimDate": str(issued)[:10],
                    "claimedPerformance": [
                        {
                            "metric": {"id": f"urn:meguri:dict:{key}", "name": name},
                            "measure": {"value": value, "unit": unit},
                        }
                    ],
                    "conformityTopic": [{"id": f"{TOPIC}{topic}", "name": topic}],
                }
            )
    if claims:
        put(made, f"{S}.performanceClaim", claims)


def _claims_back(document: Mapping[str, Any], into: Incoming) -> None:
    known = {key for key, *_ in MEASURED}
    for claim in at(document, f"{S}.performanceClaim") or ():
        key = str(claim["id"]).rpartition("#")[2]
        first = next(iter(claim.get("claimedPerformance") or ()), None)
        if key in known and first and "measure" in first:  # a score says nothing that the catalogue holds
            into.put(key, first["measure"]["value"])


def _place_out(made: Json, out: Outgoing) -> None:
    place = out.take("manufacturing_place") or {}
    plant = out.values.get("facility_id") or out.values.get("manufacturer_id")
    if place.get("country"):
        put(made, f"{S}.countryOfProduction", {"countryCode": place["country"]})
    if plant is None:
        out.missing["facility_id"] = None
        return
    name = ", ".join(str(place[part]) for part in ("street", "city", "country") if place.get(part)) or str(plant)
    put(made, f"{S}.producedAtFacility", {"id": as_uri(plant), "name": name})


def _place_back(document: Mapping[str, Any], into: Incoming) -> None:
    plant = at(document, f"{S}.producedAtFacility.id")
    into.put("facility_id", from_uri(plant) if plant else None)


def members(passport: Passport) -> list[Member]:
    """The mapping."""

    def head(made: Json, out: Outgoing) -> None:
        made.update(envelope("0.7.0", passport, out))
        name = product_name(out)
        made["name"] = f"Battery passport: {name}"
        put(made, f"{S}.type", ["Product"])
        put(made, f"{S}.name", name)
        scheme_id, scheme_name = scheme(out.values, passport)
        put(made, f"{S}.idScheme", {"id": scheme_id, "name": scheme_name})
        code, kind = ACCUMULATORS
        category = {"code": code, "name": kind, "schemeId": CPC, "schemeName": "UN CPC 2.1"}
        put(made, f"{S}.productCategory", [category])

    def head_back(document: Mapping[str, Any], into: Incoming) -> None:
        name = at(document, f"{S}.name")
        into.put("battery_model_name", {"en": name} if name else None)
        issued: Any = document.get("validFrom")
        into.put("issued_at", issued)

    return [
        Both(head, head_back),
        Field("unique_product_identifier", f"{S}.id"),
        Field("granularity", f"{S}.idGranularity", LEVEL),
        Field("battery_model_id", f"{S}.modelNumber", required=False),
        Field("batch_id", f"{S}.batchNumber", required=False),
        Field("serial_number", f"{S}.itemNumber", required=False),
        Field("manufacturing_date", f"{S}.productionDate", DAY_ONE, required=False),
        Both(_place_out, _place_back),
        Field("battery_mass", f"{S}.dimensions.weight", measure("KGM"), required=False),
        Field("pack_length", f"{S}.dimensions.length", measure("MMT"), required=False),
        Field("pack_width", f"{S}.dimensions.width", measure("MMT"), required=False),
        Field("pack_height", f"{S}.dimensions.height", measure("MMT"), required=False),
        Both(_claims_out, _claims_back),
    ]
