"""Rows and moments of the CSV and XLSX files that meters, systems and grid operators give."""

import csv
import io
import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from meguri.footprint.readings.errors import ColumnsMissing, FileUnreadable, TooManyReadings
from meguri.workbooks.errors import SheetUnreadable
from meguri.workbooks.reading import Wanted, table_of

MOST = 200_000
_TABLE = Wanted(wrong=("merged", "formulas", "errors"), whole=False)
_SHOWN = 200
# As meters and forms in Japan head their columns.
_NAMES = {
    "出所": "source",
    "計測元": "source",
    "種類": "source",
    "計測点": "meter",
    "メーター": "meter",
    "メータ": "meter",
    "開始": "from",
    "開始日時": "from",
    "終了": "to",
    "終了日時": "to",
    "量": "amount",
    "数量": "amount",
    "使用量": "amount",
    "単位": "unit",
    "証憑": "evidence",
    "係数": "factor",
    "排出係数": "factor",
}


def rows(file_name: str, content: bytes, needed: Collection[str]) -> list[tuple[int, dict[str, Any]]]:
    """(line, cells by the head's names in small letters) of every row that holds anything.

    Columns may be named in Japanese too; texts have commas, tabs or semicolons between cells.
    Raises FileUnreadable, ColumnsMissing for one of `needed`, TooManyReadings, and what `table_of` refuses in a
    workbook. Blocks while one is read: call it by `workbooks.running.aside`.
    """
    table: list[list[Any]]
    if file_name.lower().endswith(".xlsx"):
        try:
            table = table_of(content, _TABLE)
        except SheetUnreadable:
            raise FileUnreadable(field=file_name) from None
    else:
        try:
            table = _lines(_text(content))
        except (UnicodeDecodeError, csv.Error):
            raise FileUnreadable(field=file_name) from None
    written = [str(cell).strip() for cell in table[0]] if table else []
    head = [_NAMES.get(cell, cell.lower()) for cell in written]
    if not set(needed) <= set(head):
        lacking = ", ".join(name for name in needed if name not in head)
        shown = ", ".join(written)[:_SHOWN] or "–"
        raise ColumnsMissing(field=lacking, needed=", ".join(needed), found=shown)
    if len(table) > MOST + 1:
        raise TooManyReadings(most=MOST, found=len(table) - 1)
    return [
        (line, dict(zip(head, row, strict=False)))
        for line, row in enumerate(table[1:], start=2)
        if any(str(cell).strip() for cell in row)
    ]


def _lines(text: str) -> list[list[str]]:
    first = text.split("\n", 1)[0]
    delimiter = next((sign for sign in ("\t", ";") if sign in first and "," not in first), ",")
    return list(csv.reader(io.StringIO(text), delimiter=delimiter))


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:  # as Excel saves it in Japan
        return content.decode("cp932")


_WRITTEN = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[ T]+(\d{1,2}):(\d{2})(.*))?")


def moment(cell: Any) -> datetime:
    """A moment as spreadsheets and systems write it: 2025/10/1 9:00, 2025-10-01T09:00:00+09:00; 24:00 ends its day."""
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=cell.tzinfo or UTC)
    written = _WRITTEN.fullmatch(str(cell).strip())
    if written is None:
        raise ValueError(f"{cell!r} is not like 2025-10-01T09:00:00+09:00")
    year, month, day, hour, minute, rest = written.groups(default="")
    midnight = hour == "24"
    clock_time = f"{0 if midnight else int(hour or 0):02}:{minute or '00'}{rest}"
    found = datetime.fromisoformat(f"{year}-{int(month):02}-{int(day):02}T{clock_time}")
    return found.replace(tzinfo=found.tzinfo or UTC) + timedelta(days=midnight)
