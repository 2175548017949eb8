"""Catalogue values in the plain trees of the seven submodels, and back."""

from collections.abc import Mapping
from typing import Any

from meguri.dataspaces.aas.battery.templates import CONDITION_NAMES, lower
from meguri.dataspaces.batterypass.composition import CIRCULARITY, MATERIALS
from meguri.dataspaces.batterypass.general import STATUS
from meguri.dataspaces.batterypass.performance import bare, event_of
from meguri.dataspaces.exchange import lens
from meguri.dataspaces.exchange.lens import Both, Field, Json, Member, Way, at, put
from meguri.dataspaces.exchange.model import Incoming, Outgoing
from meguri.dataspaces.exchange.ways import (
    DAY_ONE,
    QUANTITY,
    first_document,
    latest,
    link_of,
    linked,
    measured,
    number_of,
    sentence,
    whole,
)

ROUNDED = Way(lambda value: whole(number_of(value)), lambda value: value)
MAKER = Way(lambda value: dict(value) if isinstance(value, Mapping) else {"en": str(value)}, dict)
G, A = "GeneralInformation", "TechnicalPropertyAreas"
DOCUMENTS = {
    "eu_declaration_of_conformity": ("02-04", "Certificates, declarations"),
    "test_reports": ("02-03", "Test reports"),
    "safety_measures": ("03-04", "Safety"),
    "dismantling_information": ("03-05", "Inspection, maintenance, testing"),
    "waste_prevention_info": ("03-06", "Information on disposal"),
    "separate_collection_info": ("03-06", "Information on disposal"),
}


def _address_out(made: Json, out: Outgoing) -> None:
    found = out.take("manufacturer_address")
    if found is not None:
        parts = {"Street": "street", "Zipcode": "postal_code", "CityTown": "city", "NationalCode": "country"}
        made["AddressInformation"] = {
            theirs: {"en": str(found[ours])} for theirs, ours in parts.items() if found.get(ours)
        }


def _address_back(tree: Mapping[str, Any], into: Incoming) -> None:
    found = tree.get("AddressInformation")
    if found:
        parts = {"NationalCode": "country", "Zipcode": "postal_code", "CityTown": "city", "Street": "street"}
        said = {ours: sentence(found[theirs]) for theirs, ours in parts.items() if found.get(theirs)}
        into.put("manufacturer_address", said)


def _markings_out(made: Json, out: Outgoing) -> None:
    names = {"separate_collection_symbol": "Separate collection", "carbon_footprint_label": "Carbon footprint"}
    found = []
    for key, name in names.items():
        one = out.take(key, required=key == "separate_collection_symbol")
        if one is not None and link_of(one):
            found.append({"MarkingName": name, "MarkingFile": link_of(one)})
    found += [{"MarkingName": metal} for metal in out.values.get("symbols_cd_pb") or ()]
    made["Markings"] = found


def _markings_back(tree: Mapping[str, Any], into: Incoming) -> None:
    keys = {"Separate collection": "separate_collection_symbol", "Carbon footprint": "carbon_footprint_label"}
    metals = []
    for one in tree.get("Markings") or ():
        name = str(one["MarkingName"])
        if name in keys and one.get("MarkingFile"):
            into.put(keys[name], linked(one["MarkingFile"], "label", media_type="image/svg+xml"))
        elif name in ("Cd", "Pb"):
            metals.append(name)
    into.put("symbols_cd_pb", metals or None)


def _ids(documents: Any) -> list[str]:
    listed = documents if isinstance(documents, list) else [documents] if documents else []
    return [str(one["id"]) for one in listed]


def _proofs_out(made: Json, out: Outgoing) -> None:
    made["EUDeclarationOfConformity"] = _ids(out.take("eu_declaration_of_conformity"))
    made["ResultsOfTestReportsProvingCompliance"] = _ids(out.take("test_reports"))


NAMEPLATE: list[Member] = [
    Field("unique_product_identifier", "URIOfTheProduct"),
    Field("manufacturer_name", "ManufacturerName", MAKER),
    Both(_address_out, _address_back),
    Field("serial_number", "SerialNumber"),
    Field("manufacturing_date", "DateOfManufacture", DAY_ONE),
    Field("putting_into_service_date", "DateOfPuttingIntoService", DAY_ONE, required=False),
    Field("facility_id", "UniqueFacilityIdentifier"),
    Field("battery_status", "LifeCycleStage", STATUS),
    Field("economic_operator_id", "OperatorIdentifier", required=False),
    Field("manufacturer_id", "ManufacturerIdentifier"),
    Both(_markings_out, _markings_back),
    Both(_proofs_out, lambda _tree, _into: None),
]


def _documents_out(made: Json, out: Outgoing) -> None:
    found: list[dict[str, Any]] = []
    for key, (number, name) in DOCUMENTS.items():
        held = out.take(key, required=False)
        listed = held if isinstance(held, list) else [held] if held else []
        found += [_document(one, number, name, key) for one in listed if link_of(one)]
    made["Documents"] = found


def _document(one: Mapping[str, Any], number: str, name: str, key: str) -> dict[str, Any]:
    return {
        "DocumentIds": [{"DocumentDomainId": key, "DocumentIdentifier": one["id"], "DocumentIsPrimary": True}],
        "DocumentClassifications": [
            {"ClassId": number, "ClassName": {"en": name}, "ClassificationSystem": "VDI2770:2020"}
        ],
        "DocumentVersions": [
            {
                "Language": [one.get("language") or "en"],
                "Title": dict(one["title"]) if isinstance(one.get("title"), Mapping) else {"en": str(one["id"])},
                "DigitalFiles": [link_of(one)],
            }
        ],
    }


KINDS = {
    "eu_declaration_of_conformity": "eu_declaration",
    "test_reports": "test_report",
    "safety_measures": "safety",
    "dismantling_information": "dismantling_manual",
}
LISTS = frozenset({"test_reports", "safety_measures", "dismantling_information"})


def _first(one: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The first of a list of collections; an empty one where there is none."""
    return next(iter(one.get(name) or ()), {})


def _documents_back(tree: Mapping[str, Any], into: Incoming) -> None:
    for one in tree.get("Documents") or ():
        ids, version = _first(one, "DocumentIds"), _first(one, "DocumentVersions")
        key = str(ids.get("DocumentDomainId"))
        if key not in DOCUMENTS or not version.get("DigitalFiles") or not version.get("Language"):
            into.warn(f"Documents: {key}")
            continue
        found = linked(version["DigitalFiles"][0], KINDS.get(key, "instructions")) | {
            "id": ids["DocumentIdentifier"],
            "title": version["Title"],
            "language": version["Language"][0],
        }
        if key in LISTS:
            into.values.setdefault(key, []).append(found)
        else:
            into.put(key, found)


HANDOVER: list[Member] = [Both(_documents_out, _documents_back)]
PHASES = {
    "cf_total_per_fu": "total",
    "cf_raw_material": "raw material acquisition and pre-processing",
    "cf_production": "main product production",
    "cf_distribution": "distribution",
    "cf_eol": "end of life and recycling",
}


def _carbon_out(made: Json, out: Outgoing) -> None:
    grade, study = out.take("cf_performance_class"), out.take("cf_study_url")
    found = []
    for key, phase in PHASES.items():
        value = out.take(key)
        if value is not None:
            entry: dict[str, Any] = {
                "PcfCalculationMethods": ["(EU) 2023/1542"],
                "PcfCO2eq": value,
                "ReferenceImpactUnitForCalculation": "kWh",
                "QuantityOfMeasureForCalculation": 1.0,
                "LifeCyclePhases": [phase],
                "PerformanceClass": grade,
                "WebLinkToPublicCarbonFootprintStudy": [study] if study else [],
            }
            found.append(entry)
    made["ProductCarbonFootprints"] = found


def _carbon_back(tree: Mapping[str, Any], into: Incoming) -> None:
    keys = {phase: key for key, phase in PHASES.items()}
    for one in tree.get("ProductCarbonFootprints") or ():
        key = keys.get(str((one.get("LifeCyclePhases") or [""])[0]))
        if key is None:
            into.warn(f"ProductCarbonFootprints: {one.get('LifeCyclePhases')}")
            continue
        into.put(key, one["PcfCO2eq"])
        into.put("cf_performance_class", one.get("PerformanceClass"))
        into.put("cf_study_url", next(iter(one.get("WebLinkToPublicCarbonFootprintStudy") or ()), None))


CARBON: list[Member] = [Both(_carbon_out, _carbon_back)]


def _power_out(made: Json, out: Outgoing) -> None:
    points = out.take("original_power_capability") or ()
    rows = [{"atSoc": one["soc_pct"], "powerCapabilityAt": one["power_w"]} for one in points]
    put(made, f"{A}.PowerCapability.OriginalPowerCapability", rows)


def _power_back(tree: Mapping[str, Any], into: Incoming) -> None:
    rows = at(tree, f"{A}.PowerCapability.OriginalPowerCapability") or ()
    points = [{"soc_pct": one["atSoc"], "power_w": one["powerCapabilityAt"]} for one in rows]
    into.put("original_power_capability", points or None)


def _aged(key: str, path: str, *, required: bool = False) -> Both:
    """A measured value as a bare number, which has no moment here: it goes out and does not come back."""

    def out(made: Json, out: Outgoing) -> None:
        value = number_of(out.take(key, required))
        if value is not None:
            put(made, path, value)
            out.lose(key, "no place for the moment of measuring")

    return Both(out, lambda _tree, _into: None)


TECHNICAL: list[Member] = [
    Field("manufacturer_name", f"{G}.ManufacturerName", MAKER),
    Field("manufacturer_id", f"{G}.ManufacturerIdentifier"),
    Field("battery_category", f"{G}.BatteryCategory"),
    Field("battery_mass", f"{G}.BatteryMass"),
    Field("warranty_period", f"{G}.WarrantyInformation.WarrantyPeriod"),
    Field("nominal_voltage", f"{A}.CapacityEnergyVoltage.NominalVoltage", QUANTITY),
    Field("minimum_voltage", f"{A}.CapacityEnergyVoltage.MinVoltage", QUANTITY),
    Field("maximum_voltage", f"{A}.CapacityEnergyVoltage.MaxVoltage", QUANTITY),
    Field("rated_capacity", f"{A}.CapacityEnergyVoltage.RatedCapacity"),
    _aged("capacity_fade", f"{A}.CapacityEnergyVoltage.CapacityFade"),
    Field("certified_usable_energy", f"{A}.CapacityEnergyVoltage.CertifiedUsableBatteryEnergy", required=False),
    Field("rte_initial", f"{A}.RoundTripEnergyEfficiency.InitialRoundTripEnergyEfficiency", ROUNDED),
    Field("rte_half_life", f"{A}.RoundTripEnergyEfficiency.RoundTripEnergyEfficiencyAt50PercentOfCycleLife", ROUNDED),
    _aged("rte_fade", f"{A}.RoundTripEnergyEfficiency.EnergyRoundTripEfficiencyFade"),
    Field(
        "self_discharge_initial",
        f"{A}.RoundTripEnergyEfficiency.InitialSelfDischargingRate",
        ROUNDED,
        required=False,
    ),
    Field("resistance_cell_initial", f"{A}.Resistance.InitialInternalResistanceOnBatteryCellLevel"),
    Field("resistance_pack_initial", f"{A}.Resistance.InitialInternalResistanceOnBatteryPackLevel"),
    Field("resistance_module_initial", f"{A}.Resistance.InitialInternalResistanceOnBatteryModuleLevel", required=False),
    _aged("resistance_increase_cell", f"{A}.Resistance.InternalResistanceIncreaseOfBatteryCellLevel"),
    _aged("resistance_increase_pack", f"{A}.Resistance.InternalResistanceIncreaseOfBatteryPackLevel", required=True),
    Field("max_permitted_power", f"{A}.PowerCapability.MaximumPermittedBatteryPower", QUANTITY),
    _aged("power_fade", f"{A}.PowerCapability.PowerFade", required=True),
    Field("power_energy_ratio", f"{A}.PowerCapability.RatioNorminalBatteryPowerAndBatteryEnergy", required=False),
    Both(_power_out, _power_back),
    Field("idle_temp_min", f"{A}.Temperature.TemperatureRangeIdleState_LowerBoundary"),
    Field("idle_temp_max", f"{A}.Temperature.TemperatureRangeIdleState_UpperBoundary"),
    bare("expected_lifetime_years", f"{A}.Lifetime.ExpectedLifetimeInCalendarYears", rounded=True),
    Field("expected_cycles", f"{A}.Lifetime.ExpectedNumberOfCycles"),
    Field("capacity_threshold_exhaustion", f"{A}.Lifetime.CapacityThresholdExhaustion", required=False),
    Field("cycle_test_c_rate_charge", f"{A}.Lifetime.CRateOfRelevantCycleLifeTest"),
]
OLDER_NAMES = {
    "InitialInternalResistanceAtBatteryCellLevel": "InitialInternalResistanceOnBatteryCellLevel",
    "InitialInternalResistanceAtBatteryPackLevel": "InitialInternalResistanceOnBatteryPackLevel",
    "InitialInternalResistanceAtBatteryModuleLevel": "InitialInternalResistanceOnBatteryModuleLevel",
}
"""Names of TechnicalData 1.0 that later versions changed."""

REQUIRED_CONDITION = ("full_cycles", "state_of_charge")


def _condition_value(key: str, name: str) -> Both:
    def out(made: Json, out: Outgoing) -> None:
        value = out.take(key, required=key in REQUIRED_CONDITION)
        if value is not None:
            made[name] = {f"{name}Value": value["value"], "LastUpdate": value["measured_at"]}

    def back(tree: Mapping[str, Any], into: Incoming) -> None:
        found = tree.get(name)
        if found:
            into.put(key, measured(found[f"{name}Value"], found["LastUpdate"]))

    return Both(out, back)


TEMPERATURES = {
    "temperature_information": "MeasuredTemp",
    "time_above_temp": "TimeExtremeHighTemp",
    "time_below_temp": "TimeExtremeLowTemp",
    "time_charging_above_temp": "TimeExtremeHighTempCharging",
    "time_charging_below_temp": "TimeExtremeLowTempCharging",
}


def _temperature_out(made: Json, out: Outgoing) -> None:
    found = {key: out.take(key, required=key == "temperature_information") for key in TEMPERATURES}
    moment = latest(list(found.values()))
    if moment is not None:
        made["TemperatureInformation"] = {
            **{TEMPERATURES[key]: value["value"] for key, value in found.items() if value is not None},
            "LastUpdate": moment,
        }


def _temperature_back(tree: Mapping[str, Any], into: Incoming) -> None:
    found = tree.get("TemperatureInformation") or {}
    for key, name in TEMPERATURES.items():
        if name in found:
            into.put(key, measured(found[name], found["LastUpdate"]))


def _events_out(made: Json, out: Outgoing) -> None:
    events = out.take("negative_events", required=False) or ()
    made["NegativeEvents"] = [{"NegativeEventValue": one["type"], "LastUpdate": one["at"]} for one in events]


def _events_back(tree: Mapping[str, Any], into: Incoming) -> None:
    found = tree.get("NegativeEvents") or ()
    events = [
        event_of(number, str(one["NegativeEventValue"]), one["LastUpdate"]) for number, one in enumerate(found, 1)
    ]
    into.put("negative_events", events or None)


def _remaining_out(made: Json, out: Outgoing) -> None:
    value = out.take("remaining_power_capability", required=False)
    if value is not None:
        rows = [{"AtSoC": one["soc_pct"], "PowerCapabilityAt": one["power_w"]} for one in value["value"]]
        made["RemainingPowerCapability"] = {
            "RemainingPowerCapabilityDynamicAt": rows,
            "LastUpdate": value["measured_at"],
        }


def _remaining_back(tree: Mapping[str, Any], into: Incoming) -> None:
    found = tree.get("RemainingPowerCapability")
    if found:
        rows = found["RemainingPowerCapabilityDynamicAt"]
        points = [{"soc_pct": one["AtSoC"], "power_w": one["PowerCapabilityAt"]} for one in rows]
        into.put("remaining_power_capability", measured(points, found["LastUpdate"]))


CONDITION: list[Member] = [
    *(_condition_value(key, name) for key, name in CONDITION_NAMES.items()),
    Both(_events_out, _events_back),
    Field("accident_information", "InformationOnAccidents", first_document("evidence")),
    Both(_temperature_out, _temperature_back),
    Both(_remaining_out, _remaining_back),
]


def pascal(tree: Any) -> Any:
    """The same tree with names that begin with a capital."""
    if isinstance(tree, Mapping):
        return {name[0].upper() + name[1:]: pascal(value) for name, value in tree.items()}
    return [pascal(one) for one in tree] if isinstance(tree, list) else tree


def camel(tree: Any) -> Any:
    """And back."""
    if isinstance(tree, Mapping):
        return {lower(str(name)): camel(value) for name, value in tree.items()}
    return [camel(one) for one in tree] if isinstance(tree, list) else tree


def materials_out(out: Outgoing) -> dict[str, Any]:
    """Part 6: the BatteryPass aspect in other letters."""
    return dict(pascal(lens.write(MATERIALS, out)))


def materials_back(tree: Mapping[str, Any], into: Incoming) -> None:
    """The same, back."""
    lens.read(MATERIALS, camel(tree), into)


def circularity_out(out: Outgoing) -> dict[str, Any]:
    """Part 7: the BatteryPass aspect in other letters, with other names for suppliers, shares and agents."""
    tree = dict(pascal(lens.write(CIRCULARITY, out)))
    tree["RecycledContentInformation"] = tree.pop("RecycledContent", [])
    safety = tree.get("SafetyMeasures", {})
    if "ExtinguishingAgent" in safety:
        safety["ExtinguishingAgents"] = safety.pop("ExtinguishingAgent")
    for one in tree.get("SparePartSources", ()):
        address = one["AddressOfSupplier"]
        one["NameOfSupplier"] = {"en": one["NameOfSupplier"]}
        one["AddressOfSupplier"] = {
            "NationalCode": {"en": address["AddressCountry"]},
            "PostalCode": {"en": address["PostalCode"]},
            "Street": {"en": address["StreetAddress"]},
        }
        one["EmailAddressOfSupplier"] = {"EmailAddress": one["EmailAddressOfSupplier"]}
    return tree


def circularity_back(tree: Mapping[str, Any], into: Incoming) -> None:
    """The same, back."""
    plain: dict[str, Any] = camel(tree)
    plain["recycledContent"] = plain.pop("recycledContentInformation", [])
    safety = plain.get("safetyMeasures", {})
    if "extinguishingAgents" in safety:
        safety["extinguishingAgent"] = safety.pop("extinguishingAgents")
    for one in plain.get("sparePartSources", ()):
        address = one["addressOfSupplier"]
        one["nameOfSupplier"] = sentence(one["nameOfSupplier"])
        one["addressOfSupplier"] = {
            "addressCountry": sentence(address.get("nationalCode", "")),
            "postalCode": sentence(address.get("postalCode", "")),
            "streetAddress": sentence(address.get("street", "")),
        }
        one["emailAddressOfSupplier"] = one["emailAddressOfSupplier"]["emailAddress"]
    lens.read(CIRCULARITY, plain, into)
