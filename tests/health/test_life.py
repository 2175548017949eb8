import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.health.degradation import (
    Stress,
    Use,
    ageing_model,
    calendar_rate,
    chain,
    cycle_rate,
    day_of,
    live,
    outside_validity,
)
from meguri.health.estimate import NotAssessable
from meguri.health.halfcells import graphite_potential
from meguri.health.life import History, fit_rates, has_knee, outlook

LEAF, LFP = ageing_model("leaf_lmo_2nd_life"), ageing_model("lfp_250ah")
ROOM = Stress(298.15, 0.5)
DAYS, CYCLES = np.array([0.0, 180, 365, 730, 1095]), np.array([0.0, 120, 250, 500, 750])


def test_the_second_life_leaf_model_gives_the_worked_figures() -> None:
    assert calendar_rate(LEAF, ROOM) == pytest.approx(0.003878009, rel=1e-6)
    year = live(LEAF, [Use(ROOM, 365, 250)])
    assert (year.calendar, year.cycle, year.capacity) == pytest.approx((0.059912, 0.029474, 0.910614), abs=1e-6)
    assert LEAF.of_new * year.capacity == pytest.approx(0.637430, abs=1e-6)
    assert live(LEAF, [Use(ROOM, 1095, 750)]).capacity == pytest.approx(0.803707, abs=1e-6)
    assert day_of(LEAF, ROOM, 250 / 365, 0.80) == pytest.approx(1122.001, abs=1e-3)
    assert day_of(LEAF, ROOM, 250 / 365, 0.60 / LEAF.of_new) == pytest.approx(715.56, abs=1e-2)


def test_a_change_of_temperature_is_chained() -> None:
    warm = Stress(308.15, 0.5)
    assert calendar_rate(LEAF, warm) == pytest.approx(0.008771784, rel=1e-6)
    assert live(LEAF, [Use(ROOM, 730, 0), Use(warm, 1095, 0)]).calendar == pytest.approx(0.237288, abs=1e-6)


def test_the_lfp_model_gives_the_worked_figures() -> None:
    assert graphite_potential(np.array([0.0085 + 0.7715 * 0.5]))[0] == pytest.approx(0.123304, abs=1e-6)
    assert calendar_rate(LFP, ROOM) == pytest.approx(4.946233e-4, rel=1e-6)
    assert cycle_rate(LFP, ROOM) == pytest.approx(2.171548e-4, rel=1e-6)
    found = [live(LFP, [Use(ROOM, 365 * years, 300 * years)]).capacity for years in (5, 10)]
    assert found == pytest.approx([0.881722, 0.798642], abs=1e-6)


def test_conditions_outside_the_model_are_flagged() -> None:
    assert outside_validity(LFP, ROOM) == ()
    assert outside_validity(LFP, Stress(330.0, 0.5)) == ("EXTRAPOLATION",)
    assert outside_validity(LEAF, Stress(298.15, 0.5, depth=0.5)) == ("EXTRAPOLATION",)


@given(st.floats(1e-6, 1e-2), st.floats(0.3, 1.2), st.floats(1, 5000), st.floats(1, 5000))
def test_chaining_under_constant_stress_changes_nothing(rate: float, power: float, first: float, then: float) -> None:
    once = chain(0.0, rate, first + then, power)
    assert chain(chain(0.0, rate, first, power), rate, then, power) == pytest.approx(once, rel=1e-9)


@given(st.floats(280, 315), st.floats(0.1, 0.9), st.floats(1, 3000), st.floats(1, 300))
def test_more_life_never_gives_capacity_back(kelvin: float, soc: float, days: float, more: float) -> None:
    stress = Stress(kelvin, soc)
    assert live(LFP, [Use(stress, days + more, days)]).capacity < live(LFP, [Use(stress, days, days)]).capacity


def history() -> History:
    capacity = 1 - 0.0030 * DAYS**0.5 - 1.2e-4 * CYCLES
    assert capacity == pytest.approx([1, 0.94535, 0.91269, 0.85894, 0.81073], abs=5e-6)
    return History(DAYS, CYCLES, np.round(capacity, 4))


def test_the_items_own_history_gives_its_rates_and_life() -> None:
    rates = fit_rates(history(), (0.5, 1.0), prior=(0.002, 2e-4))
    assert not rates.by_prior
    assert (rates.k_cal, rates.k_cyc) == (pytest.approx(0.0030, rel=0.01), pytest.approx(1.2e-4, rel=0.01))
    ahead = outlook(history(), rates, 250 / 365, 0.70)
    assert ahead.expected == pytest.approx(917.6, rel=0.01)
    assert ahead.remaining[0] < ahead.remaining[1] == pytest.approx(917.6, rel=0.01)
    assert ahead.remaining[2] > ahead.remaining[1]
    assert ahead.flags == ()
    assert (np.diff(ahead.capacity, axis=0) >= 0).all()


def test_the_same_seed_gives_the_same_outlook() -> None:
    rates = fit_rates(history(), (0.5, 1.0), prior=(0.002, 2e-4))
    first, second = (outlook(history(), rates, 0.7, 0.7, seed=3) for _ in range(2))
    assert first.remaining == second.remaining


def test_a_short_history_leans_on_the_prior_and_says_so() -> None:
    short = History(DAYS[:2], CYCLES[:2], history().capacity[:2])
    rates = fit_rates(short, (0.5, 1.0), prior=(0.003, 1.2e-4))
    assert rates.by_prior
    narrow = fit_rates(history(), (0.5, 1.0), prior=(0.003, 1.2e-4))
    wide, own = outlook(short, rates, 0.7, 0.7), outlook(history(), narrow, 0.7, 0.7)
    assert np.ptp(wide.remaining) > np.ptp(own.remaining)
    assert set(wide.flags) == {"PRIOR_ONLY", "EXTRAPOLATION"}


def test_packs_live_shorter_than_their_cells() -> None:
    rates = fit_rates(history(), (0.5, 1.0), prior=(0.002, 2e-4))
    cell, pack = (outlook(history(), rates, 0.7, 0.7, is_pack=flag) for flag in (False, True))
    assert pack.expected == pytest.approx(0.75 * cell.expected)
    assert pack.remaining[1] == pytest.approx(0.75 * cell.remaining[1], rel=0.02)


def test_a_knee_cuts_the_life_left_at_the_linear_tail() -> None:
    bent = History(np.array([0.0, 200, 400, 600, 800]), np.zeros(5), np.array([1.0, 0.98, 0.96, 0.94, 0.86]))
    assert has_knee(bent)
    ahead = outlook(bent, fit_rates(bent, (0.5, 1.0), prior=(0.003, 1e-4)), 0.0, 0.70)
    assert "KNEE" in ahead.flags
    assert ahead.remaining[2] <= (0.86 - 0.70) / (0.08 / 200) + 1e-9


def test_resistance_that_outgrows_capacity_is_a_knee() -> None:
    assert has_knee(history(), resistance_growth=0.5)
    assert not has_knee(history(), resistance_growth=0.2)


def test_without_a_measurement_there_is_no_outlook() -> None:
    empty = History(np.array([]), np.array([]), np.array([]))
    with pytest.raises(NotAssessable, match="NO_HISTORY"):
        outlook(empty, fit_rates(history(), (0.5, 1.0), prior=(0.002, 2e-4)), 0.7, 0.7)
