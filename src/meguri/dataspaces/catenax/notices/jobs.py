"""What notifications leave to a worker: sending."""

from meguri.dataspaces.catenax.notices import sending
from meguri.jobs.model import Jobs
from meguri.storage import Database

jobs = Jobs("catenax")


@jobs.job(lock="catenax.send_notice:{notice_id}", most_tries=20)
async def send_notice(db: Database, operator_id: str, notice_id: str) -> None:
    """Post a notification to the partner's inbox."""
    await sending.deliver(db, operator_id, notice_id)
