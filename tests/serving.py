"""A real `meguri serve`, as its own processes, for tests that need one. Every one that is started is ended."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import psycopg

SOURCES = Path(__file__).parent.parent / "src"
TESTS = Path(__file__).parent


def free_port() -> int:
    with socket.socket() as plain:
        plain.bind(("127.0.0.1", 0))
        port: int = plain.getsockname()[1]
        return port


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MEGURI_")}
    return kept | {
        "PYTHONPATH": f"{SOURCES}{os.pathsep}{TESTS}",
        "MEGURI_APP": "small_app",
        "MEGURI_LANGUAGE": "en",
        "PYTHONUNBUFFERED": "1",
    } | more  # fmt: skip


def run(*words: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    """A command to its end."""
    command = [sys.executable, "-m", "meguri.cli", *map(str, words)]
    return subprocess.run(command, env=environment(**more), capture_output=True, text=True, timeout=120, check=False)


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that PostgreSQL's user can enter (pytest's own are closed to it), in memory if there is room."""
    memory = Path("/dev/shm")
    roomy = memory.exists() and shutil.disk_usage(memory).free > 4 << 30
    folder = Path(tempfile.mkdtemp(prefix=f"meguri-test-{os.getpid()}-", dir=memory if roomy else None))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Server:
    """One running installation."""

    def __init__(self, folder: Path, port: int, **more: str) -> None:
        self.folder, self.port = folder, port
        self.log = folder.with_name(folder.name + ".log")
        self.started = time.monotonic()
        command = [sys.executable, "-m", "meguri.cli", "serve", "--data-dir", str(folder), "--port", str(port)]
        with self.log.open("ab") as sink:
            self.process = subprocess.Popen(command, env=environment(**more), stdout=sink, stderr=sink)

    def wait_until_ready(self, patience: float = 60) -> float:
        """Seconds that it took."""
        while self.status("/readyz") != 200:
            if time.monotonic() - self.started > patience or self.process.poll() is not None:
                raise AssertionError(f"not ready:\n{self.log.read_text()}")
            time.sleep(0.02)
        return time.monotonic() - self.started

    def status(self, path: str) -> int:
        """The status of an answer; 0 if there is none."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except (OSError, HTTPException):
            return 0
        finally:
            connection.close()

    def children(self, word: str) -> list[int]:
        """Process ids of children whose command line holds `word`."""
        return [pid for pid, parent, line in processes() if parent == self.process.pid and word in line]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(60)


@contextmanager
def serving(folder: Path, port: int | None = None, **more: str) -> Iterator[Server]:
    server = Server(folder, port or free_port(), **more)
    try:
        server.wait_until_ready()
        yield server
    finally:
        server.stop()
        server.log.unlink(missing_ok=True)


def owner_of(address: str, patience: float = 60) -> psycopg.Connection[Any]:
    """The owner's connection to a database that may just be starting again after a kill.

    `/readyz` alone does not prove that it runs: a back-end of a killed postmaster lives on for a moment.
    """
    give_up = time.monotonic() + patience
    while True:
        try:
            return psycopg.connect(address)
        except psycopg.OperationalError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.2)


def processes() -> Iterator[tuple[int, int, str]]:
    """Process id, parent's id and command line of every process but zombies."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if state != "Z":
            yield int(entry.name), int(parent), line


def processes_of(folder: Path) -> list[str]:
    """Command lines of everything that works in `folder`."""
    return [line for pid, _, line in processes() if str(folder) in line and pid != os.getpid()]
