"""Meters as primary data: an October of hours, gaps named, overlaps refused, the same file once."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from tests.chain import Company, company
from tests.footprint.worksheets.helpers import PIECE, D, factor, line, sheet

from meguri.footprint.calculation.activity import Kind
from meguri.footprint.calculation.electricity import Instrument, InstrumentKind
from meguri.footprint.calculation.errors import OutOfRange, UnitIncompatible
from meguri.footprint.factors import add_factor
from meguri.footprint.readings import Reading, meters, take_file, take_readings, total_over
from meguri.footprint.readings.errors import ReadingsRefused
from meguri.footprint.worksheets import service
from meguri.footprint.worksheets.model import Worksheet
from meguri.storage.database import Database

pytestmark = pytest.mark.anyio
START = datetime(2025, 10, 1, tzinfo=UTC)
END = datetime(2025, 11, 1, tzinfo=UTC)


def hours(left_out: tuple[int, ...] = ()) -> list[Reading]:
    """744 hours that add up to 12,000 kWh exactly."""
    each, last = Decimal("16.129"), Decimal(12000) - 743 * Decimal("16.129")
    return [
        Reading(
            source="meter",
            meter="main",
            starts=START + timedelta(hours=n),
            ends=START + timedelta(hours=n + 1),
            amount=last if n == 743 else each,
            unit="kWh",
        )
        for n in range(744)
        if n not in left_out
    ]


async def plant(river: Database) -> tuple[Company, Worksheet]:
    us = await company(river, "工場")
    for name, value in (("grid", "0.434"), ("residual", "0.503")):
        await us.run(add_factor, factor(name, value, "kWh"))
    await us.part("cell", ends=True, unit=PIECE)
    instruments = [
        Instrument(id="roof", kind=InstrumentKind.ON_SITE_DIRECT, kwh=D(2000), factor=D("0.05")),
        Instrument(id="ppa", kind=InstrumentKind.PPA_PHYSICAL, kwh=D(6000), factor=D(0), cancelled=True),
    ]
    electricity = line(
        "electricity", None, "grid", kind=Kind.ELECTRICITY, unit="kWh", stage="main", source="meter", meter="main",
        instruments=instruments, residual_factor_id="residual",
    )  # fmt: skip
    made = await sheet(
        us, "cell", electricity, output=D(1000), pack_id="eu-draft-2024", period_start=date(2025, 10, 1),
        period_end=date(2025, 10, 31),
    )  # fmt: skip
    return us, made


async def test_an_october_of_hourly_readings_is_primary_data(river: Database) -> None:
    us, made = await plant(river)
    report = await us.run(take_readings, hours())
    assert (report.read, report.added, report.unchanged) == (744, 744, 0)
    found = await us.run(service.figures, made.worksheet_id)
    assert (found.total, found.other_mode_total) == (D("4.44"), D("2.112"))
    assert found.primary_percent == 100
    assert "estimated_reading" not in found.flags


async def test_two_missing_hours_are_named_and_the_primary_share_falls(river: Database) -> None:
    us, made = await plant(river)
    await us.run(take_readings, hours((100, 500)))
    total = await us.run(total_over, "meter", "main", START, END, "kWh")
    assert not total.covered
    assert [(gap.starts, gap.ends) for gap in total.gaps] == [
        (START + timedelta(hours=n), START + timedelta(hours=n + 1)) for n in (100, 500)
    ]
    found = await us.run(service.figures, made.worksheet_id)
    assert "estimated_reading" in found.flags
    assert found.primary_percent == 0
    assert found.lines[0].primary is False


async def test_the_same_file_twice_changes_nothing(river: Database) -> None:
    us, _ = await plant(river)
    rows = ["source,meter,from,to,amount,unit,evidence"]
    rows += [
        f"{r.source},{r.meter},{r.starts.isoformat()},{r.ends.isoformat()},{r.amount},{r.unit},bill" for r in hours()
    ]
    text = "\n".join(rows).encode()
    first = await us.run(take_file, "october.csv", text)
    second = await us.run(take_file, "october.csv", text)
    assert (first.added, first.unchanged) == (744, 0)
    assert (second.added, second.unchanged) == (0, 744)
    (meter,) = await us.run(meters)
    assert (meter.readings, meter.first, meter.last) == (744, START, END)


async def test_overlaps_are_refused_row_by_row_and_nothing_is_taken(river: Database) -> None:
    us, _ = await plant(river)
    await us.run(take_readings, hours()[:10])
    clash = Reading(
        source="meter", meter="main", starts=START + timedelta(minutes=30), ends=START + timedelta(minutes=90),
        amount=D(1), unit="kWh",
    )  # fmt: skip
    negative = Reading(source="meter", meter="other", starts=START, ends=END, amount=D(-1), unit="kWh")
    with pytest.raises(ReadingsRefused) as refused:
        await us.run(take_readings, [hours()[20], clash, negative])
    assert [one.field for one in refused.value.fields] == ["readings[1]", "readings[2]"]
    assert (await us.run(meters))[0].readings == 10
    assert refused.value.fields[1].say == OutOfRange.say


async def test_units_are_converted_on_purpose(river: Database) -> None:
    us, _ = await plant(river)
    gas = Reading(source="invoice", meter="gas", starts=START, ends=END, amount=D(36), unit="MJ", evidence="bill 7")
    await us.run(take_readings, [gas])
    assert (await us.run(total_over, "invoice", "gas", START, END, "kWh")).amount == 10
    with pytest.raises(UnitIncompatible):
        await us.run(total_over, "invoice", "gas", START, END, "kg")
    half = await us.run(total_over, "invoice", "gas", START, START + (END - START) / 2, "MJ")
    assert (half.amount, half.covered) == (18, False)
