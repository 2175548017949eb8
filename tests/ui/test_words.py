"""The words of all rooms: complete in both languages, all used, none outside the catalogues."""

import re
from pathlib import Path
from string import Formatter

import pytest
from tests.ui.templates import Uses, bare_words, calls, name_of, python_uses, templates, uses_in

from meguri.ui import words
from meguri.ui.words import Phrase, catalogue, say

JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
SENTENCE_SIGNS = re.compile(r"[。、「」！？]")


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


@pytest.fixture(scope="module")
def uses() -> Uses:
    all_uses = python_uses()
    for file in templates():
        used = uses_in(file)
        all_uses.keys |= used.keys
        all_uses.beginnings |= used.beginnings
    return all_uses


@pytest.mark.parametrize("file", templates(), ids=name_of)
def test_every_word_that_a_template_says_is_in_the_catalogue(file: Path) -> None:
    uses = uses_in(file)
    assert sorted(uses.keys - catalogue().keys()) == []
    assert [start for start in uses.beginnings if not any(key.startswith(start) for key in catalogue())] == []


@pytest.mark.parametrize("file", templates(), ids=name_of)
def test_every_term_that_a_template_explains_is_in_the_glossary(file: Path) -> None:
    asked = {call.args[0].as_const() for call in calls(file, "term") if call.args}
    assert [key for key in asked if f"ui.term.{key}.meaning" not in catalogue()] == []


@pytest.mark.parametrize("file", templates(), ids=name_of)
def test_no_letter_stands_in_a_template_outside_the_catalogue(file: Path) -> None:
    assert bare_words(file) == []


def test_every_word_of_the_catalogue_is_used(uses: Uses) -> None:
    assert sorted(key for key in catalogue() if not uses.has(key)) == []


@pytest.mark.parametrize("key", sorted(catalogue()))
def test_a_word_is_whole_in_both_languages(key: str) -> None:
    phrase = catalogue()[key]
    assert phrase.ja.strip()
    assert phrase.en.strip()
    assert places(phrase.ja) == places(phrase.en) == places(phrase.de or phrase.en)
    assert places(phrase.en_one or phrase.en) <= places(phrase.en)
    assert phrase.en_one is None or "n" in places(phrase.en)


@pytest.mark.parametrize("key", sorted(catalogue()))
def test_no_language_is_left_in_the_other(key: str) -> None:
    phrase = catalogue()[key]
    assert not JAPANESE.search(phrase.en + (phrase.de or "")), "Japanese within the English or German"
    assert not SENTENCE_SIGNS.search(phrase.en)
    assert JAPANESE.search(phrase.ja) or len(phrase.ja) <= 24, "a Japanese sentence without Japanese"


def test_one_is_said_in_the_singular_and_everything_else_is_not() -> None:
    assert say("ui.due.left", "en", n=1) == "1 day left"
    assert say("ui.due.left", "en", n=2) == "2 days left"
    assert say("ui.due.left", "ja", n=1) == "あと 1 日"


def test_an_unknown_word_is_an_error_and_not_a_blank() -> None:
    with pytest.raises(words.UnknownWord):
        say("ui.shell.no_such_word", "ja")


@pytest.mark.parametrize(
    "toml",
    [
        '[a]\nb = "text"',
        '[a]\nb = { ja = "あ" }',
        '[a]\nb = { ja = "あ", en = "a", fr = "a" }',
        '[a]\nb = { ja = 1, en = "a" }',
    ],
)
def test_a_half_written_word_is_refused_with_its_place(
    toml: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "words.toml"
    file.write_text(toml, "utf-8")
    monkeypatch.setattr(words, "catalogue_files", lambda: [("room", file)])
    with pytest.raises(words.BadCatalogue, match=r"words\.toml: room\.a"):
        catalogue.__wrapped__()


def test_the_same_key_twice_in_one_room_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "words.toml"
    file.write_text('[a]\nb = { ja = "あ", en = "a" }', "utf-8")
    monkeypatch.setattr(words, "catalogue_files", lambda: [("room", file), ("room", file)])
    with pytest.raises(words.BadCatalogue, match="exists already"):
        catalogue.__wrapped__()


def test_a_phrase_without_a_singular_says_the_plural_for_one() -> None:
    assert Phrase(ja="{n}", en="{n} days").of("en", {"n": 1}) == "{n} days"
