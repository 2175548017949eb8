"""Measured values: units, plausibility, counters, resets, versions — good ones kept, each bad one named."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.passport.conftest import House

from meguri.kernel import clock
from meguri.passport import errors, service
from meguri.passport.kinds import battery
from meguri.passport.readings import Reading, converted, is_stale
from meguri.passport.service.measuring import Batch, Recorded

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("value", "unit", "wanted", "result"),
    [
        (176_000, "mAh", "Ah", 176),
        (62_300, "Wh", "kWh", 62.3),
        (150, "kW", "W", 150_000),
        (50, "mΩ", "ohm", 0.05),
        (298.15, "K", "degC", 25),
        (2, "h", "min", 120),
        (0.89, "1", "%", 89),
        (5, None, "Ah", 5),
    ],
)
def test_a_value_comes_in_its_own_unit_and_stays_in_the_catalogues(
    value: float, unit: str, wanted: str, result: float
) -> None:
    assert converted(value, unit, wanted) == result


def test_a_unit_that_leads_nowhere_is_not_guessed() -> None:
    with pytest.raises(KeyError):
        converted(1, "mi", "Ah")


def read(attribute: str, value: Any, at: datetime, **more: Any) -> Reading:
    return Reading(attribute=attribute, value=value, measured_at=at, **more)


async def record(house: House, owner: Any, pack: Any, *readings: Reading, source: str = "bms") -> Recorded:
    batch = Batch(batch_id="b", source=source, readings=list(readings))  # type: ignore[arg-type]
    found: Recorded = await house.run(owner, service.record_readings, pack.dpp_id, batch)
    return found


async def test_every_bad_reading_is_named_and_the_good_ones_are_kept(house: House) -> None:
    owner = await house.company()
    pack = await house.battery(owner)
    now = clock.now()
    at = now - timedelta(hours=1)
    done = await record(
        house,
        owner,
        pack,
        read("remaining_usable_energy", 65, at),
        read("remaining_usable_energy", 65, at),
        read("remaining_usable_energy", 66, at),
        read("nothing", 1, at),
        read("battery_mass", 430, at),
        read("soce", 90, now + timedelta(minutes=6)),
        read("soce", 90, datetime(2026, 9, 30, tzinfo=UTC)),
        read("soce", 111, at),
        read("remaining_capacity", 5, at, unit="gallon"),
        read("state_of_charge", "full", at),
    )
    assert (done.accepted, done.duplicates) == (1, 1)
    assert [(each.index, each.code) for each in done.rejected] == [
        (2, "CONFLICTING_READING"),
        (3, "UNKNOWN_ATTRIBUTE"),
        (4, "NOT_MEASURABLE"),
        (5, "FUTURE_TIMESTAMP"),
        (6, "BEFORE_MANUFACTURE"),
        (7, "VALUE_OUT_OF_RANGE"),
        (8, "UNIT_NOT_CONVERTIBLE"),
        (9, "INVALID_VALUE"),
    ]
    again = await record(house, owner, pack, read("remaining_usable_energy", 65, at))
    assert (again.accepted, again.duplicates, again.version) == (0, 1, done.version)
    view = await house.run(owner, service.read, pack.dpp_id)
    assert view.values["soce"]["value"] == pytest.approx(65 / 70 * 100)  # that of the first day gives way


async def test_counters_never_decrease_unless_the_bms_was_replaced_and_then_go_on(house: House) -> None:
    owner = await house.company()
    pack = await house.battery(owner)
    start = clock.now() - timedelta(days=10)
    first = await record(house, owner, pack, read("full_cycles", 500, start))
    assert first.accepted == 1
    back = await record(house, owner, pack, read("full_cycles", 499, start + timedelta(days=1)))
    assert [each.code for each in back.rejected] == ["COUNTER_DECREASE"]
    between = await record(house, owner, pack, read("full_cycles", 501, start - timedelta(days=1)))
    assert [each.code for each in between.rejected] == ["COUNTER_DECREASE"]
    await house.run(
        owner,
        service.repair,
        pack.dpp_id,
        description={"ja": "BMS 交換"},
        kind_of_event="bms_replaced",
        at=start + timedelta(days=2),
        reason="new BMS",
    )
    after = await record(house, owner, pack, read("full_cycles", 30, start + timedelta(days=3)))
    assert after.accepted == 1
    view = await house.run(owner, service.read, pack.dpp_id)
    assert view.values["full_cycles"]["value"] == 530


async def test_a_sudden_rise_is_kept_in_doubt_and_shown_only_when_confirmed(house: House) -> None:
    owner = await house.company()
    pack = await house.battery(owner)
    start = clock.now() - timedelta(days=5)
    await record(house, owner, pack, read("soce", 88, start, method="coulomb"))
    at = start + timedelta(days=1)
    await record(house, owner, pack, read("soce", 95, at, method="coulomb"))
    view = await house.run(owner, service.read, pack.dpp_id)
    assert view.values["soce"]["value"] == 88
    rows = await house.run(owner, service.readings, pack.dpp_id, attribute="soce")
    assert [row.flags for row in rows] == [("SUSPECT_RESET",), ()]
    await house.run(owner, service.confirm_reading, pack.dpp_id, "soce", at)
    view = await house.run(owner, service.read, pack.dpp_id)
    assert view.values["soce"]["value"] == 95
    await record(house, owner, pack, read("soce", 96, at + timedelta(days=1), method="coulomb"))
    unverified = await record(house, owner, pack, read("remaining_capacity", 200, at))
    assert unverified.accepted == 1
    rows = await house.run(owner, service.readings, pack.dpp_id, attribute="remaining_capacity")
    assert rows[0].flags == ("unverified",)


async def test_a_version_is_written_when_a_value_matters(house: House) -> None:
    owner = await house.company()
    pack = await house.battery(owner)
    start = clock.now() - timedelta(hours=5)
    first = await record(house, owner, pack, read("remaining_usable_energy", 60, start))
    small = await record(house, owner, pack, read("remaining_usable_energy", 60.3, start + timedelta(hours=1)))
    large = await record(house, owner, pack, read("remaining_usable_energy", 60.7, start + timedelta(hours=2)))
    soc = await record(
        house, owner, pack, read("state_of_charge", 50, start), read("state_of_charge", 90, start + timedelta(hours=1))
    )
    assert (first.version, small.version, large.version, soc.version) == (2, 2, 3, 3)
    status = await record(house, owner, pack, read("measured_capacity", 196, start), source="workshop")
    assert status.version == 4


async def test_a_late_reading_does_not_take_the_place_of_a_newer_one(house: House) -> None:
    owner = await house.company()
    pack = await house.battery(owner)
    start = clock.now() - timedelta(hours=5)
    await record(house, owner, pack, read("remaining_rte", 90, start + timedelta(hours=2)))
    late = await record(house, owner, pack, read("remaining_rte", 95, start))
    assert late.accepted == 1
    view = await house.run(owner, service.read, pack.dpp_id)
    assert view.values["remaining_rte"]["value"] == 90


async def test_more_than_ten_thousand_readings_are_too_many_for_one_request(house: House) -> None:
    owner = await house.company()
    pack = await house.battery(owner)
    one = read("state_of_charge", 50, clock.now())
    with pytest.raises(errors.TooManyReadings):
        await record(house, owner, pack, *[one] * 10_001)


def test_values_that_have_to_be_up_to_date_grow_stale() -> None:
    attributes, now = battery().attributes, clock.now()
    assert is_stale(attributes["soce"], now - timedelta(days=91), now)
    assert not is_stale(attributes["soce"], now - timedelta(days=89), now)
    assert is_stale(attributes["state_of_charge"], now - timedelta(days=31), now)
    assert not is_stale(attributes["measured_capacity"], now - timedelta(days=400), now)


async def test_an_original_begins_with_its_first_day(house: House) -> None:
    owner = await house.company()
    pack = await house.battery(owner)
    view = await house.run(owner, service.read, pack.dpp_id)
    assert view.values["capacity_fade"]["value"] == 0
    assert (view.values["full_cycles"]["value"], view.values["soce"]["value"]) == (0, 100)
    plain = await house.run(owner, service.read, (await house.battery(owner, initial_declared=False)).dpp_id)
    assert "soce" not in plain.values
