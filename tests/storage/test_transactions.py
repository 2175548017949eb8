"""Transactions: all or nothing, rows as Structs, races repeated, failures in words."""

import asyncio
import contextlib
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import msgspec
import psycopg
import pytest
from psycopg import errors

from conftest import Ground, MakeScope
from meguri.kernel.errors import Unavailable
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.storage import database
from meguri.storage.database import Database, HalfFailed, RetryUseCase, Transaction
from meguri.storage.embedded import SUPERUSER, Cluster
from meguri.storage.failures import TookTooLong, UnstorableText
from storage.noting import WRITE, words_seen, write_note


class Mood(StrEnum):
    GLAD = "glad-value"


class Inner(msgspec.Struct):
    depth: int


class Note(msgspec.Struct):
    note_id: UUID
    words: Mood
    amount: Decimal
    at: datetime
    document: Inner


async def test_rows_come_back_as_they_went(notes: Database, scope: MakeScope) -> None:
    ours, note_id, moment = scope(), new_id(), datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    async with notes.transaction(ours) as tx:
        touched = await tx.run(
            "INSERT INTO note VALUES (%(op)s, %(id)s, %(words)s, %(amount)s, %(at)s, %(document)s)",
            op=ours.operator_id, id=note_id, words=Mood.GLAD, amount=Decimal("1.50"), at=moment, document=Inner(3),
        )  # fmt: skip
        found = await tx.one("SELECT * FROM note WHERE document ->> 'depth' = '3'", Note)
    assert touched == 1
    assert found == Note(note_id, Mood.GLAD, Decimal("1.50"), moment, Inner(3))
    assert str(found.amount) == "1.50"
    assert found.at.utcoffset() == moment.utcoffset()


async def test_a_list_of_enums_is_an_array_of_their_values(notes: Database, scope: MakeScope) -> None:
    async with notes.transaction(scope()) as tx:
        assert await tx.value("SELECT 'glad-value' = ANY(%(moods)s::text[])", moods=[Mood.GLAD])


async def test_one_refuses_two_rows_and_value_of_none_is_none(notes: Database, scope: MakeScope) -> None:
    async with notes.transaction(scope()) as tx:
        with pytest.raises(LookupError):
            await tx.one("SELECT * FROM (VALUES (1), (2)) AS two")
        assert await tx.one("SELECT words FROM note") is None
        assert await tx.value("SELECT words FROM note") is None


async def test_an_exception_undoes_everything(notes: Database, scope: MakeScope) -> None:
    ours = scope()
    with pytest.raises(ZeroDivisionError):
        async with notes.transaction(ours) as tx:
            await write_note(tx, ours, "lost")
            raise ZeroDivisionError
    assert await notes.run(ours, words_seen) == []


async def test_a_savepoint_undoes_its_part_and_its_audit_entries(notes: Database, scope: MakeScope) -> None:
    ours = scope()
    async with notes.transaction(ours) as tx:
        await write_note(tx, ours, "kept")
        with pytest.raises(errors.UniqueViolation):
            async with tx.savepoint():
                note_id = await write_note(tx, ours, "lost")
                await tx.run(WRITE, operator=ours.operator_id, id=note_id, words="twice")
    async with notes.transaction(ours) as tx:
        assert await words_seen(tx, ours) == ["kept"]
        assert await tx.value("SELECT count(*) FROM audit_entry") == 1


async def test_a_swallowed_database_error_is_never_taken_for_a_commit(notes: Database, scope: MakeScope) -> None:
    ours = scope()
    with pytest.raises(HalfFailed):
        async with notes.transaction(ours) as tx:
            await tx.run(WRITE, operator=ours.operator_id, id=new_id(), words="not kept")
            with contextlib.suppress(errors.DivisionByZero):
                await tx.value("SELECT 1 / 0")
    assert await notes.run(ours, words_seen) == []


async def test_two_use_cases_that_lock_in_opposite_order_both_succeed(notes: Database, scope: MakeScope) -> None:
    ours, first, second = scope(), new_id(), new_id()
    async with notes.transaction(ours) as tx:
        for note_id in (first, second):
            await tx.run(WRITE, operator=ours.operator_id, id=note_id, words="")
    met = asyncio.Barrier(2)
    turns: list[str] = []

    async def lengthen(tx: Transaction, scope: OperatorScope, sign: str, order: tuple[UUID, UUID]) -> None:
        turns.append(sign)
        for note_id in order:
            await tx.run("UPDATE note SET words = words || %(sign)s WHERE note_id = %(id)s", sign=sign, id=note_id)
            if turns.count(sign) == 1 and note_id == order[0]:
                await met.wait()

    await asyncio.gather(
        notes.run(ours, lengthen, "a", (first, second)), notes.run(ours, lengthen, "b", (second, first))
    )
    assert len(turns) == 3
    assert {"".join(sorted(words)) for words in await notes.run(ours, words_seen)} == {"ab"}


async def test_a_use_case_may_ask_to_be_done_again_but_not_for_ever(notes: Database, scope: MakeScope) -> None:
    turns: list[int] = []

    async def unlucky(tx: Transaction, scope: OperatorScope, wins_at: int) -> int:
        turns.append(1)
        if len(turns) < wins_at:
            raise RetryUseCase
        return len(turns)

    assert await notes.run(scope(), unlucky, 3) == 3
    turns.clear()
    with pytest.raises(Unavailable):
        await notes.run(scope(), unlucky, 99)
    assert len(turns) == 5


async def test_the_statements_of_a_transaction_are_counted(notes: Database, scope: MakeScope) -> None:
    async with notes.transaction(scope()) as tx:
        assert tx.statements == 0
        await tx.value("SELECT 1")
        async with tx.across():
            await tx.value("SELECT 1")
        async with tx.across():
            await tx.value("SELECT 1")
        assert tx.statements == 4  # the role is taken once for both
        assert await tx.value("SELECT current_user") == "meguri_app"
        assert tx.statements == 6


async def test_a_savepoint_undone_leaves_the_role_as_it_was(notes: Database, scope: MakeScope) -> None:
    async with notes.transaction(scope()) as tx:
        with pytest.raises(KeyError):
            async with tx.savepoint(), tx.across():
                assert await tx.value("SELECT current_user") == "meguri_across"
                raise KeyError
        assert await tx.value("SELECT current_user") == "meguri_app"
        async with tx.across():
            assert await tx.value("SELECT current_user") == "meguri_across"


async def test_a_statement_over_its_time_is_refused_in_words(notes: Database, scope: MakeScope) -> None:
    with pytest.raises(TookTooLong):
        async with notes.transaction(scope()) as tx:
            await tx.run("SET LOCAL statement_timeout = 50")
            await tx.value("SELECT pg_sleep(5)")


@pytest.mark.parametrize("statement", ["SELECT %(words)s::text", "SELECT %(document)s::jsonb"])
async def test_the_character_u0000_is_refused_in_words(notes: Database, scope: MakeScope, statement: str) -> None:
    given: dict[str, object] = {"words": "a\0b"} if "words" in statement else {"document": {"a": "\0"}}
    with pytest.raises(UnstorableText):
        async with notes.transaction(scope()) as tx:
            await tx.value(statement, **given)


async def test_no_free_connection_in_time_is_refused_in_words(notes: Database, scope: MakeScope, noted: Ground) -> None:
    async with Database(noted.login, pool_size=1, patience_s=0.2) as narrow:
        async with narrow.transaction(scope()):
            with pytest.raises(Unavailable):
                await narrow.run(scope(), words_seen)


async def test_a_use_case_survives_the_loss_of_its_connection(
    notes: Database, scope: MakeScope, cluster: Cluster
) -> None:
    ours = scope()
    pids: list[int] = []

    async def cut_once(tx: Transaction, scope: OperatorScope) -> None:
        pids.append(await tx.value("SELECT pg_backend_pid()"))
        await write_note(tx, scope, "once")
        if len(pids) == 1:
            with psycopg.connect(cluster.dsn("postgres", SUPERUSER)) as strong:
                strong.execute("SELECT pg_terminate_backend(%s)", [pids[0]])
            await words_seen(tx, scope)

    await notes.run(ours, cut_once)
    assert len(set(pids)) == 2
    assert await notes.run(ours, words_seen) == ["once"]


async def test_a_patient_part_may_take_longer_and_only_that_part(noted: Ground, scope: MakeScope) -> None:
    async with Database(noted.login, statement_timeout_s=0.1) as db:
        async with db.transaction(scope()) as tx:
            async with tx.patient(5):
                await tx.value("SELECT pg_sleep(0.3)")
            with pytest.raises(errors.QueryCanceled):
                async with tx.savepoint():
                    await tx.value("SELECT pg_sleep(0.3)")


async def test_writers_who_wait_leave_room_for_readers_and_are_told_when_their_turn_does_not_come(
    noted: Ground, scope: MakeScope, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_LINE_S", 0.3)
    ours, ended = scope(), asyncio.Event()

    async def writes(db: Database, who: OperatorScope) -> None:
        async with db.turn(who), db.transaction(who):
            await ended.wait()

    async with Database(noted.login, pool_size=4, patience_s=1) as db:
        writers = [asyncio.ensure_future(writes(db, who)) for who in (ours, ours, ours, scope(), scope(), scope())]
        await asyncio.sleep(0.1)
        async with db.transaction(scope()) as tx:
            assert await tx.value("SELECT 1") == 1
        refused, writing = await asyncio.wait(writers, timeout=1)
        assert [type(one.exception()) for one in refused] == [Unavailable] * 3  # one too many of ours, two of all
        ended.set()
        await asyncio.gather(*writing)
        async with db.turn(ours), db.transaction(ours) as tx:
            assert await tx.value("SELECT 1") == 1


async def test_only_so_many_read_at_once_and_one_place_is_left_to_other_tenants(
    noted: Ground, scope: MakeScope, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_LINE_S", 0.3)
    ours, ended, reading = scope(), asyncio.Event(), 0

    async def reads(tx: Transaction, who: OperatorScope) -> int:
        nonlocal reading
        reading += 1
        await ended.wait()
        return await tx.value("SELECT 1")

    async def once(tx: Transaction, who: OperatorScope) -> int:
        return await tx.value("SELECT 1")

    async with Database(noted.login, pool_size=8, readers=3) as db:
        many = [asyncio.ensure_future(db.run(ours, reads)) for _ in range(5)]
        await asyncio.sleep(0.1)
        assert reading == 2
        assert await db.run(scope(), once) == 1  # another tenant is not kept waiting
        async with db.turn(ours):
            assert await db.run(ours, once) == 1  # nor is who writes
        refused, _ = await asyncio.wait(many, timeout=1)
        assert [type(one.exception()) for one in refused] == [Unavailable] * 3
        ended.set()
        await asyncio.wait(many)
        assert await db.run(ours, once) == 1


async def test_who_reads_within_a_reading_needs_no_second_place(noted: Ground, scope: MakeScope) -> None:
    async with Database(noted.login, pool_size=8, readers=1) as db:

        async def within(tx: Transaction, who: OperatorScope) -> int:
            return await db.run(scope(), once)

        async def once(tx: Transaction, who: OperatorScope) -> int:
            return await tx.value("SELECT 1")

        async with asyncio.timeout(5):
            assert await db.run(scope(), within) == 1
