"""Migrations: forward only, each whole or not at all, once."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors, sql

from conftest import Ground, make_database
from meguri.storage import migrate as module
from meguri.storage.embedded import SUPERUSER, Cluster
from meguri.storage.migrate import BadMigrations, Migration, all_migrations, migrate, pending
from meguri.storage.queue_schema import queue_steps
from meguri.storage.roles import prepare_roles


@pytest.fixture
def empty(cluster: Cluster, template: str) -> Iterator[str]:
    """An empty database of the owner; its DSN."""
    make_database(cluster, "empty")
    prepare_roles(cluster.dsn("empty"), None)
    yield cluster.dsn("empty")
    with psycopg.connect(cluster.dsn("postgres", SUPERUSER), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier("empty")))


def with_more(monkeypatch: pytest.MonkeyPatch, *more: Migration) -> None:
    ours = list(module._read())
    monkeypatch.setattr(module, "_read", lambda: iter([*ours, *more]))


def test_an_empty_database_gets_everything_and_a_second_time_nothing(empty: str) -> None:
    assert pending(empty) == migrate(empty) == [step.name for step in all_migrations()]
    assert migrate(empty) == pending(empty) == []


def test_a_failing_step_leaves_nothing_behind_and_the_steps_before_stand(
    empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_more(
        monkeypatch,
        Migration("9998_test_good", "CREATE TABLE good ()"),
        Migration("9999_test_bad", "CREATE TABLE bad (); SELECT 1 / 0"),
    )
    with pytest.raises(errors.DivisionByZero) as failure:
        migrate(empty)
    assert failure.value.__notes__ == ["in migration 9999_test_bad"]
    assert pending(empty) == ["9999_test_bad"]
    with psycopg.connect(empty) as connection:
        assert connection.execute("SELECT to_regclass('good'), to_regclass('bad')").fetchone() == ("good", None)


def test_a_step_does_not_wait_long_for_a_lock(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate(empty)
    with_more(monkeypatch, Migration("9999_test_lock", "ALTER TABLE audit_root ADD COLUMN more text"))
    monkeypatch.setattr(module, "_LOCK_TIMEOUT", "100ms")
    with psycopg.connect(empty) as reader:
        reader.execute("SELECT * FROM audit_root")
        with pytest.raises(errors.LockNotAvailable):
            migrate(empty)
    assert migrate(empty) == ["9999_test_lock"]


def test_a_step_that_changed_after_it_was_applied_is_refused(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with_more(monkeypatch, Migration("9999_test_step", "SELECT 1"))
    migrate(empty)
    monkeypatch.undo()
    with_more(monkeypatch, Migration("9999_test_step", "SELECT 2"))
    with pytest.raises(BadMigrations, match="9999_test_step"):
        migrate(empty)
    with pytest.raises(BadMigrations, match="9999_test_step"):
        pending(empty)


def test_a_step_that_came_later_with_a_lower_number_is_applied_too(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with_more(monkeypatch, Migration("9999_test_late", "SELECT 1"))
    migrate(empty)
    monkeypatch.undo()
    with_more(monkeypatch, Migration("9999_test_late", "SELECT 1"), Migration("9990_test_lower", "SELECT 1"))
    assert migrate(empty) == ["9990_test_lower"]


def test_two_steps_of_one_number_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with_more(monkeypatch, Migration("0001_test_twin", "SELECT 1"))
    with pytest.raises(BadMigrations, match="0001"):
        all_migrations()


def test_a_database_of_an_older_queue_gets_only_the_upgrades_that_it_lacks(ground: Ground) -> None:
    last = [name for name, _ in queue_steps(fresh=False)][-1]
    with psycopg.connect(ground.owner) as connection:
        connection.execute("DELETE FROM meguri_migration WHERE name = %s", [last])
    assert pending(ground.owner) == [last]
    texts = dict(queue_steps(fresh=False))
    assert texts[last]
    assert sum(bool(text) for _, text in queue_steps(fresh=True)) == 1
