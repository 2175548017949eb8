"""What happens by time: credits whose carry-over is over leave the open account, each company in a transaction of its own."""

from datetime import timedelta

from meguri.jobs import Jobs, system_scope
from meguri.kernel import clock
from meguri.recycling import store_claims
from meguri.recycling.service import claims
from meguri.storage.database import Database

jobs = Jobs("recycling")
_EARLIEST = timedelta(hours=14)


@jobs.job(every="41 * * * *")
async def expire_credits(db: Database) -> None:
    """Every hour, so that a node that was down at midnight still does it the same day."""
    async with db.transaction(system_scope("recycling")) as tx, tx.across():
        first_day_on_earth = (clock.now() + _EARLIEST).date()  # whose day is over is told by each company's own
        holders = await store_claims.with_expired(tx, first_day_on_earth)
    for operator_id in holders:
        await db.run(system_scope("recycling", operator_id), claims.expire)
