"""What the composition root hands to a room's `facade`."""

from dataclasses import dataclass

from meguri.settings import Settings
from meguri.storage import Database
from meguri.storage.files import FileStore


@dataclass(frozen=True, slots=True)
class FacadeHouse:
    """What stands behind a façade: the database, the settings, and the files by their content."""

    db: Database
    settings: Settings
    files: FileStore
