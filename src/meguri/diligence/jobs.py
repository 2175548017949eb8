"""What due diligence leaves to a worker."""

from uuid import UUID

from meguri.diligence import service, store
from meguri.diligence.service import assessing, evidence
from meguri.jobs.model import Jobs, system_scope
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage.database import Database
from meguri.storage.transaction import Transaction

jobs = Jobs("diligence")
_BATCH = 200


@jobs.job(every="20 3 * * *", once="diligence.tell_of_expiry")
async def tell_of_expiry(db: Database) -> None:
    """Every day: evidence that ends (each notice once; results are worked out anew), and results that have ended."""
    after: UUID | None = None
    while due := await db.run(system_scope("diligence"), evidence.due_across, after):
        for operator_id, record_id in due:
            if await db.run(system_scope("diligence", operator_id), evidence.tell_of_expiry, record_id):
                await db.run(system_scope("diligence", operator_id), assessing.answer_anew)
        after = due[-1][1]
    while ended := await db.run(system_scope("diligence"), _ended):
        for operator_id, trace_id in ended:
            await db.run(system_scope("diligence", operator_id), service.expire, trace_id)


async def _ended(tx: Transaction, _: OperatorScope) -> list[tuple[UUID, UUID]]:
    return await store.results_expired_across(tx, clock.today(), _BATCH)
