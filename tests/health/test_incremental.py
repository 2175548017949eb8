import numpy as np
import pytest
from scipy.special import ndtr

from meguri.health.estimate import NotAssessable
from meguri.health.halfcells import Alignment, fit_alignment, full_cell, graphite_potential, losses
from meguri.health.incremental import incremental_capacity


def charge_at(volts: np.ndarray) -> np.ndarray:
    return 20 * ndtr((volts - 3.65) / 0.03) + 15 * ndtr((volts - 3.95) / 0.04)


def test_two_peaks_are_found_where_they_are() -> None:
    volts = np.linspace(3.4, 4.2, 801)
    first, second = incremental_capacity(volts, charge_at(volts)).peaks
    assert (first.voltage, second.voltage) == (pytest.approx(3.650, abs=0.002), pytest.approx(3.950, abs=0.002))
    assert (first.height, second.height) == (pytest.approx(265.96, rel=0.03), pytest.approx(149.60, rel=0.03))
    assert (first.area, second.area) == (pytest.approx(20, rel=0.02), pytest.approx(15, rel=0.02))


@pytest.mark.parametrize("seed", range(5))
def test_voltage_noise_does_not_move_the_peaks(seed: int) -> None:
    fine = np.linspace(3.4, 4.2, 80_001)
    charge = np.linspace(charge_at(fine)[0], charge_at(fine)[-1], 36_000)
    volts = np.interp(charge, charge_at(fine), fine) + 5e-4 * np.random.default_rng(seed).normal(size=36_000)
    peaks = incremental_capacity(volts, charge, 0.1).peaks
    assert len(peaks) == 2
    for peak, voltage, height in zip(peaks, (3.650, 3.950), (265.96, 149.60), strict=True):
        assert peak.voltage == pytest.approx(voltage, abs=0.005)
        assert peak.height == pytest.approx(height, rel=0.10)


def test_a_fast_charge_shows_no_equilibrium() -> None:
    volts = np.linspace(3.4, 4.2, 801)
    with pytest.raises(NotAssessable, match="RATE_TOO_HIGH"):
        incremental_capacity(volts, charge_at(volts), 0.5)


def positive(y: np.ndarray) -> np.ndarray:
    return 4.45 - 1.10 * y + 0.15 * np.tanh((0.55 - y) / 0.06)


TRUE = Alignment(52.0, 58.0, 0.80, 0.32)


def test_the_reconstructed_curve_has_the_worked_voltages() -> None:
    volts = full_cell(np.array([0.0, 19.0, 38.0]), TRUE, positive, graphite_potential)
    np.testing.assert_allclose(volts, [4.161938, 3.430543, 2.955539], rtol=2e-7)


def test_the_fit_finds_the_alignment_and_the_losses() -> None:
    charge = np.linspace(0, 38, 400)
    found = fit_alignment(
        charge, full_cell(charge, TRUE, positive, graphite_potential), positive, graphite_potential, 50
    )
    assert (found.c_p, found.c_n, found.x_0, found.y_0) == pytest.approx((52, 58, 0.80, 0.32), rel=1e-3)
    lost = losses(TRUE, 70, 55, 60)
    assert (lost.lli, lost.lam_pe, lost.lam_ne) == pytest.approx((0.099429, 0.054545, 0.033333), abs=1e-6)


def test_without_electrode_curves_nothing_is_reconstructed() -> None:
    with pytest.raises(NotAssessable, match="NO_HALF_CELL_DATA"):
        fit_alignment(np.arange(5.0), np.arange(5.0), None, graphite_potential, 50)
