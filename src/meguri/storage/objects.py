"""Files in a store of objects that speaks S3: `<prefix>/<operator>/<two digits>/<SHA-256>`, with the promises of the folder store.

What comes is taken aside on this machine first, judged there and only then sent: an upload that breaks off, is too large or of the
wrong kind never reaches the store. What goes out is fetched whole and proven against its address before the first piece.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256 as sha256_of
from pathlib import Path
from typing import IO, Any
from uuid import UUID

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

from meguri import logs
from meguri.kernel.errors import NotFound, Unavailable
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Text
from meguri.storage.files import (
    INCOMING,
    FileDamaged,
    Limits,
    StoredFile,
    demand_address,
    full_disk_refused,
    hash_of,
    taken_aside,
)

_log = logs.get(__name__)
_PIECE = 1 << 18
_IN_MEMORY = 1 << 20
_PART = 8 << 20


class FilesAway(Unavailable):
    """The store of objects does not answer, or refuses us."""

    code = "storage.files_away"
    say = Text(
        ja="ファイルの保管先に接続できません。しばらくしてからもう一度お試しください。",
        en="The place where files are kept cannot be reached. Please try again shortly.",
    )


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket and how to reach it. Without keys, those of the machine (its role, its environment) are used.

    name, prefix  the bucket, and where in it our files begin ("" or a path without slashes at its ends)
    endpoint      the address of the service; None for AWS itself
    """

    name: str
    prefix: str = ""
    endpoint: str | None = None
    region: str = "us-east-1"
    key_id: str | None = None
    secret_key: str | None = None


class ObjectStore:
    """Files in a bucket."""

    def __init__(self, bucket: Bucket, folder: Path) -> None:
        """Connects to nothing yet. `folder` is for what is on its way."""
        self._aside = folder / INCOMING
        keys: dict[str, Any] = {}
        if bucket.endpoint:
            keys |= {"endpoint": bucket.endpoint, "virtual_hosted_style_request": False}
        if bucket.key_id and bucket.secret_key:
            keys |= {"access_key_id": bucket.key_id, "secret_access_key": bucket.secret_key}
        self._store = S3Store(
            bucket.name,
            prefix=bucket.prefix or None,
            region=bucket.region,
            client_options={
                "allow_http": (bucket.endpoint or "").startswith("http://"),
                "connect_timeout": "5s",
                "timeout": "60s",
            },
            retry_config={"max_retries": 2},
            **keys,
        )

    async def put(self, scope: OperatorScope, name: str, content: AsyncIterable[bytes], limits: Limits) -> StoredFile:
        """Store `content`. Raises FileTooLarge, WrongFileKind, StorageFull, FilesAway; then nothing is kept."""
        with full_disk_refused(), _said():
            async with taken_aside(self._aside, name, content, limits) as (aside, stored):
                place = _place(scope.operator_id, stored.sha256)
                if not await self._holds(place, stored.size):
                    await obstore.put_async(self._store, place, aside, chunk_size=_PART)
        return stored

    async def get(self, scope: OperatorScope, sha256: str) -> AsyncIterator[bytes]:
        """The content in pieces, proven before the first piece. Raises NotFound, FileDamaged, FilesAway."""
        demand_address(sha256)
        copy = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - it ends with the last piece
        digest = sha256_of()
        try:
            with full_disk_refused(), _said():
                answer = await obstore.get_async(self._store, _place(scope.operator_id, sha256))
                async for piece in answer.stream(_PIECE):
                    digest.update(piece)
                    await asyncio.to_thread(copy.write, piece)
            if digest.hexdigest() != sha256:
                raise FileDamaged
        except BaseException:
            copy.close()
            raise
        copy.seek(0)
        return _pieces(copy)

    async def remove(self, scope: OperatorScope, sha256: str) -> None:
        """Forget the file, if it is there. Raises FilesAway."""
        with suppress(NotFound), _said():
            demand_address(sha256)
            await obstore.delete_async(self._store, _place(scope.operator_id, sha256))

    def names(self) -> Iterator[str]:
        """The name of every stored file. Raises FilesAway."""
        with _said():
            found = [one["path"] for stretch in obstore.list(self._store) for one in stretch]
        yield from sorted(found)

    def fetch(self, name: str, target: Path) -> None:
        """Copy a stored file to `target`. Raises FilesAway, NotFound."""
        with _said(), target.open("wb") as sink:
            for piece in obstore.get(self._store, name).stream(_PIECE):
                sink.write(piece)

    def bring(self, name: str, source: Path) -> None:
        """Keep the file at `source` under its name. Raises FilesAway."""
        with _said():
            obstore.put(self._store, name, source, chunk_size=_PART)

    def damaged(self) -> Iterator[str]:
        """The name of every stored file whose content is no longer that of its address. Raises FilesAway."""
        with tempfile.TemporaryDirectory() as work:
            copy = Path(work) / "copy"
            for name in self.names():
                self.fetch(name, copy)
                if hash_of(copy) != name.rpartition("/")[2]:
                    yield name

    async def _holds(self, place: str, size: int) -> bool:
        """Whether a file of this address and length is there; half an upload never gets its name."""
        try:
            return (await obstore.head_async(self._store, place))["size"] == size
        except (NotFoundError, FileNotFoundError):
            return False


def _place(operator_id: UUID, sha256: str) -> str:
    return f"{operator_id.hex}/{sha256[:2]}/{sha256}"


async def _pieces(copy: IO[bytes]) -> AsyncIterator[bytes]:
    with copy:
        while piece := await asyncio.to_thread(copy.read, _PIECE):
            yield piece


@contextmanager
def _said() -> Iterator[None]:
    """Within: the library's errors become refusals. What it says may hold addresses: only its kind is logged."""
    try:
        yield
    except (NotFoundError, FileNotFoundError):
        raise NotFound from None
    except BaseError as error:
        _log.warning("files away", why=type(error).__name__)
        raise FilesAway(retry_after=5) from error
