"""Back-ups: everything comes back, and nothing that was altered does."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from meguri.storage.access import Access, access_to
from meguri.storage.backup import FILES, BadBackup, opened_backup, write_backup
from meguri.storage.lock import FolderLock
from serving import open_folder, run, serving
from small_app import OPERATOR

KEY = {"MEGURI_BACKUP_KEY": "a passphrase kept elsewhere"}
CONTENT = b"a certificate, page 1\n" * 100_000


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with open_folder() as made:
        yield made


@pytest.fixture(scope="module")
def full(folder: Path) -> Path:
    """A data folder that a server has worked in."""
    data = folder / "full"
    with serving(data) as server:
        for number in range(20):
            assert server.status(f"/write/{number}") == 200
    store_file(data)
    (data / "secret.key").write_text("00" * 32)
    return data


@pytest.fixture(scope="module")
def backup(folder: Path, full: Path) -> Path:
    target = folder / "all.backup"
    done = run("backup", "--data-dir", full, target, **KEY)
    assert done.returncode == 0, done.stderr
    return target


def store_file(data: Path) -> Path:
    from hashlib import sha256

    address = sha256(CONTENT).hexdigest()
    place = data / FILES / OPERATOR.hex / address[:2] / address
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(CONTENT)
    return place


def rows(access: Access) -> dict[str, list[tuple[object, ...]]]:
    """Everything in every table that the owner sees."""
    with psycopg.connect(access.owner) as connection:
        names = connection.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = "
                                   "'public'::regnamespace ORDER BY 1").fetchall()  # fmt: skip
        return {name: sorted(connection.execute(f"SELECT * FROM {name}".encode()), key=repr) for (name,) in names}


def rows_of(data: Path) -> dict[str, list[tuple[object, ...]]]:
    access = access_to(data, None)
    assert access.cluster is not None
    with FolderLock(data):
        access.cluster.start()
        try:
            return rows(access)
        finally:
            access.cluster.stop()


def test_a_restored_installation_has_every_row_and_file_and_works(folder: Path, full: Path, backup: Path) -> None:
    target = folder / "again"
    done = run("restore", "--data-dir", target, backup, **KEY)
    assert done.returncode == 0, done.stderr
    assert "1 audit chains proven, 1 files" in done.stdout
    before = rows_of(full)
    assert before == rows_of(target)
    assert len(before["audit_entry"]) >= 20
    assert [file.read_bytes() for file in (target / FILES).glob("*/*/*")] == [CONTENT]
    assert (target / "secret.key").read_text() == "00" * 32
    with serving(target) as server:
        assert server.status("/write/new") == 200
    assert run("verify-audit", "--data-dir", target).returncode == 0


def test_a_back_up_can_be_made_while_the_server_runs(folder: Path, full: Path) -> None:
    with serving(full):
        done = run("backup", "--data-dir", full, folder / "live.backup", **KEY)
    assert done.returncode == 0, done.stderr
    assert (folder / "live.backup").stat().st_mode & 0o077 == 0


def test_nothing_is_readable_in_the_back_up(backup: Path) -> None:
    content = backup.read_bytes()
    for word in (b"certificate", b"small:key:write", OPERATOR.bytes, str(OPERATOR).encode(), b"PGDMP", b"secret.key"):
        assert word not in content


def test_without_a_key_no_back_up_is_made(folder: Path, full: Path) -> None:
    done = run("backup", "--data-dir", full, folder / "none.backup")
    assert done.returncode == 2
    assert "MEGURI_BACKUP_KEY" in done.stderr
    assert not (folder / "none.backup").exists()


def test_a_wrong_key_opens_nothing(folder: Path, backup: Path) -> None:
    done = run("restore", "--data-dir", folder / "wrong", backup, MEGURI_BACKUP_KEY="another passphrase of ours")
    assert done.returncode == 1
    assert "passphrase is wrong" in done.stderr


@pytest.mark.parametrize("where", [0.0, 0.001, 0.5, 0.999999])
def test_one_byte_changed_anywhere_is_found(folder: Path, backup: Path, where: float) -> None:
    altered = bytearray(backup.read_bytes())
    altered[int(where * len(altered))] ^= 1
    (folder / "altered").write_bytes(altered)
    done = run("restore", "--data-dir", folder / "altered-data", folder / "altered", **KEY)
    assert done.returncode == 1
    assert "cannot be used" in done.stderr


def test_a_back_up_that_was_cut_is_refused(folder: Path, backup: Path) -> None:
    (folder / "cut").write_bytes(backup.read_bytes()[:-1000])
    done = run("restore", "--data-dir", folder / "cut-data", folder / "cut", **KEY)
    assert (done.returncode, "altered or cut" in done.stderr) == (1, True)


def test_an_installation_with_data_is_never_overwritten(full: Path, backup: Path) -> None:
    done = run("restore", "--data-dir", full, backup, **KEY)
    assert done.returncode == 1
    assert "already holds data" in done.stderr


def test_a_broken_audit_trail_is_refused_and_the_target_stays_empty(folder: Path, backup: Path) -> None:
    forged = folder / "forged"
    assert run("restore", "--data-dir", forged, backup, **KEY).returncode == 0
    access = access_to(forged, None)
    assert access.cluster is not None
    with FolderLock(forged):
        access.cluster.start()
        with psycopg.connect(access.owner) as connection:
            connection.execute("UPDATE audit_entry SET actor = 'person:nobody' WHERE seq = 5")
        write_backup(access, forged, folder / "forged.backup", KEY["MEGURI_BACKUP_KEY"])
        access.cluster.stop()
    proof = run("verify-audit", "--data-dir", forged)
    assert proof.returncode == 1
    assert re.search(rf"Operator {OPERATOR}, entry 5: its content was altered", proof.stderr)
    refused = run("backup", "--data-dir", forged, folder / "never.backup", **KEY)
    assert (refused.returncode, "no back-up was made" in refused.stderr) == (1, True)
    assert not (folder / "never.backup").exists()
    done = run("restore", "--data-dir", folder / "target", folder / "forged.backup", **KEY)
    assert done.returncode == 1
    assert "entry 5" in done.stderr
    assert "was undone" in done.stderr
    assert "audit_entry" not in rows_of(folder / "target")
    assert not list((folder / "target").glob("restore-*"))


def test_a_damaged_file_is_named_and_never_goes_into_a_back_up(folder: Path, backup: Path) -> None:
    damaged = folder / "damaged"
    assert run("restore", "--data-dir", damaged, backup, **KEY).returncode == 0
    (file,) = (damaged / FILES).glob("*/*/*")
    os.truncate(file, 10)
    done = run("backup", "--data-dir", damaged, folder / "damaged.backup", **KEY)
    assert done.returncode == 1
    assert f"damaged files: {file.name}" in done.stderr
    assert not list(folder.glob("damaged.backup*"))


def test_a_file_that_is_not_that_of_its_address_is_not_restored(
    folder: Path, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("meguri.storage.files.hash_of", lambda path: "0" * 64)
    with pytest.raises(BadBackup, match="damaged files"):
        with opened_backup(backup, folder, KEY["MEGURI_BACKUP_KEY"]):
            pass
