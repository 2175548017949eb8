"""Taking readings, and adding them up."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from meguri.footprint.events import ReadingsTaken
from meguri.footprint.readings import rules, store
from meguri.footprint.readings.errors import BadReading, ReadingsRefused
from meguri.footprint.readings.model import Meter, Reading, ReadingsReport, Total
from meguri.footprint.readings.tables import moment, rows
from meguri.kernel.errors import FieldError, Refusal
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Text
from meguri.storage.transaction import Transaction
from meguri.workbooks.running import aside

COLUMNS = ("source", "meter", "from", "to", "amount", "unit", "evidence")
_UNREADABLE = Text(ja="{line} 行目を読めません: {why}", en="Row {line} cannot be read: {why}")


async def take_readings(tx: Transaction, scope: OperatorScope, given: Sequence[Reading]) -> ReadingsReport:
    """Takes readings, all or none; those that are there already change nothing.

    Raises ReadingsRefused naming every row that overlaps another or is not in form.
    """
    await store.lock(tx, scope)
    faults: list[FieldError] = []
    added: list[Reading] = []
    unchanged = 0
    for (source, meter), mine in _by_meter(given).items():
        present = await store.within(
            tx, scope, source, meter, min(one.starts for _, one in mine), max(one.ends for _, one in mine)
        )
        standing = {one.starts: one for one in present}
        ordered = sorted(mine, key=lambda row: row[1].starts)
        fresh: list[Reading] = []
        for line, reading in ordered:
            if (known := standing.get(reading.starts)) and rules.same(known, reading):
                unchanged += 1
                continue
            try:
                rules.check(reading)
                rules.refuse_overlap(reading, [*_near(present, reading), *fresh[-1:]])
                fresh.append(reading)
            except Refusal as refusal:
                faults.append(FieldError(f"readings[{line}]", refusal.say, refusal.values))
        added += fresh
    if faults:
        raise ReadingsRefused(fields=tuple(faults), count=len(faults))
    if added:
        await store.add(tx, scope, added)
        await tx.record(ReadingsTaken(added=len(added), meters=tuple(sorted({one.meter for one in added}))))
    return ReadingsReport(read=len(given), added=len(added), unchanged=unchanged, rejected=[])


async def take_file(tx: Transaction, scope: OperatorScope, file_name: str, content: bytes) -> ReadingsReport:
    """Readings of a CSV or XLSX file with the columns `COLUMNS`. Raises ReadingsRefused, BadReading."""
    readings: list[Reading] = []
    faults: list[FieldError] = []
    for line, row in await aside(rows, file_name, content, COLUMNS[:-1]):
        try:
            readings.append(_reading(row))
        except (ValueError, InvalidOperation, KeyError) as error:
            faults.append(FieldError(str(line), _UNREADABLE, {"line": line, "why": str(error)}))
    if faults:
        raise ReadingsRefused(fields=tuple(faults), count=len(faults))
    if not readings:
        raise BadReading(field=", ".join(COLUMNS))
    return await take_readings(tx, scope, readings)


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


def _by_meter(given: Sequence[Reading]) -> dict[tuple[str, str], list[tuple[int, Reading]]]:
    found: dict[tuple[str, str], list[tuple[int, Reading]]] = {}
    for line, reading in enumerate(given):
        found.setdefault((reading.source, reading.meter), []).append((line, reading))
    return found


def _near(present: Sequence[Reading], reading: Reading) -> list[Reading]:
    return [one for one in present if one.starts < reading.ends and reading.starts < one.ends]


def _reading(row: dict[str, Any]) -> Reading:
    return Reading(
        source=str(row["source"]).strip(),
        meter=str(row["meter"]).strip(),
        starts=moment(row["from"]),
        ends=moment(row["to"]),
        amount=Decimal(str(row["amount"]).strip().replace(",", "")),
        unit=str(row["unit"]).strip(),
        evidence=str(row.get("evidence") or "").strip() or None,
    )
