"""The supervisor: it starts the database, the web processes and a worker, starts again what dies, and ends them in order.

It does nothing else, so that there is little that could fail in it. Its children die with it, even by kill -9.
"""

import os
import signal
import ssl
import subprocess
import sys
import time
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from types import FrameType

from meguri import logs
from meguri.commands.ground import access_of, alone
from meguri.commands.port import PortTaken, probe
from meguri.commands.words import DONE, FAILED, say, stop
from meguri.kernel.text import Text
from meguri.settings import Settings, as_environment
from meguri.storage.access import Access, prepare
from meguri.storage.embedded import ClusterFailed
from meguri.storage.parent import die_with_parent

_READY = Text(
    ja="準備ができました: {scheme}://{host}:{port}（終了するには Ctrl+C）",
    en="Ready: {scheme}://{host}:{port} (Ctrl+C to end)",
)
_TAKEN = Text(
    ja="ポート {port} はすでに使われています。--port で別の番号を指定してください。",
    en="The port {port} is taken. Please choose another one with --port.",
)
_NO_ADDRESS = Text(
    ja="{host} のポート {port} では待ち受けられません（{why}）。--host と --port を確認してください。",
    en="Nobody can listen at port {port} of {host} ({why}). Please check --host and --port.",
)
_NO_DATABASE = Text(ja="データベースを準備できません: {why}", en="The database cannot be made ready: {why}")
_NEVER_READY = Text(
    ja="Web プロセスが起動しません。上のログを確認してください。",
    en="The web process does not start. Please see the log above.",
)
_PULSE_S = 0.1
_GRACE_S = 30
_SAME_SIGNAL_S = 1.0  # wrappers such as timeout(1) send a signal to us and to our group
_QUICK_DEATH_S = 10
_LONGEST_PAUSE_S = 10.0
_MOST_EARLY_DEATHS = 3
_log = logs.get(__name__)


def probe_port(settings: Settings) -> None:
    """Ends the command when nobody can listen at the address that was chosen, or somebody does already."""
    try:
        probe(settings.host, settings.port)
    except PortTaken:
        stop(_TAKEN, port=settings.port)
    except OSError as error:  # not an address of this machine, a name that nobody knows, a port that is not for us
        stop(_NO_ADDRESS, host=settings.host, port=settings.port, why=error.strerror or error)


class Child:
    """One process that is to run for as long as we do."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        self.name = name
        self.quick_deaths = 0
        self._command = command
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._not_before = 0.0

    def keep_alive(self) -> None:
        """Start it if it does not run; after quick deaths with a pause that grows."""
        if self.alive() or time.monotonic() < self._not_before:
            return
        if self._process:
            quick = time.monotonic() - self._started < _QUICK_DEATH_S
            self.quick_deaths = self.quick_deaths + 1 if quick else 0
            pause = min(0.25 * 2**self.quick_deaths, _LONGEST_PAUSE_S) if quick else 0.0
            _log.error("process died", process=self.name, code=self._process.returncode, pause_s=pause)
            self._process, self._not_before = None, time.monotonic() + pause
            return
        self._started = time.monotonic()
        self._process = subprocess.Popen(  # noqa: S603
            self._command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl+C in a terminal reaches the supervisor alone
            preexec_fn=die_with_parent(signal.SIGKILL),
        )

    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    def ask_to_end(self) -> None:
        """SIGTERM."""
        if self._process and self.alive():
            self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL, if it still runs."""
        if self._process and self.alive():
            _log.warning("process killed: it did not end in time", process=self.name)
            self._process.kill()
            self._process.wait()


class Supervisor:
    """Runs one installation in its data folder."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._ending = 0
        self._told_at = 0.0
        self._access: Access = access_of(settings)
        environment = os.environ | as_environment(settings)
        self._web = [
            Child(f"web-{number + 1}", [sys.executable, "-m", "meguri.commands.web"], environment)
            for number in range(settings.web_processes)
        ]
        archive = settings.wal_archive and self._access.cluster
        keeper = [Child("archive", [sys.executable, "-m", "meguri.commands.keeper"], environment)] if archive else []
        self._others = keeper
        self._worker = Child("worker", [sys.executable, "-m", "meguri.cli", "work"], environment)

    def run(self) -> int:
        """Until SIGTERM or SIGINT; a second one ends without grace."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._told)
        with alone(self._settings):
            probe_port(self._settings)
            try:
                self._start_database()
                return self._watch()
            finally:
                self._end()

    def _told(self, _number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if self._ending == 0 or now - self._told_at > _SAME_SIGNAL_S:
            self._ending += 1
            self._told_at = now

    def _start_database(self) -> None:
        try:
            if self._access.cluster:
                self._access.cluster.start()
            applied = prepare(self._access)
        except Exception as error:
            _log.exception("database not ready")
            stop(_NO_DATABASE, why=logs.without_secrets(str(error)))
        if applied:
            _log.info("migrated", steps=len(applied), last=applied[-1])

    def _watch(self) -> int:
        ready = False
        while not self._ending:
            self._keep_database_alive()
            for child in [*self._web, self._worker, *self._others]:
                child.keep_alive()
            if not ready:
                ready = self._is_ready()
                if ready:
                    say(
                        _READY,
                        scheme="https" if self._settings.tls_certificate else "http",
                        host=self._settings.host,
                        port=self._settings.port,
                    )
                elif any(child.quick_deaths >= _MOST_EARLY_DEATHS for child in self._web):
                    stop(_NEVER_READY, FAILED)
            time.sleep(_PULSE_S)
        return DONE

    def _keep_database_alive(self) -> None:
        cluster = self._access.cluster
        if cluster is None or cluster.alive():
            return
        _log.error("database died; starting it again")
        try:
            cluster.start()
        except (ClusterFailed, OSError) as error:
            _log.error("database does not start", why=str(error))
            time.sleep(1)

    def _is_ready(self) -> bool:
        host = self._settings.host
        reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
        connection: HTTPConnection = HTTPConnection(reached, self._settings.port, timeout=1)
        if self._settings.tls_certificate:  # our own server, by its address: its name in the certificate is another one
            unverified = ssl._create_unverified_context()  # noqa: S323
            connection = HTTPSConnection(reached, self._settings.port, timeout=1, context=unverified)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def _end(self) -> None:
        """Web first, so that nobody is left without an answer; then the worker; the database last."""
        children = [*self._web, self._worker, *self._others]
        for child in children:
            child.ask_to_end()
        until = time.monotonic() + _GRACE_S
        while any(child.alive() for child in children) and time.monotonic() < until and self._ending < 2:
            time.sleep(_PULSE_S / 2)
        for child in children:
            child.kill()
        if self._access.cluster:
            self._access.cluster.stop()
