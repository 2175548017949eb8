"""Identification, operation, characteristics, metadata, commercial and handling of `battery_pass`."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from meguri.dataspaces.exchange.lens import Both, Field, Json, Member, Way, at, put
from meguri.dataspaces.exchange.model import Incoming, Outgoing, Passport
from meguri.dataspaces.exchange.ways import DAY_ONE, TEXT, codes, months_of, number_of, whole
from meguri.dataspaces.tractusx.parts import length, no_way_back
from meguri.passport.identifiers.operators import is_business_partner

NOBODY = "urn:uuid:00000000-0000-0000-0000-000000000000"
MILLIMETRE = "unit:millimetre"
CATEGORY = Way(
    lambda value: {"ev": "EV", "lmt": "LMT", "industrial": "industrial", "stationary": "industrial"}.get(value),
    lambda value: {"EV": "ev", "LMT": "lmt", "industrial": "industrial"}[str(value).strip()],
)
CARRIER = codes({"qr": "QR", "datamatrix": "DataMatrix", "nfc": "NFC", "rain_rfid": "RAIN RFID"})
STATES = {"Draft": "draft", "Active": "approved", "Inactive": "expired", "Archived": "expired", "Invalid": "invalid"}
SHARED: list[Member] = [
    Field("battery_category", "identification.category", CATEGORY),
    Field("unique_product_identifier", "identification.idDmc"),
    Field("battery_chemistry", "identification.chemistry"),
    Field("battery_model_id", "identification.identification.type.manufacturerPartId"),
    Field("battery_model_name", "identification.identification.type.nameAtManufacturer", TEXT),
    Field("data_carrier_type", "identification.identification.dataCarrier.carrierType", CARRIER),
    Field("data_carrier_placement", "identification.identification.dataCarrier.carrierLayout"),
    Field("putting_into_service_date", "operation.intoServiceDate", DAY_ONE, required=False),
    Field("manufacturing_date", "operation.manufacturer.manufacturingDate", DAY_ONE),
    length("battery_mass", "characteristics.physicalDimension.weight", "unit:kilogram"),
    length("pack_length", "characteristics.physicalDimension.length", MILLIMETRE, required=False),
    length("pack_width", "characteristics.physicalDimension.width", MILLIMETRE, required=False),
    length("pack_height", "characteristics.physicalDimension.height", MILLIMETRE, required=False),
    Field("placed_on_market_date", "commercial.placedOnMarket"),
    Field("intended_applications", "commercial.purpose", Way(list, lambda found: list(found) or None)),
    Field("backup_url", "metadata.backupReference"),
    Field("registration_id", "metadata.registrationIdentifier", required=False),
]


def partner(values: Mapping[str, Any], key: str, kind: str = "L") -> str | None:
    """The Business Partner Number of a company: the identifier itself, or what the operator's record says."""
    said = values.get(key)
    operator = values.get("operator_information") or {}
    candidates = [said, operator.get("bpnl") if said is None or said == operator.get("id") else None]
    return next((str(one) for one in candidates if one and is_business_partner(str(one), kind)), None)


def _numbers_out(made: Json, out: Outgoing) -> None:
    inner = made.setdefault("identification", {}).setdefault("identification", {})
    for ours, theirs, name in (("serial_number", "partInstanceId", "serial"), ("batch_id", "batchId", "batch")):
        value = out.take(ours, required=False)
        if value is not None:
            inner[name] = [{"key": theirs, "value": value}]
    found = (("GTIN", out.take("gtin", required=False)), ("TARIC", out.take("commodity_code", required=False)))
    inner["codes"] = [{"key": key, "value": value} for key, value in found if value is not None]
    inner["classification"] = []


def _numbers_back(document: Mapping[str, Any], into: Incoming) -> None:
    inner = at(document, "identification.identification") or {}
    keys = {
        ("serial", "partInstanceId"): "serial_number",
        ("batch", "batchId"): "batch_id",
        ("codes", "GTIN"): "gtin",
        ("codes", "TARIC"): "commodity_code",
    }
    for (name, theirs), ours in keys.items():
        values = [one["value"] for one in inner.get(name, ()) if str(one["key"]).strip() == theirs]
        if values:
            into.put(ours, str(values[0]).replace(" ", ""))


def _companies_out(made: Json, out: Outgoing) -> None:
    maker, operator = partner(out.values, "manufacturer_id"), partner(out.values, "economic_operator_id")
    plant = partner(out.values, "facility_id", "A")
    for key, found in (("manufacturer_id", maker), ("economic_operator_id", operator), ("facility_id", plant)):
        if found is None:
            out.missing[f"bpn:{key}"] = None
    put(made, "operation.manufacturer.manufacturer", maker)
    put(made, "operation.manufacturer.facility", [{"facility": plant}] if plant else [])
    put(made, "metadata.economicOperatorId", operator)


def _companies_back(document: Mapping[str, Any], into: Incoming) -> None:
    into.put("manufacturer_id", at(document, "operation.manufacturer.manufacturer"))
    into.put("economic_operator_id", at(document, "metadata.economicOperatorId"))
    plants = at(document, "operation.manufacturer.facility") or ()
    if plants:
        into.put("facility_id", plants[0]["facility"])


def _warranty_out(made: Json, out: Outgoing) -> None:
    period = out.take("warranty_period")
    if period is not None:
        put(made, "characteristics.warranty", {"lifeValue": months_of(period), "lifeUnit": "unit:month"})


def _warranty_back(document: Mapping[str, Any], into: Incoming) -> None:
    found = at(document, "characteristics.warranty")
    sign = {"unit:month": "M", "unit:year": "Y", "unit:day": "D"}.get(str((found or {}).get("lifeUnit", "")).strip())
    if found and sign:
        into.put("warranty_period", f"P{int(found['lifeValue'])}{sign}")
    elif found:
        into.warn(f"characteristics.warranty: {found['lifeUnit']}")


def _handling_out(made: Json, out: Outgoing) -> None:
    sources = out.take("spare_part_sources", required=False) or []
    parts = out.take("component_part_numbers", required=False) or []
    producers = []
    for one in sources:
        if is_business_partner(str(one.get("bpnl", "")), "L"):
            producers.append({"id": one["bpnl"]})
        else:
            out.missing["bpn:spare_part_sources"] = None
    made["handling"] = {
        "applicable": bool(sources),
        "content": {
            "producer": producers,
            "sparePart": [
                {"manufacturerPartId": part["part_number"], "nameAtManufacturer": part["part_name"]} for part in parts
            ],
        },
    }


def _handling_back(document: Mapping[str, Any], into: Incoming) -> None:
    parts = [
        {"part_name": part["nameAtManufacturer"], "part_number": part["manufacturerPartId"]}
        for part in at(document, "handling.content.sparePart") or ()
    ]
    into.put("component_part_numbers", parts or None)


def identity(passport: Passport) -> list[Member]:
    """All of them."""

    def metadata(made: Json, out: Outgoing) -> None:
        version, state = out.take("version_no"), out.take("dpp_status")
        issued = out.take("issued_at")
        held = made.setdefault("metadata", {})
        held["version"] = str(version)
        held["status"] = STATES.get(str(state), "draft")
        held["issueDate"] = str(issued)[:10]
        held["passportIdentifier"] = f"urn:uuid:{passport.passport_id}"
        held["predecessor"] = _predecessor(out)
        end = _expiry(out)
        if end:
            held["expirationDate"] = end

    return [
        *SHARED,
        Both(_numbers_out, _numbers_back),
        Both(_companies_out, _companies_back),
        Both(_warranty_out, _warranty_back),
        Both(_handling_out, _handling_back),
        Both(metadata, no_way_back),
    ]


def _predecessor(out: Outgoing) -> str:
    before = out.values.get("predecessors") or []
    if not before:
        return NOBODY
    out.lose("predecessors", "the format holds one predecessor, as a UUID")
    first = str(before[0]["dpp_id"])
    return first if first.startswith("urn:uuid:") else f"urn:uuid:{uuid5(NAMESPACE_URL, first)}"


def _expiry(out: Outgoing) -> str | None:
    made, years = out.take("manufacturing_date"), number_of(out.take("expected_lifetime_years"))
    if made is None or years is None:
        return None
    return date(int(str(made)[:4]) + whole(years), int(str(made)[5:7]), 1).isoformat()
