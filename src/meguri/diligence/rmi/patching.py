"""Changing single cells of an XLSX package: every other byte of its parts stays as it is.

A sheet is edited as text between the marks of its cells; nothing is parsed and written anew, so styles, validations,
conditional formats, protection and whatever else a sheet holds remain untouched.
"""

import io
import re
import zipfile
from collections.abc import Mapping
from typing import NamedTuple
from xml.sax.saxutils import escape

from meguri.diligence.rmi.package import sheet_parts

_ROW = re.compile(rb'<row\b[^>]*?\br="(\d+)"[^>]*?(?:/>|>.*?</row>)', re.DOTALL)
_CELL = re.compile(rb'<c\b[^>]*?\br="([A-Z]+)(\d+)"[^>]*?(?:/>|>.*?</c>)', re.DOTALL)
_HEAD = re.compile(rb"<c\b([^>]*?)/?>", re.DOTALL)
_STYLE = re.compile(rb'\bs="(\d+)"')
_FORMULA = re.compile(rb"<f\b[^>]*?(?:/>|>.*?</f>)", re.DOTALL)
_SHEET_DATA = re.compile(rb"<sheetData\s*/>")
_XF = re.compile(rb"<xf\b[^>]*?(?:/>|>.*?</xf>)", re.DOTALL)
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class Put(NamedTuple):
    """What a cell is to hold. `number`: as a number; `keep_formula`: only the saved value of its formula changes."""

    text: str
    number: bool = False
    keep_formula: bool = False


class Patched(NamedTuple):
    """The new package, and whether a formula was replaced."""

    content: bytes
    formula_gone: bool


class Locked(Exception):
    """A cell that the sheet protects; the first argument is its address."""


def patch(content: bytes, changes: Mapping[str, Mapping[str, Put]]) -> Patched:
    """The package with these cells (sheet → cell → value). Raises Locked; then nothing is made."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        parts = sheet_parts(package)
        unlocked = _unlocked_styles(package.read("xl/styles.xml")) if "xl/styles.xml" in package.namelist() else None
        new: dict[str, bytes] = {}
        gone = False
        for sheet, cells in changes.items():
            if cells:
                new[parts[sheet]], lost = _patch_sheet(package.read(parts[sheet]), cells, unlocked, sheet)
                gone |= lost
        new["xl/workbook.xml"] = _calculate_on_load(package.read("xl/workbook.xml"))
        dropped = {"xl/calcChain.xml"} if gone and "xl/calcChain.xml" in package.namelist() else set()
        if dropped:
            new["[Content_Types].xml"] = re.sub(
                rb'<Override[^>]*PartName="/xl/calcChain\.xml"[^>]*/>', b"", package.read("[Content_Types].xml")
            )
            rels = "xl/_rels/workbook.xml.rels"
            new[rels] = re.sub(rb'<Relationship\b[^>]*Target="(?:/xl/)?calcChain\.xml"[^>]*/>', b"", package.read(rels))
        return Patched(_repack(package, new, dropped), gone)


def _repack(package: zipfile.ZipFile, new: Mapping[str, bytes], dropped: set[str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for part in package.infolist():
            if part.filename not in dropped:
                content = new.get(part.filename)
                target.writestr(part, package.read(part) if content is None else content, part.compress_type)
    return made.getvalue()


def _calculate_on_load(workbook: bytes) -> bytes:
    if re.search(rb'<calcPr\b[^>]*\bfullCalcOnLoad="(?:1|true)"', workbook):
        return workbook
    workbook = re.sub(rb'(<calcPr\b[^>]*?)\s+fullCalcOnLoad="[^"]*"', rb"\1", workbook)
    changed, found = re.subn(rb"<calcPr\b", b'<calcPr fullCalcOnLoad="1"', workbook, count=1)
    if found:
        return changed
    after = re.search(rb"</definedNames>|<definedNames\s*/>|</sheets>", workbook)
    return workbook[: after.end()] + b'<calcPr fullCalcOnLoad="1"/>' + workbook[after.end() :] if after else workbook


def _unlocked_styles(styles: bytes) -> set[int]:
    found = re.search(rb"<cellXfs\b.*?</cellXfs>", styles, re.DOTALL)
    xfs = _XF.findall(found[0]) if found else []
    return {place for place, xf in enumerate(xfs) if re.search(rb'<protection\b[^>]*\blocked="(?:0|false)"', xf)}


def _patch_sheet(sheet: bytes, cells: Mapping[str, Put], unlocked: set[int] | None, name: str) -> tuple[bytes, bool]:
    protected = b"<sheetProtection" in sheet and unlocked is not None
    by_row: dict[int, dict[str, Put]] = {}
    for cell, put in cells.items():
        column, row = re.fullmatch(r"([A-Z]+)(\d+)", cell).groups()  # type: ignore[union-attr]
        by_row.setdefault(int(row), {})[column] = put
    sheet = _SHEET_DATA.sub(b"<sheetData></sheetData>", sheet, count=1)
    start, end = sheet.index(b"<sheetData"), sheet.index(b"</sheetData>")
    start = sheet.index(b">", start) + 1
    columns = _column_styles(sheet[:start])
    guard = _Guard(name, unlocked or set() if protected else None, columns)
    made: list[bytes] = []
    place, gone = start, False
    waiting = sorted(by_row)
    for found in _ROW.finditer(sheet, start, end):
        number = int(found[1])
        while waiting and waiting[0] < number:
            made += [sheet[place : found.start()], _new_row(waiting[0], by_row[waiting[0]], guard)]
            place = found.start()
            waiting.pop(0)
        if waiting and waiting[0] == number:
            row, lost = _patch_row(found[0], number, by_row[waiting.pop(0)], guard)
            gone |= lost
            made += [sheet[place : found.start()], row]
            place = found.end()
    made.append(sheet[place:end])
    made += [_new_row(number, by_row[number], guard) for number in waiting]
    return sheet[:start] + b"".join(made) + sheet[end:], gone


class _Guard(NamedTuple):
    """Which styles may be written; `unlocked` None: the sheet is not protected."""

    sheet: str
    unlocked: set[int] | None
    columns: list[tuple[int, int, int]]

    def style(self, column: str) -> int | None:
        place = _number_of(column)
        return next((style for first, last, style in self.columns if first <= place <= last), None)

    def check(self, cell: str, style: int | None) -> None:
        if self.unlocked is not None and (style is None or style not in self.unlocked):
            raise Locked(f"{self.sheet}!{cell}")


def _column_styles(head: bytes) -> list[tuple[int, int, int]]:
    found = []
    for column in re.findall(rb"<col\b[^>]*/>", head):
        values = dict(re.findall(rb'\b(min|max|style)="(\d+)"', column))
        if b"style" in values:
            found.append((int(values[b"min"]), int(values[b"max"]), int(values[b"style"])))
    return found


def _number_of(column: str) -> int:
    number = 0
    for letter in column:
        number = number * 26 + ord(letter) - 64
    return number


def _new_row(number: int, cells: Mapping[str, Put], guard: _Guard) -> bytes:
    inside = b"".join(
        _cell(column, number, cells[column], guard.style(column), b"", guard)
        for column in sorted(cells, key=_number_of)
    )
    return f'<row r="{number}">'.encode() + inside + b"</row>"


def _patch_row(row: bytes, number: int, cells: Mapping[str, Put], guard: _Guard) -> tuple[bytes, bool]:
    head_end = row.index(b">") + 1
    if row[head_end - 2 : head_end] == b"/>":
        row = row[: head_end - 2] + b"></row>"
        head_end -= 1
    made: list[bytes] = []
    place, gone = head_end, False
    waiting = sorted(cells, key=_number_of)
    for found in _CELL.finditer(row, head_end):
        column = found[1].decode()
        while waiting and _number_of(waiting[0]) < _number_of(column):
            made += [
                row[place : found.start()],
                _cell(waiting[0], number, cells[waiting[0]], guard.style(waiting[0]), b"", guard),
            ]
            place = found.start()
            waiting.pop(0)
        if waiting and waiting[0] == column:
            put = cells[waiting.pop(0)]
            head = _HEAD.match(found[0])
            style = _STYLE.search(head[1]) if head else None
            formula = _FORMULA.search(found[0])
            kept = formula[0] if formula and put.keep_formula else b""
            gone |= formula is not None and not kept
            made += [
                row[place : found.start()],
                _cell(column, number, put, int(style[1]) if style else None, kept, guard),
            ]
            place = found.end()
    end = row.rindex(b"</row>")
    made.append(row[place:end])
    made += [_cell(column, number, cells[column], guard.style(column), b"", guard) for column in waiting]
    return row[:head_end] + b"".join(made) + row[end:], gone


def _cell(column: str, number: int, put: Put, style: int | None, formula: bytes, guard: _Guard) -> bytes:
    if not formula:
        guard.check(f"{column}{number}", style)
    look = f' s="{style}"' if style is not None else ""
    place = f'<c r="{column}{number}"{look}'
    if not put.text and not formula:
        return f"{place}/>".encode()
    text = escape(_ILLEGAL.sub("", put.text))
    if formula:
        return f'{place} t="str">'.encode() + formula + f"<v>{text}</v></c>".encode()
    if put.number:
        return f"{place}><v>{text}</v></c>".encode()
    return f'{place} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'.encode()
