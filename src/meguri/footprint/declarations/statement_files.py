"""A verifier's certificate and report, kept as files beside the statement that they belong to.

The declaring company keeps them; who entered the statement, or verified by invitation, adds them. They are never changed,
and a published declaration names each by its SHA-256, so that whoever is given the file can tell that it is the one.
"""

from collections.abc import AsyncIterable, AsyncIterator
from uuid import UUID

from meguri.footprint.declarations import store
from meguri.footprint.declarations.errors import (
    FileNameUnusable,
    StatementFileNotFound,
    StatementOver,
    TooManyStatementFiles,
    VerificationNotFound,
)
from meguri.footprint.declarations.model import StatementFile
from meguri.footprint.events import StatementFileAdded
from meguri.kernel import clock
from meguri.kernel.errors import Unavailable
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.storage.database import Database
from meguri.storage.files import FileStore, Limits, StoredFile
from meguri.storage.transaction import Transaction

MOST_BYTES = 20_000_000
MOST_FILES = 10
MOST_SIGNS = 200
LIMITS = Limits(MOST_BYTES, frozenset({"pdf", "png", "jpg", "jpeg"}))
_stores: list[FileStore] = []


def place(found: FileStore) -> None:
    """From now on files go here."""
    _stores[:] = [found]


def file_store() -> FileStore:
    """Where files go. Raises Unavailable before the application was built."""
    if not _stores:
        raise Unavailable
    return _stores[0]


async def add_file(
    db: Database, scope: OperatorScope, verification_id: UUID, name: str, content: AsyncIterable[bytes]
) -> StatementFile:
    """Keeps a file beside a statement; the same content again is the file that is there.

    Raises VerificationNotFound, StatementOver, TooManyStatementFiles, FileNameUnusable, FileTooLarge, WrongFileKind.
    """
    await db.run(scope, check_open, verification_id)
    stored = await put(scope, name, content)

    async def keep(tx: Transaction, scope: OperatorScope) -> StatementFile:
        await check_open(tx, scope, verification_id)
        made = await keep_row(tx, scope, verification_id, name, stored, scope.actor)
        await tx.record(StatementFileAdded(verification_id=verification_id, file_id=made.file_id, sha256=made.sha256))
        return made

    return await db.run(scope, keep)


async def put(owner: OperatorScope, name: str, content: AsyncIterable[bytes]) -> StoredFile:
    """The content in the owner's files; its row is written afterwards. Raises as `add_file`."""
    if not name.strip() or len(name) > MOST_SIGNS or not name.isprintable() or set(name) & set('/\\"'):
        raise FileNameUnusable(most=MOST_SIGNS)
    return await file_store().put(owner, name, content, LIMITS)


async def keep_row(
    tx: Transaction, owner: OperatorScope, verification_id: UUID, name: str, stored: StoredFile, actor: str
) -> StatementFile:
    """Names a stored file; one with the same content is not named twice."""
    made = StatementFile(
        file_id=new_id(),
        verification_id=verification_id,
        file_name=name,
        sha256=stored.sha256,
        size=stored.size,
        actor=actor,
        added_at=clock.now(),
    )
    await store.add_statement_file(tx, owner, made)
    found = await store.statement_files(tx, owner, [verification_id])
    return next(one for one in found if one.sha256 == stored.sha256)


async def check_open(tx: Transaction, owner: OperatorScope, verification_id: UUID) -> None:
    """Raises VerificationNotFound, StatementOver for one withdrawn, TooManyStatementFiles."""
    found = await store.verification(tx, owner, verification_id)
    if found is None:
        raise VerificationNotFound
    if found.state == "withdrawn":
        raise StatementOver
    if len(await store.statement_files(tx, owner, [verification_id])) >= MOST_FILES:
        raise TooManyStatementFiles(most=MOST_FILES)


async def file_of(tx: Transaction, owner: OperatorScope, verification_id: UUID, file_id: UUID) -> StatementFile:
    """One file of a statement. Raises StatementFileNotFound."""
    found = await store.statement_files(tx, owner, [verification_id])
    for one in found:
        if one.file_id == file_id:
            return one
    raise StatementFileNotFound


async def read_file(
    db: Database, scope: OperatorScope, verification_id: UUID, file_id: UUID
) -> tuple[StatementFile, AsyncIterator[bytes]]:
    """A file of an own statement, and its content in pieces. Raises StatementFileNotFound, FileDamaged."""
    found = await db.run(scope, file_of, verification_id, file_id)
    return found, await file_store().get(scope, found.sha256)
