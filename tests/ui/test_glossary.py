"""The glossary: one source for pages and docs."""

import tomllib
from pathlib import Path

from meguri.ui import glossary
from meguri.ui.words import catalogue

PAGE = Path(__file__).parents[2] / "docs" / "concepts" / "glossary.md"


def test_the_page_of_the_docs_says_what_the_product_says() -> None:
    assert PAGE.read_text("utf-8") == glossary.markdown(), (
        "renew it: python -m meguri.ui.glossary > docs/concepts/glossary.md"
    )


def test_every_term_stands_in_the_page_once() -> None:
    terms = tomllib.loads(glossary.FILE.read_text("utf-8"))["term"]
    rows = [line for line in glossary.markdown().splitlines() if line.startswith("| ") and "日本語" not in line]
    assert len(rows) == len(terms)
    assert all(f"ui.term.{key}.name" in catalogue() and f"ui.term.{key}.meaning" in catalogue() for key in terms)


def test_no_word_of_the_trade_has_two_meanings() -> None:
    terms = tomllib.loads(glossary.FILE.read_text("utf-8"))["term"].values()
    for language in ("ja", "en"):
        names = [term["name"][language] for term in terms]
        assert sorted(names) == sorted(set(names))
