from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.footprint.calculation.canonical import canonical_json, content_hash
from meguri.footprint.calculation.carbon import CarbonParts, per_declared_unit, sums_differ
from meguri.footprint.calculation.errors import OutOfRange, ProfileParameterMissing, ProfileUnknown, ValueInvalid
from meguri.footprint.calculation.lifetime import (
    Battery,
    against_maximum,
    declared,
    performance_class,
    reference_flow,
    service_life,
)

from .helpers import D, near, rounded

STAGES = {"raw": D(3900), "main": D(1500), "dist": D(60), "eol": D(-180)}
EV = {"profile": "ev", "category": "M1", "capacity_kwh": D(60), "warranty_years": D(8)}


def test_a_passenger_car_battery_of_sixty_kilowatt_hours() -> None:
    life = service_life(Battery(**EV))
    assert life.energy_kwh == 28800
    assert life.factors == {"capacity_kwh": 60, "cycles_per_year": 60, "years": 8}
    result = declared(STAGES, life.energy_kwh)
    assert (result.total, result.per_kwh) == (5280, near("0.18333333333333333333", "1e-19"))
    assert [rounded(value, 12) for value in result.stages_per_kwh.values()] == [
        D("0.135416666667"),
        D("0.052083333333"),
        D("0.002083333333"),
        D("-0.006250000000"),
    ]
    shares = [rounded(share, 6) for share in result.shares.values() if share is not None]
    assert shares == [D("73.863636"), D("28.409091"), D("1.136364"), D("-3.409091")]
    assert sum(shares) == 100


def test_a_warranty_that_ends_with_the_distance_shortens_the_life() -> None:
    life = service_life(Battery(**EV, warranty_km=D(100000), km_per_year=D(20000)))
    assert life.energy_kwh == 18000
    assert declared(STAGES, life.energy_kwh).per_kwh == near("0.29333333333333333333", "1e-19")
    long = service_life(Battery(**EV, warranty_km=D(500000), km_per_year=D(20000)))
    assert long.energy_kwh == 28800
    with pytest.raises(ProfileParameterMissing, match="km_per_year"):
        service_life(Battery(**EV, warranty_km=D(100000)))


@pytest.mark.parametrize(
    ("battery", "mass", "flow", "flags"),
    [
        (Battery(**EV), 400, "0.01388888888888888889", ()),
        (
            Battery(profile="ev", category="M2", capacity_kwh=D(300), warranty_years=D(8)),
            25000,
            "0.04166666666666666667",
            (),
        ),
        (
            Battery(profile="ind_rep", capacity_kwh=D(100), cycle_life=D(6000), mean_capacity_factor=D("0.9")),
            9000,
            "0.01666666666666666667",
            (),
        ),
        (Battery(profile="ind_ond", capacity_kwh=D(100), life_years=D(15)), 9000, "6", ()),
        (
            Battery(profile="lmt_prov", capacity_kwh=D("0.5"), warranty_years=D(2)),
            60,
            "3",
            ("provisional_profile",),
        ),
    ],
    ids=["car", "bus", "industrial, repeated", "industrial, on demand", "scooter"],
)
def test_kilograms_of_battery_per_kilowatt_hour(battery: Battery, mass: int, flow: str, flags: tuple[str]) -> None:
    life = service_life(battery)
    assert reference_flow(D(mass), life.energy_kwh) == near(flow, "1e-18")
    assert life.flags == flags


@pytest.mark.parametrize(
    ("battery", "refusal", "named"),
    [
        (Battery(profile="ev", category="M1", warranty_years=D(8)), ProfileParameterMissing, "capacity_kwh"),
        (Battery(profile="ev", capacity_kwh=D(60), warranty_years=D(8)), ProfileParameterMissing, "category"),
        (Battery(**EV | {"warranty_years": D(0)}), ProfileParameterMissing, "warranty_years"),
        (Battery(**EV | {"category": "M9"}), ProfileUnknown, "M9"),
        (Battery(profile="ship"), ProfileUnknown, "ind_rep"),
        (Battery(**EV | {"capacity_kwh": D(-1)}), OutOfRange, "capacity_kwh"),
        (Battery(profile="ind_rep", capacity_kwh=D(100)), ProfileParameterMissing, "cycle_life"),
    ],
)
def test_a_service_life_that_cannot_be_computed_names_what_is_missing(
    battery: Battery, refusal: type, named: str
) -> None:
    with pytest.raises(refusal, match=named):
        service_life(battery)


def test_nothing_is_divided_by_no_energy() -> None:
    for energy in (D(0), D(-1)):
        with pytest.raises(ProfileParameterMissing):
            declared(STAGES, energy)
        with pytest.raises(ProfileParameterMissing):
            reference_flow(D(1), energy)


def test_a_total_of_nothing_has_no_shares() -> None:
    assert declared({"raw": D(5), "eol": D(-5)}, D(10)).shares == {"raw": None, "eol": None}


BANDS = [("A", D("0.10")), ("B", D("0.15")), ("C", D("0.20")), ("D", None)]


@pytest.mark.parametrize(("value", "reached"), [("0.15", "B"), ("0.1833", "C"), ("0.2933", "D"), ("-1", "A")])
def test_the_class_is_the_first_band_that_is_not_exceeded(value: str, reached: str) -> None:
    assert performance_class(D(value), BANDS) == (reached, "")


def test_without_an_act_there_is_neither_class_nor_maximum() -> None:
    assert performance_class(D("0.15"), None) == (None, "not_determinable_no_act")
    assert against_maximum(D("0.15"), None) == "not_determinable_no_act"
    assert against_maximum(D("0.15"), D("0.15")) == "below"
    assert against_maximum(D("0.1500001"), D("0.15")) == "above"


@given(st.dictionaries(st.sampled_from(["raw", "main", "dist", "eol"]), st.decimals(-100, 5000, places=3), min_size=1))
def test_stages_per_kilowatt_hour_add_up_to_the_footprint(stages: dict[str, Decimal]) -> None:
    result = declared(stages, D(28800))
    assert sum(result.stages_per_kwh.values()) == pytest.approx(result.per_kwh, abs=D("1e-25"))


def test_a_declaration_has_one_spelling_and_one_hash() -> None:
    content = {
        "model": "M-1",
        "plant": "P-1",
        "packId": "eu-draft-2024",
        "packVersion": "1.0.0",
        "eTotalKwh": D("28800.0"),
        "cfbKgPerKwh": D("0.183333333333"),
        "stages": {"raw": D(3900), "main": D("1.5E+3"), "distribution": "60", "eol": "-180"},
    }
    assert content_hash(content) == "4cc76253d0ab0aa010b35ccbdac543692b699048eb56cb372242775c4f184c7f"


def test_canonical_json_orders_keys_by_utf_16_and_escapes_as_javascript() -> None:
    content = {"\ufb33": 1, "€": None, "😀": True, "\r": '\u0001"\\/é', "1": [1, "2"], "ö": {}}
    assert canonical_json(content).decode() == (
        '{"\\r":"\\u0001\\"\\\\/é","1":[1,"2"],"ö":{},"€":null,"😀":true,"\ufb33":1}'
    )


def test_what_has_more_than_one_spelling_is_refused() -> None:
    with pytest.raises(ValueInvalid):
        canonical_json({"x": 0.1})
    with pytest.raises(OutOfRange):
        canonical_json({"x": 2**53})


PARTS = CarbonParts(
    fossil=D(10),
    land_use_change=D("0.5"),
    land_management_emissions=D("0.2"),
    land_management_removals=D("-0.1"),
    technological_removals=D("-0.3"),
    ccs_capture=D("-0.4"),
    biogenic_non_co2=D("0.05"),
    biogenic_uptake=D(-2),
    aircraft=D("0.7"),
)


def test_the_two_totals_follow_from_their_parts_and_aircraft_is_not_counted_twice() -> None:
    assert (PARTS.excluding_uptake, PARTS.including_uptake) == (D("9.95"), D("7.95"))


def test_a_footprint_for_twelve_litres_is_divided_by_twelve() -> None:
    per_litre = per_declared_unit(D("5.14"), D(12))
    assert per_litre == near("0.42833333333333333333", "1e-19")
    assert rounded(per_litre / per_declared_unit(D("9.468"), D(12)), 12) == D("0.542881284326")
    with pytest.raises(OutOfRange):
        per_declared_unit(D(1), D(0))


def test_received_totals_may_differ_from_their_parts_by_half_a_percent() -> None:
    assert not sums_differ(D("1.005"), D(1))
    assert sums_differ(D("0.384"), D("0.356"))
    assert sums_differ(D("5.14"), D("4.804"))
