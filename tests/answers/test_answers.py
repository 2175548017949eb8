"""Many requests are answered from one table: looked at first, all or nothing, or the good rows on purpose."""

import csv
import io
import zipfile
from decimal import Decimal

import pytest
import xlsxwriter
from tests.chain import Company, company

from meguri.answers import service, table
from meguri.answers.columns import COLUMNS
from meguri.answers.service import AnswersRefused, NothingToSend
from meguri.storage.database import Database
from meguri.traceability import service as traceability
from meguri.traceability.model import Side, State
from meguri.traceability.sheet.reading import SheetHeadings
from meguri.workbooks.errors import (
    SheetFormulas,
    SheetHasMacros,
    SheetMerged,
    SheetProtected,
    SheetTooBig,
    SheetUnreadable,
)

KEYS = [column.key for column in COLUMNS]
Rows = list[dict[str, str]]


async def asked(river: Database, n: int) -> tuple[Company, Company]:
    a, b = await company(river, "A社"), await company(river, "B社")
    await a.part("P", [(f"c{i}", 1) for i in range(n)])
    for i in range(n):
        await a.ask(b, f"c{i}")
    return a, b


async def taken(b: Company) -> Rows:
    """The table as the supplier gets it."""
    content = table.as_csv(table.rows(await b.run(service.open_requests), "ja"))
    heads = {column.heading.ja: column.key for column in COLUMNS}
    return [{heads[k]: v for k, v in row.items()} for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig")))]


def filled(rows: Rows, encoding: str = "utf-8-sig") -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, KEYS)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


async def waiting(b: Company) -> int:
    found, _ = await b.run(traceability.list_requests, limit=100, side=Side.UP, states=[State.NOT_COMPLETED])
    return len(found)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "cp932"])
async def test_forty_requests_are_answered_from_one_table(river: Database, encoding: str) -> None:
    a, b = await asked(river, 40)
    rows = await taken(b)
    assert len(rows) == 40
    for n, row in enumerate(rows):
        row |= {"pre_production": "1.5", "main_production": f"{n}", "comment": "前年度の実績"}
    report = await b.run(service.send, filled(rows, encoding))
    assert (report.sent, report.left, report.errors) == (40, 0, [])
    assert await waiting(b) == 0
    answers = [(await a.statement(f"c{i}")).answer for i in range(40)]
    assert {answer.pre for answer in answers if answer} == {Decimal("1.5")}
    assert all(answers)


async def test_a_workbook_does_the_same_and_a_present_part_answers(river: Database) -> None:
    _, b = await asked(river, 2)
    await b.part("自社品", ends=True)
    rows = table.rows(await b.run(service.open_requests), "en")
    for row in rows[1:]:
        row[KEYS.index("own_part")] = "自社品"
        row[KEYS.index("main_production")] = "2.25"
    report = await b.run(service.send, table.as_xlsx(rows, "en"))
    assert report.sent == 2
    declared = (await b.statement("自社品")).own
    assert declared
    assert declared.main_production == Decimal("2.25")


async def test_looking_first_changes_nothing(river: Database) -> None:
    _, b = await asked(river, 3)
    rows = await taken(b)
    rows[0]["main_production"], rows[1]["main_production"] = "1", "x"
    report = await b.run(service.send, filled(rows), only_look=True)
    assert (report.sent, report.left, [error.row for error in report.errors]) == (1, 1, [3])
    assert await waiting(b) == 3
    assert (await b.run(traceability.parts_page, limit=5))[0] == []


async def test_one_wrong_row_sends_nothing_unless_the_good_ones_are_wanted(river: Database) -> None:
    _, b = await asked(river, 3)
    rows = await taken(b)
    for row, value in zip(rows, ("1", "-1", "2"), strict=True):
        row["main_production"] = value
    with pytest.raises(AnswersRefused) as refused:
        await b.run(service.send, filled(rows))
    assert [error.field for error in refused.value.fields] == ["row 3, main_production"]
    assert await waiting(b) == 3
    report = await b.run(service.send, filled(rows), keep_good_rows=True)
    assert (report.sent, len(report.errors), await waiting(b)) == (2, 1, 1)


async def test_each_mistake_is_named_by_row_and_column(river: Database) -> None:
    _, b = await asked(river, 8)
    rows = await taken(b)
    rows[0] |= {"main_production": "2026-03-04"}
    rows[1] |= {"main_production": "1 kg"}
    rows[2] |= {"main_production": "0.000001"}
    rows[3] |= {"pre_production": "1", "pre_ter": "abc"}
    rows[4] |= {"main_ger": "2"}
    rows[5] |= {"main_production": "1", "own_part": "ない部品"}
    rows[6] |= {"main_production": "1", "request_id": "x"}
    rows[7] |= {"main_production": "1", "request_id": rows[0]["request_id"]}
    report = await b.run(service.send, filled(rows), only_look=True)
    places = {(error.row, error.column) for error in report.errors}
    assert places == {
        (2, "main_production"),
        (3, "main_production"),
        (4, "main_production"),
        (5, "pre_ter"),
        (6, "main_production"),
        (7, "own_part"),
        (8, "request_id"),
        (9, "request_id"),
    }
    for error in report.errors:
        assert error.field_error().of("ja")
        assert error.field_error().of("en")


async def test_a_request_of_somebody_else_or_answered_already_is_refused_by_row(river: Database) -> None:
    a, b = await asked(river, 1)
    c = await company(river, "C社")
    rows = await taken(b)
    rows[0]["main_production"] = "1"
    report = await c.run(service.send, filled(rows), only_look=True)
    assert [(error.row, error.column) for error in report.errors] == [(2, "request_id")]
    await b.run(service.send, filled(rows))
    again = await b.run(service.send, filled(rows), only_look=True)
    assert [(error.row, error.column) for error in again.errors] == [(2, "request_id")]
    assert (await a.statement("c0")).answer is not None


async def test_an_empty_table_and_wrong_headings_are_told(river: Database) -> None:
    _, b = await asked(river, 1)
    with pytest.raises(NothingToSend):
        await b.run(service.send, filled(await taken(b)))
    with pytest.raises(SheetHeadings):
        await b.run(service.send, "番号,値\n1,2\n".encode())
    for content in (b"", b"\x00\x01", b"PK\x03\x04nonsense"):
        with pytest.raises(SheetUnreadable):
            await b.run(service.send, content)


def workbook(*, merged: bool = False, formula: bool = False) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for place, key in enumerate(KEYS):
            sheet.write_string(0, place, key)
        if merged:
            sheet.merge_range(1, 0, 2, 0, "x")
        if formula:
            sheet.write_formula(1, KEYS.index("main_production"), "=1+1", None, 2)
    return out.getvalue()


def with_entry(content: bytes, name: str, data: bytes) -> bytes:
    out = io.BytesIO(content)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as book:
        book.writestr(name, data)
    return out.getvalue()


async def test_workbooks_that_would_be_read_wrongly_are_refused_with_the_reason(river: Database) -> None:
    _, b = await asked(river, 1)
    for content, refusal in (
        (workbook(merged=True), SheetMerged),
        (workbook(formula=True), SheetFormulas),
        (with_entry(workbook(), "xl/vbaProject.bin", b"x"), SheetHasMacros),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 512, SheetProtected),
        (with_entry(workbook(), "xl/media/bomb.bin", b"\x00" * (201 << 20)), SheetTooBig),
    ):
        with pytest.raises(refusal):
            await b.run(service.send, content)
    with pytest.raises(SheetMerged) as merged:
        await b.run(traceability.import_parts, workbook(merged=True))
    assert "A2:A3" in merged.value.sentence("ja")


def test_what_the_customer_wrote_is_never_run_as_a_formula() -> None:
    content = table.as_csv([["request_id"], ["=cmd|' /C calc'!A0"]]).decode("utf-8-sig")
    assert content.splitlines()[1].startswith("\"'=") or content.splitlines()[1].startswith("'=")
