"""What footprint leaves to a worker."""

from uuid import UUID

from meguri.footprint.service.continuing import continue_cascade as carry_on
from meguri.jobs.model import Jobs, system_scope
from meguri.storage.database import Database

jobs = Jobs("footprint")


@jobs.job(lock="footprint.cascade.{operator_id}", once="footprint.cascade.{operator_id}")
async def continue_cascade(db: Database, operator_id: UUID) -> None:
    """Passes on changes that a long cascade left waiting at this operator's parts, batch by batch."""
    while await db.run(system_scope("footprint", operator_id), carry_on):
        pass
