"""What this room leaves to a worker: sending messages, fetching and pushing data, ending what is past its time."""

from datetime import timedelta
from typing import Any

from meguri.dataspaces.dsp import delivering, fetching, store, store_tokens
from meguri.dataspaces.dsp.offering import end_by_time, erase_copy
from meguri.jobs.model import Jobs, system_scope
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage import Database, Transaction

_FETCHES = 84  # twelve within the first two hours, then hourly: 72 hours, as for every other message
jobs = Jobs("dsp")


@jobs.job(most_tries=3)
async def deliver(db: Database, operator_id: str, pid: str, pending_id: str, pause_ms: int = 0) -> None:
    """Send the pending message of a process."""
    await delivering.deliver(db, operator_id, pid, pending_id, pause_ms)


@jobs.job(most_tries=3)
async def again(db: Database, operator_id: str, pid: str) -> None:
    """Send the start message of a transfer once more to a consumer that asked again."""
    await delivering.start_again(db, operator_id, pid)


@jobs.job(lock="dsp.pull.{pid}", most_tries=_FETCHES)
async def pull(db: Database, operator_id: str, pid: str) -> None:
    """Fetch the data of a transfer that was started for us."""
    await fetching.pull(db, operator_id, pid)


@jobs.job(lock="dsp.push.{pid}", most_tries=20)
async def push(db: Database, operator_id: str, pid: str) -> None:
    """Send the data of a transfer to where its consumer wants it."""
    await fetching.push(db, operator_id, pid)


@jobs.job(every="* * * * *", lock="dsp.rescue", once="dsp.rescue")
async def rescue(db: Database) -> None:
    """Every minute: send what a worker that died has left behind."""
    await delivering.rescue(db)


@jobs.job(every="* * * * *", lock="dsp.end", once="dsp.end")
async def end(db: Database) -> None:
    """Every minute: end agreements that are past their time, erase copies whose use has ended."""
    for operator_id, agreement_id in await db.run(system_scope("dsp"), _past_end):
        await db.run(system_scope("dsp", operator_id), end_by_time, agreement_id)
    for operator_id, pid in await db.run(system_scope("dsp"), _copies_past_end):
        await db.run(system_scope("dsp", operator_id), erase_copy, pid)


@jobs.job(every="17 * * * *", lock="dsp.forget", once="dsp.forget")
async def forget(db: Database) -> None:
    """Hourly: forget tokens that cannot be used any more."""
    while await db.run(system_scope("dsp"), _forget):
        pass


async def _past_end(tx: Transaction, _: OperatorScope) -> list[tuple[Any, ...]]:
    return await store.agreements_past_end(tx)


async def _copies_past_end(tx: Transaction, _: OperatorScope) -> list[tuple[Any, ...]]:
    return await store.copies_past_end(tx)


async def _forget(tx: Transaction, _: OperatorScope) -> int:
    return await store_tokens.forget(tx, clock.now() - timedelta(days=1))
