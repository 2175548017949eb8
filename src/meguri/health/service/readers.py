"""Who else may read the health of a battery, and who did.

Source: Regulation (EU) 2023/1542 Art. 14(2): whoever lawfully bought a battery, or a third party acting for that person,
reads the parameters of Annex VII at any time, without discrimination, read-only: to make the battery available to
aggregators, to judge residual value, remaining lifetime and further use, to prepare re-use, repurposing, remanufacturing.
"""

from uuid import UUID

from meguri.health import store_readers
from meguri.health.errors import ReaderIsSelf, ReaderUnknown, RightPast
from meguri.health.events import HealthRead, ReaderAdded, ReaderEnded
from meguri.health.service.assessing import assessments
from meguri.health.service.recording import standing
from meguri.health.views import Reader, ReaderInput, Reading, ReadingRight, SharedHealth
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.storage.transaction import Transaction
from meguri.telemetry import service as telemetry
from meguri.telemetry.errors import BatteryUnknown


async def add_reader(tx: Transaction, scope: OperatorScope, battery_id: UUID, new: ReaderInput) -> Reader:
    """Let a company read. Raises BatteryUnknown, OperatorUnknown, ReaderIsSelf, RightPast."""
    await telemetry.battery(tx, scope, battery_id)
    company = (await operators.look_up(tx, scope, new.company)).operator_id
    if company == scope.operator_id:
        raise ReaderIsSelf
    if new.until < clock.today():
        raise RightPast
    reader_id = new_id()
    await store_readers.add_reader(tx, scope, reader_id, battery_id, company, new)
    await tx.record(
        ReaderAdded(
            reader_id=reader_id, battery_id=battery_id, company_id=company, ground=new.ground, purpose=new.purpose,
            until=new.until,
        )
    )  # fmt: skip
    return await _reader(tx, scope, reader_id)


async def _reader(tx: Transaction, scope: OperatorScope, reader_id: UUID) -> Reader:
    found = await store_readers.reader(tx, scope, reader_id)
    if found is None:
        raise ReaderUnknown
    return found


async def readers(tx: Transaction, scope: OperatorScope, battery_id: UUID) -> list[Reader]:
    """Who may read, newest first; ended rights stay listed. Raises BatteryUnknown."""
    await telemetry.battery(tx, scope, battery_id)
    return await store_readers.readers(tx, scope, battery_id)


async def end_reader(tx: Transaction, scope: OperatorScope, reader_id: UUID) -> Reader:
    """The right ends now; ended twice is ended once. Raises ReaderUnknown."""
    found = await _reader(tx, scope, reader_id)
    if await store_readers.end_reader(tx, scope, reader_id):
        await tx.record(ReaderEnded(reader_id=reader_id, battery_id=found.battery_id, company_id=found.company_id))
    return await _reader(tx, scope, reader_id)


async def readings(
    tx: Transaction, scope: OperatorScope, battery_id: UUID, limit: int = 50, after: UUID | None = None
) -> list[Reading]:
    """Who read, by which right, newest first. Raises BatteryUnknown."""
    await telemetry.battery(tx, scope, battery_id)
    return await store_readers.readings(tx, scope, battery_id, limit, after)


async def readable(tx: Transaction, scope: OperatorScope) -> list[ReadingRight]:
    """Batteries of others that the company may read today, newest right first."""
    async with tx.across():
        return await store_readers.rights_across(tx, scope.operator_id, clock.today())


async def read_shared(tx: Transaction, scope: OperatorScope, battery_id: UUID) -> SharedHealth:
    """Another's battery, by a right in force; the reading is kept with the holder. Raises BatteryUnknown."""
    at = clock.now()
    async with tx.across():
        rights = await store_readers.rights_across(tx, scope.operator_id, clock.today(), battery_id)
        if not rights:
            raise BatteryUnknown
        right = rights[0]
        holder = OperatorScope(right.holder_id, scope.actor)
        found = await standing(tx, holder, battery_id)
        newest = await assessments(tx, holder, battery_id, 20)
        await store_readers.add_reading_across(tx, right, scope.operator_id, scope.actor, at)
    await tx.record(
        HealthRead(
            battery_id=battery_id, holder_id=right.holder_id, company_id=scope.operator_id, ground=right.ground,
            purpose=right.purpose,
        )
    )  # fmt: skip
    bodies = [one.body for one in newest if one.body]
    return SharedHealth(
        right=right, standing=found, annex_vii=bodies[0].get("annex_vii") if bodies else None, read_at=at
    )
