"""Roles in PostgreSQL: three groups without log-in, and one log-in per database that may only become one of them."""

import os
import secrets
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

APP = "meguri_app"
ACROSS = "meguri_across"
IDENTITY = "meguri_identity"
QUEUE = "meguri_queue"
GROUPS = (APP, ACROSS, IDENTITY, QUEUE)
STARTERS = 0x6D656775
"""The advisory lock that starters hold while they make what is missing, so that the second waits for the first."""
_LONGEST_NAME = 63

# Roles belong to the whole cluster: another database's starter may make the same one at the same moment.
_MAKE_GROUP: LiteralString = """
DO $$ BEGIN
  CREATE ROLE {role} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOINHERIT;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$
"""
_MAKE_LOGIN: LiteralString = """
DO $$ BEGIN
  CREATE ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOINHERIT;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$
"""


def login_role(database: str) -> str:
    """The name of the app's log-in for `database`; PostgreSQL cuts names at 63 bytes, so ours must not be longer."""
    name = f"meguri_login_{database}"
    if len(name.encode()) > _LONGEST_NAME:
        raise ValueError(f"the database name {database} is too long: at most {_LONGEST_NAME - 13} bytes")
    return name


def prepare_roles(owner_dsn: str, secret_file: Path | None) -> str:
    """Make what is missing of the roles and return how the app logs in. To be repeated at every start; harmless.

    owner_dsn    the database's owner, who may create roles
    secret_file  where the log-in's password is kept with mode 600; None when the server trusts by `peer`
    """
    with psycopg.connect(owner_dsn, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [STARTERS])
        database = connection.info.dbname
        role = login_role(database)
        password = _password(secret_file) if secret_file else None
        for group in GROUPS:
            connection.execute(sql.SQL(_MAKE_GROUP).format(role=sql.Identifier(group)))
        connection.execute(sql.SQL(_MAKE_LOGIN).format(role=sql.Identifier(role)))
        _allow(connection, database, role, password)
    return _login(owner_dsn, database, password)


def login_dsn(owner_dsn: str, secret_file: Path | None) -> str:
    """How the app logs in, once `prepare_roles` has been there. Raises FileNotFoundError before."""
    database = str(conninfo_to_dict(owner_dsn)["dbname"])
    return _login(owner_dsn, database, secret_file.read_text().strip() if secret_file else None)


def _login(owner_dsn: str, database: str, password: str | None) -> str:
    parts: dict[str, Any] = {**conninfo_to_dict(owner_dsn), "user": login_role(database), "dbname": database}
    return make_conninfo(**parts | {"password": password})


def _allow(connection: psycopg.Connection, database: str, role: str, password: str | None) -> None:
    names = {
        "role": sql.Identifier(role),
        "groups": sql.SQL(", ").join(map(sql.Identifier, GROUPS)),
        "database": sql.Identifier(database),
        "app": sql.Identifier(APP),
    }
    # Only this database's own log-in may connect: other databases of the server have the same groups.
    statements: list[LiteralString] = [
        "GRANT {groups} TO {role}",
        "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        "GRANT CONNECT ON DATABASE {database} TO {role}",
        "GRANT TEMPORARY ON DATABASE {database} TO {app}",
    ]
    with connection.transaction():
        for statement in statements:
            connection.execute(sql.SQL(statement).format(**names))
        if password:
            change = sql.SQL("ALTER ROLE {role} PASSWORD {password}")
            connection.execute(change.format(role=names["role"], password=sql.Literal(password)))


def _password(file: Path) -> str:
    """The password in `file`, made there when there is none. Only our user may read it."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text().strip()
    password = secrets.token_urlsafe(32)
    with os.fdopen(handle, "w") as sink:
        sink.write(password + "\n")
    return password
