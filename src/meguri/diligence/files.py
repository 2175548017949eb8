"""Where files of evidence are kept: given by the composition root when the application is built."""

from meguri.kernel.errors import Unavailable
from meguri.storage.files import FileStore, Limits

MOST_BYTES = 50_000_000
LIMITS = Limits(MOST_BYTES, frozenset({"pdf", "png", "jpg", "jpeg", "csv", "txt", "xlsx", "docx"}))
_stores: list[FileStore] = []


def place(store: FileStore) -> None:
    """From now on files go here."""
    _stores[:] = [store]


def store() -> FileStore:
    """Where files go. Raises Unavailable before the application was built."""
    if not _stores:
        raise Unavailable
    return _stores[0]
