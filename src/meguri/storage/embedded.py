"""The embedded database: one PostgreSQL cluster in a folder of ours, reached through a Unix socket only.

Life-cycle: `start` makes the cluster if there is none, waits until it takes connections, and heals what a killed
predecessor left; `stop` ends it cleanly. The server dies with the process that started it.
"""

import hashlib
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from psycopg.conninfo import make_conninfo

from meguri.storage.binaries import Account, account, own_name, programs, reachable, version
from meguri.storage.parent import die_with_parent

OWNER = "meguri_owner"
SUPERUSER = "postgres"
_LONGEST_SOCKET_FOLDER = 90  # a socket's path ends at 107 bytes, its name takes 16

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "192MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_locks_per_transaction": "128",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "%a.log",  # one file per weekday, overwritten a week later
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_parameter_max_length": "0",  # values are people's business
    "log_parameter_max_length_on_error": "0",
}
_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "wal_level": "minimal"}
_FORGETFUL |= {
    "max_wal_senders": "0",
    "autovacuum": "off",
    "dynamic_shared_memory_type": "mmap",
    "logging_collector": "off",
    "shared_buffers": "64MB",
}


class ClusterFailed(Exception):
    """The embedded database cannot be made or started; the message is PostgreSQL's own."""


class Cluster:
    """One PostgreSQL cluster below `folder`, which must be this process's own (see `FolderLock`)."""

    def __init__(self, folder: Path, *, durable: bool = True, settings: Mapping[str, str] | None = None) -> None:
        """`durable=False` trades safety against power loss for speed: for tests only."""
        self.user: Account | None = account()
        self._folder = folder.absolute()
        self.home = self._folder if reachable(self._folder / "data", self.user) else _elsewhere(self._folder)
        self.data = self.home / "data"
        self.durable = durable
        self.settings = _SETTINGS | ({} if durable else _FORGETFUL) | dict(settings or {})
        self.beside: list[Path] = []  # further folders of the server's user, made before it starts
        self.process: subprocess.Popen[bytes] | None = None

    def dsn(self, database: str = "meguri", user: str = OWNER) -> str:
        """How libpq reaches `database` as `user`."""
        return make_conninfo(host=str(self.socket_folder), port=5432, dbname=database, user=user)

    @property
    def socket_folder(self) -> Path:
        """Where the socket lies: in the cluster's home, or in a short private folder if that path is too long.

        Or if it has a comma: clients take that for several hosts.
        """
        if len(os.fsencode(self.home / "socket")) <= _LONGEST_SOCKET_FOLDER and "," not in str(self.home):
            return self.home / "socket"
        return Path(tempfile.gettempdir()) / f"meguri-{_short_name(self.home)}"

    @property
    def programs(self) -> Path:
        """The folder of `postgres`, `pg_dump` and the others, where the cluster's user can run them."""
        return programs(self.user, self.home)

    def start(self, patience: float = 30) -> None:
        """Start and wait until connections are taken. Raises ClusterFailed with PostgreSQL's reason.

        To be called in the main thread: Linux ends the server when the thread that started it ends.

        patience    seconds for a killed predecessor to vanish: it may stay a zombie and hold its lock file
        """
        self._make()
        deadline = time.monotonic() + patience
        while not self._try_start(deadline):
            time.sleep(0.1)

    def stop(self, patience: float = 30) -> None:
        """End the server that this object started: open transactions are rolled back, memory is written."""
        process, self.process = self.process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGINT)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGQUIT)
            process.wait()

    def alive(self) -> bool:
        """Whether the server that this object started still runs."""
        return self.process is not None and self.process.poll() is None

    def answering(self) -> bool:
        """Whether any server of this cluster, whoever started it, takes connections."""
        return self._status() == "ready" and self._holder() is not None

    def _make(self) -> None:
        """Make the cluster in a folder aside and rename it: half a cluster is never taken for one."""
        if self.home != self._folder:
            self._folder.parent.mkdir(parents=True, exist_ok=True)
            _place_of(self._folder).write_text(f"{self.home}\n")
        self.home.mkdir(parents=True, exist_ok=True)
        _private(self.home, self.user)
        if self.socket_folder.parent != self.home:
            _refuse_strangers(self.socket_folder, self.user)
        for folder in (self.socket_folder, *self.beside):
            folder.mkdir(mode=0o700, exist_ok=True)
            _private(folder, self.user)
        if not (self.data / "PG_VERSION").exists():
            fresh = self.home / "data.new"
            shutil.rmtree(fresh, ignore_errors=True)
            shutil.rmtree(self.data, ignore_errors=True)
            self._initdb(fresh)
            fresh.rename(self.data)
        self._write_access()
        major = (self.data / "PG_VERSION").read_text().strip()
        if major != version().partition(".")[0]:
            raise ClusterFailed(
                f"the data folder is of PostgreSQL {major}, the programs are {version()}: "
                "make a back-up with the release that wrote it and restore it with this one"
            )

    def _initdb(self, folder: Path) -> None:
        locale = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        rest = ["--data-checksums", "--auth=reject", "--no-instructions"] + ([] if self.durable else ["--no-sync"])
        command = [str(self.programs / "initdb"), "-D", str(folder), "-U", SUPERUSER, *locale, *rest]
        done = subprocess.run(command, capture_output=True, check=False, **self.as_user())  # noqa: S603
        if done.returncode:
            raise ClusterFailed(done.stderr.decode(errors="replace").strip())

    def _write_access(self) -> None:
        """Only our own operating-system user may come, by the socket, and may take any role; nobody by network."""
        names = dict.fromkeys([own_name(), *([self.user.name] if self.user else [])])
        (self.data / "pg_ident.conf").write_text("".join(f'meguri "{name}" all\n' for name in names))
        (self.data / "pg_hba.conf").write_text("local all all peer map=meguri\nlocal replication all peer map=meguri\n")
        for name in ("pg_ident.conf", "pg_hba.conf"):
            _private(self.data / name, self.user, 0o600)

    def _try_start(self, deadline: float) -> bool:
        """One attempt. False if a predecessor is still in the way, which time heals."""
        self._clear_way()
        command = [str(self.programs / "postgres"), "-D", str(self.data)]
        for name, value in (self.settings | {"unix_socket_directories": str(self.socket_folder)}).items():
            command += ["-c", f"{name}={value}"]
        log, before = self.home / "start.log", self._written()
        with log.open("wb") as sink:
            self.process = subprocess.Popen(  # noqa: S603
                command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, preexec_fn=die_with_parent(signal.SIGINT),
                start_new_session=True, **self.as_user(),
            )  # fmt: skip
        while self.process.poll() is None:
            if self._status() == "ready" and self._pid() == self.process.pid:
                return True
            time.sleep(0.01)
        said = log.read_text(errors="replace")
        if "redirecting log output" in said:  # then the reason is not here; the collector may write for a moment longer
            patience = time.monotonic() + 2
            while "FATAL" not in (reasons := self._reasons(before)) and time.monotonic() < patience:
                time.sleep(0.02)
            said += reasons
        if ("already exists" in said or "still in use" in said) and time.monotonic() < deadline:
            return False
        raise ClusterFailed(said.strip())

    def _written(self) -> dict[Path, int]:
        """How far each of the server's own log files has come, in bytes."""
        return {one: one.stat().st_size for one in (self.data / "log").glob("*.log")}

    def _reasons(self, before: Mapping[Path, int]) -> str:
        """What a server that did not come up wrote into its own log: the collector has the reasons, not standard error."""
        found = []
        for one, size in self._written().items():
            begun = before.get(one, 0)
            with one.open("rb") as log:
                log.seek(begun if size >= begun else 0)  # a file of last week is begun anew
                found.append(log.read(65_536).decode(errors="replace"))
        return "".join(found)

    def _clear_way(self) -> None:
        """A server left over by a killed predecessor is told to end; lock files of a stranger's or a dead pid are removed.

        Both of them, that of the data and that of the socket: a killed server may stay a zombie for as long as nobody
        waits for it, and PostgreSQL takes a zombie for a living server.
        """
        holder = self._holder()
        if holder is not None:
            os.kill(holder, signal.SIGINT)
            return
        for lock in (self.data / "postmaster.pid", self.socket_folder / ".s.PGSQL.5432.lock"):
            pid = _pid_in(_lines(lock))
            if pid is not None and _server(pid) is None and Path("/proc/self").exists():
                lock.unlink(missing_ok=True)

    def _holder(self) -> int | None:
        """The process id in the lock file, if it lives and is a PostgreSQL server."""
        pid = self._pid()
        return None if pid is None else _server(pid)

    def _pid(self) -> int | None:
        return _pid_in(self._lock_file())

    def _status(self) -> str:
        lines = self._lock_file()
        return lines[7].strip() if len(lines) > 7 else ""

    def _lock_file(self) -> list[str]:
        return _lines(self.data / "postmaster.pid")

    def as_user(self) -> dict[str, Any]:
        """Options of subprocess: a clean environment, a folder that the user can enter, and the user."""
        options: dict[str, Any] = {
            "cwd": str(self.home),
            "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            "umask": 0o077,
        }
        if self.user:
            options |= {"user": self.user.uid, "group": self.user.gid, "extra_groups": []}
        return options


def _lines(lock: Path) -> list[str]:
    try:
        return lock.read_text().splitlines()
    except FileNotFoundError:
        return []


def _pid_in(lines: list[str]) -> int | None:
    return int(lines[0]) if lines and lines[0].strip().isdigit() else None


def _server(pid: int) -> int | None:
    """The process id, if it lives and is a PostgreSQL server."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return pid if not Path("/proc/self").exists() and _lives(pid) else None
    name, _, rest = state.partition("(")[2].rpartition(")")
    return pid if name.startswith("postgres") and rest.split()[0] != "Z" else None


def _elsewhere(folder: Path) -> Path:
    """A home that an unprivileged user can reach; only root needs it. A file beside `folder` says where it is.

    A new name for every new data folder: one that was removed and made anew must not find its old database.
    """
    place = _place_of(folder)
    return Path(place.read_text().strip()) if place.exists() else Path("/var/lib/meguri") / secrets.token_hex(8)


def _place_of(folder: Path) -> Path:
    return folder.with_name(folder.name + ".place")


def _short_name(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path.absolute())).hexdigest()[:16]


def _private(path: Path, user: Account | None, mode: int = 0o700) -> None:
    if user:
        user.give(path)
    path.chmod(mode)


def _refuse_strangers(path: Path, user: Account | None) -> None:
    """A folder below the common temporary folder must be ours: anybody may have made it first."""
    wanted = user.uid if user else os.geteuid()
    if path.is_symlink() or (path.exists() and path.stat().st_uid not in (wanted, os.geteuid())):
        raise ClusterFailed(f"{path} belongs to somebody else")


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
