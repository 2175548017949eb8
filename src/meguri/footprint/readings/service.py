"""Taking readings, and adding them up."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from meguri.footprint.events import ReadingsTaken
from meguri.footprint.readings import rules, store
from meguri.footprint.readings.errors import NoReadings, ReadingsRefused
from meguri.footprint.readings.model import Meter, Reading, ReadingsReport, Total
from meguri.footprint.readings.tables import moment, rows
from meguri.kernel.errors import FieldError, Refusal
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Text
from meguri.storage.transaction import Transaction
from meguri.workbooks.running import aside

COLUMNS = ("source", "meter", "from", "to", "amount", "unit", "evidence")
_WRONG = {
    "moment": Text(
        ja="{line} 行目の {column}「{cell}」は日時として読めません。2025-10-01T09:00:00+09:00 のように入力してください。",
        en="Row {line}: {column} “{cell}” cannot be read as a moment. Please write it like 2025-10-01T09:00:00+09:00.",
    ),
    "number": Text(
        ja="{line} 行目の {column}「{cell}」は数値として読めません。12.5 のように入力してください。",
        en="Row {line}: {column} “{cell}” cannot be read as a number. Please write it like 12.5.",
    ),
}


async def take_readings(tx: Transaction, scope: OperatorScope, given: Sequence[Reading]) -> ReadingsReport:
    """Takes readings, all or none; those that are there already change nothing.

    Raises ReadingsRefused naming every row that overlaps another or is not in form.
    """
    return await _take(tx, scope, {f"readings[{place}]": reading for place, reading in enumerate(given)}, {})


async def _take(
    tx: Transaction, scope: OperatorScope, given: Mapping[str, Reading], unread: Mapping[str, FieldError]
) -> ReadingsReport:
    """Readings by where they stand, beside what could not be read at all: one refusal names everything."""
    await store.lock(tx, scope)
    faults = dict(unread) | _faults_of_form(given)
    added: list[Reading] = []
    unchanged = 0
    sound = {where: reading for where, reading in given.items() if where not in faults}
    for (source, meter), mine in _by_meter(sound).items():
        present = await store.within(
            tx, scope, source, meter, min(one.starts for _, one in mine), max(one.ends for _, one in mine)
        )
        standing = {one.starts: one for one in present}
        ordered = sorted(mine, key=lambda row: row[1].starts)
        fresh: list[Reading] = []
        for where, reading in ordered:
            if (known := standing.get(reading.starts)) and rules.same(known, reading):
                unchanged += 1
                continue
            try:
                rules.refuse_overlap(reading, [*_near(present, reading), *fresh[-1:]])
                fresh.append(reading)
            except Refusal as refusal:
                faults[where] = FieldError(where, refusal.say, refusal.values)
        added += fresh
    if faults:
        named = [faults[where] for where in sorted(faults, key=_place)]
        raise ReadingsRefused(fields=tuple(named), count=len(named))
    if added:
        await store.add(tx, scope, added)
        await tx.record(ReadingsTaken(added=len(added), meters=tuple(sorted({one.meter for one in added}))))
    return ReadingsReport(read=len(given), added=len(added), unchanged=unchanged, rejected=[])


async def take_file(tx: Transaction, scope: OperatorScope, file_name: str, content: bytes) -> ReadingsReport:
    """Readings of a CSV or XLSX file with the columns `COLUMNS`. Raises ReadingsRefused, BadReading."""
    readings: dict[str, Reading] = {}
    unread: dict[str, FieldError] = {}
    for line, row in await aside(rows, file_name, content, COLUMNS[:-1]):
        found = _reading(line, row)
        if isinstance(found, FieldError):
            unread[str(line)] = found
        else:
            readings[str(line)] = found
    if not readings and not unread:
        raise NoReadings(field=file_name)
    return await _take(tx, scope, readings, unread)


async def readings_of(
    tx: Transaction, scope: OperatorScope, source: str, meter: str, starts: datetime, ends: datetime
) -> list[Reading]:
    """Readings of a meter that touch a time."""
    return await store.within(tx, scope, source, meter, starts, ends)


async def total_over(
    tx: Transaction, scope: OperatorScope, source: str, meter: str, starts: datetime, ends: datetime, unit: str
) -> Total:
    """What a meter counted in a time, in `unit`, with the gaps. Raises UnitIncompatible."""
    found = await store.within(tx, scope, source, meter, starts, ends)
    return rules.total_of(found, starts, ends, unit)


async def total_of_days(
    tx: Transaction, scope: OperatorScope, source: str, meter: str, first: date, last: date, unit: str
) -> Total:
    """What a meter counted from the first to the last day, as days go at the meter. Raises UnitIncompatible."""
    starts, ends = await _days(tx, scope, source, meter, first, last)
    return await total_over(tx, scope, source, meter, starts, ends, unit)


async def readings_of_days(
    tx: Transaction, scope: OperatorScope, source: str, meter: str, first: date, last: date
) -> list[Reading]:
    """Readings that lie within the days, as days go at the meter."""
    starts, ends = await _days(tx, scope, source, meter, first, last)
    found = await store.within(tx, scope, source, meter, starts, ends)
    return [one for one in found if starts <= one.starts and one.ends <= ends]


async def _days(
    tx: Transaction, scope: OperatorScope, source: str, meter: str, first: date, last: date
) -> tuple[datetime, datetime]:
    ahead = await store.offsets(tx, scope, source, meter, first, last)
    starts = datetime.combine(first, time.min, UTC) - ahead[0]
    return starts, datetime.combine(last + timedelta(days=1), time.min, UTC) - ahead[1]


async def meters(tx: Transaction, scope: OperatorScope) -> list[Meter]:
    """Meters that have readings."""
    return await store.meters(tx, scope)


def _by_meter(given: Mapping[str, Reading]) -> dict[tuple[str, str], list[tuple[str, Reading]]]:
    found: dict[tuple[str, str], list[tuple[str, Reading]]] = {}
    for where, reading in given.items():
        found.setdefault((reading.source, reading.meter), []).append((where, reading))
    return found


def _place(where: str) -> int:
    return int(where.removeprefix("readings[").rstrip("]"))


def _near(present: Sequence[Reading], reading: Reading) -> list[Reading]:
    return [one for one in present if one.starts < reading.ends and reading.starts < one.ends]


def _faults_of_form(given: Mapping[str, Reading]) -> dict[str, FieldError]:
    faults = {}
    for where, reading in given.items():
        try:
            rules.check(reading)
        except Refusal as refusal:
            faults[where] = FieldError(where, refusal.say, refusal.values)
    return faults


def _reading(line: int, row: Mapping[str, Any]) -> Reading | FieldError:
    """A row of a file, or what cannot be read in it."""
    read: dict[str, Any] = {}
    for column, kind in _READ.items():
        cell = row.get(column, "")
        try:
            read[column] = kind[1](cell)
        except (ValueError, ArithmeticError):
            return FieldError(str(line), _WRONG[kind[0]], {"line": line, "column": column, "cell": str(cell)})
    return Reading(
        source=str(row["source"]).strip(),
        meter=str(row.get("meter", "")).strip(),
        starts=read["from"],
        ends=read["to"],
        amount=read["amount"],
        unit=str(row.get("unit", "")).strip(),
        evidence=str(row.get("evidence") or "").strip() or None,
    )


def _number(cell: Any) -> Decimal:
    return Decimal(str(cell).strip().replace(",", ""))


_READ: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "from": ("moment", moment),
    "to": ("moment", moment),
    "amount": ("number", _number),
}
