"""What telemetry leaves to a worker: closing months."""

from meguri.jobs.model import Jobs, system_scope
from meguri.storage.database import Database
from meguri.storage.files import FileStore
from meguri.telemetry import months
from meguri.telemetry.ground import files

jobs = Jobs("telemetry")


@jobs.job(every="15 3 * * *", lock="telemetry.close_months")
async def close_months(db: Database) -> None:
    """Nightly: months that ended long enough ago move from the database into Parquet files."""
    while await close_ripe(db, files()):
        pass


async def close_ripe(db: Database, store: FileStore) -> int:
    """Close ripe months, each in a transaction of its own; how many were closed."""
    found = await db.run(system_scope("telemetry"), months.ripe)
    for operator_id, battery_id, month in found:
        await db.run(system_scope("telemetry", operator_id), months.close, store, battery_id, month)
    return len(found)
