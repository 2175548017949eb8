"""Measurements in the database: kept once, by month, under the tenant's own rows, and found again bit for bit."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from conftest import MakeScope
from meguri.kernel.errors import Stale
from meguri.kernel.scope import OperatorScope
from meguri.storage import Database
from meguri.storage.files import FolderStore
from meguri.telemetry import service, store
from meguri.telemetry.errors import (
    BatteryUnknown,
    GatewayRefused,
    GatewayUnknown,
    LabelTaken,
    SignSuspect,
    Unusable,
)
from meguri.telemetry.gateways import scope_named
from meguri.telemetry.jobs import close_ripe
from meguri.telemetry.model import Battery, BatteryInput, GatewayInput, Ingested, Point
from telemetry.records import CELL, Floats, cycling, write

pytestmark = pytest.mark.anyio
START = datetime(2026, 3, 31, 23, 30, tzinfo=UTC)


def clocked(rows: int = 4000) -> dict[str, Floats]:
    columns = cycling(rows)
    return {"unix_time_second": columns["test_time_second"] + START.timestamp(), **columns}


async def battery(db: Database, scope: OperatorScope, label: str = "B1") -> Battery:
    return await db.run(scope, service.add, BatteryInput(label=label, plate=CELL))


async def poured(db: Database, scope: OperatorScope, battery_id: UUID, path: Path) -> Ingested:
    return await db.run(scope, service.pour, battery_id, path, path.name)


async def test_a_file_goes_into_its_months_and_comes_back(
    module_db: Database, scope: MakeScope, tmp_path: Path
) -> None:
    me = scope()
    one = await battery(module_db, me)
    came = await poured(module_db, me, one.battery_id, write(tmp_path / "in.csv", clocked()))
    assert (came.stored, came.quality.rows_in, came.quality.flags) == (4000, 4000, ())
    months = await module_db.run(me, service.months, one.battery_id)
    assert [(month.month, month.rows) for month in months] == [("2026-03", 1800), ("2026-04", 2200)]
    series = await module_db.run(me, service.series_of, None, one.battery_id)
    np.testing.assert_allclose(series.voltage, cycling()["voltage_volt"], rtol=1e-6)
    np.testing.assert_allclose(series.time_s, np.arange(4000.0), atol=1e-5)
    assert series.start_unix == START.timestamp()


async def test_the_same_file_again_changes_nothing(module_db: Database, scope: MakeScope, tmp_path: Path) -> None:
    me = scope()
    one = await battery(module_db, me)
    path = write(tmp_path / "in.csv", clocked(600))
    first, second = (
        await poured(module_db, me, one.battery_id, path),
        await poured(module_db, me, one.battery_id, path),
    )
    assert (first.stored, second.stored) == (600, 0)
    records = await module_db.run(me, service.records, one.battery_id)
    assert [record.stored for record in records] == [0, 600]
    assert records[0].sha256 == records[1].sha256 == first.quality.sha256


async def test_a_refused_file_leaves_nothing_behind(module_db: Database, scope: MakeScope, tmp_path: Path) -> None:
    me = scope()
    one = await battery(module_db, me)
    columns = clocked()
    path = write(tmp_path / "in.csv", columns | {"current_ampere": -columns["current_ampere"]})
    with pytest.raises(SignSuspect):
        await poured(module_db, me, one.battery_id, path)
    assert await module_db.run(me, service.range_of, one.battery_id) == (None, None, 0)
    assert await module_db.run(me, service.records, one.battery_id) == []


@pytest.mark.parametrize(
    ("clock_of", "code"),
    [
        (lambda unix: unix * 1000, "UNIT_SUSPECT"),
        (lambda unix: unix * 1e6, "UNIT_SUSPECT"),
        (lambda unix: unix - unix[0], "CLOCK_WRONG"),
        (lambda unix: unix - 1e10, "CLOCK_WRONG"),
        (lambda unix: unix + 40 * 365 * 86_400, "CLOCK_WRONG"),
    ],
    ids=["milliseconds", "microseconds", "reset", "before time", "ahead"],
)
async def test_a_clock_that_cannot_be_right_is_named_and_leaves_nothing_behind(
    module_db: Database, scope: MakeScope, tmp_path: Path, clock_of: Any, code: str
) -> None:
    me = scope()
    one = await battery(module_db, me)
    columns = clocked(300)
    path = write(tmp_path / "in.csv", columns | {"unix_time_second": clock_of(columns["unix_time_second"])})
    with pytest.raises(Unusable) as refused:
        await poured(module_db, me, one.battery_id, path)
    assert refused.value.code == code
    assert await module_db.run(me, service.range_of, one.battery_id) == (None, None, 0)


async def test_what_is_anothers_is_not_found(module_db: Database, scope: MakeScope, tmp_path: Path) -> None:
    mine, other = scope(), scope()
    one = await battery(module_db, mine)
    path = write(tmp_path / "in.csv", clocked(300))
    await poured(module_db, mine, one.battery_id, path)
    for attempt in (
        lambda: module_db.run(other, service.battery, one.battery_id),
        lambda: poured(module_db, other, one.battery_id, path),
        lambda: module_db.run(other, service.series_of, None, one.battery_id),
    ):
        with pytest.raises(BatteryUnknown):
            await attempt()
    assert await module_db.run(other, service.range_of, one.battery_id) == (None, None, 0)


async def test_a_partition_shows_no_foreign_rows_either(module_db: Database, scope: MakeScope, tmp_path: Path) -> None:
    mine, other = scope(), scope()
    one = await battery(module_db, mine)
    await poured(module_db, mine, one.battery_id, write(tmp_path / "in.csv", clocked(50)))

    async def count(tx: Any, scope: OperatorScope) -> int:
        return int(await tx.value("SELECT count(*) FROM telemetry_point_202603"))

    assert await module_db.run(mine, count) == 50
    assert await module_db.run(other, count) == 0


async def test_labels_are_unique_within_a_company_and_corrections_need_the_present_version(
    module_db: Database, scope: MakeScope
) -> None:
    me = scope()
    one, two = await battery(module_db, me, "one"), await battery(module_db, me, "two")
    with pytest.raises(LabelTaken):
        await battery(module_db, me, "one")
    with pytest.raises(LabelTaken):
        await module_db.run(me, service.change, two.battery_id, BatteryInput(label="one", plate=CELL), 1)
    changed = await module_db.run(me, service.change, one.battery_id, BatteryInput(label="1st", plate=CELL), 1)
    assert (changed.label, changed.version) == ("1st", 2)
    with pytest.raises(Stale):
        await module_db.run(me, service.change, one.battery_id, BatteryInput(label="again", plate=CELL), 1)
    assert (await battery(module_db, scope(), "1st")).version == 1


async def test_a_closed_month_lives_in_a_file_and_late_samples_join_it(
    module_db: Database, scope: MakeScope, tmp_path: Path
) -> None:
    me, files = scope(), FolderStore(tmp_path / "files")
    one = await battery(module_db, me)
    columns = clocked()
    early = {name: values[::2] for name, values in columns.items()}
    await poured(module_db, me, one.battery_id, write(tmp_path / "a.csv", early))
    before = await module_db.run(me, service.series_of, files, one.battery_id)
    assert await module_db.run(me, service.close, files, one.battery_id, date(2026, 3, 1)) == 900
    after = await module_db.run(me, service.series_of, files, one.battery_id)
    np.testing.assert_array_equal(after.voltage, before.voltage)
    np.testing.assert_array_equal(after.time_s, before.time_s)
    late = {name: values[1::2] for name, values in columns.items()}
    await poured(module_db, me, one.battery_id, write(tmp_path / "b.csv", late))
    assert await module_db.run(me, service.close, files, one.battery_id, date(2026, 3, 1)) == 1800
    whole = await module_db.run(me, service.series_of, files, one.battery_id)
    np.testing.assert_allclose(whole.voltage, columns["voltage_volt"], rtol=1e-6)
    months = await module_db.run(me, service.months, one.battery_id)
    assert [(month.month, month.rows, bool(month.sha256)) for month in months] == [
        ("2026-03", 1800, True),
        ("2026-04", 2200, False),
    ]
    part = await module_db.run(
        me, service.series_of, files, one.battery_id, START + timedelta(seconds=10), START + timedelta(seconds=20)
    )
    assert len(part) == 10


async def test_the_job_closes_ripe_months_of_every_company(db: Database, scope: MakeScope, tmp_path: Path) -> None:
    companies = [scope(), scope()]
    for company in companies:
        one = await battery(db, company)
        path = write(tmp_path / "in.csv", {**clocked(100), "unix_time_second": np.arange(100.0) + 1_600_000_000})
        await poured(db, company, one.battery_id, path)
    assert await close_ripe(db, FolderStore(tmp_path / "files")) == 2
    assert await close_ripe(db, FolderStore(tmp_path / "files")) == 0
    for company in companies:
        (one,) = await db.run(company, service.batteries)
        (month,) = await db.run(company, service.months, one.battery_id)
        assert (month.month, month.rows) == ("2020-09", 100)
        assert month.sha256


# Streams and gateways


def points(rows: int = 50, **change: float) -> list[Point]:
    return [
        Point(at=START + timedelta(seconds=second), **{"voltage_volt": 3.7 + 0.001 * second, "current_ampere": 1.0, **change})
        for second in range(rows)
    ]  # fmt: skip


async def test_points_of_a_stream_are_cleaned_like_a_file(module_db: Database, scope: MakeScope) -> None:
    me = scope()
    one = await battery(module_db, me)
    sent = points()
    sent[7] = Point(at=sent[7].at, voltage_volt=9.9, current_ampere=1.0)
    came = await module_db.run(me, service.keep_points, one.battery_id, sent)
    assert came.stored == 50
    assert [(flag.flag, flag.first_row) for flag in came.quality.flags] == [("RANGE", 8)]
    kept = await module_db.run(me, store.points, one.battery_id, START, START + timedelta(hours=1), 100, None)
    assert kept[7].voltage_volt is None
    assert kept[8].voltage_volt == pytest.approx(3.708)


async def test_a_gateway_sends_only_for_its_batteries_until_it_is_revoked(
    module_db: Database, scope: MakeScope
) -> None:
    me = scope()
    one, two = await battery(module_db, me, "one"), await battery(module_db, me, "two")
    single = await module_db.run(me, service.issue, GatewayInput(label="box", batteries=(one.battery_id,)))
    fleet = await module_db.run(me, service.issue, GatewayInput(label="fleet"))

    async def proved(token: str, *batteries: UUID) -> UUID:
        return await module_db.run(scope_named(token), service.of_token, token, set(batteries))

    assert await proved(single.token, one.battery_id) == single.gateway.gateway_id
    assert await proved(fleet.token, one.battery_id, two.battery_id) == fleet.gateway.gateway_id
    with pytest.raises(GatewayRefused):
        await proved(single.token, two.battery_id)
    with pytest.raises(GatewayRefused):
        await proved(single.token[:-1] + ("A" if single.token[-1] != "A" else "B"), one.battery_id)
    await module_db.run(me, service.revoke, single.gateway.gateway_id)
    with pytest.raises(GatewayRefused):
        await proved(single.token, one.battery_id)
    with pytest.raises(GatewayUnknown):
        await module_db.run(me, service.revoke, single.gateway.gateway_id)
    listed = await module_db.run(me, service.gateways)
    assert [(gateway.label, gateway.revoked_at is None) for gateway in listed] == [("fleet", True), ("box", False)]


@pytest.mark.parametrize("token", ["", "mgw_", "mgw_x_y_z", "mgk_abc", "mgw_" + "0" * 32 + "_" + "0" * 32])
def test_what_is_no_token_is_refused_before_anything_is_looked_up(token: str) -> None:
    with pytest.raises(GatewayRefused):
        scope_named(token)
