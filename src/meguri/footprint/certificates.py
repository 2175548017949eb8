"""Certificates of footprints: files sent to one-time addresses, attached to a part, shown to whom they are disclosed."""

import hashlib
import mimetypes
import secrets
import tomllib
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

import msgspec

from meguri.footprint import certificate_store as store
from meguri.footprint.errors import (
    BadFileAddress,
    CertificateNotDisclosed,
    FileKindNotAllowed,
    FileNotUploaded,
    FileTooLarge,
    TooManyFiles,
    UnknownFile,
)
from meguri.footprint.events import CertificateChanged
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope, Role
from meguri.kernel.shipped import files as resources
from meguri.operators import disclosure
from meguri.storage import files as storage
from meguri.storage.database import Database
from meguri.storage.files import FileStore, Limits
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.errors import UnknownRequest
from meguri.traceability.model import RequestType, Side, State, Trade

GROUP = "CERTIFICATE"


class Rules(msgspec.Struct, frozen=True):
    """What may be kept, and for how long an address is good (seconds)."""

    extensions: frozenset[str]
    most_files_per_part: int
    most_bytes_per_part: int
    send_within_s: int
    fetch_within_s: int


@cache
def rules() -> Rules:
    """The rule data in force."""
    text = resources("meguri.rules").joinpath("certificates.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Rules)


class CertificateFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a certificate, and whose it is."""

    operator_id: UUID
    file_id: UUID
    file_name: str


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate of a part's footprint. Of a supplier's, `certificate_id` is the trade's and nothing is described.

    `files` None: none, or not disclosed.
    """

    certificate_id: UUID
    trace_id: UUID
    description: str | None
    files: list[CertificateFile] | None
    created_at: datetime | None = None


class Announced(msgspec.Struct, frozen=True, kw_only=True):
    """A file that may be sent, or fetched, at the address made of `token`."""

    file_id: UUID
    file_name: str
    token: str


class Download(msgspec.Struct, frozen=True, kw_only=True):
    """A file on its way out."""

    file_name: str
    media_type: str
    size: int
    chunks: AsyncIterator[bytes]


class Certificates:
    """The desk for certificates: one for a running application."""

    def __init__(self, db: Database, files: FileStore, key_id: str) -> None:
        """`key_id`: what clients of the Ouranos contract name as the key of encryption at rest."""
        self._db = db
        self._files = files
        self.key_id = key_id

    async def of_part(self, tx: Transaction, scope: OperatorScope, trace_id: UUID) -> Certificate | None:
        """The own record of a part, else that of the supplier who answered for it, else None."""
        own = await store.certificate(tx, scope, trace_id)
        if own is not None:
            certificate_id, description, created_at = own
            return Certificate(
                certificate_id=certificate_id,
                trace_id=trace_id,
                description=description,
                files=await self._own_files(tx, scope, trace_id) or None,
                created_at=created_at,
            )
        kind = (await traceability.kinds_of(tx, scope, [trace_id], RequestType.CFP)).get(trace_id)
        if kind is None or not kind.purchased or kind.trade_id is None or kind.state is not State.COMPLETED:
            return None
        trade = await traceability.request_by_id(tx, scope, trade_id=kind.trade_id)
        return await self._answered(tx, scope, trade)

    async def _own_files(self, tx: Transaction, scope: OperatorScope, trace_id: UUID) -> list[CertificateFile]:
        found = await store.files_of_part(tx, scope.operator_id, trace_id)
        return [CertificateFile(operator_id=scope.operator_id, file_id=f.file_id, file_name=f.file_name) for f in found]

    async def _answered(self, tx: Transaction, scope: OperatorScope, trade: Trade) -> Certificate | None:
        if trade.upstream_trace_id is None:
            return None
        supplier, part = trade.upstream_operator_id, trade.upstream_trace_id
        files: list[CertificateFile] = []
        if await self._released(tx, scope, supplier, part):
            async with tx.across():
                found = await store.files_of_part(tx, supplier, part)
            files = [CertificateFile(operator_id=supplier, file_id=f.file_id, file_name=f.file_name) for f in found]
        return Certificate(certificate_id=trade.trade_id, trace_id=part, description=None, files=files or None)

    async def _released(self, tx: Transaction, reader: OperatorScope, owner: UUID, part: UUID) -> bool:
        groups = await disclosure.released_to(tx, reader.operator_id, [(owner, part)])
        return GROUP in groups[(owner, part)]

    async def announce(
        self, tx: Transaction, scope: OperatorScope, files: Sequence[tuple[str, str]]
    ) -> list[Announced]:
        """Addresses to which files (name, extension) may be sent, once each. Raises FileKindNotAllowed."""
        for name, extension in files:
            kind = extension.lower().lstrip(".")
            if kind not in rules().extensions or not name.lower().endswith(f".{kind}"):
                raise FileKindNotAllowed(allowed=", ".join(sorted(rules().extensions)))
        announced = [Announced(file_id=new_id(), file_name=name, token=_token(scope)) for name, _ in files]
        await store.announce(tx, scope, announced)
        until = clock.now() + timedelta(seconds=rules().send_within_s)
        await store.add_tickets(tx, scope, "send", scope.operator_id, announced, until)
        return announced

    async def receive(self, token: str, chunks: AsyncIterator[bytes], media_type: str | None) -> None:
        """Keeps what was sent to an address. Raises BadFileAddress, FileTooLarge; then nothing is kept."""
        scope = _scope_of(token)
        ticket = await self._db.run(scope, store.take_ticket, hash_of(token), "send")
        if ticket is None:
            raise BadFileAddress
        most = rules().most_bytes_per_part
        limits = Limits(most_bytes=most, kinds=rules().extensions, proven=False)
        try:
            stored = await self._files.put(scope, ticket.file_name, chunks, limits)
        except storage.FileTooLarge:
            raise FileTooLarge(most_mb=most // 1_000_000) from None
        kind = media_type or mimetypes.guess_type(ticket.file_name)[0] or "application/octet-stream"
        await self._db.run(scope, store.arrived, ticket.file_id, stored.sha256, stored.size, kind)

    async def attach(
        self,
        tx: Transaction,
        scope: OperatorScope,
        trace_id: UUID,
        files: Sequence[tuple[UUID, str]],
        *,
        description: str | None,
    ) -> Certificate:
        """Adds uploaded files (id, name) to the record of an own part, made if there is none; None keeps the words.

        Raises PartNotOwn, FileNotUploaded, TooManyFiles, FileTooLarge.
        """
        await traceability.part(tx, scope, trace_id)
        arrived = await store.files_by_id(tx, scope, [file_id for file_id, _ in files])
        if {f.file_id for f in arrived} != {file_id for file_id, _ in files}:
            raise FileNotUploaded
        present = await store.files_of_part(tx, scope.operator_id, trace_id)
        together = {f.file_id: f.size or 0 for f in (*present, *arrived)}
        if len(together) > rules().most_files_per_part:
            raise TooManyFiles(most=rules().most_files_per_part)
        if sum(together.values()) > rules().most_bytes_per_part:
            raise FileTooLarge(most_mb=rules().most_bytes_per_part // 1_000_000)
        await store.save_certificate(tx, scope, trace_id, new_id(), description)
        await store.attach(tx, scope, trace_id, files)
        await tx.record(CertificateChanged(trace_id=trace_id, added=tuple(file_id for file_id, _ in files)))
        kept = await self.of_part(tx, scope, trace_id)
        if kept is None:
            raise UnknownFile
        return kept

    async def offer(
        self, tx: Transaction, scope: OperatorScope, owner: UUID, file_id: UUID, trade_id: UUID | None
    ) -> Announced:
        """An address to fetch an own file (no trade), or a supplier's over an answered request.

        Raises UnknownFile, CertificateNotDisclosed.
        """
        if trade_id is not None:
            file = await self._disclosed_file(tx, scope, owner, file_id, trade_id)
        else:
            found = await store.files_by_id(tx, scope, [file_id]) if owner == scope.operator_id else []
            if not found:
                raise UnknownFile
            file = found[0]
        announced = Announced(file_id=file_id, file_name=file.file_name, token=_token(scope))
        until = clock.now() + timedelta(seconds=rules().fetch_within_s)
        await store.add_tickets(tx, scope, "fetch", owner, [announced], until, file)
        return announced

    async def _disclosed_file(
        self, tx: Transaction, scope: OperatorScope, owner: UUID, file_id: UUID, trade_id: UUID
    ) -> store.FileRow:
        try:
            trade = await traceability.request_by_id(tx, scope, trade_id=trade_id)
        except UnknownRequest:
            raise UnknownFile from None
        part = trade.upstream_trace_id
        if trade.side is not Side.DOWN or trade.state is not State.COMPLETED or part is None:
            raise CertificateNotDisclosed
        if owner != trade.upstream_operator_id or not await self._released(tx, scope, owner, part):
            raise CertificateNotDisclosed
        async with tx.across():
            found = [f for f in await store.files_of_part(tx, owner, part) if f.file_id == file_id]
            if not found and not await store.files_by_id(tx, OperatorScope(owner, "system:footprint"), [file_id]):
                raise UnknownFile
        if not found:
            raise CertificateNotDisclosed
        return found[0]

    async def fetch(self, token: str) -> Download:
        """The file at a download address. Raises BadFileAddress."""
        scope = _scope_of(token)
        ticket = await self._db.run(scope, store.take_ticket, hash_of(token), "fetch")
        if ticket is None or ticket.content is None:
            raise BadFileAddress
        owner = OperatorScope(ticket.owner_operator_id, scope.actor, Role.VIEWER)
        return Download(
            file_name=ticket.file_name,
            media_type=ticket.media_type or "application/octet-stream",
            size=ticket.size or 0,
            chunks=await self._files.get(owner, ticket.content),
        )

    async def remove(self, tx: Transaction, scope: OperatorScope, trace_id: UUID, file_id: UUID | None) -> None:
        """Removes one file of an own part, or all; the record goes with the last. Raises PartNotOwn, UnknownFile."""
        await traceability.part(tx, scope, trace_id)
        gone = await store.detach(tx, scope, trace_id, file_id)
        record = await store.certificate(tx, scope, trace_id)
        if not gone and (file_id is not None or record is None):
            raise UnknownFile
        if not await store.files_of_part(tx, scope.operator_id, trace_id):
            await store.delete_certificate(tx, scope, trace_id)
        await tx.record(CertificateChanged(trace_id=trace_id, removed=tuple(gone)))


def _token(scope: OperatorScope) -> str:
    """128 random bits behind the operator's id, which says in whose rows the address is looked up."""
    return f"{scope.operator_id.hex}{secrets.token_hex(16)}"


def hash_of(token: str) -> bytes:
    """What is kept of an address."""
    return hashlib.sha256(token.encode()).digest()


def _scope_of(token: str) -> OperatorScope:
    if len(token) != 64 or not set(token) <= set("0123456789abcdef"):
        raise BadFileAddress
    return OperatorScope(UUID(hex=token[:32]), "system:file_address", Role.EDITOR)
