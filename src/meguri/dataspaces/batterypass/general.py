"""Aspects GeneralProductInformation, CarbonFootprintForBatteries, SupplyChainDueDiligence and Labeling."""

from collections.abc import Mapping
from typing import Any

from meguri.dataspaces.exchange.lens import Both, Field, Json, Member, Way, put
from meguri.dataspaces.exchange.model import Incoming, Outgoing, Passport
from meguri.dataspaces.exchange.ways import (
    G_MONTH,
    MONTH_START,
    TEXT,
    address_line,
    codes,
    document,
    first_document,
    link_of,
    linked,
    months_of,
    sentence,
)

STATUS = codes(
    {
        "original": "Original",
        "repurposed": "Repurposed",
        "re-used": "Reused",
        "remanufactured": "Remanufactured",
        "waste": "Waste",
    }
)


def _address_out(address: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "addressCountry": address.get("country", ""),
        "postalCode": address.get("postal_code", ""),
        "streetAddress": address_line(address),
    }


def _address_back(address: Mapping[str, Any]) -> dict[str, Any]:
    found = {
        "country": str(address["addressCountry"]).strip(),
        "postal_code": str(address["postalCode"]).strip(),
        "street": str(address["streetAddress"]).strip(),
    }
    return {name: value for name, value in found.items() if value}


ADDRESS = Way(_address_out, _address_back)


def general(passport: Passport) -> list[Member]:
    """GPI 1.2.0. The passport's own identifier becomes a URN of its UUID, for the form allows no other."""

    def identifier(made: Json, _: Outgoing) -> None:
        put(made, "batteryPassportIdentifier", f"urn:meguri:{passport.passport_id.hex}")

    return [
        Field("unique_product_identifier", "productIdentifier"),
        Both(identifier, lambda _document, _into: None),
        Field("battery_category", "batteryCategory", codes({c: c for c in ("lmt", "ev", "industrial", "stationary")})),
        Field("manufacturer_name", "manufacturerInformation.contactName", TEXT),
        Field("manufacturer_address", "manufacturerInformation.postalAddress", ADDRESS),
        Field("manufacturer_id", "manufacturerInformation.identifier"),
        Field("manufacturer_web", "manufacturerInformation.webAddress", required=False),
        Both(_email_out, lambda _document, _into: None),
        Both(_operator_out, _operator_back),
        Field("economic_operator_id", "operatorInformation.identifier"),
        Field("manufacturing_date", "manufacturingDate", MONTH_START),
        Field("putting_into_service_date", "puttingIntoService", MONTH_START),
        Field("battery_status", "batteryStatus", STATUS),
        Field("battery_mass", "batteryMass"),
        Field("manufacturing_place", "manufacturingPlace", ADDRESS),
        Both(_warranty_out, _warranty_back),
    ]


def _email_out(_: Json, out: Outgoing) -> None:
    if out.take("manufacturer_email", required=False) is not None:
        out.lose("manufacturer_email", "the form's pattern allows only w, dots and hyphens before the @")


def _operator_out(made: Json, out: Outgoing) -> None:
    operator = out.take("operator_information")
    if operator is None:
        return
    put(made, "operatorInformation.contactName", sentence(operator.get("name", "")))
    put(made, "operatorInformation.postalAddress", _address_out(operator.get("address", {})))
    if operator.get("web"):
        put(made, "operatorInformation.webAddress", operator["web"])
    if operator.get("email"):
        out.lose("operator_information", "the form's pattern allows only w, dots and hyphens before the @")


def _operator_back(document: Mapping[str, Any], into: Incoming) -> None:
    operator = document.get("operatorInformation")
    if operator is None:
        return
    found = {
        "name": {"en": operator["contactName"]},
        "id": operator["identifier"],
        "address": _address_back(operator["postalAddress"]),
    }
    into.put("operator_information", found | ({"web": operator["webAddress"]} if "webAddress" in operator else {}))


def _warranty_out(made: Json, out: Outgoing) -> None:
    period = out.take("warranty_period")
    if period is not None:
        put(made, "warrentyPeriod", G_MONTH.out(period))
        if months_of(period) > 12:
            out.lose("warranty_period", "the form holds a month of a year: 12 at most")


def _warranty_back(document: Mapping[str, Any], into: Incoming) -> None:
    if "warrentyPeriod" in document:
        into.put("warranty_period", G_MONTH.back(document["warrentyPeriod"]))


STAGES = {
    "cf_raw_material": "RawMaterialExtraction",
    "cf_production": "MainProduction",
    "cf_distribution": "Distribution",
    "cf_eol": "Recycling",
}


def _stages_out(made: Json, out: Outgoing) -> None:
    found = {theirs: out.take(ours) for ours, theirs in STAGES.items()}
    made["carbonFootprintPerLifecycleStage"] = [
        {"lifecycleStage": stage, "carbonFootprint": value} for stage, value in found.items() if value is not None
    ]


def _stages_back(document: Mapping[str, Any], into: Incoming) -> None:
    ours = {theirs: key for key, theirs in STAGES.items()}
    for entry in document.get("carbonFootprintPerLifecycleStage", ()):
        into.put(ours[str(entry["lifecycleStage"]).strip()], entry["carbonFootprint"])


CARBON: list[Member] = [
    Field("cf_total_per_fu", "batteryCarbonFootprint"),
    Both(_stages_out, _stages_back),
    Field("cf_performance_class", "carbonFootprintPerformanceClass"),
    Field("cf_study_url", "carbonFootprintStudy"),
    Field("cf_absolute", "absoluteCarbonFootprint", required=False),
]


def _index_out(made: Json, out: Outgoing) -> None:
    indices = out.take("dd_indices", required=False)
    if indices:
        made["supplyChainIndicies"] = indices[0]["value"]
        out.lose("dd_indices", "only the number of the first index has a place")


DILIGENCE: list[Member] = [
    Field("dd_report", "supplyChainDueDiligenceReport", document("dd_report")),
    Field("dd_assurances", "thirdPartyAussurances", first_document("certificate"), required=False),
    Both(_index_out, lambda _document, _into: None),
]

SUBJECTS = {"separate_collection_symbol": "SeparateCollection", "carbon_footprint_label": "CarbonFootPrint"}


def labels(passport: Passport) -> list[Member]:
    """Labeling 1.2.0."""

    def out(made: Json, out: Outgoing) -> None:
        meaning = out.take("labels_meaning")
        found: list[dict[str, Any]] = []
        for key, subject in SUBJECTS.items():
            url = link_of(out.take(key, required=key == "separate_collection_symbol"))
            if url:
                found.append({"labelingSymbol": url, "labelingMeaning": meaning or {}, "labelingSubject": subject})
        for symbol in out.take("symbols_cd_pb", required=False) or ():
            url = f"{passport.origin}/passport-symbols/{symbol.lower()}.svg"
            found.append(
                {"labelingSymbol": url, "labelingMeaning": meaning or {}, "labelingSubject": "HazardousMaterial"}
            )
        made["labels"] = found

    return [
        Field("eu_declaration_of_conformity", "declarationOfConformity", document("eu_declaration")),
        Field("test_reports", "resultOfTestReport", first_document("test_report")),
        Both(out, _labels_back),
    ]


def _labels_back(document: Mapping[str, Any], into: Incoming) -> None:
    keys = {subject: key for key, subject in SUBJECTS.items()}
    metals: list[str] = []
    for label in document.get("labels", ()):
        subject, url = str(label["labelingSubject"]).strip(), label["labelingSymbol"]
        into.put("labels_meaning", dict(label["labelingMeaning"]) or None)
        if subject in keys:
            into.put(keys[subject], linked(url, "label", media_type="image/svg+xml"))
        elif subject == "HazardousMaterial":
            metals += [metal for metal in ("Cd", "Pb") if metal.lower() in str(url).lower().rpartition("/")[2]]
    into.put("symbols_cd_pb", metals or None)
