"""A PostgreSQL of the user's own, by network and with a password: everything works there too, from PostgreSQL 15 on."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from meguri.storage.binaries import account
from serving import free_port, open_folder, run, serving

_FOUND = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
pytestmark = pytest.mark.skipif(not _FOUND, reason="no PostgreSQL of the system's own is installed")

KEY = {"MEGURI_BACKUP_KEY": "a passphrase kept elsewhere"}


@dataclass
class OwnServer:
    port: int

    def url(self, database: str, user: str = "company", password: str = "owner-pw") -> str:
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def make(self, database: str) -> str:
        with psycopg.connect(self.url("postgres", "postgres", "super-pw"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {database} OWNER company".encode())
        return self.url(database)


@pytest.fixture(scope="module")
def own() -> Iterator[OwnServer]:
    programs = _FOUND[0].parent
    user = account()
    options: dict[str, object] = {"user": user.uid, "group": user.gid, "extra_groups": []} if user else {}
    with open_folder() as folder:
        if user:
            user.give(folder)
        (folder / "pw").write_text("super-pw")
        (folder / "pw").chmod(0o644)
        data, port = folder / "data", free_port()
        initdb = [programs / "initdb", "-D", data, "-U", "postgres", "--pwfile", folder / "pw", "-A", "scram-sha-256"]
        subprocess.run(
            [*initdb, "-E", "UTF8", "--locale=C", "--no-sync"], check=True, capture_output=True, cwd="/", **options
        )  # type: ignore[call-overload]
        server = subprocess.Popen(  # type: ignore[call-overload]
            [programs / "postgres", "-D", data, "-p", str(port), "-k", folder, "-c", "fsync=off", "-h", "127.0.0.1"],
            cwd="/", stderr=subprocess.DEVNULL, **options,
        )  # fmt: skip
        try:
            yield _ready(OwnServer(port))
        finally:
            server.terminate()
            server.wait()


def _ready(server: OwnServer) -> OwnServer:
    for _ in range(200):
        try:
            with psycopg.connect(server.url("postgres", "postgres", "super-pw"), autocommit=True) as connection:
                connection.execute("CREATE ROLE company LOGIN CREATEROLE PASSWORD 'owner-pw'")
                return server
        except psycopg.OperationalError:
            os.sched_yield()
            subprocess.run(["sleep", "0.05"], check=False)
    raise AssertionError("the server does not start")


def test_serve_work_back_up_and_restore(own: OwnServer) -> None:
    first, second = own.make("first"), own.make("second")
    with open_folder() as folder:
        with serving(folder / "a", MEGURI_DATABASE_URL=first) as server:
            assert server.children("bin/postgres") == []
            for number in range(5):
                assert server.status(f"/write/{number}") == 200
            line = " ".join(Path(f"/proc/{pid}/cmdline").read_text() for pid in server.children(""))
            assert "owner-pw" not in line
            done = run("backup", "--data-dir", folder / "a", folder / "b", MEGURI_DATABASE_URL=first, **KEY)
            assert done.returncode == 0, done.stderr
        done = run("restore", "--data-dir", folder / "c", folder / "b", MEGURI_DATABASE_URL=second, **KEY)
        assert done.returncode == 0, done.stderr
        assert run("restore", "--data-dir", folder / "c", folder / "b", MEGURI_DATABASE_URL=second, **KEY).returncode
        with serving(folder / "c", MEGURI_DATABASE_URL=second) as server:
            assert server.status("/write/more") == 200
        proof = run("verify-audit", "--data-dir", folder / "c", MEGURI_DATABASE_URL=second)
        assert proof.returncode == 0, proof.stderr
        doctor = run("doctor", "--deep", "--data-dir", folder / "c", MEGURI_DATABASE_URL=second)
        assert "The database answers (PostgreSQL 1" in doctor.stdout
        assert doctor.returncode == 0, doctor.stdout


def test_a_url_without_database_or_a_wrong_password_is_told_without_showing_it(own: OwnServer) -> None:
    with open_folder() as folder:
        nameless = run("migrate", "--data-dir", folder, MEGURI_DATABASE_URL=f"postgresql://127.0.0.1:{own.port}")
        wrong = run(
            "migrate", "--data-dir", folder, MEGURI_DATABASE_URL=own.url("postgres", "company", "not-the-password")
        )
    assert (nameless.returncode, wrong.returncode) == (2, 1)
    assert "names no database" in nameless.stderr
    assert "password authentication failed" in wrong.stderr
    assert "not-the-password" not in wrong.stderr
