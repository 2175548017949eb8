"""What is forgotten in time: the records of sign-ins that ended, used links, old failures, keys past their use."""

from datetime import timedelta

from meguri.identity import store, store_proofs
from meguri.identity.rules import identity_rules
from meguri.kernel import clock
from meguri.storage.database import Database

KEPT_AFTER_END = timedelta(days=30)


async def forget_old(db: Database) -> int:
    """Remove what ended more than 30 days ago; how many rows. To be run daily."""
    now = clock.now()
    async with db.identity() as tx:
        gone = await store.forget_before(tx, now - KEPT_AFTER_END) + await store.forget_lent(tx)
        known_since = now - timedelta(seconds=identity_rules().place.known_s)
        return gone + await store_proofs.forget_places(tx, known_since, now - KEPT_AFTER_END)
