"""Imbalance, self-discharge, throughput, durability, Annex VII, fusion: what a battery's record says."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from meguri.health.annex_vii import annex_vii
from meguri.health.durability import (
    check_fleet,
    check_monitor,
    counted_km,
    durability_rules,
    minimum_in_force,
    soce_pct,
    virtual_km,
)
from meguri.health.estimate import NotAssessable
from meguri.health.fusion import Reading, fuse
from meguri.health.imbalance import outliers, rest_spread, self_discharge_evolution_pct, self_discharge_pct_per_month
from meguri.health.throughput import (
    depth_weighted_cycles,
    equivalent_full_cycles,
    harmful_events,
    rainflow,
    round_trip_efficiency_pct,
)

CELLS = np.array([3.652, 3.650, 3.649, 3.651, 3.634])


def test_spread_and_deficit_of_the_lowest_cell() -> None:
    found = rest_spread(CELLS, 1.2, 50)
    assert found.spread_v == pytest.approx(0.018)
    assert found.deficit_ah == pytest.approx(0.666667, abs=1e-6)
    assert outliers(CELLS).tolist() == [4]


def test_on_the_plateau_a_voltage_spread_says_nothing() -> None:
    with pytest.raises(NotAssessable, match="OCV_PLATEAU"):
        rest_spread(CELLS, 0.05, 50)


def test_self_discharge_from_two_rests() -> None:
    assert self_discharge_pct_per_month(3.9000, 3.8952, 1.2, 14) == pytest.approx(0.857143, abs=1e-6)
    assert self_discharge_evolution_pct(0.9, 0.6) == pytest.approx(50)


@pytest.mark.parametrize(
    ("days", "options", "code"),
    [
        (2, {}, "REST_TOO_SHORT"),
        (5, {"temperature_change_k": 3.5}, "TEMPERATURE_DRIFT"),
        (5, {"balancing": True}, "BALANCING_ACTIVE"),
    ],
)
def test_self_discharge_needs_a_quiet_rest(days: float, options: dict[str, float], code: str) -> None:
    with pytest.raises(NotAssessable, match=code):
        self_discharge_pct_per_month(3.9, 3.8952, 1.2, days, **options)  # type: ignore[arg-type]


def test_rainflow_counts_the_worked_history() -> None:
    cycles = rainflow([0.2, 0.9, 0.4, 0.8, 0.3])
    assert sorted((round(c.depth, 9), c.count) for c in cycles) == [(0.4, 1.0), (0.6, 0.5), (0.7, 0.5)]
    assert depth_weighted_cycles(cycles) == pytest.approx(1.05)


@example([1.0, 0.0, 1e-239, 1e-153, 1.0])
@given(st.lists(st.floats(0, 1), min_size=2, max_size=60))
def test_rainflow_keeps_the_travelled_way(history: list[float]) -> None:
    way = float(np.abs(np.diff(history)).sum())
    assert 2 * depth_weighted_cycles(rainflow(history)) == pytest.approx(way, abs=1e-9)


def test_full_cycles_and_efficiency() -> None:
    assert equivalent_full_cycles(1.05, 1.314) == pytest.approx(0.799087, abs=1e-6)
    assert round_trip_efficiency_pct(90, 100, 0.5) == 90
    with pytest.raises(NotAssessable, match="CYCLE_NOT_CLOSED"):
        round_trip_efficiency_pct(90, 100, 1.5)


def test_harmful_moments_are_counted_once_each() -> None:
    time = np.arange(7) * 60.0
    current = np.array([1, 1, 1, -1, -1, -1, 0.0])
    cells = np.array([[3.5, 3.6], [4.26, 3.6], [4.27, 3.6], [3.5, 3.4], [2.4, 3.4], [3.5, np.nan], [2.4, 3.4]])
    warmth = np.array([20, 20, 50, 50, -5, 20, 20.0])
    found = harmful_events(time, current, cells, warmth, v_min=2.5, v_max=4.2, idle_range_c=(0, 45))
    assert (found.deep_discharges, found.overcharges) == (2, 1)
    assert (found.minutes_hot, found.minutes_cold, found.minutes_hot_charging) == (2.0, 1.0, 1.0)


def test_certified_energy_and_virtual_distance() -> None:
    assert soce_pct(61.2, 75.0) == pytest.approx(81.6)
    assert virtual_km(1800, 0.150) == pytest.approx(12_000)
    assert counted_km(88_000, 1800, 0.150) == pytest.approx(100_000)
    with pytest.raises(NotAssessable, match="NO_REFERENCE"):
        soce_pct(61.2, None)


def test_three_monitors_leave_the_question_open() -> None:
    found = check_monitor([3, 4, 6])
    assert (found.mean, found.sd) == pytest.approx((4.333333, 1.527525), abs=1e-6)
    assert (found.pass_limit, found.fail_limit) == pytest.approx((1.755536, 6.906351), abs=1e-6)
    assert found.verdict == "continue"


@given(st.lists(st.floats(-10, 15), min_size=16, max_size=16))
def test_sixteen_vehicles_always_decide(differences: list[float]) -> None:
    assert check_monitor(differences).verdict in ("pass", "fail")


def test_a_monitor_check_needs_three_to_sixteen() -> None:
    assert [step.n for step in durability_rules().part_a.steps] == list(range(3, 17))
    with pytest.raises(NotAssessable, match="SAMPLE_SIZE"):
        check_monitor([1.0, 2.0])


def test_a_fleet_passes_at_ninety_percent() -> None:
    assert check_fleet(45, 500) == (91.0, True)
    assert check_fleet(50, 500) == (90.0, True)
    assert check_fleet(51, 500)[1] is False


@pytest.mark.parametrize(
    ("years", "km", "least"), [(5, 100_000, 80.0), (5.1, 50_000, 72.0), (3, 100_001, 72.0), (8.1, 1, None)]
)
def test_the_minimum_ends_by_age_or_distance_whichever_comes_first(
    years: float, km: float, least: float | None
) -> None:
    found = minimum_in_force("M1", years, km)
    assert (found.least_pct if found else None) == least


def test_an_electric_car_owes_only_its_certified_energy() -> None:
    assert [item.key for item in annex_vii("ev", {"soce": 81.6}).items] == ["soce"]
    assert annex_vii("ev", {"soce": 81.6}).complete
    assert not annex_vii("ev", {}).complete


def test_a_required_parameter_without_value_makes_the_set_incomplete() -> None:
    values = {item.key: 1.0 for item in annex_vii("lmt", {}).items}
    assert annex_vii("lmt", values).complete
    assert annex_vii("lmt", {**values, "ohmic_resistance": None}).complete
    missing = annex_vii("lmt", {**values, "remaining_capacity": None})
    assert not missing.complete
    assert {i.key: i.status for i in missing.items}["remaining_capacity"] == "not_assessable"


def test_other_categories_are_outside_annex_vii() -> None:
    assert not annex_vii("portable", {}).applies


def test_fusion_weighs_by_certainty() -> None:
    found = fuse([Reading("pulse_response", 82.0, 78.71, 85.29), Reading("capacity_full", 80.0, 79.6, 80.4)])
    assert found is not None
    assert found.value == pytest.approx(80.0, abs=0.05)
    assert found.lower is not None
    assert found.lower > 79.5


def test_methods_that_contradict_are_not_averaged() -> None:
    found = fuse([Reading("a", 80, 78, 82), Reading("b", 90, 88, 92), Reading("soh_bms", 99, 99, 99)])
    assert found is not None
    assert (found.value, found.reason, found.methods) == (None, "METHODS_DISAGREE", ("a", "b"))


def test_the_bms_alone_is_no_measurement() -> None:
    assert fuse([Reading("soh_bms", 99, 98, 100)]) is None
