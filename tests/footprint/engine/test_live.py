from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from meguri.footprint.engine import (
    Amount,
    CycleInStructure,
    LiveTotals,
    OutOfRange,
    Own,
    Parts,
    PartUnknown,
    Substitution,
    ValueInvalid,
    parts_of,
    roll_up,
    structure_of,
)

from .conftest import LINKS, LOCATION, PACK
from .strategies import Example, examples


@pytest.fixture
def parts() -> Parts:
    """The pack, in location-based kg, with recycled aluminium on the shelf."""
    own = {part: [float(np.array(row) @ LOCATION)] for part, row in PACK.items()} | {"RAL": [1.9]}
    return parts_of(own, LINKS)


@pytest.fixture
def live(parts: Parts) -> LiveTotals:
    return LiveTotals(parts.structure, parts.own, parts.ids.__getitem__)


def moved(parts: Parts, rows: np.ndarray, deltas: np.ndarray) -> dict[str, float]:
    return {parts.ids[row]: delta for row, delta in zip(rows.tolist(), deltas[:, 0].tolist(), strict=True)}


def approx(expected: dict[str, float]) -> object:
    return pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_cheaper_copper_moves_only_what_holds_copper(parts: Parts, live: LiveTotals) -> None:
    effect = live.apply([Own(parts.rows(["CU"])[0], [3.6])])
    assert moved(parts, effect.rows, effect.deltas) == approx({"CU": -0.5, "CELL": -0.06, "MOD": -0.845, "PACK": -4.13})
    assert (effect.version, live.version) == (2, 2)


def test_less_cathode_material_in_a_cell_moves_cell_module_and_pack(parts: Parts, live: LiveTotals) -> None:
    cell, cam = parts.rows(["CELL", "CAM"])
    effect = live.apply([Amount(cell, cam, 0.55)])
    assert moved(parts, effect.rows, effect.deltas) == approx({"CELL": -0.85, "MOD": -10.2, "PACK": -40.8})


def test_recycled_aluminium_in_the_case_only_or_everywhere_can_be_compared_before_deciding(
    parts: Parts, live: LiveTotals
) -> None:
    pack, case, al, ral = parts.rows(["PACK", "CASE", "AL", "RAL"])
    version, before = live.read(np.array([pack]))
    here = live.effect_of([Substitution(al, ral, parent=case)])
    everywhere = live.effect_of([Substitution(al, ral)])
    assert before[0, 0] + moved(parts, here.rows, here.deltas)["PACK"] == pytest.approx(754.646)
    assert moved(parts, everywhere.rows, everywhere.deltas)["PACK"] == pytest.approx(-75.92)
    assert live.read(np.array([pack]))[0] == version
    assert live.read(np.array([pack]))[1] == before, "asking changes nothing"
    assert live.apply([Substitution(al, ral)]).deltas.min() == pytest.approx(-75.92)


def test_a_substitute_at_another_ratio_adds_to_what_is_already_there(parts: Parts, live: LiveTotals) -> None:
    cell, cu, al = parts.rows(["CELL", "CU", "AL"])
    live.apply([Substitution(cu, al, ratio=1.5, parent=cell)])
    total = live.read()[1]
    assert total[cell, 0] == pytest.approx(3.2 + 0.6 * 17 + (0.05 + 0.12 * 1.5) * 9.2)


def test_a_change_that_closes_a_circle_is_refused_and_leaves_everything_as_it_was(
    parts: Parts, live: LiveTotals
) -> None:
    al, case, pack, cu = parts.rows(["AL", "CASE", "PACK", "CU"])
    version, before = live.read()
    with pytest.raises(CycleInStructure) as refusal:
        live.apply([Own(cu, [1.0]), Amount(case, al, 9.0), Amount(al, pack, 0.1)])
    assert set(refusal.value.parts) in ({"AL", "PACK", "CASE"}, {"AL", "PACK", "MOD", "CELL"})
    assert live.version == version
    assert (live.read()[1] == before).all()
    assert live.apply([Own(al, [9.2])]).rows.size == 0, "an own figure set to what it was moves nothing"
    structure = live.structure()
    assert_allclose(roll_up(structure, parts.own), before, rtol=1e-12)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ([Own(99, [1.0])], PartUnknown),
        ([Own(0, [float("nan")])], ValueInvalid),
        ([Own(0, [1.0, 2.0])], ValueInvalid),
        ([Amount(0, 99, 1.0)], PartUnknown),
        ([Amount(0, 1, -1.0)], OutOfRange),
        ([Amount(0, 1, float("inf"))], ValueInvalid),
        ([Substitution(5, 99)], PartUnknown),
        ([Amount(3, 3, 1.0)], CycleInStructure),
    ],
)
def test_a_broken_change_is_refused_whole(live: LiveTotals, changes: Sequence[object], refusal: type) -> None:
    before = live.read()[1]
    with pytest.raises(refusal):
        live.apply([Own(1, [0.0]), *changes])
    assert (live.read()[1] == before).all()


@st.composite
def histories(draw: st.DrawFn) -> tuple[Example, list[list[object]]]:
    example = draw(examples(figures=2))
    part = st.integers(0, example.size - 1)
    figure = st.integers(-2000, 9000).map(lambda value: value / 1000)
    own = st.builds(Own, part, st.lists(figure, min_size=2, max_size=2))
    amount = st.builds(Amount, part, part, st.integers(0, 2000).map(lambda value: value / 1000))
    swap = st.builds(Substitution, part, part, st.sampled_from([0.5, 1.0, 2.0]), st.none() | part)
    return example, draw(st.lists(st.lists(own | amount | swap, max_size=5), max_size=6))


@settings(max_examples=300)
@given(histories())
def test_following_changes_is_the_same_as_computing_anew(history: tuple[Example, list[list[object]]]) -> None:
    example, batches = history
    live = LiveTotals(example.structure, example.own)
    own = example.own.copy()
    for batch in batches:
        version, before = live.read()
        try:
            expected = live.effect_of(batch)
        except CycleInStructure:
            with pytest.raises(CycleInStructure):
                live.apply(batch)
            assert live.version == version
            assert (live.read()[1] == before).all()
            continue
        effect = live.apply(batch)
        assert expected.rows.tolist() == effect.rows.tolist()
        assert len(set(effect.rows.tolist())) == effect.rows.size, "each part is visited once"
        for change in batch:
            if isinstance(change, Own):
                own[change.part] = change.figures
        after = live.read()[1]
        assert_allclose(after, roll_up(live.structure(), own), rtol=1e-9, atol=1e-6)
        untouched = np.setdiff1d(np.arange(example.size), effect.rows)
        assert (after[untouched] == before[untouched]).all()


@given(examples(figures=1), st.data())
def test_a_batch_is_the_same_as_its_changes_one_by_one(example: Example, data: st.DataObject) -> None:
    if not example.parents.size:
        return
    places = data.draw(st.lists(st.integers(0, example.parents.size - 1), min_size=1, max_size=4))
    changes = [
        Amount(int(example.parents[at]), int(example.children[at]), data.draw(st.integers(0, 20)) / 10) for at in places
    ] + [Own(data.draw(st.integers(0, example.size - 1)), [4.2])]
    together, apart = (LiveTotals(example.structure, example.own) for _ in range(2))
    together.apply(changes)
    for change in changes:
        apart.apply([change])
    assert_allclose(together.read()[1], apart.read()[1], rtol=1e-9, atol=1e-9)


def test_removed_and_new_links_may_turn_the_order_of_two_parts_around() -> None:
    structure = structure_of(np.array([0, 1]), np.array([1, 2]), np.array([2.0, 3.0]), 3)
    live = LiveTotals(structure, np.array([[1.0], [10.0], [100.0]]))
    live.apply([Amount(0, 1, 0), Amount(1, 2, 0), Amount(2, 1, 5), Amount(1, 0, 7)])
    assert live.read()[1][:, 0].tolist() == [1, 17, 185]
    live.apply([Amount(2, 1, 0)])
    assert live.read()[1][:, 0].tolist() == [1, 17, 100]


def test_very_many_new_links_are_sorted_in_and_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("meguri.footprint.engine.live.MOST_ADDED", 2)
    nothing = np.empty(0, dtype=np.int64)
    live = LiveTotals(structure_of(nothing, nothing, np.empty(0), 6), np.ones((6, 1)))
    for parent in range(5):
        live.apply([Amount(parent, parent + 1, 2.0)])
    assert live.read()[1][:, 0].tolist() == [63, 31, 15, 7, 3, 1]
    with pytest.raises(CycleInStructure):
        live.apply([Amount(5, 0, 1.0)])
    assert live.structure().uses.nnz == 5
