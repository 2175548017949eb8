"""Lock-out per (account, client address): five failures in a quarter of an hour, and never a lock for others."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.identity import service
from meguri.identity.errors import SignInRefused
from meguri.identity.lockout import Attempts, account_key, address_key, after_failure, is_locked
from meguri.identity.rules import identity_rules
from meguri.kernel import clock

from .conftest import ELSEWHERE, HOME, PASSWORD, House

RULE = identity_rules().lockout
START = datetime(2026, 11, 22, tzinfo=UTC)


def after(*seconds: float) -> Attempts:
    known = Attempts()
    for moment in seconds:
        known = after_failure(known, START + timedelta(seconds=moment), RULE)
    return known


def test_the_figures_are_those_of_the_contract() -> None:
    assert (RULE.failures, RULE.window_s, RULE.locked_s) == (5, 900, 900)


def test_the_fifth_failure_within_the_window_locks_and_the_fourth_does_not() -> None:
    assert not is_locked(after(0, 1, 2, 3), START + timedelta(seconds=4))
    assert is_locked(after(0, 1, 2, 3, 4), START + timedelta(seconds=4))


def test_a_failure_counts_until_the_window_is_over_and_not_at_its_end() -> None:
    assert is_locked(after(0, 1, 2, 3, 899.999), START + timedelta(seconds=900))
    assert not is_locked(after(0, 1, 2, 3, 900), START + timedelta(seconds=900))


def test_a_lock_ends_after_a_quarter_of_an_hour_and_is_not_prolonged_by_trying() -> None:
    known = after(0, 1, 2, 3, 4, 500, 800)
    assert is_locked(known, START + timedelta(seconds=903.999))
    assert not is_locked(known, START + timedelta(seconds=904))


@given(st.lists(st.floats(0, 10_000), max_size=40))
def test_a_pair_is_locked_exactly_while_a_naive_count_says_so(moments: list[float]) -> None:
    """Independent reading of the rule: replay all failures, keep a list, cut it by time."""
    locked_until, counted = -1.0, list[float]()
    known = Attempts()
    for moment in sorted(round(each, 3) for each in moments):
        if moment >= locked_until:
            counted = [each for each in counted if moment - each < 900] + [moment]
            if len(counted) == 5:
                locked_until, counted = moment + 900, []
        at = START + timedelta(milliseconds=round(moment * 1000))
        known = after_failure(known, at, RULE)
        assert is_locked(known, at) == (moment < locked_until)


def test_one_household_is_one_address_whatever_its_device() -> None:
    assert address_key("2001:db8:1:2:aaaa::1", RULE) == address_key("2001:db8:1:2:bbbb::2", RULE)
    assert address_key("2001:db8:1:3::1", RULE) != address_key("2001:db8:1:2::1", RULE)
    assert address_key("::ffff:198.51.100.7", RULE) == "198.51.100.7"
    assert address_key("", RULE) == address_key("unix", RULE) == "0.0.0.0"


def test_an_account_is_the_same_however_it_is_typed() -> None:
    assert account_key(" Ann@A.Example ") == account_key("ann@a.example")


@pytest.mark.anyio
async def test_after_five_failures_the_right_password_is_refused_here_and_taken_elsewhere(house: House) -> None:
    await house.person("ann@a.example", house.a)
    for _ in range(5):
        with pytest.raises(SignInRefused):
            await service.sign_in(house.db, "ann@a.example", "wrong", HOME)
    with pytest.raises(SignInRefused):
        await service.sign_in(house.db, "ann@a.example", PASSWORD, HOME)
    await service.sign_in(house.db, "ann@a.example", PASSWORD, ELSEWHERE)
    later = clock.now() + timedelta(minutes=15, seconds=1)
    with clock.fixed_clock(lambda: later):
        await service.sign_in(house.db, "ann@a.example", PASSWORD, HOME)


@pytest.mark.anyio
async def test_a_success_wipes_out_the_failures_before_it(house: House) -> None:
    await house.person("ann@a.example", house.a)
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(SignInRefused):
                await service.sign_in(house.db, "ann@a.example", "wrong", HOME)
        await service.sign_in(house.db, "ann@a.example", PASSWORD, HOME)


@pytest.mark.anyio
async def test_a_hundred_guesses_at_once_are_five_failures_and_a_lock(house: House) -> None:
    await house.person("ann@a.example", house.a)
    guesses = [f"guess {n}" for n in range(20)] + [PASSWORD]

    async def guess(password: str) -> bool:
        try:
            await service.sign_in(house.db, "ann@a.example", password, HOME)
        except SignInRefused:
            return False
        return True

    assert not any(await asyncio.gather(*map(guess, guesses)))


@pytest.mark.anyio
async def test_a_lock_is_entered_in_the_audit_of_the_persons_operator_once(house: House) -> None:
    await house.person("ann@a.example", house.a)
    for _ in range(8):
        with pytest.raises(SignInRefused):
            await service.sign_in(house.db, "ann@a.example", "wrong", HOME)
    assert await house.events(house.a, "identity:account:lock") == 1


@pytest.mark.anyio
async def test_an_unknown_account_is_locked_in_the_same_way(house: House) -> None:
    """Otherwise the lock would tell which accounts exist."""
    for _ in range(6):
        with pytest.raises(SignInRefused):
            await service.sign_in(house.db, "nobody@a.example", "wrong", HOME)
    async with house.db.identity() as tx:
        locked = await tx.value("SELECT locked_until IS NOT NULL FROM sign_in_failure")
    assert locked
