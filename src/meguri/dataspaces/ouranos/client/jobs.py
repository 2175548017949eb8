"""What this room leaves to a worker."""

from uuid import UUID

from meguri.dataspaces.ouranos.client import following
from meguri.dataspaces.ouranos.client.joining import follow_soon
from meguri.jobs.model import Jobs, system_scope
from meguri.kernel.scope import OperatorScope
from meguri.storage import Database, Transaction

jobs = Jobs("outside")


@jobs.job(lock="outside.{system_id}", once="outside.{system_id}", most_tries=3)
async def follow(db: Database, operator_id: UUID, system_id: UUID) -> None:
    """Bring what is marked for a system, and read what was done there."""
    await following.follow(db, operator_id, system_id)


@jobs.job(most_tries=3)
async def wake(db: Database, operator_id: UUID, system_id: UUID) -> None:
    """At a time that was set: the system is asked again, or what it was still doing is looked at."""
    await db.run(system_scope("outside", operator_id), _soon, system_id)


@jobs.job(every="* * * * *", lock="outside.all", once="outside.all")
async def follow_all(db: Database) -> None:
    """Every minute: systems whose turn it is, and those that were left by a worker that died."""
    for operator_id, system_id in await following.follow_due(db):
        await db.run(system_scope("outside", operator_id), _soon, system_id)


async def _soon(tx: Transaction, scope: OperatorScope, system_id: UUID) -> None:
    await follow_soon(tx, scope.operator_id, system_id)
