"""What imports leave to a worker."""

from uuid import UUID

from meguri.imports import service
from meguri.jobs.model import Jobs
from meguri.storage.database import Database

jobs = Jobs("imports")


@jobs.job(lock="imports.{operator_id}")
async def carry_out(db: Database, operator_id: UUID, import_id: UUID) -> None:
    """Does an import to its end; those of one company one after the other."""
    await service.work(db, operator_id, import_id)
