"""Tenants do not see each other: row-level security under every transaction."""

import psycopg
import pytest
from psycopg import errors

from conftest import Fresh, Ground, MakeScope
from meguri.kernel.ids import new_id
from meguri.storage.database import Database
from storage.noting import READ, WRITE, words_seen, write_note


async def test_a_tenant_sees_its_own_rows_and_no_others(notes: Database, scope: MakeScope) -> None:
    ours, theirs = scope(), scope()
    await notes.run(ours, write_note, "ours")
    await notes.run(theirs, write_note, "theirs")
    assert await notes.run(ours, words_seen) == ["ours"]
    assert await notes.run(theirs, words_seen) == ["theirs"]


async def test_a_row_cannot_be_written_for_another_tenant(notes: Database, scope: MakeScope) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        async with notes.transaction(scope()) as tx:
            await tx.run(WRITE, operator=scope().operator_id, id=new_id(), words="forged")


async def test_across_sees_all_and_ends_with_its_block(notes: Database, scope: MakeScope) -> None:
    ours, theirs = scope(), scope()
    await notes.run(ours, write_note, "ours")
    await notes.run(theirs, write_note, "theirs")
    async with notes.transaction(ours) as tx:
        async with tx.across():
            async with tx.across():
                assert await words_seen(tx, ours) == ["ours", "theirs"]
            assert await words_seen(tx, ours) == ["ours", "theirs"]
        assert await words_seen(tx, ours) == ["ours"]


async def test_across_ends_also_when_its_block_fails(notes: Database, scope: MakeScope) -> None:
    ours = scope()
    await notes.run(scope(), write_note, "theirs")
    async with notes.transaction(ours) as tx:
        with pytest.raises(KeyError):
            async with tx.across():
                raise KeyError
        assert await words_seen(tx, ours) == []


@pytest.mark.parametrize("savepoint_outside", [True, False])
async def test_a_failed_statement_across_leaves_the_right_role(
    notes: Database, scope: MakeScope, savepoint_outside: bool
) -> None:
    async with notes.transaction(scope()) as tx:
        with pytest.raises(errors.DivisionByZero):
            if savepoint_outside:
                async with tx.savepoint(), tx.across():
                    await tx.value("SELECT 1 / 0")
            else:
                async with tx.across(), tx.savepoint():
                    await tx.value("SELECT 1 / 0")
        assert await tx.value("SELECT current_user") == "meguri_app"


async def test_identity_sees_its_tables_only(notes: Database) -> None:
    async with notes.identity() as tx:
        await tx.run("INSERT INTO secret_key VALUES ('k')")
        assert await tx.value("SELECT key FROM secret_key") == "k"
    with pytest.raises(errors.InsufficientPrivilege):
        async with notes.identity() as tx:
            await tx.all(READ)


async def test_tenants_do_not_see_the_tables_of_identity(notes: Database, scope: MakeScope) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        async with notes.transaction(scope()) as tx:
            await tx.all("SELECT * FROM secret_key")


@pytest.mark.parametrize("change", ["UPDATE diary SET words = 'x'", "DELETE FROM diary", "TRUNCATE diary"])
async def test_an_append_only_table_is_never_changed(notes: Database, scope: MakeScope, change: str) -> None:
    ours = scope()
    async with notes.transaction(ours) as tx:
        await tx.run("INSERT INTO diary VALUES (%(me)s, '2026-01-01', 'kept')", me=ours.operator_id)
    with pytest.raises(errors.InsufficientPrivilege):
        async with notes.transaction(ours) as tx:
            await tx.run(change)
    with pytest.raises(errors.InsufficientPrivilege):
        async with notes.transaction(ours) as tx, tx.across():
            await tx.run(change)


def test_the_log_in_itself_sees_nothing(noted: Ground) -> None:
    with psycopg.connect(noted.login) as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute("SELECT * FROM note")


def test_the_log_in_cannot_become_the_owner(noted: Ground) -> None:
    with psycopg.connect(noted.login) as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute("SET ROLE meguri_owner")


def test_the_log_in_of_one_database_cannot_enter_another(noted: Ground, fresh: Fresh) -> None:
    other = fresh()
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(noted.login, dbname=other.name)


def test_the_owner_sees_all_rows_so_that_migrations_and_back_ups_do(noted: Ground) -> None:
    with psycopg.connect(noted.owner) as connection:
        connection.execute(WRITE, {"operator": new_id(), "id": new_id(), "words": "somebody's"})
        assert connection.execute(READ).fetchall() == [("somebody's",)]


async def test_the_tenant_is_forgotten_when_the_transaction_ends(notes: Database, scope: MakeScope) -> None:
    async with notes.transaction(scope()):
        pass
    async with notes.pool.connection() as connection:
        row = await (await connection.execute("SELECT current_user, meguri_operator()")).fetchone()
    assert row is not None
    assert row[0].startswith("meguri_login_")
    assert row[1] is None
