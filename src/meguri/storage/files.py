"""Files of tenants, addressed by their content: `<root>/<operator>/<first two digits>/<SHA-256>`.

What was stored is never changed; the same content is stored once per operator. A file is complete or not there:
it is written aside, forced to disk and renamed. Every reading proves the content against its address first.
Rooms keep the row that names a file; they write the file before they commit the row.
"""

import asyncio
import errno
import hashlib
import os
import shutil
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol
from uuid import UUID, uuid4

import msgspec

from meguri.kernel.errors import NotFound, Refusal, Unavailable
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Text
from meguri.storage.failures import StorageFull
from meguri.storage.file_kinds import looks_like

_PIECE = 1 << 18
_HASH_LENGTH = 64
INCOMING = "incoming"


class FileTooLarge(Refusal):
    """The file is larger than this place takes."""

    status = 413
    code = "storage.file.too_large"
    say = Text(
        ja="ファイルが大きすぎます。{most_mb} MB 以下にしてください。",
        en="The file is too large. It may have at most {most_mb} MB.",
    )


class WrongFileKind(Refusal):
    """The name's ending is not among those taken here, or the content is not of the kind that the name says."""

    status = 415
    code = "storage.file.wrong_kind"
    say = Text(
        ja="この種類のファイルは受け付けられません。使える種類: {kinds}",
        en="This kind of file is not taken here. Kinds that are: {kinds}",
    )


class FileDamaged(Unavailable):
    """The bytes on disk are no longer those that were stored."""

    code = "storage.file.damaged"
    say = Text(
        ja="保存されたファイルが破損しています。管理者に連絡し、バックアップから復元してください。",
        en="The stored file is damaged. Please tell the administrator, who can restore it from a back-up.",
    )


@dataclass(frozen=True, slots=True)
class Limits:
    """What a place takes: at most `most_bytes`, and names that end in one of `kinds` (without dot, lower case).

    `proven`: the content must look like what the name says; off where a contract goes by the name alone.
    """

    most_bytes: int
    kinds: frozenset[str]
    proven: bool = True


class StoredFile(msgspec.Struct, frozen=True):
    """Address and size of a stored file; `sha256` in lower-case hexadecimal."""

    sha256: str
    size: int


class FileStore(Protocol):
    """Where files are kept; the folder store below, or any store of objects with the same promises."""

    async def put(
        self, scope: OperatorScope, name: str, content: AsyncIterable[bytes], limits: Limits
    ) -> StoredFile:  # fmt: skip
        """Store `content`. Raises FileTooLarge, WrongFileKind, StorageFull; then nothing is kept."""
        ...

    async def get(self, scope: OperatorScope, sha256: str) -> AsyncIterator[bytes]:
        """The content in pieces, proven before the first piece. Raises NotFound, FileDamaged."""
        ...

    async def remove(self, scope: OperatorScope, sha256: str) -> None:
        """Forget the file, if it is there."""
        ...


class Depot(FileStore, Protocol):
    """A store as those who look after it need it: back-up, restore, doctor. All of these block."""

    def names(self) -> Iterator[str]:
        """The name of every stored file: `<operator>/<two digits>/<SHA-256>`."""
        ...

    def fetch(self, name: str, target: Path) -> None:
        """Copy a stored file to `target`. Raises OSError, Unavailable."""
        ...

    def bring(self, name: str, source: Path) -> None:
        """Keep the file at `source` under its name. Raises OSError, Unavailable."""
        ...

    def damaged(self) -> Iterator[str]:
        """The name of every stored file whose content is no longer that of its address."""
        ...


class FolderStore:
    """Files in a folder of this machine."""

    def __init__(self, root: Path) -> None:
        """`root` is made when the first file comes."""
        self.root = root

    async def put(self, scope: OperatorScope, name: str, content: AsyncIterable[bytes], limits: Limits) -> StoredFile:
        """Store `content`. Raises FileTooLarge, WrongFileKind, StorageFull; then nothing is kept."""
        with full_disk_refused():
            async with taken_aside(self.root / INCOMING, name, content, limits) as (aside, stored):
                await asyncio.to_thread(_settle, aside, self._place(scope.operator_id, stored.sha256))
        return stored

    async def get(self, scope: OperatorScope, sha256: str) -> AsyncIterator[bytes]:
        """The content in pieces, proven before the first piece. Raises NotFound, FileDamaged."""
        place = self._known(scope.operator_id, sha256)
        if await asyncio.to_thread(hash_of, place) != sha256:
            raise FileDamaged
        return pieces_of(place)

    async def remove(self, scope: OperatorScope, sha256: str) -> None:
        """Forget the file, if it is there."""
        with suppress(NotFound):
            self._known(scope.operator_id, sha256).unlink(missing_ok=True)

    def names(self) -> Iterator[str]:
        """The name of every stored file."""
        for place in sorted(self.root.glob("*/??/*")):
            yield str(place.relative_to(self.root))

    def fetch(self, name: str, target: Path) -> None:
        """Copy a stored file to `target`."""
        shutil.copyfile(self.root / name, target)

    def bring(self, name: str, source: Path) -> None:
        """Move the file at `source` to its place."""
        place = self.root / name
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.move(source, place)

    def damaged(self) -> Iterator[str]:
        """The name of every stored file whose content is no longer that of its address."""
        for name in self.names():
            if hash_of(self.root / name) != name.rpartition("/")[2]:
                yield name

    def _known(self, operator_id: UUID, sha256: str) -> Path:
        """The file's place. An address that is none is as unknown as one that is not stored; no path is made of it."""
        demand_address(sha256)
        place = self._place(operator_id, sha256)
        if not place.is_file():
            raise NotFound
        return place

    def _place(self, operator_id: UUID, sha256: str) -> Path:
        return self.root / operator_id.hex / sha256[:2] / sha256


@asynccontextmanager
async def taken_aside(
    folder: Path, name: str, content: AsyncIterable[bytes], limits: Limits
) -> AsyncIterator[tuple[Path, StoredFile]]:
    """Within: `content` in a file of ours in `folder`, whole, on disk and judged; it is gone afterwards unless it was moved.

    Raises FileTooLarge, WrongFileKind.
    """
    kind = name.rpartition(".")[2].lower() if "." in name else ""
    if kind not in limits.kinds:
        raise WrongFileKind(kinds=", ".join(sorted(limits.kinds)))
    aside = await asyncio.to_thread(_new_name, folder)
    try:
        with aside.open("xb") as sink:
            stored = await _fill(sink, kind, content, limits)
        yield aside, stored
    finally:
        with suppress(FileNotFoundError):
            aside.unlink()


def demand_address(sha256: str) -> None:
    """Raise NotFound for what is no address."""
    if len(sha256) != _HASH_LENGTH or not set(sha256) <= set("0123456789abcdef"):
        raise NotFound


def _new_name(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / uuid4().hex


async def _fill(sink: BinaryIO, kind: str, content: AsyncIterable[bytes], limits: Limits) -> StoredFile:
    digest, size, start = hashlib.sha256(), 0, b""
    async for piece in content:
        size += len(piece)
        if size > limits.most_bytes:
            raise FileTooLarge(most_mb=limits.most_bytes // 1_000_000)
        if len(start) < _PIECE:
            start += piece
        digest.update(piece)
        await asyncio.to_thread(sink.write, piece)
    if limits.proven and not looks_like(kind, start):
        raise WrongFileKind(kinds=", ".join(sorted(limits.kinds)))
    sink.flush()
    await asyncio.to_thread(os.fsync, sink.fileno())
    return StoredFile(digest.hexdigest(), size)


def _settle(aside: Path, place: Path) -> None:
    """Give the file its name, and force the names to disk: the rename itself is lost with the power otherwise."""
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside.replace(place)
    for folder in (place.parent, place.parent.parent, place.parent.parent.parent):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


async def pieces_of(place: Path) -> AsyncIterator[bytes]:
    """A file's content in pieces."""
    with place.open("rb") as source:
        while piece := await asyncio.to_thread(source.read, _PIECE):
            yield piece


def hash_of(place: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal."""
    with place.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


@contextmanager
def full_disk_refused() -> Iterator[None]:
    """Within: a full or read-only disk is refused in words."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
            raise StorageFull from error
        raise
