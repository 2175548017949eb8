"""Values of every type, right and wrong: the wrong ones named with code and place."""

from typing import Any

import pytest
from tests.passport.batteries import complete, document

from meguri.passport.document_rules import value_findings
from meguri.passport.japan.era import western_month
from meguri.passport.kinds import battery
from meguri.passport.values import check, normalised

SOH = {
    "value": 90,
    "definition": "capacity",
    "method": "bms",
    "reference": "rated",
    "measured_at": "2027-01-01T00:00:00Z",
}
SOH |= {"source": "bms"}
BINS = {"unit": "min", "measured_at": "2027-01-01T00:00:00Z"}

WRONG: list[tuple[str, Any, str, str]] = [
    ("battery_mass", 0, "VALUE_OUT_OF_RANGE", "/battery_mass"),
    ("battery_mass", "430", "INVALID_VALUE", "/battery_mass"),
    ("battery_mass", True, "INVALID_VALUE", "/battery_mass"),
    ("battery_mass", float("inf"), "INVALID_VALUE", "/battery_mass"),
    ("battery_mass", 1.2345678901234567, "INVALID_VALUE", "/battery_mass"),
    ("battery_category", "EV", "INVALID_ENUM", "/battery_category"),
    ("symbols_cd_pb", ["Hg"], "INVALID_ENUM", "/symbols_cd_pb/0"),
    ("expected_cycles", 1.5, "INVALID_VALUE", "/expected_cycles"),
    ("renewable_content", 100.1, "VALUE_OUT_OF_RANGE", "/renewable_content"),
    ("nominal_voltage", {"value": -1}, "VALUE_OUT_OF_RANGE", "/nominal_voltage/value"),
    ("nominal_voltage", {"value": 1, "wrong": 2}, "INVALID_VALUE", "/nominal_voltage/wrong"),
    ("manufacturing_date", "2027-13", "INVALID_VALUE", "/manufacturing_date"),
    ("placed_on_market_date", "2027-02-30", "INVALID_VALUE", "/placed_on_market_date"),
    ("warranty_period", "8 years", "INVALID_VALUE", "/warranty_period"),
    ("manufacturer_name", {"ja": ""}, "INVALID_VALUE", "/manufacturer_name"),
    ("manufacturer_name", "名前", "INVALID_VALUE", "/manufacturer_name"),
    ("manufacturer_email", "a@b", "INVALID_VALUE", "/manufacturer_email"),
    ("manufacturer_web", "javascript:alert(1)", "INVALID_VALUE", "/manufacturer_web"),
    (
        "manufacturer_address",
        {"country": "XX", "postal_code": "1", "street": "s"},
        "INVALID_VALUE",
        "/manufacturer_address/country",
    ),
    ("manufacturer_address", {"country": "JP", "street": "s"}, "INVALID_VALUE", "/manufacturer_address/postal_code"),
    ("dd_report", document("x", "dd_report", url="http://docs.example.jp/x"), "URL_NOT_ALLOWED", "/dd_report/url"),
    ("dd_report", document("x", "dd_report", url="https://10.0.0.1/x"), "URL_NOT_ALLOWED", "/dd_report/url"),
    ("dd_report", document("x", "dd_report", file_id="1"), "INVALID_VALUE", "/dd_report"),
    (
        "critical_raw_materials",
        [{"name": "Co", "mass_fraction_pct": 0.1}],
        "VALUE_OUT_OF_RANGE",
        "/critical_raw_materials/0/mass_fraction_pct",
    ),
    (
        "critical_raw_materials",
        [{"name": "Co", "cas": "7440-48-5", "mass_fraction_pct": 1}],
        "INVALID_VALUE",
        "/critical_raw_materials/0/cas",
    ),
    ("dismantling_information", [], "INVALID_VALUE", "/dismantling_information"),
    ("soh", {**SOH, "interval_low": 91}, "INVALID_VALUE", "/soh"),
    (
        "soc_histogram",
        {**BINS, "bins": [{"from": 0, "to": 10, "value": 1}, {"from": 20, "to": 30, "value": 1}]},
        "INVALID_VALUE",
        "/soc_histogram/bins",
    ),
    ("cell_origin_countries", [{"country": "JP", "share_pct": 60}], "INVALID_VALUE", "/cell_origin_countries"),
    (
        "un_r100_thermal",
        {"outcome": "warned", "method": "x", "tested_on": "2027-01-01"},
        "INVALID_VALUE",
        "/un_r100_thermal/warning_to_hazard_s",
    ),
    (
        "jp_wide_area_certification",
        {"standard": "広域認定", "number": "331", "issued": "2020-01-01"},
        "INVALID_VALUE",
        "/jp_wide_area_certification/number",
    ),
    ("capacity_fade", {"value": 1}, "INVALID_VALUE", "/capacity_fade/measured_at"),
    ("battery_mass", 1e300, "INVALID_VALUE", "/battery_mass"),
    ("expected_cycles", 10**30, "INVALID_VALUE", "/expected_cycles"),
    ("eu_doc_id", "\ud800", "INVALID_VALUE", "/eu_doc_id"),
    ("battery_model_name", {"ja": "\udfff"}, "INVALID_VALUE", "/battery_model_name"),
    ("warranty_period", "P0M", "INVALID_VALUE", "/warranty_period"),
    ("notified_body_number", "123", "INVALID_VALUE", "/notified_body_number"),
    ("commodity_code", "8507.60", "INVALID_VALUE", "/commodity_code"),
    ("dd_report", document("x", "dd_report", url="https://x.example:99999/"), "URL_NOT_ALLOWED", "/dd_report/url"),
    (
        "dd_report",
        document("x", "dd_report", issued="2026-02-01", valid_until="2026-01-31"),
        "INVALID_VALUE",
        "/dd_report/valid_until",
    ),
    (
        "jis_c_8715_2",
        {"standard": "x", "number": "1", "issued": "2026-01-02", "valid_until": "2026-01-01"},
        "INVALID_VALUE",
        "/jis_c_8715_2/valid_until",
    ),
    ("nominal_voltage", {"value": 1, "temp_min": 50, "temp_max": 10}, "INVALID_VALUE", "/nominal_voltage/temp_max"),
    (
        "original_power_capability",
        [{"soc_pct": 80, "power_w": 1}, {"soc_pct": 80, "power_w": 2}],
        "INVALID_VALUE",
        "/original_power_capability",
    ),
    (
        "cell_origin_countries",
        [{"country": "JP", "share_pct": 50}, {"country": "JP", "share_pct": 50}],
        "INVALID_VALUE",
        "/cell_origin_countries",
    ),
    (
        "capacity_fade",
        {"value": 1, "measured_at": SOH["measured_at"], "source": "lab", "reference_conditions": {"x": 10**20}},
        "INVALID_VALUE",
        "/capacity_fade/reference_conditions",
    ),
]


def test_points_of_power_under_other_conditions_and_figures_at_the_edge_are_right() -> None:
    attributes = battery().attributes
    points = [{"soc_pct": 80, "power_w": 1, "duration_s": s} for s in (2, 10)]
    right = (("original_power_capability", points), ("battery_mass", 999_999_999_999_999), ("warranty_period", "P1Y6M"))
    for key, value in right:
        assert list(check(attributes[key], value)) == [], key
    assert next(check(attributes["recycled_content_year"], 1999)).of("en").endswith("≥ 2000, ≤ 2100.")


@pytest.mark.parametrize(
    ("key", "value", "code", "at"), WRONG, ids=[f"{key}-{place}" for place, (key, *_) in enumerate(WRONG)]
)
def test_a_wrong_value_is_named_with_code_and_place(key: str, value: Any, code: str, at: str) -> None:
    found = [(each.code, each.pointer) for each in check(battery().attributes[key], value)]
    assert (code, at) in found
    assert all(each.say.of("ja", **each.values) for each in check(battery().attributes[key], value))


@pytest.mark.parametrize("category", ["ev", "lmt", "industrial", "stationary"])
def test_the_values_of_a_complete_battery_are_all_right(category: str) -> None:
    assert list(value_findings(battery(), complete(category), "item")) == []


def test_unknown_and_read_only_attributes_are_told_apart() -> None:
    found = [(each.code, each.pointer) for each in value_findings(battery(), {"x": 1, "version_no": 2}, "item")]
    assert found == [("UNKNOWN_ATTRIBUTE", "/x"), ("READ_ONLY_FIELD", "/version_no")]


@pytest.mark.parametrize(
    ("written", "month"),
    [
        ("令和9年2月", "2027-02"),
        ("令和元年5月", "2019-05"),
        ("R9.2", "2027-02"),
        ("平成31年4月", "2019-04"),
        ("2027年2月", "2027-02"),
        ("令和元年4月", None),
        ("令和9年13月", None),
        ("明治1年1月", None),
    ],
)
def test_months_of_the_japanese_calendar_become_western(written: str, month: str | None) -> None:
    assert western_month(written) == month


def test_full_width_signs_are_folded_in_codes_and_numbers_but_not_in_names() -> None:
    attributes = battery().attributes
    assert normalised(attributes["serial_number"], "ＭＧ２６") == "MG26"
    assert normalised(attributes["manufacturing_date"], "令和９年２月") == "2027-02"
    assert normalised(attributes["battery_category"], "ｅｖ") == "ev"
    assert normalised(attributes["manufacturer_name"], {"ja": "ＡＢＣ"}) == {"ja": "ＡＢＣ"}
