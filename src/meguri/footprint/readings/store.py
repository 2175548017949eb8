"""The only caller of this SQL."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import msgspec

from meguri.footprint.readings.model import Meter, Reading
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage.queries import load_queries
from meguri.storage.transaction import Transaction

queries = load_queries(__package__)


async def lock(tx: Transaction, scope: OperatorScope) -> None:
    """Readings of a company come in one file after another."""
    await tx.run(queries.lock, key=f"footprint.readings.{scope.operator_id}")


async def within(
    tx: Transaction, scope: OperatorScope, source: str, meter: str, starts: datetime, ends: datetime
) -> list[Reading]:
    """Readings that touch a time, in order."""
    rows = await tx.all(
        queries.within, operator_id=scope.operator_id, source=source, meter=meter, starts=starts, ends=ends
    )
    names = ("source", "meter", "starts", "ends", "amount", "unit", "evidence")
    return [Reading(**dict(zip(names, row, strict=True))) for row in rows]


async def add(tx: Transaction, scope: OperatorScope, readings: Sequence[Reading]) -> None:
    """Keeps readings."""
    rows = [
        {name: getattr(one, name) for name in Reading.__struct_fields__} | {"offset_minutes": _offset(one.starts)}
        for one in readings
    ]
    text = msgspec.json.encode(rows).decode()
    await tx.run(queries.add, operator_id=scope.operator_id, rows=text, now=clock.now())


async def offsets(
    tx: Transaction, scope: OperatorScope, source: str, meter: str, first: date, last: date
) -> tuple[timedelta, timedelta]:
    """How far the meter's clock is ahead of UTC at the beginning of `first` and at the end of `last`."""
    ends = last + timedelta(days=1)
    row = await tx.one(
        queries.offsets, operator_id=scope.operator_id, source=source, meter=meter, starts=first, ends=ends
    )
    start, end = (timedelta(minutes=minutes or 0) for minutes in row or (0, 0))
    return start, end


async def meters(tx: Transaction, scope: OperatorScope) -> list[Meter]:
    """Meters that have readings."""
    return await tx.all(queries.meters, Meter, operator_id=scope.operator_id)


def _offset(moment: datetime) -> int:
    return int((moment.utcoffset() or timedelta()).total_seconds() // 60)
