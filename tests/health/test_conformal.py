from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.health.conformal import group_quantile, interval_score

GROUPS = [[0.5, 1.0], [1.5, 2.5], [0.2, 0.4], [3.0, 1.0], [2.0, 2.2], [0.9, 1.1], [1.4, 0.3], [4.0, 3.6], [0.6, 0.8]]


def rows(groups: list[list[float]]) -> tuple[np.ndarray, np.ndarray]:
    return np.concatenate(groups), np.repeat(np.arange(len(groups)), [len(group) for group in groups])


@pytest.mark.parametrize(("alpha", "quantile"), [(0.1, 4.0), (0.2, 3.0)])
def test_nine_cells_give_the_worked_quantiles(alpha: float, quantile: float) -> None:
    assert group_quantile(*rows(GROUPS), alpha) == quantile


def test_eight_cells_are_too_few_for_ninety_percent() -> None:
    assert group_quantile(*rows(GROUPS[:8]), 0.1) == inf


def test_duplicating_all_rows_of_a_cell_changes_no_quantile() -> None:
    for cell in range(9):
        doubled = [group * 2 if place == cell else group for place, group in enumerate(GROUPS)]
        assert [group_quantile(*rows(doubled), a) for a in (0.1, 0.2, 0.3)] == [
            group_quantile(*rows(GROUPS), a) for a in (0.1, 0.2, 0.3)
        ]


def test_new_cells_are_covered_as_promised() -> None:
    draw = np.random.default_rng(5)
    calibration = np.abs(draw.normal(size=2000))
    q = group_quantile(calibration, np.repeat(np.arange(200), 10), 0.1)
    assert 0.865 <= np.mean(np.abs(draw.normal(size=2000)) <= q) <= 0.94


@given(st.lists(st.lists(st.floats(0, 100), min_size=1, max_size=4), min_size=9, max_size=30), st.randoms())
def test_the_order_of_rows_does_not_matter(groups: list[list[float]], random: object) -> None:
    scores, cells = rows(groups)
    order = np.arange(len(scores))
    random.shuffle(order)  # type: ignore[attr-defined]
    assert group_quantile(scores[order], cells[order], 0.1) == group_quantile(scores, cells, 0.1)


def test_an_interval_that_misses_pays_for_it() -> None:
    score = interval_score(np.array([5.0, 12.0]), np.array([4.0, 4.0]), np.array([6.0, 6.0]), 0.1)
    assert score.tolist() == pytest.approx([2.0, 2.0 + 20 * 6.0])
