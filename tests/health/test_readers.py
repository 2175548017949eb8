"""Article 14: the buyer and who acts for the buyer read the health of a battery, by a right, and it is kept who did."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from conftest import MakeScope
from meguri.health import service
from meguri.health.errors import ReaderIsSelf, ReaderUnknown, RightPast
from meguri.health.model import Result, Status
from meguri.health.views import ReaderInput
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.operators.errors import OperatorUnknown
from meguri.operators.model import NewOperator
from meguri.storage import Database
from meguri.telemetry import service as telemetry
from meguri.telemetry.errors import BatteryUnknown
from meguri.telemetry.model import BatteryInput, Chemistry, Level, NamePlate

pytestmark = pytest.mark.anyio


async def measured(db: Database, scope: OperatorScope) -> UUID:
    """A pack with a state of health of 82 %."""
    plate = NamePlate(level=Level.PACK, chemistry=Chemistry.LFP, rated_capacity_ah=100.0)
    battery_id = (await db.run(scope, telemetry.add, BatteryInput(label=f"P{new_id()}", plate=plate))).battery_id
    soh = Result(
        quantity="soh_capacity", value=82.0, lower=79.0, upper=85.0, unit="%", method="capacity_ocv", status=Status.OK
    )
    await db.run(scope, service.record, battery_id, new_id(), "assessment", [soh], clock.now())
    return battery_id


async def company(db: Database, scope: OperatorScope) -> str:
    """Enter the company of `scope`; its public number."""
    number = f"R{str(new_id())[-12:]}"
    await db.run(scope, operators.register, NewOperator(name="評価", address="x", open_operator_id=number))
    return number


def right(number: str, until: date | None = None) -> ReaderInput:
    return ReaderInput(
        company=number, ground="purchaser", purpose="residual_value", until=until or clock.today() + timedelta(days=30)
    )


async def test_a_buyer_reads_by_right_and_the_holder_sees_who_read(module_db: Database, scope: MakeScope) -> None:
    holder, buyer = scope(), scope()
    battery_id, number = await measured(module_db, holder), await company(module_db, buyer)
    made = await module_db.run(holder, service.add_reader, battery_id, right(number))

    shared = await module_db.run(buyer, service.read_shared, battery_id)
    assert (shared.standing.soh.value, shared.right.holder_id) == (82.0, holder.operator_id)
    (listed,) = await module_db.run(buyer, service.readable)
    assert (listed.battery_id, listed.ground) == (battery_id, "purchaser")

    (kept,) = await module_db.run(holder, service.readings, battery_id)
    assert (kept.reader_id, kept.company_id, kept.actor) == (made.reader_id, buyer.operator_id, buyer.actor)
    assert (kept.ground, kept.purpose) == ("purchaser", "residual_value")


async def test_without_a_right_in_force_the_battery_is_not_found_and_nothing_is_noted(
    module_db: Database, scope: MakeScope
) -> None:
    holder, buyer, other = scope(), scope(), scope()
    battery_id, number = await measured(module_db, holder), await company(module_db, buyer)
    made = await module_db.run(holder, service.add_reader, battery_id, right(number))
    with pytest.raises(BatteryUnknown):
        await module_db.run(other, service.read_shared, battery_id)
    await module_db.run(holder, service.end_reader, made.reader_id)
    assert await module_db.run(holder, service.end_reader, made.reader_id)
    with pytest.raises(BatteryUnknown):
        await module_db.run(buyer, service.read_shared, battery_id)
    assert await module_db.run(holder, service.readings, battery_id) == []
    assert await module_db.run(buyer, service.readable) == []


async def test_a_right_ends_with_its_last_day(
    module_db: Database, scope: MakeScope, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder, buyer = scope(), scope()
    battery_id, number = await measured(module_db, holder), await company(module_db, buyer)
    await module_db.run(holder, service.add_reader, battery_id, right(number, clock.today()))
    await module_db.run(buyer, service.read_shared, battery_id)
    tomorrow = clock.today() + timedelta(days=1)
    monkeypatch.setattr(clock, "today", lambda: tomorrow)
    with pytest.raises(BatteryUnknown):
        await module_db.run(buyer, service.read_shared, battery_id)


async def test_only_the_holder_lets_read_and_only_another_company_until_a_day_to_come(
    module_db: Database, scope: MakeScope
) -> None:
    holder, buyer = scope(), scope()
    battery_id, number = await measured(module_db, holder), await company(module_db, buyer)
    own = await company(module_db, holder)
    refused = [
        (buyer, right(number), BatteryUnknown),
        (holder, right("none"), OperatorUnknown),
        (holder, right(own), ReaderIsSelf),
        (holder, right(number, date(2020, 1, 1)), RightPast),
    ]
    for who, asked, refusal in refused:
        with pytest.raises(refusal):
            await module_db.run(who, service.add_reader, battery_id, asked)
    made = await module_db.run(holder, service.add_reader, battery_id, right(number))
    with pytest.raises(ReaderUnknown):
        await module_db.run(buyer, service.end_reader, made.reader_id)
