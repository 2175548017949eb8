"""Row-level security alone, without any of our conditions, keeps companies apart."""

import psycopg
import pytest

from meguri.kernel.ids import new_id
from meguri.operators import plants, service
from meguri.operators.model import PlantInput

from .conftest import relation_of

OWN_TABLES = [
    "operator_setting",
    "operator_history",
    "plant",
    "plant_history",
    "disclosure_grant",
    "disclosure_history",
    "notification",
]
APPEND_ONLY = ["operator_history", "plant_history", "disclosure_history"]


async def filled(db, join):
    """Two companies, of which the first has a row in every table of this room."""
    mine, other = await join(), await join()
    await db.run(mine, plants.register, PlantInput(name="n", address="a", open_plant_id="000001"))
    await db.run(mine, service.set_groups, new_id(), other.operator_id, {"TOTALCFP": True})
    async with db.transaction(other) as tx:
        relation = relation_of(mine.operator_id, other.operator_id)
        await service.notify(tx, mine.operator_id, "CFP_UPDATED", other.operator_id, relation)
    return mine, other


async def test_a_bare_select_shows_a_company_its_own_rows_only(db, join) -> None:
    mine, other = await filled(db, join)
    for table in OWN_TABLES:
        async with db.transaction(mine) as tx:
            assert await tx.value(f"SELECT count(*) FROM {table}") > 0, table
        async with db.transaction(other) as tx:
            strange = "operator_id IS DISTINCT FROM meguri_operator()"
            assert await tx.value(f"SELECT count(*) FROM {table} WHERE {strange}") == 0, table


async def test_a_bare_update_or_delete_touches_no_row_of_another(db, join) -> None:
    _, other = await filled(db, join)
    strange = "WHERE operator_id <> meguri_operator()"
    for table in set(OWN_TABLES) - set(APPEND_ONLY):
        async with db.transaction(other) as tx:
            assert await tx.run(f"UPDATE {table} SET operator_id = operator_id {strange}") == 0
            assert await tx.run(f"DELETE FROM {table} {strange}") == 0


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("statement", ["UPDATE {} SET operator_id = operator_id", "DELETE FROM {}"])
async def test_history_can_be_neither_changed_nor_removed(db, join, table: str, statement: str) -> None:
    mine, _ = await filled(db, join)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with db.transaction(mine) as tx:
            await tx.run(statement.format(table))
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with db.transaction(mine) as tx, tx.across():
            await tx.run(statement.format(table))


async def test_every_signed_in_company_reads_the_directory_and_writes_its_own_row_alone(db, join) -> None:
    mine, other = await join("甲社"), await join("乙社")
    async with db.transaction(other) as tx:
        assert await tx.value("SELECT count(*) FROM operator") == 2
        assert await tx.run("UPDATE operator SET name = 'x'") == 1
    assert (await db.run(mine, service.own)).name == "甲社"
    for statement in (
        "DELETE FROM operator",
        "UPDATE operator SET synthetic = true",
        "UPDATE operator SET created_at = now()",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            async with db.transaction(other) as tx:
                await tx.run(statement)


async def test_nobody_joins_as_somebody_else(db, scope) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with db.transaction(scope()) as tx:
            await tx.run(
                "INSERT INTO operator (operator_id, name, search_name, address, open_operator_id, created_at, "
                "updated_at) VALUES (%(id)s, 'n', 'n', 'a', 'o', now(), now())",
                id=new_id(),
            )


async def test_one_company_cannot_put_a_notification_before_another_by_itself(db, join) -> None:
    mine, other = await join(), await join()
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with db.transaction(other) as tx:
            await tx.run(
                "INSERT INTO notification (operator_id, notification_id, type, family, from_operator_id, trade_id, "
                "request_id, downstream_operator_id, upstream_operator_id, downstream_trace_id, notified_at) "
                "SELECT %(id)s, x, 't', 'f', x, x, x, x, x, x, now() FROM (SELECT %(any)s::uuid AS x) AS given",
                id=mine.operator_id,
                any=new_id(),
            )


async def test_sign_in_may_read_names_but_write_none(db, join) -> None:
    await join("甲社")
    async with db.identity() as tx:
        assert await tx.value("SELECT name FROM operator") == "甲社"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with db.identity() as tx:
            await tx.run("UPDATE operator SET name = 'x'")


async def test_a_reset_empties_the_named_companies_and_no_other(db, join) -> None:
    mine, other = await filled(db, join)
    await db.run(other, plants.register, PlantInput(name="n", address="a", open_plant_id="000001"))
    await db.run(mine, service.clear, [mine.operator_id])
    assert await db.run(mine, service.all_plants) == []
    assert await db.run(mine, service.unread_count) == 0
    assert (await db.run(mine, service.who_sees_what, open_only=False)).items == []
    assert len(await db.run(other, service.all_plants)) == 1
    async with db.transaction(mine) as tx:
        assert await tx.value("SELECT count(*) FROM disclosure_history WHERE released IS NULL") == 1
        assert await tx.value("SELECT count(*) FROM plant_history") == 1
