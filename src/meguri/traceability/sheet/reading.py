"""From a file to drafts of parts (pure): every broken row is named, none is dropped."""

import csv
import io
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

import msgspec
from python_calamine import CalamineError, CalamineWorkbook

from meguri.kernel.errors import FieldError, Invalid
from meguri.kernel.text import Text
from meguri.kernel.units import AmountUnit
from meguri.traceability.errors import BadAmount
from meguri.traceability.model import ChildInput, PartInput
from meguri.traceability.sheet.columns import COLUMNS, NO, YES, Column, by_heading
from meguri.traceability.sheet.inspecting import cell_text, inspect
from meguri.traceability.writing import is_amount

MOST_ROWS = 100_000
_HEADING = {column.key: column.heading for column in COLUMNS}
_WORDS = ("label", "info1", "info2", "info3")


class SheetUnreadable(Invalid):
    """The file is not a table that can be read."""

    code = "traceability.sheet_unreadable"
    say = Text(
        ja="ファイルを読み取れません。CSV（UTF-8 または Shift_JIS）か XLSX で保存し直してください。",
        en="The file cannot be read. Please save it as CSV (UTF-8 or Shift_JIS) or XLSX.",
    )


class SheetHeadings(Invalid):
    """A required heading is missing."""

    code = "traceability.sheet_headings"
    say = Text(
        ja="見出しが足りません: {missing}。見本をダウンロードして、1行目の見出しを合わせてください。",
        en="Headings are missing: {missing}. Please take the first row from the template.",
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
    "amount": BadAmount.say,
    "twice": Text(
        ja="{other}行目と同じ部品です。1行にまとめてください。", en="The same part as in row {other}. Keep one row."
    ),
}


def read_rows(content: bytes, columns: Sequence[Column] = COLUMNS) -> list[dict[str, str]]:
    """The rows of a CSV or XLSX file by column key.

    Raises SheetUnreadable, SheetHeadings, SheetTooLong, and what `inspecting.inspect` finds.
    """
    inspect(content)
    table = _xlsx(content) if content[:4] == b"PK\x03\x04" else _csv(content)
    if not table:
        raise SheetUnreadable
    if len(table) - 1 > MOST_ROWS:
        raise SheetTooLong(most=MOST_ROWS)
    headings = by_heading(columns)
    keys = [headings.get(cell.strip().lower()) for cell in table[0]]
    missing = [column.heading for column in columns if column.required and column.key not in keys]
    if missing:
        raise SheetHeadings(missing=", ".join(f"{text.ja} ({text.en})" for text in missing))
    return [{key: cell.strip() for key, cell in zip(keys, row, strict=False) if key} for row in table[1:]]


def _csv(content: bytes) -> list[list[str]]:
    if b"\x00" in content:
        raise SheetUnreadable
    for encoding in ("utf-8-sig", "cp932"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        try:
            return list(csv.reader(io.StringIO(text), strict=True))
        except csv.Error:
            raise SheetUnreadable from None
    raise SheetUnreadable


def _xlsx(content: bytes) -> list[list[str]]:
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        rows = sheet.to_python(skip_empty_area=False)
    except (CalamineError, ValueError, KeyError, OSError, IndexError):
        raise SheetUnreadable from None
    return [[cell_text(value) for value in row] for row in rows]


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
    unit = get("unit") or ""
    if unit and unit not in list(AmountUnit):
        complain("unit", "unit", value=unit, choices=", ".join(AmountUnit))
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
        unit=AmountUnit(unit) if unit else None,
        terminated=ends in YES,
        **{key: get(key) or None for key in _WORDS},
    )
    parent = (row["parent_name"], get("parent_support_name") or "") if get("parent_name") else None
    return Draft(row=number, parent=parent, part=part, amount=amount), []


def _filled(say: Text, heading: Text) -> Text:
    return Text(ja=say.ja.replace("{heading}", heading.ja), en=say.en.replace("{heading}", heading.en))


def _amount(text: str) -> Decimal | None:
    try:
        amount = Decimal(text.replace(",", "").strip())
    except InvalidOperation:
        return None
    return amount if is_amount(amount) else None
