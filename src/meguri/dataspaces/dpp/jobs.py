"""What back-up copies leave to a worker: the clock, and a turn that somebody asked for."""

from uuid import UUID

from meguri.dataspaces.dpp import keeping
from meguri.jobs.model import Jobs
from meguri.storage import Database

jobs = Jobs("dpp")


@jobs.job(every="*/2 * * * *", lock="dpp.copy_due", once="dpp.copy_due")
async def copy_due(db: Database) -> None:
    """Copies go to the providers of those companies whose turn it is."""
    await keeping.copy_due(db)


@jobs.job(lock="dpp.copy.{operator_id}", once="dpp.copy.{operator_id}")
async def copy(db: Database, operator_id: UUID) -> None:
    """One company's copies, now."""
    await keeping.copy_of(db, operator_id)
