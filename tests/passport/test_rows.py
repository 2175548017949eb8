"""Lists are edited row by row: nothing is lost on the way through the form, and what is wrong is told at its cell."""

from typing import Any

import msgspec
import pytest
from tests.dataspaces.exchange import sample

from meguri.passport import rows
from meguri.passport.bulk.cells import values_of
from meguri.passport.kinds import battery

BINS = [{"from": 0, "to": 50, "value": 1200}, {"from": 50, "to": 100, "value": 830.5}]
EV = {**sample.EV, "soc_histogram": {"unit": "min", "measured_at": "2027-03-01T00:00:00Z", "bins": BINS}}
LISTS = [key for key in EV if battery().attributes[key].type in rows.EDITED]


def sent(key: str, shown: list[dict[str, str]]) -> dict[str, str]:
    """The form as a browser sends the rows."""
    heads = rows.heads_of(battery().attributes[key].type, EV[key])
    return (
        {f"{key}-rows": "1"}
        | {f"{key}-head-{name}": text for name, text in heads.items()}
        | {f"{key}-{n}-{name}": text for n, row in enumerate(shown) for name, text in row.items()}
    )


def back(key: str, form: dict[str, str]) -> Any:
    section = battery().attributes[key].section
    return msgspec.json.decode(rows.folded(battery(), section, form)[key] or "null")


@pytest.mark.parametrize("key", LISTS)
def test_a_list_comes_back_from_its_rows_as_it_was(key: str) -> None:
    shown = rows.rows_of(battery().attributes[key].type, EV[key])
    assert len(shown) == len(EV[key]["bins"] if isinstance(EV[key], dict) else EV[key])
    assert back(key, sent(key, [*shown, dict.fromkeys(shown[0], "")])) == EV[key]


def test_the_sample_has_lists_of_nearly_every_editable_type() -> None:
    assert {battery().attributes[key].type for key in LISTS} == rows.EDITED - {"impacts"}


def test_members_that_no_cell_shows_stay() -> None:
    value = [{**EV["test_reports"][0], "file_id": "0191d0a0", "sha256": "a" * 64}]
    shown = rows.rows_of("documents", value)
    assert "file_id" not in shown[0]
    shown[0]["title.en"] = "Another title"
    assert back("test_reports", sent("test_reports", shown)) == [{**value[0], "title": {"en": "Another title"}}]


def test_rows_in_which_nothing_is_typed_are_no_rows_and_a_list_can_be_emptied() -> None:
    empty = [{"name": " ", "critical": "false"}]
    assert back("cathode_materials", sent("cathode_materials", empty)) is None
    assert rows.folded(battery(), "materials", {}) == {}


def test_numbers_are_read_as_people_type_them_and_flags_default_to_no() -> None:
    typed = [{"name": "ニッケル", "component_name": "正極", "mass_g": "３８，０００"}]
    (found,) = back("cathode_materials", sent("cathode_materials", typed))
    assert found == {"name": "ニッケル", "component_name": "正極", "mass_g": 38000, "critical": False}


@pytest.mark.parametrize(
    ("key", "row", "at"),
    [
        ("cathode_materials", {"name": "x", "component_name": "y", "cas": "7440-48-5"}, "cas"),
        ("cathode_materials", {"name": "x", "component_name": "y", "mass_g": "heavy"}, "mass_g"),
        (
            "spare_part_sources",
            {"name": "x", "email": "a@b.jp", "web": "https://x.jp", "parts": "BMS: 1"},
            "address.country",
        ),
        (
            "hazardous_substances",
            {"name": "x", "hazard_classes": "Bad", "location": "y", "concentration_pct": "1"},
            "hazard_classes",
        ),
    ],
)
def test_what_is_wrong_is_told_at_its_cell(key: str, row: dict[str, str], at: str) -> None:
    attribute = battery().attributes[key]
    good = rows.rows_of(attribute.type, EV[key])[0]
    value = back(key, sent(key, [good, row]))
    found = rows.faults_of(attribute, value, "ja")
    assert f"{key}-1-{at}" in found
    assert not any(name.startswith(f"{key}-0-") for name in found)


def test_a_new_event_gets_a_number_of_its_own_and_an_old_one_keeps_its() -> None:
    shown = rows.rows_of("events", EV["negative_events"])
    assert "id" not in shown[0]
    typed = {"at": "2027-05-01T00:00:00Z", "type": "repair", "description.ja": "端子を交換"}
    old, new = back("negative_events", sent("negative_events", [*shown, typed]))
    assert old["id"] == "import-1"
    assert new["id"] not in ("", old["id"])
    assert not rows.faults_of(battery().attributes["repair_history"], [new], "ja")


def test_what_is_wrong_with_a_histogram_is_told_at_its_head_or_its_bin() -> None:
    attribute = battery().attributes["soc_histogram"]
    bins = [{"from": 0, "to": 50, "value": 10}, {"from": 50, "to": 100, "value": "many"}]
    assert "soc_histogram-1-value" in rows.faults_of(attribute, {**EV["soc_histogram"], "bins": bins}, "ja")
    gap = [{"from": 0, "to": 40, "value": 10}, {"from": 50, "to": 100, "value": 5}]
    assert "soc_histogram-0-from" in rows.faults_of(attribute, {**EV["soc_histogram"], "bins": gap}, "ja")
    late = {**EV["soc_histogram"], "measured_at": "yesterday"}
    assert "soc_histogram-head-measured_at" in rows.faults_of(attribute, late, "ja")


def test_a_histogram_in_which_nothing_is_typed_is_none() -> None:
    form = {"soc_histogram-rows": "1", "soc_histogram-head-unit": " ", "soc_histogram-0-from": ""}
    assert back("soc_histogram", form) is None


def test_what_is_typed_into_the_rows_is_what_the_passport_is_given() -> None:
    for key in ("soc_histogram", "negative_events"):
        section = battery().attributes[key].section
        cells = rows.folded(battery(), section, sent(key, rows.rows_of(battery().attributes[key].type, EV[key])))
        values, faults = values_of(battery(), cells, 1, "item", {})
        assert (values[key], faults) == (EV[key], [])
