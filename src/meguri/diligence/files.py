"""Where files of evidence are kept: given by the composition root when the application is built."""

from collections.abc import AsyncIterable, AsyncIterator

from meguri.diligence.errors import BadFile
from meguri.kernel.errors import Unavailable
from meguri.storage.files import FileStore, Limits

MOST_BYTES = 50_000_000
LIMITS = Limits(MOST_BYTES, frozenset({"pdf", "png", "jpg", "jpeg", "csv", "txt", "xlsx", "docx"}))
_MACROS = (b"vbaProject.bin", b"vbaData.xml")
_stores: list[FileStore] = []


def place(store: FileStore) -> None:
    """From now on files go here."""
    _stores[:] = [store]


def store() -> FileStore:
    """Where files go. Raises Unavailable before the application was built."""
    if not _stores:
        raise Unavailable
    return _stores[0]


async def without_macros(content: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """The same bytes; names of parts stand plainly in a package, and one that holds macros is refused. Raises BadFile."""
    tail = b""
    async for piece in content:
        if any(mark in tail + piece for mark in _MACROS):
            raise BadFile(reason="マクロを含んでいます", reason_en="it holds macros")
        tail = piece[-32:]
        yield piece
