"""What is forgotten in time: the records of sign-ins that ended, used links, old failures, keys past their use."""

from datetime import timedelta

from meguri.identity import store
from meguri.kernel import clock
from meguri.storage.database import Database

KEPT_AFTER_END = timedelta(days=30)


async def forget_old(db: Database) -> int:
    """Remove what ended more than 30 days ago; how many rows. To be run daily."""
    async with db.identity() as tx:
        return await store.forget_before(tx, clock.now() - KEPT_AFTER_END)
