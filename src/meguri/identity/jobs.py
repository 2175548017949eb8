"""What identity leaves to a worker."""

from meguri.identity.service.upkeep import forget_old as forget
from meguri.jobs.model import Jobs
from meguri.storage.database import Database

jobs = Jobs("identity")


@jobs.job(every="17 3 * * *", once="identity.forget_old")
async def forget_old(db: Database) -> None:
    """Removes the records of what ended long ago, every night."""
    await forget(db)
