"""Anonymous readings are counted by passport and hour, and nothing of the reader is kept.

Counts gather in the process and are written once a minute, so that a reading costs no write; a process that dies takes its last
minute's counts with it.
"""

import time
from datetime import datetime
from uuid import UUID

from meguri.kernel import clock
from meguri.passport import register
from meguri.passport.model import Record
from meguri.storage import Transaction

EVERY_S = 60.0
MOST = 5_000
_Counts = dict[tuple[UUID, UUID, datetime], int]
_counts: _Counts = {}
_written = [time.monotonic()]


async def count(tx: Transaction, record: Record) -> None:
    """One more anonymous reading; now and then the counts are written in this transaction."""
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    key = (record.operator_id, record.passport_id, hour)
    _counts[key] = _counts.get(key, 0) + 1
    if time.monotonic() - _written[0] >= EVERY_S or len(_counts) >= MOST:
        await write(tx)


async def write(tx: Transaction) -> None:
    """Write what has gathered, in the order of the keys so that two writers never wait in a circle."""
    gathered = sorted(_counts.items())
    _counts.clear()
    _written[0] = time.monotonic()
    async with tx.across():
        await register.count_reads(tx, [(*key, reads) for key, reads in gathered])
