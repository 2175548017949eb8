"""What this façade leaves to a worker."""

from meguri.dataspaces.ouranos import tracks
from meguri.jobs.model import Jobs, system_scope
from meguri.storage.database import Database

jobs = Jobs("ouranos")


@jobs.job(every="47 3 * * *", lock="ouranos.forget_tracks")
async def forget_tracks(db: Database) -> None:
    """Forgets the numbers of writes that were done long ago, every night."""
    while await db.run(system_scope("ouranos"), tracks.forget):
        pass
