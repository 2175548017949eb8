"""Lots as a table of text: read with every error by row and column, written so that no spreadsheet runs what it holds.

Columns: lot_no, kind, site_id, created_at, mass_wet_kg, moisture_pct, re_class, main_chemistry, waste_code, is_waste,
passport_ids (separated by ;), country_collected. UTF-8 with or without byte order mark, or Shift_JIS (CP932).
"""

import csv
import io
from collections.abc import Iterable
from datetime import UTC
from typing import Any

import msgspec

from meguri.kernel.numbers import plain
from meguri.recycling.records import Lot, Receipt
from meguri.recycling.tables import Reader, Row, RowError, ZoneOf, decoded, rows_of, safe

__all__ = ["COLUMNS", "MOST_WRITTEN", "ReadSheet", "RowError", "decoded", "read", "safe", "written"]
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
MOST_WRITTEN = 10_000
NEEDED = ("lot_no", "kind", "site_id", "created_at", "mass_wet_kg")


class ReadSheet(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says (row → delivery), and what is wrong with it; with any error nothing is booked."""

    receipts: dict[int, Receipt]
    errors: list[RowError]


def read(raw: bytes, zone_of: ZoneOf = lambda _: UTC) -> ReadSheet:
    """Every row as a delivery, or every error. Raises UnusableInput for what is no such table."""
    reader = Reader(zone_of=zone_of)
    receipts: dict[int, Receipt] = {}
    seen: set[tuple[str, str]] = set()
    for number, row in rows_of(raw, NEEDED):
        found = _receipt(number, row, reader)
        if found is None:
            continue
        key = (str(found.site_id), found.lot.lot_no)
        if key in seen:
            reader.no(number, "lot_no", found.lot.lot_no, "twice")
        seen.add(key)
        receipts[number] = found
    return ReadSheet(receipts=receipts, errors=reader.errors)


def _receipt(number: int, row: Row, reader: Reader) -> Receipt | None:
    before = len(reader.errors)
    reader.needed(number, row, NEEDED)
    lot: dict[str, Any] = {name: row[name] for name in ("lot_no", "kind") if row.get(name)}
    for name in ("mass_wet_kg", "moisture_pct"):
        if (found := reader.number(number, row, name)) is not None:
            lot[name] = found
    for name in ("re_class", "main_chemistry", "waste_code", "country_collected"):
        if row.get(name):
            lot[name] = row[name]
    lot["is_waste"] = reader.yes(number, row, "is_waste")
    lot["passports"] = [one.strip() for one in row.get("passport_ids", "").split(";") if one.strip()]
    at = reader.moment(number, row, "created_at")
    if len(reader.errors) > before:
        return None
    return reader.made(number, row, {"site_id": row["site_id"], "at": at, "lot": lot}, Receipt, _column)


def _column(field: str) -> str:
    name = field.removeprefix("lot.").partition("[")[0]
    return {"at": "created_at", "passports": "passport_ids"}.get(name, name if name in COLUMNS else "lot_no")


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
