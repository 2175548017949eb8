"""What a ProductFootprint of PACT 3 must look like, what it should hold besides, and what it adds up to."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from meguri.dataspaces.pact.checks import (
    MOMENT,
    TRUTH,
    URI,
    URN,
    UUID_TEXT,
    Check,
    Fault,
    decimal_of,
    list_of,
    number,
    one_of,
    pattern,
    record,
    text,
)
from meguri.dataspaces.pact.validity import moment, plus_years
from meguri.dataspaces.pact.words import REGIONS, UNITS
from meguri.footprint.calculation.carbon import CarbonParts, sums_differ

GEOGRAPHIES = ("geographyRegionOrSubregion", "geographyCountry", "geographyCountrySubdivision")
CCS = ("ccsTechnologicalCO2Capture", "technologicalCO2Removals", "technologicalCO2CaptureOrigin")
PARTS = {
    "fossil": "fossilGhgEmissions",
    "land_use_change": "landUseChangeGhgEmissions",
    "land_management_emissions": "landManagementBiogenicCO2Emissions",
    "land_management_removals": "landManagementBiogenicCO2Removals",
    "technological_removals": "technologicalCO2Removals",
    "ccs_capture": "ccsTechnologicalCO2Capture",
    "biogenic_non_co2": "biogenicNonCO2Emissions",
    "biogenic_uptake": "biogenicCO2Uptake",
    "aircraft": "aircraftGhgEmissions",
}
_POSITIVE = (
    "fossilGhgEmissions",
    "fossilCarbonContent",
    "biogenicCarbonContent",
    "recycledCarbonContent",
    "landUseChangeGhgEmissions",
    "biogenicNonCO2Emissions",
    "landManagementFossilGhgEmissions",
    "landManagementBiogenicCO2Emissions",
    "landCarbonLeakage",
    "aircraftGhgEmissions",
    "packagingBiogenicCarbonContent",
    "landAreaOccupation",
    "packagingGhgEmissions",
    "outboundLogisticsGhgEmissions",
    "ccuCarbonContent",
)
_NEGATIVE = (
    "landManagementBiogenicCO2Removals",
    "biogenicCO2Uptake",
    "ccsTechnologicalCO2Capture",
    "technologicalCO2Removals",
)
_SCORE = number("", 1, 5)
_PCF: dict[str, Check] = {
    "declaredUnitOfMeasurement": one_of(UNITS),
    "declaredUnitAmount": number("> 0"),
    "productMassPerDeclaredUnit": number("≥ 0"),
    "referencePeriodStart": MOMENT,
    "referencePeriodEnd": MOMENT,
    "geographyRegionOrSubregion": one_of(REGIONS),
    "geographyCountry": pattern("[A-Z]{2}", "two capital letters (ISO 3166-1)"),
    "geographyCountrySubdivision": pattern("[A-Z]{2}-[A-Z0-9]{1,3}", "a code of ISO 3166-2"),
    "boundaryProcessesDescription": text(),
    "allocationRulesDescription": text(),
    "pcfExcludingBiogenicUptake": number(),
    "pcfIncludingBiogenicUptake": number(),
    **{name: number("≥ 0") for name in _POSITIVE},
    **{name: number("≤ 0") for name in _NEGATIVE},
    "packagingEmissionsIncluded": TRUTH,
    "ccsTechnologicalCO2CaptureIncluded": TRUTH,
    "technologicalCO2CaptureOrigin": text(),
    "ccuCalculationApproach": one_of(("Cut-off", "Credit")),
    "ccuCreditCertification": URI,
    "ipccCharacterizationFactors": list_of(pattern(r"AR\d+", "an assessment report such as AR6")),
    "crossSectoralStandards": list_of(text(1)),
    "productOrSectorSpecificRules": list_of(
        record(
            {
                "operator": one_of(("PEF", "EPD International", "Other")),
                "ruleNames": list_of(text(1)),
                "otherOperatorName": text(1),
            },
            ("operator", "ruleNames"),
        ),
        unique=False,
    ),
    "exemptedEmissionsPercent": number(),
    "exemptedEmissionsDescription": text(),
    "secondaryEmissionFactorSources": list_of(
        record({"name": text(1), "version": text(1)}, ("name", "version")), unique=False
    ),
    "primaryDataShare": number("", 0, 100),
    "dqi": record(
        dict.fromkeys(("technologicalDQR", "geographicalDQR", "temporalDQR"), _SCORE),
        ("technologicalDQR", "geographicalDQR", "temporalDQR"),
    ),
    "verification": record(
        {
            "coverage": one_of(("PCF calculation model", "PCF program", "product level")),
            "providerName": text(),
            "completedAt": MOMENT,
            "standardName": text(),
            "comments": text(),
        },
        (),
    ),
}
_PCF_NEEDS = (
    "declaredUnitOfMeasurement",
    "declaredUnitAmount",
    "productMassPerDeclaredUnit",
    "referencePeriodStart",
    "referencePeriodEnd",
    "pcfExcludingBiogenicUptake",
    "pcfIncludingBiogenicUptake",
    "fossilGhgEmissions",
    "fossilCarbonContent",
    "ipccCharacterizationFactors",
    "crossSectoralStandards",
    "exemptedEmissionsPercent",
)
_EXTENSION = record(
    {"specVersion": text(1), "dataSchema": URI, "documentation": URI, "data": record({}, ())},
    ("specVersion", "dataSchema", "data"),
)
_WHOLE = record(
    {
        "id": UUID_TEXT,
        "specVersion": pattern(r"\d+\.\d+\.\d+(-\d{8})?", "a version such as 3.0.3"),
        "precedingPfIds": list_of(UUID_TEXT),
        "created": MOMENT,
        "status": one_of(("Active", "Deprecated")),
        "validityPeriodStart": MOMENT,
        "validityPeriodEnd": MOMENT,
        "companyName": text(1),
        "companyIds": list_of(URN),
        "productIds": list_of(URN),
        "productDescription": text(),
        "productClassifications": list_of(URN),
        "productNameCompany": text(1),
        "comment": text(),
        "pcf": record(_PCF, _PCF_NEEDS),
        "extensions": list_of(_EXTENSION, least=0, unique=False),
    },
    (
        "id",
        "specVersion",
        "created",
        "status",
        "companyName",
        "companyIds",
        "productDescription",
        "productIds",
        "productNameCompany",
        "pcf",
    ),
)
_ADVICE = (
    "primaryDataShare",
    "packagingEmissionsIncluded",
    "ccsTechnologicalCO2CaptureIncluded",
)


def faults_of(footprint: Any, at: str = "") -> list[Fault]:
    """Everything that breaks the contract, not only the first; empty if it may be exchanged."""
    faults = _WHOLE(at, footprint)
    if not isinstance(footprint, Mapping) or not isinstance(footprint.get("pcf"), Mapping):
        return faults
    pcf = footprint["pcf"]
    faults += _exclusions(pcf, f"{at}/pcf")
    return faults + _periods(footprint, pcf, at)


def without_nulls(value: Any) -> Any:
    """As it may be sent: null is absent, at every depth."""
    if isinstance(value, Mapping):
        return {name: without_nulls(each) for name, each in value.items() if each is not None}
    return [without_nulls(each) for each in value] if isinstance(value, list) else value


def parts_of(footprint: Mapping[str, Any]) -> CarbonParts:
    """The parts of a valid footprint, for its whole declared amount."""
    pcf = footprint["pcf"]
    return CarbonParts(**{ours: decimal_of(pcf.get(name) or "0") or Decimal(0) for ours, name in PARTS.items()})


def warnings_of(footprint: Mapping[str, Any]) -> list[str]:
    """What a reader of a received valid footprint should know: `pcf_sum_mismatch`."""
    pcf, parts = footprint["pcf"], parts_of(footprint)
    stated = [decimal_of(pcf[name]) or Decimal(0) for name in _TOTALS]
    computed = [parts.excluding_uptake, parts.including_uptake]
    differ = any(sums_differ(ours, theirs) for ours, theirs in zip(stated, computed, strict=True))
    return ["pcf_sum_mismatch"] if differ else []


def advice_on(footprint: Mapping[str, Any]) -> list[str]:
    """Fields that the methodology wants reported and that are not there; never a reason to refuse."""
    return [name for name in _ADVICE if footprint["pcf"].get(name) is None]


_TOTALS = ("pcfExcludingBiogenicUptake", "pcfIncludingBiogenicUptake")


def _exclusions(pcf: Mapping[str, Any], at: str) -> list[Fault]:
    faults = []
    places = [name for name in GEOGRAPHIES if pcf.get(name) is not None]
    if len(places) > 1:
        faults += [Fault(f"{at}/{name}", "only one of the three geography fields may be given") for name in places]
    if pcf.get("packagingEmissionsIncluded") is False and pcf.get("packagingGhgEmissions") is not None:
        faults.append(Fault(f"{at}/packagingGhgEmissions", "must be absent if packagingEmissionsIncluded is false"))
    if pcf.get("ccsTechnologicalCO2CaptureIncluded") is False:
        faults += [
            Fault(f"{at}/{name}", "must be absent if ccsTechnologicalCO2CaptureIncluded is false")
            for name in CCS
            if pcf.get(name) is not None
        ]
    return faults


def _periods(footprint: Mapping[str, Any], pcf: Mapping[str, Any], at: str) -> list[Fault]:
    start, end = (moment(str(pcf.get(name) or "")) for name in ("referencePeriodStart", "referencePeriodEnd"))
    if start is None or end is None:
        return []
    faults = []
    if end < start:
        faults.append(Fault(f"{at}/pcf/referencePeriodEnd", "must not lie before referencePeriodStart"))
    begins, ends = (moment(str(footprint.get(name) or "")) for name in ("validityPeriodStart", "validityPeriodEnd"))
    if begins and begins < end:
        faults.append(Fault(f"{at}/validityPeriodStart", "must not lie before the end of the reference period"))
    if ends and ends > plus_years(end):
        faults.append(Fault(f"{at}/validityPeriodEnd", "must be within three years of the end of the reference period"))
    if begins and ends and ends < begins:
        faults.append(Fault(f"{at}/validityPeriodEnd", "must not lie before validityPeriodStart"))
    return faults
