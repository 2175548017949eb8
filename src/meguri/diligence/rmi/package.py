"""An XLSX package read part by part, with little but the standard library: this module runs in a process of its own.

`python -I -m meguri.diligence.rmi.package FILE` writes its sheets as JSON on standard output, or `{"reason": …}`.
No entity is ever resolved, no link followed, and no more unpacked than the limits allow.
"""

import io
import json
import re
import sys
import zipfile
import zlib
from typing import Any
from xml.parsers import expat

from meguri.workbooks.confined import confine

MOST_UNPACKED = 200 * 1024 * 1024
MOST_PARTS = 5_000
MOST_CELLS = 600_000
MEMORY = 1024 * 1024 * 1024
SECONDS = 20
WANTED = ("Declaration", "Smelter List", "Mine List", "Product List", "Smelter Look-up", "L", "C")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class Unreadable(Exception):
    """The package cannot be read; the first argument is a key of `errors.REASONS`, the second its detail."""


def read(content: bytes) -> dict[str, Any]:
    """Sheets of a package: {"sheets": {name: {cell: [value, flags]}}, "names": [...]}; raises Unreadable.

    Flags: `f` a formula, `e` without cached value, `n` a number, `b` a bool, `x` an error value.
    """
    if content.startswith(_OLE):
        raise Unreadable("password" if "EncryptedPackage".encode("utf-16-le") in content else "old_format", "")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            return _read(package)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        KeyError,
        expat.ExpatError,
        UnicodeDecodeError,
    ) as error:
        raise Unreadable("not_workbook", "") from error
    except RuntimeError as error:  # zipfile's word for an encrypted member
        raise Unreadable("password", "") from error


def _read(package: zipfile.ZipFile) -> dict[str, Any]:
    parts = package.infolist()
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Unreadable("too_large", "")
    names = {part.filename for part in parts}
    types = _part(package, "[Content_Types].xml")
    if b"macroEnabled" in types or any(name.endswith("vbaProject.bin") for name in names):
        raise Unreadable("macros", "")
    if any(name.startswith("xl/externalLinks/") for name in names):
        raise Unreadable("external_links", "")
    sheets = sheet_parts(package)
    if "Declaration" not in sheets:
        raise Unreadable("not_template", "")
    strings = _strings(package) if "xl/sharedStrings.xml" in names else []
    wanted = [name for name in WANTED if name in sheets]
    return {
        "sheets": {name: _cells(_part(package, sheets[name]), strings) for name in wanted},
        "names": list(sheets),
        "unlocked": _unlocked(package, sheets["Declaration"]) if "xl/styles.xml" in names else [],
    }


def _unlocked(package: zipfile.ZipFile, sheet: str) -> list[str]:
    """Cells of a sheet that may be filled in: those whose own style is not locked."""
    styles: list[bool] = []
    inside = {"xfs": False}

    def style(tag: str, attributes: dict[str, str]) -> None:
        if tag == "cellXfs":
            inside["xfs"] = True
        elif tag == "xf" and inside["xfs"]:
            styles.append(False)
        elif tag == "protection" and inside["xfs"] and styles:
            styles[-1] = attributes.get("locked") in ("0", "false")

    def style_end(tag: str) -> None:
        if tag == "cellXfs":
            inside["xfs"] = False

    found: list[str] = []

    def cell(tag: str, attributes: dict[str, str]) -> None:
        if tag == "c" and "r" in attributes:
            place = int(attributes.get("s", "0"))
            if place < len(styles) and styles[place] and len(found) < MOST_CELLS:
                found.append(attributes["r"])

    walk(_part(package, "xl/styles.xml"), style, style_end)
    walk(_part(package, sheet), cell)
    return found


def _part(package: zipfile.ZipFile, name: str) -> bytes:
    """A part, never more of it than its head says and the limit allows."""
    with package.open(name) as file:
        content = file.read(MOST_UNPACKED + 1)
    if len(content) > MOST_UNPACKED:
        raise Unreadable("too_large", "")
    return content


def sheet_parts(package: zipfile.ZipFile) -> dict[str, str]:
    """Part names of the sheets, in the workbook's order."""
    targets: dict[str, str] = {}

    def rel(tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship":
            target = attributes.get("Target", "")
            targets[attributes.get("Id", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"

    found: dict[str, str] = {}

    def sheet(tag: str, attributes: dict[str, str]) -> None:
        if tag == "sheet":
            identifier = next(
                (value for name, value in attributes.items() if name == "r:id" or name.endswith(":id")), ""
            )
            if identifier in targets:
                found[attributes["name"]] = targets[identifier]

    walk(_part(package, "xl/_rels/workbook.xml.rels"), rel)
    walk(_part(package, "xl/workbook.xml"), sheet)
    return found


def walk(content: bytes, start: Any, end: Any = None, text: Any = None) -> None:
    """Parses XML without ever taking a declaration of a type or entity. Raises Unreadable, ExpatError."""
    parser = expat.ParserCreate()

    def refuse(*_: Any) -> None:
        raise Unreadable("entities", "")

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = lambda tag, attributes: start(_local(tag), attributes)
    if end is not None:
        parser.EndElementHandler = lambda tag: end(_local(tag))
    if text is not None:
        parser.CharacterDataHandler = text
    parser.buffer_text = True
    parser.Parse(content, True)


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]


def _strings(package: zipfile.ZipFile) -> list[str]:
    found: list[str] = []
    state = {"in_t": False, "phonetic": 0}

    def start(tag: str, _: dict[str, str]) -> None:
        if tag == "si":
            found.append("")
        elif tag == "rPh":
            state["phonetic"] += 1
        elif tag == "t" and not state["phonetic"]:
            state["in_t"] = True

    def end(tag: str) -> None:
        if tag == "t":
            state["in_t"] = False
        elif tag == "rPh":
            state["phonetic"] -= 1

    def text(data: str) -> None:
        if state["in_t"]:
            found[-1] += data

    walk(_part(package, "xl/sharedStrings.xml"), start, end, text)
    return found


def _cells(content: bytes, strings: list[str]) -> dict[str, list[str]]:
    cells: dict[str, list[str]] = {}
    now: dict[str, Any] = {"cell": None, "kind": "", "take": False, "value": "", "formula": False, "has_value": False}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            now.update(
                cell=attributes.get("r"), kind=attributes.get("t", "n"), value="", formula=False, has_value=False
            )
        elif tag == "f":
            now["formula"] = True
        elif tag in ("v", "t") and now["cell"]:
            now["take"] = now["has_value"] = True

    def text(data: str) -> None:
        if now["take"]:
            now["value"] += data

    def end(tag: str) -> None:
        if tag in ("v", "t"):
            now["take"] = False
        elif tag == "c" and now["cell"]:
            if len(cells) >= MOST_CELLS:
                raise Unreadable("too_large", "")
            if now["has_value"] or now["formula"]:
                cells[now["cell"]] = [_value(now, strings), _flags(now)]
            now["cell"] = None

    walk(content, start, end, text)
    return cells


def _value(now: dict[str, Any], strings: list[str]) -> str:
    if now["kind"] == "s":
        place = int(now["value"] or 0)
        return strings[place] if place < len(strings) else ""
    return str(now["value"])


def _flags(now: dict[str, Any]) -> str:
    flags = "f" if now["formula"] else ""
    if now["formula"] and not now["has_value"]:
        flags += "e"
    return flags + {"n": "n", "b": "b", "e": "x"}.get(now["kind"], "")


def main() -> None:
    """Reads standard input, writes JSON on standard output."""
    content = sys.stdin.buffer.read()
    confine(MEMORY, SECONDS)
    try:
        answer = read(content)
    except Unreadable as failure:
        answer = {"reason": failure.args[0], "detail": failure.args[1]}
    except MemoryError:
        answer = {"reason": "took_too_long", "detail": ""}
    sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=True).encode())


def column_of(cell: str) -> str:
    """`D` of `D26`."""
    return re.sub(r"\d", "", cell)


if __name__ == "__main__":
    main()
