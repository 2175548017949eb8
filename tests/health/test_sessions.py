import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.health.estimate import NotAssessable
from meguri.health.sessions import (
    capacity_trend,
    isotonic_falling,
    session_capacity,
    split_sessions,
    total_least_squares,
    weighted_median,
)

X, Y = np.array([0.40, 0.35, 0.50]), np.array([17.1, 14.8, 21.3])


def test_three_sessions_give_the_worked_capacity() -> None:
    found = total_least_squares(X, Y, 0.004, 0.02)
    assert found.value == pytest.approx(42.573436, rel=1e-7)
    assert found.sd == pytest.approx(0.234972, rel=1e-5)
    assert (Y / X).mean() == pytest.approx(42.545238, rel=1e-7)


def test_old_sessions_count_less() -> None:
    fresh = total_least_squares(X, Y, 0.004, 0.02, np.array([0.0, 900.0, 900.0]))
    assert fresh.value == pytest.approx(17.1 / 0.40, rel=1e-3)
    assert fresh.sd > total_least_squares(X, Y, 0.004, 0.02).sd


@given(st.floats(1, 500), st.lists(st.floats(0.3, 0.95), min_size=1, max_size=20))
def test_noise_free_sessions_give_the_true_capacity(capacity: float, spans: list[float]) -> None:
    x = np.array(spans)
    assert total_least_squares(x, capacity * x, 0.004, 0.02).value == pytest.approx(capacity, rel=1e-6)


def charge(samples: int = 300, capacity: float = 100.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    time = np.arange(samples) * 10.0
    return time, np.full(samples, 50.0), 30 + 50 * time / 3600 / capacity * 100


def test_a_session_gives_charge_per_state_of_charge() -> None:
    assert session_capacity(*charge()).capacity_ah == pytest.approx(100.0)


def test_a_jump_of_the_state_of_charge_drops_the_session() -> None:
    time, current, soc = charge()
    soc[150:] += 2.5
    with pytest.raises(NotAssessable, match="SOC_JUMP"):
        session_capacity(time, current, soc)


def test_short_sessions_are_refused() -> None:
    with pytest.raises(NotAssessable, match="TOO_FEW_SAMPLES"):
        session_capacity(*charge(99))
    with pytest.raises(NotAssessable, match="SOC_SPAN_TOO_SMALL"):
        session_capacity(*charge(200))


def test_sessions_are_split_where_time_steps_over_ten_seconds() -> None:
    assert split_sessions(np.array([0.0, 10, 20, 31, 41])) == [slice(0, 3), slice(3, 5)]


def test_sessions_are_split_where_the_clock_was_set_back() -> None:
    assert split_sessions(np.array([0.0, 5.0, 1.0, 6.0])) == [slice(0, 2), slice(2, 4)]


def test_the_monthly_trend_falls_and_a_reset_is_seen() -> None:
    month = np.repeat(np.arange(10), 3)
    true = 100 - 0.5 * np.arange(10)
    true[6:] += 8
    values = np.repeat(true, 3) + np.tile([-0.1, 0.0, 0.1], 10)
    trend = capacity_trend(month, values, np.full(30, 900.0), np.full(30, 30.0))
    assert trend.reset == (6,)
    assert (np.diff(trend.capacity_ah) <= 0).all()
    assert trend.latest.sd == pytest.approx(trend.latest.value * np.sqrt(2) * 1.5 / 30, rel=0.01)


def test_a_handful_of_sessions_is_no_trend() -> None:
    with pytest.raises(NotAssessable, match="TOO_FEW_SESSIONS"):
        capacity_trend(np.arange(9), np.ones(9), np.ones(9), np.full(9, 40.0))


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=30))
def test_the_isotonic_trend_never_rises_and_keeps_the_mean(values: list[float]) -> None:
    fitted = isotonic_falling(np.array(values), np.ones(len(values)))
    assert (np.diff(fitted) <= 1e-9).all()
    assert fitted.mean() == pytest.approx(np.mean(values), abs=1e-6)


def test_weighted_median_follows_the_weight() -> None:
    assert weighted_median(np.array([3.0, 1.0, 2.0]), np.array([1.0, 1.0, 1.0])) == 2.0
    assert weighted_median(np.array([3.0, 1.0, 2.0]), np.array([5.0, 1.0, 1.0])) == 3.0
