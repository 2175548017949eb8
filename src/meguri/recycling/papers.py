"""Papers: a report as titles, facts and tables in one language, and that as a PDF or a workbook. Pages show the same."""

import io
from collections.abc import Sequence

import msgspec
import xlsxwriter

from meguri.documents import pdf
from meguri.kernel.text import Language


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A table of text; `numbers`: columns set to the right, `wide`: those that share what room is left (none named: all
    that are no numbers). `empty`: what is said instead of no rows.
    """

    title: str
    head: list[str]
    rows: list[list[str]]
    numbers: list[int] = []
    wide: list[int] = []
    empty: str = "—"


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """A report in one language. `foot`: its SHA-256."""

    title: str
    subtitle: str
    facts: list[tuple[str, str]]
    tables: list[Table]
    notes: list[str]
    foot: str


def as_pdf(paper: Paper, language: Language) -> bytes:
    """On paper, A4; takes tens of milliseconds of CPU."""
    return pdf("meguri.recycling", "paper.typ", paper, language=language)


def as_workbook(paper: Paper) -> bytes:
    """As XLSX: a sheet of facts and one for each table; what looks like a formula stays text."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold = book.add_format({"bold": True})
    facts = [[label, value] for label, value in (*paper.facts, ("SHA-256", paper.foot))]
    sheets = [(paper.title, [paper.title, paper.subtitle], [*facts, *([note, ""] for note in paper.notes)])]
    sheets += [(table.title, table.head, table.rows) for table in paper.tables]
    for number, (title, head, rows) in enumerate(sheets):
        page = book.add_worksheet(_name(title, number))
        page.write_row(0, 0, [safe(word) for word in head], bold)
        for place, row in enumerate(rows, start=1):
            _write(page, place, row)
    book.close()
    return out.getvalue()


def _write(page: "xlsxwriter.worksheet.Worksheet", place: int, row: Sequence[str]) -> None:
    for column, word in enumerate(row):
        try:
            page.write_number(place, column, float(word))
        except ValueError:
            page.write_string(place, column, safe(word))


def _name(title: str, number: int) -> str:
    """A sheet's name: at most 31 letters, none that a workbook forbids, each once."""
    kept = "".join(letter for letter in title if letter not in "[]:*?/\\'")
    return f"{number} {kept}"[:31].strip()


def safe(text: str) -> str:
    """Text that a spreadsheet would take for a formula is marked as text."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text
