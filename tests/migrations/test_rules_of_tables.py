"""What holds for every table of every room: tenants are kept apart, and the data can be spread over machines."""

from collections.abc import Iterator

import psycopg
import pytest

from conftest import Fresh

WITHOUT_ROW_SECURITY = {
    "meguri_migration",  # what was applied, for all to see
    "procrastinate_events",  # the queue's own tables: rows are ids, roles may see no column but the job's number
    "procrastinate_jobs",
    "procrastinate_periodic_defers",
    "procrastinate_workers",
}
# The directory of companies and what it is searched by: small, and its public numbers are unique among all.
ON_EVERY_MACHINE = ["operator", "operator_name_part"]
ROLES = {"meguri_app", "meguri_across", "meguri_identity", "meguri_queue"}

TABLES = """
SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity,
       EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'owner_all'
                  AND p.polcmd = '*' AND p.polroles = ARRAY[c.relowner])
  FROM pg_class c
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'f')
 ORDER BY 1
"""
TENANTS = """
SELECT DISTINCT c.oid::regclass::text
  FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid
 WHERE c.relkind IN ('r', 'p') AND pg_get_expr(p.polqual, c.oid) ~ 'operator_id = .*meguri_operator'
 ORDER BY 1
"""


@pytest.fixture(scope="module")
def owner(fresh: Fresh) -> Iterator[psycopg.Connection]:
    ground = fresh()
    with psycopg.connect(ground.owner, autocommit=True) as connection:
        yield connection
    fresh.drop(ground)


def rows(owner: psycopg.Connection, query: str, *values: object) -> list[tuple[object, ...]]:
    return owner.execute(query.encode(), values or None).fetchall()


def tenant_tables(owner: psycopg.Connection) -> str:
    names = [name for (name,) in rows(owner, TENANTS)]
    assert names
    return ", ".join(f"'{name}'::regclass" for name in names)


def test_every_table_has_row_level_security_forced_and_its_owner_sees_all(owner: psycopg.Connection) -> None:
    found = rows(owner, TABLES)
    assert len(found) > 5
    assert {name for name, forced, _ in found if not forced} == WITHOUT_ROW_SECURITY
    assert {name for name, _, seen in found if not seen} == WITHOUT_ROW_SECURITY


def test_no_right_to_a_table_belongs_to_everybody_or_to_a_log_in(owner: psycopg.Connection) -> None:
    holders = rows(
        owner,
        "SELECT DISTINCT grantee FROM information_schema.role_table_grants WHERE table_schema = 'public' "
        "AND grantee <> 'meguri_owner'",
    )
    assert {name for (name,) in holders} <= ROLES


def test_no_role_of_the_app_may_bypass_anything_or_owns_anything(owner: psycopg.Connection) -> None:
    assert (
        rows(
            owner,
            "SELECT rolname FROM pg_roles WHERE rolname LIKE 'meguri%' AND rolname <> 'meguri_owner' "
            "AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolinherit)",
        )
        == []
    )
    assert (
        rows(owner, "SELECT relname FROM pg_class WHERE relowner::regrole::text ~ '^meguri_(app|across|login)'") == []
    )


def test_functions_with_their_owners_rights_are_closed_to_everybody_and_fix_their_path(
    owner: psycopg.Connection,
) -> None:
    assert (
        rows(
            owner,
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef "
            "AND (proconfig IS NULL OR NOT proconfig::text LIKE '%search_path=%' "
            "  OR has_function_privilege('public', oid, 'EXECUTE'))",
        )
        == []
    )


def test_views_show_what_the_asking_role_may_see(owner: psycopg.Connection) -> None:
    assert (
        rows(
            owner,
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND (relkind = 'm' OR "
            "relkind = 'v' AND NOT coalesce(reloptions::text LIKE '%security_invoker=true%', false))",
        )
        == []
    )


def test_the_key_of_every_tenants_table_begins_with_the_operator(owner: psycopg.Connection) -> None:
    assert (
        rows(
            owner,
            f"SELECT t.oid::regclass::text FROM pg_class t WHERE t.oid IN ({tenant_tables(owner)}) AND NOT EXISTS ("
            "SELECT 1 FROM pg_index i JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0] "
            "WHERE i.indrelid = t.oid AND i.indisprimary AND a.attname = 'operator_id')",
        )
        == []
    )


def test_what_is_unique_is_unique_within_an_operator(owner: psycopg.Connection) -> None:
    assert (
        rows(
            owner,
            f"SELECT i.indexrelid::regclass::text FROM pg_index i WHERE i.indrelid IN ({tenant_tables(owner)}) "
            "AND i.indisunique AND NOT i.indrelid = ANY(%s::regclass[]) "
            "AND NOT EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = i.indrelid "
            "AND a.attnum = ANY(i.indkey) AND a.attname = 'operator_id')",
            ON_EVERY_MACHINE,
        )
        == []
    )


def test_foreign_keys_stay_within_an_operator(owner: psycopg.Connection) -> None:
    assert (
        rows(
            owner,
            "SELECT c.conname FROM pg_constraint c WHERE c.contype = 'f' AND c.conrelid::regclass::text NOT LIKE 'procr%' "
            f"AND (c.conrelid IN ({tenant_tables(owner)}) OR c.confrelid IN ({tenant_tables(owner)})) AND NOT EXISTS ("
            "SELECT 1 FROM unnest(c.conkey, c.confkey) AS pair (own, other) "
            "JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = pair.own AND a.attname = 'operator_id' "
            "JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = pair.other AND b.attname = 'operator_id')",
        )
        == []
    )


def test_no_sequence_counts_over_operators(owner: psycopg.Connection) -> None:
    assert (
        rows(
            owner,
            "SELECT relname FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace "
            "AND relname NOT LIKE 'procrastinate_%'",
        )
        == []
    )


def test_the_owner_of_an_operators_row_is_never_unknown(owner: psycopg.Connection) -> None:
    assert (
        rows(
            owner,
            f"SELECT attrelid::regclass::text FROM pg_attribute WHERE attrelid IN ({tenant_tables(owner)}) "
            "AND attname = 'operator_id' AND (NOT attnotnull OR atttypid <> 'uuid'::regtype)",
        )
        == []
    )
