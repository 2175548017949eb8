"""Meters as primary data: an October of hours, gaps named, overlaps refused, the same file once."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import msgspec
import pytest
from tests.chain import Company, company
from tests.footprint.worksheets.helpers import PIECE, D, factor, line, sheet

from meguri.footprint.calculation.activity import Kind
from meguri.footprint.calculation.electricity import Instrument, InstrumentKind
from meguri.footprint.calculation.errors import OutOfRange, UnitIncompatible
from meguri.footprint.factors import add_factor
from meguri.footprint.readings import Reading, meters, take_file, take_readings, total_over
from meguri.footprint.readings.errors import BadReading, ColumnsMissing, FileUnreadable, NoReadings, ReadingsRefused
from meguri.footprint.readings.service import readings_of
from meguri.footprint.worksheets import service
from meguri.footprint.worksheets.by_hour import grid_factors_of, line_by_hour
from meguri.footprint.worksheets.errors import GridFactorsMissing, GridFactorsUneven, GridFactorUnreadable, NotByTheHour
from meguri.footprint.worksheets.model import Worksheet, WorksheetInput
from meguri.storage.database import Database

pytestmark = pytest.mark.anyio
START = datetime(2025, 10, 1, tzinfo=UTC)
END = datetime(2025, 11, 1, tzinfo=UTC)


def hours(left_out: tuple[int, ...] = (), start: datetime = START) -> list[Reading]:
    """744 hours that add up to 12,000 kWh exactly."""
    each, last = Decimal("16.129"), Decimal(12000) - 743 * Decimal("16.129")
    return [
        Reading(
            source="meter",
            meter="main",
            starts=start + timedelta(hours=n),
            ends=start + timedelta(hours=n + 1),
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


async def test_readings_decide_whether_their_line_is_primary(river: Database) -> None:
    us, made = await plant(river)
    plain = msgspec.structs.replace(made.lines[0], primary=False)
    given = {name: getattr(made, name) for name in WorksheetInput.__struct_fields__} | {"lines": [plain]}
    await us.run(service.change, made.worksheet_id, WorksheetInput(**given), if_version=made.version)
    await us.run(take_readings, hours((7,)))
    assert (await us.run(service.figures, made.worksheet_id)).primary_percent == 0
    await us.run(take_readings, hours()[7:8])
    assert (await us.run(service.figures, made.worksheet_id)).primary_percent == 100


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
    (electricity,) = found.lines
    assert (electricity.primary, "estimated_reading" in electricity.flags) == (False, True)
    assert [gap.starts for gap in electricity.gaps or ()] == [START + timedelta(hours=n) for n in (100, 500)]
    # What was not read is taken at the mean of the rest, never as nothing: hour 743 alone differs from the others.
    assert found.total == pytest.approx(D("4.44"), rel=D("0.00001"))


async def test_a_month_is_a_month_by_the_clock_at_the_meter(river: Database) -> None:
    us, made = await plant(river)
    japan = timezone(timedelta(hours=9))
    report = await us.run(take_readings, hours(start=START.replace(tzinfo=japan)))
    assert report.added == 744
    found = await us.run(service.figures, made.worksheet_id)
    assert (found.total, found.primary_percent) == (D("4.44"), 100)
    again = await us.run(take_readings, hours(start=START - timedelta(hours=9)))
    assert (again.added, again.unchanged) == (0, 744)


async def test_moments_are_read_as_spreadsheets_write_them(river: Database) -> None:
    us, _ = await plant(river)
    rows = [
        "source,meter,from,to,amount,unit,evidence",
        "meter,電力計,2025/10/1 0:00,2025/10/1 23:00,23,kWh,",
        "meter,電力計,2025/10/1 23:00,2025/10/1 24:00,1,kWh,",
        "meter,電力計,2025-10-02,2025-10-02T09:30:00+09:00,0.5,kWh,",
    ]
    report = await us.run(take_file, "電力.csv", "\n".join(rows).encode("cp932"))
    assert report.added == 3
    total = await us.run(total_over, "meter", "電力計", START, START + timedelta(hours=24.5), "kWh")
    assert (total.amount, total.covered) == (D("24.5"), True)
    with pytest.raises(ReadingsRefused) as refused:
        await us.run(take_file, "b.csv", "\n".join([rows[0], "meter,m,first of May,2025-10-02,1,kWh,"]).encode())
    assert "first of May" in refused.value.fields[0].of("en")


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


async def test_a_file_is_refused_with_every_wrong_row_by_its_number(river: Database) -> None:
    us, _ = await plant(river)
    rows = [
        "source,meter,from,to,amount,unit,evidence",
        "meter,m,2025-10-01T00:00Z,2025-10-01T01:00Z,5,kWh,",
        "",
        "meter,m,2025-10-01T00:30Z,2025-10-01T01:30Z,5,kWh,",
        "meter,m,soon,2025-10-01T01:00Z,5,kWh,",
        "meter,m,2025-10-02T00:00Z,2025-10-02T01:00Z,NaN,kWh,",
        "meter,m,2025-10-03T00:00Z,2025-10-03T01:00Z,much,kWh,",
        "meter,m,2025-10-04T00:00Z,2025-10-04T01:00Z,-1,kWh,",
        "meter,m,2025-10-05T01:00Z,2025-10-05T00:00Z,1,kWh,",
        "meter,m,2025-10-06T01:00Z,2025-10-06T02:00Z,1,furlong,",
        "meter,m,2025-10-07T01:00Z,2025-10-07T02:00Z",
    ]
    with pytest.raises(ReadingsRefused) as refused:
        await us.run(take_file, "m.csv", "\n".join(rows).encode())
    assert [one.field for one in refused.value.fields] == ["4", "5", "6", "7", "8", "9", "10", "11"]
    assert "「much」は数値として読めません" in refused.value.fields[3].of("ja")
    assert await us.run(meters) == []


async def test_a_moment_without_its_clock_is_refused_beside_others(river: Database) -> None:
    us, _ = await plant(river)
    naive = msgspec.structs.replace(hours()[1], starts=hours()[1].starts.replace(tzinfo=None))
    with pytest.raises(ReadingsRefused) as refused:
        await us.run(take_readings, [hours()[0], naive, hours()[2]])
    assert [one.field for one in refused.value.fields] == ["readings[1]"]


async def test_units_are_converted_on_purpose(river: Database) -> None:
    us, _ = await plant(river)
    gas = Reading(source="invoice", meter="gas", starts=START, ends=END, amount=D(36), unit="MJ", evidence="bill 7")
    await us.run(take_readings, [gas])
    assert (await us.run(total_over, "invoice", "gas", START, END, "kWh")).amount == 10
    with pytest.raises(UnitIncompatible):
        await us.run(total_over, "invoice", "gas", START, END, "kg")
    half = await us.run(total_over, "invoice", "gas", START, START + (END - START) / 2, "MJ")
    assert (half.amount, half.covered) == (18, False)


async def test_contracted_electricity_may_be_matched_hour_by_hour(river: Database) -> None:
    us, made = await plant(river)
    loads = [msgspec.structs.replace(each, amount=D(100)) for each in hours()[:3]]
    plants = [
        msgspec.structs.replace(each, meter="wind", amount=D(amount))
        for each, amount in zip(hours()[:3], (150, 50, 0), strict=True)
    ]
    await us.run(take_readings, [*loads, *plants])
    factors = [D("0.3"), D("0.4"), D("0.5")]
    found = await us.run(line_by_hour, made.worksheet_id, "electricity", ("meter", "wind"), D(0), factors)
    assert (found.hourly, found.annual, found.matched_kwh) == (70, 40, 150)
    assert (found.load_kwh, found.generation_kwh, found.matched_percent) == (300, 200, 50)
    same = await us.run(line_by_hour, made.worksheet_id, "electricity", ("meter", "wind"), D(0))
    assert same.hourly == 150 * D("0.434")
    table = "\n".join(f"2025/10/1 {hour}:00+00:00,{factor}" for hour, factor in enumerate(factors))
    by_file = grid_factors_of("grid.csv", f"from,factor\n{table}".encode())
    assert await us.run(line_by_hour, made.worksheet_id, "electricity", ("meter", "wind"), D(0), by_file) == found
    with pytest.raises(GridFactorsMissing, match="2 hours with a load, the first 2025-10-01T01:00"):
        first = dict([next(iter(by_file.items()))])
        await us.run(line_by_hour, made.worksheet_id, "electricity", ("meter", "wind"), D(0), first)
    for row in ("soon,0.4", "2025-10-01 00:00,much", "2025-10-01 00:00,-1", "2025-10-01 00:00,NaN"):
        with pytest.raises(GridFactorUnreadable, match="Row 2"):
            grid_factors_of("grid.csv", f"from,factor\n{row}".encode())
    with pytest.raises(BadReading, match="factor"):
        grid_factors_of("grid.csv", b"from,value\n2025-10-01,1")
    with pytest.raises(GridFactorsUneven):
        await us.run(line_by_hour, made.worksheet_id, "electricity", ("meter", "wind"), D(0), factors[:2])
    month = Reading(source="invoice", meter="bill", starts=START, ends=END, amount=D(1), unit="kWh")
    await us.run(take_readings, [month])
    with pytest.raises(NotByTheHour):
        await us.run(line_by_hour, made.worksheet_id, "electricity", ("invoice", "bill"), D(0))


JAPANESE = """出所,計測点,開始日時,終了日時,使用量,単位,証憑
電力計,受電,2025-10-01T00:00:00+09:00,2025/10/1 1:00+09:00,1.5,kWh,検針票
"""
TABS = "source\tmeter\tfrom\tto\tamount\tunit\n電力計\t受電\t2025-10-01T00:00+09:00\t2025-10-01T01:00+09:00\t1.5\tkWh\n"
SEMICOLONS = """Unit;Amount;To;From;Meter;Source
kWh;1.5;2025-10-01T01:00+09:00;2025-10-01T00:00+09:00;受電;電力計
"""


@pytest.mark.parametrize("content", [JAPANESE.encode("cp932"), TABS.encode("utf-8-sig"), SEMICOLONS.encode()])
async def test_files_are_read_as_meters_and_offices_write_them(river: Database, content: bytes) -> None:
    us = await company(river, "電池")
    report = await us.run(take_file, "october.csv", content)
    assert (report.read, report.added) == (1, 1)
    starts = datetime(2025, 9, 30, 15, tzinfo=UTC)
    (kept,) = await us.run(readings_of, "電力計", "受電", starts, starts + timedelta(hours=1))
    assert (kept.starts, kept.ends, kept.amount) == (starts, starts + timedelta(hours=1), D("1.5"))


@pytest.mark.parametrize(
    ("content", "refusal", "words"),
    [
        (b"source,meter,from,to,amount\nm,1,2,3,4\n", ColumnsMissing, "no column .unit.*it says: source, meter, from"),
        (b"", ColumnsMissing, "no column .source, meter, from, to, amount, unit"),
        (b"source,meter,from,to,amount,unit\n", NoReadings, "october.csv"),
        (b"\xff\xfe\x00\x81", FileUnreadable, "Shift_JIS"),
    ],
)
async def test_a_file_that_holds_no_readings_says_what_it_lacks(
    river: Database, content: bytes, refusal: type[BadReading], words: str
) -> None:
    us = await company(river, "電池")
    with pytest.raises(refusal) as refused:
        await us.run(take_file, "october.csv", content)
    assert re.search(words, refused.value.sentence("en"))
