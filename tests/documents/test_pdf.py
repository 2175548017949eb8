"""Documents are set from data in both languages, and nobody's words are run as code."""

import re

import pytest

from meguri.documents import DocumentFailed, pdf, svg

DATA = {"title": "カーボンフットプリント宣言", "foot": "架空", "facts": [["電池", '#panic("run")'], ["質量 kg", 430]]}


def test_a_letter_becomes_a_pdf_with_our_own_fonts() -> None:
    made = pdf("documents", "letter.typ", DATA, language="ja")
    assert made.startswith(b"%PDF-")
    assert b"BIZUDPGothic" in made


def test_a_tagged_pdf_says_its_language() -> None:
    made = pdf("documents", "letter.typ", DATA, language="en", standard="ua-1")
    assert b"/StructTreeRoot" in made or b"pdfuaid" in made


def test_words_are_shown_and_never_run() -> None:
    assert len(re.findall(b"<use", svg("documents", "letter.typ", DATA))) > 10


def test_missing_data_is_a_refusal() -> None:
    with pytest.raises(DocumentFailed):
        pdf("documents", "letter.typ", {"title": "x"})
