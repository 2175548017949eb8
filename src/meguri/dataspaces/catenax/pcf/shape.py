"""Whether an aspect fits its model: our own check, before anything is sent and on everything that comes."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from meguri.dataspaces.pact.validity import moment
from meguri.dataspaces.pact.words import REGIONS
from meguri.kernel.addresses import parts_of
from meguri.kernel.ids import parse_uuid

Check = Callable[[Any], str | None]
SPEC_VERSION = "urn:io.catenax.pcf:datamodel:version:9.0.0"
UNITS = (
    "liter", "kilogram", "cubic meter", "kilowatt hour", "megajoule", "ton kilometer", "square meter", "piece", "hour",
    "megabit", "second",
)  # fmt: skip
TYPES = (
    "Retrospective PCF",
    "Prospective PCF without forerunner",
    "Prospective PCF of further developed product with forerunner",
    "Prospective PCF for current product for future production date",
    "Progressive PCF",
)
WASTE = ("cut-off", "reverse cut-off", "system expansion", "polluter pays principle")
NINE = (
    "PcfIncludingBiogenicUptake", "PcfExcludingBiogenicUptake", "FossilGhgEmissions", "BiogenicNonCO2Emissions",
    "BiogenicCO2Uptake", "LandUseChangeGhgEmissions", "LandManagementBiogenicCO2Emissions",
    "LandManagementBiogenicCO2Removals", "AircraftGhgEmissions",
)  # fmt: skip


def _text(value: Any) -> str | None:
    return None if isinstance(value, str) else "must be a string"


def _filled(value: Any) -> str | None:
    return None if isinstance(value, str) and value else "must be a string that is not empty"


def _moment(value: Any) -> str | None:
    return None if isinstance(value, str) and moment(value) else "must be a date and time, such as 2026-01-31T00:00:00Z"


def _identity(value: Any) -> str | None:
    fits = isinstance(value, str) and parse_uuid(value.removeprefix("urn:uuid:"))
    return None if fits else "must be a UUID or urn:uuid:…"


def _truth(value: Any) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


def _uris(value: Any) -> str | None:
    fits = isinstance(value, list) and all(isinstance(one, str) and parts_of(one).scheme for one in value)
    return None if fits and len(set(value)) == len(value) else "must be a list of URIs, each once"


def _texts(value: Any) -> str | None:
    fits = isinstance(value, list) and all(isinstance(one, str) for one in value)
    return None if fits else "must be a list of strings"


def _one_of(*names: str) -> Check:
    return lambda value: None if value in names else f"must be one of {', '.join(names)}"


def _number(least: int | None = None, most: int | None = None, *, above: bool = False) -> Check:
    def check(value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            return "must be a number"
        low = least is not None and (value < least or (above and value == least))
        return f"must lie between {least} and {most}" if low or (most is not None and value > most) else None

    return check


ANY, POSITIVE, NEGATIVE = _number(), _number(0), _number(None, 0)
SCORE, PERCENT = _number(1, 5), _number(0, 100)
_SHARES = (
    "programCertificationShare",
    "productVerificationShare3rdParty",
    "productVerificationShare2ndParty",
    "productVerificationShare1stParty",
)
_CONTENTS = (
    "carbonContentTotal",
    "fossilCarbonContent",
    "biogenicCarbonContent",
    "packagingBiogenicCarbonContent",
    "recycledCarbonContent",
)
_ATTESTED = ("attestationType", "standardName", "attestationStandard", "attestationOfConformanceId", "providerName")
Fields = Mapping[str, tuple[Check, bool]]
"""Name → (check, required)."""
_STAGE: Fields = {
    "pcfIncludingBiogenicUptake": (ANY, True),
    "pcfExcludingBiogenicUptake": (POSITIVE, True),
    "fossilGhgEmissions": (POSITIVE, True),
    "biogenicNonCO2Emissions": (POSITIVE, True),
    "biogenicCO2Uptake": (NEGATIVE, True),
    "landUseChangeGhgEmissions": (POSITIVE, True),
    "landManagementBiogenicCO2Emissions": (POSITIVE, True),
    "packagingLandManagementBiogenicCO2Emissions": (POSITIVE, True),
    "landManagementBiogenicCO2Removals": (NEGATIVE, True),
    "aircraftGhgEmissions": (POSITIVE, True),
}
_ASSESSED, _METHOD = (
    "pcfAssessmentAndMethodology/pcfAssessmentInformation",
    "pcfAssessmentAndMethodology/pcfMethodology",
)
_STAGES = "productLifeCycleStagesAndEmissions"
_MOMENTS = ("referencePeriodStart", "referencePeriodEnd", "created", "validityPeriodEnd")


def _signed(name: str, prefix: str) -> tuple[Check, bool]:
    if name == "LandManagementBiogenicCO2Removals" or (name == "BiogenicCO2Uptake" and prefix == "packaging"):
        return NEGATIVE, False
    anything = prefix == "distributionStage" and name in ("BiogenicCO2Uptake", "PcfIncludingBiogenicUptake")
    return (ANY if anything else POSITIVE), False


NODES: dict[str, tuple[Fields, bool]] = {
    "scopeOfPcfForm": (
        {"specVersion": (_texts, True), "partialFullPcf": (_one_of("Cradle-to-gate", "Cradle-to-grave"), True)},
        True,
    ),
    "companyAndProductInformation": ({}, True),
    "companyAndProductInformation/companyInformation": (
        {"companyName": (_filled, True), "companyIds": (_uris, True)},
        False,
    ),
    "companyAndProductInformation/productInformation": (
        {
            "productNameCompany": (_filled, True),
            "productIds": (_uris, True),
            "declaredUnitOfMeasurement": (_one_of(*UNITS), True),
            "declaredUnitAmount": (_number(0, above=True), True),
            "productMassPerDeclaredUnit": (POSITIVE, True),
            "productClassifications": (_texts, False),
            "productDescription": (_text, False),
        },
        False,
    ),
    "pcfAssessmentAndMethodology": ({}, True),
    "pcfAssessmentAndMethodology/dataSourcesAndQuality": (
        {
            "primaryDataShare": (PERCENT, False),
            "secondaryEmissionFactorSources": (_texts, False),
            "technologicalDQR": (SCORE, False),
            "temporalDQR": (SCORE, False),
            "geographicalDQR": (SCORE, False),
        },
        False,
    ),
    _ASSESSED: ({}, False),
    f"{_ASSESSED}/idAndVersion": (
        {
            "id": (_identity, True),
            "version": (POSITIVE, True),
            "status": (_filled, True),
            "retroOrProspectivePcfType": (_one_of(*TYPES), True),
        },
        True,
    ),
    f"{_ASSESSED}/boundarySpecifications": (
        {"exemptedEmissionsPercent": (_number(0, 10), True), "exemptedEmissionsDescription": (_text, False)},
        True,
    ),
    f"{_ASSESSED}/technology": (
        {"ccsTechnologicalCO2CaptureIncluded": (_truth, True), "boundaryProcessesDescription": (_text, False)},
        True,
    ),
    f"{_ASSESSED}/geography": (
        {
            "geographyRegionOrSubregion": (_one_of(*REGIONS, "Global", "Several"), True),
            "geographyCountry": (_text, False),
            "geographyCountrySubdivision": (_text, False),
        },
        True,
    ),
    f"{_ASSESSED}/time": (
        dict.fromkeys(_MOMENTS, (_moment, True)) | {"validityPeriodStart": (_moment, False)},
        True,
    ),
    _METHOD: ({}, False),
    f"{_METHOD}/standards": (
        {"crossSectoralStandards": (_texts, True), "productOrSectorSpecificRules": (_texts, True)},
        True,
    ),
    f"{_METHOD}/gwpCharacterizationFactorDetails": (
        {"ipccCharacterizationFactors": (_one_of("AR4", "AR5", "AR6", "unspecified"), True)},
        True,
    ),
    f"{_METHOD}/allocationInForeground": (
        {
            "allocationWasteIncineration": (_one_of(*WASTE), True),
            "allocationRulesDescription": (_text, False),
            "allocationRecycledCarbon": (_one_of("upstream system expansion", "cut-off"), False),
        },
        True,
    ),
    f"{_METHOD}/massBalancingInformation": (
        {
            "massBalancingUsed": (_truth, True),
            "freeAttributionInMassBalancing": (_one_of("true", "false", "not applicable"), True),
            "massBalancingCertificateScheme": (_filled, True),
        },
        True,
    ),
    "pcfAssessmentAndMethodology/verificationAndCertificationShares": (
        dict.fromkeys(_SHARES, (PERCENT, False)),
        False,
    ),
    "general": ({"comment": (_text, False), "pcfLegalStatement": (_text, False)}, True),
    "carbonContent": (
        dict.fromkeys(_CONTENTS, (POSITIVE, False)),
        True,
    ),
    _STAGES: ({}, True),
    f"{_STAGES}/productionStage": (_STAGE, True),
    f"{_STAGES}/distributionStage": (
        {"distributionStageIncluded": (_truth, True)}
        | {f"distributionStage{name}": _signed(name, "distributionStage") for name in NINE},
        True,
    ),
    f"{_STAGES}/packagingStage": (
        {"packagingEmissionsIncluded": (_truth, True)}
        | {f"packaging{name}": _signed(name, "packaging") for name in NINE},
        True,
    ),
    "attestationOfConformance": (
        dict.fromkeys(_ATTESTED, (_text, True))
        | dict.fromkeys(("attestationOfConformanceLink", "providerId", "completedAt"), (_text, False)),
        False,
    ),
}


def node(aspect: Mapping[str, Any], path: str) -> Mapping[str, Any] | None:
    """The object at a path of arrays of one object each, or None."""
    here: Any = aspect
    for name in path.split("/"):
        found = here.get(name) if isinstance(here, Mapping) else None
        here = found[0] if isinstance(found, list) and found else None
        if here is None:
            return None
    return here if isinstance(here, Mapping) else None


def shape_faults(aspect: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(place, what is wrong) of everything that does not fit `io.catenax.pcf` 9.0.0; empty if it may be sent."""
    faults = []
    for path, (fields, required) in NODES.items():
        found, above = node(aspect, path), path.rpartition("/")[0]
        if found is None:
            if required and (not above or node(aspect, above) is not None):
                faults.append((path, "is missing"))
            continue
        for name, (check, needed) in fields.items():
            if found.get(name) is None:
                faults += [(f"{path}/{name}", "is missing")] if needed else []
            elif wrong := check(found[name]):
                faults.append((f"{path}/{name}", wrong))
    return faults
