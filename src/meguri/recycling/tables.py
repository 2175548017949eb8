"""Tables that people send: CSV (UTF-8 or Shift_JIS) or XLSX become rows of text, and every error has its row and column."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, tzinfo
from typing import Annotated, Any, TypeVar

import msgspec

from meguri.kernel.numbers import typed
from meguri.kernel.text import Text
from meguri.recycling.errors import UnusableInput
from meguri.workbooks.cells import cell_text
from meguri.workbooks.errors import SheetUnreadable
from meguri.workbooks.reading import Wanted, Wrong, is_workbook, open_book, table_of

MOST_BYTES = 20 << 20
MOST_ROWS = 100_000
Made = TypeVar("Made")
Row = dict[str, str]
ZoneOf = Callable[[str], tzinfo]
MOMENT: Any = Annotated[datetime, msgspec.Meta(tz=True)]
_WRONG: tuple[Wrong, ...] = ("merged", "formulas", "errors")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_SAY = {
    "missing": Text(ja="値がありません。", en="is missing."),
    "number": Text(ja="数値が必要です(小数点は「.」)。", en="must be a number with a decimal point."),
    "yes": Text(ja="true か false が必要です。", en="must be true or false."),
    "moment": Text(
        ja="日時が必要です(例 2026-03-01T09:00:00+09:00、日付だけなら 2026-03-01)。",
        en="must be a moment with its zone (2026-03-01T09:00:00+09:00), or a day (2026-03-01).",
    ),
    "value": Text(ja="この値は使えません。{detail}", en="cannot be used. {detail}"),
    "choice": Text(ja="使える値: {choices}", en="must be one of {choices}"),
    "twice": Text(ja="同じ拠点に同じ番号の行があります。", en="another row has the same number and site."),
    "unknown": Text(ja="この番号の{what}はありません。", en="there is no {what} of this number."),
    "ambiguous": Text(
        ja="同じ番号のロットが複数の拠点にあります。site_id の列を加えてください。",
        en="several sites have a lot of this number. Please add a column site_id.",
    ),
}


class RowError(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong in one place of a file; rows count from 2, the head is row 1. `table`: which, where there are several."""

    row: int
    column: str
    value: str
    code: str
    text_ja: str
    text_en: str
    table: str = ""


class Reader:
    """Reads cells of one table and collects what is wrong.

    zone_of  the time zone of the site whose id stands in a row: there a day without a time begins
    """

    def __init__(self, table: str = "", zone_of: ZoneOf = lambda _: UTC) -> None:
        self.table, self.zone_of = table, zone_of
        self.errors: list[RowError] = []

    def no(self, row: int, column: str, value: str, why: str, **values: object) -> None:
        """Note an error."""
        self.errors.append(error(row, column, value, why, table=self.table, **values))

    def needed(self, row: int, cells: Row, names: Sequence[str]) -> bool:
        """Whether none of these cells is empty; each empty one is noted."""
        empty = [name for name in names if not cells.get(name)]
        for name in empty:
            self.no(row, name, "", "missing")
        return not empty

    def number(self, row: int, cells: Row, name: str) -> str | None:
        """A finite number as it is written; None when the cell is empty or (noted) no number."""
        text = cells.get(name, "")
        if not text:
            return None
        found = typed(text)
        if found is None:
            self.no(row, name, text, "number")
            return None
        return format(found, "f")

    def yes(self, row: int, cells: Row, name: str) -> bool:
        """True or false; false when the cell is empty."""
        text = cells.get(name, "").lower()
        if text not in ("", "true", "false", "1", "0", "yes", "no"):
            self.no(row, name, text, "yes")
        return text in ("true", "1", "yes")

    def moment(self, row: int, cells: Row, name: str) -> str | None:
        """A moment with its zone; a day alone is its first moment where the row's site is."""
        text = cells.get(name, "")
        if not text:
            return None
        try:
            if _DAY.match(text):
                zone = self.zone_of(cells.get("site_id", ""))
                return datetime.combine(date.fromisoformat(text), time(), zone).isoformat()
            msgspec.convert(text, MOMENT)
        except (ValueError, msgspec.ValidationError):
            self.no(row, name, text, "moment")
            return None
        return text

    def made(self, row: int, cells: Row, said: object, kind: type[Made], columns: Callable[[str], str]) -> Made | None:
        """`said` as a Struct, or None with the error at the column that `columns` names for the Struct's field."""
        try:
            return msgspec.convert(said, kind)
        except msgspec.ValidationError as problem:
            where = str(problem).rpartition("`$")[2].strip("`").lstrip(".")
            column = columns(where) if where else columns("")
            self.no(row, column, cells.get(column, ""), "value", detail=_plainly(str(problem)))
            return None


def error(row: int, column: str, value: str, why: str, *, table: str = "", **values: object) -> RowError:
    """An error in both languages."""
    say = _SAY[why]
    return RowError(
        row=row,
        column=column,
        value=value[:100],
        code="value" if why in ("moment", "choice") else why,
        text_ja=say.of("ja", **values),
        text_en=say.of("en", **values),
        table=table,
    )


def _plainly(problem: str) -> str:
    """The technical words of a failed conversion, without the place."""
    return problem.partition(" - at")[0][:200]


def rows_of(raw: bytes, needed: Sequence[str], *, sheet: str | None = None) -> Iterator[tuple[int, Row]]:
    """Rows of a table by their heads, numbered from 2. `sheet`: which of a workbook (else the first).

    Raises UnusableInput for what is no such table, and what `open_book` refuses. Blocks while a workbook is
    read: call it by `workbooks.running.aside`.
    """
    if len(raw) > MOST_BYTES:
        raise UnusableInput(detail=f"> {MOST_BYTES >> 20} MB")
    lines = _workbook(raw, sheet) if is_workbook(raw) else _text(raw)
    head = [cell.strip().lower() for cell in next(lines, [])]
    missing = [name for name in needed if name not in head]
    if missing:
        raise UnusableInput(detail=f"columns: {', '.join(missing)}")
    for number, cells in enumerate(lines, start=2):
        if number > MOST_ROWS + 1:
            raise UnusableInput(detail=f"> {MOST_ROWS:,} rows")
        if any(cell.strip() for cell in cells):
            yield number, {name: cell.strip() for name, cell in zip(head, cells, strict=False) if name}


def _text(raw: bytes) -> Iterator[list[str]]:
    try:
        yield from csv.reader(io.StringIO(decoded(raw), newline=""))
    except csv.Error as problem:
        raise UnusableInput(detail=str(problem)) from None


def decoded(raw: bytes) -> str:
    """The text of a file: UTF-8, else CP932. Raises UnusableInput naming the byte that is neither."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode("cp932")
    except UnicodeDecodeError as problem:
        raise UnusableInput(detail=f"byte {problem.start}: UTF-8, Shift_JIS?") from None


def _workbook(raw: bytes, sheet: str | None) -> Iterator[list[str]]:
    """A workbook's sheet; macros, links to elsewhere and what would be read wrongly refuse it."""
    wanted = Wanted(fitting=(sheet,) if sheet else (), wrong=_WRONG, links=True)
    try:
        rows = table_of(raw, wanted)
    except SheetUnreadable:
        raise UnusableInput(detail="XLSX?") from None
    for row in rows:
        yield [cell_text(value) for value in row]


def sheets_of(raw: bytes) -> list[str]:
    """Names of a workbook's sheets; none for what is no workbook. Blocks, and raises, as `rows_of` does."""
    return open_book(raw, Wanted(names_only=True, links=True)).names if is_workbook(raw) else []


def safe(text: str) -> str:
    """Text that a spreadsheet would take for a formula, marked as text."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text
