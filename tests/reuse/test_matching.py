from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from meguri.reuse.demand import Candidate, Use, fit
from meguri.reuse.gate import Verdict
from meguri.reuse.law import Site
from meguri.reuse.matching import assign, match, system_groups

OCV = tuple((float(s), float(300 + 100 * s)) for s in np.linspace(0, 1, 11))
PACK = Candidate(
    item_id="p1", model="M1", verdict=Verdict.PASS, soh=82.0, soh_lower=79.0, soh_upper=85.0, rated_energy_kwh=40.0,
    capacity_ah=100.0, v_min=300.0, v_max=400.0, resistance_ohm=0.1, temperature_range=(-10.0, 50.0), ocv=OCV,
    floor=60_000.0,
)  # fmt: skip
USE = Use(
    use_id="u1", p_max_kw=10.0, e_min_kwh=20.0, v_min=250.0, v_max=450.0, temperature_range=(0.0, 40.0),
    cycles_per_day=1.0, dod=0.8, years=8, soh_min=60.0, soh_eol=50.0, value_per_kwh=20.0, integration=300_000.0,
)  # fmt: skip


def test_the_assignment_makes_the_total_greatest_where_greedy_does_not() -> None:
    npv = np.array([[120.0, 110, 60], [115, 60, 40], [70, 65, 50]])
    chosen = assign(npv)
    assert list(chosen) == [1, 0, 2]
    assert npv[np.arange(3), chosen].sum() == 275


def test_an_infeasible_pair_is_never_chosen_even_when_an_item_stays_alone() -> None:
    npv = np.array([[1e9, 5.0], [4.0, 3.0]])
    feasible = np.array([[False, True], [False, True]])
    assert list(assign(npv, feasible)) == [1, -1]


def test_an_item_stays_at_its_floor_when_that_is_worth_more() -> None:
    assert list(assign(np.array([[50.0]]), floor=np.array([60.0]))) == [-1]


@given(st.lists(st.lists(st.integers(0, 100), min_size=3, max_size=3), min_size=3, max_size=3))
def test_no_other_assignment_is_worth_more(rows: list[list[int]]) -> None:
    npv = np.array(rows, dtype=float)
    chosen = assign(npv)
    mine = sum(npv[i, j] for i, j in enumerate(chosen) if j >= 0)
    assert mine == max(sum(npv[i, j] for i, j in enumerate(order)) for order in permutations(range(3)))


def test_a_pair_is_taken_at_the_current_and_temperature_of_the_use() -> None:
    mild, cold = fit(PACK, USE), fit(PACK, replace(USE, temperature_range=(-20.0, 40.0)))
    assert mild.basis == "rate_characteristic"
    assert cold.usable_kwh < mild.usable_kwh < 100 * 0.35
    current = 10_000 / 350
    assert mild.current_a == pytest.approx(current)
    strong = fit(PACK, replace(USE, p_max_kw=30.0))
    assert strong.usable_kwh < mild.usable_kwh


@pytest.mark.parametrize(
    "change,code",
    [
        ({"soh_min": 80.0}, "SOH_BELOW_USE_MIN"),
        ({"v_max": 390.0}, "VOLTAGE_WINDOW"),
        ({"p_max_kw": 500.0}, "POWER_SHORT"),
        ({"e_min_kwh": 39.0}, "ENERGY_SHORT"),
        ({"temperature_range": (-20.0, 40.0)}, "TEMPERATURE"),
        ({"site": Site(kwh=40.0)}, "SITE_LAW:JP-FIRE"),
        ({"site_rules": ("JP-FIRE",), "quantity": 2}, "SITE_LAW:JP-FIRE"),
        ({"site": Site(kwh=40.0, notified="消-123", electric_utility=True)}, "NO_TYPE_TEST"),
    ],
)
def test_what_blocks_a_pair_is_named(change: dict[str, object], code: str) -> None:
    found = fit(PACK, replace(USE, **change))
    assert code in [reason.code for reason in found.reasons]


def test_a_battery_that_failed_the_gate_is_matched_to_nothing() -> None:
    vetoed = replace(PACK, verdict=Verdict.VETO)
    found = match([vetoed], [USE])
    assert (found.pairs, found.total) == ((), 60_000.0)
    assert found.blocked[0].reasons[0].code == "VERDICT:veto"


def test_a_use_with_places_takes_several_and_the_rest_keep_their_floor() -> None:
    packs = [replace(PACK, item_id=f"p{n}", soh=82.0 + n) for n in range(3)]
    found = match(packs, [replace(USE, quantity=2)])
    assert sorted(pair.item_id for pair in found.pairs) == ["p1", "p2"]
    assert [left.item_id for left in found.unassigned] == ["p0"]


def test_each_battery_says_its_best_blocked_alternative() -> None:
    rich = replace(USE, use_id="rich", value_per_kwh=60.0, v_max=350.0)
    found = match([PACK], [USE, rich])
    assert (found.pairs[0].use_id, found.blocked[0].use_id) == ("u1", "rich")


def test_nothing_to_match_is_an_empty_match() -> None:
    assert match([], [USE]).pairs == ()
    assert match([PACK], []).total == 60_000


def test_a_system_is_built_of_even_packs_of_one_model() -> None:
    packs = [
        replace(PACK, item_id=name, capacity_ah=ah, resistance_ohm=r, model=model)
        for name, ah, r, model in [
            ("a", 100.0, 0.10, "M1"), ("b", 104.0, 0.11, "M1"), ("c", 90.0, 0.10, "M1"),
            ("d", 104.5, 0.13, "M1"), ("e", 100.0, 0.10, "M2"),
        ]
    ]  # fmt: skip
    assert system_groups(packs, 2) == [["a", "b"]]
