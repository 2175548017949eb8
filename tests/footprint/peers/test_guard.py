"""When a mean among peers may be told: no single value can be reckoned out of one figure, or of two in turn."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.footprint.peers import limits
from meguri.footprint.peers.guard import Said, figure_of, joined, may_follow

LIMITS = limits()


def five(*values: object, weight: int = 10) -> dict[str, Said]:
    return {f"c{place}": Said(Decimal(str(value)), Decimal(weight)) for place, value in enumerate(values)}


@pytest.mark.parametrize(
    ("now", "before", "why"),
    [
        (five(1, 2, 3, 4), None, "too_few"),
        (five(1, 2, 3, 4, 5), None, None),
        (five(1, 2, 3, 4) | {"big": Said(Decimal(9), Decimal(41))}, None, "one_dominates"),
        (five(1, 2, 3, 4) | {"half": Said(Decimal(9), Decimal(40))}, None, None),  # met exactly counts as met
        (five(1, 2, 3, 4, 5), five(1, 2, 3, 4, 5), "unchanged"),
        (five(1, 2, 3, 4, 5, 6), five(1, 2, 3, 4, 5), "too_little_changed"),  # one joined: the difference is its value
        (five(1, 2, 3, 4, 5), five(1, 2, 3, 4, 5, 6), "too_little_changed"),  # one left
        (five(9, 2, 3, 4, 5), five(1, 2, 3, 4, 5), "too_little_changed"),  # one says otherwise
        (five(9, 8, 7, 6, 5), five(1, 2, 3, 4, 5), "too_little_changed"),
        (five(9, 8, 7, 6, 4), five(1, 2, 3, 4, 5), None),
        (five(*range(1, 11)), five(1, 2, 3, 4, 5), None),
        (five(1, 2, 3, 4, 5, weight=11), five(1, 2, 3, 4, 5), None),
    ],
)
def test_a_figure_is_told_only_where_nobody_stands_out(
    now: dict[str, Said], before: dict[str, Said] | None, why: str | None
) -> None:
    assert may_follow(now, before, LIMITS) == why


def test_the_mean_is_by_output_and_says_little_more_than_itself() -> None:
    now = five(10, 20, 30, 40) | {"c5": Said(Decimal("12.3456"), Decimal(30))}
    assert figure_of(now, LIMITS) == (Decimal("19.6"), 5)  # (100 + 200 + 300 + 400 + 370.368) / 70
    assert figure_of(five(*range(14)), LIMITS).at_least == 10
    assert joined([Said(Decimal(10), Decimal(1)), Said(Decimal(20), Decimal(3))]) == (Decimal("17.5"), Decimal(4))


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(1, 3)), min_size=1, max_size=40))
def test_whoever_sees_every_figure_in_turn_never_sees_fewer_than_five_change(steps: list[tuple[int, int]]) -> None:
    """Companies join and change one after another; between two figures that are told there are always five or more."""
    now: dict[str, Said] = {}
    told: dict[str, Said] | None = None
    for company, value in steps:
        now = now | {f"c{company}": Said(Decimal(value), Decimal(10))}
        if may_follow(now, told, LIMITS) is None:
            if told is not None:
                assert sum(now.get(one) != told.get(one) for one in now.keys() | told.keys()) >= LIMITS.min_group
            assert len(now) >= LIMITS.min_group
            told = now
