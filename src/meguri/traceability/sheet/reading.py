"""From a file to drafts of parts (pure): every broken row is named, none is dropped."""

import csv
import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel.errors import FieldError, Invalid
from meguri.kernel.numbers import typed
from meguri.kernel.text import Text
from meguri.kernel.units import SYMBOLS, AmountUnit
from meguri.traceability.model import ChildInput, PartInput
from meguri.traceability.sheet.columns import COLUMNS, NO, YES, Column, by_heading, folded
from meguri.traceability.writing import is_amount
from meguri.workbooks.cells import cell_text, is_moment
from meguri.workbooks.errors import SheetUnreadable
from meguri.workbooks.reading import Wanted, is_workbook, table_of

MOST_ROWS = 100_000
_HEADING = {column.key: column.heading for column in COLUMNS}
# What people write and what stands on the wire, as `unit_of` folds it.
_UNITS = {
    unicodedata.normalize("NFKC", name).casefold(): unit
    for unit, symbol in SYMBOLS.items()
    for name in (unit.value, symbol.ja, symbol.en, symbol.en.replace("·", ""))
}
_WORDS = ("label", "info1", "info2", "info3")
_RISKY = ("=", "+", "-", "@", "\t", "\r")
_SEPARATORS = (",", "\t", ";")
_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
# What Excel makes of 3-4, 2026-3-4 and a long number, in Japanese and English.
_TURNED = re.compile(
    r"\d{1,2}月\d{1,2}日|\d{4}年\d{1,2}月(\d{1,2}日)?|\d{4}/\d{1,2}/\d{1,2}( \d{1,2}:\d{2}(:\d{2})?)?"
    rf"|\d{{1,2}}/\d{{1,2}}/\d{{4}}|\d{{1,2}}-({_MONTHS})(-\d{{2,4}})?|({_MONTHS})-\d{{2,4}}|-?\d(\.\d+)?E\+\d{{2,3}}"
)
_TABLE = Wanted(wrong=("merged", "formulas", "errors"))


class SheetDates(Invalid):
    """Cells for words hold dates, into which a spreadsheet turned what was typed."""

    code = "traceability.sheet_dates"
    say = Text(
        ja="日付に変わってしまった欄があります（{cells}）。セルの書式を「文字列」にして、入力し直してください。",
        en="Some fields have become dates ({cells}). Please format the cells as text and type the values again.",
    )


class SheetTurned(Invalid):
    """Names in a CSV are written as a spreadsheet writes dates and large numbers: what was typed is lost."""

    code = "traceability.sheet_turned"
    say = Text(
        ja="表計算ソフトが日付や指数に変えたと思われる欄があります（{cells}）。元の値に直してください。"
        "そのとおりの名前なら、XLSX で書式を「文字列」にして入力してください。",
        en="A spreadsheet seems to have turned some fields into dates or powers of ten ({cells}). Please type the values "
        "again. If they are meant so, please use XLSX with the cells formatted as text.",
    )


class SheetUnheaded(Invalid):
    """Values stand where there is no heading."""

    code = "traceability.sheet_unheaded"
    say = Text(
        ja="見出しのない列に値があります（{cells}）。見出しを付けるか、値を消してください。"
        "CSV では、カンマを含む値を引用符で囲みます。",
        en="Some values stand in columns without a heading ({cells}). Please give a heading or remove them. In CSV, a value "
        "with a comma in it stands between quotation marks.",
    )


class SheetEmpty(Invalid):
    """There are headings and nothing else."""

    code = "traceability.sheet_empty"
    say = Text(
        ja="見出しの下に行がありません。1行以上入力してください。",
        en="There is nothing below the headings. Please fill in at least one row.",
    )


class SheetHeadings(Invalid):
    """A required heading is missing."""

    code = "traceability.sheet_headings"
    say = Text(
        ja="見出しが足りません: {missing}。見本をダウンロードして、1行目の見出しを合わせてください。{unknown}",
        en="Headings are missing: {missing}. Please take the first row from the template. {unknown}",
    )


class SheetHeadingsUnknown(Invalid):
    """A column that holds something has a heading that says nothing to us."""

    code = "traceability.sheet_headings_unknown"
    say = Text(
        ja="分からない見出しがあります: {unknown}。見本の見出しに直すか、その列を削除してください。",
        en="Some headings are unknown: {unknown}. Please write them as in the template, or remove those columns.",
    )


class SheetHeadingsTwice(Invalid):
    """Two columns have the same heading."""

    code = "traceability.sheet_headings_twice"
    say = Text(
        ja="同じ見出しの列が複数あります: {twice}。1列にまとめてください。",
        en="Several columns have the same heading: {twice}. Please keep one.",
    )


class SheetTooLong(Invalid):
    """More rows than one file may have."""

    code = "traceability.sheet_too_long"
    say = Text(
        ja="1ファイルは{most}行までです。分割してください。", en="A file has at most {most} rows. Please split it."
    )


class RowError(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong in one row (1 is the first row of the file, the headings)."""

    row: int
    column: str | None
    say: Text
    values: dict[str, Any] = {}

    def field_error(self) -> FieldError:
        """The same for a refusal that lists fields."""
        return FieldError(f"row {self.row}" + (f", {self.column}" if self.column else ""), self.say, dict(self.values))


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """One row understood. `parent`: (name, support name) of the part that it is a component of."""

    row: int
    parent: tuple[str, str] | None
    part: PartInput
    amount: Decimal | None

    def child(self) -> ChildInput:
        """The row as a component."""
        values = {name: getattr(self.part, name) for name in PartInput.__struct_fields__}
        return ChildInput(**values, amount=self.amount or Decimal(0))


_SAY = {
    "required": Text(ja="「{heading}」を入力してください。", en="Please fill in “{heading}”."),
    "long": Text(ja="「{heading}」は50文字以内で入力してください。", en="“{heading}” has at most 50 characters."),
    "plant": Text(
        ja="事業所「{value}」は登録されていません。「会社・拠点」で登録してください。",
        en="The plant “{value}” is not registered. Please register it under Company and plants.",
    ),
    "unit": Text(
        ja="単位「{value}」は使えません。使える単位: {choices}", en="“{value}” is not a unit. Units: {choices}"
    ),
    "yes_no": Text(ja="「終端」は「はい」か「いいえ」で入力してください。", en="“End of chain” is yes or no."),
    "amount": Text(
        ja="「{heading}」は0〜99999.99999の数値（小数点以下5桁まで）で入力してください。日付や単位は入れないでください。",
        en="“{heading}” is a number from 0 to 99999.99999 with at most five decimals, no date and no unit.",
    ),
    "twice": Text(
        ja="{other}行目と同じ部品です。1行にまとめてください。", en="The same part as in row {other}. Keep one row."
    ),
}


def read_rows(content: bytes, columns: Sequence[Column] = COLUMNS) -> list[dict[str, str]]:
    """The rows of a CSV or XLSX file by column key; row 2 of the file is the first, empty rows at the end are left out.

    Blocks while a workbook is read: call it by `workbooks.running.aside`. Raises SheetUnreadable, SheetHeadings,
    SheetHeadingsUnknown, SheetHeadingsTwice, SheetUnheaded, SheetEmpty, SheetTooLong, SheetDates, SheetTurned, and what
    `table_of` refuses.
    """
    packed = is_workbook(content)
    table = table_of(content, _TABLE) if packed else _csv(content)
    while table and not any(map(_said, table[-1])):
        table.pop()
    if not table:
        raise SheetUnreadable
    if len(table) - 1 > MOST_ROWS:
        raise SheetTooLong(most=MOST_ROWS)
    keys = _keys(table, columns)
    if len(table) == 1:
        raise SheetEmpty
    _demand_headings(table)
    _demand_no_dates(table, keys, columns, packed=packed)
    return [{key: _said(cell) for key, cell in zip(keys, row, strict=False) if key} for row in table[1:]]


def _said(cell: Any) -> str:
    """What a cell says; without the apostrophe by which our own files keep a text from being taken for a formula."""
    text = cell_text(cell).strip()
    return text[1:] if text.startswith("'") and text[1:].startswith(_RISKY) else text


def _keys(table: Sequence[Sequence[Any]], columns: Sequence[Column]) -> list[str | None]:
    """The key of each column of a table; every heading that cannot be meant is named."""
    known, headings = by_heading(columns), [cell_text(cell).strip() for cell in table[0]]
    keys = [known.get(folded(heading)) for heading in headings]
    twice = {heading for heading, key in zip(headings, keys, strict=True) if key and keys.count(key) > 1}
    strange = [
        heading
        for place, (heading, key) in enumerate(zip(headings, keys, strict=True))
        if heading and not key and any(_said(row[place]) for row in table[1:] if place < len(row))
    ]
    missing = [column.heading for column in columns if column.required and column.key not in keys]
    if missing:
        unknown = Text(
            ja=f"分からない見出し: {_listed(strange, columns).ja}", en=f"Unknown: {_listed(strange, columns).en}"
        )
        raise SheetHeadings(missing=_joined(missing), unknown=unknown if strange else "")
    if twice:
        raise SheetHeadingsTwice(twice=", ".join(sorted(twice)))
    if strange:
        raise SheetHeadingsUnknown(unknown=_listed(strange, columns))
    return keys


def _joined(texts: Sequence[Text]) -> Text:
    return Text(ja="、".join(text.ja for text in texts), en=", ".join(text.en for text in texts))


def _listed(strange: Sequence[str], columns: Sequence[Column]) -> Text:
    """Headings that are unknown, each with the one that may be meant."""
    return _joined([_meant(heading[:50], columns) for heading in strange[:10]])


def _meant(heading: str, columns: Sequence[Column]) -> Text:
    known = {folded(word): column.heading for column in columns for word in (column.heading.ja, column.heading.en)}
    near = get_close_matches(folded(heading), known, n=1, cutoff=0.45)
    if not near:
        return Text(ja=f"「{heading}」", en=f"“{heading}”")
    return Text(ja=f"「{heading}」（「{known[near[0]].ja}」ですか）", en=f"“{heading}” (“{known[near[0]].en}”?)")


def _demand_headings(table: Sequence[Sequence[Any]]) -> None:
    """A value beside the headings is told: it may be the end of one that was cut at a comma."""
    headed = {place for place, heading in enumerate(table[0]) if cell_text(heading).strip()}
    found = [
        f"{_letters(place)}{number}"
        for number, row in enumerate(table[1:], start=2)
        for place, cell in enumerate(row)
        if place not in headed and _said(cell)
    ]
    if found:
        raise SheetUnheaded(cells=_some(found))


def _demand_no_dates(
    table: Sequence[Sequence[Any]], keys: Sequence[str | None], columns: Sequence[Column], *, packed: bool
) -> None:
    """A workbook says itself what it holds as a date; in a CSV names are looked at that are written as one."""
    words = {column.key for column in columns if column.holds == "name" or (packed and column.holds == "text")}
    found = [
        (f"{_letters(place)}{number}", cell)
        for number, row in enumerate(table[1:], start=2)
        for place, (key, cell) in enumerate(zip(keys, row, strict=False))
        if key in words and (is_moment(cell) if packed else _TURNED.fullmatch(cell.strip()))
    ]
    if found and packed:
        raise SheetDates(cells=_some([place for place, _ in found]))
    if found:
        told = [(place, cell.strip()) for place, cell in found[:6]]
        raise SheetTurned(
            cells=Text(
                ja=_some([f"{place}「{cell}」" for place, cell in told]),
                en=_some([f"{place} “{cell}”" for place, cell in told]),
            )
        )


def _some(found: Sequence[str]) -> str:
    return ", ".join(found[:5]) + (" …" if len(found) > 5 else "")


def _letters(place: int) -> str:
    """`A` of 0, `AA` of 26."""
    return (_letters(place // 26 - 1) if place >= 26 else "") + chr(ord("A") + place % 26)


def _csv(content: bytes) -> list[list[Any]]:
    text = _decoded(content)
    if "\x00" in text:
        raise SheetUnreadable
    first = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    try:
        return list(csv.reader(io.StringIO(text), strict=True, delimiter=separator))
    except csv.Error:
        raise SheetUnreadable from None


def _decoded(content: bytes) -> str:
    """The text of a file: UTF-8, Shift_JIS (CP932), or the UTF-16 in which spreadsheets save Unicode text."""
    marked = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp932"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SheetUnreadable


def understand(rows: Sequence[Mapping[str, str]], plants: Mapping[str, UUID]) -> tuple[list[Draft], list[RowError]]:
    """Drafts of the good rows and what is wrong with the others. `plants`: public plant id → plant."""
    drafts: list[Draft] = []
    errors: list[RowError] = []
    seen: dict[tuple[object, ...], int] = {}
    for number, row in enumerate(rows, start=2):
        if not any(row.values()):
            continue
        found, wrong = _row(number, row, plants)
        key = (
            row.get("parent_name"),
            row.get("parent_support_name"),
            row.get("name"),
            row.get("support_name"),
            row.get("plant"),
        )
        if not wrong and key in seen:
            wrong.append(RowError(row=number, column=None, say=_SAY["twice"], values={"other": seen[key]}))
        seen.setdefault(key, number)
        if found is not None and not wrong:
            drafts.append(found)
        errors.extend(wrong)
    return drafts, errors


def _row(number: int, row: Mapping[str, str], plants: Mapping[str, UUID]) -> tuple[Draft | None, list[RowError]]:
    wrong: list[RowError] = []

    def complain(key: str, what: str, **values: Any) -> None:
        heading = _HEADING[key]
        wrong.append(RowError(row=number, column=key, say=_filled(_SAY[what], heading), values=values))

    get = row.get
    for key in ("name", "support_name", *_WORDS):
        if len(get(key) or "") > 50:
            complain(key, "long")
    for key in ("name", "plant", "terminated"):
        if not get(key):
            complain(key, "required")
    if get("plant") and get("plant") not in plants:
        complain("plant", "plant", value=get("plant"))
    unit = unit_of(get("unit") or "")
    if get("unit") and unit is None:
        choices = ", ".join(_choices(symbol) for symbol in SYMBOLS.values())
        complain("unit", "unit", value=get("unit"), choices=choices)
    ends = (get("terminated") or "").lower()
    if ends and ends not in YES | NO:
        complain("terminated", "yes_no")
    amount = _amount(get("amount") or "")
    if get("parent_name") and not get("amount"):
        complain("amount", "required")
    elif get("amount") and amount is None:
        complain("amount", "amount")
    if wrong:
        return None, wrong
    part = PartInput(
        plant_id=plants[row["plant"]],
        name=row["name"],
        support_name=get("support_name") or None,
        unit=unit,
        terminated=ends in YES,
        **{key: get(key) or None for key in _WORDS},
    )
    parent = (row["parent_name"], get("parent_support_name") or "") if get("parent_name") else None
    return Draft(row=number, parent=parent, part=part, amount=amount), []


def _choices(symbol: Text) -> str:
    return symbol.ja if symbol.ja == symbol.en else f"{symbol.ja} ({symbol.en})"


def unit_of(text: str) -> AmountUnit | None:
    """The unit that a cell names, by its sign as pages show it or by its name on the wire; None for any other text."""
    return _UNITS.get(unicodedata.normalize("NFKC", text).strip().casefold())


def _filled(say: Text, heading: Text) -> Text:
    return Text(ja=say.ja.replace("{heading}", heading.ja), en=say.en.replace("{heading}", heading.en))


def _amount(text: str) -> Decimal | None:
    amount = typed(text)
    return amount if amount is not None and is_amount(amount) else None
