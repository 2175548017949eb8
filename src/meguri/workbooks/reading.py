"""A workbook's cells, as the confined process found them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from meguri.workbooks import running
from meguri.workbooks.cells import understood
from meguri.workbooks.errors import REFUSED, SheetProtected, SheetTooDemanding, SheetUnreadable
from meguri.workbooks.inspecting import OLD_FORM, PACKED

_PARSER = "meguri.workbooks.parsing"
_FIRST_SECONDS, _SECONDS_PER_MB = 5, 2
Wrong = Literal["merged", "formulas", "errors"]


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What reading may take: unpacked [bytes], memory [bytes], processor time [s]. A small file gets less time."""

    unpacked: int = 200 << 20
    memory: int = 1 << 30
    seconds: int = 20


TABLE = Limits()
LARGE = Limits(unpacked=1 << 30, memory=3 << 30, seconds=40)  # a cycler's million rows, a public list of flows


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of a workbook.

    fitting     names or patterns of the sheets to read; without one that fits, the first is read
    beside      sheets that are read as well where they are there
    names_only  only the names of the sheets
    wrong       what refuses the workbook when a sheet that is read holds it
    links       whether links to other files refuse the workbook
    whole       rows and columns count from the sheet's first, else from the first that is used
    """

    fitting: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    names_only: bool = False
    wrong: tuple[Wrong, ...] = ()
    links: bool = False
    whole: bool = True


class Sheet:
    """One sheet: cells are texts, numbers, bools, dates, moments, times and spans of time."""

    def __init__(self, name: str, merged: bool, pieces: list[bytes]) -> None:
        self.name = name
        self.merged = merged
        self._pieces = pieces

    def rows(self) -> Iterator[list[Any]]:
        """The rows in order, some decoded at a time."""
        for piece in self._pieces:
            for row in _rows(piece):
                yield [understood(cell) if isinstance(cell, dict) else cell for cell in row]


@dataclass(frozen=True, slots=True)
class Book:
    """The names of all sheets, and those that were read."""

    names: list[str]
    sheets: list[Sheet]


class _Head(msgspec.Struct):
    names: list[str] = []
    sheets: list[tuple[str, bool]] = []
    refused: str | None = None
    cells: str = ""


_head = msgspec.json.Decoder(_Head).decode
_piece = msgspec.json.Decoder(tuple[int, msgspec.Raw]).decode
_rows = msgspec.json.Decoder(list[list[Any]]).decode


def is_workbook(content: bytes) -> bool:
    """Whether a file is a workbook by its first bytes. Raises SheetProtected for the forms that no table is read from."""
    if content.startswith(OLD_FORM):
        raise SheetProtected
    return content.startswith(PACKED)


def open_book(source: bytes | Path, wanted: Wanted, limits: Limits = TABLE) -> Book:
    """The sheets of a workbook. Blocks for up to `running.WALL_S` seconds: call it by `running.aside`.

    Raises SheetUnreadable, SheetProtected, SheetHasMacros, SheetTooBig, SheetTooDemanding, and what `wanted` refuses.
    """
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    seconds = min(limits.seconds, _FIRST_SECONDS + _SECONDS_PER_MB * (size >> 20))
    asked = {**msgspec.to_builtins(wanted), **msgspec.to_builtins(limits), "seconds": seconds}
    head, *lines = running.run(_PARSER, asked, source).split(b"\n")[:-1] or [b"{}"]
    said = _head(head)
    end = lines.pop() if lines else b""
    refused = said.refused or (_head(end).refused if end.startswith(b'{"refused"') else None)
    if refused is not None:
        raise REFUSED[refused](cells=said.cells)
    if end != b'{"end":true}':
        raise SheetTooDemanding
    pieces: list[list[bytes]] = [[] for _ in said.sheets]
    for line in lines:
        place, rows = _piece(line)
        pieces[place].append(bytes(rows))
    sheets = [Sheet(name, merged, held) for (name, merged), held in zip(said.sheets, pieces, strict=True)]
    return Book(names=said.names, sheets=sheets)


def table_of(source: bytes | Path, wanted: Wanted, limits: Limits = TABLE) -> list[list[Any]]:
    """The rows of the one sheet that is wanted. Blocks, and raises, as `open_book` does; SheetUnreadable without a sheet."""
    sheets = open_book(source, wanted, limits).sheets
    if not sheets:
        raise SheetUnreadable
    return list(sheets[0].rows())
