from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from meguri.footprint.engine import CycleInStructure, Parts, roll_up, structure_of
from meguri.footprint.engine.reference import DAG_CHECKS, TREE_CHECKS, Check, Reference, dag, tree

from .conftest import CONTRACT, LOCATION
from .strategies import Example, examples


def test_a_pack_carries_every_stage_of_all_that_is_in_it(pack: Parts) -> None:
    total = dict(zip(pack.ids, roll_up(pack.structure, pack.own), strict=True))
    assert_allclose(total["CELL"], [11.152, 3.2, 1.9, 0, 0, 0], rtol=1e-12)
    assert_allclose(total["MOD"], [134.849, 39.5, 23.6, 0, 0, 0], rtol=1e-12)
    assert_allclose(total["CASE"], [76, 0, 0, 0, 0, 0], rtol=1e-12)
    assert_allclose(total["PACK"], [621.546, 170.5, 101.9, 6, 35, -20], rtol=1e-12)
    assert_allclose([total["PACK"] @ LOCATION, total["PACK"] @ CONTRACT], [813.046, 744.446], rtol=1e-12)
    assert_allclose(total["PACK"] @ LOCATION / 28800, 0.028230763889, rtol=1e-9)
    assert_allclose(total["PACK"] @ CONTRACT / 28800, 0.025848819444, rtol=1e-9)


@pytest.mark.parametrize(
    ("made", "check"),
    [(dag(size), DAG_CHECKS[size]) for size in (10**3, 10**4, 10**5)] + [(tree(10**5), TREE_CHECKS[10**5])],
    ids=["dag 1e3", "dag 1e4", "dag 1e5", "tree 1e5"],
)
def test_the_reference_structures_give_their_known_totals(made: Reference, check: Check) -> None:
    assert (made.fingerprint, made.parents.size) == (check.fingerprint, check.links)
    total = roll_up(structure_of(made.parents, made.children, made.amounts, made.own.size), made.own)
    assert_allclose([total[0], total.sum()], [check.first, check.sum], rtol=1e-12)


@given(examples())
def test_the_total_is_the_solution_of_the_balance(example: Example) -> None:
    assert_allclose(roll_up(example.structure, example.own), example.dense(), rtol=1e-9, atol=1e-9)


@given(examples())
def test_a_structure_walked_part_by_part_has_the_same_totals(example: Example) -> None:
    expected = roll_up(example.structure, example.own)
    with patch("meguri.footprint.engine.layers.DEEP", 1), patch("meguri.footprint.engine.structure.DEEP", 1):
        found = roll_up(example.structure, example.own)
        first = roll_up(example.structure, example.own[:, 0])
    assert_allclose(found, expected, rtol=1e-12, atol=1e-12)
    assert_allclose(first, expected[:, 0], rtol=1e-12, atol=1e-12)


@given(examples(), st.randoms(use_true_random=False))
def test_neither_the_order_of_parts_nor_of_links_matters(example: Example, random: np.random.Generator) -> None:
    links, parts = list(range(example.parents.size)), list(range(example.size))
    random.shuffle(links)
    random.shuffle(parts)
    place = np.array(parts, dtype=np.int64)
    moved = structure_of(
        place[example.parents[links]], place[example.children[links]], example.amounts[links], example.size
    )
    own = np.empty_like(example.own)
    own[place] = example.own
    assert_allclose(roll_up(moved, own)[place], roll_up(example.structure, example.own), rtol=1e-12, atol=1e-12)


@given(examples(), st.floats(-3, 3))
def test_totals_are_linear_in_own_figures(example: Example, factor: float) -> None:
    other = example.own[::-1]
    together = roll_up(example.structure, example.own + factor * other)
    apart = roll_up(example.structure, example.own) + factor * roll_up(example.structure, other)
    assert_allclose(together, apart, rtol=1e-9, atol=1e-7)


@given(examples(), st.data())
def test_splitting_a_link_or_a_part_changes_nothing(example: Example, data: st.DataObject) -> None:
    """A link in two halves, and a step between parent and child that adds nothing of its own."""
    if not example.parents.size:
        return
    split = data.draw(st.integers(0, example.parents.size - 1))
    share = data.draw(st.sampled_from([0.25, 0.5, 0.75]))
    parent, child, amount = example.parents[split], example.children[split], example.amounts[split]
    rest = np.arange(example.parents.size) != split
    between = example.size
    structure = structure_of(
        np.append(example.parents[rest], [parent, parent, between]),
        np.append(example.children[rest], [child, between, child]),
        np.append(example.amounts[rest], [amount * share, amount * (1 - share), 1.0]),
        example.size + 1,
    )
    own = np.vstack([example.own, np.zeros(example.own.shape[1])])
    assert_allclose(roll_up(structure, own)[:-1], roll_up(example.structure, example.own), rtol=1e-9, atol=1e-9)


@given(examples())
def test_the_layout_of_the_figures_in_memory_changes_nothing(example: Example) -> None:
    rows, columns = np.ascontiguousarray(example.own), np.asfortranarray(example.own)
    by_rows, by_columns = roll_up(example.structure, rows), roll_up(example.structure, columns)
    assert_allclose(by_rows, by_columns, rtol=1e-12, atol=1e-12)
    assert_allclose(roll_up(example.structure, example.own[:, 0]), by_rows[:, 0], rtol=1e-12, atol=1e-12)
    assert (rows == example.own).all(), "own figures are left as they were"


def test_parallel_links_are_added_up_and_lonely_parts_keep_their_own() -> None:
    structure = structure_of(np.array([0, 0]), np.array([1, 1]), np.array([1.5, 0.5]), 3)
    assert roll_up(structure, np.array([1.0, 10.0, 7.0])).tolist() == [21.0, 10.0, 7.0]


def test_nothing_at_all_rolls_up_to_nothing() -> None:
    nothing = np.empty(0, dtype=np.int64)
    assert roll_up(structure_of(nothing, nothing, np.empty(0), 0), np.empty((0, 2))).shape == (0, 2)


@pytest.mark.parametrize(
    ("parents", "children", "cycle"),
    [([0], [0], {"0"}), ([0, 1, 2, 3, 3], [1, 2, 3, 1, 4], {"1", "2", "3"}), ([1, 0, 2], [0, 1, 0], {"0", "1"})],
)
def test_a_cycle_is_refused_and_its_parts_are_named(parents: list[int], children: list[int], cycle: set[str]) -> None:
    amounts = np.full(len(parents), 0.5)
    with pytest.raises(CycleInStructure) as refusal:
        structure_of(np.array(parents), np.array(children), amounts, 5)
    named = refusal.value.parts
    assert set(named) == cycle
    links = set(zip(map(str, parents), map(str, children), strict=True))
    assert all(link in links for link in zip(named, [*named[1:], named[0]], strict=True))
    assert " → ".join([*named, named[0]]) in refusal.value.sentence("ja")


@given(examples())
def test_closing_any_way_round_is_refused_with_the_very_way(example: Example) -> None:
    if not example.parents.size:
        return
    parents = np.append(example.parents, example.children[0])
    children = np.append(example.children, example.parents[0])
    with pytest.raises(CycleInStructure) as refusal:
        structure_of(parents, children, np.append(example.amounts, 1.0), example.size)
    named = refusal.value.parts
    links = set(zip(map(str, parents.tolist()), map(str, children.tolist()), strict=True))
    assert all(link in links for link in zip(named, [*named[1:], named[0]], strict=True))


def test_a_chain_of_a_thousand_steps_is_summed_to_its_end() -> None:
    steps = np.arange(1000)
    random = np.random.default_rng(5).permutation(1001)
    structure = structure_of(random[steps], random[steps + 1], np.ones(1000), 1001)
    assert roll_up(structure, np.ones(1001))[random[0]] == 1001
