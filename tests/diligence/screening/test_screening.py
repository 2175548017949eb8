"""Names against lists: what is told apart, what is found, what is left to people."""

import csv
from pathlib import Path

import pytest

from meguri.diligence.screening import Entry, Screener, Subject
from meguri.diligence.screening.countries import country_code
from meguri.diligence.screening.names import forms_of, is_distinctive
from meguri.diligence.screening.score import compare
from meguri.diligence.screening.sheet import read_list, read_names

DATA = Path(__file__).parent / "data"

LIST = [
    Entry("1", "Sumitomo Metal Mining Co., Ltd.", (), "JP"),
    Entry("2", "Zhejiang Huayou Cobalt Co., Ltd.", ("浙江华友钴业股份有限公司",), "CN"),
    Entry("3", "Umicore Finland Oy", (), "FI", "74370053IOY42BIQ3S13"),
    Entry("4", "Contemporary Amperex Technology Co., Limited", (), "CN"),
    Entry("5", "Samsung SDI Co., Ltd.", (), "KR"),
    Entry("6", "LG Energy Solution, Ltd.", (), "KR"),
    Entry("7", "Hoppecke Batterien GmbH & Co. KG", (), "DE"),
    Entry("8", "Korea Zinc Company, Ltd.", (), "KR"),
    Entry("9", "Sociedad Química y Minera de Chile S.A.", ("SQM",), "CL"),
    Entry("10", "Xinjiang Nonferrous Metal Industry Group", (), "CN"),
]


def best(a: str, b: str) -> float:
    return max((compare(x, y).score for x in forms_of(a) for y in forms_of(b)), default=0.0)


@pytest.mark.parametrize(
    ("name", "listed", "score"),
    [
        ("Umicore Finland", "Umicore Finland Oy", 0.928),
        ("Guangzhou Haige Comm Grp", "Guangzhou Haige Communications Group", 0.967),
        ("Jiangxi Ganfeng Lithium", "GANFENG LITHIUM GROUP CO LTD", 0.685),
        ("CDM Lubumbashi", "STE CONGO DONGFANG INTERNATIONAL MINING SARL", 0.0),
    ],
)
def test_scores_are_those_of_the_public_matcher_within_two_hundredths(name: str, listed: str, score: float) -> None:
    assert best(name, listed) == pytest.approx(score, abs=0.02)


@pytest.mark.parametrize(
    ("name", "entry", "decision"),
    [
        ("住友金属鉱山株式会社", "1", "yes"),
        ("㈱住友金属鉱山", "1", "yes"),
        ("Sumitomo Kinzoku Kozan K.K.", "1", "yes"),
        ("SUMITOMO METAL MINNING CO LTD", "1", "yes"),
        ("Sumitomo Chemical Company", "1", "review"),
        ("浙江華友鈷業股份有限公司", "2", "yes"),
        ("Hua You Cobalt (Zhejiang)", "2", "yes"),
        ("Zhejiang Huayou Recycling Technology Co., Ltd.", "2", "review"),
        ("Huayou Cobalt", "2", "review"),
        ("Umicore Finland", "3", "yes"),
        ("ユミコア・フィンランド", "3", "yes"),
        ("Umicore Olen", "3", "review"),
        ("Contemporary Amperex Technology (Germany) GmbH", "4", "review"),
        ("New Voltage Ltd (formerly Contemporary Amperex Technology)", "4", "yes"),
        ("삼성에스디아이", "5", "yes"),
        ("삼성SDI주식회사", "5", "yes"),
        ("엘지에너지솔루션", "6", "yes"),
        ("LG Chem", "6", "review"),
        ("Hoppecke Batterien", "7", "yes"),
        ("Hoppecke Batteries GmbH", "7", "review"),
        ("Korea Zinc Co., Ltd., Seoul", "8", "yes"),
        ("SQM S.A.", "9", "yes"),
        ("Soc. Quimica y Minera de Chile", "9", "yes"),
        ("新疆有色金属工业集团", "10", "yes"),
        ("Korea Nickel Co", "", "no"),
        ("Xinjiang Energy Group", "", "no"),
        ("New Energy Technology Co., Ltd.", "", "no"),
        ("Metal Mining Industries", "", "no"),
        ("株式会社", "", "review"),
        ("", "", "review"),
    ],
)
def test_the_same_company_is_found_its_group_goes_to_people_and_common_words_match_nothing(
    name: str, entry: str, decision: str
) -> None:
    (found,) = Screener(LIST).screen([Subject("x", name)])
    assert (found.entry_id, found.decision) == (entry, decision), found.reason


def test_another_country_turns_a_yes_into_a_question() -> None:
    (found,) = Screener(LIST).screen([Subject("x", "Umicore Finland Oy", "CN")])
    assert found.decision == "review"
    assert "countries differ" in found.reason


def test_an_identifier_finds_what_the_name_does_not() -> None:
    (found,) = Screener(LIST).screen([Subject("x", "Kokkola Works", "FI", "7437 0053 IOY4 2BIQ 3S13")])
    assert (found.decision, found.entry_id, found.score) == ("yes", "3", 1.0)
    assert "same identifier" in found.reason


def test_two_identifiers_of_one_kind_that_differ_speak_against_a_yes() -> None:
    (found,) = Screener(LIST).screen([Subject("x", "Umicore Finland Oy", "FI", "5493001KJTIIGC8Y1R12")])
    assert found.decision == "review"


def test_the_same_id_for_different_names_gives_the_same_answers() -> None:
    names = ["Umicore Finland", "Sumitomo Metal Mining", "Korea Zinc", "Nobody Anywhere"]
    together = list(Screener(LIST).screen([Subject("q", name) for name in names]))
    apart = [next(iter(Screener(LIST).screen([Subject(str(n), name)]))) for n, name in enumerate(names)]
    assert together == apart


@pytest.mark.parametrize("name", ["", " ", "株式会社", "Co., Ltd.", "GmbH & Co. KG", "A", "有限公司", "주식회사"])
def test_a_name_of_nothing_but_a_legal_form_tells_no_company(name: str) -> None:
    assert not is_distinctive(name)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("KOREA, REPUBLIC OF", "KR"), ("Korea, Democratic People's Republic of", "KP"), ("UK", "GB"), ("EL", "GR"),
        ("CONGO, DEMOCRATIC REPUBLIC OF THE", "CD"), ("Republic of the Congo", "CG"), ("コンゴ（民）", "CD"),
        ("TAIWAN, PROVINCE OF CHINA", "TW"), ("RUSSIAN FEDERATION", "RU"), ("P.R. China", "CN"), ("米国", "US"),
        ("BOLIVIA (PLURINATIONAL STATE OF)", "BO"), ("Moldova, Republic of", "MD"), ("Hong Kong SAR", "HK"),
        ("香港", "HK"), ("CÔTE D'IVOIRE", "CI"), ("Czech Republic", "CZ"), ("jpn", "JP"), ("ＪＰ", "JP"), ("XX", ""),
        ("Unknown", ""), ("Congo", ""), ("??", ""), ("", ""),
    ],
)  # fmt: skip
def test_a_country_is_understood_as_lists_and_templates_write_it(said: str, code: str) -> None:
    assert country_code(said) == code


@pytest.mark.parametrize(
    ("here", "there", "found"),
    [
        ("LEI: 7437 0053 IOY4 2BIQ 3S13", "74370053ioy42biq3s13", True),
        ("T1234567890123", "法人番号：１２３４５６７８９０１２３", True),
        ("CID-003225", "CID 003225", True),
        ("DUNS 12-345-6789;other:9", "123456789", True),
        ("N/A", "n/a", False), ("-", "-", False), ("0000", "0000", False), ("unknown", "UNKNOWN", False),
        ("1.23457E+12", "1.23457E+12", False), ("12", "12", False),
    ],
)  # fmt: skip
def test_identifiers_are_compared_without_scheme_and_marks_and_no_answer_identifies_nobody(
    here: str, there: str, found: bool
) -> None:
    screener = Screener([Entry("a", "Kokkola Works", (), "", there)])
    (answer,) = screener.screen([Subject("x", "Something Else", "", here)])
    assert (answer.decision == "yes") is found


@pytest.mark.parametrize(
    "name",
    [
        "ZhejiangHuayouCobaltCo.,Ltd.", "Zhe Jiang Hua You Cobalt", "Zhejiang Huay0u C0balt C0., Ltd.",
        "Huayou Cobalt Co., Ltd. Zhejiang", "Zhejiang Huaoyu Cobalt Co., Ltd.", "Zhejiang Huayou Cobalt Compnay Limted",
        "Zhejiang Huayou Cobalt Industry Co., Ltd.", "ZHEJIANG HUAYOU COBALT CO LTD, Tongxiang",
    ],
)  # fmt: skip
def test_ways_of_writing_by_hand_and_by_machine_are_the_same_company(name: str) -> None:
    (found,) = Screener(LIST).screen([Subject("x", name, "CN")])
    assert (found.entry_id, found.decision) == ("2", "yes"), found.reason


@pytest.mark.parametrize(
    ("name", "country", "listed", "of"),
    [
        ("Matthew Johnson Ltd", "GB", "Johnson Matthey PLC", "GB"),
        ("Tianyi Lithium Corporation", "CN", "Tianqi Lithium Corporation", "CN"),
        ("Xiamen Tungsten (H.C.) Co., Ltd.", "CN", "Xiamen Tungsten Co., Ltd.", "CN"),
        ("Chimei Corporation", "TW", "Chimet S.p.A.", "IT"),
        ("PT Timah Tbk, Mentok", "ID", "PT Timah Tbk, Kundur", "ID"),
        ("庄信万丰", "GB", "Jiangxi Ganfeng Lithium Group Co., Ltd.", "CN"),
    ],
)
def test_a_name_that_is_nearly_the_same_is_not_the_company(name: str, country: str, listed: str, of: str) -> None:
    (found,) = Screener([Entry("a", listed, (), of)]).screen([Subject("x", name, country)])
    assert found.decision != "yes", found.reason


def test_names_of_the_trade_as_people_write_them_are_answered_as_well_as_the_benchmark_says() -> None:
    hand = DATA / "hand"
    with (hand / "labels.csv").open(encoding="utf-8") as file:
        truth = list(csv.DictReader(file))
    answers = list(Screener(read_list(hand / "list.csv")).screen(read_names(hand / "names.csv")))
    both = list(zip(answers, truth, strict=True))
    same = [(a.decision, a.entry_id == row["list_id"]) for a, row in both if row["label"] == "same"]
    said_yes = [row["label"] == "same" and row["list_id"] == a.entry_id for a, row in both if a.decision == "yes"]
    others = [a.decision for a, row in both if row["label"] == "other"]
    assert sum(said_yes) / len(said_yes) >= 0.99
    assert same.count(("yes", True)) / len(same) >= 0.85
    assert sum(decision != "no" and right for decision, right in same) / len(same) >= 0.95
    assert others.count("no") / len(others) >= 0.88


@pytest.mark.parametrize(
    "name", ["(" * 5000, "a " * 20000, "株" * 20000, "S.A. " * 5000, "\x00\u202e\ufeff😀", "a\nb", "Ⅱ ① ㍿"]
)
def test_odd_and_endless_names_get_an_answer(name: str) -> None:
    (found,) = Screener(LIST).screen([Subject("x", name)])
    assert found.decision in ("no", "review")


def test_the_labelled_set_is_answered_as_well_as_the_benchmark_says() -> None:
    with (DATA / "labels.csv").open(encoding="utf-8") as file:
        truth = [(row["label"], row["list_id"]) for row in csv.DictReader(file)]
    answers = list(Screener(read_list(DATA / "list.csv")).screen(read_names(DATA / "names.csv")))
    said_yes = [
        (one.entry_id, label, entry)
        for one, (label, entry) in zip(answers, truth, strict=True)
        if one.decision == "yes"
    ]
    right = sum(label == "same" and found == entry for found, label, entry in said_yes)
    assert right / len(said_yes) >= 0.99
    assert right / sum(label == "same" for label, _ in truth) >= 0.97
    groups = [one.decision for one, (label, _) in zip(answers, truth, strict=True) if label == "group"]
    assert groups.count("review") / len(groups) >= 0.97
