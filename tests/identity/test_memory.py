"""What a process remembers of rights: true on the next request, and forgotten when nobody would tell."""

import asyncio
import time

import pytest

from meguri.identity import service
from meguri.identity.errors import AccessSuspended
from meguri.identity.memory import Memory
from meguri.identity.model import AccessState
from meguri.storage.database import Database

from .conftest import House

pytestmark = pytest.mark.anyio


async def until(condition: object, seconds: float = 5) -> float:
    start = time.monotonic()
    while not condition():  # type: ignore[operator]
        assert time.monotonic() - start < seconds, "it did not come about in time"
        await asyncio.sleep(0.005)
    return time.monotonic() - start


async def test_another_process_hears_of_a_suspension_within_a_second(house: House) -> None:
    await house.person("ann@a.example", house.a)
    token = (await house.sign_in("ann@a.example")).access_token
    async with Database(house.db.pool.conninfo, pool_size=2) as elsewhere:
        gate = service.open_gate(elsewhere, service.IdentitySettings(secret=b"s" * 32))
        async with gate.listening():
            await until(lambda: gate.memory._trusted_until > time.monotonic())
            await service.scope_of_token(elsewhere, token)
            epoch = gate.memory.epoch
            await service.change_access(house.db, house.a, AccessState.SUSPENDED, "")
            assert await until(lambda: gate.memory.epoch > epoch) < 1
            with pytest.raises(AccessSuspended):
                await service.scope_of_token(elsewhere, token)


async def test_nothing_is_remembered_while_nobody_listens(house: House) -> None:
    await house.person("ann@a.example", house.a)
    token = (await house.sign_in("ann@a.example")).access_token
    await service.scope_of_token(house.db, token)
    async with house.db.identity() as tx:
        await tx.run("UPDATE operator_access SET state = 'suspended' WHERE operator_id = %(a)s", a=house.a)
    with pytest.raises(AccessSuspended):
        await service.scope_of_token(house.db, token)


def test_a_right_read_before_a_change_is_not_remembered_after_it() -> None:
    memory = Memory()
    memory.trust(60)
    epoch = memory.epoch
    memory.forget()
    memory.keep_right("who", "may", epoch)
    assert memory.right("who") is None


def test_memory_is_bounded_and_keeps_what_was_used_last() -> None:
    memory = Memory(most=2)
    memory.trust(60)
    memory.keep_right(1, "one", 0)
    memory.keep_right(2, "two", 0)
    memory.right(1)
    memory.keep_right(3, "three", 0)
    assert [memory.right(key) for key in (1, 2, 3)] == ["one", None, "three"]


def test_trust_ends_by_itself() -> None:
    memory = Memory()
    memory.keep_right("who", "may", 0)
    assert memory.right("who") is None
    memory.trust(0.02)
    assert memory.right("who") == "may"
    time.sleep(0.03)
    assert memory.right("who") is None
