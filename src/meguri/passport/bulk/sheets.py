"""Files into rows: CSV (UTF-8 or Shift_JIS) and XLSX, some rows at a time."""

import csv
import io
from collections.abc import Iterator
from itertools import count
from typing import Any

from meguri.kernel.text import Text
from meguri.passport.bulk.cells import NAMING, values_of
from meguri.passport.bulk.model import MOST_BYTES, MOST_ROWS, CellFault, Row, fault
from meguri.passport.errors import BulkRefused
from meguri.passport.identifiers import InvalidIdentifier, serial_range
from meguri.passport.kinds import Document, Kind
from meguri.workbooks.errors import SheetUnreadable
from meguri.workbooks.reading import LARGE, Wanted, is_workbook, open_book

_WANTED = Wanted(fitting=("items",), beside=("model",))
WHY = {
    "table": Text(ja="CSV か XLSX の表ではありません。", en="it is neither a CSV nor an XLSX table."),
    "encoding": Text(
        ja="文字コードを判別できません。UTF-8 か Shift_JIS で保存してください。",
        en="its encoding is unknown. Please save it as UTF-8 or Shift_JIS.",
    ),
    "keys": Text(
        ja="1行目に項目名（serial_number など）がありません。ひな形を使ってください。",
        en="row 1 has no catalogue keys (such as serial_number). Please use the template.",
    ),
    "merged": Text(
        ja="結合されたセルがあります。結合を解除してください。", en="it has merged cells. Please unmerge them."
    ),
    "rows": Text(ja="1 ファイルは 100,000 行までです。", en="it has more than 100,000 rows."),
    "bytes": Text(ja="ファイルは 50 MB までです。", en="it is larger than 50 MB."),
    "nothing": Text(
        ja="ファイルが空です。ひな形をダウンロードして、2行目から入力してください。",
        en="it is empty. Please take the template and fill it in from row 2.",
    ),
    "empty": Text(
        ja="データ行がありません。2行目から1行に1件ずつ入力してください。",
        en="it has no data rows. Please write one item a row from row 2.",
    ),
    "twice": Text(ja="同じ列が 2 つあります: {column}", en="a column appears twice: {column}"),
}
_DUPLICATE = Text(ja="{other} 行目と同じ製造番号です。", en="The same serial number as in row {other}.")
_RANGE = Text(ja="製造番号の範囲の書き方が正しくありません。", en="This is not a range of serial numbers.")


def refused(why: str, **values: object) -> BulkRefused:
    """The refusal of a whole file."""
    say = WHY[why]
    return BulkRefused(why=Text(ja=say.of("ja", **values), en=say.of("en", **values)))


class Opened:
    """A file of items; `model` holds the values of its sheet of that name."""

    def __init__(self, kind: Kind, content: bytes) -> None:
        """Raises BulkRefused for what is no table, is too large, or has merged cells; what `open_book` refuses. Blocks."""
        if len(content) > MOST_BYTES:
            raise refused("bytes")
        if not content.strip(b"\xef\xbb\xbf \t\r\n"):
            raise refused("nothing")
        self._kind = kind
        self.model: Document = {}
        self.model_faults: list[CellFault] = []
        self.is_workbook = is_workbook(content)
        self._table = self._workbook(content) if self.is_workbook else _csv_rows(content)

    def rows(self) -> Iterator[Row]:
        """Every item, in order; a range of serial numbers gives one for each. Raises BulkRefused."""
        first = next(self._table, None)
        if first is None:
            raise refused("nothing")
        keys = [str(cell or "").strip() for cell in first]
        if not any(key in NAMING for key in keys):
            raise refused("keys")
        named = [key for key in keys if key]
        twice = next((key for key in named if named.count(key) > 1), None)
        if twice is not None:
            raise refused("twice", column=twice)
        known: dict[tuple[str, ...], int] = {}
        made = 0
        for number, line in zip(count(2), self._table, strict=False):
            cells = {key: cell for key, cell in zip(keys, line, strict=False) if key}
            if _is_note(line) or all(cell in (None, "") for cell in cells.values()):
                continue
            for row in self._items(cells, number, known):
                made += 1
                if made > MOST_ROWS:
                    raise refused("rows")
                yield row
        if not made:
            raise refused("empty")

    def _items(self, cells: dict[str, Any], number: int, known: dict[tuple[str, ...], int]) -> Iterator[Row]:
        said = {NAMING[key]: _naming(cell) for key, cell in cells.items() if key in NAMING and cell not in (None, "")}
        rest = {key: cell for key, cell in cells.items() if key not in NAMING}
        values, faults = values_of(self._kind, rest, number, "item")
        for serial, wrong in _serials(said.get("serial"), number):
            faults_here = [*faults, *wrong]
            name = (said.get("product_id", ""), said.get("gtin", ""), serial or "")
            if any(name) and serial and known.setdefault(name, number) != number:
                say = fault(number, "serial_number", serial, "DUPLICATE_PRODUCT_ID", _DUPLICATE, other=known[name])
                faults_here.append(say)
            yield Row(
                row=number,
                gtin=said.get("gtin"),
                serial=serial,
                batch=said.get("batch"),
                product_id=said.get("product_id"),
                values=values,
                faults=faults_here,
            )

    def _workbook(self, content: bytes) -> Iterator[list[Any]]:
        try:
            sheets = open_book(content, _WANTED, LARGE).sheets
        except SheetUnreadable:
            raise refused("table") from None
        if any(sheet.merged for sheet in sheets):
            raise refused("merged")
        if sheets and sheets[0].name == "model":
            self._read_model(list(sheets.pop(0).rows()))
        if not sheets:
            raise refused("empty")
        return sheets[0].rows()

    def _read_model(self, table: list[list[Any]]) -> None:
        """The sheet `model`: keys in row 1, notes in rows that begin with #, values in the next."""
        lines = [line for line in table[1:] if not _is_note(line) and any(cell not in (None, "") for cell in line)]
        if not table or not lines:
            return
        cells = {
            str(key).strip(): cell for key, cell in zip(table[0], lines[0], strict=False) if str(key or "").strip()
        }
        gtin = cells.pop("gtin", None)
        self.model, self.model_faults = values_of(self._kind, cells, 2, "model")
        if gtin not in (None, ""):
            self.model["gtin"] = _naming(gtin)


def _is_note(line: list[Any]) -> bool:
    return bool(line) and str(line[0] or "").lstrip().startswith("#")


def _naming(cell: Any) -> str:
    from meguri.passport.values.atoms import folded

    return folded(str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell))


def _serials(said: str | None, row: int) -> Iterator[tuple[str | None, list[CellFault]]]:
    """One serial, or each of a range `MG26A{000001..001000}`."""
    if said is None or "{" not in said:
        yield said, []
        return
    try:
        for serial in serial_range(said):
            yield serial, []
    except (InvalidIdentifier, ValueError):
        yield None, [fault(row, "serial_number", said, "INVALID_VALUE", _RANGE)]


def _csv_rows(content: bytes) -> Iterator[list[Any]]:
    if b"\x00" in content[:4096]:
        raise refused("table")
    text = _decoded(content)
    try:
        yield from csv.reader(io.StringIO(text, newline=""))
    except csv.Error:
        raise refused("table") from None


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise refused("encoding")
