"""The only caller of this SQL."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from meguri.footprint.declarations.model import Declaration, Document, StatementFile, Step, Verification
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage.queries import load_queries
from meguri.storage.transaction import Transaction

queries = load_queries(__package__)


async def declaration(tx: Transaction, scope: OperatorScope, declaration_id: UUID) -> Declaration | None:
    """One declaration."""
    return await tx.one(queries.declaration, Declaration, operator_id=scope.operator_id, declaration_id=declaration_id)


async def declarations(
    tx: Transaction, scope: OperatorScope, *, limit: int, after: UUID | None = None
) -> list[Declaration]:
    """Declarations, newest first."""
    return await tx.all(queries.declarations, Declaration, operator_id=scope.operator_id, limit=limit, after=after)


async def editions(tx: Transaction, scope: OperatorScope, model: str, plant_id: UUID) -> list[Declaration]:
    """Editions of one model at one plant, newest first."""
    return await tx.all(queries.editions, Declaration, operator_id=scope.operator_id, model=model, plant_id=plant_id)


async def save(tx: Transaction, scope: OperatorScope, kept: Declaration, note: str | None) -> bool:
    """Writes a declaration with its step; False if somebody else was first."""
    return bool(
        await tx.run(
            queries.save,
            operator_id=scope.operator_id,
            **{name: getattr(kept, name) for name in Declaration.__struct_fields__},
            note=note,
            actor=scope.actor,
        )
    )


async def steps(tx: Transaction, scope: OperatorScope, declaration_id: UUID) -> list[Step]:
    """Steps of a declaration, newest first."""
    return await tx.all(queries.steps, Step, operator_id=scope.operator_id, declaration_id=declaration_id)


async def published(tx: Transaction, scope: OperatorScope, model: str, plant_id: UUID) -> Document | None:
    """The document that stands for a model at a plant."""
    found = await tx.value(queries.published, operator_id=scope.operator_id, model=model, plant_id=plant_id)
    return msgspec.convert(found, Document) if found else None


async def published_by_id(tx: Transaction, declaration_id: UUID) -> tuple[Document, str] | None:
    """A published document of any company and its state: public."""
    async with tx.across():
        row = await tx.one(queries.published_by_id, declaration_id=declaration_id)
    return (msgspec.convert(row[0], Document), row[1]) if row else None


async def add_verification(tx: Transaction, scope: OperatorScope, kept: Verification) -> None:
    """Keeps a statement."""
    await tx.run(
        queries.add_verification,
        operator_id=scope.operator_id,
        verification_id=kept.verification_id,
        result_id=kept.body.result_id,
        result_hash=kept.body.result_hash,
        state=kept.state,
        body=kept.body,
        now=kept.created_at,
    )


async def move_verification(tx: Transaction, scope: OperatorScope, kept: Verification) -> bool:
    """Writes a statement's state; False if somebody else was first."""
    return bool(
        await tx.run(
            queries.move_verification,
            operator_id=scope.operator_id,
            verification_id=kept.verification_id,
            state=kept.state,
            body=kept.body,
            version=kept.version,
            now=clock.now(),
        )
    )


async def verification(tx: Transaction, scope: OperatorScope, verification_id: UUID) -> Verification | None:
    """One statement."""
    return await tx.one(
        queries.verification, Verification, operator_id=scope.operator_id, verification_id=verification_id
    )


async def verifications(tx: Transaction, scope: OperatorScope, result_id: UUID) -> list[Verification]:
    """Statements about a result, newest first."""
    return await tx.all(queries.verifications, Verification, operator_id=scope.operator_id, result_id=result_id)


async def add_statement_file(tx: Transaction, scope: OperatorScope, kept: StatementFile) -> None:
    """Names a stored file; nothing happens where the statement has one of the same content."""
    await tx.run(queries.add_statement_file, operator_id=scope.operator_id, **msgspec.structs.asdict(kept))


async def statement_files(
    tx: Transaction, scope: OperatorScope, verification_ids: Sequence[UUID]
) -> list[StatementFile]:
    """Files of statements, in the order in which they came."""
    return await tx.all(
        queries.statement_files, StatementFile, operator_id=scope.operator_id, verification_ids=list(verification_ids)
    )
