import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.reuse.gate import Verdict
from meguri.reuse.grade import Grade, grade_of, regroup, suggested_uses, three_ranks


@pytest.mark.parametrize(
    "lower,ratio,spread,grade",
    [
        (78.9, 1.2, 2.0, Grade.B),
        (80.2, 1.2, 2.0, Grade.A),
        (80.0, 1.3, 3.0, Grade.A),
        (80.2, 1.4, 2.0, Grade.B),
        (80.2, 1.2, 7.0, Grade.C),
        (64.9, 1.2, 2.0, Grade.C),
        (49.9, 1.2, 2.0, Grade.R),
        (80.2, 2.1, 2.0, Grade.R),
        (80.2, None, 2.0, Grade.N),
        (80.2, 1.2, None, Grade.N),
        (None, 1.2, 2.0, Grade.N),
    ],
)
def test_the_lower_bound_decides_the_grade(
    lower: float | None, ratio: float | None, spread: float | None, grade: Grade
) -> None:
    assert grade_of(Verdict.PASS, lower, ratio, spread) is grade


def test_the_gate_comes_first() -> None:
    assert grade_of(Verdict.VETO, 95.0, 1.0, 1.0) is Grade.X
    assert grade_of(Verdict.NOT_ASSESSABLE, 95.0, 1.0, 1.0) is Grade.N
    assert suggested_uses(Grade.X) == ("recycle",)
    assert suggested_uses(Grade.N) == ()


def test_three_ranks_take_the_worse_of_capacity_and_power() -> None:
    capacity = np.array([60.0, 59, 58, 50, 49, 48, 40, 39, 38])
    power = np.array([9.0, 8, 1, 6, 5, 4, 3, 2, 7])
    ranks = three_ranks(capacity, power)
    assert ranks[0] == ranks[1] == 1
    assert ranks[2] == 3
    assert sorted(np.bincount(ranks)[1:]) == [3, 3, 3]


def test_modules_are_regrouped_so_that_each_set_is_even() -> None:
    capacity, resistance = np.array([50.0, 41, 49.5, 40, 60, 49]), np.ones(6)
    assert regroup(capacity, resistance, 2) == [[1, 3], [2, 5], [0, 4]]


@given(st.lists(st.floats(30, 60), min_size=4, max_size=9), st.integers(2, 3))
def test_regrouping_uses_no_module_twice_and_beats_any_other_consecutive_choice(values: list[float], size: int) -> None:
    capacity = np.array(values)
    sets = regroup(capacity, np.ones(len(values)), size)
    used = [module for group in sets for module in group]
    assert len(used) == len(set(used)) == size * (len(values) // size)
    plain = np.sort(capacity)[: len(used)].reshape(-1, size)
    spread = sum(np.ptp(capacity[group]) for group in sets)
    assert spread <= np.ptp(plain, axis=1).sum() + 1e-9
