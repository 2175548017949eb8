import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.health.estimate import NotAssessable
from meguri.health.ocv import FULL, OcvTable, anchor_at, capacity_ocv, rest_voltage

LINEAR = OcvTable(np.linspace(0, 1, 11), 3.0 + 1.2 * np.linspace(0, 1, 11))
LFP = OcvTable(
    np.linspace(0, 1, 11),
    np.array([2.5, 3.2, 3.26, 3.280, 3.290, 3.295, 3.300, 3.320, 3.330, 3.335, 3.45]),
)


def test_two_rests_give_the_worked_capacity() -> None:
    found = capacity_ocv(anchor_at(LINEAR, 3.36), anchor_at(LINEAR, 3.84), 17.0)
    assert found.value == pytest.approx(42.5, rel=1e-9)
    assert found.sd == pytest.approx(0.2540143, rel=1e-6)
    soh = found.relative_to(50)
    assert (soh.interval()[1] - soh.interval()[0]) / 2 == pytest.approx(0.8357, abs=5e-5)


def test_the_difference_of_anchors_has_the_worked_uncertainty() -> None:
    assert np.hypot(anchor_at(LINEAR, 3.36).u_soc, anchor_at(LINEAR, 3.84).u_soc) == pytest.approx(0.00235702, rel=2e-6)


def test_a_short_span_is_refused() -> None:
    with pytest.raises(NotAssessable, match="SOC_SPAN_TOO_SMALL"):
        capacity_ocv(anchor_at(LINEAR, 3.36), anchor_at(LINEAR, 3.60), 8.5)


@pytest.mark.parametrize("hysteresis", [0.0, 0.010])
def test_the_plateau_of_lfp_is_not_identifiable(hysteresis: float) -> None:
    first, second = anchor_at(LFP, 3.290, hysteresis), anchor_at(LFP, 3.330, hysteresis)
    with pytest.raises(NotAssessable, match="NOT_IDENTIFIABLE"):
        capacity_ocv(first, second, 20.0)


def test_at_a_knot_the_flatter_neighbour_counts() -> None:
    assert LFP.slope_at(3.290) == pytest.approx(0.05)
    assert LFP.slope_at(3.330) == pytest.approx(0.05)
    assert np.hypot(anchor_at(LFP, 3.290).u_soc, anchor_at(LFP, 3.330).u_soc) == pytest.approx(0.0566, abs=1e-4)


def test_lfp_is_assessable_when_anchored_at_a_full_charge() -> None:
    steep = anchor_at(LFP, 2.9, 0.010)
    assert capacity_ocv(steep, FULL, 30.0).value == pytest.approx(30.0 / (1 - LFP.soc_at(2.9)))


@pytest.mark.parametrize("soc", [np.linspace(0, 1, 10), np.r_[np.linspace(0, 1, 10), 1.0]])
def test_a_table_with_too_few_points_or_a_repeated_one_is_refused(soc: np.ndarray) -> None:
    with pytest.raises(ValueError, match="OCV table"):
        OcvTable(soc, 3.0 + soc)


@given(st.floats(3.0, 4.2), st.floats(3.0, 4.2), st.floats(1, 500))
def test_capacity_is_proportional_to_charge_and_symmetric(first: float, second: float, charge: float) -> None:
    anchors = anchor_at(LINEAR, first), anchor_at(LINEAR, second)
    try:
        found = capacity_ocv(*anchors, charge)
    except NotAssessable:
        return
    assert capacity_ocv(*anchors, 2 * charge).value == pytest.approx(2 * found.value)
    assert capacity_ocv(anchors[1], anchors[0], -charge).value == pytest.approx(found.value)


def test_a_long_rest_is_taken_as_it_is_and_a_short_one_is_fitted_with_more_doubt() -> None:
    time = np.arange(0.0, 1801.0, 10)
    volts = 3.7 - 0.02 * np.exp(-time / 60) - 0.03 * np.exp(-time / 500)
    assert rest_voltage(time, volts) == (pytest.approx(volts[-1]), 0.002)
    short = time <= 900
    value, doubt = rest_voltage(time[short], volts[short])
    assert (value, doubt) == (pytest.approx(3.7, abs=0.002), 0.005)
    with pytest.raises(NotAssessable, match="REST_TOO_SHORT"):
        rest_voltage(time[:5], volts[:5])


def test_a_table_in_percent_is_refused_and_not_taken_for_a_hundredth_of_the_capacity() -> None:
    soc = np.linspace(0, 1, 11)
    for odd in (100 * soc, soc - 0.5, soc + 0.2):
        with pytest.raises(ValueError, match="0–1"):
            OcvTable(odd, 3.0 + 1.2 * soc)
