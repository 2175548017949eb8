from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.footprint.calculation.electricity import (
    ElectricityUse,
    Instrument,
    InstrumentKind,
    annual_emissions,
    check_volumes,
    delivered,
    electricity_emissions,
    hourly_emissions,
)
from meguri.footprint.calculation.errors import ElectricityBalance, InstrumentExceeded, OutOfRange

from .helpers import D, near

ROOF = Instrument(id="roof", kind=InstrumentKind.ON_SITE_DIRECT, kwh=D(2000), factor=D("0.05"))
PPA = Instrument(id="wind", kind=InstrumentKind.PPA_PHYSICAL, kwh=D(6000), factor=D(0), cancelled=True)


def use(*instruments: Instrument, **changes: object) -> ElectricityUse:
    fields = {"kwh": D(12000), "grid": D("0.434"), "residual": D("0.503"), "instruments": instruments}
    return ElectricityUse(**{**fields, **changes})  # type: ignore[arg-type]


def test_one_use_gives_both_the_location_and_the_contract_based_figure() -> None:
    result = electricity_emissions(use(ROOF, PPA))
    assert (result.location / 1000, result.contract / 1000) == (D("4.44"), D("2.112"))
    assert (result.flags, result.refused) == ((), {})


def test_without_a_residual_mix_the_grid_stands_in_and_is_flagged() -> None:
    result = electricity_emissions(use(ROOF, PPA, residual=None))
    assert result.contract == D(100) + 4000 * D("0.434")
    assert result.flags == ("residual_missing",)
    all_covered = electricity_emissions(use(PPA, kwh=D(6000), residual=None))
    assert all_covered.flags == (), "where nothing is left over, nothing is missing"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"cancelled": False}, "not_cancelled"),
        ({"kind": InstrumentKind.GRID}, "kind_not_contractual"),
        ({"valid_to": date(2025, 12, 30)}, "outside_period"),
        ({"valid_from": date(2025, 1, 2)}, "outside_period"),
        ({"region": "TW"}, "outside_region"),
    ],
)
def test_a_contract_that_does_not_hold_is_not_counted_and_says_why(change: dict[str, object], reason: str) -> None:
    import msgspec

    contract = msgspec.structs.replace(PPA, **{"valid_from": date(2025, 1, 1), "region": "JP", **change})
    result = electricity_emissions(use(contract, start=date(2025, 1, 1), end=date(2025, 12, 31), region="JP"))
    assert result.refused == {"wind": reason}
    assert result.contract == 12000 * D("0.503")


def test_a_pack_may_accept_fewer_kinds_of_contract() -> None:
    result = electricity_emissions(use(ROOF, PPA), ["on_site_direct"])
    assert result.refused == {"wind": "not_in_pack"}
    assert result.contract == 2000 * D("0.05") + 10000 * D("0.503")
    assert result.location == 4440


def test_contracts_cannot_cover_more_than_was_used() -> None:
    with pytest.raises(ElectricityBalance, match="8000 kWh, but only 7999"):
        electricity_emissions(use(ROOF, PPA, kwh=D(7999)))


def test_all_products_together_cannot_take_more_from_a_contract_than_it_holds() -> None:
    check_volumes({"wind": D(12000)}, {"wind": D(12000), "other": D(99)})
    with pytest.raises(InstrumentExceeded, match="12000 kWh are taken from “wind”, which holds 11999"):
        check_volumes({"wind": D(11999)}, {"roof": D(1), "wind": D(12000)})


def test_hour_by_hour_less_of_a_contract_counts_than_over_the_year() -> None:
    load, made, grid = [D(100)] * 3, [D(150), D(50), D(0)], [D("0.3"), D("0.4"), D("0.5")]
    assert hourly_emissions(load, made, D(0), grid) == 70
    assert annual_emissions(load, made, D(0), grid) == 40


def test_a_factor_at_the_power_station_grows_by_what_is_lost_on_the_way() -> None:
    assert delivered(D("0.40"), D("0.05")) == near("0.42105263157894736842", "1e-19")
    with pytest.raises(OutOfRange):
        delivered(D("0.4"), D(1))


kilowatt_hours = st.decimals(0, 5000, places=2)


@given(kilowatt_hours, kilowatt_hours, st.decimals(0, 1, places=3), st.decimals(0, 1, places=3))
def test_with_one_and_the_same_factor_everywhere_contracts_change_nothing(
    roof: Decimal, wind: Decimal, factor: Decimal, other: Decimal
) -> None:
    import msgspec

    instruments = [
        msgspec.structs.replace(ROOF, kwh=roof, factor=factor),
        msgspec.structs.replace(PPA, kwh=wind, factor=factor),
    ]
    result = electricity_emissions(use(*instruments, grid=factor, residual=factor))
    assert result.location == result.contract == 12000 * factor


@given(st.lists(st.tuples(*[st.decimals(0, 100, places=1)] * 2), min_size=1, max_size=24))
def test_clean_electricity_never_counts_for_more_by_the_hour_than_by_the_year(
    hours: list[tuple[Decimal, Decimal]],
) -> None:
    load, made = [used + 1 for used, _ in hours], [each for _, each in hours]
    grid = [D("0.4")] * len(hours)
    assert hourly_emissions(load, made, D(0), grid) >= annual_emissions(load, made, D(0), grid)
