"""Migrations: `migrations/NNNN_room_what.sql`, forward only, each in a transaction of its own.

What was applied is kept with its checksum; a file that changed afterwards is an error, because two databases that
say the same would then differ. Two starters do not race: the second waits for the first and finds nothing to do.
The job queue brings its own tables; they are applied as steps `queue_…`, between our own 0001 and 0002.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import LiteralString

import psycopg

from meguri.storage.queue_schema import PREFIX, queue_steps
from meguri.storage.roles import STARTERS

_FILE = re.compile(r"(\d{4}_[a-z]+_[a-z0-9_]+)\.sql\Z")
_LOCK_TIMEOUT = "4s"

_LEDGER: LiteralString = """
CREATE TABLE IF NOT EXISTS meguri_migration (
  name     text        NOT NULL PRIMARY KEY,
  checksum text        NOT NULL,
  at       timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""


class BadMigrations(Exception):
    """The files do not fit each other, or do not fit what this database was built with."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema; steps are applied in the order of their names."""

    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text; steps of the queue's library are known by their names alone."""
        return self.name if self.name.startswith(PREFIX) else hashlib.sha256(self.sql.encode()).hexdigest()


def all_migrations(*, fresh_queue: bool = True) -> list[Migration]:
    """Every step in order. Raises BadMigrations for a badly named file or a number given twice."""
    ours = sorted(_read(), key=lambda step: step.name)
    numbers = [step.name[:4] for step in ours]
    twice = sorted({number for number in numbers if numbers.count(number) > 1})
    if twice:
        raise BadMigrations(f"numbers given to two migrations: {', '.join(twice)}")
    queue = [Migration(name, sql) for name, sql in queue_steps(fresh=fresh_queue)]
    ground = [step for step in ours if step.name < "0002"]
    return [*ground, *queue, *ours[len(ground) :]]


def _read() -> Iterator[Migration]:
    for entry in files("meguri.storage").joinpath("migrations").iterdir():
        if entry.name.endswith(".sql"):
            match = _FILE.match(entry.name)
            if match is None:
                raise BadMigrations(f"{entry.name} is not named NNNN_room_what.sql")
            yield Migration(match[1], entry.read_text(encoding="utf-8"))


def pending(owner_dsn: str) -> list[str]:
    """Names of the steps that this database lacks. Raises BadMigrations."""
    with psycopg.connect(owner_dsn, autocommit=True) as connection:
        return [step.name for step in _missing(_applied(connection))]


def migrate(owner_dsn: str) -> list[str]:
    """Apply what is missing and return its names. Raises BadMigrations, or psycopg.Error with no step half done.

    A step waits at most 4 s for a lock, so that a long read never stops all writers behind a waiting migration.
    """
    with psycopg.connect(owner_dsn, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [STARTERS])
        connection.execute(_LEDGER)
        missing = _missing(_applied(connection))
        for step in missing:
            _apply(connection, step)
        return [step.name for step in missing]


def _apply(connection: psycopg.Connection, step: Migration) -> None:
    try:
        with connection.transaction():
            connection.execute(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'")
            connection.execute(step.sql.encode())
            connection.execute(
                "INSERT INTO meguri_migration (name, checksum) VALUES (%s, %s)", [step.name, step.checksum]
            )
    except psycopg.Error as error:
        error.add_note(f"in migration {step.name}")
        raise


def _applied(connection: psycopg.Connection) -> dict[str, str]:
    if connection.execute("SELECT to_regclass('meguri_migration')").fetchone() == (None,):
        return {}
    return dict(connection.execute("SELECT name, checksum FROM meguri_migration").fetchall())


def _missing(applied: dict[str, str]) -> list[Migration]:
    steps = all_migrations(fresh_queue=not any(name.startswith(PREFIX) for name in applied))
    changed = [step.name for step in steps if applied.get(step.name, step.checksum) != step.checksum]
    if changed:
        raise BadMigrations(f"changed after they were applied: {', '.join(changed)}")
    return [step for step in steps if step.name not in applied]
