"""What health leaves to a worker: records that take longer to assess than a person waits."""

from uuid import UUID

from meguri.health import desk
from meguri.jobs.model import Jobs, system_scope
from meguri.storage.database import Database
from meguri.telemetry.ground import files

jobs = Jobs("health")


@jobs.job(once="health.assess.{assessment_id}")
async def assess(db: Database, operator_id: UUID, assessment_id: UUID) -> None:
    """Assess a large record. Doing it twice changes nothing."""
    await desk.assess(db, system_scope("health", operator_id), files(), assessment_id)
