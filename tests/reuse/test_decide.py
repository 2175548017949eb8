import pytest
from msgspec.structs import replace
from tests.reuse.samples import PACK, TODAY, battery, evidence_of, good_evidence

from meguri.reuse.carbon import co2_against_recycling, unbeaten
from meguri.reuse.decide import decide, passport_event
from meguri.reuse.gate import Verdict, judge
from meguri.reuse.model import Option
from meguri.reuse.prices import demo_prices

PRICES = demo_prices()
GOOD = judge(PACK, good_evidence(), TODAY)


def test_the_greatest_expected_value_among_the_open_options_wins() -> None:
    found = decide(battery("x", (82, 81.8, 82.2)), GOOD, PRICES, TODAY)
    open_to = [choice for choice in found.choices if choice.feasible]
    assert found.best is max(open_to, key=lambda choice: choice.expected or 0).option
    assert 0 < found.confidence <= 1


def test_a_veto_leaves_recycling_only_and_names_the_rule() -> None:
    gate = judge(PACK, [*good_evidence(without=("visual_ok",)), evidence_of("visual_ok", False)], TODAY)
    found = decide(battery(), gate, PRICES, TODAY)
    assert (found.verdict, found.decision) == (Verdict.VETO, Option.RECYCLE)
    for choice in found.choices:
        if choice.option is not Option.RECYCLE:
            assert not choice.feasible
            assert choice.reasons[0].code == "RULE_VETO:G07"
            assert choice.reasons[0].evidence


def test_without_evidence_the_decision_is_to_test() -> None:
    gate = judge(PACK, good_evidence(without=("resistance",)), TODAY)
    found = decide(battery(), gate, PRICES, TODAY)
    assert found.decision is Option.HOLD_FOR_TEST
    assert found.next_test is not None


def test_every_rejected_option_has_a_reason_in_both_languages() -> None:
    for soh in ((82, 79, 85), (58, 55, 61), (40, 38, 42)):
        found = decide(battery("x", soh), GOOD, PRICES, TODAY)  # type: ignore[arg-type]
        rejected = [choice for choice in found.choices if choice.option is not found.best]
        assert all(choice.reasons for choice in rejected)
        assert all(r.text_ja and r.text_en and "{" not in r.text_en for choice in rejected for r in choice.reasons)


def test_a_lower_bound_under_the_minimum_closes_a_use() -> None:
    found = {choice.option: choice for choice in decide(battery("x", (76, 74, 78)), GOOD, PRICES, TODAY).choices}
    assert found[Option.REUSE_IN_VEHICLE].reasons[0].code == "SOH_BELOW_USE_MIN"
    assert found[Option.STATIONARY].feasible


@pytest.mark.parametrize(
    "option,as_is,waste,event",
    [
        (Option.REUSE_IN_VEHICLE, True, False, "transfer"),
        (Option.REUSE_IN_VEHICLE, False, False, "prepare_for_reuse"),
        (Option.REUSE_IN_VEHICLE, True, True, "prepare_for_reuse"),
        (Option.REFURBISH, True, False, "remanufacture"),
        (Option.STATIONARY, True, False, "repurpose"),
        (Option.MOBILITY_SMALL, True, False, "repurpose"),
        (Option.BACKUP, True, False, "repurpose"),
        (Option.RECYCLE, True, False, "declare_waste"),
    ],
)
def test_each_option_has_its_word_in_law(option: Option, as_is: bool, waste: bool, event: str) -> None:
    assert passport_event(option, as_is=as_is, waste=waste) == event


def test_gases_are_counted_against_recycling_now() -> None:
    assert co2_against_recycling(battery(), Option.RECYCLE) == 0
    saved = co2_against_recycling(battery(), Option.STATIONARY)
    assert saved == pytest.approx(40 * 5 - 40 * 0.82 * 85 * 0.55)
    declared = co2_against_recycling(battery(footprint_kg_per_kwh=60.0), Option.STATIONARY)
    assert declared == pytest.approx(40 * 5 - 40 * 0.82 * 60 * 0.55)


def test_paths_that_nothing_beats_on_both_are_marked() -> None:
    points = {
        Option.REUSE_IN_VEHICLE: (100.0, -50.0),
        Option.STATIONARY: (80.0, -90.0),
        Option.BACKUP: (70.0, -40.0),
        Option.RECYCLE: (0.0, 0.0),
    }
    assert unbeaten(points) == {Option.REUSE_IN_VEHICLE, Option.STATIONARY}


def test_the_decision_shows_both_differences_and_marks_the_unbeaten() -> None:
    found = decide(battery(), GOOD, PRICES, TODAY)
    marked = {choice.option for choice in found.choices if choice.unbeaten}
    assert found.best in marked
    recycle = next(choice for choice in found.choices if choice.option is Option.RECYCLE)
    assert (recycle.delta_value, recycle.delta_co2_kg) == (0, 0)


def test_an_unsure_decision_waits_for_a_test_that_pays() -> None:
    """Two options close to each other, and health that decides between them: a cheap test is worth its price."""
    codes = {"storage.integration": 25_800.0, "test.capacity_full": 1.0}
    items = tuple(replace(item, price=codes.get(item.code, item.price), sigma=0.0) for item in PRICES.items)
    found = decide(battery("x", (82, 76, 88)), GOOD, replace(PRICES, items=items), TODAY)
    assert found.confidence < 0.70
    assert (found.decision, found.next_test) == (Option.HOLD_FOR_TEST, "capacity_full")
    dear = tuple(replace(item, price=1e6) if item.code.startswith("test.") else item for item in items)
    assert decide(battery("x", (82, 76, 88)), GOOD, replace(PRICES, items=dear), TODAY).decision is found.best
