"""Where this installation keeps files; known once the composition root has read the settings."""

from meguri.settings import Settings
from meguri.storage.depots import depot
from meguri.storage.files import FileStore

_stores: list[FileStore] = []


def settle(settings: Settings) -> None:
    """Called by the composition root before jobs run and requests come."""
    _stores[:] = [depot(settings)]


def files() -> FileStore:
    """The installation's files. Raises RuntimeError before `settle`."""
    if not _stores:
        raise RuntimeError("telemetry does not know the installation's files yet")
    return _stores[0]
