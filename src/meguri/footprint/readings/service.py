"""Taking readings, and adding them up."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import python_calamine

from meguri.footprint.events import ReadingsTaken
from meguri.footprint.readings import rules, store
from meguri.footprint.readings.errors import BadReading, ReadingsRefused
from meguri.footprint.readings.model import Meter, Reading, ReadingsReport, Total
from meguri.kernel.errors import FieldError, Refusal
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Text
from meguri.storage.transaction import Transaction

COLUMNS = ("source", "meter", "from", "to", "amount", "unit", "evidence")
MOST = 200_000
_UNREADABLE = Text(ja="{line} 行目を読めません: {why}", en="Row {line} cannot be read: {why}")


async def take_readings(tx: Transaction, scope: OperatorScope, given: Sequence[Reading]) -> ReadingsReport:
    """Takes readings, all or none; those that are there already change nothing.

    Raises ReadingsRefused naming every row that overlaps another or is not in form.
    """
    await store.lock(tx, scope)
    faults: list[FieldError] = []
    added: list[Reading] = []
    unchanged = 0
    for (source, meter), rows in _by_meter(given).items():
        present = await store.within(
            tx, scope, source, meter, min(one.starts for _, one in rows), max(one.ends for _, one in rows)
        )
        standing = {one.starts: one for one in present}
        ordered = sorted(rows, key=lambda row: row[1].starts)
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
    for line, row in _rows(file_name, content):
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


def _rows(file_name: str, content: bytes) -> Iterator[tuple[int, dict[str, Any]]]:
    table: list[list[Any]]
    if file_name.lower().endswith(".xlsx"):
        try:
            table = (
                python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
            )
        except Exception as error:  # calamine raises kinds of its own
            raise BadReading(field=f"{file_name}: {error}") from None
    else:
        try:
            table = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
        except (UnicodeDecodeError, csv.Error):
            raise BadReading(field=file_name) from None
    head = [str(cell).strip().lower() for cell in table[0]] if table else []
    if not set(COLUMNS[:-1]) <= set(head):
        raise BadReading(field=", ".join(name for name in COLUMNS[:-1] if name not in head))
    for line, row in enumerate(table[1 : MOST + 1], start=2):
        if any(str(cell).strip() for cell in row):
            yield line, dict(zip(head, row, strict=False))


def _reading(row: dict[str, Any]) -> Reading:
    return Reading(
        source=str(row["source"]).strip(),
        meter=str(row["meter"]).strip(),
        starts=_moment(row["from"]),
        ends=_moment(row["to"]),
        amount=Decimal(str(row["amount"]).strip().replace(",", "")),
        unit=str(row["unit"]).strip(),
        evidence=str(row.get("evidence") or "").strip() or None,
    )


def _moment(cell: Any) -> datetime:
    found = cell if isinstance(cell, datetime) else datetime.fromisoformat(str(cell).strip().replace("/", "-"))
    return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
