"""What this room leaves to a worker: reports to subscribers."""

from uuid import UUID

from meguri.dataspaces.epcis import recycled, subscribing
from meguri.jobs.model import Jobs, system_scope
from meguri.storage import Database

jobs = Jobs("epcis")


@jobs.job(every="* * * * *", lock="epcis.report", once="epcis.report")
async def report(db: Database) -> None:
    """Every minute: send what subscribers have not been told yet."""
    await subscribing.report_due(db)


@jobs.job(lock="epcis.tell_received:{operator_id}")
async def tell_received(db: Database, operator_id: UUID, first: UUID, last: UUID) -> None:
    """Deliveries that came in a file, from the lot `first` to the lot `last`, as events."""
    await db.run(system_scope("epcis", operator_id), recycled.tell_received, first, last)
