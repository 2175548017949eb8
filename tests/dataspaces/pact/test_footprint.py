"""What a footprint must look like, how long it holds, and what it is for one unit of ours."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from tests.dataspaces.pact.footprints import MINIMAL, footprint

from meguri.dataspaces.pact.conversion import mass_of_one, statement_of
from meguri.dataspaces.pact.footprint import advice_on, faults_of, parts_of, warnings_of, without_nulls
from meguri.dataspaces.pact.outbox import delay, is_final, retry_times
from meguri.dataspaces.pact.validity import moment, validity_of
from meguri.footprint.calculation.errors import UnitIncompatible
from meguri.kernel.units import AmountUnit


def test_the_least_footprint_is_valid_and_its_missing_advice_is_no_fault() -> None:
    assert faults_of(MINIMAL) == []
    assert advice_on(MINIMAL) == [
        "primaryDataShare",
        "packagingEmissionsIncluded",
        "ccsTechnologicalCO2CaptureIncluded",
    ]


def test_null_is_as_good_as_absent_and_never_sent() -> None:
    given = footprint({"geographyCountry": None}, comment=None)
    assert faults_of(given) == []
    assert without_nulls(given) == MINIMAL


def test_what_nobody_knows_is_let_through() -> None:
    assert faults_of(footprint({"somethingNew": 1, "crossSectoralStandards": ["ISO99999"]}, extensions=[])) == []


@pytest.mark.parametrize(
    ("made", "pointer"),
    [
        (footprint({"geographyCountry": "DE", "geographyRegionOrSubregion": "Europe"}), "/pcf/geographyCountry"),
        (footprint({"fossilGhgEmissions": "-1"}), "/pcf/fossilGhgEmissions"),
        (footprint({"biogenicCO2Uptake": "0.1"}), "/pcf/biogenicCO2Uptake"),
        (footprint({"technologicalCO2Removals": "1"}), "/pcf/technologicalCO2Removals"),
        (footprint({"pcfExcludingBiogenicUptake": 14.352}), "/pcf/pcfExcludingBiogenicUptake"),
        (footprint({"pcfExcludingBiogenicUptake": "NaN"}), "/pcf/pcfExcludingBiogenicUptake"),
        (footprint({"declaredUnitAmount": "0"}), "/pcf/declaredUnitAmount"),
        (footprint({"declaredUnitOfMeasurement": "pieces"}), "/pcf/declaredUnitOfMeasurement"),
        (footprint({"primaryDataShare": "101"}), "/pcf/primaryDataShare"),
        (
            footprint({"dqi": {"technologicalDQR": "0.5", "geographicalDQR": "1", "temporalDQR": "1"}}),
            "/pcf/dqi/technologicalDQR",
        ),
        (footprint({"dqi": {"technologicalDQR": "2", "geographicalDQR": "1"}}), "/pcf/dqi/temporalDQR"),
        (
            footprint({"packagingEmissionsIncluded": False, "packagingGhgEmissions": "0.1"}),
            "/pcf/packagingGhgEmissions",
        ),
        (
            footprint({"ccsTechnologicalCO2CaptureIncluded": False, "technologicalCO2Removals": "-1"}),
            "/pcf/technologicalCO2Removals",
        ),
        (footprint({"ipccCharacterizationFactors": ["AR6", "AR6"]}), "/pcf/ipccCharacterizationFactors"),
        (footprint({"ipccCharacterizationFactors": ["6"]}), "/pcf/ipccCharacterizationFactors/0"),
        (footprint(without=("pcf.fossilCarbonContent",)), "/pcf/fossilCarbonContent"),
        (footprint(without=("companyIds",)), "/companyIds"),
        (footprint(productIds=["C-60"]), "/productIds/0"),
        (footprint(productIds=[]), "/productIds"),
        (footprint(status="active"), "/status"),
        (footprint(id="C-60"), "/id"),
        (footprint(specVersion="3"), "/specVersion"),
        (footprint(validityPeriodStart="2025-06-01T00:00:00Z"), "/validityPeriodStart"),
        (footprint(validityPeriodEnd="2029-01-02T00:00:00Z"), "/validityPeriodEnd"),
        (footprint({"referencePeriodEnd": "2024-01-01T00:00:00Z"}), "/pcf/referencePeriodEnd"),
        (footprint(extensions=[{"specVersion": "2.0.0", "data": {}}]), "/extensions/0/dataSchema"),
    ],
)
def test_what_breaks_the_contract_is_named_by_its_pointer(made: dict[str, Any], pointer: str) -> None:
    assert pointer in [fault.pointer for fault in faults_of(made)]


def test_every_fault_is_named_not_only_the_first() -> None:
    made = footprint({"fossilGhgEmissions": "-1", "declaredUnitAmount": "x"}, status="?", companyName="")
    assert {fault.pointer for fault in faults_of(made)} == {
        "/pcf/fossilGhgEmissions",
        "/pcf/declaredUnitAmount",
        "/status",
        "/companyName",
    }
    assert faults_of("text") == [("", "must be an object")]


def test_a_total_far_from_its_parts_is_a_warning_not_a_fault() -> None:
    made = footprint(
        {"pcfExcludingBiogenicUptake": "0.384", "fossilGhgEmissions": "0.35", "biogenicNonCO2Emissions": "0.002"}
    )
    assert faults_of(made) == []
    assert warnings_of(made) == ["pcf_sum_mismatch"]
    assert warnings_of(MINIMAL) == []


def test_the_parts_add_up_as_the_network_adds_them() -> None:
    made = footprint(
        {
            "fossilGhgEmissions": "10.0",
            "landUseChangeGhgEmissions": "0.5",
            "landManagementBiogenicCO2Emissions": "0.2",
            "landManagementBiogenicCO2Removals": "-0.1",
            "technologicalCO2Removals": "-0.3",
            "ccsTechnologicalCO2Capture": "-0.4",
            "biogenicNonCO2Emissions": "0.05",
            "biogenicCO2Uptake": "-2.0",
            "aircraftGhgEmissions": "0.7",
        }
    )
    parts = parts_of(made)
    assert (parts.excluding_uptake, parts.including_uptake) == (Decimal("9.95"), Decimal("7.95"))


def test_a_footprint_for_twelve_litres_is_one_litre_or_one_kilogram_of_ours() -> None:
    made = footprint(
        {
            "declaredUnitOfMeasurement": "liter",
            "declaredUnitAmount": "12",
            "productMassPerDeclaredUnit": "9.468",
            "pcfExcludingBiogenicUptake": "5.14",
        }
    )
    litre, kilogram = statement_of(made, AmountUnit.LITER), statement_of(made, AmountUnit.KILOGRAM)
    assert str(litre.raw).startswith("0.42833333333")
    assert abs(kilogram.raw - Decimal("0.542881284326")) < Decimal("1e-12")
    assert mass_of_one(made["pcf"]) == Decimal("0.789")


def test_a_unit_that_no_mass_leads_to_is_refused_with_both_names() -> None:
    with pytest.raises(UnitIncompatible) as refused:
        statement_of(MINIMAL, AmountUnit.SQUARE_METER)
    assert refused.value.values == {"given": "m2", "wanted": "piece"}
    assert str(statement_of(MINIMAL, AmountUnit.KILOGRAM).raw).startswith("15.10736842105263")


def test_a_footprint_holds_for_three_years_and_of_a_leap_day_until_the_first_of_march() -> None:
    made = footprint({"referencePeriodEnd": "2024-02-29T00:00:00Z", "referencePeriodStart": "2023-03-01T00:00:00Z"})
    assert validity_of(made) == (datetime(2024, 2, 29, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-01-31T10:00:00Z", "2026-01-31T10:00:00+00:00"),
        ("2026-01-31T10:00Z", "2026-01-31T10:00:00+00:00"),
        ("2026-01-31", "2026-01-31T00:00:00+00:00"),
        ("2026-01-31T10:00:00 09:00", "2026-01-31T01:00:00+00:00"),
        ("2026-01-31T10:00:00+09:00", "2026-01-31T01:00:00+00:00"),
        ("2026-01-31T10:00:00.123456789Z", "2026-01-31T10:00:00.123456+00:00"),
        ("1900-01-01T00:00:00Z", "1900-01-01T00:00:00+00:00"),
        ("yesterday", None),
        ("2026-13-01", None),
    ],
)
def test_dates_are_read_generously_and_never_guessed(written: str, read: str | None) -> None:
    found = moment(written)
    assert (found.isoformat() if found else None) == read


def test_what_did_not_arrive_is_tried_again_for_72_hours() -> None:
    assert [delay(attempt) for attempt in range(8)] == [30, 60, 120, 240, 480, 960, 1920, 3600]
    times = list(retry_times())
    assert (len(times), times[-1]) == (77, 255810)
    assert [status for status in (400, 401, 404, 408, 422, 429, 500) if is_final(status)] == [400, 404, 422]
