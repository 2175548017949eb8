"""A repeated request is answered again, not done again."""

import asyncio
from datetime import timedelta

import pytest

from conftest import MakeScope
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage.database import Database, Transaction
from meguri.storage.idempotency import BadKey, KeyUsedOtherwise, Reply, begin, keep, purge
from storage.noting import words_seen, write_note

DONE = Reply(201, {"Location": "/notes/1"}, b'{"id": 1}')


async def post(tx: Transaction, scope: OperatorScope, key: str, body: bytes = b"{}", route: str = "POST /n") -> Reply:
    kept = await begin(tx, scope, key, route, body)
    if kept:
        return kept
    await write_note(tx, scope, key)
    await keep(tx, scope, key, route, body, DONE)
    return DONE


async def test_ten_requests_with_one_key_at_once_do_the_work_once(notes: Database, scope: MakeScope) -> None:
    ours = scope()
    replies = await asyncio.gather(*(notes.run(ours, post, "key") for _ in range(10)))
    assert replies == [DONE] * 10
    assert await notes.run(ours, words_seen) == ["key"]


@pytest.mark.parametrize("other", [{"body": b"{ }"}, {"route": "POST /m"}])
async def test_the_same_key_for_another_request_is_refused(
    notes: Database, scope: MakeScope, other: dict[str, object]
) -> None:
    ours = scope()
    await notes.run(ours, post, "key")
    with pytest.raises(KeyUsedOtherwise):
        await notes.run(ours, post, "key", **other)


async def test_two_operators_may_choose_the_same_key(notes: Database, scope: MakeScope) -> None:
    for ours in (scope(), scope()):
        await notes.run(ours, post, "key")
        assert await notes.run(ours, words_seen) == ["key"]


async def test_work_that_failed_keeps_no_reply(notes: Database, scope: MakeScope) -> None:
    ours = scope()

    async def failing(tx: Transaction, scope: OperatorScope) -> None:
        await post(tx, scope, "key")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await notes.run(ours, failing)
    await notes.run(ours, post, "key")
    assert await notes.run(ours, words_seen) == ["key"]


@pytest.mark.parametrize("key", ["", "a" * 256, "鍵", "a\nb", "\0"])
async def test_a_key_out_of_form_is_refused(notes: Database, scope: MakeScope, key: str) -> None:
    with pytest.raises(BadKey):
        await notes.run(scope(), post, key)


async def test_a_reply_is_forgotten_after_a_day(notes: Database, scope: MakeScope) -> None:
    ours = scope()
    await notes.run(ours, post, "key")
    tomorrow = clock.now() + timedelta(hours=24, seconds=1)
    async with notes.transaction(scope()) as tx:
        assert await purge(tx) == 0
        with clock.fixed_clock(lambda: tomorrow):
            assert await purge(tx) == 1
            assert await purge(tx) == 0
    with clock.fixed_clock(lambda: tomorrow):
        await notes.run(ours, post, "key", b"other")
