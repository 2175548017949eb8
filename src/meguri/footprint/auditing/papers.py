"""The verifier's certificate and report: added by the verifier who concluded, kept by the declaring company, read by both."""

from collections.abc import AsyncIterable, AsyncIterator
from uuid import UUID

from meguri.footprint.auditing.errors import NotConcluded
from meguri.footprint.auditing.examining import proved
from meguri.footprint.declarations import declaration, verifications_of
from meguri.footprint.declarations.errors import StatementFileNotFound
from meguri.footprint.declarations.model import StatementFile
from meguri.footprint.declarations.statement_files import check_open, file_store, keep_row, put
from meguri.footprint.events import StatementFileAdded
from meguri.kernel.scope import OperatorScope
from meguri.storage.database import Database
from meguri.storage.transaction import Transaction


async def add_paper(
    db: Database, scope: OperatorScope, engagement_id: UUID, name: str, content: AsyncIterable[bytes]
) -> StatementFile:
    """Keeps a file beside the verifier's own statement.

    Raises EngagementNotFound, NotConcluded, and as `declarations.statement_files.add_file`.
    """

    async def concluded(tx: Transaction, scope: OperatorScope) -> tuple[UUID, OperatorScope]:
        async with tx.across():
            found, maker = await proved(tx, scope, engagement_id)
            if found.verification_id is None:
                raise NotConcluded
            await check_open(tx, maker, found.verification_id)
            return found.verification_id, maker

    _, maker = await db.run(scope, concluded)
    stored = await put(maker, name, content)

    async def keep(tx: Transaction, scope: OperatorScope) -> StatementFile:
        verification_id, maker = await concluded(tx, scope)
        async with tx.across():
            made = await keep_row(tx, maker, verification_id, name, stored, scope.actor)
        await tx.record(
            StatementFileAdded(
                verification_id=verification_id,
                file_id=made.file_id,
                sha256=made.sha256,
                maker_id=maker.operator_id,
            )
        )
        return made

    return await db.run(scope, keep)


async def read_paper(
    db: Database, scope: OperatorScope, engagement_id: UUID, file_id: UUID
) -> tuple[StatementFile, AsyncIterator[bytes]]:
    """A file of any statement about the result under examination, and its content in pieces.

    Raises EngagementNotFound, StatementFileNotFound, FileDamaged.
    """

    async def find(tx: Transaction, scope: OperatorScope) -> tuple[StatementFile, OperatorScope]:
        async with tx.across():
            found, maker = await proved(tx, scope, engagement_id)
            declared = await declaration(tx, maker, found.declaration_id)
            for statement in await verifications_of(tx, maker, declared.result_id):
                for one in statement.files:
                    if one.file_id == file_id:
                        return one, maker
        raise StatementFileNotFound

    kept, maker = await db.run(scope, find)
    return kept, await file_store().get(maker, kept.sha256)
