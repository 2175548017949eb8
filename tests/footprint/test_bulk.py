"""The footprints of many own parts come from one table: what is there is given out, what is filled in comes back."""

import csv
import io
from decimal import Decimal

import pytest
from tests.chain import Company, company

from meguri.footprint import service as footprint
from meguri.footprint.bulk import kinds, service, writing
from meguri.footprint.bulk.columns import COLUMNS
from meguri.imports import service as imports
from meguri.imports.model import Run, RunState
from meguri.storage.database import Database
from meguri.traceability.sheet.filling import as_csv, as_xlsx
from meguri.traceability.sheet.reading import read_rows

pytestmark = pytest.mark.anyio
KEYS = [column.key for column in COLUMNS]


async def maker(river: Database) -> Company:
    a = await company(river, "甲")
    await a.part("frame", ends=True)
    await a.part("pack", [("cell", 2)])
    await a.declare("pack", main=5)
    return a


async def table_of(a: Company) -> list[dict[str, str]]:
    rows = writing.rows(await a.run(service.lines), "ja")
    return [dict(zip(KEYS, row, strict=True)) for row in rows[1:]]


def filled(rows: list[dict[str, str]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, KEYS)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


async def brought_back(a: Company, rows: list[dict[str, str]], *, keep: bool = False) -> Run:
    new = imports.NewImport(kind=kinds.FOOTPRINTS.name, file_name="cfp.csv", keep_good_rows=keep)
    run = await a.run(imports.start, new, filled(rows))
    await imports.work(a.db, a.id, run.import_id)
    return await a.run(imports.run_of, run.import_id)


async def test_the_table_holds_what_is_declared_and_comes_back_changed(river: Database) -> None:
    a = await maker(river)
    rows = await table_of(a)
    assert [(row["part"], row["unit"], row["main_production"]) for row in rows] == [
        ("frame", "kg", ""),
        ("pack", "kg", "5"),
    ]
    rows[0] |= {"pre_production": "1.25", "pre_ter": "2", "pre_ger": "1", "pre_tir": "1"}
    rows[1]["main_production"] = "4"
    done = await brought_back(a, rows)
    assert (done.state, done.written) == (RunState.DONE, 2)
    frame = await a.run(footprint.footprint, await a.part_id("frame"))
    pack = await a.run(footprint.footprint, await a.part_id("pack"))
    assert frame is not None
    assert pack is not None
    assert (frame.pre_production, frame.pre_quality.ter, pack.main_production) == (Decimal("1.25"), 2, 4)
    assert pack.version == 2


async def test_an_empty_row_stays_as_it_is(river: Database) -> None:
    a = await maker(river)
    done = await brought_back(a, await table_of(a))
    assert (done.rows, done.written, done.left) == (1, 1, 1)


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"part": "nobody's"}, None),
        ({"part": ""}, "part"),
        ({"main_production": "2026-11-01"}, "main_production"),
        ({"main_production": "", "pre_production": "1", "main_ter": "1"}, "main_production"),
        ({"comment": "x" * 1001}, "comment"),
    ],
)
async def test_a_wrong_row_is_named_and_nothing_is_declared(
    river: Database, change: dict[str, str], column: str | None
) -> None:
    a = await maker(river)
    rows = await table_of(a)
    rows[0]["main_production"] = "9"
    rows[1] |= change
    done = await brought_back(a, rows)
    assert (done.state, done.written) == (RunState.REFUSED, 0)
    (fault,) = await a.run(imports.faults, done.import_id)
    assert (fault.row, fault.column) == (3, column)
    assert await a.run(footprint.footprint, await a.part_id("frame")) is None


async def test_as_a_workbook_it_reads_the_same(river: Database) -> None:
    a = await maker(river)
    rows = writing.rows(await a.run(service.lines), "ja")
    book = as_xlsx(rows, COLUMNS, ("part",), "CFP", "ja")
    assert read_rows(book, COLUMNS) == read_rows(as_csv(rows), COLUMNS)


async def test_a_table_without_figures_is_said_to_be_empty(river: Database) -> None:
    a = await company(river, "乙")
    await a.part("frame", ends=True)
    with pytest.raises(service.NothingFilledIn):
        await brought_back(a, await table_of(a))
