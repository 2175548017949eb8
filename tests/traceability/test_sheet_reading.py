"""A table is read as it was meant, or what keeps it from that is named: nothing is taken for something else in silence."""

import io
import re
import zipfile
import zlib
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import xlsxwriter

from meguri.kernel.errors import Refusal
from meguri.kernel.numbers import typed
from meguri.traceability.sheet import understand
from meguri.traceability.sheet.filling import as_csv
from meguri.traceability.sheet.reading import (
    SheetDates,
    SheetEmpty,
    SheetHeadings,
    SheetHeadingsTwice,
    SheetHeadingsUnknown,
    SheetTurned,
    SheetUnheaded,
    read_rows,
)
from meguri.workbooks.errors import SheetErrors, SheetFormulas, SheetTooBig, SheetUnreadable

HEADS = ["親部品名", "部品名", "補助名称", "事業所識別子", "終端", "数量"]
ROW: list[Any] = ["親", "子", "", "P1", "はい", 1]
PLANTS = {"P1": uuid4()}
Fill = Callable[[Any, Any], None]


def text(cells: list[str], heads: list[str] | None = None, separator: str = ",") -> str:
    return "\n".join(separator.join(line) for line in (heads or HEADS, cells)) + "\n"


def read(content: bytes) -> tuple[list[tuple[str, Decimal | None]], list[tuple[int, str | None]]]:
    drafts, errors = understand(read_rows(content), PLANTS)
    return [(one.part.name, one.amount) for one in drafts], [(one.row, one.column) for one in errors]


def workbook(fill: Fill | None = None, *, before: int = 0) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADS)
        sheet.write_row(1, 0, ROW)
        if fill is not None:
            fill(book, sheet)
        for _ in range(before):
            book.add_worksheet()
    return out.getvalue()


def rewritten(content: bytes, change: Callable[[bytes], bytes], *, backwards: bool = False) -> bytes:
    """The same package with its first sheet changed; `backwards`: its entries in the other order."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        entries = old.infolist()
        for entry in reversed(entries) if backwards else entries:
            data = old.read(entry)
            new.writestr(entry.filename, change(data) if entry.filename.endswith("sheet1.xml") else data)
    return out.getvalue()


def formula(_: Any, sheet: Any) -> None:
    sheet.write_formula(1, 5, "=1+1", None, 2)


def date_at(column: int) -> Fill:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_datetime(1, column, datetime(2026, 3, 4), book.add_format({"num_format": "m/d"}))

    return fill


@pytest.mark.parametrize(
    ("typed_text", "number"),
    [
        ("1,234.5", "1234.5"),
        ("１２．５", "12.5"),
        ("−3", "-3"),
        (" 1e2 ", "100"),
        (".5", "0.5"),
        ("1,5", None),
        ("1,23,4", None),
        ("1_000", None),
        ("nan", None),
        ("∞", None),
        ("2026/3/4", None),
        ("12 kg", None),
        ("e5", None),
        (".", None),
        ("", None),
        ("1e9999999", None),
    ],
)
def test_a_number_is_read_as_meant_or_not_at_all(typed_text: str, number: str | None) -> None:
    assert typed(typed_text) == (None if number is None else Decimal(number))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_tables_of_every_spreadsheet_are_read(encoding: str, separator: str) -> None:
    content = text(["親", "子①", "", "P1", "はい", "1.5"], separator=separator).encode(encoding)
    assert read(content) == ([("子①", Decimal("1.5"))], [])


def test_headings_are_known_whatever_their_width_and_blanks() -> None:
    heads = ["親部品名 ", "部品名＊", "補助　名称", "ＮＯＴＥ １", "事業所識別子", "終端", "数量"]
    assert read(text(["親", "子", "", "x", "P1", "はい", "1"], heads).encode()) == ([("子", Decimal(1))], [])


def test_a_heading_that_says_nothing_is_named_with_the_one_that_may_be_meant() -> None:
    with pytest.raises(SheetHeadingsUnknown) as found:
        read(text(["親", "子", "", "P1", "はい", "1"], [*HEADS[:5], "数量（kg）"]).encode())
    assert "「数量（kg）」（「数量」ですか）" in found.value.sentence("ja")
    assert "“Amount”" in found.value.sentence("en")
    with pytest.raises(SheetHeadings) as missing:
        read(text(["親", "子", "", "P1", "はい", "1"], ["親部品名", "品名", *HEADS[2:]]).encode())
    assert "品名" in missing.value.sentence("ja")
    assert "部品名" not in missing.value.sentence("en")
    with pytest.raises(SheetHeadingsTwice):
        read(text(["親", "子", "孫", "P1", "はい", "1"], [*HEADS[:2], *HEADS[1:2], *HEADS[3:]]).encode())


def test_a_column_without_words_of_ours_that_is_empty_does_no_harm() -> None:
    assert read(text([*["親", "子", "", "P1", "はい", "1"], ""], [*HEADS, "社内メモ"]).encode())[1] == []


def test_what_our_own_files_mark_as_text_comes_back_as_it_was() -> None:
    content = as_csv([HEADS, ["", "-10℃対応品", "=A1", "P1", "はい", ""]])
    drafts, errors = understand(read_rows(content), PLANTS)
    assert (errors, drafts[0].part.name, drafts[0].part.support_name) == ([], "-10℃対応品", "=A1")


@pytest.mark.parametrize(
    ("content", "refusal", "where"),
    [
        (workbook(formula), SheetFormulas, "F2"),
        (rewritten(workbook(formula), lambda xml: re.sub(rb"<(/?)(\w)", rb"<\1x:\2", xml)), SheetFormulas, "F2"),
        (rewritten(workbook(formula, before=1), bytes, backwards=True), SheetFormulas, "F2"),
        (
            rewritten(workbook(), lambda xml: xml.replace(b'"F2"><v>1<', b'"F2" t="e"><v>#N/A<')),
            SheetErrors,
            "F2",
        ),
        (workbook(date_at(2)), SheetDates, "C2"),
    ],
)
def test_what_a_workbook_would_say_wrongly_is_named_with_its_cell(
    content: bytes, refusal: type[Refusal], where: str
) -> None:
    with pytest.raises(refusal) as found:
        read(content)
    assert where in found.value.sentence("ja")
    assert where in found.value.sentence("en")


def test_a_date_among_figures_is_named_by_its_row() -> None:
    assert read(workbook(date_at(5))) == ([], [(2, "amount")])


def test_rows_keep_their_numbers_and_duplicates_are_named() -> None:
    def fill(_: Any, sheet: Any) -> None:
        sheet.write_row(3, 0, ROW)
        for row in range(4, 3000):
            sheet.write_blank(row, 0, None, None)

    assert read(workbook(fill)) == ([("子", Decimal(1))], [(4, None)])


def test_a_workbook_that_lies_about_its_size_is_not_unpacked() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = b"".join(packer.compress(b"\x00" * (1 << 20)) for _ in range(201)) + packer.flush()
    out = io.BytesIO(workbook())
    with zipfile.ZipFile(out, "a") as book:
        entry = zipfile.ZipInfo("xl/media/bomb.bin")
        book.writestr(entry, bomb)  # stored first, then declared as packed from a hundred bytes
    content = bytearray(out.getvalue())
    for mark, method, size in ((b"PK\x03\x04", 8, 22), (b"PK\x01\x02", 10, 24)):
        head = content.rfind(mark, 0, content.rfind(b"xl/media/bomb.bin") if mark == b"PK\x01\x02" else None)
        if mark == b"PK\x03\x04":
            head = content.find(b"xl/media/bomb.bin") - 30
        content[head + method : head + method + 2] = (8).to_bytes(2, "little")
        content[head + size : head + size + 4] = (100).to_bytes(4, "little")
    with pytest.raises(SheetTooBig):
        read_rows(bytes(content))


@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"PK\x03\x04nonsense", b"\xff\xfe\x00", b'"open,\n'])
def test_what_is_no_table_says_so(content: bytes) -> None:
    with pytest.raises(SheetUnreadable):
        read_rows(content)


@pytest.mark.parametrize(
    "turned", ["3月4日", "2026/3/4", "2026/3/4 0:00", "2026年3月", "4-Mar", "Mar-04", "3/4/2026", "1.23E+12", "7E+18"]
)
@pytest.mark.parametrize("column", [0, 1, 2])
def test_a_name_that_a_spreadsheet_has_turned_is_named_with_its_cell(turned: str, column: int) -> None:
    cells = list(map(str, ROW))
    cells[column] = turned
    with pytest.raises(SheetTurned) as refused:
        read(text(cells).encode())
    assert f"{'ABC'[column]}2「{turned}」" in refused.value.sentence("ja")


@pytest.mark.parametrize("name", ["BP-3-4", "3-4", "2026-03", "E+12", "1E3", "Mar", "3月", "12/3", "セル 2026/3/4 版"])
def test_a_name_that_only_looks_like_a_number_is_a_name(name: str) -> None:
    assert read(text([*map(str, ROW[:1]), name, *map(str, ROW[2:])]).encode()) == ([(name, Decimal(1))], [])


def test_a_text_cell_of_a_workbook_is_taken_as_it_is() -> None:
    assert read(workbook(lambda _, sheet: sheet.write_string(1, 1, "3月4日")))[0] == [("3月4日", Decimal(1))]


def test_a_value_beside_the_headings_is_named() -> None:
    cut = text([*map(str, ROW), "大"])
    with pytest.raises(SheetUnheaded) as refused:
        read(cut.encode())
    assert "G2" in refused.value.sentence("ja")
    with pytest.raises(SheetUnheaded):
        read(text([*map(str, ROW), "x"], [*HEADS, ""]).encode())
    assert read(text([*map(str, ROW), "", " "]).encode())[0]


def test_headings_alone_are_no_table() -> None:
    with pytest.raises(SheetEmpty):
        read((",".join(HEADS) + "\n,,,,,\n").encode())
