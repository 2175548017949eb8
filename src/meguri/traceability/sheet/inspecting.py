"""What in a workbook would be read wrongly, found before anything is read (pure).

A reader of tables sees the last computed value of a formula, an empty cell where cells are merged, and a date where a
spreadsheet took `3-4` for one. Each would enter as a wrong figure without a word; so each is named and refused.
"""

import io
import re
import zipfile
from datetime import date, datetime, time
from typing import Any

from meguri.kernel.errors import Invalid
from meguri.kernel.text import Text

MOST_UNPACKED = 200 << 20
_OLD_FORM = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml\Z")
_MERGED = re.compile(rb'<mergeCell\s[^>]*ref="([A-Z]+\d+:[A-Z]+\d+)"')
_FORMULA = re.compile(rb'<c\s[^>]*?r="([A-Z]+\d+)"[^>]*>\s*<f[\s>/]')


class SheetProtected(Invalid):
    """The workbook is locked with a password, or in the form of before 2007."""

    code = "traceability.sheet_protected"
    say = Text(
        ja="パスワード付き、または旧形式（.xls）のブックは読み取れません。パスワードを外し、.xlsx で保存し直してください。",
        en="Workbooks with a password or in the old form (.xls) cannot be read. Please save as .xlsx without a password.",
    )


class SheetHasMacros(Invalid):
    """The workbook holds macros."""

    code = "traceability.sheet_macros"
    say = Text(
        ja="マクロを含むブックは受け付けません。マクロなしの .xlsx で保存し直してください。",
        en="Workbooks with macros are not taken. Please save as .xlsx without macros.",
    )


class SheetMerged(Invalid):
    """Cells are merged."""

    code = "traceability.sheet_merged"
    say = Text(
        ja="結合された欄があります（{cells}）。結合を解除し、1行に1件ずつ入力してください。",
        en="Some fields are merged ({cells}). Please unmerge them and write one entry a row.",
    )


class SheetFormulas(Invalid):
    """Cells hold formulas."""

    code = "traceability.sheet_formulas"
    say = Text(
        ja="数式の欄があります（{cells}）。値として貼り付けてください。",
        en="Some fields hold formulas ({cells}). Please paste them as values.",
    )


class SheetTooBig(Invalid):
    """The workbook unpacks to more than a table of people's work does."""

    code = "traceability.sheet_too_big"
    say = Text(
        ja="ブックが大きすぎます。使っていないシートや書式を削除してください。",
        en="The workbook is too big. Please remove sheets and formats that are not used.",
    )


def inspect(content: bytes) -> None:
    """Refuses what can't be read rightly. Raises the refusals of this module; a file that is no workbook passes."""
    if content[:8] == _OLD_FORM:
        raise SheetProtected
    if content[:4] != b"PK\x03\x04":
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            _inspect(book)
    except zipfile.BadZipFile:
        return  # the reader says so


def _inspect(book: zipfile.ZipFile) -> None:
    entries = book.infolist()
    if sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise SheetTooBig
    if any(entry.filename.lower().endswith("vbaproject.bin") for entry in entries):
        raise SheetHasMacros
    first = next((entry for entry in entries if _SHEET.match(entry.filename)), None)
    if first is None:
        return
    text = book.read(first)
    merged, formulas = _MERGED.findall(text), _FORMULA.findall(text)
    if merged:
        raise SheetMerged(cells=_some(merged))
    if formulas:
        raise SheetFormulas(cells=_some(formulas))


def _some(cells: list[bytes]) -> str:
    shown = ", ".join(cell.decode() for cell in cells[:5])
    return shown + (" …" if len(cells) > 5 else "")


def cell_text(value: Any) -> str:
    """A cell as text. A date or time keeps its form, so that a column of figures refuses it by name."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    if isinstance(value, (date, time)):
        return value.isoformat()
    return "" if value is None else str(value)
