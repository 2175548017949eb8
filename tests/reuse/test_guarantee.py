import numpy as np
import pytest

from meguri.reuse.draws import generator
from meguri.reuse.guarantee import (
    claim_chances,
    future_values,
    guarantee_price_lognormal,
    guarantee_price_of_draws,
    guaranteed_curve,
    payout,
    soh_after,
    warranty_premium,
)


def test_the_warranty_premium_gives_the_worked_figure() -> None:
    chance, paid = np.array([0.01, 0.02, 0.03]), np.array([300_000.0, 250_000, 200_000])
    assert warranty_premium(chance, paid, 0.03, 0.25) == pytest.approx(16_395.56, abs=0.005)


def test_the_guarantee_gives_the_worked_figures() -> None:
    found = guarantee_price_lognormal(400_000, 0.25, 350_000, 3, 0.03, 0.25)
    assert found.expected_payout == pytest.approx(14_477.51, abs=0.005)
    assert found.p_claim == pytest.approx(0.296627, abs=5e-7)
    assert found.premium == pytest.approx(16_561.22, abs=0.005)


def test_monte_carlo_agrees_within_five_percent() -> None:
    draws = 400_000 * np.exp(0.25 * np.random.Generator(np.random.PCG64(0)).standard_normal(20_000))
    found = guarantee_price_of_draws(draws, 350_000, 3, 0.03, 0.25)
    exact = guarantee_price_lognormal(400_000, 0.25, 350_000, 3, 0.03, 0.25)
    for name in ("premium", "expected_payout", "p_claim", "shortfall_95"):
        assert getattr(found, name) == pytest.approx(getattr(exact, name), rel=0.05)


def test_only_the_first_year_below_counts_and_only_inside_the_kilometres() -> None:
    soh = np.array([[80.0, 69, 68], [80, 75, 69], [90, 85, 80], [60, 75, 60]])
    assert claim_chances(soh, 70.0) == pytest.approx([0.25, 0.25, 0.25])
    driven = np.full(4, 40_000.0)
    assert claim_chances(soh, 70.0, driven, km_cap=100_000) == pytest.approx([0.25, 0.25, 0.0])


def test_a_claim_pays_what_is_missing_and_never_takes() -> None:
    assert (payout(350_000, 300_000), payout(350_000, 400_000)) == (50_000, 0)


def test_a_value_ages_with_the_state_of_health_that_is_left_and_the_curve_is_what_nine_of_ten_keep() -> None:
    soh = np.array([80.0, 60.0, 3.0])
    loss = np.array([2.0, 2.0, 2.0])
    np.testing.assert_allclose(soh_after(soh, loss, 3.0), [74.0, 54.0, 0.0])
    worth = future_values(np.array([100.0, 100.0, -5.0]), soh_after(soh, loss, 3.0) / soh, 3.0, 0.0)
    np.testing.assert_allclose(worth, [92.5, 90.0, 0.0])
    drawn = generator(0, "curve").standard_normal(20_000)
    spread, pace = 80 + 2 * drawn, np.full(20_000, 2.0)
    curve = guaranteed_curve(spread, pace, 2.5)
    assert [point.years for point in curve] == [1.0, 2.0, 2.5]
    for point in curve:  # P10 of N(80 − 2t, 2)
        assert point.soh_pct == pytest.approx(80 - 2 * point.years - 2 * 1.28155, abs=0.06)
    assert [point.years for point in guaranteed_curve(spread, pace, 3.0)] == [1.0, 2.0, 3.0]
