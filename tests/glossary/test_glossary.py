"""The glossary is complete, its links lead somewhere, and its figures are right."""

import tomllib
from decimal import Decimal

import pytest

from meguri.glossary.entries import FIELDS, Field, entries, found
from meguri.glossary.rate import curve, terminal_voltage
from meguri.ui import glossary

HEADWORDS = (
    "レート特性",
    "リチウムイオン電池の劣化",
    "Cレート",
    "劣化抑制",
    "充放電制御",
    "LIBの電圧",
    "ポリオレフィン微多孔膜",
    "LIB正負極反応",
    "内部インピーダンス",
)


def test_there_are_two_hundred_complete_entries() -> None:
    assert len(entries()) >= 200
    for entry in entries().values():
        told = (entry.name.ja, entry.name.en, entry.reading, entry.definition.ja, entry.definition.en)
        assert all(text.strip() for text in told), entry.key
        assert entry.field in FIELDS
        assert entry.definition.ja.endswith("。"), entry.key
        for part in entry.body:  # says more than the definition, in both languages
            assert len(part.ja) >= 25, entry.key
            assert part.ja.endswith("。"), entry.key
            assert len(part.en) >= 50, entry.key
            assert part.en.endswith("."), entry.key
            assert entry.definition.ja not in part.ja, entry.key
        assert entry.body, entry.key


def test_every_related_word_is_an_entry_and_none_leads_to_itself() -> None:
    for entry in entries().values():
        assert set(entry.related) <= entries().keys() - {entry.key}, entry.key


def test_no_word_stands_twice() -> None:
    names = [entry.name.ja for entry in entries().values()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("word", HEADWORDS)
def test_the_trades_headwords_are_there(word: str) -> None:
    assert word in {entry.name.ja for entry in entries().values()}


def test_two_words_are_worked_out_in_full() -> None:
    ageing = " ".join(part.ja for part in entries()["ageing"].body)
    assert all(word in ageing for word in ("オーム抵抗", "電荷移動抵抗", "拡散抵抗", "過充電", "過放電", "ガス"))
    rate = " ".join(part.ja for part in entries()["rate_capability"].body)
    assert all(word in rate for word in ("低温", "劣化", "充電"))


def test_every_word_that_pages_explain_on_the_spot_has_an_entry() -> None:
    assert set(tomllib.loads(glossary.FILE.read_text("utf-8"))["term"]) <= entries().keys()


def test_words_are_found_by_name_reading_meaning_and_either_kana() -> None:
    for words in ("レート特性", "れーととくせい", "rate charact", "ﾚｰﾄ特性"):
        assert found(words)[0].key == "rate_capability"
    assert "recovery_rate" in {entry.key for entry in found("取り出せた")}
    assert found("そんな言葉はない") == []
    assert {entry.field for entry in found("", Field.MECHANICS)} == {Field.MECHANICS}
    assert len(found("")) == len(entries())


def test_the_voltage_under_current() -> None:
    assert terminal_voltage(Decimal("4.1"), Decimal("0.05"), Decimal(10)) == Decimal("3.6")
    assert terminal_voltage(Decimal("4.1"), Decimal("0.05"), Decimal(-10)) == Decimal("4.6")
    made = curve("4.1", "0.05", "10")
    assert made
    assert made.points[0] == (0, Decimal("4.1"))
    assert made.points[-1] == (20, Decimal("3.1"))
    assert curve("4.1", "0.05", "0")


NO_FIGURES = [
    ("", "1", "1"),
    ("x", "1", "1"),
    ("1", "-1", "1"),
    ("-1", "1", "1"),
    ("1", "NaN", "1"),
    ("1", "1", "1e99"),
]


@pytest.mark.parametrize("typed", NO_FIGURES)
def test_what_is_no_figure_gives_no_curve(typed: tuple[str, str, str]) -> None:
    assert curve(*typed) is None
