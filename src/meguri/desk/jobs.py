"""What the desk leaves to a worker."""

from meguri.desk import retention, service
from meguri.jobs.model import Jobs
from meguri.storage.database import Database

jobs = Jobs("desk")


@jobs.job(every="3 * * * *", once="desk.carry_out")
async def carry_out(db: Database) -> None:
    """Suspensions, resumptions and ends take effect on their day."""
    await service.carry_out_plans(db)


@jobs.job(every="29 3 * * *", once="desk.forget")
async def forget(db: Database) -> None:
    """Removes what is past its time, every night."""
    await retention.forget(db)
