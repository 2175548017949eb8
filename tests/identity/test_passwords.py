"""Passwords are judged whatever else the process is busy with."""

import asyncio
import threading

import msgspec
import pytest

from meguri.identity.errors import SignInBusy
from meguri.identity.passwords import Hasher
from meguri.identity.rules import identity_rules

pytestmark = pytest.mark.anyio
RULE = msgspec.structs.replace(identity_rules().password, time_cost=1, memory_kib=64)


async def test_who_fills_the_other_threads_keeps_nobody_from_signing_in() -> None:
    cheap, gate = Hasher(RULE), threading.Event()
    crowd = [asyncio.create_task(asyncio.to_thread(gate.wait)) for _ in range(100)]
    await asyncio.sleep(0)
    try:
        async with asyncio.timeout(5):
            hashed = await cheap.hash("correct-horse")
            assert await cheap.matches(hashed, "correct-horse")
            assert not await cheap.matches(None, "correct-horse")
    finally:
        gate.set()
        await asyncio.gather(*crowd)


async def test_more_than_may_wait_are_told_to_come_again() -> None:
    narrow = Hasher(msgspec.structs.replace(RULE, concurrent_hashes=1, waiting_hashes=2))
    told = await asyncio.gather(*(narrow.hash("x" * 12) for _ in range(6)), return_exceptions=True)
    assert sorted(isinstance(one, SignInBusy) for one in told) == [False, False, True, True, True, True]
