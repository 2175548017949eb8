"""A third set of names by hand, and what it taught: Wade–Giles, numbered plants, first signs, words of trade."""

import csv
import os
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest
from rapidfuzz.distance import OSA

from meguri.diligence.screening import Entry, Screener, Subject
from meguri.diligence.screening.names import forms_of
from meguri.diligence.screening.score import _slipped, _spellings
from meguri.diligence.screening.sheet import read_list, read_names
from meguri.diligence.screening.sound import sound
from meguri.diligence.screening.wade_giles import in_pinyin

THIRD = Path(__file__).parent / "data" / "third"


def answer(name: str, country: str, listed: str, *aliases: str, of: str = "") -> tuple[str, str]:
    (found,) = Screener([Entry("a", listed, aliases, of or country)]).screen([Subject("x", name, country)])
    return found.decision, found.reason


def test_a_third_set_by_hand_is_answered_as_well_as_the_benchmark_says() -> None:
    with (THIRD / "labels.csv").open(encoding="utf-8") as file:
        truth = list(csv.DictReader(file))
    answers = list(Screener(read_list(THIRD / "list.csv")).screen(read_names(THIRD / "names.csv")))
    both = list(zip(answers, truth, strict=True))
    said_yes = [row["label"] == "same" and row["list_id"] == a.entry_id for a, row in both if a.decision == "yes"]
    same = [(a.decision, a.entry_id == row["list_id"]) for a, row in both if row["label"] == "same"]
    assert sum(said_yes) / len(said_yes) >= 0.98
    assert same.count(("yes", True)) / len(same) >= 0.88
    assert sum(decision != "no" and right for decision, right in same) / len(same) >= 0.99


@pytest.mark.parametrize(
    ("name", "country", "listed", "of"),
    [
        ("Hunan Chung-k'o Electric Co.", "CN", "湖南中科电气股份有限公司", "CN"),
        ("Ning-po Shan-shan Co., Ltd.", "CN", "Ningbo Shanshan Co., Ltd.", "CN"),
        ("Chin-ch’uan Group Co. Ltd", "CN", "金川集团股份有限公司", "CN"),
        ("Ssu-ch'uan Ya-hua Industrial Group", "CN", "Sichuan Yahua Industrial Group Co., Ltd.", "CN"),
        ("東和鋼鐵企業股份有限公司", "TW", "Tung Ho Steel Enterprise Corp.", "TW"),
        ("B A S F Societas Europaea", "DE", "BASF SE", "DE"),
        ("노스볼트", "SE", "Northvolt AB", "SE"),
        ("Guangxi Shengda New Materials Plant III", "CN", "Guangxi Shengda New Materials Plant 3", "CN"),
        ("东莞昊天电池二厂", "CN", "Dongguan Haotian Battery No. 2 Factory", "CN"),
        ("Chugai Kogyo", "JP", "中外鉱業株式会社", "JP"),
        ("Heraeus Metals Hong Kong", "HK", "Heraeus Metals Hong Kong Ltd.", "CN"),
    ],
)
def test_other_spellings_of_one_company_are_a_yes(name: str, country: str, listed: str, of: str) -> None:
    decision, reason = answer(name, country, listed, of=of)
    assert decision == "yes", reason


@pytest.mark.parametrize(
    ("name", "country", "listed"),
    [
        ("Matsuda Kogyo Co., Ltd.", "JP", "Matsuda Sangyo Co., Ltd."),
        ("松田工業株式会社", "JP", "松田産業株式会社"),
        ("Showa Denki Co., Ltd.", "JP", "昭和電工株式会社"),
        ("Asia Nickel Corporation", "PH", "Nickel Asia Corporation"),
        ("Guangxi Shengdu New Materials Plant 3", "CN", "Guangxi Shengda New Materials Plant 3"),
        ("东莞昊天电池三厂", "CN", "Dongguan Haotian Battery No. 2 Factory"),
        ("合盛硅业（鄯善）有限公司", "CN", "合盛硅业股份有限公司"),
        ("Nichias Corporation", "JP", "Nichia Corporation"),
    ],
)
def test_a_company_of_nearly_that_name_is_never_a_yes(name: str, country: str, listed: str) -> None:
    assert answer(name, country, listed)[0] != "yes"


@pytest.mark.parametrize(
    ("short", "country", "listed"),
    [
        ("台塑", "TW", "台灣塑膠工業股份有限公司"),
        ("中鋼", "TW", "中國鋼鐵股份有限公司"),
        ("古河電工", "JP", "古河電気工業株式会社"),
        ("西藏矿业", "CN", "西藏矿业发展股份有限公司"),
        ("Kola Mining and Metallurgical Company", "RU", "Kola MMC"),
    ],
)
def test_a_name_cut_short_to_first_signs_or_letters_goes_to_a_person(short: str, country: str, listed: str) -> None:
    assert answer(short, country, listed)[0] == "review"


def test_wade_giles_is_read_only_where_a_name_says_that_it_is() -> None:
    assert in_pinyin("Ch'ing-tao Hsin-hua Graphite", "CN") == ["qingdao xinhua graphite"]
    assert "zhonghong steel" in in_pinyin("Chung Hung Steel", "TW")
    assert in_pinyin("Chung Hung Steel", "CN") == []
    assert in_pinyin("Li-Cycle Holdings", "") == []
    assert in_pinyin("Ning-po", "DE") == []


def test_the_quick_way_to_a_slip_finds_what_comparing_each_with_each_does() -> None:
    words = ["shouwadenkou", "showadenko", "huayoucobalt", "huayoukobalt", "furiipooto", "freeport", "mitsubishi"]
    words += ["zhongweixincailiao", "zhonweixincailiao"]
    for a, b in product(words, words):
        x, y = sound(a), sound(b)
        slow = min(len(x), len(y)) >= 7 and abs(len(x) - len(y)) <= 1 and OSA.normalized_similarity(x, y) >= 0.87
        assert _slipped(_spellings(frozenset({a})).sounds, _spellings(frozenset({b})).sounds) == slow, (a, b)


def test_answers_do_not_hang_on_the_order_in_which_a_run_keeps_its_words() -> None:
    program = (
        "from pathlib import Path; from meguri.diligence.screening import Screener;"
        "from meguri.diligence.screening.sheet import read_list, read_names;"
        f"d = Path({str(THIRD)!r}); print(list(Screener(read_list(d / 'list.csv')).screen(read_names(d / 'names.csv'))))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1


def test_first_plants_of_companies_called_first_keep_their_name() -> None:
    assert forms_of("第一稀元素化学工業", "JP")[0].words[0].written == "第一稀元素"
