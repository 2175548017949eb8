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


def test_an_identifier_without_a_place_to_break_stays_on_the_paper() -> None:
    """Its letters end within the column of values: 62 % of the 174 mm between the margins."""
    long = "did:web:meguri.very_long_company_name_indeed.example.co.jp:operators:3c3c5165832e5261961b56af840e59b0"
    drawn = svg("documents", "letter.typ", DATA | {"facts": [["DID", long]]}).decode()
    ends = [float(x) for x in re.findall(r'<use [^>]*x="([\d.]+)"', drawn)]
    assert 250 < max(ends) < 0.62 * 174 / 25.4 * 72
