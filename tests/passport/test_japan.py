"""Japan: storage at the grid, thermal propagation, country of cells, fire ordinance, the two groups, chemistries."""

from datetime import date
from typing import Any

import pytest
from tests.passport.batteries import complete, document
from tests.passport.conftest import BASE, House

from meguri.documents import pdf
from meguri.passport import errors, service
from meguri.passport.chemistry import chemistries, code_of, warns_of_hydrogen_sulfide, word_for
from meguri.passport.derived import derive
from meguri.passport.document_rules import document_findings
from meguri.passport.japan.profiles import japan_report
from meguri.passport.japan.rules import (
    countries_over,
    fire_class,
    japan_findings,
    kw_by_country,
    lasts_long_enough,
    operating_hours,
    thermal_verdict,
)
from meguri.passport.kinds import battery
from meguri.passport.service import japan

TODAY = date(2027, 6, 1)
CERTIFICATE = {"standard": "x", "number": "1", "issued": "2026-01-01"}
WIDE = {
    "standard": "廃棄物処理法 広域認定",
    "number": "第331号",
    "issued": "2020-01-01",
    "holder": "環パックシステム株式会社",
}
STORAGE: dict[str, Any] = {
    "jc_star": {"level": 1, "registration_no": "S-1", "valid_until": "2028-01-01"},
    "cyber_security_measures": [document("cyber", "evidence")],
    "jp_wide_area_certification": WIDE,
    "safety_certificate": {**CERTIFICATE, "standard": "IEC 62619"},
    "fire_causes_countermeasures": [document("fires", "evidence")],
    "maintenance_contract": document("maintenance", "evidence"),
    "spare_parts_and_recovery": [document("spares", "evidence")],
    "fire_law_and_detection": [document("fire-law", "evidence")],
    "jis_c_8715_2": {**CERTIFICATE, "standard": "JIS C 8715-2", "edition": "2024"},
    "storage_energy": 240_000,
    "storage_power": 40_000,
    "cell_origin_countries": [
        {"country": "JP", "share_pct": 80, "kw": 32_000},
        {"country": "KR", "share_pct": 20, "kw": 8_000},
    ],
}


@pytest.mark.parametrize(("seconds", "verdict"), [(299, "failed"), (300, "fulfilled")])
def test_a_warning_needs_five_minutes_before_the_hazard(seconds: float, verdict: str) -> None:
    test = {"outcome": "warned", "warning_to_hazard_s": seconds, "method": "nail", "tested_on": "2027-01-01"}
    assert thermal_verdict(test, first_approved="2027-09") == verdict
    assert thermal_verdict({"outcome": "no_runaway"}, first_approved="2027-09") == "fulfilled"


def test_the_thermal_test_is_asked_of_new_types_first_and_of_running_production_later() -> None:
    assert thermal_verdict(None, first_approved="2027-08") == "not_yet_applicable"
    assert thermal_verdict(None, first_approved="2027-09") == "missing"
    assert thermal_verdict(None, first_approved="2026-01", made="2030-08") == "not_yet_applicable"
    assert thermal_verdict(None, first_approved="2026-01", made="2030-09") == "missing"


def test_a_storage_system_runs_six_hours_or_not() -> None:
    assert operating_hours(240_000, 40_000) == 6.0
    assert lasts_long_enough(240_000, 40_000)
    assert not lasts_long_enough(239_600, 40_000)


def test_thirty_per_cent_is_not_under_thirty_per_cent() -> None:
    before = {"CN": 119_000.0}
    assert countries_over({"CN": 999}, before) == []
    assert countries_over({"CN": 1_000}, before) == ["CN"]
    assert countries_over({"JP": 400_000}) == []
    shares = [{"country": "CN", "share_pct": 60}, {"country": "JP", "share_pct": 40}]
    assert kw_by_country(shares, 1000) == {"CN": 600, "JP": 400}


@pytest.mark.parametrize(
    ("energy", "code"), [(10, "exempt"), (10.1, "conditional"), (20, "conditional"), (20.1, "notify")]
)
def test_the_fire_ordinance_has_three_classes(energy: float, code: str) -> None:
    assert fire_class(energy) == code
    assert derive(battery(), {"battery_category": "stationary", "rated_energy": energy})["jp_fire_notice_class"] == code
    assert "jp_fire_notice_class" not in derive(battery(), {"battery_category": "ev", "rated_energy": energy})


def test_lithium_storage_at_the_grid_needs_the_type_test_of_2024() -> None:
    values = complete("stationary")
    codes = {each.code for each in japan_findings(values, TODAY)}
    assert "JP-JIS" in codes
    for edition, there in (("2024", False), ("2019", True)):
        values["jis_c_8715_2"] = {**CERTIFICATE, "edition": edition}
        assert ("JP-JIS" in {each.code for each in japan_findings(values, TODAY)}) == there
    for change in (
        {"battery_chemistry": "Na-ion"},
        {"intended_applications": ["ups"]},
        {"battery_category": "industrial"},
    ):
        assert "JP-JIS" not in {each.code for each in japan_findings({**complete("stationary"), **change}, TODAY)}


def test_an_expired_label_and_a_foreign_holder_are_named() -> None:
    values = {**complete("stationary"), **STORAGE, "jc_star": {**STORAGE["jc_star"], "valid_until": "2027-05-31"}}
    assert "JP-STAR" in {each.code for each in japan_findings(values, TODAY)}
    values["jp_wide_area_certification"] = {**WIDE, "holder": "他社"}
    assert "JP-WIDE-AREA" in {each.code for each in japan_findings(values, TODAY)}
    assert "JP-UNR100" in {each.code for each in japan_findings(complete("ev"), TODAY)}


@pytest.mark.parametrize(("profile", "points"), [("jp-grid-storage", 11), ("jp-auction-3", 12)])
def test_a_profile_says_of_each_point_whether_it_is_fulfilled_missing_or_expired(profile: str, points: int) -> None:
    values = {**complete("stationary"), **STORAGE}
    whole = japan_report(profile, values, TODAY)
    assert (whole.asked, whole.fulfilled, len(whole.points)) == (points, points, points)
    assert whole.hours == 6.0
    lacking = {**values, "jc_star": {**STORAGE["jc_star"], "valid_until": "2027-05-31"}}
    del lacking["maintenance_contract"]
    verdicts = {each.code: each.verdict for each in japan_report(profile, lacking, TODAY).points}
    assert (verdicts["jc_star"], verdicts["maintenance"]) == ("expired", "missing")
    evidence = next(each for each in whole.points if each.code == "wide_area").evidence
    assert evidence == ["廃棄物処理法 広域認定 第331号"]


def test_a_storage_system_that_runs_too_short_fails_the_auction() -> None:
    values = {**complete("stationary"), **STORAGE, "storage_energy": 239_600}
    verdicts = {each.code: each.verdict for each in japan_report("jp-auction-3", values, TODAY).points}
    assert verdicts["duration"] == "failed"


def test_every_chemistry_has_one_code_and_a_word_in_every_list_that_knows_it() -> None:
    listed = chemistries()
    assert set(listed.codes) == set(battery().attributes["battery_chemistry"].enum)
    for scheme, outside in listed.outside.items():
        assert set(outside.words) <= set(listed.codes)
        assert set(outside.also.values()) <= set(listed.codes)
        for code, word in outside.words.items():
            assert code_of(word, scheme) in listed.codes
            assert word_for(code, scheme) == word
    assert code_of("NMC_LMO", "health") == "Li-ion NMC"
    assert code_of("never heard of", "health") == "other"
    assert word_for("Li-metal", "health") == "other"
    assert word_for("Na-ion", "un_class") == "UN3551"


@pytest.mark.anyio
@pytest.mark.parametrize(
    "chemistry",
    [
        {
            "battery_chemistry": "other",
            "battery_chemistry_text": {"ja": "硫化物系全固体"},
            "electrolyte_kind": "sulfide",
        },
        {"battery_chemistry": "Na-ion", "electrolyte_kind": "liquid"},
    ],
    ids=["sulfide solid state", "sodium ion"],
)
async def test_next_generation_packs_pass_from_issue_to_recycling(house: House, chemistry: dict[str, Any]) -> None:
    owner = await house.company()
    pack = await house.battery(owner, values=chemistry)
    codes = {each.code for each in pack.findings}
    assert ("H2S_WARNING" in codes) == warns_of_hydrogen_sulfide(chemistry["electrolyte_kind"])
    await house.run(owner, service.put_into_service, pack.dpp_id, "2026-11")
    await house.run(owner, service.declare_waste, pack.dpp_id)
    done = await house.run(owner, service.recycle, pack.dpp_id, recycling_record_id="lot-1")
    assert done.state == "Archived"


@pytest.mark.anyio
async def test_the_two_groups_are_shown_by_class_and_keep_personal_numbers_to_themselves(house: House) -> None:
    owner = await house.company()
    pack = await house.battery(owner, values={"jp_vehicle_id": "ZVW30-1234567", "jp_manifest_no": "M-1"})
    _, whole, table = await house.run(owner, japan.japan_view, pack.dpp_id)
    assert whole["仕様識別情報"]["電池型式番号"] == "TP-EV-70"
    assert whole["個体識別情報"]["電池の状態区分"] == "original"
    text = table.decode("utf-8-sig")
    assert text.splitlines()[0] == "区分,項目名,値,単位,測定日,出典"
    assert "ZVW30" not in text + str(whole)
    assert "M-1" not in text
    _, public, public_table = await house.run(service.ANONYMOUS, japan.japan_view, pack.dpp_id)
    assert list(public) == ["仕様識別情報"]
    assert "個体識別情報" not in public_table.decode("utf-8-sig")


@pytest.mark.anyio
async def test_a_profile_prints_as_one_file(house: House) -> None:
    owner = await house.company()
    storage = await house.battery(owner, "stationary", values=STORAGE)
    printed = await house.run(owner, japan.profile_report, storage.dpp_id, "jp-auction-3")
    assert pdf("meguri.passport", "japan.typ", printed, language="ja")[:5] == b"%PDF-"
    with pytest.raises(errors.ProfileUnknown):
        await house.run(owner, japan.profile_report, storage.dpp_id, "jp-auction-9")


@pytest.mark.anyio
async def test_after_the_award_the_country_of_the_cells_is_locked_but_the_model_may_change(house: House) -> None:
    owner = await house.company()
    storage = await house.battery(owner, "stationary", values=STORAGE)
    await house.run(owner, service.change, storage.dpp_id, {"auction_award": True})
    other = [{"country": "KR", "share_pct": 100, "kw": 40_000}]
    with pytest.raises(errors.CellOriginLocked):
        await house.run(owner, service.change, storage.dpp_id, {"cell_origin_countries": other})
    await house.run(owner, service.change, storage.dpp_id, {"battery_model_id": "TP-NEW"})
    assert BASE in storage.dpp_id


def test_sulfide_is_named_wherever_a_document_is_judged() -> None:
    found = [
        each for each in document_findings(battery(), {"electrolyte_kind": "sulfide"}) if each.code == "H2S_WARNING"
    ]
    assert "H₂S" in found[0].say.ja
