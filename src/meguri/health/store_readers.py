"""The SQL of readers and of their readings. Functions with `across` in their name are called within `tx.across()`."""

from datetime import date, datetime
from uuid import UUID

from meguri.health.store import queries
from meguri.health.views import Reader, ReaderInput, Reading, ReadingRight
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction


async def add_reader(
    tx: Transaction, scope: OperatorScope, reader_id: UUID, battery_id: UUID, company_id: UUID, new: ReaderInput
) -> None:
    """Note who may read."""
    await tx.run(
        queries.add_reader, operator_id=scope.operator_id, reader_id=reader_id, battery_id=battery_id,
        company_id=company_id, ground=new.ground, purpose=new.purpose, until=new.until, now=clock.now(),
    )  # fmt: skip


async def readers(tx: Transaction, scope: OperatorScope, battery_id: UUID) -> list[Reader]:
    """Who may and might read, newest first."""
    return await tx.all(queries.readers, Reader, operator_id=scope.operator_id, battery_id=battery_id)


async def reader(tx: Transaction, scope: OperatorScope, reader_id: UUID) -> Reader | None:
    """One of them."""
    return await tx.one(queries.reader, Reader, operator_id=scope.operator_id, reader_id=reader_id)


async def end_reader(tx: Transaction, scope: OperatorScope, reader_id: UUID) -> bool:
    """The right ends now; False when it had ended before."""
    ended = await tx.run(queries.end_reader, operator_id=scope.operator_id, reader_id=reader_id, now=clock.now())
    return ended == 1


async def rights_across(
    tx: Transaction, company_id: UUID, today: date, battery_id: UUID | None = None
) -> list[ReadingRight]:  # fmt: skip
    """What others let a company read today, newest first."""
    return await tx.all(
        queries.rights_of_company, ReadingRight, company_id=company_id, battery_id=battery_id, today=today
    )


async def add_reading_across(tx: Transaction, right: ReadingRight, company_id: UUID, actor: str, at: datetime) -> None:
    """Note in the holder's rows that it was read."""
    await tx.run(
        queries.add_reading, operator_id=right.holder_id, reading_id=new_id(), battery_id=right.battery_id,
        reader_id=right.reader_id, company_id=company_id, actor=actor, ground=right.ground, purpose=right.purpose, now=at,
    )  # fmt: skip


async def readings(
    tx: Transaction, scope: OperatorScope, battery_id: UUID, limit: int, after: UUID | None
) -> list[Reading]:
    """Who read, newest first."""
    return await tx.all(
        queries.readings, Reading, operator_id=scope.operator_id, battery_id=battery_id, limit=limit, after=after
    )
