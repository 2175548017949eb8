"""Measured health reaches the battery's passport, under the passport's own rules."""

import pytest
from tests.passport.conftest import House, house

from meguri.health import service
from meguri.health.model import Reference, Result, Status
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.passport import service as passports
from meguri.telemetry import service as telemetry
from meguri.telemetry.model import BatteryInput, Chemistry, Level, NamePlate

pytestmark = pytest.mark.anyio
__all__ = ["house"]


def found(quantity: str, value: float, unit: str, half: float) -> Result:
    return Result(
        quantity=quantity, value=value, lower=value - half, upper=value + half, unit=unit, method="capacity_full",
        status=Status.OK, reference=Reference("rated", 60.0, "Ah"),
    )  # fmt: skip


async def test_a_diagnosis_writes_its_values_with_interval_and_reference_into_the_passport(house: House) -> None:
    me = await house.company()
    passport = await house.battery(me, "lmt", values={"rated_capacity": 60.0})
    plate = NamePlate(level=Level.PACK, chemistry=Chemistry.NMC, rated_capacity_ah=60.0, dpp_id=passport.dpp_id)
    one = await house.run(me, telemetry.add, BatteryInput(label=passport.dpp_id, plate=plate))
    results = [
        found("soh_capacity", 82.0, "%", 2.0),
        found("capacity", 49.2, "Ah", 1.2),
        found("resistance", 0.051, "ohm", 0.002),
        found("discharge_power_soc80", 4100.0, "W", 100.0),
    ]
    await house.run(me, service.record, one.battery_id, new_id(), "assessment", results, clock.now())
    read = {reading.attribute: reading for reading in await house.run(me, passports.readings, passport.dpp_id)}
    assert set(read) == {
        "soh", "remaining_capacity", "ohmic_resistance", "measured_resistance_pack", "remaining_power_capability",
    }  # fmt: skip
    capacity = read["remaining_capacity"]
    assert (capacity.value, capacity.source) == (49.2, "diagnostic")
    soh = read["soh"].value
    assert (soh["definition"], soh["interval_low"], soh["interval_high"]) == ("capacity", 80.0, 84.0)
    assert soh["reference"] == "rated 60 Ah"


async def test_a_passport_that_is_not_ours_leaves_the_diagnosis_as_it_is(house: House) -> None:
    me, other = await house.company(), await house.company("乙")
    foreign = await house.battery(other, "lmt")
    plate = NamePlate(level=Level.PACK, chemistry=Chemistry.NMC, dpp_id=foreign.dpp_id)
    one = await house.run(me, telemetry.add, BatteryInput(label="x", plate=plate))
    results = [found("soh_capacity", 82.0, "%", 2.0)]
    now = await house.run(me, service.record, one.battery_id, new_id(), "assessment", results, clock.now())
    assert now.soh.value == 82.0
    assert await house.run(other, passports.readings, foreign.dpp_id) == []
