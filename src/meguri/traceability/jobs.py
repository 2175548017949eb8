"""What traceability leaves to a worker."""

from uuid import UUID

from meguri.jobs.model import Jobs, system_scope
from meguri.storage.database import Database
from meguri.traceability.service import talking

jobs = Jobs("traceability")


@jobs.job(every="7 * * * *", once="traceability.remind_due")
async def remind_due(db: Database) -> None:
    """Reminds suppliers of due dates, every hour; each step of the rule once."""
    after: UUID | None = None
    while (after := await db.run(system_scope("traceability"), talking.remind_due, after)) is not None:
        pass
