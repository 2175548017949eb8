from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reuse.samples import PACK, TODAY, bms_only, evidence_of, good_evidence, out_of_domain

from meguri.health.model import Chemistry, Level
from meguri.reuse.gate import CannotRaiseVerdict, Case, GateEvidence, Outcome, Verdict, gate_rules, judge, lowered


def outcome(rule_id: str, evidence: list[GateEvidence], case: Case = PACK) -> Outcome:
    return next(one.outcome for one in judge(case, evidence, TODAY).results if one.rule_id == rule_id)


def test_complete_good_evidence_passes() -> None:
    found = judge(PACK, good_evidence(), TODAY)
    assert (found.verdict, found.failed, found.limits) == (Verdict.PASS, (), ())


def test_without_the_resistance_nothing_is_assessable_and_g03_is_listed() -> None:
    found = judge(PACK, good_evidence(without=("resistance",)), TODAY)
    assert found.verdict is Verdict.NOT_ASSESSABLE
    assert "G03" in found.missing


def test_a_rest_spread_of_40_mv_passes_with_limits_and_of_60_mv_is_a_veto() -> None:
    rest = good_evidence(without=("rest_spread_v",))
    limited = judge(PACK, [*rest, evidence_of("rest_spread_v", 0.040)], TODAY)
    assert (limited.verdict, limited.failed) == (Verdict.PASS_WITH_LIMITS, ("G14",))
    assert set(limited.limits) == {"max_v", "min_v", "dod"}
    assert judge(PACK, [*rest, evidence_of("rest_spread_v", 0.060)], TODAY).verdict is Verdict.VETO


def test_a_veto_lists_what_is_missing_as_well() -> None:
    rest = good_evidence(without=("insulation_ohm_per_volt", "resistance"))
    found = judge(PACK, [*rest, evidence_of("insulation_ohm_per_volt", 90.0)], TODAY)
    assert found.verdict is Verdict.VETO
    assert "G08" in found.failed
    assert "G03" in found.missing


def test_a_capacity_that_only_the_bms_says_is_no_capacity() -> None:
    evidence = [*good_evidence(without=("capacity",)), bms_only("capacity")]
    assert outcome("G02", evidence) is Outcome.NOT_ASSESSABLE
    assert judge(PACK, evidence, TODAY).verdict is Verdict.NOT_ASSESSABLE


def test_out_of_domain_and_stale_evidence_never_pass() -> None:
    assert outcome("G02", [*good_evidence(without=("capacity",)), out_of_domain("capacity")]) is Outcome.NOT_ASSESSABLE
    old = evidence_of("visual_ok", True, at=date(2025, 9, 1))
    assert outcome("G07", [*good_evidence(without=("visual_ok",)), old]) is Outcome.NOT_ASSESSABLE


@pytest.mark.parametrize(
    "rule_id,quantity,bad",
    [
        ("G01", "first_use_history", False),
        ("G04", "no_overcharge", False),
        ("G05", "no_accident", False),
        ("G06", "storage_within_limits", False),
        ("G07", "visual_ok", False),
        ("G08", "insulation_ohm_per_volt", 499.0),
        ("G09", "min_cell_voltage_v", 1.49),
        ("G10", "max_cell_voltage_v", 4.26),
        ("G11", "max_temperature_c", 61.0),
        ("G11", "min_charge_temperature_c", -1.0),
        ("G12", "no_open_recall", False),
        ("G13", "self_discharge_pct_month", 5.1),
        ("G14", "rest_spread_v", 0.051),
    ],
)
def test_each_veto_rule_vetoes(rule_id: str, quantity: str, bad: bool | float) -> None:
    found = judge(PACK, [*good_evidence(without=(quantity,)), evidence_of(quantity, bad)], TODAY)
    assert (found.verdict, rule_id in found.failed) == (Verdict.VETO, True)


@pytest.mark.parametrize(
    "quantity,bad", [("resistance_ratio", 2.1), ("cell_resistance_ratio", 1.4), ("pulse_thermal_spread_k", 6.0)]
)
def test_each_limit_rule_limits(quantity: str, bad: float) -> None:
    found = judge(PACK, [*good_evidence(without=(quantity,)), evidence_of(quantity, bad)], TODAY)
    assert (found.verdict, bool(found.limits)) == (Verdict.PASS_WITH_LIMITS, True)


def test_direct_current_needs_100_ohm_per_volt_and_lfp_may_go_down_to_one_volt() -> None:
    dc = Case(chemistry=Chemistry.LFP, level=Level.PACK, max_voltage_v=400, v_max=3.65, circuit="dc")
    low = [evidence_of("insulation_ohm_per_volt", 120.0), evidence_of("min_cell_voltage_v", 1.2)]
    rest = good_evidence(without=("insulation_ohm_per_volt", "min_cell_voltage_v", "max_cell_voltage_v"))
    assert judge(dc, [*rest, *low], TODAY).verdict is Verdict.PASS


def test_a_failure_stays_until_newer_evidence_of_the_same_rule_passes() -> None:
    bad, same_day = (
        evidence_of("visual_ok", False, date(2026, 1, 12)),
        evidence_of("visual_ok", True, date(2026, 1, 12)),
    )
    rest = good_evidence()
    assert judge(PACK, [*rest, bad], TODAY).verdict is Verdict.VETO
    assert judge(PACK, [*rest, bad, same_day], TODAY).verdict is Verdict.VETO
    assert judge(PACK, [*rest, bad, evidence_of("visual_ok", True, date(2026, 1, 13))], TODAY).verdict is Verdict.PASS


def test_a_grid_storage_plant_needs_the_type_test_and_a_cell_its_lifetime_data() -> None:
    grid = Case(chemistry=Chemistry.NMC, level=Level.PACK, max_voltage_v=400, v_max=4.2, electric_utility=True)
    assert judge(grid, good_evidence(), TODAY).verdict is Verdict.NOT_ASSESSABLE
    assert judge(grid, [*good_evidence(), evidence_of("type_test_for_use", False)], TODAY).verdict is Verdict.VETO
    cell = Case(chemistry=Chemistry.NMC, level=Level.CELL, max_voltage_v=4.2, v_max=4.2)
    assert "G20" in judge(cell, good_evidence(), TODAY).missing


def test_a_lower_bound_below_the_use_limits_the_uses() -> None:
    use = Case(chemistry=Chemistry.NMC, level=Level.PACK, max_voltage_v=400, v_max=4.2, use_soh_min=80.0)
    found = judge(use, good_evidence(), TODAY)
    assert (found.verdict, found.failed) == (Verdict.PASS_WITH_LIMITS, ("G17",))


def test_no_person_makes_a_verdict_better() -> None:
    assert lowered(Verdict.PASS, Verdict.VETO) is Verdict.VETO
    with pytest.raises(CannotRaiseVerdict):
        lowered(Verdict.VETO, Verdict.PASS)


def test_every_rule_names_its_source_and_both_titles() -> None:
    rules = gate_rules().rules
    assert [rule.rule_id for rule in rules] == [f"G{n:02}" for n in range(1, 22)]
    assert all(rule.source and rule.title_ja and rule.title_en for rule in rules)


@given(st.data())
@settings(max_examples=60)
def test_removing_the_evidence_of_a_passed_rule_never_improves_the_verdict(data: st.DataObject) -> None:
    some = data.draw(st.lists(st.sampled_from(good_evidence()), unique_by=lambda e: e.quantity))
    bad = data.draw(
        st.sampled_from(
            [[], [evidence_of("rest_spread_v", 0.04)], [evidence_of("visual_ok", False)], [bms_only("capacity")]]
        )
    )
    evidence = [*some, *bad]
    before = judge(PACK, evidence, TODAY)
    passed = {one.evidence_id for one in before.results if one.outcome is Outcome.PASS}
    for gone in passed:
        after = judge(PACK, [item for item in evidence if item.evidence_id != gone], TODAY)
        assert after.verdict.rank <= before.verdict.rank
