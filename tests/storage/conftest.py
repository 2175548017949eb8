"""A small tenant's table for tests of the ground itself."""

from collections.abc import AsyncIterator

import psycopg
import pytest

from conftest import Ground
from meguri.storage.database import Database

NOTE_TABLE = """
CREATE TABLE note (
  operator_id uuid NOT NULL,
  note_id     uuid NOT NULL,
  words       text NOT NULL,
  amount      numeric,
  at          timestamptz,
  document    jsonb,
  PRIMARY KEY (operator_id, note_id)
);
CALL meguri_tenant_table('note');
CREATE TABLE diary (operator_id uuid NOT NULL, day date NOT NULL, words text NOT NULL, PRIMARY KEY (operator_id, day));
CALL meguri_append_only_table('diary');
CREATE TABLE secret_key (key text PRIMARY KEY);
CALL meguri_identity_table('secret_key');
"""


@pytest.fixture
def noted(ground: Ground) -> Ground:
    """The test's database, with the tables of above."""
    with psycopg.connect(ground.owner) as connection:
        connection.execute(NOTE_TABLE)
    return ground


@pytest.fixture
async def notes(noted: Ground) -> AsyncIterator[Database]:
    async with Database(noted.login, pool_size=6) as database:
        yield database
