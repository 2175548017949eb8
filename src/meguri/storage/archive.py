"""The archive beside the back-ups: base copies of the embedded cluster and every piece of its log since.

So what came after the last back-up survives the machine. Everything in it is packed (a segment that ended early
is mostly zeros) and sealed with the back-ups' passphrase (`sealed`).

    base/<moment>.sealed     a tar of `base.tar` (PostgreSQL's own base copy) and `secret.key`
    wal/<segment>.sealed     the log in segments of 16 MB, each at most a minute behind
    files/<name>.sealed      stored files, unless they are kept in a bucket

PostgreSQL puts finished segments into a folder beside the cluster; one small process of ours seals them and carries them away.
"""

import gzip
import os
import shlex
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, cast

from meguri.kernel import clock
from meguri.storage import secret
from meguri.storage.embedded import SUPERUSER, Cluster
from meguri.storage.files import FolderStore
from meguri.storage.sealed import SealedReader, SealedWriter

SEGMENT_S = 60
BASE, WAL, FILES = "base", "wal", "files"
_ENDING = ".sealed"
_MOMENT = "%Y%m%dT%H%M%S%fZ"
_PIECE = 1 << 20
_BASES = 2
_MARGIN = timedelta(hours=1)


class NoArchive(Exception):
    """The archive holds nothing that could be restored; the message says why."""


class Archive:
    """A folder on another disk or machine."""

    def __init__(self, folder: Path, passphrase: str) -> None:
        """Nothing is read yet."""
        self._folder, self._passphrase = folder, passphrase

    def keep(self, name: str, fill: Callable[[BinaryIO], object]) -> None:
        """Keep under `name` what `fill` writes, complete and on disk, or not at all. Raises OSError."""
        place = self._folder / (name + _ENDING)
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = place.with_name(place.name + ".partial")
        with partial.open("wb") as sink:
            with (
                SealedWriter(sink, self._passphrase) as sealed,
                gzip.GzipFile(fileobj=cast("BinaryIO", sealed), mode="wb", compresslevel=1, mtime=0) as packed,
            ):
                fill(cast("BinaryIO", packed))
            sink.flush()
            os.fsync(sink.fileno())
        partial.replace(place)

    def fetch(self, name: str, target: Path) -> None:
        """Write to `target` what is kept under `name`, each piece proven authentic first. Raises Unsealable, OSError."""
        with (self._folder / (name + _ENDING)).open("rb") as source, target.open("wb") as sink:
            reader = SealedReader(source, self._passphrase)
            with gzip.GzipFile(fileobj=cast("BinaryIO", reader), mode="rb") as packed:
                shutil.copyfileobj(packed, sink, _PIECE)
            reader.finish()

    def names(self, kind: str) -> list[str]:
        """What is kept of one kind, in the order of names."""
        found = (self._folder / kind).rglob("*" + _ENDING)
        return sorted(str(each.relative_to(self._folder)).removesuffix(_ENDING) for each in found)

    def remove(self, name: str) -> None:
        """Forget it."""
        (self._folder / (name + _ENDING)).unlink(missing_ok=True)

    def kept_at(self, name: str) -> datetime:
        """When it was kept."""
        return datetime.fromtimestamp((self._folder / (name + _ENDING)).stat().st_mtime, UTC)


def archiving(cluster: Cluster) -> dict[str, str]:
    """The cluster's settings with which PostgreSQL puts finished segments aside for us."""
    spool = spool_of(cluster)
    target, partial = f"{shlex.quote(str(spool))}/%f", f"{shlex.quote(str(spool))}/%f.partial"
    return {
        "archive_mode": "on",
        "archive_timeout": str(SEGMENT_S),
        "archive_command": f"test ! -f {target} && cp %p {partial} && sync {partial} && mv {partial} {target}",
    }


def spool_of(cluster: Cluster) -> Path:
    """Where segments wait to be carried away; PostgreSQL's user writes it."""
    return cluster.home / "wal-out"


def carry_segments(cluster: Cluster, archive: Archive) -> int:
    """Seal what waits and carry it away, oldest first; how many. Raises OSError: then it waits on."""
    waiting = sorted(each for each in spool_of(cluster).glob("*") if not each.name.endswith(".partial"))
    for segment in waiting:
        archive.keep(f"{WAL}/{segment.name}", lambda sink, segment=segment: _copy(segment, sink))  # type: ignore[misc]
        segment.unlink()
    return len(waiting)


def carry_files(store: FolderStore, archive: Archive) -> int:
    """Seal stored files that the archive lacks; how many."""
    known = set(archive.names(FILES))
    missing = [name for name in store.names() if f"{FILES}/{name}" not in known]
    for name in missing:
        archive.keep(f"{FILES}/{name}", lambda sink, name=name: _copy(store.root / name, sink))  # type: ignore[misc]
    return len(missing)


def take_base(cluster: Cluster, folder: Path, archive: Archive) -> str:
    """Take a base copy of the running cluster, and forget bases and segments that no restore needs any more.

    Raises NoArchive with PostgreSQL's reason, OSError.
    """
    name = f"{BASE}/{clock.now().astimezone(UTC).strftime(_MOMENT)}"
    with tempfile.TemporaryDirectory(dir=cluster.home, prefix="base-") as work:
        if cluster.user:
            cluster.user.give(Path(work))
        target = Path(work) / "copy"
        command = [str(cluster.programs / "pg_basebackup"), "-D", str(target), "-Ft", "-X", "none", "-c", "fast"]
        command += ["-h", str(cluster.socket_folder), "-p", "5432", "-U", SUPERUSER, "--no-password"]
        done = subprocess.run(command, capture_output=True, check=False, **cluster.as_user())  # noqa: S603
        if done.returncode:
            raise NoArchive(done.stderr.decode(errors="replace").strip())

        def fill(sink: BinaryIO) -> None:
            with tarfile.open(fileobj=sink, mode="w|", format=tarfile.PAX_FORMAT) as tar:
                tar.add(target / "base.tar", "base.tar")
                if (folder / secret.NAME).exists():
                    tar.add(folder / secret.NAME, secret.NAME)

        archive.keep(name, fill)
    _forget_old(archive)
    return name


def _forget_old(archive: Archive) -> None:
    """Two bases stay, and the log from the older one on; segments kept well before it began are of no use."""
    bases = archive.names(BASE)
    for name in bases[:-_BASES]:
        archive.remove(name)
    if len(bases) > _BASES:
        oldest = moment_of(bases[-_BASES]) - _MARGIN
        for name in archive.names(WAL):
            if archive.kept_at(name) < oldest:
                archive.remove(name)


def _copy(source: Path, sink: BinaryIO) -> None:
    with source.open("rb") as opened:
        shutil.copyfileobj(opened, sink, _PIECE)


def bring_back(cluster: Cluster, folder: Path, archive: Archive, until: datetime | None) -> dict[str, str]:
    """Lay a base copy and the log since where the cluster will find them; the settings to start it with.

    until  the moment to come back to; None for the last archived one

    Raises NoArchive, Unsealable, OSError.
    """
    base = _base_for(archive, until)
    cluster.home.mkdir(parents=True, exist_ok=True)
    wal = cluster.home / "wal-in"
    with tempfile.TemporaryDirectory(dir=folder, prefix="restore-") as work:
        _unpack_base(archive, base, Path(work), cluster, folder)
    wal.mkdir(mode=0o700, exist_ok=True)
    for name in archive.names(WAL):
        archive.fetch(name, wal / name.rpartition("/")[2])
    (cluster.data / "recovery.signal").touch()
    for place in _all_in(cluster.home):
        if cluster.user:
            cluster.user.give(place)
    cluster.data.chmod(0o700)
    started = {
        "restore_command": f"cp {shlex.quote(str(wal))}/%f %p",
        "recovery_target_action": "promote",
        "hot_standby": "off",  # it takes connections once it has come to the end, not on the way
    }
    return started | ({"recovery_target_time": until.astimezone(UTC).isoformat()} if until else {})


def clean_up(cluster: Cluster) -> None:
    """Remove the copy of the log after a restore."""
    shutil.rmtree(cluster.home / "wal-in", ignore_errors=True)


def _base_for(archive: Archive, until: datetime | None) -> str:
    bases = archive.names(BASE)
    fitting = [name for name in bases if until is None or moment_of(name) <= until]
    if not fitting:
        raise NoArchive("it holds no base copy" + (f" from before {until.isoformat()}" if until and bases else ""))
    return fitting[-1]


def moment_of(base: str) -> datetime:
    """When a base copy was begun."""
    return datetime.strptime(base.rpartition("/")[2], _MOMENT).replace(tzinfo=UTC)


def _unpack_base(archive: Archive, base: str, work: Path, cluster: Cluster, folder: Path) -> None:
    archive.fetch(base, work / "base")
    with tarfile.open(work / "base") as tar:
        _unpack(tar, work)
    with tarfile.open(work / "base.tar") as tar:
        _unpack(tar, cluster.data)
    if (work / secret.NAME).exists():
        (work / secret.NAME).replace(folder / secret.NAME)


def _unpack(tar: tarfile.TarFile, folder: Path) -> None:
    """Files and folders that stay within `folder`, with their modes and owners. Raises NoArchive for anything else.

    Python's own filters of members are missing before 3.11.4, and the safest of them forgets the owner that PostgreSQL asks for.
    """
    within = folder.resolve()
    for member in tar:
        inside = (within / member.name).resolve().is_relative_to(within)
        if not inside or not (member.isfile() or member.isdir()):
            raise NoArchive(f"it holds “{member.name}”, which is no file of a base copy")
        vars(tar)["extraction_filter"] = lambda one, _: one  # checked above; newer versions ask for one
        tar.extract(member, folder)


def _all_in(folder: Path) -> Iterator[Path]:
    yield folder
    yield from folder.rglob("*")
