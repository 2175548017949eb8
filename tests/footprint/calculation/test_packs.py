from datetime import date
from decimal import Decimal

import pytest

from meguri.footprint.calculation.data import rule_data, rule_names, version_of
from meguri.footprint.calculation.errors import ChoiceMissing, ChoiceUnknown, GwpSetUnknown, PackUnknown
from meguri.footprint.calculation.flags import FLAGS
from meguri.footprint.calculation.packs import OFFERED, check_choices, pack_from, pack_named, rules_of, shipped_packs
from meguri.footprint.calculation.regions import nearness, region_of

CHOICES = {
    "gwp_set": "AR6",
    "waste": "cut_off",
    "eol.method": "cff",
    "electricity.accepted": ["on_site_direct"],
    "electricity.authoritative_mode": "loc",
}


@pytest.mark.parametrize("name", [*rule_names("."), *(f"packs/{name}" for name in rule_names("packs"))])
def test_every_rule_file_says_what_it_is_where_from_and_under_which_licence(name: str) -> None:
    data = rule_data(name)
    assert all(data[key] for key in ("id", "version", "status", "source", "licence"))
    assert data["valid_from"] <= date(2026, 1, 1)
    assert data["status"] in {"adopted", "draft", "voluntary", "contract", "demo", "withdrawn"}
    assert version_of(name) == f"{data['id']} {data['version']}"


def test_packs_of_the_union_are_drafts_and_say_so() -> None:
    for pack in shipped_packs():
        if pack.id.startswith("eu-"):
            assert pack.status == "draft"
            assert pack.banner.en == "Draft methodology – not adopted"
            assert (pack.content["class_tables"], pack.content["thresholds"]) == ([], [])


def test_the_shipped_packs_declare_what_their_sources_say() -> None:
    found = {
        pack.id: (pack.status, rules.mode, rules.cutoff["type"], rules.end_of_life, rules.stages[-1])
        for pack in shipped_packs()
        for rules in [rules_of(pack, CHOICES)]
    }
    assert found == {
        "eu-draft-2024": ("draft", "loc", "component_mass", "cff", "eol_credit"),
        "eu-jrc-2023": ("draft", "con", "component_mass", "cff", "eol_credit"),
        "meti-1.0": ("voluntary", "loc", "collect_threshold", "cff", "eol_credit"),
        "ouranos-exchange": ("contract", "loc", "report_only", "cut_off", "main"),
        "pact-3": ("voluntary", "con", "report_only", "cut_off", "dist"),
        "cx-rulebook-4": ("contract", "con", "total_share", "cut_off", "dist"),
    }
    assert rules_of(pack_named("cx-rulebook-4")).waste == "polluter_pays"
    assert rules_of(pack_named("cx-rulebook-4")).cutoff == {"type": "total_share", "percent": 3, "wire_maximum": 10}


def test_what_a_pack_leaves_open_must_be_chosen_and_what_it_fixes_cannot_be() -> None:
    meti = pack_named("meti-1.0")
    assert set(meti.open_choices) == set(CHOICES)
    with pytest.raises(ChoiceMissing, match="gwp_set"):
        rules_of(meti)
    for left_out in CHOICES:
        with pytest.raises(ChoiceMissing, match=left_out):
            rules_of(meti, {name: value for name, value in CHOICES.items() if name != left_out})
    with pytest.raises(GwpSetUnknown, match="AR5"):
        rules_of(meti, CHOICES | {"gwp_set": "AR1"})
    assert rules_of(meti, CHOICES).choices == CHOICES
    fixed = rules_of(pack_named("eu-draft-2024"), {"electricity.authoritative_mode": "con", "gwp_set": "AR4"})
    assert (fixed.mode, fixed.gwp_set, fixed.choices) == ("loc", "AR6", {})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("waste", "cutoff"),
        ("waste", ["cut_off"]),
        ("eol.method", "recycled_content"),
        ("electricity.accepted", ["on_site_direct", "rec"]),
        ("electricity.accepted", "eac"),
        ("electricity.authoritative_mode", "hm"),
        ("electricity.authoritative_mode", 1),
    ],
)
def test_what_is_not_offered_cannot_be_chosen(name: str, value: object) -> None:
    with pytest.raises(ChoiceUnknown, match=name) as refused:
        rules_of(pack_named("meti-1.0"), CHOICES | {name: value})
    assert set(refused.value.nearest) <= set(OFFERED[name])


def test_every_choice_that_is_offered_can_be_made_and_no_other_can_be_kept() -> None:
    meti = pack_named("meti-1.0")
    for name, values in OFFERED.items():
        for value in values:
            rules_of(meti, CHOICES | {name: [value] if name == "electricity.accepted" else value})
    check_choices(CHOICES)
    with pytest.raises(ChoiceUnknown, match="gwp_set"):
        check_choices({"gwp": "AR6"})
    with pytest.raises(GwpSetUnknown):
        check_choices({"gwp_set": 6})


def test_a_pack_is_known_by_the_hash_of_its_content() -> None:
    pack = pack_named("eu-draft-2024")
    assert len(pack.hash) == 64
    assert pack_from(dict(reversed(pack.content.items()))).hash == pack.hash
    changed = {**pack.content, "cutoff": {**pack.content["cutoff"], "percent": Decimal("1.5")}}
    assert pack_from(changed).hash != pack.hash
    assert len({each.hash for each in shipped_packs()}) == 6


def test_an_unknown_pack_names_those_there_are() -> None:
    with pytest.raises(PackUnknown, match="eu-draft-2024"):
        pack_named("eu-draft-2025")
    with pytest.raises(PackUnknown):
        pack_named("../gwp")


def test_every_country_is_in_one_region_and_near_places_count_more() -> None:
    countries = " ".join(rule_data("regions")["regions"].values()).split()
    assert len(countries) == len(set(countries))
    assert (region_of("JP"), region_of("DE"), region_of("AQ")) == ("Eastern Asia", "Western Europe", None)
    offered = ("JP-13", "JP", "Eastern Asia", "Asia", "GLO", "DE", "Europe")
    assert [nearness("JP-13", each) for each in offered] == [4, 3, 2, 1, 1, 0, 0]


def test_every_flag_has_a_sentence_in_both_languages() -> None:
    for text in FLAGS.values():
        assert text.ja.endswith("。")
        assert text.en.endswith(".")
        assert text.ja != text.en
