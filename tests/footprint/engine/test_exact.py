from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from meguri.footprint.engine import CycleInStructure, OutOfRange, PartUnknown, ValueInvalid, published_totals, roll_up
from meguri.footprint.engine.exact import as_decimal, half_even, roll_up_exactly
from meguri.footprint.engine.reference import dag, tree
from meguri.footprint.engine.structure import structure_of

from .conftest import LINKS, PACK
from .strategies import Example, examples


@pytest.mark.parametrize(
    ("own", "amount", "below", "total"),
    [
        ("0.000000000001", "0.333333", "0.123456789012", "0.041152221853"),
        ("0.000000000001", "0.5", "0.000000000003", "0.000000000002"),
    ],
)
def test_a_total_is_rounded_once_half_to_even(own: str, amount: str, below: str, total: str) -> None:
    totals = published_totals([("A", "B", Decimal(amount))], {"A": {"kg": Decimal(own)}, "B": {"kg": Decimal(below)}})
    assert totals["A"]["kg"] == Decimal(total)


@pytest.mark.parametrize(
    ("made", "first", "whole"),
    [
        (dag(10**4), "145910.721689673109", "173635982.375837217064"),
        (dag(10**5), "242660.297963115299", "1733852751.334685123825"),
        (tree(10**5), "6860.316723976962", "1003008.968335348369"),
    ],
    ids=["dag 1e4", "dag 1e5", "tree 1e5"],
)
def test_the_reference_structures_give_their_known_digits(made: object, first: str, whole: str) -> None:
    amounts, own = np.rint(made.amounts * 1e9), np.rint(made.own * 1e12)
    structure = structure_of(made.parents, made.children, amounts, own.size)
    totals = roll_up_exactly(structure, [int(value) for value in own])
    assert (as_decimal(totals[0]), as_decimal(sum(totals))) == (Decimal(first), Decimal(whole))
    floats = roll_up(structure_of(made.parents, made.children, amounts / 1e9, own.size), own / 1e12)
    assert_allclose(floats, np.array(totals, dtype=float) / 1e12, rtol=1e-12)


def test_the_pack_is_exact_to_the_last_digit() -> None:
    names = ("raw", "loc", "con", "dist", "gross", "credit")
    own = {part: dict(zip(names, map(Decimal, map(str, row)), strict=True)) for part, row in PACK.items()}
    totals = published_totals([(a, b, Decimal(str(q))) for a, b, q in LINKS], own)
    assert totals["PACK"] == dict(
        zip(names, map(Decimal, ["621.546", "170.5", "101.9", "6", "35", "-20"]), strict=True)
    )


@given(examples(figures=1), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_digit(example: Example, random: np.random.Generator) -> None:
    own = {f"p{row}": {"kg": Decimal(str(value))} for row, value in enumerate(example.own[:, 0].tolist())}
    links = [
        (f"p{a}", f"p{b}", Decimal(str(q)))
        for a, b, q in zip(example.parents, example.children, example.amounts.tolist(), strict=True)
    ]
    shuffled, parts = list(links), list(own.items())
    random.shuffle(shuffled)
    random.shuffle(parts)
    assert published_totals(links, own) == published_totals(shuffled, dict(parts))


@given(st.integers(-(10**40), 10**40), st.sampled_from([10, 10**9]))
def test_half_even_rounds_as_fractions_do(number: int, scale: int) -> None:
    assert half_even(number, scale) == round(Fraction(number, scale))


def test_a_large_total_keeps_every_digit() -> None:
    own = {"A": {"kg": Decimal(0)}, "B": {"kg": Decimal("123456789012345678901234567890.123456789012")}}
    assert published_totals([("A", "B", Decimal(2))], own)["A"]["kg"] == Decimal(
        "246913578024691357802469135780.246913578024"
    )


@pytest.mark.parametrize("amount", ["0", "-1", "100000", "0.0000000004"])
def test_an_amount_that_nine_decimals_cannot_hold_is_out_of_range(amount: str) -> None:
    with pytest.raises(OutOfRange, match=r"99999\.999999999"):
        published_totals([("A", "B", Decimal(amount))], {"A": {}, "B": {}})


def test_what_is_not_a_number_not_known_or_runs_in_a_circle_is_refused() -> None:
    one = Decimal(1)
    with pytest.raises(ValueInvalid):
        published_totals([("A", "B", Decimal("NaN"))], {"A": {}, "B": {}})
    with pytest.raises(ValueInvalid):
        published_totals([], {"A": {"kg": Decimal("Infinity")}})
    with pytest.raises(PartUnknown, match="“C”"):
        published_totals([("A", "C", one)], {"A": {}})
    with pytest.raises(CycleInStructure):
        published_totals([("A", "B", one), ("B", "A", one)], {"A": {}, "B": {}})
