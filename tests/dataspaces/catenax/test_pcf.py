"""Product carbon footprints between PACT and Catena-X, and what each form cannot carry."""

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.dataspaces.pact.footprints import MINIMAL, footprint

from meguri.dataspaces.catenax.pcf import (
    Component,
    Metal,
    NegativeStage,
    NegativeTotal,
    OverTenPercent,
    UnitUnsupported,
    from_aspect,
    from_component,
    metals_of,
    shape_faults,
    to_aspect,
    to_component,
    written,
)
from meguri.dataspaces.catenax.pcf.component import component_faults
from meguri.dataspaces.catenax.pcf.errors import AspectInvalid
from meguri.dataspaces.catenax.pcf.shape import node
from meguri.dataspaces.pact.footprint import faults_of

PARTS = {
    "fossilGhgEmissions": "10.0",
    "landUseChangeGhgEmissions": "0.5",
    "landManagementBiogenicCO2Emissions": "0.2",
    "landManagementBiogenicCO2Removals": "-0.1",
    "technologicalCO2Removals": "-0.3",
    "ccsTechnologicalCO2Capture": "-0.4",
    "biogenicNonCO2Emissions": "0.05",
    "biogenicCO2Uptake": "-2.0",
    "aircraftGhgEmissions": "0.7",
    "pcfExcludingBiogenicUptake": "9.95",
    "pcfIncludingBiogenicUptake": "7.95",
}
FULL = {
    "geographyCountry": "JP",
    "boundaryProcessesDescription": "cradle to gate",
    "allocationRulesDescription": "by mass",
    "landUseChangeGhgEmissions": "0.5",
    "landManagementBiogenicCO2Emissions": "0.2",
    "landManagementBiogenicCO2Removals": "-0.1",
    "biogenicNonCO2Emissions": "0.05",
    "biogenicCO2Uptake": "-2",
    "aircraftGhgEmissions": "0.7",
    "pcfExcludingBiogenicUptake": "15.002",
    "pcfIncludingBiogenicUptake": "13.002",
    "biogenicCarbonContent": "0.1",
    "packagingEmissionsIncluded": True,
    "packagingGhgEmissions": "0.02",
    "outboundLogisticsGhgEmissions": "0.3",
    "ccsTechnologicalCO2CaptureIncluded": False,
    "exemptedEmissionsPercent": "2.5",
    "exemptedEmissionsDescription": "glue",
    "secondaryEmissionFactorSources": [{"name": "ecoinvent", "version": "3.8"}],
    "primaryDataShare": "56.12",
    "dqi": {"technologicalDQR": "2", "geographicalDQR": "1", "temporalDQR": "2.5"},
    "verification": {"coverage": "PCF program", "providerName": "TÜV-X", "standardName": "ISO 14064-3"},
}


def test_totals_are_derived_anew_and_dropped_captures_are_told() -> None:
    mapped = to_aspect(footprint(PARTS))
    stage = node(mapped.body, "productLifeCycleStagesAndEmissions/productionStage")
    assert stage is not None
    assert [stage[name] for name in ("fossilGhgEmissions", "aircraftGhgEmissions")] == [Decimal("9.3"), Decimal("0.7")]
    assert stage["pcfExcludingBiogenicUptake"] == Decimal("10.65")
    assert stage["pcfIncludingBiogenicUptake"] == Decimal("8.65")
    assert mapped.warnings == ["cx_ccs_dropped -0.7"]
    technology = node(mapped.body, "pcfAssessmentAndMethodology/pcfAssessmentInformation/technology")
    assert technology == {"ccsTechnologicalCO2CaptureIncluded": True}
    assert "-0.7" in mapped.body["general"][0]["comment"]


@pytest.mark.parametrize("made", [MINIMAL, footprint(FULL, precedingPfIds=["11111111-1111-4111-8111-111111111111"])])
def test_there_and_back_keeps_every_field_that_both_have(made: dict[str, Any]) -> None:
    aspect = to_aspect(made).body
    assert shape_faults(aspect) == []
    wire = json.loads(msgspec.json.Encoder(decimal_format="number").encode(aspect), parse_float=Decimal)
    back = from_aspect(wire).body
    assert faults_of(back) == []
    assert {name: back[name] for name in made if name != "pcf"} == {name: made[name] for name in made if name != "pcf"}
    assert {name: back["pcf"][name] for name in made["pcf"]} == made["pcf"]


def test_the_region_follows_from_the_country() -> None:
    def region(**place: str) -> object:
        found = node(to_aspect(footprint(place)).body, "pcfAssessmentAndMethodology/pcfAssessmentInformation/geography")
        return found and found["geographyRegionOrSubregion"]

    assert region(geographyCountry="DE") == "Western Europe"
    assert region(geographyCountrySubdivision="JP-13") == "Eastern Asia"
    assert region(geographyCountry="AQ") == "Global"
    assert region() == "Global"


def test_of_several_assessment_reports_the_lowest_is_told() -> None:
    mapped = to_aspect(footprint({"ipccCharacterizationFactors": ["AR6", "AR5"]}))
    found = node(mapped.body, "pcfAssessmentAndMethodology/pcfMethodology/gwpCharacterizationFactorDetails")
    assert found == {"ipccCharacterizationFactors": "AR5"}
    assert mapped.warnings == ["cx_lowest_gwp_set"]


def test_what_the_form_cannot_carry_is_refused() -> None:
    with pytest.raises(UnitUnsupported):
        to_aspect(footprint({"declaredUnitOfMeasurement": "megabit second", "productMassPerDeclaredUnit": "0"}))
    with pytest.raises(OverTenPercent):
        to_aspect(footprint({"exemptedEmissionsPercent": "10.1"}))
    with pytest.raises(NegativeTotal):
        to_aspect(footprint({"fossilGhgEmissions": "1", "landManagementBiogenicCO2Removals": "-3"}))
    assert to_aspect(footprint({"declaredUnitOfMeasurement": "hour", "productMassPerDeclaredUnit": "0"})).warnings == []


def test_an_aspect_that_does_not_fit_is_refused_place_by_place() -> None:
    aspect = to_aspect(MINIMAL).body
    aspect["productLifeCycleStagesAndEmissions"][0]["productionStage"][0]["fossilGhgEmissions"] = Decimal(-1)
    aspect["companyAndProductInformation"][0]["productInformation"] = []
    del aspect["general"]
    with pytest.raises(AspectInvalid) as refused:
        from_aspect(aspect)
    assert [one.field for one in refused.value.fields] == [
        "general",
        "productLifeCycleStagesAndEmissions/productionStage/fossilGhgEmissions",
        "companyAndProductInformation/productInformation",
    ]


CELL = Component(
    customer_part="PRT-1",
    maker_part="C-60",
    site="BPNSMfWzEx6iJZVJ",
    company="BPNLAfCp8s8HBEEB",
    unit="piece",
    raw=Decimal("11.152"),
    main=Decimal("3.2"),
    dist=Decimal("0.1"),
    eol_gross=Decimal("0.45"),
    eol_credit=Decimal(0),
    ter=Decimal(2),
    ger=Decimal(1),
    tir=Decimal(3),
    metals=(Metal("Nickel", Decimal("50.5"), Decimal("4.9"), Decimal("2.3")),),
)


def test_a_component_is_told_stage_by_stage_in_amounts() -> None:
    body = to_component(CELL)
    shares = body["pcfValues"]["sharesPerStage"]
    assert shares["absPcfValue"]["stageValue"] == Decimal("14.902")
    assert shares["declaredUnit"] == "CO2KG/piece"
    assert body["dataQualityRating"] == 2
    assert component_faults(body) == []
    back = from_component(json.loads(msgspec.json.Encoder(decimal_format="number").encode(body), parse_float=Decimal))
    assert back == CELL


def test_a_credit_at_the_end_of_life_is_refused_unless_the_burden_alone_is_chosen() -> None:
    credited = msgspec.structs.replace(CELL, eol_credit=Decimal(-3))
    with pytest.raises(NegativeStage):
        to_component(credited)
    assert to_component(credited, end_of_life="gross")["pcfValues"]["sharesPerStage"]["absPcfValue"] == {
        "stageValue": Decimal("14.902")
    }


def test_stages_that_look_like_percentages_are_asked_about() -> None:
    body = to_component(
        msgspec.structs.replace(CELL, raw=Decimal(70), main=Decimal(20), dist=Decimal(5), eol_gross=Decimal(5))
    )
    assert from_component(body).flags == ()  # a hundred kilograms are a hundred kilograms
    body["pcfValues"]["sharesPerStage"]["absPcfValue"]["stageValue"] = Decimal("14.9")
    assert from_component(body).flags == ("ambiguous_percent",)
    asked = from_component(body, in_percent=True)  # the sender said so
    assert (asked.raw, asked.main, asked.total, asked.flags) == (Decimal("10.43"), Decimal("2.98"), Decimal("14.9"), ())
    body["pcfValues"]["sharesPerStage"]["stage2MainProductProduction"]["stageValue"] = Decimal(0)
    assert from_component(body).flags == ("pcf_sum_mismatch",)


@pytest.mark.parametrize("day", ["soon", "2026-13-01", 20260101, ""])
def test_a_component_whose_dates_cannot_be_read_is_refused(day: object) -> None:
    with pytest.raises(AspectInvalid) as refused:
        from_component(to_component(CELL) | {"validityPeriod": {"validTo": day}})
    assert [one.field for one in refused.value.fields] == ["validityPeriod/validTo"]


def test_an_aspect_is_refused_for_dates_and_ids_that_cannot_be_read() -> None:
    body = to_aspect(footprint()).body
    assessed = body["pcfAssessmentAndMethodology"][0]["pcfAssessmentInformation"][0]
    assessed["time"][0]["validityPeriodEnd"] = "never"
    assessed["idAndVersion"][0]["id"] = "PCF-1"
    with pytest.raises(AspectInvalid) as refused:
        from_aspect(body)
    assert [one.field.rpartition("/")[2] for one in refused.value.fields] == ["id", "validityPeriodEnd"]


def test_an_aspect_that_names_no_assessment_report_says_so_on_arrival() -> None:
    body = to_aspect(footprint()).body
    methodology = body["pcfAssessmentAndMethodology"][0]["pcfMethodology"][0]
    methodology["gwpCharacterizationFactorDetails"][0]["ipccCharacterizationFactors"] = "unspecified"
    assert from_aspect(body).warnings == ["cx_gwp_unspecified"]


def test_metals_are_read_whatever_their_units_look_like() -> None:
    text = (
        "Material: Nickel, Specific Content: 50.5%, EV_Mat: 4.9 kg CO₂e/kg ,Erecycled_Mat: 2.3 kg CO₂eCOkg; "
        "Material: Cobalt, Specific Content: 6.0%, EV_Mat: 13.0 kg CO2e/kg,Erecycled_Mat: 4.2"
    )
    nickel, cobalt = metals_of([text])
    assert nickel == Metal("Nickel", Decimal("50.5"), Decimal("4.9"), Decimal("2.3"))
    assert (cobalt.virgin, cobalt.recycled) == (13, Decimal("4.2"))
    assert metals_of([written([nickel])]) == [nickel]
    assert written([nickel]) == (
        "Material: Nickel, Specific Content: 50.5%, EV_Mat: 4.9 kg CO₂e/kg, Erecycled_Mat: 2.3 kg CO₂e/kg"
    )


def test_a_component_that_does_not_fit_is_refused_place_by_place() -> None:
    body = to_component(CELL) | {"siteIdentifier": "BPNS1", "dataQualityRating": 6, "contentC02Metals": None}
    with pytest.raises(AspectInvalid) as refused:
        from_component(body)
    assert [one.field for one in refused.value.fields] == ["siteIdentifier", "dataQualityRating", "contentC02Metals"]
