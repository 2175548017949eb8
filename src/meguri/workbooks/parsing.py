"""A workbook into lines of JSON, in a process of its own: `python -I -m meguri.workbooks.parsing ASKED < FILE`.

It imports the standard library and the parser only, so that a small file is read in the time that a process needs to
start. It writes {"sheets": [[name, merged]], "names": [...]}, then [place of the sheet, rows] again and again, then
{"end": true}; or {"refused": why, "cells": ...}. Whoever sees no end knows that the limits ended it.
"""

import fnmatch
import io
import json
import sys
from collections.abc import Iterator
from typing import IO, Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from meguri.workbooks.cells import written
from meguri.workbooks.confined import confine
from meguri.workbooks.inspecting import Refused, inspect, inspect_sheet

PIECE_ROWS = 500


def lines_of(file: IO[bytes], asked: dict[str, Any]) -> Iterator[Any]:
    """What is to be written for a file; `asked` is `reading.Wanted` with its limits. Raises Refused."""
    inspect(file, asked["unpacked"], links=asked["links"])
    file.seek(0)
    try:
        book = CalamineWorkbook.from_filelike(file)
        names = book.sheet_names
    except (CalamineError, ValueError, KeyError, OSError, IndexError):
        raise Refused("unreadable") from None
    read = _read_from(names, asked)
    for name in read:
        file.seek(0)
        inspect_sheet(file, name, asked["wrong"])
    try:
        sheets = [book.get_sheet_by_name(name) for name in read]
        yield {"names": names, "sheets": [[sheet.name, bool(sheet.merged_cell_ranges)] for sheet in sheets]}
        for place, sheet in enumerate(sheets):
            for rows in _pieces(sheet, whole=asked["whole"]):
                yield [place, rows]
    except (CalamineError, ValueError, KeyError, OSError, IndexError):
        raise Refused("unreadable") from None
    yield {"end": True}


def _read_from(names: list[str], asked: dict[str, Any]) -> list[str]:
    """The sheets to read: those beside, then those that fit, else the first other."""
    if asked["names_only"] or not names:
        return []
    beside = [name for name in asked["beside"] if name in names]
    others = [name for name in names if name not in beside]
    fitting = [name for name in others if any(fnmatch.fnmatchcase(name, form) for form in asked["fitting"])]
    return [*beside, *(fitting or others[:1])]


def _pieces(sheet: CalamineSheet, *, whole: bool) -> Iterator[list[Any]]:
    """The rows some at a time; `whole`: from the first row and column of the sheet, else from the first that is used."""
    piece: list[Any] = []
    for row in sheet.to_python(skip_empty_area=not whole):
        piece.append(row)
        if len(piece) == PIECE_ROWS:
            yield piece
            piece = []
    if piece:
        yield piece


def main() -> None:
    """Reads standard input, writes standard output."""
    asked = json.loads(sys.argv[1])
    source: IO[bytes] = sys.stdin.buffer
    if not source.seekable():
        source = io.BytesIO(source.read())
    confine(asked["memory"], asked["seconds"])
    encode = json.JSONEncoder(default=written, ensure_ascii=False, separators=(",", ":")).encode
    try:
        for line in lines_of(source, asked):
            sys.stdout.buffer.write(encode(line).encode() + b"\n")
    except Refused as refused:
        sys.stdout.buffer.write(encode({"refused": refused.why, "cells": refused.cells}).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
