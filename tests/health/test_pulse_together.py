"""Rows of one test joined: what weights may do, on errors whose common part is known."""

import numpy as np
import pytest

from meguri.health.pulse.predict import Predictor
from meguri.health.pulse.record import Design, Mode
from meguri.health.pulse.together import ErrorProfiles

LEVELS = (10.0, 20.0, 30.0, 40.0)


def profiles(cells: int, seed: int = 2) -> ErrorProfiles:
    """Every test errs in common by so much at one state of charge and twice as much at the next, and a little by itself."""
    random = np.random.default_rng(seed)
    common = random.normal(0, 3, cells)[:, None] * np.array([2.0, 1.5, 1.0, 0.5])
    error = (common + random.normal(0, 0.3, (cells, 4))).ravel()
    rows = range(cells * 4)
    design = Design(
        chemistry="NMC", rated_capacity_ah=1.0, soc_basis="", temperature_celsius=(23.0, 27.0),
        cell=tuple(row // 4 for row in rows), test=tuple(row // 4 for row in rows), soc=LEVELS * cells,
        soh=(90.0,) * cells * 4, voltages=(), with_soc=None, without_soc=None, unknown_design_error=(), quiet_mv=0.1, noisy=(),  # type: ignore[arg-type]
    )  # fmt: skip
    return ErrorProfiles(design, Mode((), tuple(error), (1.0,) * cells * 4, 1.0, 1.0))


def test_weights_add_up_to_one_and_take_out_the_common_error() -> None:
    joined = profiles(60).together(np.array(LEVELS))
    assert joined.weights.sum() == pytest.approx(1.0, abs=1e-12)
    assert joined.scores.mean() < 1.0  # the plain mean errs by 3.75 · √(2/π) ≈ 3 points
    assert len(joined.scores) == len(joined.cells) == 60


def test_few_cells_give_no_wild_weights() -> None:
    few, many = profiles(3).together(np.array(LEVELS)).weights, profiles(200).together(np.array(LEVELS)).weights
    assert few.min() > 0 > many.min()
    assert np.abs(few - 0.25).max() < np.abs(many - 0.25).max() / 2


def test_between_known_levels_weights_change_steadily_and_many_rows_weigh_alike() -> None:
    known = profiles(60)
    at, beside = (known.together(np.array([10.0, 30.0 + step])).weights for step in (0.0, 0.1))
    np.testing.assert_allclose(at, beside, atol=0.02)
    np.testing.assert_allclose(known.together(np.linspace(10, 40, 41)).weights, 1 / 41)


def test_one_known_cell_weighs_alike() -> None:
    np.testing.assert_allclose(profiles(1).together(np.array(LEVELS)).weights, 0.25)


def test_the_shipped_model_errs_less_on_a_test_than_the_mean_of_its_rows(predictor: Predictor) -> None:
    with_weights, by_mean = [], []
    for design in predictor.model.designs:
        joined = ErrorProfiles(design, design.with_soc).together(np.arange(5.0, 51.0, 5.0))
        error, test = np.array(design.with_soc.error), np.array(design.test)
        strange = np.bincount(test, design.with_soc.strange) / np.bincount(test)
        with_weights.append(joined.scores * strange)
        by_mean.append(np.abs(np.bincount(test, error) / np.bincount(test)))
        assert with_weights[-1].mean() < 1.1 * by_mean[-1].mean()
    assert np.concatenate(with_weights).mean() < 0.85 * np.concatenate(by_mean).mean()
