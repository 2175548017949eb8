"""What footprint leaves to a worker."""

from datetime import UTC, datetime
from uuid import UUID

from meguri.footprint.service.continuing import continue_cascade as carry_on
from meguri.footprint.watching import service as watching
from meguri.jobs.model import Jobs, system_scope
from meguri.storage.database import Database

jobs = Jobs("footprint")


@jobs.job(lock="footprint.cascade.{operator_id}", once="footprint.cascade.{operator_id}")
async def continue_cascade(db: Database, operator_id: UUID) -> None:
    """Passes on changes that a long cascade left waiting at this operator's parts, batch by batch."""
    while await db.run(system_scope("footprint", operator_id), carry_on):
        pass


@jobs.job(every="*/5 * * * *", lock="footprint.watch", once="footprint.watch")
async def watch(db: Database) -> None:
    """Finds companies whose totals were disclosed, answered or changed, every five minutes."""
    for operator_id, since in await db.run(system_scope("footprint"), watching.moved_across):
        await db.run(system_scope("footprint", operator_id), watching.put_off, since)


@jobs.job(lock="footprint.disclosed.{operator_id}", once="footprint.disclosed.{operator_id}")
async def look_through_disclosed(db: Database, operator_id: UUID, since: float) -> None:
    """Looks through the totals of a company that others read and that are news since then, one by one."""
    scope, moment = system_scope("footprint", operator_id), datetime.fromtimestamp(since, UTC)
    for trace_id, reader in await db.run(scope, watching.news_of, moment):
        await db.run(scope, watching.look_at, trace_id, reader, moment)
