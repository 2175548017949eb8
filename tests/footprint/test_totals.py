"""The arithmetic of totals and their quality, case by case as the contract gives them."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.chain import quality

from meguri.footprint.model import Figures, FootprintInput, Quality
from meguri.footprint.totals import (
    NOTHING,
    Vector,
    answer_vector,
    contribution,
    figures_for_customer,
    mean_rating,
    own_vector,
    plus,
    quality_of,
    rounded,
    times,
    totals_of,
    weighted,
)
from meguri.kernel.units import AmountUnit

D = Decimal
Given = str | int | None


def number(value: Given) -> Decimal | None:
    return None if value is None else D(value)


def own(
    pre: Given = None, main: Given = None, ratings: Sequence[Given] = (None, None, None), **said: Given
) -> FootprintInput:
    """A declaration whose both sides are rated alike."""
    return FootprintInput(
        declared_unit=AmountUnit.KILOGRAM,
        pre_production=number(pre),
        main_production=number(main),
        pre_component=number(said.get("pre_component")),
        main_component=number(said.get("main_component")),
        pre_quality=quality(*ratings),
        main_quality=quality(*ratings),
    )


def side(emission: Given, ratings: Sequence[Given] = (None, None, None)) -> Vector:
    """One unit of something that emits so on both sides."""
    one = weighted(number(emission) or D(0), quality(*ratings))
    return (*one, *one)


def summed(parts: Sequence[tuple[Given, Vector]]) -> Vector:
    total = NOTHING
    for amount, vector in parts:
        total = plus(total, times(number(amount) or D(0), vector))
    return total


@pytest.mark.parametrize(
    ("rows", "pre", "main"),
    [
        (
            [
                ("1", 100, 1000),
                ("2", 10, 100),
                ("0.5", 1, 10),
                ("1", 1000, None),
                ("1", None, 10000),
                ("1000", None, None),
            ],
            "1120.5",
            "11205",
        ),
        ([("3", "0.1", "0.7"), ("3", "0.1", "0.7")], "0.6", "4.2"),
        ([("1000", None, None)], "0", "0"),
        ([("0.33333", "0.12345", None)], "0.04115", "0"),
    ],
    ids=["sum", "decimal", "empty", "rounding"],
)
def test_components_are_summed_exactly_and_rounded_once(
    rows: list[tuple[str, Given, Given]], pre: str, main: str
) -> None:
    sums = summed([(amount, own_vector(own(p, m))) for amount, p, m in rows])
    totals = totals_of(own(), sums)
    assert (totals.pre_production, totals.main_production) == (0, 0)
    assert (totals.pre_component, totals.main_component) == (D(pre), D(main))


# (amount, emission, TeR, GeR, TiR) of components; own emission and ratings; TeR, GeR, TiR, mean
RATED = [("0.5", 10, None, None, None), ("20", "0.2", 3, "2.3", "1.9"), ("30", "0.4", 3, "2.2", "1.5")]
ALL_RATED = [("0.5", 10, 2, "2.1", "3.2"), *RATED[1:]]


@pytest.mark.parametrize(
    ("parts", "mine", "expected", "mean"),
    [
        (
            [("0.5", 10, "2.1", 0, 0), ("20", "0.2", "2.3", 0, 0), ("30", "0.4", "2.2", 0, 0)],
            (10, (2, 0, 0)),
            ("2.13226", 0, 0),
            "0.71076",
        ),
        ([], (0, (2, 2, 2)), (0, 0, 0), "0"),
        (RATED, (10, (2, 2, 1)), ("2.19355", "1.79355", "1.14839"), "1.71183"),
        (ALL_RATED, (10, (None, None, None)), ("1.87097", "1.4871", "1.34194"), "1.56667"),
        (
            [("30", "0.4", 3, "2.2", "1.5"), ("30", "0.4", 3, "2.2", "1.5"), ("30", None, None, None, None)],
            (None, (None, None, None)),
            (3, "2.2", "1.5"),
            "2.23334",
        ),
    ],
    ids=["one rating", "no emission", "all ratings", "own not rated", "components alone"],
)
def test_quality_is_weighted_by_emission(
    parts: list[tuple[Given, ...]], mine: tuple[Given, tuple[Given, ...]], expected: tuple[Given, ...], mean: str
) -> None:
    sums = summed([(amount, side(emission, ratings)) for amount, emission, *ratings in parts])
    totals = totals_of(own(mine[0], mine[0], mine[1]), sums)
    assert totals.pre_quality == totals.main_quality == quality(*expected)
    assert mean_rating(totals.pre_quality) == D(mean)


def test_pre_and_main_never_mix() -> None:
    only_pre = own(1, None, (1, 2, 3), pre_component=2)
    totals = totals_of(only_pre, times(D(5), own_vector(only_pre)))
    assert (totals.pre_production, totals.pre_component) == (1, 17)
    assert (totals.main_production, totals.main_component) == (0, 0)
    assert totals.pre_quality == quality(1, 2, 3)
    assert totals.main_quality == quality(0, 0, 0)


def test_a_customer_gets_the_total_rounded_and_only_what_is_disclosed() -> None:
    total = own_vector(own("1.5", 10, (1, 2, 3)))
    none = Quality()
    assert figures_for_customer(total, emissions=True, quality=True) == Figures(
        pre=D("1.5"), main=D(10), pre_quality=quality(1, 2, 3), main_quality=quality(1, 2, 3)
    )
    hidden = figures_for_customer(total, emissions=False, quality=True)
    assert (hidden.pre, hidden.main, hidden.pre_quality) == (None, None, quality(1, 2, 3))
    unrated = figures_for_customer(total, emissions=True, quality=False)
    assert (unrated.pre, unrated.pre_quality, unrated.main_quality) == (D("1.5"), none, none)


def test_what_is_not_disclosed_counts_nothing() -> None:
    hidden = Figures(pre=None, main=None, pre_quality=quality(1, 2, 3), main_quality=quality(1, 2, 3))
    assert answer_vector(hidden) == answer_vector(None) == NOTHING
    unrated = Figures(pre=D(2), main=D(3), pre_quality=Quality(), main_quality=Quality())
    assert answer_vector(unrated) == (2, 0, 0, 0, 3, 0, 0, 0)


def test_a_purchased_part_brings_its_answer_and_any_other_its_own_and_what_is_in_it() -> None:
    mine, inside, answer = own_vector(own(1)), own_vector(own(2)), own_vector(own(4))
    assert contribution(purchased=True, own=mine, sums=inside, answer=answer) == answer
    assert contribution(purchased=False, own=mine, sums=inside, answer=answer) == plus(mine, inside)


def test_totals_may_exceed_what_one_figure_may_be() -> None:
    most = own("99999.99999", "99999.99999")
    totals = totals_of(most, times(D("99999.99999"), own_vector(most)))
    assert totals.pre_component == rounded(D("99999.99999") ** 2)


def test_a_thousand_tiers_in_one_company_stay_exact() -> None:
    amount, total, exact = D("1.00001"), own_vector(own(1)), Fraction(1)
    for _ in range(1000):
        total, exact = times(amount, total), exact * Fraction(amount)
    assert Fraction(total[0]) == exact


positive = st.decimals(min_value=0, max_value=10**9, places=12)


@given(positive)
def test_rounding_goes_up_and_never_by_more_than_one_step(figure: Decimal) -> None:
    assert 0 <= rounded(figure) - figure < D("0.00001")
    assert rounded(rounded(figure)) == rounded(figure)


@given(positive.filter(bool), st.tuples(*[st.decimals(min_value=0, max_value=5, places=5)] * 3))
def test_the_rating_of_one_emission_is_its_own_rating(emission: Decimal, ratings: tuple[Decimal, ...]) -> None:
    assert quality_of(*weighted(emission, quality(*ratings))) == quality(*ratings)


@given(positive.filter(bool), positive)
def test_a_rating_is_rounded_up_from_the_exact_quotient(emission: Decimal, product: Decimal) -> None:
    shown, exact = quality_of(emission, product, product, product).ter, Fraction(product) / Fraction(emission)
    assert shown is not None
    assert 0 <= Fraction(shown) - exact < Fraction(1, 100_000)


def pre_and_main(pre: str, main: str = "0") -> Vector:
    """Emissions without ratings."""
    nothing = D(0)
    return (D(pre), nothing, nothing, nothing, D(main), nothing, nothing, nothing)


def test_three_tiers_bring_their_own_and_all_below_by_amount() -> None:
    c = pre_and_main("2", "5")
    b = plus(pre_and_main("1", "4"), times(D("0.5"), c))
    a = plus(pre_and_main("0.2", "1.5"), times(D(3), b))
    assert [(each[0], each[4]) for each in (b, a)] == [(D(2), D("6.5")), (D("6.2"), D(21))]
    assert a[0] + a[4] == D("27.2")


def test_every_company_rounds_up_what_it_hands_on_and_within_one_it_happens_once() -> None:
    own = pre_and_main("0.000001")
    c = rounded(D("0.123456"))
    b = rounded(times(D(3), pre_and_main(str(c)))[0])
    a = rounded(plus(times(D("1.5"), pre_and_main(str(b))), own)[0])
    assert (c, b, a) == (D("0.12346"), D("0.37038"), D("0.55558"))
    inside = times(D("1.5"), times(D(3), pre_and_main("0.123456")))
    assert rounded(plus(inside, own)[0]) == D("0.55556")
