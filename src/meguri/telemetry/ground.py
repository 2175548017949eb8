"""Where this installation keeps files; known once the composition root has read the settings."""

from meguri.settings import Settings
from meguri.storage.files import FolderStore

_stores: list[FolderStore] = []


def settle(settings: Settings) -> None:
    """Called by the composition root before jobs run and requests come."""
    _stores[:] = [FolderStore(settings.folder / "files")]


def files() -> FolderStore:
    """The installation's files. Raises RuntimeError before `settle`."""
    if not _stores:
        raise RuntimeError("telemetry does not know the installation's files yet")
    return _stores[0]
