"""Rows and moments of the CSV and XLSX files that meters, systems and grid operators give."""

import csv
import io
import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from meguri.footprint.readings.errors import BadReading, TooManyReadings
from meguri.workbooks.errors import SheetUnreadable
from meguri.workbooks.reading import Wanted, table_of

MOST = 200_000
_TABLE = Wanted(wrong=("merged", "formulas", "errors"), whole=False)


def rows(file_name: str, content: bytes, needed: Collection[str]) -> list[tuple[int, dict[str, Any]]]:
    """(line, cells by the head's names in small letters) of every row that holds anything.

    Raises BadReading for a file that cannot be read or lacks a column of `needed`, TooManyReadings, and what
    `table_of` refuses in a workbook. Blocks while one is read: call it by `workbooks.running.aside`.
    """
    table: list[list[Any]]
    if file_name.lower().endswith(".xlsx"):
        try:
            table = table_of(content, _TABLE)
        except SheetUnreadable:
            raise BadReading(field=file_name) from None
    else:
        try:
            table = list(csv.reader(io.StringIO(_text(content))))
        except (UnicodeDecodeError, csv.Error):
            raise BadReading(field=file_name) from None
    head = [str(cell).strip().lower() for cell in table[0]] if table else []
    if not set(needed) <= set(head):
        raise BadReading(field=", ".join(name for name in needed if name not in head))
    if len(table) > MOST + 1:
        raise TooManyReadings(most=MOST, found=len(table) - 1)
    return [
        (line, dict(zip(head, row, strict=False)))
        for line, row in enumerate(table[1:], start=2)
        if any(str(cell).strip() for cell in row)
    ]


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
