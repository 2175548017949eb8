"""The database of the tests: a real PostgreSQL of this run's own, and a fresh migrated database where one is asked for.

    db            a `Database` on a fresh database, for one test
    module_db     the same for all tests of a module (they must not mind each other's rows)
    ground        how to reach that database: `.login` (the app), `.owner` (migrations, forgeries)
    fresh         makes more databases: `fresh()` gives a `Ground`, `fresh.drop(it)` takes it away
    scope         makes an `OperatorScope`: `scope()` is a new operator each time

Tests are `async def`; the backend is asyncio.
"""

import gc
import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # each test process has its core; more threads only wait for it

import psycopg
import pytest
import structlog
from hypothesis import HealthCheck, find, settings
from hypothesis import strategies as st
from psycopg import sql

from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope, Role
from meguri.storage.database import Database
from meguri.storage.embedded import OWNER, SUPERUSER, Cluster
from meguri.storage.installation import installation
from meguri.storage.migrate import migrate
from meguri.storage.roles import login_role, prepare_roles

# How long a machine takes to make or try an example says nothing about the rule that it tries; time is the benchmarks' business.
settings.register_profile("meguri", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("meguri")

TEMPLATE = "meguri_template"
HERE = installation("https://id.example.jp", b"a secret of thirty-two bytes, at least")
"""The installation that signs in tests."""


def pytest_collection_finish() -> None:
    """Seventeen thousand tests stay until the end: the collector need not look through them again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def characters() -> None:
    """In a new clone the first text builds the table of characters (a second and more): here, it is no property's delay."""
    find(st.text(), lambda _: True)


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    """A cause is printed as Python prints it: with all local variables in a frame it takes many seconds."""
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.processors.add_log_level, plain])


@dataclass(frozen=True)
class Ground:
    """One database: how the app logs in, and how its owner does."""

    name: str
    login: str
    owner: str


class Fresh:
    """Makes databases that are copies of the template, and removes them."""

    def __init__(self, cluster: Cluster, template: str) -> None:
        self._cluster = cluster
        self._template = template
        self._numbers = itertools.count(1)

    def __call__(self) -> Ground:
        name = f"t{next(self._numbers)}"
        make_database(self._cluster, name, self._template)
        owner = self._cluster.dsn(name)
        return Ground(name, prepare_roles(owner, None), owner)

    def drop(self, ground: Ground) -> None:
        with psycopg.connect(self._cluster.dsn("postgres", SUPERUSER), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(ground.name)))
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(login_role(ground.name))))


MakeScope = Callable[..., OperatorScope]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A cluster of this process alone, in a folder that PostgreSQL's user can enter (pytest's own are closed)."""
    remove_leftovers()
    folder = Path(tempfile.mkdtemp(prefix=f"meguri-test-{os.getpid()}-", dir=roomy_memory()))
    folder.chmod(0o755)
    server = Cluster(folder / "cluster", durable=False)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def template(cluster: Cluster) -> str:
    """A migrated database; each fresh one is a copy of it."""
    make_owner(cluster)
    make_database(cluster, TEMPLATE)
    prepare_roles(cluster.dsn(TEMPLATE), None)
    migrate(cluster.dsn(TEMPLATE))
    return TEMPLATE


@pytest.fixture(scope="session")
def fresh(cluster: Cluster, template: str) -> Fresh:
    return Fresh(cluster, template)


@pytest.fixture
def ground(fresh: Fresh) -> Iterator[Ground]:
    made = fresh()
    yield made
    fresh.drop(made)


@pytest.fixture
async def db(ground: Ground) -> AsyncIterator[Database]:
    async with Database(ground.login, pool_size=4, installation=HERE) as database:
        yield database


@pytest.fixture(scope="module")
async def module_db(fresh: Fresh) -> AsyncIterator[Database]:
    made = fresh()
    async with Database(made.login, pool_size=4, installation=HERE) as database:
        yield database
    fresh.drop(made)


@pytest.fixture(scope="session")
def scope() -> MakeScope:
    def make(operator_id: UUID | None = None, role: Role = Role.ADMIN) -> OperatorScope:
        person = new_id()
        return OperatorScope(operator_id or new_id(), f"person:{person}", role, person_id=person)

    return make


def roomy_memory() -> str | None:
    """A folder in memory if there is one with space: databases are copied there twenty times as fast."""
    memory = Path("/dev/shm")
    return str(memory) if memory.exists() and shutil.disk_usage(memory).free > 4 << 30 else None


def remove_leftovers() -> None:
    """Folders of runs that were killed: memory is dear."""
    for left in Path(roomy_memory() or tempfile.gettempdir()).glob("meguri-test-*-*"):
        if not Path(f"/proc/{left.name.split('-')[2]}").exists():
            shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)


def make_owner(cluster: Cluster) -> None:
    with psycopg.connect(cluster.dsn("postgres", SUPERUSER), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER CREATEDB CREATEROLE").format(sql.Identifier(OWNER))
        )


def make_database(cluster: Cluster, name: str, template: str = "template1") -> None:
    with psycopg.connect(cluster.dsn("postgres", SUPERUSER), autocommit=True) as connection:
        statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY FILE_COPY")
        connection.execute(statement.format(*map(sql.Identifier, (name, OWNER, template))))
