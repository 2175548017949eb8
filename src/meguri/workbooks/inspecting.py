"""What in a workbook would be read wrongly, found before anything is read (pure, standard library only).

A reader of tables sees the last computed value of a formula, an empty cell where cells are merged, and an error value as
text. Each would enter as a wrong figure without a word; so each is named and refused. This runs in the confined process:
a hostile package can make any of it slow.
"""

import re
import zipfile
import zlib
from collections.abc import Collection
from typing import IO

_PIECE = 1 << 20
MOST_PARTS = 10_000
OLD_FORM = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PACKED = b"PK\x03\x04"
# A writer may give the names of a sheet's elements a prefix of its own (`<x:c r="A1">`).
_LISTED = re.compile(rb"<(?:\w+:)?sheet\s[^>]*>")
_NAME = re.compile(rb'\sname="([^"]*)"')
_RELATION = re.compile(rb'\s(?:\w+:)?id="([^"]*)"')
_LINK = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
_LINK_ID, _TARGET = re.compile(rb'\sId="([^"]*)"'), re.compile(rb'\sTarget="([^"]*)"')
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml\Z")
_PATTERNS = {
    "merged": re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*ref="([A-Z]+\d+:[A-Z]+\d+)"'),
    "formulas": re.compile(rb"<(?:\w+:)?c((?:\s[^>]*)?)>\s*<(?:\w+:)?f[\s>/]"),
    "errors": re.compile(rb'<(?:\w+:)?c(\s[^>]*\bt="e"[^>]*)>'),
}
_PLACE = re.compile(rb'\br="([A-Z]+\d+)"')


class Refused(Exception):
    """Why a workbook is not read: a key of `errors.REFUSED`, and cells that show it."""

    def __init__(self, why: str, cells: str = "") -> None:
        super().__init__(why)
        self.why, self.cells = why, cells


def inspect(file: IO[bytes], most: int, *, links: bool) -> None:
    """Refuses a package that is none, holds macros (or, where `links`, links to other files), or unpacks to over `most`
    bytes. Raises Refused."""
    start = file.read(8)
    if start == OLD_FORM:
        raise Refused("protected")
    if start[:4] != PACKED:
        raise Refused("unreadable")
    try:
        with zipfile.ZipFile(file) as book:
            entries = book.infolist()
            if len(entries) > MOST_PARTS or sum(entry.file_size for entry in entries) > most:
                raise Refused("too_big")
            if any(entry.filename.lower().endswith("vbaproject.bin") for entry in entries):
                raise Refused("macros")
            if links and any(entry.filename.startswith("xl/externalLinks/") for entry in entries):
                raise Refused("links")
            left = most
            for entry in entries:
                left -= _unpacked(file, entry, left)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, KeyError):
        raise Refused("unreadable") from None


def inspect_sheet(file: IO[bytes], sheet: str | None, wrong: Collection[str]) -> None:
    """Refuses a sheet (None: the first) that holds what `wrong` names of merged, formulas, errors. Raises Refused."""
    if not wrong:
        return
    try:
        with zipfile.ZipFile(file) as book:
            name = _part_of(book, sheet)
            text = book.read(name) if name else b""
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, KeyError):
        return  # the reader says so
    for kind, pattern in _PATTERNS.items():
        if kind in wrong and (found := pattern.findall(text)):
            raise Refused(kind, _some([_place(each) for each in found]))


def _unpacked(file: IO[bytes], entry: zipfile.ZipInfo, most: int) -> int:
    """How large an entry really is, whatever its head says. Raises Refused when it passes `most`."""
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        return entry.compress_size
    file.seek(entry.header_offset)
    head = file.read(30)
    file.seek(int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little"), 1)
    left, size, unpacker = entry.compress_size, 0, zlib.decompressobj(-15)
    packed = b""
    while not unpacker.eof:
        if not packed:
            packed = file.read(min(_PIECE, left))
            left -= len(packed)
            if not packed:
                break
        size += len(unpacker.decompress(packed, _PIECE))
        packed = unpacker.unconsumed_tail
        if size > most:
            raise Refused("too_big")
    return size


def _part_of(book: zipfile.ZipFile, sheet: str | None) -> str | None:
    """The entry of a sheet: the order of sheets is the workbook's, not the archive's."""
    sheets = [name for name in book.namelist() if _SHEET.match(name)]
    try:
        listed = _LISTED.findall(book.read("xl/workbook.xml"))
        links = _LINK.findall(book.read("xl/_rels/workbook.xml.rels"))
    except KeyError:
        return sheets[0] if sheets else None
    wanted = next((one for one in listed if sheet is not None and _plain(_of(_NAME, one) or "") == sheet), None)
    relation = _of(_RELATION, wanted or listed[0]) if listed else None
    targets = {_of(_LINK_ID, link): _of(_TARGET, link) for link in links}
    target = (targets.get(relation) or "").lstrip("/").removeprefix("xl/")
    name = f"xl/{target}"
    return name if name in book.namelist() else (sheets[0] if sheets else None)


def _of(pattern: re.Pattern[bytes], text: bytes) -> str | None:
    found = pattern.search(text)
    return found.group(1).decode("utf-8", "replace") if found else None


def _plain(text: str) -> str:
    """A name without the escapes of XML."""
    for escape, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        text = text.replace(escape, sign)
    return text


def _place(found: bytes) -> bytes:
    """`A1` of what a pattern found: a reference itself, or the attributes of a cell."""
    place = _PLACE.search(found)
    return place.group(1) if place else (b"?" if b"=" in found or not found else found)


def _some(cells: list[bytes]) -> str:
    shown = ", ".join(cell.decode() for cell in cells[:5])
    return shown + (" …" if len(cells) > 5 else "")
