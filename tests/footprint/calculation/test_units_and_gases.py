from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.footprint.calculation.errors import GasUnknown, GwpSetUnknown, OutOfRange, UnitIncompatible, UnitUnknown
from meguri.footprint.calculation.gases import co2e, co2e_by_gas, mixed_sets, potentials
from meguri.footprint.calculation.units import UNITS, Across, convert

from .helpers import D, near

MASSES = {"CO2": D(1.2), "N2O": D("0.0005"), "SF6": D("0.00002"), "NF3": D("0.00001"), "HFC-134a": D("0.0001")}


@pytest.mark.parametrize(
    ("amount", "given", "wanted", "expected"),
    [
        ("2.5", "lb", "kg", "1.133980925"),
        ("1", "US gal", "L", "3.785411784"),
        ("500", "kgkm", "tkm", "0.5"),
        ("1", "oz", "g", "28.349523125"),
        ("3.6", "MJ", "kWh", "1"),
        ("1", "GJ", "MJ", "1000"),
        ("90", "min", "hour", "1.5"),
        ("2", "m³", "L", "2000"),
        ("7", "個", "piece", "7"),
    ],
)
def test_units_of_one_dimension_convert_exactly(amount: str, given: str, wanted: str, expected: str) -> None:
    assert convert(D(amount), given, wanted) == D(expected)


def test_ten_megajoule_are_two_and_seven_ninths_of_a_kilowatt_hour() -> None:
    assert convert(D(10), "MJ", "kWh") == near("2.77777777777777777777", "1e-19")


@given(st.decimals("0.001", 10**6, places=3), st.sampled_from(sorted(UNITS)), st.sampled_from(sorted(UNITS)))
def test_a_conversion_there_and_back_is_where_it_began(amount: Decimal, given: str, wanted: str) -> None:
    if UNITS[given].dimension == UNITS[wanted].dimension:
        assert convert(convert(amount, given, wanted), wanted, given) == near(amount, "1e-40")


def test_a_mass_or_a_density_leads_across_dimensions_and_nothing_else_does() -> None:
    part = Across(mass_per_piece=D("0.95"), density=D("0.789"))
    assert convert(D(4), "piece", "kg", part) == D("3.80")
    assert convert(D(1900), "g", "piece", part) == 2
    assert convert(D(10), "L", "kg", part) == D("7.890")
    assert convert(D("0.789"), "kg", "L", part) == 1
    for source, wanted, across in (("kg", "kWh", part), ("piece", "kg", Across()), ("L", "m2", part)):
        with pytest.raises(UnitIncompatible, match=f"“{source}” cannot become “{wanted}”"):
            convert(D(1), source, wanted, across)
    with pytest.raises(OutOfRange):
        convert(D(1), "piece", "kg", Across(mass_per_piece=D(0)))


def test_an_unknown_unit_names_the_three_nearest() -> None:
    with pytest.raises(UnitUnknown) as refusal:
        convert(D(1), "KWH", "kWh")
    assert len(refusal.value.nearest) == 3
    assert "kWh" in refusal.value.nearest
    assert "「KWH」" in refusal.value.sentence("ja")


def test_direct_gases_of_a_kilogram_of_product_under_ar6() -> None:
    masses = MASSES | {"CH4_fossil": D("0.004"), "CH4_nonfossil": D("0.002")}
    assert co2e_by_gas(masses, "AR6") == {
        "CO2": D("1.2"),
        "CH4_fossil": D("0.1192"),
        "CH4_nonfossil": D("0.054"),
        "N2O": D("0.1365"),
        "SF6": D("0.504"),
        "NF3": D("0.174"),
        "HFC-134a": D("0.153"),
    }
    assert co2e(masses, "AR6") == D("2.3407")


@pytest.mark.parametrize(("gwp_set", "expected"), [("AR5", "2.2615"), ("AR4", "2.27")])
def test_the_same_gases_under_older_sets(gwp_set: str, expected: str) -> None:
    assert co2e(MASSES | {"CH4": D("0.006")}, gwp_set) == D(expected)


def test_a_corrected_set_differs_only_where_it_was_corrected() -> None:
    changed = {gas for gas, value in potentials("AR6-corr").items() if potentials("AR6")[gas] != value}
    assert changed == {"SF6"}
    assert potentials("AR6-corr")["SF6"] == 24300


@pytest.mark.parametrize(("gas", "gwp_set"), [("CO", "AR6"), ("NOx", "AR6"), ("H2", "AR5"), ("CH4_fossil", "AR5")])
def test_a_gas_without_a_potential_in_the_set_is_unknown(gas: str, gwp_set: str) -> None:
    with pytest.raises(GasUnknown, match=gwp_set):
        co2e({gas: D(1)}, gwp_set)


def test_sets_are_named_and_never_mixed_unseen() -> None:
    with pytest.raises(GwpSetUnknown, match="AR"):
        co2e({"CO2": D(1)}, "AR7")
    assert mixed_sets(["AR6", "AR6"]) == []
    assert mixed_sets(["AR6", "AR5", "AR6"]) == ["AR5", "AR6"]


def test_a_negative_mass_of_gas_is_out_of_range() -> None:
    with pytest.raises(OutOfRange, match="CO2"):
        co2e({"CO2": D(-1)}, "AR6")
