"""The registry's client and its stand-in: told once, told again after changes, repeated until it is answered."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.conftest import Fresh
from tests.passport.conftest import BASE, House

from meguri.dataspaces.registry import service as registry
from meguri.dataspaces.registry import store
from meguri.dataspaces.registry.bindings import EuRegistry, StandIn
from meguri.dataspaces.registry.checks import problems_of
from meguri.dataspaces.registry.errors import AlreadyRegistered, BindingUnavailable, EntryRejected, RegistrationUnknown
from meguri.dataspaces.registry.model import Entry, registry_rules
from meguri.dataspaces.registry.room import reactions
from meguri.kernel import clock
from meguri.kernel.clock import fixed_clock
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.operators.model import NewOperator
from meguri.passport import service
from meguri.passport.lifecycle import Happening
from meguri.storage.database import Database
from meguri.storage.installation import installation


@pytest.fixture(scope="module")
async def house(fresh: Fresh, scope: Callable[..., OperatorScope]) -> AsyncIterator[House]:
    made = fresh()
    here = installation(BASE, b"s" * 32)
    async with Database(made.login, pool_size=6, installation=here, reactions=reactions) as database:
        yield House(database, scope)
    fresh.drop(made)


PLACED = {"placed_on_market_date": "2027-03-01"}


def entry(**changed: Any) -> Entry:
    said: dict[str, Any] = {
        "unique_product_identifier": "https://id.example.jp/01/09521234567899/21/R1",
        "digital_product_passport_id": "https://id.example.jp/01/09521234567899/21/R1",
        "unique_economic_operator_identifier": "LEIXG-529900MEGURIBATT0170",
        "dpp_api_endpoint": "https://id.example.jp/v1",
        "granularity": "item",
        "live_url": "https://elsewhere.example/01/09521234567899/21/R1",
        "version_hash": "sha256:00",
        "backup_url": "https://backup.example/1",
        "deactivated": False,
        **changed,
    }
    return Entry(**said)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"unique_economic_operator_identifier": "9521234000006"}, "OPERATOR_SCHEME"),
        ({"granularity": "model", "deactivated": None}, "GRANULARITY_MISMATCH"),
        ({"commodity_code": "12"}, "COMMODITY_CODE"),
        ({"unique_product_identifier": "nothing"}, "PRODUCT_ID"),
        ({"live_url": "here"}, "URL"),
        ({"backup_url": None}, "NO_BACKUP"),
    ],
)
def test_each_check_of_the_registry_names_its_field(changed: dict[str, Any], code: str) -> None:
    assert [one.code for one in problems_of(entry(**changed))] == [code]
    assert list(problems_of(entry())) == []


async def test_the_stand_in_registers_once_and_proves_for_ninety_days(house: House) -> None:
    here = StandIn(house.db)
    made = await here.register(entry())
    with pytest.raises(AlreadyRegistered) as refused:
        await here.register(entry())
    assert refused.value.status == 409
    with fixed_clock(lambda: datetime(2027, 3, 1, tzinfo=UTC)):
        proof = await here.proof(made.registration_id)
    assert proof.valid_until.date() == date(2027, 5, 30)
    moved = await here.transfer(made.registration_id, "NTRJP-7123456789012")
    assert moved.state == "registered"
    assert (await here.deactivate(made.registration_id, "recycled")).state == "deactivated"
    assert (await here.status(made.registration_id)).state == "deactivated"
    with pytest.raises(RegistrationUnknown):
        await here.status("nothing")


async def test_an_address_of_ours_must_lead_to_the_product(house: House) -> None:
    with pytest.raises(EntryRejected) as refused:
        await StandIn(house.db).register(
            entry(
                unique_product_identifier=f"{BASE}/01/09521234567899/21/R9", live_url=f"{BASE}/01/09521234567899/21/R9"
            )
        )
    assert [one.code for one in refused.value.problems] == ["LIVE_URL"]


async def test_the_union_s_own_registry_is_not_guessed() -> None:
    with pytest.raises(BindingUnavailable):
        await EuRegistry().register(entry())


async def told(house: House, company: OperatorScope, battery: Any) -> store.Row:
    async with house.db.transaction(company) as tx:
        found = await store.entry_of(tx, company.operator_id, battery.passport_id)
    assert found is not None
    return found


async def drained(house: House) -> None:
    while await registry.send_due(house.db):
        pass


async def test_a_published_battery_is_told_its_changes_too_and_its_end(house: House) -> None:
    company = house._scope()
    new = NewOperator(
        name="環パック", address="愛知県", open_operator_id="R-1", lei="529900MEGURIBATT0170", synthetic=True
    )
    await house.run(company, operators.register, new)
    battery = await house.battery(company, values=PLACED)
    assert (await told(house, company, battery)).state == "queued"
    await drained(house)
    first = await told(house, company, battery)
    assert first.state == "registered", first.problems
    assert first.told_hash == battery.version_hash
    await house.run(company, service.change, str(battery.passport_id), {"battery_mass": 431})
    assert (await told(house, company, battery)).state == "updating"
    await drained(house)
    assert (await told(house, company, battery)).told_hash != battery.version_hash
    await house.run(company, service.set_state, str(battery.passport_id), Happening.SUSPEND, reason="check")
    await drained(house)
    assert (await told(house, company, battery)).state == "deactivated"
    shown = await house.run(company, registry.registration, str(battery.passport_id))
    assert shown.registration_id == first.registration_id


async def test_what_law_does_not_ask_for_is_not_told(house: House) -> None:
    company = await house.company()
    battery = await house.battery(company, values={"placed_on_market_date": "2026-01-01"})
    await drained(house)
    assert (await told(house, company, battery)).state == "not_required"


async def test_a_registry_that_does_not_answer_is_asked_again_later_and_later_and_restarts_change_nothing(
    house: House, fresh: Fresh
) -> None:
    company = await house.company()
    battery = await house.battery(company, values=PLACED)
    await registry.send_due(house.db, "eu")
    assert (await told(house, company, battery)).tries == 1
    assert await registry.send_due(house.db, "eu") == 0, "not before its time"
    here = house.db.installation
    async with Database(house.db.pool.conninfo, pool_size=2, installation=here) as restarted:
        with fixed_clock(_in(seconds=61)):
            assert await registry.send_due(restarted, "eu") == 1
    assert (await told(house, company, battery)).tries == 2
    for turn in range(1, 19):
        with fixed_clock(_in(hours=7 * turn)):
            await registry.send_due(house.db, "eu")
    assert (await told(house, company, battery)).state == "rejected"


def _in(**time: float) -> Callable[[], datetime]:
    at = datetime.now(UTC) + timedelta(**time)
    return lambda: at


def test_the_pauses_double_up_to_six_hours() -> None:
    rule = registry_rules().repeat
    assert [rule.wait_s(tries) for tries in (1, 2, 3, 9, 10, 20)] == [60, 120, 240, 15360, 21600, 21600]
    assert clock.now().tzinfo is UTC
