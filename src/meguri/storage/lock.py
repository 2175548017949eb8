"""One server per data folder: a lock that ends with the process that holds it, however it ends."""

import fcntl
import os
from pathlib import Path
from types import TracebackType


class FolderInUse(Exception):
    """Another process works in the data folder; `holder` is its process id, if it could be read."""

    def __init__(self, folder: Path, holder: str) -> None:
        super().__init__(f"{folder} is in use by process {holder or '?'}")
        self.folder = folder
        self.holder = holder


class FolderLock:
    """The right to run a server, a restore or a migration in a data folder. Raises FolderInUse on entering."""

    def __init__(self, folder: Path) -> None:
        """`folder` is made if there is none."""
        self._folder = folder
        self._handle = -1

    def __enter__(self) -> "FolderLock":
        make_data_folder(self._folder)
        path = self._folder / "lock"
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)  # not inherited by children
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._handle)
            raise FolderInUse(self._folder, path.read_text().strip()) from None
        os.ftruncate(self._handle, 0)
        os.write(self._handle, str(os.getpid()).encode())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._handle)


def make_data_folder(folder: Path) -> None:
    """Make the folder if there is none. Root lets others pass through it, for its database runs as another user."""
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
