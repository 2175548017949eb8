import numpy as np
import pytest
from tests.reuse.samples import PACK, TODAY, battery, good_evidence

from meguri.reuse.decide import decide
from meguri.reuse.gate import judge
from meguri.reuse.information import (
    interval_information,
    pass_fail_information,
    perfect_information,
    perfect_information_of_draws,
)
from meguri.reuse.prices import demo_prices

PAYOFFS = np.array([[100.0, -80.0], [20.0, 20.0]])


def test_perfect_and_sample_information_give_the_worked_figures() -> None:
    assert perfect_information(PAYOFFS, np.array([0.6, 0.4])) == pytest.approx((28.0, 40.0))
    assert pass_fail_information(0.6, PAYOFFS, 0.9, 0.8) == pytest.approx((0.62, 27.2))


def test_a_test_is_bought_below_its_worth_only() -> None:
    worth = pass_fail_information(0.6, PAYOFFS, 0.9, 0.8)[1]
    assert worth - 20 > 0 > worth - 30


def test_a_useless_test_is_worth_nothing_and_a_perfect_one_the_evpi() -> None:
    assert pass_fail_information(0.6, PAYOFFS, 0.5, 0.5)[1] == pytest.approx(0)
    assert pass_fail_information(0.6, PAYOFFS, 1.0, 1.0)[1] == pytest.approx(40)


def test_an_exact_measurement_is_worth_almost_the_evpi_and_a_coarse_one_less() -> None:
    random = np.random.default_rng(1)
    soh = random.normal(75, 5, 20_000)
    worth = np.stack([4_000 * (soh - 74), np.zeros_like(soh)])
    perfect = perfect_information_of_draws(worth)
    exact, coarse, none = (interval_information(worth, soh, sd) for sd in (0.01, 5.0, 500.0))
    assert perfect * 0.93 < exact <= perfect * 1.001
    assert none < coarse < exact


def test_evsi_agrees_with_the_exact_normal_answer() -> None:
    """Two options, linear in a normal state: EVSI = s·φ(u) + m·Φ(u) − max(m, 0) with s the spread of the posterior mean."""
    from statistics import NormalDist

    random = np.random.default_rng(2)
    soh = random.normal(75, 5, 200_000)
    worth = np.stack([soh - 74, np.zeros_like(soh)])
    spread, unit = 25 / np.sqrt(50), NormalDist()
    exact = spread * unit.pdf(1 / spread) + unit.cdf(1 / spread) - 1
    assert interval_information(worth, soh, 5.0) == pytest.approx(exact, rel=0.05)


def test_the_missing_evidence_is_what_is_tested_next() -> None:
    gate = judge(PACK, good_evidence(without=("visual_ok", "insulation_ohm_per_volt")), TODAY)
    found = decide(battery(), gate, demo_prices(), TODAY)
    assert found.next_test == "safety_check"
    assert found.tests[0].evsi > found.tests[0].test.cost
