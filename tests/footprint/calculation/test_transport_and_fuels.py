from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.footprint.calculation.errors import FactorUnknown, OutOfRange
from meguri.footprint.calculation.fuels import fuel_factor, published_fuel_factor
from meguri.footprint.calculation.transport import (
    Fuel,
    by_conventional_tkm,
    by_fuel,
    by_fuel_economy,
    by_improved_tkm,
    conventional_factor,
    litres_per_tkm,
    shared_by_mass_distance,
)

from .helpers import D, near, rounded

DIESEL = published_fuel_factor("diesel-38_0")


def test_diesel_from_heat_and_carbon_content() -> None:
    assert fuel_factor(D("37.7"), D("0.0187")) == near("2.58496333333333333333", "1e-19")
    assert near("2.61946666666666666666", "1e-19") == DIESEL
    assert published_fuel_factor("diesel-37_7") == near("2.58496333333333333333", "1e-19")


@pytest.mark.parametrize(
    ("fuel", "load", "payload", "expected"),
    [
        ("diesel", 62, 10000, "0.0536433627"),
        ("diesel", 50, 4000, "0.1163127083"),
        ("diesel", 100, 10000, "0.0363863126"),
        ("diesel", 10, 2000, "0.6761832816"),
        ("petrol", 50, 1500, "0.2401673338"),
    ],
)
def test_litres_per_tonne_kilometre_of_a_truck(fuel: Fuel, load: int, payload: int, expected: str) -> None:
    rate, flags = litres_per_tkm(fuel, D(load), D(payload))
    assert (rounded(rate, 10), flags) == (D(expected), ())


def test_eight_tonnes_over_350_kilometres() -> None:
    way = (D(8), D(350), "diesel", D(62), D(10000))
    freight = by_improved_tkm(*way, DIESEL)  # type: ignore[arg-type]
    assert rounded(freight.litres, 6) == D("150.201415")
    assert rounded(freight.emission, 6) == D("393.447601")
    assert rounded(by_improved_tkm(*way, D("2.58")).emission, 6) == D("387.519652")  # type: ignore[arg-type]
    back = by_improved_tkm(*way, DIESEL, return_factor=D("1.5"))  # type: ignore[arg-type]
    assert rounded(back.emission, 6) == D("590.171402")


def test_half_a_tonne_of_eight_carries_a_sixteenth_of_the_journey() -> None:
    freight = by_improved_tkm(D(8), D(350), "diesel", D(62), D(10000), DIESEL)
    shares = shared_by_mass_distance(freight.emission, {"ours": (D("0.5"), D(350)), "others": (D("7.5"), D(350))})
    assert rounded(shares["ours"], 6) == D("24.590475")
    assert sum(shares.values()) == near(freight.emission, "1e-40")


def test_a_nearly_empty_truck_counts_as_a_tenth_full_and_is_flagged() -> None:
    rate, flags = litres_per_tkm("diesel", D(5), D(2000))
    assert (rounded(rate, 10), flags) == (D("0.6761832816"), ("load_factor_clamped",))


def test_by_fuel_economy_and_by_rail() -> None:
    assert rounded(by_fuel_economy(D(350), D("4.2"), DIESEL).emission, 6) == D("218.288889")
    assert by_conventional_tkm(D(8), D(350), conventional_factor("rail")).emission == D("61.6")
    assert by_fuel(D(10), D("2.6")).emission == 26


@pytest.mark.parametrize(
    ("load", "payload", "back", "field"),
    [(0, 1, 1, "load"), (101, 1, 1, "load"), (-5, 1, 1, "load"), (50, 0, 1, "payload"), (50, 1, "0.9", "return")],
)
def test_an_impossible_journey_is_out_of_range(load: int, payload: int, back: object, field: str) -> None:
    with pytest.raises(OutOfRange, match=field):
        by_improved_tkm(D(1), D(1), "diesel", D(load), D(payload), D(1), D(back))


def test_an_unknown_mode_or_fuel_names_those_there_are() -> None:
    with pytest.raises(FactorUnknown, match="rail"):
        conventional_factor("railway")
    with pytest.raises(FactorUnknown, match="diesel-38_0"):
        published_fuel_factor("diesel")


@given(st.decimals(10, 100, places=1), st.decimals(1000, 20000, places=0))
def test_a_fuller_truck_and_a_larger_one_need_less_for_each_tonne(load: Decimal, payload: Decimal) -> None:
    for fuel in ("diesel", "petrol"):
        rate, _ = litres_per_tkm(fuel, load, payload)
        assert litres_per_tkm(fuel, min(load + 5, D(100)), payload)[0] <= rate
        assert litres_per_tkm(fuel, load, payload * 2)[0] < rate


@given(st.decimals(0, 50, places=2), st.decimals(0, 50, places=2), st.decimals(1, 900, places=1))
def test_a_load_in_two_parts_on_one_truck_emits_as_the_whole(first: Decimal, second: Decimal, way: Decimal) -> None:
    def emission(tonnes: Decimal) -> Decimal:
        return by_improved_tkm(tonnes, way, "diesel", D(80), D(10000), DIESEL).emission

    assert emission(first) + emission(second) == near(emission(first + second), "1e-40")
