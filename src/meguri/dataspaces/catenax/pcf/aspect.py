"""PACT 3 to `io.catenax.pcf` 9.0.0 and back. Totals are derived anew in each form, never copied.

PACT sums have aircraft inside fossil, and captures and removals as terms; Catena-X has aircraft as a term of its own, and
no captures. So A = fossil − aircraft, H = aircraft, T2 = A + C + E + F + G + H, T1 = T2 + D; back: fossil = A + H.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from meguri.dataspaces.catenax.pcf.errors import AspectInvalid, NegativeTotal, OverTenPercent, UnitUnsupported
from meguri.dataspaces.catenax.pcf.shape import SPEC_VERSION, UNITS, node, shape_faults
from meguri.dataspaces.misfits import misfit
from meguri.dataspaces.pact.checks import decimal_of
from meguri.dataspaces.pact.footprint import GEOGRAPHIES, parts_of
from meguri.dataspaces.pact.validity import validity_of
from meguri.dataspaces.pact.words import SPEC_VERSION as PACT_VERSION
from meguri.footprint.calculation.carbon import CarbonParts
from meguri.footprint.calculation.figures import ZERO, precise
from meguri.footprint.calculation.regions import region_of
from meguri.kernel.clock import seconds_z
from meguri.kernel.numbers import plain

_PRECEDING, _CCS = "precedingPfIds: ", "CCS and technological removals (kg CO2e): "
_NOT_USED = "not applicable"


class Mapped(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a mapping; `warnings` say what the other form could not carry, with the amount where there is one."""

    body: dict[str, Any]
    warnings: list[str]


@precise
def to_aspect(footprint: Mapping[str, Any], *, version: int = 0) -> Mapped:
    """The aspect of a valid footprint of PACT; numbers are Decimals (JSON numbers when written).

    Raises UnitUnsupported, NegativeTotal, OverTenPercent.
    """
    pcf, parts = footprint["pcf"], parts_of(footprint)
    unit = pcf["declaredUnitOfMeasurement"]
    if unit not in UNITS:
        raise UnitUnsupported(unit=unit)
    exempted = _decimal(pcf["exemptedEmissionsPercent"])
    if exempted > 10:
        raise OverTenPercent(percent=plain(exempted))
    stage = production(parts)
    if stage["pcfExcludingBiogenicUptake"] < 0:
        raise NegativeTotal(total=plain(stage["pcfExcludingBiogenicUptake"]))
    warnings, comments = [], [footprint["comment"]] if footprint.get("comment") else []
    dropped = parts.ccs_capture + parts.technological_removals
    if dropped:
        warnings.append(f"cx_ccs_dropped {plain(dropped)}")
        comments.append(f"{_CCS}{plain(dropped)}")
    if footprint.get("precedingPfIds"):
        comments.append(_PRECEDING + " ".join(footprint["precedingPfIds"]))
    sets = sorted(pcf["ipccCharacterizationFactors"], key=lambda name: int(name[2:]))
    if len(sets) > 1:
        warnings.append("cx_lowest_gwp_set")
    body = {
        "scopeOfPcfForm": [{"specVersion": [SPEC_VERSION], "partialFullPcf": "Cradle-to-gate"}],
        "companyAndProductInformation": [_product(footprint)],
        "pcfAssessmentAndMethodology": [
            {
                "dataSourcesAndQuality": [_quality(pcf)],
                "pcfAssessmentInformation": [_assessment(footprint, exempted, bool(dropped), version)],
                "pcfMethodology": [_methodology(pcf, sets[0])],
            }
        ],
        "general": [{"comment": "\n".join(comments)} if comments else {}],
        "carbonContent": [_carbon(pcf)],
        "productLifeCycleStagesAndEmissions": [
            {
                "productionStage": [stage],
                "distributionStage": [_distribution(pcf)],
                "packagingStage": [_packaging(pcf)],
            }
        ],
    }
    if checked := pcf.get("verification"):
        body["attestationOfConformance"] = [_attestation(checked, footprint["id"])]
    return Mapped(body=body, warnings=warnings)


@precise
def production(parts: CarbonParts) -> dict[str, Decimal]:
    """The production stage with both totals derived anew."""
    excluding = (
        parts.fossil
        + parts.biogenic_non_co2
        + parts.land_use_change
        + parts.land_management_emissions
        + parts.land_management_removals
    )
    return {
        "pcfIncludingBiogenicUptake": excluding + parts.biogenic_uptake,
        "pcfExcludingBiogenicUptake": excluding,
        "fossilGhgEmissions": parts.fossil - parts.aircraft,
        "biogenicNonCO2Emissions": parts.biogenic_non_co2,
        "biogenicCO2Uptake": parts.biogenic_uptake,
        "landUseChangeGhgEmissions": parts.land_use_change,
        "landManagementBiogenicCO2Emissions": parts.land_management_emissions,
        "packagingLandManagementBiogenicCO2Emissions": ZERO,
        "landManagementBiogenicCO2Removals": parts.land_management_removals,
        "aircraftGhgEmissions": parts.aircraft,
    }


@precise
def from_aspect(aspect: Mapping[str, Any]) -> Mapped:
    """A footprint of PACT from an aspect. Raises AspectInvalid naming every place that does not fit."""
    faults = shape_faults(aspect)
    for path in ("companyAndProductInformation/companyInformation", "companyAndProductInformation/productInformation"):
        if node(aspect, path) is None:
            faults.append((path, "is missing"))
    faults += [(path, "is missing") for path in (_ASSESSED, _METHOD) if node(aspect, path) is None]
    if faults:
        raise unfit(faults)
    company, product = (
        _at(aspect, f"companyAndProductInformation/{name}Information") for name in ("company", "product")
    )
    identity, time = _at(aspect, f"{_ASSESSED}/idAndVersion"), _at(aspect, f"{_ASSESSED}/time")
    comment, preceding = _comments(str(_at(aspect, "general").get("comment") or ""))
    body = {
        "id": str(identity["id"]).removeprefix("urn:uuid:"),
        "specVersion": PACT_VERSION,
        **({"precedingPfIds": preceding} if preceding else {}),
        "created": time["created"],
        "status": "Deprecated" if str(identity["status"]).lower() in ("deprecated", "inactive") else "Active",
        **{name: time[name] for name in ("validityPeriodStart", "validityPeriodEnd") if time.get(name)},
        "companyName": company["companyName"],
        "companyIds": company["companyIds"],
        "productDescription": product.get("productDescription") or "",
        "productIds": product["productIds"],
        "productNameCompany": product["productNameCompany"],
        **({"productClassifications": found} if (found := product.get("productClassifications")) else {}),
        **({"comment": comment} if comment else {}),
        "pcf": _pcf(aspect, product, time),
    }
    gwp_set = _at(aspect, f"{_METHOD}/gwpCharacterizationFactorDetails")["ipccCharacterizationFactors"]
    return Mapped(body=body, warnings=["cx_gwp_unspecified"] if gwp_set == "unspecified" else [])


def unfit(faults: Sequence[tuple[str, str]]) -> AspectInvalid:
    """The refusal that names every (place, what is wrong)."""
    fields = tuple(misfit(place, wrong) for place, wrong in faults)
    return AspectInvalid(fields=fields, count=len(faults))


_ASSESSED, _METHOD = (
    "pcfAssessmentAndMethodology/pcfAssessmentInformation",
    "pcfAssessmentAndMethodology/pcfMethodology",
)
_STAGES = "productLifeCycleStagesAndEmissions"


def _product(footprint: Mapping[str, Any]) -> dict[str, Any]:
    pcf = footprint["pcf"]
    told = {
        "productNameCompany": footprint["productNameCompany"],
        "productIds": footprint["productIds"],
        "declaredUnitOfMeasurement": pcf["declaredUnitOfMeasurement"],
        "declaredUnitAmount": _decimal(pcf["declaredUnitAmount"]),
        "productMassPerDeclaredUnit": _decimal(pcf["productMassPerDeclaredUnit"]),
        "productDescription": footprint["productDescription"],
    }
    if footprint.get("productClassifications"):
        told["productClassifications"] = footprint["productClassifications"]
    company = {"companyName": footprint["companyName"], "companyIds": footprint["companyIds"]}
    return {"companyInformation": [company], "productInformation": [told]}


def _quality(pcf: Mapping[str, Any]) -> dict[str, Any]:
    dqi, sources = pcf.get("dqi") or {}, pcf.get("secondaryEmissionFactorSources") or []
    told: dict[str, Any] = {name: _decimal(value) for name, value in dqi.items()}
    if pcf.get("primaryDataShare") is not None:
        told["primaryDataShare"] = _decimal(pcf["primaryDataShare"])
    if sources:
        told["secondaryEmissionFactorSources"] = [f"{each['name']} {each['version']}" for each in sources]
    return told


def _assessment(footprint: Mapping[str, Any], exempted: Decimal, ccs: bool, version: int) -> dict[str, Any]:
    pcf = footprint["pcf"]
    begins, ends = validity_of(footprint)
    technology = {"ccsTechnologicalCO2CaptureIncluded": ccs or pcf.get("ccsTechnologicalCO2CaptureIncluded") is True}
    boundary: dict[str, Any] = {"exemptedEmissionsPercent": exempted}
    return {
        "idAndVersion": [
            {
                "id": footprint["id"],
                "version": version,
                "status": footprint["status"],
                "retroOrProspectivePcfType": "Retrospective PCF",
            }
        ],
        "boundarySpecifications": [boundary | _given(pcf, "exemptedEmissionsDescription")],
        "technology": [technology | _given(pcf, "boundaryProcessesDescription")],
        "geography": [_geography(pcf)],
        "time": [
            {
                "referencePeriodStart": pcf["referencePeriodStart"],
                "referencePeriodEnd": pcf["referencePeriodEnd"],
                "created": footprint["created"],
                "validityPeriodStart": footprint.get("validityPeriodStart") or seconds_z(begins),
                "validityPeriodEnd": footprint.get("validityPeriodEnd") or seconds_z(ends),
            }
        ],
    }


def _geography(pcf: Mapping[str, Any]) -> dict[str, Any]:
    """The region is always told; of a country, it follows from the country."""
    told = {name: pcf[name] for name in GEOGRAPHIES if pcf.get(name)}
    country = told.get("geographyCountry") or str(told.get("geographyCountrySubdivision", ""))[:2]
    region = told.get("geographyRegionOrSubregion") or (region_of(country) if country else None) or "Global"
    return told | {"geographyRegionOrSubregion": region}


def _methodology(pcf: Mapping[str, Any], gwp_set: str) -> dict[str, Any]:
    rules = [name for each in pcf.get("productOrSectorSpecificRules") or [] for name in each["ruleNames"]]
    known = gwp_set if gwp_set in ("AR4", "AR5", "AR6") else "unspecified"
    allocation = {"allocationWasteIncineration": "reverse cut-off"}
    return {
        "standards": [{"crossSectoralStandards": pcf["crossSectoralStandards"], "productOrSectorSpecificRules": rules}],
        "gwpCharacterizationFactorDetails": [{"ipccCharacterizationFactors": known}],
        "allocationInForeground": [allocation | _given(pcf, "allocationRulesDescription")],
        "massBalancingInformation": [
            {
                "massBalancingUsed": False,
                "freeAttributionInMassBalancing": _NOT_USED,
                "massBalancingCertificateScheme": _NOT_USED,
            }
        ],
    }


def _carbon(pcf: Mapping[str, Any]) -> dict[str, Decimal]:
    names = ("fossilCarbonContent", "biogenicCarbonContent", "packagingBiogenicCarbonContent", "recycledCarbonContent")
    told = {name: _decimal(pcf[name]) for name in names if pcf.get(name) is not None}
    whole = told.get("fossilCarbonContent", ZERO) + told.get("biogenicCarbonContent", ZERO)
    return told | {"carbonContentTotal": whole}


def _distribution(pcf: Mapping[str, Any]) -> dict[str, Any]:
    outbound = pcf.get("outboundLogisticsGhgEmissions")
    if outbound is None:
        return {"distributionStageIncluded": False}
    amount = _decimal(outbound)
    return {
        "distributionStageIncluded": True,
        "distributionStageFossilGhgEmissions": amount,
        "distributionStagePcfExcludingBiogenicUptake": amount,
        "distributionStagePcfIncludingBiogenicUptake": amount,
    }


def _packaging(pcf: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"packagingEmissionsIncluded": pcf.get("packagingEmissionsIncluded", True)}
    if pcf.get("packagingGhgEmissions") is not None:
        told["packagingFossilGhgEmissions"] = _decimal(pcf["packagingGhgEmissions"])
    return told


def _attestation(checked: Mapping[str, Any], footprint_id: str) -> dict[str, Any]:
    standard = checked.get("standardName") or "–"
    told = {
        "attestationType": checked.get("coverage") or "–",
        "standardName": standard,
        "attestationStandard": standard,
        "attestationOfConformanceId": footprint_id,
        "providerName": checked.get("providerName") or "–",
    }
    return told | _given(checked, "completedAt")


def _pcf(aspect: Mapping[str, Any], product: Mapping[str, Any], time: Mapping[str, Any]) -> dict[str, Any]:
    stage = {name: _of_json(value) for name, value in _at(aspect, f"{_STAGES}/productionStage").items()}
    parts = CarbonParts(
        fossil=stage["fossilGhgEmissions"] + stage["aircraftGhgEmissions"],
        land_use_change=stage["landUseChangeGhgEmissions"],
        land_management_emissions=stage["landManagementBiogenicCO2Emissions"],
        land_management_removals=stage["landManagementBiogenicCO2Removals"],
        biogenic_non_co2=stage["biogenicNonCO2Emissions"],
        biogenic_uptake=stage["biogenicCO2Uptake"],
        aircraft=stage["aircraftGhgEmissions"],
    )
    boundary, technology = _at(aspect, f"{_ASSESSED}/boundarySpecifications"), _at(aspect, f"{_ASSESSED}/technology")
    standards, allocation = _at(aspect, f"{_METHOD}/standards"), _at(aspect, f"{_METHOD}/allocationInForeground")
    gwp_set = _at(aspect, f"{_METHOD}/gwpCharacterizationFactorDetails")["ipccCharacterizationFactors"]
    return {
        "declaredUnitOfMeasurement": product["declaredUnitOfMeasurement"],
        "declaredUnitAmount": _number(product["declaredUnitAmount"]),
        "productMassPerDeclaredUnit": _number(product["productMassPerDeclaredUnit"]),
        "referencePeriodStart": time["referencePeriodStart"],
        "referencePeriodEnd": time["referencePeriodEnd"],
        **_place(_at(aspect, f"{_ASSESSED}/geography")),
        "pcfExcludingBiogenicUptake": plain(parts.excluding_uptake),
        "pcfIncludingBiogenicUptake": plain(parts.including_uptake),
        "fossilGhgEmissions": plain(parts.fossil),
        "landUseChangeGhgEmissions": plain(parts.land_use_change),
        "landManagementBiogenicCO2Emissions": plain(parts.land_management_emissions),
        "landManagementBiogenicCO2Removals": plain(parts.land_management_removals),
        "biogenicNonCO2Emissions": plain(parts.biogenic_non_co2),
        "biogenicCO2Uptake": plain(parts.biogenic_uptake),
        "aircraftGhgEmissions": plain(parts.aircraft),
        **_contents(_at(aspect, "carbonContent")),
        **_rest_of_stages(aspect),
        "ccsTechnologicalCO2CaptureIncluded": technology["ccsTechnologicalCO2CaptureIncluded"],
        **_given(technology, "boundaryProcessesDescription"),
        **_given(allocation, "allocationRulesDescription"),
        "ipccCharacterizationFactors": [gwp_set if gwp_set != "unspecified" else "AR5"],
        "crossSectoralStandards": standards["crossSectoralStandards"] or ["ISO14067"],
        **_sector_rules(standards["productOrSectorSpecificRules"]),
        "exemptedEmissionsPercent": _number(boundary["exemptedEmissionsPercent"]),
        **_given(boundary, "exemptedEmissionsDescription"),
        **_stated(node(aspect, "pcfAssessmentAndMethodology/dataSourcesAndQuality") or {}),
        **_verified(node(aspect, "attestationOfConformance")),
    }


def _place(geography: Mapping[str, Any]) -> dict[str, Any]:
    """PACT wants one of the three: the narrowest."""
    for name in reversed(GEOGRAPHIES):
        if geography.get(name) and geography[name] not in ("Global", "Several"):
            return {name: geography[name]}
    return {}


def _contents(content: Mapping[str, Any]) -> dict[str, str]:
    names = ("biogenicCarbonContent", "packagingBiogenicCarbonContent", "recycledCarbonContent")
    told = {name: _number(content[name]) for name in names if content.get(name) is not None}
    return {"fossilCarbonContent": _number(content.get("fossilCarbonContent") or 0), **told}


def _rest_of_stages(aspect: Mapping[str, Any]) -> dict[str, Any]:
    packaging, way = _at(aspect, f"{_STAGES}/packagingStage"), _at(aspect, f"{_STAGES}/distributionStage")
    told: dict[str, Any] = {"packagingEmissionsIncluded": packaging["packagingEmissionsIncluded"]}
    if packaging["packagingEmissionsIncluded"] and packaging.get("packagingFossilGhgEmissions") is not None:
        told["packagingGhgEmissions"] = _number(packaging["packagingFossilGhgEmissions"])
    if way["distributionStageIncluded"] and way.get("distributionStageFossilGhgEmissions") is not None:
        told["outboundLogisticsGhgEmissions"] = _number(way["distributionStageFossilGhgEmissions"])
    return told


def _sector_rules(names: list[str]) -> dict[str, Any]:
    if not names:
        return {}
    return {
        "productOrSectorSpecificRules": [{"operator": "Other", "ruleNames": names, "otherOperatorName": "Catena-X"}]
    }


def _stated(quality: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    scores = {name: quality.get(name) for name in ("technologicalDQR", "geographicalDQR", "temporalDQR")}
    if all(score is not None for score in scores.values()):
        told["dqi"] = {name: _number(score) for name, score in scores.items()}
    if quality.get("primaryDataShare") is not None:
        told["primaryDataShare"] = _number(quality["primaryDataShare"])
    sources = [str(each).rpartition(" ") for each in quality.get("secondaryEmissionFactorSources") or []]
    if sources:
        told["secondaryEmissionFactorSources"] = [
            {"name": name or version, "version": version if name else "–"} for name, _, version in sources
        ]
    return told


def _verified(attested: Mapping[str, Any] | None) -> dict[str, Any]:
    if attested is None:
        return {}
    told = {"providerName": attested["providerName"], "standardName": attested["standardName"]}
    kind = attested["attestationType"]
    if kind in ("PCF calculation model", "PCF program", "product level"):
        told["coverage"] = kind
    return {"verification": told | _given(attested, "completedAt")}


def _comments(comment: str) -> tuple[str, list[str]]:
    lines = comment.splitlines()
    preceding = [one for line in lines if line.startswith(_PRECEDING) for one in line.removeprefix(_PRECEDING).split()]
    return "\n".join(line for line in lines if not line.startswith(_PRECEDING)), preceding


def _at(aspect: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    return node(aspect, path) or {}


def _given(source: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {name: source[name]} if source.get(name) is not None else {}


def _decimal(text: Any) -> Decimal:
    return decimal_of(text) or ZERO


def _of_json(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _number(value: Any) -> str:
    return plain(_of_json(value))
