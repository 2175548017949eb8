"""Workbooks made to hurt whoever opens them end a process of their own, quickly, and with a sentence that helps."""

import asyncio
import io
import time
import zipfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from datetime import time as day_time
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from meguri.diligence.rmi.errors import TemplateUnsupported
from meguri.diligence.rmi.opening import open_workbook
from meguri.footprint.factors.importing import read_factors
from meguri.footprint.readings import tables as readings
from meguri.health.worksteps import read_worksteps
from meguri.kernel.errors import Refusal
from meguri.passport.bulk.sheets import Opened
from meguri.passport.service.writing import kind_named
from meguri.recycling import tables as recycling
from meguri.telemetry.reading import open_record
from meguri.traceability.sheet import read_rows
from meguri.workbooks import running
from meguri.workbooks.errors import (
    REFUSED,
    SheetProtected,
    SheetTooBig,
    SheetTooDemanding,
    SheetUnreadable,
    WorkbooksWaiting,
)
from meguri.workbooks.reading import Limits, Wanted, is_workbook, open_book, table_of

ALL = Wanted(fitting=("*",))


def workbook(*sheets: tuple[str, list[list[Any]]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        forms = {datetime: "yyyy-mm-dd hh:mm:ss", date: "yyyy-mm-dd", day_time: "hh:mm:ss", timedelta: "[h]:mm:ss"}
        made = {kind: book.add_format({"num_format": form}) for kind, form in forms.items()}
        for name, rows in sheets:
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for place, cell in enumerate(row):
                    if type(cell) in made:
                        sheet.write_datetime(number, place, cell, made[type(cell)])
                    else:
                        sheet.write(number, place, cell)
    return out.getvalue()


def with_sheet(change: Callable[[bytes], bytes], content: bytes | None = None) -> bytes:
    """A workbook whose first sheet is changed, packed as tightly as can be."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content or workbook(("items", [["a"], [1]])))) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new,
    ):
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name.endswith("/sheet1.xml") else old.read(name))
    return out.getvalue()


def far_corner() -> bytes:
    """Two cells, in opposite corners: seventeen thousand million cells for a reader that lays them out."""
    return with_sheet(lambda _: SHEET % b'<row r="1"><c r="A1"><v>1</v></c></row>'
                      b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')  # fmt: skip


def long_search() -> bytes:
    """A sheet on which looking for merged cells takes time that grows with the square of its length."""
    return with_sheet(lambda _: SHEET.replace(b"</sheetData>", b"</sheetData>" + b"<mergeCell " * 3_000_000) % b"")


def repeated_text() -> bytes:
    """One text of 32,000 letters that half a million cells show."""
    rows = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (n, n) for n in range(1, 500_000))
    return with_sheet(lambda _: SHEET % rows, workbook(("items", [["x" * 32_000]])))


SHEET = (
    b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    b"<sheetData>%s</sheetData></worksheet>"
)


def test_cells_come_out_as_they_are() -> None:
    row = ["名前", 1.5, 3.0, True, datetime(2026, 1, 2, 3, 4, 5), date(2026, 1, 2), day_time(3, 4), timedelta(hours=30)]
    content = workbook(("一", [[], [None, *row]]), ("model", [["k"]]), ("二", [["x"] * 3] * 1201))
    book = open_book(content, ALL)
    assert book.names == ["一", "model", "二"]
    empty, said = book.sheets[0].rows()
    assert (set(empty), said) == ({""}, ["", *row])
    assert len(list(book.sheets[2].rows())) == 1201
    assert table_of(content, Wanted(whole=False)) == [row]
    named = open_book(content, Wanted(fitting=("二",), beside=("model",)))
    assert [sheet.name for sheet in named.sheets] == ["model", "二"]
    other = open_book(content, Wanted(fitting=("none",), beside=("一",)))
    assert [sheet.name for sheet in other.sheets] == ["一", "model"]
    assert open_book(content, Wanted(names_only=True)).sheets == []


def test_a_file_on_disk_is_read_where_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(workbook(("a", [["x"], [2]])))
    assert table_of(path, Wanted()) == [["x"], [2.0]]


@pytest.mark.parametrize("made", [far_corner, long_search, repeated_text])
def test_a_hostile_workbook_ends_a_process_of_its_own(made: Callable[[], bytes]) -> None:
    content = made()
    wanted = Wanted(wrong=("merged", "formulas", "errors"))
    with pytest.raises(SheetTooDemanding) as refused:
        open_book(content, wanted, Limits(memory=512 << 20, seconds=1))
    assert "何も取り込んでいません" in refused.value.sentence("ja")
    assert "paste the table alone" in refused.value.sentence("en")


def as_path(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "hostile.xlsx"
    path.write_bytes(content)
    return path


IMPORTERS: dict[str, Callable[[bytes, Path], Any]] = {
    "parts, answers, footprints, suppliers, questions": lambda content, _: read_rows(content),
    "meters": lambda content, _: readings.rows("a.xlsx", content, ()),
    "factors": lambda content, _: read_factors("a.xlsx", content, {}),
    "recycling": lambda content, _: list(recycling.rows_of(content, ())),
    "passports": lambda content, _: Opened(kind_named("battery"), content),
    "cyclers": lambda _, path: open_record(path),
    "work steps": lambda _, path: read_worksteps(path),
    "templates": lambda content, _: open_workbook(content),
}


@pytest.mark.parametrize("name", IMPORTERS)
def test_every_importer_survives_the_far_corner(name: str, tmp_path: Path) -> None:
    content = far_corner()
    began = time.monotonic()
    with pytest.raises((SheetTooDemanding, TemplateUnsupported)):
        IMPORTERS[name](content, as_path(tmp_path, content))
    assert time.monotonic() - began < 20


def test_what_is_refused_before_it_is_parsed() -> None:
    def with_part(name: str, body: bytes = b"x") -> bytes:
        out = io.BytesIO(workbook(("a", [["x"]])))
        with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as book:
            book.writestr(name, body)
        return out.getvalue()

    cases: list[tuple[bytes, Wanted, str]] = [
        (with_part("xl/vbaProject.bin"), ALL, "macros"),
        (with_part("xl/externalLinks/externalLink1.xml"), Wanted(links=True), "links"),
        (with_part("xl/media/image.bin", b"\0" * (2 << 20)), ALL, "too_big"),
        (b"PK\x03\x04nonsense", ALL, "unreadable"),
        (b"a,b\n1,2\n", ALL, "unreadable"),
        (with_sheet(lambda old: old.replace(b"<v>1</v>", b"<f>1+1</f><v>2</v>")), Wanted(wrong=("formulas",)), "formulas"),
        (with_sheet(lambda old: old.replace(b"<v>1</v>", b"<f>1+1</f><v>2</v>")), ALL, ""),
        (with_part("xl/externalLinks/externalLink1.xml"), ALL, ""),
    ]  # fmt: skip
    for content, wanted, why in cases:
        if not why:
            assert open_book(content, wanted).sheets
            continue
        with pytest.raises(REFUSED[why]) as refused:
            open_book(content, wanted, Limits(unpacked=1 << 20))
        assert "{" not in refused.value.sentence("ja") + refused.value.sentence("en")
    with pytest.raises(SheetProtected):
        is_workbook(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....")
    with pytest.raises(SheetTooBig):
        open_book(with_part("xl/a.bin", b"\0" * (2 << 20)), ALL, Limits(unpacked=1 << 20))
    with pytest.raises(SheetUnreadable):
        table_of(b"", ALL)


PRYING = """
import os, socket, sys
from meguri.workbooks.confined import confine
sys.stdin.buffer.read()
confine(1 << 30, 5)
for tried in (lambda: open("/etc/passwd"), lambda: socket.socket(), lambda: os.pipe()):
    try:
        tried()
    except OSError:
        continue
    raise SystemExit("it got out")
print("kept")
"""


def test_a_parser_that_was_taken_over_reaches_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import subprocess
    import sys

    done = subprocess.run([sys.executable, "-I", "-c", PRYING], input=b"x", capture_output=True, check=False)
    assert done.stdout == b"kept\n", done.stderr


async def test_many_files_wait_in_a_short_line_and_the_rest_is_told_so() -> None:
    gate = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow() -> int:
        asyncio.run_coroutine_threadsafe(gate.wait(), loop).result()
        return 1

    tasks = [asyncio.create_task(running.aside(slow)) for _ in range(running.AT_ONCE + running.MOST_WAITING)]
    await asyncio.sleep(0.05)
    with pytest.raises(WorkbooksWaiting):
        await running.aside(slow)
    assert await asyncio.to_thread(lambda: 1) == 1  # other threads are free meanwhile
    gate.set()
    assert sum(await asyncio.gather(*tasks)) == len(tasks)
    assert await running.aside(lambda: 2) == 2  # and the line is open again


def test_refusals_are_told_in_both_languages() -> None:
    for kind in REFUSED.values():
        refusal: Refusal = kind(cells="A1")
        assert refusal.sentence("ja")[-1] == "。"
        assert refusal.sentence("en")[-1] == "."
