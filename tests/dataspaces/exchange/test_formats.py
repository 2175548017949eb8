"""Exports: valid under each schema, complete in their report of losses, refused to whom may not see them."""

import json
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from tests.dataspaces.exchange.sample import EV, passport

from meguri.dataspaces.exchange import formats
from meguri.dataspaces.exchange.errors import (
    CategoryOutOfScope,
    ExportIncomplete,
    MissingBpn,
    NotReadable,
    RepresentationNotAvailable,
    UnknownFormat,
)

NAMES = sorted(formats.all_formats())
PUBLIC, INTERESTED, AUTHORITY = frozenset({"P1"}), frozenset({"P1", "P2", "P4"}), frozenset({"P1", "P2", "P3"})


@pytest.mark.parametrize("name", NAMES)
def test_a_complete_battery_is_valid_in_every_format(name: str) -> None:
    made = formats.export(name, passport())
    assert made.missing == []
    assert formats.faults(name, made.document) == []


@pytest.mark.parametrize("name", NAMES)
def test_what_comes_back_is_what_went_out_without_the_losses(name: str) -> None:
    made = formats.export(name, passport())
    lost = {loss.key for loss in made.losses}
    back = formats.read(name, made.document)
    kept = {key: value for key, value in EV.items() if key not in lost}
    assert {key: value for key, value in back.values.items() if key not in lost} == kept
    assert kept, "something must survive"
    assert back.warnings == []


@pytest.mark.parametrize("name", NAMES)
def test_a_document_says_which_format_it_is(name: str) -> None:
    found = formats.detect(formats.export(name, passport()).document)
    assert found is not None
    assert found.name == name.removesuffix("-aasx")


@pytest.mark.parametrize(
    ("classes", "allowed"),
    [
        (PUBLIC, {"batterypass-cf", "batterypass-dd", "untp-0.6.0", "untp-0.6.1", "untp-0.7.0", "jsonld"}),
        (INTERESTED, {"gpi", "cf", "dd", "mc", "ci", "pd", "pd-1.2.0"}),
        (AUTHORITY, {"cf", "dd", "mc", "ci", "lb"}),
    ],
)
def test_a_reader_gets_a_format_only_if_he_sees_all_that_it_demands(classes: frozenset[str], allowed: set[str]) -> None:
    expected = {name if name in NAMES else f"batterypass-{name}" for name in allowed}
    got = set()
    for name in NAMES:
        with suppress(RepresentationNotAvailable):
            formats.export(name, passport(classes=classes, partial=True))
            got.add(name)
    assert got & {name for name in NAMES if name.startswith("batterypass") or classes == PUBLIC} >= expected
    assert not {name for name in got if name.startswith("batterypass")} - expected


def test_the_refusal_names_the_classes_that_are_out_of_reach() -> None:
    with pytest.raises(RepresentationNotAvailable) as refused:
        formats.export("tractusx", passport(classes=PUBLIC))
    assert (refused.value.code, refused.value.status) == ("REPRESENTATION_NOT_AVAILABLE", 403)
    assert "P2, P3, P4" in refused.value.sentence("en")


def test_the_newer_performance_document_has_nine_faults_under_the_older_schema_and_its_own_form_none() -> None:
    newer = formats.export("PD", passport()).document
    assert len(formats.faults("batterypass-pd-1.2.0", newer)) == 9
    older = formats.export("batterypass-pd-1.2.0", passport()).document
    assert formats.faults("batterypass-pd-1.2.0", older) == []
    assert formats.read("batterypass-pd-1.2.0", older).values["energy_throughput"]["value"] == 21500


def test_a_moment_without_its_time_is_one_fault() -> None:
    document = formats.export("tractusx", passport()).document
    document["performance"]["dynamic"]["stateOfCharge"]["time"] = "2027-06-01"
    assert [fault.path for fault in formats.faults("tractusx", document)] == ["/performance/dynamic/stateOfCharge/time"]


@pytest.mark.parametrize("key", ["soce", "full_cycles", "state_of_charge"])
def test_a_missing_value_is_named_and_never_filled(key: str) -> None:
    values = {name: value for name, value in EV.items() if name != key}
    with pytest.raises(ExportIncomplete) as refused:
        formats.export("batterypass-pd", passport(values))
    assert key in refused.value.sentence("en")
    part = formats.export("batterypass-pd", passport(values, partial=True))
    assert part.missing == [key]
    assert formats.faults("batterypass-pd", part.document)


def test_without_business_partner_numbers_there_is_no_catena_x_document() -> None:
    with pytest.raises(MissingBpn) as refused:
        formats.export("tractusx", passport({**EV, "facility_id": "https://id.example.jp/414/9521234000006"}))
    assert (refused.value.code, refused.value.status) == ("MISSING_BPN", 409)


@pytest.mark.parametrize("category", ["SLI", "portable", "incorporated", " SLI "])
def test_a_battery_without_passport_is_not_imported_by_itself(category: str) -> None:
    document = formats.export("tractusx", passport()).document
    document["identification"]["category"] = category
    with pytest.raises(CategoryOutOfScope):
        formats.read("tractusx", document)


def test_a_warranty_of_eight_years_becomes_the_longest_month_and_a_loss() -> None:
    made = formats.export("gpi", passport())
    assert made.document["warrentyPeriod"] == "--12"
    assert "warranty_period" in {loss.key for loss in made.losses}
    short = formats.export("gpi", passport({**EV, "warranty_period": "P6M"}))
    assert short.document["warrentyPeriod"] == "--06"
    assert "warranty_period" not in {loss.key for loss in short.losses}


def test_power_is_in_kilowatts_where_the_format_wants_them() -> None:
    document = formats.export("pd", passport()).document
    assert document["batteryTechicalProperties"]["ratedMaximumPower"] == 160


def test_a_hazard_class_that_the_format_does_not_know_is_left_out_and_reported() -> None:
    hazard = {**EV["hazardous_substances"][0], "hazard_classes": ["Carcinogenicity"]}
    made = formats.export("mc", passport({**EV, "hazardous_substances": [hazard]}))
    assert made.document["hazardousSubstances"] == []
    assert "hazardous_substances" in {loss.key for loss in made.losses}


def test_unknown_members_are_kept_for_the_way_back() -> None:
    document = formats.export("cf", passport()).document | {"ours": {"note": 1}}
    back = formats.read("cf", document)
    assert back.ignored == ["/ours/note"]
    again = formats.export("cf", _with(back.extras))
    assert again.document["ours"] == {"note": 1}


def _with(extras: dict[str, Any]) -> Any:
    return msgspec.structs.replace(passport(), extras=extras)


def test_older_names_of_the_technical_data_are_read_as_well() -> None:
    document = formats.export("idta", passport()).document
    text = json.dumps(document).replace("OnBatteryCellLevel", "AtBatteryCellLevel")
    assert formats.read("idta", json.loads(text)).values["resistance_cell_initial"] == 0.0005


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_json_is_read_in_the_encodings_that_people_send(encoding: str) -> None:
    assert formats.decoded('{"a": "電池"}'.encode(encoding)) == {"a": "電池"}


@pytest.mark.parametrize(
    "content", [b"{", b'{"a": 1, "a": 2}', b'{"a": NaN}', b'["\\ud800"]', b"\xff\xfe\x00", b"[" * 100_000]
)
def test_what_is_no_json_is_refused(content: bytes) -> None:
    with pytest.raises(NotReadable) as refused:
        formats.decoded(content)
    assert refused.value.code == "INVALID_JSON"


def test_an_unknown_format_is_named_with_those_that_exist() -> None:
    with pytest.raises(UnknownFormat) as refused:
        formats.export("excel", passport())
    assert "untp-0.7.0" in refused.value.sentence("en")


@pytest.mark.parametrize("broken", [[], "x", {}, {"submodels": [{"idShort": "Circularity", "submodelElements": [1]}]}])
@pytest.mark.parametrize("name", NAMES)
def test_any_document_is_read_or_refused_without_a_crash(name: str, broken: Any) -> None:
    formats.read(name, broken)
    assert formats.faults(name, broken)


def test_units_of_others_are_converted_and_one_of_another_kind_is_told() -> None:
    document = formats.export("tractusx", passport()).document
    weight = document["characteristics"]["physicalDimension"]["weight"]
    kilograms = weight["value"]
    weight |= {"value": kilograms * 1000, "unit": "unit:gram"}
    first = document["materials"]["composition"][0]
    share = first["concentration"]
    first |= {"concentration": share * 10_000, "unit": "unit:partPerMillion"}
    hazards = document["materials"]["hazardous"]
    hazards["cadmium"] |= {"concentration": 5, "location": "solder", "materialUnit": "unit:partPerMillion"}
    back = formats.read("tractusx", document)
    assert back.values["battery_mass"] == pytest.approx(kilograms)
    found = [one for key in ("cathode_materials", "other_materials") for one in back.values.get(key, ())]
    assert next(one for one in found if one["cas"] == first["id"][0]["id"])["mass_fraction_pct"] == pytest.approx(share)
    assert {"metal": "Cd", "concentration_pct": 0.0005, "location": "solder"} in back.values["heavy_metals"]
    assert back.warnings == []

    first["unit"], weight["unit"] = "unit:one", "unit:metre"
    back = formats.read("tractusx", document)
    assert back.warnings == ["characteristics.physicalDimension.weight: unit:metre", "materials.composition: unit:one"]
    assert "battery_mass" not in back.values
