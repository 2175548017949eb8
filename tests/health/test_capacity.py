"""Worked example 1 of the method, and what must not change a capacity."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meguri.health.capacity import Instrument, at_25_celsius, capacity_full, is_cut_off, is_full
from meguri.health.estimate import Estimate, NotAssessable


def discharge(time: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return time, np.full_like(time, -25.0), 4.15 - 1.15 * time / 6120


def measure(time: np.ndarray) -> tuple[Estimate, Estimate]:
    found = capacity_full(*discharge(time), full=True, cut_off=True)
    return found.charge, found.energy


EVERY_SECOND = np.arange(0.0, 6121.0)


def test_a_full_discharge_gives_the_worked_capacity_and_energy() -> None:
    charge, energy = measure(EVERY_SECOND)
    assert charge.value == pytest.approx(42.5, rel=1e-9)
    assert energy.value == pytest.approx(151.9375, rel=1e-6)
    assert charge.sd == pytest.approx(0.0433417, rel=1e-6)
    soh = charge.relative_to(50.0)
    assert soh.value == pytest.approx(85.0)
    assert soh.interval()[1] - soh.value == pytest.approx(0.14259, abs=5e-6)
    assert energy.relative_to(182.5).value == pytest.approx(83.253425, rel=1e-6)


def test_irregular_sampling_gives_the_same() -> None:
    steps = np.random.default_rng(1).uniform(0.2, 3.0, 4000).cumsum()
    time = np.concatenate([[0.0], steps[steps < 6120], [6120.0]])
    assert measure(time)[0].value == pytest.approx(42.5, rel=1e-4)
    assert measure(time)[1].value == pytest.approx(151.9375, rel=1e-4)


def test_a_gap_of_45_seconds_is_bridged_and_costs_certainty() -> None:
    charge, _ = measure(np.delete(EVERY_SECOND, slice(3001, 3045)))
    assert charge.value == pytest.approx(42.5)
    assert charge.sd**2 - 0.0433417**2 == pytest.approx(0.00625**2, rel=1e-3)
    assert charge.flags == ("GAP_BRIDGED",)


def test_a_gap_of_90_seconds_is_refused() -> None:
    with pytest.raises(NotAssessable, match="GAP_IN_DATA"):
        measure(np.delete(EVERY_SECOND, slice(3001, 3090)))


def test_a_gap_across_a_change_of_current_is_refused() -> None:
    time, current, voltage = discharge(np.delete(EVERY_SECOND, slice(3001, 3031)))
    current[time > 3030] = -24.0
    with pytest.raises(NotAssessable, match="GAP_IN_DATA"):
        capacity_full(time, current, voltage, full=True, cut_off=True)


def test_missing_samples_are_a_gap_and_never_interpolated() -> None:
    time, current, voltage = discharge(EVERY_SECOND)
    current[2000:2100] = np.nan
    with pytest.raises(NotAssessable, match="GAP_IN_DATA"):
        capacity_full(time, current, voltage, full=True, cut_off=True)


@pytest.mark.parametrize(("full", "cut_off", "code"), [(False, True, "NOT_FULL"), (True, False, "CUTOFF_NOT_REACHED")])
def test_half_a_discharge_is_no_capacity(full: bool, cut_off: bool, code: str) -> None:
    with pytest.raises(NotAssessable, match=code):
        capacity_full(*discharge(EVERY_SECOND), full=full, cut_off=cut_off)


def test_full_and_cut_off_are_judged_at_the_cell() -> None:
    assert is_full(50, taper_a=2.5, max_cell_v=4.1, v_max=4.2)
    assert is_full(50, taper_a=9.0, max_cell_v=4.19, v_max=4.2)
    assert not is_full(50, taper_a=2.6, max_cell_v=4.18, v_max=4.2)
    assert is_cut_off(3.01, 3.0)
    assert not is_cut_off(3.02, 3.0)


@settings(deadline=None)
@given(st.floats(0.01, 1000), st.integers(1, 8))
def test_capacity_scales_with_current_and_ignores_resampling(scale: float, every: int) -> None:
    time, current, voltage = discharge(EVERY_SECOND)
    whole = capacity_full(time, scale * current, voltage, full=True, cut_off=True).charge.value
    assert whole == pytest.approx(scale * 42.5)
    thin = time[:: every if 6120 % every == 0 else 1]
    assert measure(thin)[0].value == pytest.approx(42.5)


@given(st.floats(0, 0.5))
def test_white_noise_of_the_current_averages_out(sigma: float) -> None:
    time, current, voltage = discharge(EVERY_SECOND)
    noisy = current + sigma * np.random.default_rng(2).normal(size=len(current))
    found = capacity_full(time, noisy, voltage, full=True, cut_off=True).charge.value
    assert found == pytest.approx(42.5, abs=1e-3 + 0.02 * sigma)


def test_correction_to_25_celsius_adds_its_own_doubt() -> None:
    corrected = at_25_celsius(Estimate(40.0, 0.0), 15.0)
    assert corrected.value == pytest.approx(40 / 0.95)
    assert corrected.sd == pytest.approx(0.3 * (40 / 0.95 - 40))
    assert at_25_celsius(Estimate(40.0, 0.1), 25.0).sd == pytest.approx(0.1)
    with pytest.raises(NotAssessable, match="TEMPERATURE"):
        at_25_celsius(Estimate(40.0, 0.1), 46.0)


@pytest.mark.parametrize("reference", [0.0, -1.0, float("nan")])
def test_without_a_reference_there_is_no_percentage(reference: float) -> None:
    with pytest.raises(NotAssessable, match="NO_REFERENCE"):
        Estimate(42.5, 0.1).relative_to(reference)


def test_an_implausible_percentage_is_refused_not_shown() -> None:
    with pytest.raises(NotAssessable, match="IMPLAUSIBLE_RESULT"):
        Estimate(42.5, 0.1).relative_to(30.0).plausible()


def test_a_better_instrument_gives_a_narrower_interval() -> None:
    fine = capacity_full(*discharge(EVERY_SECOND), full=True, cut_off=True, instrument=Instrument(1e-4, 1e-3))
    assert fine.charge.sd < measure(EVERY_SECOND)[0].sd
