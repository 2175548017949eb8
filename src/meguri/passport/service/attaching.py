"""Files of a passport: taken when they are what they say, read by whoever sees an attribute that names them."""

from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.errors import Refusal
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.passport import errors, readings_store, store
from meguri.passport.access import class_of_document
from meguri.passport.assembling import whole
from meguri.passport.model import Record, Standing
from meguri.passport.readings_store import Attachment
from meguri.passport.service import standing
from meguri.passport.service.reading import denial, note
from meguri.passport.service.writing import kind_named, layers
from meguri.passport.succession import DEEPEST
from meguri.storage import Transaction
from meguri.storage.files import FileStore, Limits, StoredFile

KINDS: Final = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "csv": "text/csv",
    "txt": "text/plain",
    "json": "application/json",
    "zip": "application/zip",
}
LIMITS: Final = Limits(100_000_000, frozenset(KINDS))
_ACTIVE: Final = (
    b"/JavaScript",
    b"/JS ",
    b"/JS(",
    b"/Launch",
    b"/EmbeddedFile",
    b"<script",
    b"<html",
    b"vbaProject.bin",
)


async def store_file(files: FileStore, owner: OperatorScope, name: str, content: bytes) -> StoredFile:
    """Keep a file's content. Raises FileRejected for what is not what its name says, or holds something that runs."""
    if any(sign in content for sign in _ACTIVE):
        raise errors.FileRejected
    try:
        return await files.put(owner, name, _pieces(content), LIMITS)
    except Refusal as refusal:
        if refusal.status in (413, 415):
            raise errors.FileRejected from refusal
        raise


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def attach(tx: Transaction, scope: OperatorScope, identifier: str, name: str, stored: StoredFile) -> Attachment:
    """A stored file becomes one of this passport's.

    Raises DppNotFound, NotResponsibleOperator, IllegalTransition for what has ceased or was issued in error.
    """
    record, at = await standing.responsible(tx, scope, identifier)
    standing.refuse_ended(record, "attach")
    made = Attachment(
        operator_id=record.operator_id,
        file_id=new_id(),
        passport_id=record.passport_id,
        name=name[-200:],
        media_type=KINDS[name.rpartition(".")[2].lower()],
        size=stored.size,
        sha256=stored.sha256,
        at=clock.now(),
    )
    async with tx.across():
        await readings_store.add_attachment(tx, made, scope.actor)
    await note(tx, scope, record, at, "attach", file_id=str(made.file_id), sha256=made.sha256)
    return made


async def attachments(tx: Transaction, scope: OperatorScope, identifier: str) -> list[Attachment]:
    """The files that the caller may read. Raises DppNotFound, PassportCeased."""
    record = await standing.find_exact_or_active(tx, identifier)
    at = await standing.seen(tx, scope, record)
    sources = await kept_with(tx, record)
    async with tx.across():
        found = await readings_store.attachments(tx, sources)
    # Where a file came from would tell of earlier lives: to its readers it is this passport's.
    here = {"operator_id": record.operator_id, "passport_id": record.passport_id, "kept_by": None}
    return [msgspec.structs.replace(each, **here) for each in found if await _readable(tx, record, at, each)]


async def attachment(tx: Transaction, scope: OperatorScope, identifier: str, file_id: UUID) -> Attachment:
    """One file, if the caller sees an attribute that names it; each reading is entered.

    A file that no attribute names is its owner's alone. Raises DppNotFound, PassportCeased, FileUnknown, and for what the caller
    may not see AuthenticationRequired or AccessClassDenied.
    """
    record = await standing.find_exact_or_active(tx, identifier)
    at = await standing.seen(tx, scope, record)
    sources = await kept_with(tx, record)
    async with tx.across():
        found = await readings_store.attachment(tx, sources, file_id)
    if found is None or not await _readable(tx, record, at, found):
        raise errors.FileUnknown if at.is_owner else denial(scope, at)
    await note(tx, scope, record, at, "attachment", file_id=str(file_id))
    return found


async def kept_with(tx: Transaction, record: Record) -> list[UUID]:
    """Whose files a passport's documents may name: its own, its model's and batch's, and those of its earlier lives."""
    below = [pin.passport_id for pin in (record.model, record.batch) if pin is not None]
    before = await store.ancestry_across(tx, record.passport_id, DEEPEST)
    return list(dict.fromkeys([record.passport_id, *below, *(one.predecessor_id for one in before)]))


async def _readable(tx: Transaction, record: Record, at: Standing, file: Attachment) -> bool:
    """Whether the reader sees an attribute that names a file; its own files the owner sees in any case."""
    if at.is_owner and file.passport_id == record.passport_id:
        return True
    kind = kind_named(record.kind)
    document = whole(kind, record, await layers(tx, record))
    return bool(class_of_document(kind, document, str(file.file_id)) & at.classes)
