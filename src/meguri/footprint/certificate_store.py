"""The only caller of the SQL of certificates and their files."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage.queries import load_queries
from meguri.storage.transaction import Transaction

queries = load_queries(__package__)


class FileRow(msgspec.Struct, frozen=True, kw_only=True):
    """A file that has arrived, by its content address."""

    file_id: UUID
    file_name: str
    size: int | None = None
    content: str | None = None
    media_type: str | None = None
    trace_id: UUID | None = None


class Ticket(FileRow, frozen=True, kw_only=True):
    """What an address is good for."""

    owner_operator_id: UUID


class Addressed(Protocol):
    """A file with an address."""

    @property
    def file_id(self) -> UUID:
        """The file."""
        ...

    @property
    def file_name(self) -> str:
        """Its name."""
        ...

    @property
    def token(self) -> str:
        """The secret part of its address."""
        ...


async def certificate(
    tx: Transaction, scope: OperatorScope, trace_id: UUID
) -> tuple[UUID, str | None, datetime] | None:
    """(id, description, made at) of an own part's record."""
    row = await tx.one(queries.certificate, operator_id=scope.operator_id, trace_id=trace_id)
    return (row[0], row[1], row[2]) if row else None


async def save_certificate(
    tx: Transaction, scope: OperatorScope, trace_id: UUID, certificate_id: UUID, description: str | None
) -> None:
    """Makes the record if there is none; None keeps its words."""
    await tx.run(
        queries.save_certificate,
        operator_id=scope.operator_id,
        trace_id=trace_id,
        certificate_id=certificate_id,
        description=description,
        now=clock.now(),
    )


async def delete_certificate(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> None:
    """Removes the record."""
    await tx.run(queries.delete_certificate, operator_id=scope.operator_id, trace_id=trace_id)


async def announce(tx: Transaction, scope: OperatorScope, files: Sequence[Addressed]) -> None:
    """Files that are expected."""
    await tx.run(
        queries.announce_files,
        operator_id=scope.operator_id,
        files=[f.file_id for f in files],
        names=[f.file_name for f in files],
        now=clock.now(),
    )


async def arrived(
    tx: Transaction, scope: OperatorScope, file_id: UUID, content: str, size: int, media_type: str
) -> None:
    """The bytes of an expected file are in the file store."""
    await tx.run(
        queries.file_arrived,
        operator_id=scope.operator_id,
        file_id=file_id,
        content=content,
        size=size,
        media_type=media_type,
        now=clock.now(),
    )


async def files_of_part(tx: Transaction, operator_id: UUID, trace_id: UUID) -> list[FileRow]:
    """The files of a part's record, in order of arrival."""
    return await tx.all(queries.files_of_part, FileRow, operator_id=operator_id, trace_id=trace_id)


async def files_by_id(tx: Transaction, scope: OperatorScope, files: Sequence[UUID]) -> list[FileRow]:
    """Own files that have arrived."""
    return await tx.all(queries.files_by_id, FileRow, operator_id=scope.operator_id, files=list(files))


async def attach(tx: Transaction, scope: OperatorScope, trace_id: UUID, files: Sequence[tuple[UUID, str]]) -> None:
    """Puts files to a part's record, under these names."""
    await tx.run(
        queries.attach_files,
        operator_id=scope.operator_id,
        trace_id=trace_id,
        files=[file_id for file_id, _ in files],
        names=[name for _, name in files],
    )


async def detach(tx: Transaction, scope: OperatorScope, trace_id: UUID, file_id: UUID | None) -> list[UUID]:
    """Takes one file, or all, from a part's record; which ones it were."""
    rows = await tx.all(queries.detach_files, operator_id=scope.operator_id, trace_id=trace_id, file_id=file_id)
    return [row[0] for row in rows]


async def add_tickets(
    tx: Transaction,
    scope: OperatorScope,
    purpose: str,
    owner: UUID,
    files: Sequence[Addressed],
    until: datetime,
    stored: FileRow | None = None,
) -> None:
    """Makes the addresses of these files good until then."""
    await tx.run(
        queries.add_tickets,
        operator_id=scope.operator_id,
        purpose=purpose,
        owner=owner,
        hashes=[hashlib.sha256(f.token.encode()).digest() for f in files],
        files=[f.file_id for f in files],
        names=[f.file_name for f in files],
        media_type=stored.media_type if stored else None,
        content=stored.content if stored else None,
        size=stored.size if stored else None,
        expires_at=until,
    )


async def take_ticket(tx: Transaction, scope: OperatorScope, token_hash: bytes, purpose: str) -> Ticket | None:
    """What this address is good for; one for sending is used up by asking."""
    return await tx.one(
        queries.take_ticket,
        Ticket,
        operator_id=scope.operator_id,
        token_hash=token_hash,
        purpose=purpose,
        now=clock.now(),
    )
