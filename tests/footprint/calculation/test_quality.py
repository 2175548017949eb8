from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.footprint.calculation.errors import OutOfRange
from meguri.footprint.calculation.pedigree import pedigree_spread
from meguri.footprint.calculation.quality import (
    Scores,
    Weights,
    added,
    dataset_dqr,
    level_of,
    rating_of,
    share_percent,
    weights_of,
)

from .helpers import D, near, rounded


def scores(ter: object, ger: object, tir: object, precision: object = None) -> Scores:
    return Scores(ter=D(ter), ger=D(ger), tir=D(tir), precision=None if precision is None else D(precision))


def test_a_credit_weighs_by_its_size_and_never_turns_a_rating_negative() -> None:
    lines = [(6, scores(2, 1, 2)), (D("2.5"), scores(3, 3, 2)), (D("-1.5"), scores(4, 4, 3))]
    total = added(weights_of(D(emission), each) for emission, each in lines)
    rating = rating_of(total)
    assert (total.emission, total.weight) == (7, 10)
    assert (rating.ter, rating.ger, rating.tir) == (D("2.55"), D("1.95"), D("2.15"))
    assert rating.dqr == near("2.21666666666666666667", "1e-18")


def test_the_primary_share_of_suppliers_counts_as_far_as_they_state_it() -> None:
    own = weights_of(D(2), None, D(100))
    first = weights_of(D(3), None, D(40)).times(D("1.5"))
    second = weights_of(D("0.5"), None, D(0)).times(D(4))
    total = added([own, first, second])
    assert total.emission == D("8.5")
    assert rounded(share_percent(total.primary, total.emission), 10) == D("44.7058823529")


def test_the_share_that_a_third_party_verified() -> None:
    assert rounded(share_percent(D("4.5"), D("8.5")), 10) == D("52.9411764706")


def test_the_raw_stage_of_a_pack_is_rated_through_all_its_tiers() -> None:
    """Units in one pack: cathode 28.8, copper 8.26, aluminium 10.4, case 1."""
    parts = [
        (D("28.8"), D(17), scores(2, 2, 1)),
        (D("8.26"), D("4.1"), scores(3, 3, 2)),
        (D("10.4"), D("9.2"), scores(4, 3, 3)),
        (D(1), D("2.4"), scores(1, 1, 1)),
    ]
    rating = rating_of(added(weights_of(value, each).times(amount) for amount, value, each in parts))
    rated = [rounded(value, 9) for value in (rating.ter, rating.ger, rating.tir, rating.dqr)]
    assert rated == [D("2.358502830"), D("2.204564103"), D("1.362364169"), D("1.975143701")]


def test_the_rating_of_a_data_set_with_three_or_four_scores() -> None:
    each = scores(2, 1, 3, 4)
    assert (dataset_dqr(each), dataset_dqr(each, "four")) == (2, D("2.5"))
    with pytest.raises(OutOfRange):
        dataset_dqr(scores(2, 1, 3), "four")


def test_unrated_emissions_are_told_and_not_averaged_in() -> None:
    rating = rating_of(added([weights_of(D(3), scores(2, 2, 2)), weights_of(D(1), None)]))
    assert (rating.dqr, rating.unrated_percent) == (2, 25)
    nothing = rating_of(Weights())
    assert (nothing.dqr, nothing.unrated_percent) == (0, 0)


@pytest.mark.parametrize(("ter", "percent"), [("0.9", 0), ("5.1", 0), (2, -1), (2, 101), ("NaN", 0)])
def test_scores_run_from_one_to_five_and_shares_to_a_hundred(ter: object, percent: int) -> None:
    with pytest.raises((OutOfRange, Exception), match=r"footprint\.(out_of_range|value_invalid)"):
        weights_of(D(1), scores(ter, 2, 2), D(percent))


@pytest.mark.parametrize(
    ("dqr", "key"), [("1.5", "excellent"), ("1.51", "very_good"), (3, "good"), (4, "fair"), (5, "poor")]
)
def test_levels_have_names(dqr: object, key: str) -> None:
    assert level_of(D(dqr))[0] == key


emissions = st.decimals(-100, 100, places=3)
marks = st.builds(Scores, **{name: st.decimals(1, 5, places=1) for name in ("ter", "ger", "tir")})


@given(st.lists(st.tuples(emissions, marks), min_size=1))
def test_a_rating_lies_between_its_best_and_its_worst_line(lines: list[tuple[Decimal, Scores]]) -> None:
    rating = rating_of(added(weights_of(emission, each) for emission, each in lines))
    if any(emission for emission, _ in lines):
        values = [value for emission, each in lines if emission for value in (each.ter, each.ger, each.tir)]
        assert min(values) - D("1e-40") <= rating.dqr <= max(values) + D("1e-40")


@given(st.lists(st.tuples(emissions, marks)), st.decimals("0.1", 10, places=1))
def test_units_of_a_part_have_its_rating(lines: list[tuple[Decimal, Scores]], amount: Decimal) -> None:
    one = added(weights_of(emission, each) for emission, each in lines)
    assert rating_of(one.times(amount)).dqr == near(rating_of(one).dqr, "1e-30")


def test_a_pedigree_of_five_scores_becomes_a_spread() -> None:
    spread = pedigree_spread([2, 2, 1, 1, 3], D("1.05"))
    assert spread.gsd95 == pytest.approx(1.216459, rel=1e-6)
    assert spread.sigma == pytest.approx(0.097972, rel=1e-5)
    assert pedigree_spread([2, 2, 1, 1, 3]) == spread, "1.05 is the default"
    assert pedigree_spread([1, 1, 1, 1, 1], D(1)).sigma == 0
    assert pedigree_spread([2, 2, 1, 1, 3], version=2).gsd95 > spread.gsd95
    with pytest.raises(OutOfRange, match="temporal"):
        pedigree_spread([1, 1, 6, 1, 1])
