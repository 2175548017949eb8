"""The log archive: a lost machine comes back up to the last archived moment or one before; what was altered does not."""

import shutil
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from meguri.storage.access import access_to
from meguri.storage.archive import BASE, FILES, WAL, Archive
from meguri.storage.embedded import SUPERUSER
from serving import Server, free_port, open_folder, run
from small_app import OPERATOR

KEY = {"MEGURI_BACKUP_KEY": "a passphrase kept elsewhere"}
CONTENT = b"a certificate\n" * 1000


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with open_folder() as made:
        yield made


@pytest.fixture(scope="module")
def lost(folder: Path) -> tuple[Archive, datetime]:
    """A machine that worked with an archive and is gone: 20 keys before the moment that is told, 10 after it."""
    data, place = folder / "data", folder / "archive"
    store_file(data)
    server = Server(data, free_port(), MEGURI_WAL_ARCHIVE=str(place), **KEY)
    try:
        server.wait_until_ready(patience=240)
        archive = Archive(place, KEY["MEGURI_BACKUP_KEY"])
        wait_for(lambda: bool(archive.names(BASE)) and bool(archive.names(FILES)))
        for number in range(20):
            assert server.status(f"/write/{number}") == 200
        time.sleep(0.5)
        between = datetime.now(UTC)
        time.sleep(0.5)
        for number in range(20, 30):
            assert server.status(f"/write/{number}") == 200
        segment = switch(data)
        wait_for(lambda: f"{WAL}/{segment}" in archive.names(WAL))
        assert (place / WAL / f"{segment}.sealed").stat().st_size < 8_000_000  # packed: a segment has 16 MB
        found = run("doctor", "--data-dir", data, MEGURI_WAL_ARCHIVE=str(place), **KEY)
        assert "is up to date (base copy of" in found.stdout
    finally:
        server.stop(signal.SIGKILL)
    time.sleep(1)
    shutil.rmtree(data)
    return archive, between


def switch(data: Path) -> str:
    """End the present segment of the log, as PostgreSQL does by itself once a minute; its name."""
    cluster = access_to(data, None).cluster
    assert cluster is not None
    with psycopg.connect(cluster.dsn("postgres", SUPERUSER), autocommit=True) as connection:
        row = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
    assert row is not None
    return str(row[0])


def store_file(data: Path) -> None:
    from hashlib import sha256

    address = sha256(CONTENT).hexdigest()
    place = data / FILES / OPERATOR.hex / address[:2] / address
    place.parent.mkdir(parents=True)
    place.write_bytes(CONTENT)


def wait_for(condition: object, patience: float = 120) -> None:
    until = time.monotonic() + patience
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < until, "it never came"
        time.sleep(0.1)


def keys_in(data: Path) -> set[int]:
    """The keys that a restored installation knows."""
    access = access_to(data, None)
    assert access.cluster is not None
    access.cluster.start()
    try:
        with psycopg.connect(access.owner) as connection:
            rows = connection.execute("SELECT key FROM idempotency WHERE key !~ 'effect'").fetchall()
            return {int(row[0]) for row in rows}
    finally:
        access.cluster.stop()


def test_a_lost_machine_comes_back_up_to_the_last_archived_moment(folder: Path, lost: tuple[Archive, datetime]) -> None:
    archive, _ = lost
    again = folder / "again"
    done = run("restore", "--archive", folder / "archive", "--data-dir", again, **KEY)
    assert done.returncode == 0, done.stderr
    assert "the last archived moment" in done.stdout
    assert keys_in(again) == set(range(30))
    [name] = archive.names(FILES)
    assert (again / name).read_bytes() == CONTENT
    verified = run("verify-audit", "--data-dir", again)
    assert verified.returncode == 0, verified.stderr
    twice = run("restore", "--archive", folder / "archive", "--data-dir", again, **KEY)
    assert twice.returncode != 0
    assert "holds a database already" in twice.stderr


def test_it_comes_back_to_a_moment_before_a_mistake(folder: Path, lost: tuple[Archive, datetime]) -> None:
    _, between = lost
    target = folder / "earlier"
    done = run("restore", "--archive", folder / "archive", "--until", between.isoformat(), "--data-dir", target, **KEY)
    assert done.returncode == 0, done.stderr
    assert keys_in(target) == set(range(20))


def test_nothing_in_the_archive_can_be_read_without_the_key(folder: Path, lost: tuple[Archive, datetime]) -> None:
    for file in (folder / "archive").rglob("*.sealed"):
        content = file.read_bytes()
        assert b"certificate" not in content
        assert b"small:key" not in content
    done = run(
        "restore", "--archive", folder / "archive", "--data-dir", folder / "no", MEGURI_BACKUP_KEY="another passphrase"
    )
    assert done.returncode != 0


def test_one_byte_changed_in_the_log_is_found(folder: Path, lost: tuple[Archive, datetime]) -> None:
    altered = folder / "altered"
    shutil.copytree(folder / "archive", altered)
    segment = max((altered / WAL).glob("*.sealed"))
    content = bytearray(segment.read_bytes())
    content[len(content) // 2] ^= 1
    segment.write_bytes(content)
    done = run("restore", "--archive", altered, "--data-dir", folder / "never", **KEY)
    assert done.returncode != 0
    assert "The archive cannot be used" in done.stderr


def test_words_that_are_no_moment_and_an_empty_archive_are_told(folder: Path) -> None:
    (folder / "empty").mkdir()
    for extra, told in ((["--until", "soon"], "is not a moment"), ([], "holds no base copy")):
        done = run("restore", "--archive", folder / "empty", *extra, "--data-dir", folder / "x", **KEY)
        assert done.returncode != 0
        assert told in done.stderr
    done = run("serve", "--data-dir", folder / "x", MEGURI_WAL_ARCHIVE=str(folder / "empty"))
    assert done.returncode != 0
    assert "MEGURI_BACKUP_KEY" in done.stderr
