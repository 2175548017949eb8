"""What this room leaves to a worker."""

from meguri.dataspaces.federation import handing, linking, receiving, sending
from meguri.jobs.model import Jobs
from meguri.storage import Database

jobs = Jobs("federation")


@jobs.job(most_tries=3)
async def deliver(db: Database, operator_id: str, message_id: str, pause_ms: int = 0) -> None:
    """Send a message to a partner's node."""
    await sending.deliver(db, operator_id, message_id, pause_ms)


@jobs.job(lock="federation.take_in.{message_id}")
async def take_in(db: Database, operator_id: str, message_id: str, turn: int = 0) -> None:
    """Fetch a passport that a partner hands over, so that our people can accept it."""
    await handing.take_in(db, operator_id, message_id, turn)


@jobs.job(every="* * * * *", lock="federation.rescue", once="federation.rescue")
async def rescue(db: Database) -> None:
    """Every minute: send again what was not receipted, or was left by a worker that died."""
    await sending.rescue(db)


@jobs.job(every="17 * * * *", lock="federation.look_at_keys", once="federation.look_at_keys")
async def look_at_keys(db: Database) -> None:
    """Every hour: see whether partners have revoked keys under which something was accepted."""
    await linking.look_at_keys(db)


@jobs.job(every="*/10 * * * *", lock="federation.judge_again", once="federation.judge_again")
async def judge_again(db: Database) -> None:
    """After an upgrade: what the version before did not know takes effect."""
    await receiving.judge_again(db)
