"""The process that carries the database's log to the archive (`MEGURI_WAL_ARCHIVE`); the supervisor keeps it alive.

An archive that cannot be reached stops nothing: segments wait beside the cluster, the log says so, and `meguri doctor` too.
"""

import signal
import threading
import time
from datetime import timedelta
from pathlib import Path

from meguri import logs
from meguri.kernel import clock
from meguri.settings import LogFormat, Settings, load
from meguri.storage.access import access_to
from meguri.storage.archive import BASE, Archive, NoArchive, carry_files, carry_segments, moment_of, take_base
from meguri.storage.depots import depot
from meguri.storage.embedded import Cluster
from meguri.storage.files import FolderStore

_PULSE_S = 1.0
_FILES_EVERY_S = 30.0
_BASE_LASTS = timedelta(days=7)
_AGAIN_S = 60.0
_log = logs.get(__name__)


class Keeper:
    """Carries segments at every pulse, files now and then, and takes a base copy at the start and every week."""

    def __init__(self, settings: Settings, cluster: Cluster, archive: Archive) -> None:
        """Nothing is carried yet."""
        self._cluster, self._folder, self._archive = cluster, settings.folder, archive
        self._store = depot(settings)
        self._mark = settings.folder / "last-base"
        self._files_due = self._base_due = 0.0

    def pulse(self) -> None:
        """What is due now. Raises OSError, NoArchive."""
        carry_segments(self._cluster, self._archive)
        now = time.monotonic()
        if now >= self._base_due:
            self._base_due = now + _AGAIN_S
            if self._needs_base():
                name = self._take_base()
                self._mark.write_text(name)
                _log.info("base copy kept", name=name)
        if now >= self._files_due and isinstance(self._store, FolderStore):
            self._files_due = now + _FILES_EVERY_S
            carry_files(self._store, self._archive)

    def _needs_base(self) -> bool:
        """Where this very installation has none that is a week old at most: after a restore its log goes another way."""
        last = self._mark.read_text() if self._mark.exists() else ""
        return last not in self._archive.names(BASE) or clock.now() - moment_of(last) > _BASE_LASTS

    def _take_base(self) -> str:
        """PostgreSQL ends a base copy when its last segment was carried away, so that goes on meanwhile."""
        done = threading.Event()
        carrying = threading.Thread(target=self._carry_until, args=(done,), daemon=True)
        carrying.start()
        try:
            return take_base(self._cluster, self._folder, self._archive)
        finally:
            done.set()
            carrying.join()

    def _carry_until(self, done: threading.Event) -> None:
        while not done.wait(_PULSE_S):
            try:
                carry_segments(self._cluster, self._archive)
            except OSError:
                return


def main() -> None:
    """Until SIGTERM; what waits then is carried away first."""
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    settings = load()
    logs.configure(settings.log_level, as_json=settings.log_format is LogFormat.JSON)
    cluster = access_to(settings.folder, settings.database_url).cluster
    if cluster is None or settings.wal_archive is None or settings.backup_key is None:
        return
    keeper = Keeper(settings, cluster, Archive(Path(settings.wal_archive), settings.backup_key))
    while True:
        last = ended.is_set()
        try:
            keeper.pulse()
        except (OSError, NoArchive) as error:
            _log.error("archive not reached; the log waits beside the database", why=str(error))
        if last:
            return
        ended.wait(_PULSE_S)


if __name__ == "__main__":
    main()
