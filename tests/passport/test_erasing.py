"""Lawful erasure: personal data leave every version, and every version goes on proving itself."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import psycopg
import pytest
from tests.conftest import Fresh
from tests.passport.conftest import BASE, House

from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope, PlatformRole
from meguri.passport import errors, register, service
from meguri.passport.credentials import credential_for, reactions
from meguri.passport.integrity import hashes_of, version_hash
from meguri.passport.kinds import battery
from meguri.proof import slices
from meguri.storage.database import Database
from meguri.storage.installation import installation
from meguri.storage.transaction import Transaction

pytestmark = pytest.mark.anyio
NUMBER = "ZVW30-1234567"
Owned = tuple[House, str]


@pytest.fixture(scope="module")
async def owned(fresh: Fresh, scope: Callable[..., OperatorScope]) -> AsyncIterator[Owned]:
    """A house that signs, and how the owner of its database gets in."""
    made = fresh()
    here = installation(BASE, b"s" * 32)
    async with Database(made.login, pool_size=6, installation=here, reactions=reactions) as database:
        yield House(database, scope), made.owner
    fresh.drop(made)


@pytest.fixture
def house(owned: Owned) -> House:
    return owned[0]


async def everything(address: str) -> str:
    """Every row of every table, as the owner of the database sees them."""
    found = []
    async with await psycopg.AsyncConnection.connect(address) as connection:
        tables = await connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        )
        for (name,) in await tables.fetchall():
            rows = await connection.execute(f'SELECT to_jsonb(t)::text FROM "{name}" t')
            found += [f"{name}: {row[0]}" for row in await rows.fetchall()]
    return "\n".join(found)


async def test_a_vehicles_number_leaves_every_version_and_every_version_still_proves_itself(house: House) -> None:
    owner = await house.company()
    pack = await house.battery(owner, values={"jp_vehicle_id": NUMBER, "abtc_reference": "R-1"})
    await house.run(owner, service.change, pack.dpp_id, {"battery_mass": 433})
    before, _ = await house.run(owner, service.history, pack.dpp_id)
    done = await house.run(owner, service.erase_personal, pack.dpp_id, ("jp_vehicle_id",))
    after, _ = await house.run(owner, service.history, pack.dpp_id)

    view = await house.run(owner, service.read, pack.dpp_id)
    assert done.version == view.version == 3
    assert "jp_vehicle_id" not in view.values
    assert view.record.meta["jp_vehicle_id"].keys() == {"redacted_at", "actor"}
    assert (after[0].event, after[0].changed_keys) == ("redact", ["jp_vehicle_id"])
    for then, now in zip(before, after[1:], strict=True):
        assert (now.version_hash, now.slices) == (then.version_hash, then.slices)
        assert version_hash(pack.dpp_id, now.version, now.slices) == now.version_hash
        assert now.redacted is not None
        assert now.redacted["OWN"]["keys"] == ["jp_vehicle_id"]
        old = await house.run(owner, service.read_version, pack.dpp_id, now.version)
        assert "jp_vehicle_id" not in old.values
        assert old.values["abtc_reference"] == "R-1"
        hashes = hashes_of(battery(), old.values, old.record.salts)
        assert {**hashes, "OWN": now.slices["OWN"]} == now.slices
        assert hashes["OWN"] == now.redacted["OWN"]["hash"]
        # The value itself, tried with the salt that is there, does not give the hash that was signed: the old salt is gone.
        guess = {"jp_vehicle_id": NUMBER, "abtc_reference": "R-1"}
        assert slices.slice_hash(slices.with_salt(guess, old.record.salts["OWN"])) != now.slices["OWN"]


async def test_the_number_is_nowhere_in_the_database_any_more(owned: Owned) -> None:
    house, address = owned
    giver, taker = await house.company(), await house.company()
    pack = await house.battery(giver, values={"jp_vehicle_id": NUMBER})
    await house.run(giver, credential_for, pack.dpp_id, "OWN")
    offer = await house.run(
        giver,
        service.propose_transfer,
        service.NewTransfer(dpp_ids=(pack.dpp_id,), reason="sale", incoming_operator_id=taker.operator_id),
    )
    await house.run(taker, service.accept_transfer, offer.transfer_id)
    await house.run(taker, credential_for, pack.dpp_id, "OWN")
    assert NUMBER in await everything(address)
    await house.run(taker, service.erase_personal, pack.dpp_id)
    found = await everything(address)
    assert [line.partition(":")[0] for line in found.splitlines() if NUMBER in line] == []
    assert (
        "jp_vehicle_id" not in (await house.run(taker, credential_for, pack.dpp_id, "OWN"))["credentialSubject"]["data"]
    )
    for company in (giver, taker):  # both were responsible for a version, so both registers tell it
        lines = await house.run(company, _register)
        told = next(line.entry for line in lines if line.entry["action"] == "passport.erase")
        assert [each["class"] for each in told["detail"]["versions"]] == ["OWN"]


async def _register(tx: Transaction, scope: OperatorScope) -> list[register.Line]:
    return await register.page(tx, scope.operator_id, None)


async def test_only_what_leads_to_a_person_is_erased_and_nothing_happens_where_there_is_nothing(house: House) -> None:
    owner, other = await house.company(), await house.company()
    pack = await house.battery(owner)
    with pytest.raises(errors.NotPersonal):
        await house.run(owner, service.erase_personal, pack.dpp_id, ("battery_mass",))
    with pytest.raises(errors.NotResponsibleOperator):
        await house.run(other, service.erase_personal, pack.dpp_id)
    assert (await house.run(owner, service.erase_personal, pack.dpp_id)).version == 1


async def test_it_is_possible_after_the_battery_was_recycled_too(owned: Owned) -> None:
    house, address = owned
    owner = await house.company()
    pack = await house.battery(owner, values={"jp_manifest_no": "M-77001"})
    await house.run(owner, service.declare_waste, pack.dpp_id)
    await house.run(owner, service.recycle, pack.dpp_id, recycling_record_id="lot-1")
    ended = clock.now()
    await house.run(owner, service.erase_personal, pack.dpp_id)
    assert "jp_manifest_no" not in (await house.run(owner, service.read_at, pack.dpp_id, ended)).values
    assert "M-77001" not in await everything(address)


async def test_others_learn_of_an_erasure_only_in_classes_that_they_see(house: House) -> None:
    owner = await house.company()
    pack = await house.battery(owner, values={"jp_vehicle_id": NUMBER})
    await house.run(owner, service.erase_personal, pack.dpp_id)
    authority = replace(await house.company(), platform_role=PlatformRole.AUTHORITY)
    versions, record = await house.run(authority, service.history, pack.dpp_id)
    assert record.passport_id == pack.passport_id
    assert [each.redacted for each in versions] == [None, None]
    assert all("jp_vehicle_id" not in each.changed_keys for each in versions)


@pytest.mark.parametrize(
    "change",
    [
        "own = jsonb_set(own, '{battery_mass}', '999'), redacted = '{}'",
        "own = own || '{\"new\": 1}', redacted = '{}'",
        "own = own - 'battery_mass'",
        "salts = jsonb_set(salts, '{P1}', '\"x\"'), redacted = '{\"OWN\": {}}'",
        "version_hash = 'sha256:0', redacted = '{}'",
        "slices = '{}', redacted = '{}'",
        "changed_at = now(), redacted = '{}'",
    ],
)
async def test_the_database_itself_lets_a_version_only_lose_values(owned: Owned, change: str) -> None:
    house, address = owned
    owner = await house.company()
    pack = await house.battery(owner)
    async with await psycopg.AsyncConnection.connect(address) as connection:
        with pytest.raises(psycopg.errors.RestrictViolation):
            await connection.execute(f"UPDATE passport_version SET {change} WHERE passport_id = %s", [pack.passport_id])
