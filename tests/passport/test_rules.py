"""The catalogue, what follows from values, and what is missing: every figure that law and guidance state."""

from collections import Counter
from typing import Any

import pytest
from tests.passport.batteries import complete, document, shared

from meguri.passport.access import Audience, classes_of, grantable, may_see, narrowed
from meguri.passport.catalogue import AccessClass, Flag
from meguri.passport.completeness import report, scope_status
from meguri.passport.derived import derive, differing, effective, switches
from meguri.passport.document_rules import document_findings
from meguri.passport.expressions import plain
from meguri.passport.kinds import battery
from meguri.passport.views import notes_of

MOMENT = "2028-01-01T00:00:00Z"


def dyn(value: Any) -> dict[str, Any]:
    return {"value": value, "measured_at": MOMENT, "source": "lab"}


def test_the_catalogue_holds_207_attributes_and_every_number_of_longlist_and_guidance() -> None:
    kind = battery()
    assert len(kind.law) == len({each.key for each in kind.law}) == 207
    assert {each.access for each in kind.law} == set(AccessClass)
    assert {number for each in kind.law for number in each.longlist} == set(range(1, 94))
    points = {point for each in kind.law for point in each.ec_points}
    assert points == {str(number) for number in range(1, 72)} - {"16"}


@pytest.mark.parametrize(("category", "mandatory"), [("ev", 70), ("lmt", 79), ("industrial", 72), ("stationary", 80)])
def test_the_longlist_demands_so_many_points_of_each_category(category: str, mandatory: int) -> None:
    asked = {n for each in battery().law if each.flag("ll", category) is Flag.MANDATORY for n in each.longlist}
    assert len(asked) == mandatory
    assert report(battery(), {"battery_category": category}, "longlist-1.2").required == mandatory


@pytest.mark.parametrize(
    ("category", "flags"),
    [("ev", "51 8 1 4 7"), ("lmt", "54 8 1 4 4"), ("industrial", "36 26 1 4 4")],
)
def test_the_guidance_has_so_many_points_of_each_duty(category: str, flags: str) -> None:
    counted = Counter(point.flags[category].value for point in battery().points)
    assert [counted[flag] for flag in "MCOPN"] == [int(part) for part in flags.split()]
    assert Counter(point.access for point in battery().points) == {"P1": 44, "P2": 5, "P3": 1, "P4": 21}


def test_what_follows_from_measured_and_declared_values_is_what_the_standard_prints() -> None:
    values = {
        "rated_capacity": 200,
        "measured_capacity": dyn(176),
        "original_power_capability": [{"soc_pct": 80, "power_w": 150000}, {"soc_pct": 20, "power_w": 90000}],
        "measured_power": dyn([{"soc_pct": 80, "power_w": 139500}]),
        "rte_initial": 96.0,
        "measured_rte": dyn(93.6),
        "resistance_pack_initial": 0.050,
        "measured_resistance_pack": dyn(0.061),
        "certified_usable_energy": 70.0,
        "remaining_usable_energy": dyn(62.3),
        "self_discharge_initial": 2.0,
        "self_discharge_current": dyn(2.6),
        "cf_absolute": 4500,
        "cf_lifetime_energy": 90000,
        "cf_raw_material": 0.024,
        "cf_production": 0.0196,
        "cf_distribution": 0.0012,
        "cf_eol": 0.0052,
        "recycled_pre_nickel": 4.0,
        "recycled_post_nickel": 2.5,
    }
    found = {key: plain(value) for key, value in derive(battery(), values).items()}
    assert found["capacity_fade"] == 12.0
    assert found["power_fade"] == 7.0
    assert found["rte_fade"] == 2.5
    assert found["resistance_increase_pack"] == 22.0
    assert found["soce"] == 89.0
    assert found["self_discharge_evolution"] == 30.0
    assert found["cf_total_per_fu"] == 0.05
    assert found["cf_stage_shares"] == [48.0, 39.2, 2.4, 10.4]
    assert found["recycled_total_nickel"] == 6.5
    assert derive(battery(), values)["capacity_fade"]["measured_at"] == MOMENT


def test_a_supplied_value_that_differs_by_more_than_half_a_point_is_kept_and_named() -> None:
    values = {"rated_capacity": 200, "measured_capacity": dyn(176), "capacity_fade": dyn(12.4)}
    assert differing(battery(), values) == {}
    values["capacity_fade"] = dyn(12.6)
    assert differing(battery(), values) == {"capacity_fade": (12.6, 12.0)}
    assert effective(battery(), values)["capacity_fade"] == dyn(12.6)
    assert "DERIVED_MISMATCH" in {each.code for each in document_findings(battery(), values)}


IN_SERVICE = {"putting_into_service_date": "2027-03", "battery_status": "original", "has_commercial_warranty": True}


def test_so_many_points_are_required_of_each_category_and_situation() -> None:
    kind = battery()

    def required(category: str, **more: Any) -> int:
        return report(kind, {"battery_category": category, **IN_SERVICE, **more}).required

    assert required("ev") == 58
    assert required("ev", putting_into_service_date=None) == 54
    assert required("lmt") == 61
    assert required("stationary") == 61
    own = {"has_bms": True, "is_cycle_application": True, "rte_applicable": True, "soh_applicable": False}
    assert required("industrial", **own) == 56


def test_the_score_is_cut_to_one_decimal() -> None:
    kind = battery()
    values = effective(kind, complete("ev"), IN_SERVICE, {"economic_operator_id": "x", "dpp_id": "x"})
    values |= {"unique_product_identifier": "x", "serial_number": "1"}
    for key in [each.key for each in kind.attributes.values() if each.dynamic and each.key not in values]:
        values[key] = dyn(1)
    for key in ("renewable_content", "separate_collection_symbol", "rte_half_life"):
        del values[key]
    found = report(kind, values)
    assert (found.required, found.filled, found.score) == (58, 55, 94.8)
    assert {point.nr for point in found.missing} == {"24", "40", "37"}
    assert next(point for point in found.missing if point.nr == "24").held_by_ja == "セルメーカー"


def test_points_not_to_be_filled_are_named_when_they_carry_a_value() -> None:
    found = report(battery(), {"battery_category": "lmt", "soce": dyn(90), "capacity_threshold_exhaustion": 70})
    assert {point.nr for point in found.must_not_fill_but_filled} == {"33", "61"}
    forbidden = {p.nr for p in battery().points if p.flags["ev"] is Flag.NOT_TO_FILL}
    assert forbidden == {"16", "25", "62", "63", "64", "65", "66"}
    for category in ("lmt", "industrial"):
        assert {p.nr for p in battery().points if p.flags[category] is Flag.NOT_TO_FILL} == {"16", "25", "33", "61"}


def test_dismantling_information_that_leaves_a_subject_out_is_partial() -> None:
    values = complete("ev")
    values["dismantling_information"] = [{**values["dismantling_information"][0], "coverage": ["tools"]}]
    assert [point.nr for point in report(battery(), values).partial] == ["48"]


def test_an_empty_list_counts_only_when_it_is_declared_to_be_empty() -> None:
    values: dict[str, Any] = {"battery_category": "ev", "hazardous_substances": []}
    assert "13" in {point.nr for point in report(battery(), values).missing}
    values["none_declared"] = ["hazardous_substances"]
    assert "13" not in {point.nr for point in report(battery(), values).missing}


def test_switches_stand_as_category_value_and_metals_say() -> None:
    kind = battery()
    assert switches(kind, {"battery_category": "stationary"})["soh_applicable"] is True
    assert switches(kind, {"battery_category": "stationary", "has_bms": False})["soh_applicable"] is False
    assert switches(kind, {"battery_category": "ev"})["soh_applicable"] is False
    industrial = switches(kind, {"battery_category": "industrial"})
    assert [name for name, on in industrial.items() if on] == ["durability_values_applicable"]

    def metals(cd: float, pb: float) -> list[dict[str, Any]]:
        return [
            {"metal": "Cd", "concentration_pct": cd, "location": "cell"},
            {"metal": "Pb", "concentration_pct": pb, "location": "cell"},
        ]

    at_limit = switches(kind, {"battery_category": "ev", "heavy_metals": metals(0.002, 0.004)})
    over = switches(kind, {"battery_category": "ev", "heavy_metals": metals(0.0021, 0.0041)})
    assert (at_limit["cadmium_over_limit"], at_limit["lead_over_limit"]) == (False, False)
    assert (over["cadmium_over_limit"], over["lead_over_limit"]) == (True, True)


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"battery_category": "ev", "placed_on_market_date": "2027-02-18"}, "mandatory"),
        ({"battery_category": "ev", "placed_on_market_date": "2027-02-17"}, "voluntary"),
        ({"battery_category": "ev"}, "voluntary"),
        (
            {
                "battery_category": "industrial",
                "placed_on_market_date": "2027-02-18",
                "nominal_voltage": {"value": 48},
                "rated_capacity": 50,
            },
            "mandatory",
        ),
        (
            {
                "battery_category": "stationary",
                "placed_on_market_date": "2027-02-18",
                "nominal_voltage": {"value": 51.2},
                "rated_capacity": 39,
            },
            "voluntary",
        ),
    ],
)
def test_law_demands_a_passport_of_these_and_not_of_those(values: dict[str, Any], status: str) -> None:
    assert scope_status(battery(), values) == status


def test_the_two_restricted_audiences_see_neither_less_nor_more_than_their_classes() -> None:
    p1, p2, p3, p4, own = AccessClass
    assert classes_of([]) == {p1}
    assert classes_of([Audience.LEGITIMATE_INTEREST]) == {p1, p2, p4}
    assert classes_of([Audience.AUTHORITY]) == {p1, p2, p3}
    assert classes_of([Audience.OWNER]) == {p1, p2, p3, p4, own}
    both = classes_of([Audience.AUTHORITY, Audience.LEGITIMATE_INTEREST])
    assert both == {p1, p2, p3, p4}
    assert not may_see([Audience.AUTHORITY], p4)
    assert not may_see([Audience.LEGITIMATE_INTEREST], p3)
    assert narrowed(Audience.LEGITIMATE_INTEREST, [p2, p3, own]) == {p1, p2}
    assert grantable(Audience.AUTHORITY) == {p2, p3}


CONTRADICTIONS = [
    (
        {"minimum_voltage": {"value": 300}, "nominal_voltage": {"value": 250}, "maximum_voltage": {"value": 400}},
        "VOLTAGE_ORDER",
    ),
    ({"idle_temp_min": 60, "idle_temp_max": 60}, "TEMPERATURE_ORDER"),
    ({"recycled_pre_cobalt": 60, "recycled_post_cobalt": 41}, "RECYCLED_SUM"),
    ({"manufacturing_date": "2027-03", "putting_into_service_date": "2027-02"}, "MADE_BEFORE_SERVICE"),
    ({"cf_absolute": 4600, "cf_lifetime_energy": 90000, "cf_total_per_fu": 0.05}, "CF_FU_MISMATCH"),
    (
        {"cf_raw_material": 0.02, "cf_production": 0.02, "cf_distribution": 0, "cf_eol": 0, "cf_total_per_fu": 0.05},
        "CF_STAGE_SUM",
    ),
    ({"battery_category": "ev", "original_power_capability": [{"soc_pct": 80, "power_w": 1}]}, "POWER_POINTS"),
    ({"soce": dyn(95), "remaining_capacity": dyn(160), "rated_capacity": 200}, "SOH_INCONSISTENT"),
    (
        {
            "battery_mass": 1,
            "cathode_materials": [{"name": "x", "component_name": "c", "mass_g": 1001, "critical": False}],
        },
        "MATERIAL_MASS",
    ),
    ({"electrolyte_kind": "sulfide"}, "H2S_WARNING"),
]


@pytest.mark.parametrize(("values", "code"), CONTRADICTIONS, ids=[code for _, code in CONTRADICTIONS])
def test_facts_that_contradict_each_other_are_named(values: dict[str, Any], code: str) -> None:
    assert code in {each.code for each in document_findings(battery(), values)}


@pytest.mark.parametrize("category", ["ev", "lmt", "industrial", "stationary"])
def test_a_complete_battery_contradicts_itself_nowhere(category: str) -> None:
    found = document_findings(battery(), effective(battery(), complete(category)))
    assert [each.code for each in found if each.level not in ("info", "warning")] == []
    assert {each.code for each in found if each.level == "warning"} <= {"NOT_TO_BE_FILLED"}


def test_a_model_is_asked_for_what_a_model_can_have() -> None:
    kind = battery()
    whole = {**shared("ev"), **derive(kind, shared("ev")), "gtin": "09521234567899"}
    found = report(kind, whole, level="model")
    assert (found.score, found.missing) == (100.0, [])
    lacking = report(kind, {key: value for key, value in whole.items() if key != "rated_capacity"}, level="model")
    assert [point.keys for point in lacking.missing] == [["rated_capacity"]]
    assert len(report(kind, whole).missing) > 10  # a battery is asked for its own as well


def test_what_holds_for_several_attributes_is_said_once_and_the_gravest_first() -> None:
    values = {**complete("ev"), "battery_mass": 1, "instructions_for_use": document("manual", "instructions")}
    notes = notes_of(battery(), values, "en")
    assert len({note.say for note in notes}) == len(notes)
    assert [note.kind for note in notes] == sorted(
        (note.kind for note in notes), key=["stop", "attention", "info"].index
    )
    pending = next(note.where for note in notes if "not required" in note.say)
    assert pending.count(", ") >= 1
