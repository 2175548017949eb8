"""Birth records: end-of-line capacity, resistance and open-circuit voltage per cell or pack, so that references need no default."""

import csv
import hashlib
import io
from datetime import date
from math import isfinite

from meguri.health import store
from meguri.health.errors import BadEncoding, ColumnMissing, EmptyInput
from meguri.health.events import BirthsImported
from meguri.health.model import Level
from meguri.health.views import Birth, BirthsReport, RowError
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Text
from meguri.storage.transaction import Transaction

REQUIRED = ("serial", "level", "capacity_ah", "measured_on")
OPTIONAL = ("resistance_ohm", "ocv_volt")
_MOST_ERRORS = 100
_SAY = {
    "REQUIRED": Text(ja="値が必要です。", en="A value is needed."),
    "BAD_VALUE": Text(ja="正の数を入力してください。", en="Please give a positive number."),
    "BAD_LEVEL": Text(ja="cell・module・pack・system から選んでください。", en="Please give cell, module, pack or system."),
    "BAD_DATE": Text(ja="日付は YYYY-MM-DD で入力してください。", en="Please give a date as YYYY-MM-DD."),
    "TWICE": Text(ja="同じ serial が 2 回あります。", en="This serial is there twice."),
}  # fmt: skip


async def import_births(
    tx: Transaction, scope: OperatorScope, data: bytes, *, keep_good_rows: bool = False
) -> BirthsReport:
    """Import a CSV with the columns serial, level, capacity_ah, measured_on, and where known resistance_ohm, ocv_volt.

    With a bad row nothing is kept, unless the person says that good rows are to be kept. A serial that is known stays
    as it was. Raises EmptyInput, BadEncoding, ColumnMissing.
    """
    digest = hashlib.sha256(data).hexdigest()
    good, errors, rows = _read(data, digest)
    if not rows:
        raise EmptyInput
    added = await store.add_births(tx, scope, good, digest) if good and (keep_good_rows or not errors) else 0
    kept = len(good) if keep_good_rows or not errors else 0
    if added:
        await tx.record(BirthsImported(sha256=digest, rows=rows, added=added))
    return BirthsReport(sha256=digest, rows=rows, added=added, known=kept - added, errors=errors[:_MOST_ERRORS])


async def birth(tx: Transaction, scope: OperatorScope, serial: str) -> Birth | None:
    """The end-of-line measurement of a serial."""
    return await store.birth(tx, scope, serial)


async def births(tx: Transaction, scope: OperatorScope, limit: int = 50, after: str | None = None) -> list[Birth]:
    """End-of-line measurements by serial."""
    return await store.births(tx, scope, limit, after)


def _read(data: bytes, digest: str) -> tuple[list[Birth], list[RowError], int]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise BadEncoding(detail=f"byte {problem.start}") from None
    table = csv.DictReader(io.StringIO(text, newline=""))
    names = [name.strip() for name in table.fieldnames or []]
    table.fieldnames = names
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise ColumnMissing(columns=", ".join(missing), nearest=", ".join(names) or "–")
    good: list[Birth] = []
    errors: list[RowError] = []
    seen: set[str] = set()
    rows = 0
    for rows, row in enumerate(table, 1):
        found = _birth({name: (row.get(name) or "").strip() for name in names}, rows, digest, seen, errors)
        if found is not None:
            good.append(found)
    return good, errors, rows


def _birth(
    row: dict[str, str], number: int, digest: str, seen: set[str], errors: list[RowError]
) -> Birth | None:  # fmt: skip
    wrong = [
        (column, code) for column in (*REQUIRED, *OPTIONAL) if (code := _problem(column, row.get(column, ""), seen))
    ]
    for column, code in wrong:
        say = _SAY[code]
        errors.append(RowError(number, column, row.get(column, "")[:80], code, say.ja, say.en))
    if wrong:
        return None
    seen.add(row["serial"])
    return Birth(
        serial=row["serial"][:200],
        level=Level(row["level"]),
        capacity_ah=float(row["capacity_ah"]),
        resistance_ohm=float(row["resistance_ohm"]) if row.get("resistance_ohm") else None,
        ocv_volt=float(row["ocv_volt"]) if row.get("ocv_volt") else None,
        measured_on=date.fromisoformat(row["measured_on"]),
        sha256=digest,
        row=number,
    )


def _problem(column: str, value: str, seen: set[str]) -> str | None:
    if not value:
        return "REQUIRED" if column in REQUIRED else None
    if column == "serial":
        return "TWICE" if value in seen else None
    if column == "level":
        return None if value in Level._value2member_map_ else "BAD_LEVEL"
    if column == "measured_on":
        return None if _is_date(value) else "BAD_DATE"
    return None if _is_positive(value) else "BAD_VALUE"


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_positive(value: str) -> bool:
    try:
        number = float(value)
    except ValueError:
        return False
    return isfinite(number) and number > 0
