"""Do readings fit beside each other, and what do they add up to? (pure)"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from meguri.footprint.calculation.figures import ZERO, at_least, precise
from meguri.footprint.calculation.units import convert, unit_named
from meguri.footprint.readings.errors import BadReading, ReadingsOverlap
from meguri.footprint.readings.model import Gap, Reading, Total


def check(reading: Reading) -> None:
    """Raises BadReading, UnitUnknown, OutOfRange, ValueInvalid."""
    if not reading.source.strip() or not reading.meter.strip():
        raise BadReading(field="source / meter")
    if reading.starts.tzinfo is None or reading.ends.tzinfo is None:
        raise BadReading(field="from / to")
    if reading.ends <= reading.starts:
        raise BadReading(field="to")
    at_least("amount", reading.amount)
    unit_named(reading.unit)


def same(first: Reading, second: Reading) -> bool:
    """Whether two readings of one meter say the same."""
    return (first.starts, first.ends, first.amount, first.unit) == (
        second.starts,
        second.ends,
        second.amount,
        second.unit,
    )


def refuse_overlap(reading: Reading, others: Iterable[Reading]) -> None:
    """Raises ReadingsOverlap if the reading shares a time with another of its meter."""
    for other in others:
        if reading.starts < other.ends and other.starts < reading.ends:
            raise ReadingsOverlap(meter=reading.meter, starts=reading.starts.isoformat(), ends=reading.ends.isoformat())


@precise
def total_of(readings: Sequence[Reading], starts: datetime, ends: datetime, unit: str) -> Total:
    """The sum over [starts, ends). A reading that reaches beyond counts by its share of time, and the period is then not
    wholly covered by readings of its own. `readings` are of one meter, in order. Raises UnitIncompatible.
    """
    amount, at, gaps, whole = ZERO, starts, [], True
    for reading in readings:
        begin, end = max(reading.starts, starts), min(reading.ends, ends)
        if begin > at:
            gaps.append(Gap(starts=at, ends=begin))
        within = _seconds(begin, end) / _seconds(reading.starts, reading.ends)
        whole = whole and within == 1
        amount += convert(reading.amount, reading.unit, unit) * within
        at = max(at, end)
    if at < ends:
        gaps.append(Gap(starts=at, ends=ends))
    return Total(
        amount=amount,
        unit=unit,
        readings=len(readings),
        covered=whole and not gaps,
        gaps=gaps,
        seconds=_seconds(starts, ends),
    )


def _seconds(starts: datetime, ends: datetime) -> Decimal:
    return Decimal(str((ends - starts).total_seconds()))
