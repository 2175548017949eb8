"""Recycling efficiency and recovery of materials: the worked examples of the method, to the last digit."""

import json
import tomllib
from decimal import Decimal
from importlib.resources import files
from typing import Any

import msgspec
import pytest

from meguri.recycling.errors import BlackMassIntermediate, ConservationViolation, RuleSetNotValid, RuleSetUnknown
from meguri.recycling.recovery import Yielded, hazard_balance, recover
from meguri.recycling.recovery_case import calculate, calculate_text
from meguri.recycling.recovery_input import parse
from meguri.recycling.rulebook import RecoveryRules, recovery_rule_sets
from recycling.cases import ALL_SIX, POINT, a1, a2, changed, written


def computed(case: dict[str, Any]) -> dict[str, Any]:
    return json.loads(calculate_text(written(case)), parse_float=Decimal)


def target(rate: dict[str, Any], rule: str) -> dict[str, Any]:
    return next(t for t in rate["targets"] if t["rule"] == rule)


def shown(value: Decimal) -> str:
    return f"{value:.2f}"


class TestHydrometallurgy:
    def test_salts_are_converted_to_their_metals(self) -> None:
        rates = computed(a1())["rRM"]
        assert {m: shown(rates[m]["value"]) for m in ("Ni", "Co", "Li")} == {
            "Ni": "96.02",
            "Co": "94.90",
            "Li": "85.39",
        }
        assert [rates[m]["outputKg"] for m in ("Ni", "Co", "Li")] == [
            Decimal("48.0095"),
            Decimal("18.03076"),
            Decimal("9.3925"),
        ]

    def test_each_metal_stands_beside_every_target(self) -> None:
        rates = computed(a1())["rRM"]
        assert {target(rates[m], "BR Annex XII C1")["status"] for m in ("Ni", "Co", "Li")} == {"met"}
        assert [target(rates[m], "BR Annex XII C2")["status"] for m in ("Ni", "Li", "Co")] == ["met", "met", "missed"]
        assert shown(target(rates["Co"], "BR Annex XII C2")["gapPp"]) == "-0.10"
        assert [target(rates[m], "GI")["status"] for m in ("Li", "Ni", "Co")] == ["met", "met", "missed"]

    def test_an_element_without_composition_is_not_determined_and_the_others_are(self) -> None:
        rates = computed(a1())["rRM"]
        assert rates["Cu"]["value"] is None
        assert rates["Cu"]["status"] == "not_determined"
        assert {t["status"] for t in rates["Cu"]["targets"]} == {"not_determined"}

    def test_a_target_is_not_applicable_before_its_first_tested_year(self) -> None:
        nickel = computed(a1(2026))["rRM"]["Ni"]
        assert target(nickel, "BR Annex XII C1")["status"] == "not_yet_applicable"
        assert target(nickel, "BR Annex XII C1")["legalStatus"] == "met"


class TestOptionalElements:
    @pytest.mark.parametrize(
        ("year", "optional", "graphite", "expected"),
        [
            (2026, [], 0, "70.517799"),
            (2026, ALL_SIX, 0, "55.304569"),
            (2031, [], 0, "58.199786"),
            (2026, [], 120, "70.517799"),
            (2026, ALL_SIX, 120, "67.487310"),
            (2030, [], 120, "71.020299"),
        ],
    )
    def test_the_choice_holds_for_input_and_output_alike(
        self, year: int, optional: list[str], graphite: float, expected: str
    ) -> None:
        assert str(computed(a2(year, optional, graphite))["rRE"]["value"]) == expected

    def test_targets_follow_the_year(self) -> None:
        assert target(computed(a2(2026))["rRE"], "BR Annex XII B1")["status"] == "met"
        assert target(computed(a2(2026, ALL_SIX))["rRE"], "BR Annex XII B1")["status"] == "missed"
        late = computed(a2(2031))
        assert target(late["rRE"], "BR Annex XII B2")["status"] == "missed"
        assert late["rRE"]["included"] == ["C_cell", "Fe_cell", "P"]

    def test_recovery_of_metals_does_not_depend_on_the_choice(self) -> None:
        rates = computed(a2())["rRM"]
        assert {m: str(rates[m]["value"]) for m in rates} == {
            "Co": "95.000000",
            "Cu": "97.000000",
            "Li": "85.454545",
            "Ni": "96.000000",
        }
        assert "F11" in [w["code"] for w in computed(a2())["warnings"]]


class TestScope:
    def test_copper_of_cables_counts_for_efficiency_only(self) -> None:
        case = a2()
        case["inputs"][1:2] = [
            {"element": "Cu", "massKg": 80, "location": "current_collector"},
            {"element": "Cu", "massKg": 15, "location": "cable_busbar"},
        ]
        case["outputs"][1:2] = [
            {"element": "Cu", "massKg": 77.6, "location": "current_collector", **POINT},
            {"element": "Cu", "massKg": 14.55, "location": "cable_busbar", **POINT},
        ]
        found = computed(case)
        assert str(found["rRM"]["Cu"]["value"]) == "97.000000"
        assert str(found["rRE"]["value"]) == "70.517799"
        assert ("outputs[2]", "OUT_OF_RM_SCOPE") in [(e["output"], e["reason"]) for e in found["excluded"]]

    def test_outputs_made_elsewhere_need_evidence(self) -> None:
        case = a2()
        case["outputs"][3]["massKg"] = 38
        case["outputs"].append({"element": "Ni", "massKg": 10, "countryGenerated": "KR", **POINT})
        without = computed(case)
        assert str(without["rRM"]["Ni"]["value"]) == "76.000000"
        assert without["excluded"][0]["reason"] == "NO_EQUIVALENT_CONDITIONS_EVIDENCE"
        case["outputs"][-1]["equivalentConditionsDoc"] = "KR-2026-17"
        assert str(computed(case)["rRM"]["Ni"]["value"]) == "96.000000"

    def test_reagents_are_no_output_of_the_battery(self) -> None:
        with_reagent = computed(changed(a2(), "outputs", 3, reagentOriginKg="3"))
        assert str(with_reagent["rRM"]["Ni"]["value"]) == "90.000000"

    def test_slag_counts_for_efficiency_not_for_the_metal(self) -> None:
        found = computed(changed(a2(), "outputs", 2, kind="slag"))
        assert str(found["rRM"]["Li"]["value"]) == "0.000000"
        assert str(found["rRE"]["value"]) == "70.517799"
        assert "SLAG_METAL_NOT_RECOVERED" in [w["code"] for w in found["warnings"]]

    def test_black_mass_is_refused_as_an_output(self) -> None:
        book = recovery_rule_sets()["EU-RE-2025-606/1"]
        black = {"place": "outputs[0]", "element": "Ni", "mass_kg": 1, "kind": "black_mass"}
        for how in ({"counting": "recycling"}, {"counting": "intermediate", "calculation_point": True}):
            with pytest.raises(BlackMassIntermediate):
                recover(book, 2026, "lithium_based", [], [msgspec.convert({**black, **how}, Yielded)])


class TestUncertainty:
    @pytest.mark.parametrize(
        ("metal", "of_out", "of_in", "u", "lower", "status"),
        [
            ("Li", 0.02, 0.03, "3.0811", "80.3861", "met"),
            ("Ni", 0.01, 0.015, "1.7307", "93.1531", "met_not_demonstrated"),
            ("Co", 0.01, 0.015, "1.7126", "92.1827", "met_not_demonstrated"),
        ],
    )
    def test_a_target_met_is_not_always_demonstrated(
        self, metal: str, of_out: float, of_in: float, u: str, lower: str, status: str
    ) -> None:
        place = list(computed(a2())["rRM"]).index(metal)
        case = changed(changed(a2(2032), "inputs", place, uRel=of_in), "outputs", place, uRel=of_out)
        rate = computed(case)["rRM"][metal]
        assert f"{rate['u']:.4f}" == u
        assert f"{rate['lower']:.4f}" == lower
        assert target(rate, "BR Annex XII C2")["status"] == status
        assert target(rate, "BR Annex XII C2")["legalStatus"] == "met"


class TestHazards:
    def test_cadmium_is_recycled_or_in_the_waste(self) -> None:
        assert hazard_balance("Cd", Decimal(12), Decimal("9.4"), Decimal("2.6")).balanced
        short = hazard_balance("Cd", Decimal(12), Decimal("9.4"), Decimal("2.0"))
        assert not short.balanced
        assert short.residual_kg == Decimal("0.6")

    def test_the_result_says_what_is_missing(self) -> None:
        case = {
            "year": 2026,
            "reClass": "nickel_cadmium",
            "inputs": [{"element": "Cd", "massKg": 12}, {"element": "Steel", "massKg": 88}],
            "outputs": [
                {"element": "Cd", "massKg": 9.4, "counting": "recycling"},
                {"element": "Cd", "massKg": 2, "counting": "landfill"},
            ],
        }
        found = computed(case)
        assert found["hazards"]["Cd"]["residualKg"] == Decimal("0.6")
        assert [w["code"] for w in found["warnings"]] == ["HAZARD_BALANCE"]


class TestRules:
    def test_another_rule_set_changes_only_what_names_it(self) -> None:
        text = files("meguri.rules").joinpath("recycling", "recovery", "EU-RE-2025-606_1.toml").read_text()
        other = msgspec.convert(tomllib.loads(text), RecoveryRules)
        plain = msgspec.structs.replace(other.scope, locations=("active_material",))
        books = {
            **recovery_rule_sets(),
            "EU-RE-X/2": msgspec.structs.replace(other, id="EU-RE-X/2", scope=plain),
        }
        case = changed(a2(), "inputs", 1, location="current_collector")
        before = calculate(parse(written(case)), books)
        after = calculate(parse(written({**case, "ruleSet": "EU-RE-X/2"})), books)
        assert (before.ruleSet, after.ruleSet) == ("EU-RE-2025-606/1", "EU-RE-X/2")
        assert before.r_rm["Cu"].value == 97
        assert after.r_rm["Cu"].value is None
        assert before.r_rm["Ni"] == after.r_rm["Ni"]

    def test_a_year_without_rules_is_refused_with_the_valid_ones(self) -> None:
        with pytest.raises(RuleSetNotValid) as refused:
            calculate_text(written(a2(2019)))
        assert "EU-RE-2025-606/1" in refused.value.sentence("en")
        with pytest.raises(RuleSetUnknown):
            calculate_text(written({**a2(), "ruleSet": "EU-RE-1999/1"}))


class TestConservation:
    def test_more_out_than_in_is_refused_beyond_the_hard_limit_and_warned_within(self) -> None:
        with pytest.raises(ConservationViolation) as refused:
            calculate_text(written(changed(a2(), "outputs", 3, massKg=52)))
        assert refused.value.values["residual_kg"] == "-2"
        found = computed(changed(a2(), "outputs", 3, massKg="50.6"))
        assert "CONSERVATION_WARNING" in [w["code"] for w in found["warnings"]]

    def test_a_zero_denominator_gives_no_number(self) -> None:
        found = computed(
            {"year": 2026, "reClass": "lithium_based", "inputs": [{"element": "Ni", "massKg": 0}], "outputs": []}
        )
        assert found["rRE"]["value"] is None
        assert found["rRE"]["status"] == "not_determined"
        assert found["rRM"]["Ni"]["value"] is None


class TestStatedUncertainty:
    """What is stated of masses widens the limits of a balance; nothing stated leaves 0.5 % and 2 % of the input."""

    def case(self, **more: Any) -> dict[str, Any]:
        return {"year": 2026, "reClass": "nickel_cadmium", "inputs": [], "outputs": [], **more}

    def test_more_out_than_in_within_twice_the_soft_limit_is_a_warning(self) -> None:
        ins = [{"element": "Ni", "massKg": 100, "uRel": 0.03}]
        outs = [{"element": "Ni", "massKg": 107, "counting": "recycling", "uRel": 0.01}]
        found = computed(self.case(inputs=ins, outputs=outs))
        assert "CONSERVATION_WARNING" in {w["code"] for w in found["warnings"]}
        with pytest.raises(ConservationViolation):
            computed(self.case(inputs=[{"element": "Ni", "massKg": 100}], outputs=[{**outs[0], "uRel": 0}]))

    @pytest.mark.parametrize(("u_rel", "balanced"), [(0.03, True), (0.001, False), (None, False)])
    def test_cadmium_balances_within_what_is_stated(self, u_rel: float | None, balanced: bool) -> None:
        ins = [{"element": "Cd", "massKg": 12, "uRel": u_rel}]
        outs = [
            {"element": "Cd", "massKg": "9.4", "counting": "recycling", "uRel": u_rel},
            {"element": "Cd", "massKg": "2.0", "counting": "landfill", "uRel": u_rel},
        ]
        found = computed(self.case(inputs=ins, outputs=outs))
        assert found["hazards"]["Cd"]["balanced"] is balanced

    def test_what_no_input_names_is_pointed_out(self) -> None:
        found = computed(a1() | {"outputs": [{"element": "Al", "massKg": 500, "counting": "recycling"}]})
        assert "OUTPUT_WITHOUT_INPUT" in {w["code"] for w in found["warnings"]}
