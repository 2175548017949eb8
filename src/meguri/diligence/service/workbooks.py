"""Several workbooks in one go: each is read for itself, and what became of each is told."""

import asyncio
from collections.abc import Sequence
from typing import Literal

import msgspec

from meguri.diligence.model import Kept
from meguri.diligence.rmi import opening, reading
from meguri.diligence.rmi.checking import Checked, check
from meguri.diligence.rmi.errors import TemplateUnsupported, unsupported
from meguri.diligence.rmi.model import Read
from meguri.diligence.service import records
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.workbooks.running import aside

MOST_FILES = 200
MOST_BYTES = 100 * 1024 * 1024
_AT_ONCE = 2  # each is opened in a process of its own


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What a workbook said, and what it lacks. `twice`: the same file was kept before, and is not kept again."""

    read: Read
    checked: Checked
    twice: bool = False


class FileRead(msgspec.Struct, frozen=True, kw_only=True):
    """One of several workbooks.

    state      read; refused, with the reason in both languages; twice: the same bytes as a file before it, or as one kept
    imported   what it said, where it could be read
    """

    file_name: str
    state: Literal["read", "refused", "twice"]
    imported: Imported | None = None
    reason_ja: str = ""
    reason_en: str = ""


class FilesRead(msgspec.Struct, frozen=True, kw_only=True):
    """What became of several workbooks. `kept`: how many declarations were kept."""

    kept: int
    items: list[FileRead]


async def imported(content: bytes) -> Imported:
    """Reads and checks a workbook, away from the event loop. Raises TemplateUnsupported."""
    said = reading.read(await aside(opening.open_workbook, content))
    return Imported(read=said, checked=check(said.declaration, said.layout))


async def read(files: Sequence[tuple[str, bytes]]) -> list[FileRead]:
    """Each file (name, bytes) in its order. None stops the others."""
    turn = asyncio.Semaphore(_AT_ONCE)
    first: dict[bytes, int] = {}
    size = 0

    async def one(place: int, name: str, content: bytes, *, too_many: bool) -> FileRead:
        try:
            if too_many:
                raise unsupported("too_large")
            if first.setdefault(content, place) != place:
                return FileRead(file_name=name, state="twice")
            async with turn:
                return FileRead(file_name=name, state="read", imported=await imported(content))
        except TemplateUnsupported as refusal:
            return FileRead(
                file_name=name, state="refused", reason_ja=refusal.sentence("ja"), reason_en=refusal.sentence("en")
            )

    tasks = []
    for place, (name, content) in enumerate(files):
        size += len(content)
        tasks.append(one(place, name, content, too_many=size > MOST_BYTES))
    return list(await asyncio.gather(*tasks))


async def keep(tx: Transaction, scope: OperatorScope, *, items: Sequence[FileRead], keep_good: bool) -> FilesRead:
    """Keeps what was read, once, also when it is handed in twice at the same moment; nothing where a file was refused and
    `keep_good` is not said."""
    await tx.alone("diligence.declarations")
    known: list[Kept[Read]] = await records.listed(tx, scope, "declaration", Read)
    had = {one.content.declaration.sha256 for one in known}
    told = [
        msgspec.structs.replace(one, state="twice")
        if one.imported and one.imported.read.declaration.sha256 in had
        else one
        for one in items
    ]
    if any(one.state == "refused" for one in told) and not keep_good:
        return FilesRead(kept=0, items=told)
    good = [one.imported.read for one in told if one.state == "read" and one.imported]
    for said in good:
        await records.add(tx, scope, "declaration", said)
    return FilesRead(kept=len(good), items=told)


async def keep_one(tx: Transaction, scope: OperatorScope, *, found: Imported) -> Imported:
    """Keeps what one workbook said, unless the same file was kept before."""
    told = await keep(tx, scope, items=[FileRead(file_name="", state="read", imported=found)], keep_good=True)
    return msgspec.structs.replace(found, twice=not told.kept)
