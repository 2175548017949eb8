"""Back-ups: one encrypted file with the database, the files and the installation's secret, as of one moment.

Within the encryption (see `sealed`) lies a tar archive: `manifest.json`, `database.dump` (PostgreSQL's own form),
`secret.key` unless the secret is a setting, `files/…`. The manifest holds the Merkle root over the audit chains as the
dump holds them; a restored database must come to the same root.
"""

import io
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any, cast

import msgspec
import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from meguri.kernel import clock
from meguri.storage import secret
from meguri.storage.access import Access
from meguri.storage.audit_check import Head, merkle_root
from meguri.storage.binaries import installed
from meguri.storage.files import Depot, FolderStore
from meguri.storage.sealed import SealedReader, SealedWriter

FILES = "files"
_FORMAT = 1
_MEMBER = re.compile(r"manifest\.json|database\.dump|secret\.key|files/[0-9a-f]{32}/[0-9a-f]{2}/[0-9a-f]{64}")
_PIECE = 1 << 20


class BadBackup(Exception):
    """The back-up cannot be used; the message says why."""


class Manifest(msgspec.Struct, frozen=True):
    """What a back-up says of itself. `audit_root` in hexadecimal, `secret` whether the secret lies within."""

    made_at: datetime
    audit_root: str
    chains: int
    files: int
    secret: bool
    format: int = _FORMAT


def write_backup(
    access: Access, folder: Path, target: Path, passphrase: str, files: Depot | None = None
) -> Manifest:  # fmt: skip
    """Write a back-up of the running database, the files and the secret in `folder` to `target`, complete or not at all.

    files  where files are kept; by default in the data folder

    Raises BadBackup, also when a stored file is damaged: such a back-up would not be restored.
    """
    partial = target.with_name(target.name + ".partial")
    with tempfile.TemporaryDirectory(dir=folder, prefix="backup-") as work:
        dump = Path(work) / "database.dump"
        heads = _dump(access.owner, dump)
        store = files or FolderStore(folder / FILES)
        names = list(store.names())  # after the dump: files never change, so none is missing
        _refuse_damaged(list(store.damaged()))
        own_secret = folder / secret.NAME
        manifest = Manifest(
            clock.now(), merkle_root(heads).hex(), len(heads), len(names), own_secret.exists()
        )  # fmt: skip
        with (
            _private_file(partial) as sink,
            SealedWriter(cast("Any", sink), passphrase) as sealed,
            tarfile.open(fileobj=cast("IO[bytes]", sealed), mode="w|", format=tarfile.PAX_FORMAT) as archive,
        ):
            _add_text(archive, "manifest.json", msgspec.json.encode(manifest))
            archive.add(dump, "database.dump")
            if manifest.secret:
                archive.add(own_secret, secret.NAME)
            copy = Path(work) / "file"
            for name in names:
                store.fetch(name, copy)
                archive.add(copy, f"{FILES}/{name}")
    partial.replace(target)
    return manifest


@contextmanager
def opened_backup(source: Path, folder: Path, passphrase: str) -> Iterator[tuple[Manifest, Path]]:
    """Within: the manifest, and a private folder with the back-up's content, all of it proven authentic.

    Raises Unsealable, or BadBackup when something is missing or a file is not that of its address.
    """
    with tempfile.TemporaryDirectory(dir=folder, prefix="restore-") as work:
        place = Path(work)
        with source.open("rb") as sealed_file:
            reader = SealedReader(sealed_file, passphrase)
            _unpack(reader, place)
            reader.finish()
        yield _checked(place), place


def load_dump(access: Access, dump: Path) -> None:
    """Fill the empty database from `dump`, in one transaction. Raises BadBackup."""
    script = _tool("pg_restore", "--no-owner", "--file=-", str(dump))
    loader = _tool("psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", dsn=access.owner)
    with (
        subprocess.Popen(script[0], env=script[1], stdout=subprocess.PIPE) as reading,  # noqa: S603
        tempfile.TemporaryFile() as said,
        subprocess.Popen(  # noqa: S603
            loader[0], env=loader[1], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said
        ) as loading,
    ):
        _pass_on(cast("IO[bytes]", reading.stdout), cast("IO[bytes]", loading.stdin))
        failed = bool(loading.wait()) | bool(reading.wait())
        said.seek(0)
        reason = said.read().decode(errors="replace").strip()
    if failed:
        raise BadBackup(reason or "the dump cannot be read")


def is_empty(access: Access) -> bool:
    """Whether the database has no tables of ours yet."""
    with psycopg.connect(access.owner, autocommit=True) as connection:
        return connection.execute("SELECT to_regclass('meguri_migration')").fetchone() == (None,)


def clear(access: Access) -> None:
    """Empty a database whose restore was refused."""
    with psycopg.connect(access.owner, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


def put_in_place(place: Path, folder: Path, files: Depot | None = None) -> None:
    """Move the files of a proven back-up to where files are kept, and the secret into the data folder."""
    store = files or FolderStore(folder / FILES)
    for name in FolderStore(place / FILES).names():
        store.bring(name, place / FILES / name)
    if (place / secret.NAME).exists():
        (place / secret.NAME).replace(folder / secret.NAME)


def _dump(owner: str, target: Path) -> list[Head]:
    """Dump the database; the heads of the audit chains at that same moment."""
    with psycopg.connect(owner) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        (snapshot,) = connection.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
        rows = connection.execute("SELECT operator_id, seq, hash FROM audit_head ORDER BY operator_id").fetchall()
        options = ["--format=custom", "--enable-row-security", "--no-owner", f"--snapshot={snapshot}"]
        options.append("--exclude-extension=amcheck")  # the doctor's, perhaps at work just now; only a superuser has it
        command, environment = _tool("pg_dump", *options, f"--file={target}", dsn=owner)
        done = subprocess.run(command, env=environment, capture_output=True, check=False)  # noqa: S603
    if done.returncode:
        raise BadBackup(done.stderr.decode(errors="replace").strip())
    return [Head(*row) for row in rows]


def _tool(name: str, *options: str, dsn: str | None = None) -> tuple[list[str], dict[str, str]]:
    """Command and environment; a password goes by the environment, for everybody can read a command line."""
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"}
    command = [str(installed() / "bin" / name), *options]
    if dsn is not None:
        parts: dict[str, Any] = conninfo_to_dict(dsn)
        password = parts.pop("password", None)
        environment |= {"PGPASSWORD": str(password)} if password else {}
        command.append(f"--dbname={make_conninfo(**parts)}")
    return command, environment


def _pass_on(script: IO[bytes], target: IO[bytes]) -> None:
    """Copy the script, but for the one setting that servers before PostgreSQL 17 do not know."""
    try:
        for line in script:
            if line.startswith(b"SET transaction_timeout"):
                continue
            target.write(line)
            if line.startswith(b"COPY "):
                break
        shutil.copyfileobj(script, target, _PIECE)
        target.close()
    except BrokenPipeError:
        pass  # the loader ended early and says why


def _unpack(reader: SealedReader, place: Path) -> None:
    try:
        with tarfile.open(fileobj=cast("IO[bytes]", reader), mode="r|") as archive:
            for member in archive:
                content = archive.extractfile(member)
                if content is None or not _MEMBER.fullmatch(member.name):
                    raise BadBackup(f"{member.name} does not belong into a back-up")
                target = place / member.name
                target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                with _private_file(target) as sink:
                    shutil.copyfileobj(content, sink, _PIECE)
    except tarfile.TarError as error:
        raise BadBackup(str(error)) from error


def _checked(place: Path) -> Manifest:
    if not (place / "manifest.json").exists() or not (place / "database.dump").exists():
        raise BadBackup("the manifest or the database is missing")
    manifest = msgspec.json.decode((place / "manifest.json").read_bytes(), type=Manifest)
    if manifest.format != _FORMAT:
        raise BadBackup(f"it has the form {manifest.format}, and this release reads {_FORMAT}")
    files = list(place.glob("files/*/??/*"))
    if len(files) != manifest.files:
        raise BadBackup(f"it holds {len(files)} files instead of {manifest.files}")
    _refuse_damaged(list(FolderStore(place / FILES).damaged()))
    return manifest


def _refuse_damaged(names: list[str]) -> None:
    if names:
        raise BadBackup(f"damaged files: {', '.join(name.rpartition('/')[2] for name in names)}")


def _add_text(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    entry.mode = 0o600
    archive.addfile(entry, io.BytesIO(content))


@contextmanager
def _private_file(path: Path) -> Iterator[IO[bytes]]:
    """A file that only our user can read, on disk when the block ends; removed if it fails."""
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as sink:
            yield sink
            sink.flush()
            os.fsync(sink.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
