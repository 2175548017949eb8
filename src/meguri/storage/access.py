"""How the database is reached: the embedded cluster in the data folder, or a server of the user's own."""

from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from meguri.storage.embedded import OWNER, SUPERUSER, Cluster
from meguri.storage.migrate import migrate
from meguri.storage.roles import STARTERS, login_dsn, prepare_roles

NAME = "meguri"


@dataclass(frozen=True, slots=True)
class Access:
    """`owner` is for migrations and back-ups, `login` for the app. Making one connects to nothing."""

    owner: str
    secret_file: Path | None
    cluster: Cluster | None

    @property
    def login(self) -> str:
        """How the app logs in. Raises FileNotFoundError before the first `prepare` on a server of the user's own."""
        return login_dsn(self.owner, self.secret_file)


def access_to(folder: Path, database_url: str | None) -> Access:
    """The way to the database of the data folder `folder`."""
    if database_url is None:
        cluster = Cluster(folder / "database")
        return Access(cluster.dsn(NAME, OWNER), None, cluster)
    if not conninfo_to_dict(database_url).get("dbname"):
        raise ValueError("the database's URL names no database")
    return Access(database_url, folder / "database-password", None)


def prepare(access: Access, *, tables: bool = True) -> list[str]:
    """Make what is missing of owner, database, roles and (unless told not to) tables; the server runs already.

    Returns the names of the migrations that were applied. To be repeated at every start; harmless.
    """
    if access.cluster:
        _make_owner_and_database(access.cluster)
    prepare_roles(access.owner, access.secret_file)
    return migrate(access.owner) if tables else []


def _make_owner_and_database(cluster: Cluster) -> None:
    with psycopg.connect(cluster.dsn("postgres", SUPERUSER), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [STARTERS])
        if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [OWNER]).fetchone() is None:
            role = sql.Identifier(OWNER)
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS CREATEDB CREATEROLE").format(role))
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", [NAME]).fetchone() is None:
            names = map(sql.Identifier, (NAME, OWNER))
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(*names))
