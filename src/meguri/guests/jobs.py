"""What guests leave to a worker."""

from uuid import UUID

from meguri.guests import store
from meguri.jobs.model import Jobs
from meguri.storage.database import Database

jobs = Jobs("guests")


@jobs.job()
async def note_answered(db: Database, link_id: UUID) -> None:
    """The link has served its purpose, also when the server died between the answer and the note of it."""
    async with db.identity() as tx:
        await store.note_answered(tx, link_id)
