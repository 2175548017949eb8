import numpy as np
import pytest

from meguri.health.estimate import NotAssessable
from meguri.health.resistance import (
    charge_power_w,
    discharge_power_w,
    factor_to_25_celsius,
    resistance_increase_pct,
    soh_resistance,
    step_flags,
    step_resistance,
)


def test_a_step_gives_the_worked_resistances() -> None:
    time, volts = np.array([0.0, 0.1, 10.0, 30.0]), np.array([3.652, 3.650, 3.620, 3.600])
    found = step_resistance(time, volts, 3.700, -50.0, np.array([0.1, 10.0, 30.0, 31.0]))
    np.testing.assert_allclose(found, [1.0e-3, 1.6e-3, 2.0e-3, np.nan])


def test_resistance_at_15_celsius_is_brought_to_25() -> None:
    assert factor_to_25_celsius(15.0) == pytest.approx(0.7557914, rel=1e-6)
    assert 1.6 * factor_to_25_celsius(15.0) == pytest.approx(1.2092662, rel=1e-6)
    assert factor_to_25_celsius(25.0) == 1.0


def test_health_by_resistance() -> None:
    assert soh_resistance(1.2092662e-3, 0.8e-3) == pytest.approx(48.841726, rel=1e-6)
    assert soh_resistance(0.8, 0.8) == 100.0
    assert soh_resistance(1.6, 0.8) == 0.0
    assert resistance_increase_pct(1.2, 0.8) == pytest.approx(50.0)
    with pytest.raises(NotAssessable, match="NO_REFERENCE"):
        soh_resistance(1.0, 0.0)


def test_power_at_the_limits() -> None:
    assert discharge_power_w(3.7, 2.8, 2e-3) == pytest.approx(1260)
    assert charge_power_w(3.7, 4.2, 2e-3) == pytest.approx(1050)


def test_weak_steps_are_flagged() -> None:
    assert step_flags(-50.0, 50.0, 50.0) == ()
    assert step_flags(10.0, 50.0, None) == ("STEP_TOO_SMALL", "SOC_OUTSIDE_WINDOW")
