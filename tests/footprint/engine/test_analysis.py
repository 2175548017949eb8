from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from numpy.testing import assert_allclose

from meguri.footprint.engine import (
    Parts,
    completeness_of,
    contribution_paths,
    demand_of,
    grouped,
    incomplete_parts,
    link_effects,
    missing_parts,
    roll_up,
    waterfall,
)

from .conftest import LOCATION
from .strategies import Example, examples


def test_a_pack_needs_this_much_of_every_part_and_each_brings_its_share(pack: Parts) -> None:
    demand = demand_of(pack.structure, pack.rows(["PACK"])[0])
    names = [pack.ids[row] for row in demand.rows.tolist()]
    assert dict(zip(names, demand.amounts.tolist(), strict=True)) == pytest.approx(
        {"PACK": 1, "MOD": 4, "CASE": 1, "CELL": 48, "CAM": 28.8, "CU": 8.26, "AL": 10.4}
    )
    brought = grouped(demand.contributions(pack.own @ LOCATION), names)
    assert list(brought) == ["CAM", "CELL", "AL", "CU", "PACK", "MOD", "CASE"]
    assert list(brought.values()) == pytest.approx([489.6, 153.6, 95.68, 33.866, 33.5, 4.4, 2.4])
    assert brought["CAM"] / sum(brought.values()) * 100 == pytest.approx(60.2180, rel=1e-6)


def test_the_paths_of_a_pack_come_greatest_first_and_add_up_to_its_total(pack: Parts) -> None:
    found = contribution_paths(pack.structure, pack.own @ LOCATION, pack.rows(["PACK"])[0], total=813.046)
    shown = [(">".join(pack.ids[row] for row in path.parts), path.value) for path in found.paths]
    assert [name for name, _ in shown] == [
        "PACK>MOD>CELL>CAM",
        "PACK>MOD>CELL",
        "PACK>CASE>AL",
        "PACK",
        "PACK>MOD>CELL>CU",
        "PACK>MOD>CELL>AL",
        "PACK>CU",
        "PACK>MOD",
        "PACK>MOD>CU",
        "PACK>CASE",
    ]
    values = [489.6, 153.6, 73.6, 33.5, 23.616, 22.08, 6.15, 4.4, 4.1, 2.4]
    assert [value for _, value in shown] == pytest.approx(values)
    assert (found.complete, found.covered) == (True, pytest.approx(813.046))


def test_a_short_list_of_paths_says_how_much_it_covers(pack: Parts) -> None:
    product, own = pack.rows(["PACK"])[0], pack.own @ LOCATION
    three = contribution_paths(pack.structure, own, product, total=813.046, most=3)
    assert (len(three.paths), three.complete, three.covered) == (3, False, pytest.approx(716.8))
    above = contribution_paths(pack.structure, own, product, total=813.046, at_least=22.08)
    assert [round(path.value, 3) for path in above.paths] == [489.6, 153.6, 73.6, 33.5, 23.616, 22.08]


@given(examples(figures=1))
def test_all_paths_together_are_the_total_and_none_is_out_of_order(example: Example) -> None:
    own = example.own[:, 0]
    total = roll_up(example.structure, own)
    found = contribution_paths(example.structure, own, 0, total=float(total[0]), most=10**6)
    assert found.complete
    assert found.covered == pytest.approx(total[0], rel=1e-9, abs=1e-6)
    sizes = [abs(path.value) for path in found.paths]
    assert all(earlier >= later * (1 - 1e-12) for earlier, later in pairwise(sizes))
    top = contribution_paths(example.structure, own, 0, total=float(total[0]), most=5)
    assert [abs(path.value) for path in top.paths] == pytest.approx(sizes[:5])


@given(examples())
def test_contributions_of_all_parts_add_up_to_the_total(example: Example) -> None:
    demand = demand_of(example.structure, 0)
    total = roll_up(example.structure, example.own)[0]
    assert_allclose(demand.contributions(example.own).sum(axis=0), total, rtol=1e-9, atol=1e-6)


def test_a_link_is_as_sensitive_as_the_units_above_it_times_the_footprint_below_it(pack: Parts) -> None:
    own = pack.own @ LOCATION
    effects = link_effects(pack.structure, demand_of(pack.structure, 0), roll_up(pack.structure, own))
    cell, cam = pack.rows(["CELL", "CAM"])
    effect = next(each for each in effects if (each.parent, each.child) == (cell, cam))
    assert effect.effect == pytest.approx(816)
    assert effect.elasticity == pytest.approx(0.6021799505)
    assert effects[0].elasticity == max(each.elasticity for each in effects)


def test_a_cathode_material_without_a_figure_leaves_six_of_seven_parts(pack: Parts) -> None:
    known = np.ones(7, dtype=bool)
    known[pack.rows(["CAM", "PACK"])] = False
    missing = missing_parts(pack.structure, known)
    assert [pack.ids[row] for row in missing] == ["CAM"], "a pack without a figure of its own still has its parts"
    assert {pack.ids[row] for row in incomplete_parts(pack.structure, missing)} == {"CAM", "CELL", "MOD", "PACK"}
    whole = completeness_of(pack.structure, pack.rows(["PACK"])[0], missing)
    assert whole.percent == pytest.approx(85.7142857, rel=1e-8)
    assert [pack.ids[row] for row in whole.missing] == ["CAM"]
    assert completeness_of(pack.structure, pack.rows(["CASE"])[0], missing).percent == 100


def test_a_waterfall_climbs_over_the_burdens_and_then_descends_over_the_credits() -> None:
    steps = waterfall({"raw": 600.0, "credit": -20.0, "main": 170.0, "a": 3.0, "b": 2.0, "c": -1.0}, most=3)
    assert [step.label for step in steps] == ["raw", "main", None, "credit", None]
    assert [(step.start, step.end) for step in steps] == [(0, 600), (600, 770), (770, 775), (775, 755), (755, 754)]
