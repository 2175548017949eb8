"""Lots as a table of text: read with every error by row and column, written so that no spreadsheet runs what it holds.

Columns: lot_no, kind, site_id, created_at, mass_wet_kg, moisture_pct, re_class, main_chemistry, waste_code, is_waste,
passport_ids (separated by ;), country_collected. UTF-8 with or without byte order mark, or Shift_JIS (CP932).
"""

import csv
import io
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from meguri.kernel.numbers import plain
from meguri.kernel.text import Text
from meguri.recycling.errors import UnusableInput
from meguri.recycling.records import Lot, Receipt

COLUMNS = (
    "lot_no",
    "kind",
    "site_id",
    "created_at",
    "mass_wet_kg",
    "moisture_pct",
    "re_class",
    "main_chemistry",
    "waste_code",
    "is_waste",
    "passport_ids",
    "country_collected",
)
NEEDED = ("lot_no", "kind", "site_id", "created_at", "mass_wet_kg")
MOST_BYTES = 20 << 20
MOST_ROWS = 10_000
_SAY = {
    "missing": Text(ja="値がありません。", en="is missing."),
    "number": Text(ja="数値が必要です(小数点は「.」)。", en="must be a number with a decimal point."),
    "yes": Text(ja="true か false が必要です。", en="must be true or false."),
    "value": Text(ja="この値は使えません: {detail}", en="cannot be used: {detail}"),
    "twice": Text(ja="同じ拠点に同じ番号の行があります。", en="another row has the same number and site."),
}


class RowError(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong in one place of a file; rows count from 2, the head is row 1."""

    row: int
    column: str
    value: str
    code: str
    text_ja: str
    text_en: str


class ReadSheet(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says, and what is wrong with it; with any error nothing is booked."""

    receipts: list[Receipt]
    errors: list[RowError]


def decoded(raw: bytes) -> str:
    """The text of a file: UTF-8, else CP932. Raises UnusableInput naming the byte that is neither."""
    if len(raw) > MOST_BYTES:
        raise UnusableInput(detail=f"> {MOST_BYTES >> 20} MB")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode("cp932")
    except UnicodeDecodeError as error:
        raise UnusableInput(detail=f"byte {error.start}: UTF-8, Shift_JIS?") from None


def read(raw: bytes) -> ReadSheet:
    """Every row as a delivery, or every error. Raises UnusableInput for what is no such table."""
    rows = csv.DictReader(io.StringIO(decoded(raw), newline=""))
    missing = [name for name in NEEDED if name not in (rows.fieldnames or [])]
    if missing:
        raise UnusableInput(detail=f"columns: {', '.join(missing)}")
    receipts: list[Receipt] = []
    errors: list[RowError] = []
    seen: set[tuple[str, str]] = set()
    try:
        for number, row in enumerate(rows, start=2):
            if number > MOST_ROWS + 1:
                raise UnusableInput(detail=f"> {MOST_ROWS:,} rows")
            found = _receipt(number, {k: (v or "").strip() for k, v in row.items() if isinstance(k, str)}, errors)
            if found is None:
                continue
            key = (str(found.site_id), found.lot.lot_no)
            if key in seen:
                errors.append(_error(number, "lot_no", found.lot.lot_no, "twice"))
            seen.add(key)
            receipts.append(found)
    except csv.Error as error:
        raise UnusableInput(detail=str(error)) from None
    return ReadSheet(receipts=receipts, errors=errors)


def _receipt(number: int, row: dict[str, str], errors: list[RowError]) -> Receipt | None:
    before = len(errors)
    errors += [_error(number, name, "", "missing") for name in NEEDED if not row.get(name)]
    lot: dict[str, Any] = {name: row[name] for name in ("lot_no", "kind") if row.get(name)}
    for name in ("mass_wet_kg", "moisture_pct"):
        if row.get(name):
            lot[name] = _number(number, name, row[name], errors)
    for name in ("re_class", "main_chemistry", "waste_code", "country_collected"):
        if row.get(name):
            lot[name] = row[name]
    if row.get("is_waste"):
        if row["is_waste"].lower() not in ("true", "false", "1", "0"):
            errors.append(_error(number, "is_waste", row["is_waste"], "yes"))
        lot["is_waste"] = row["is_waste"].lower() in ("true", "1")
    lot["passports"] = [one.strip() for one in row.get("passport_ids", "").split(";") if one.strip()]
    if len(errors) > before:
        return None
    try:
        return msgspec.convert({"site_id": row["site_id"], "at": row["created_at"], "lot": lot}, Receipt)
    except msgspec.ValidationError as error:
        where = str(error).rpartition("`$")[2].strip("`").lstrip(".").removeprefix("lot.")
        column = {"at": "created_at"}.get(where, where if where in COLUMNS else "lot_no")
        errors.append(_error(number, column, row.get(column, ""), "value", detail=str(error)))
        return None


def _number(number: int, name: str, text: str, errors: list[RowError]) -> str:
    try:
        found = Decimal(text)
        if found.is_finite():
            return text
    except InvalidOperation:
        pass
    errors.append(_error(number, name, text, "number"))
    return "0"


def _error(row: int, column: str, value: str, why: str, **values: object) -> RowError:
    say = _SAY[why]
    return RowError(
        row=row,
        column=column,
        value=value[:100],
        code=why,
        text_ja=say.of("ja", **values),
        text_en=say.of("en", **values),
    )


def written(lots: Iterable[Lot]) -> bytes:
    """Lots as the same table, with a byte order mark; text that looks like a formula begins with an apostrophe."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(COLUMNS)
    for lot in lots:
        table.writerow(
            [
                safe(lot.lot_no),
                lot.kind.value,
                str(lot.site_id),
                lot.created_at.isoformat(),
                plain(lot.mass_wet_kg),
                "" if lot.moisture_pct is None else plain(lot.moisture_pct),
                lot.re_class.value if lot.re_class else "",
                safe(lot.main_chemistry or ""),
                safe(lot.waste_code or ""),
                str(lot.is_waste).lower(),
                safe(";".join(lot.passports)),
                lot.country_collected or "",
            ]
        )
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def safe(text: str) -> str:
    """Text that a spreadsheet would take for a formula, marked as text."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text
