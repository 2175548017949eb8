"""The house's own periodic jobs: roots over the audit, forgetting what is past its time."""

from datetime import timedelta
from pathlib import Path

from meguri import logs
from meguri.jobs.model import Jobs, system_scope
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage import idempotency
from meguri.storage.audit_check import take_root
from meguri.storage.audit_export import export_roots
from meguri.storage.database import Database, Transaction

_log = logs.get(__name__)


def upkeep_jobs(replies_kept_for: timedelta = idempotency.KEPT_FOR, roots: Path | None = None) -> Jobs:
    """The jobs of the house itself. `roots`: the file that hourly roots are carried to."""
    jobs = Jobs("upkeep")

    @jobs.job(every="0 * * * *", lock="upkeep.audit_root")
    async def audit_root(db: Database) -> None:
        """Hourly: keep the Merkle root over all audit chains, log it, and carry it out of the database."""
        root = await db.run(system_scope("upkeep"), _keep_root)
        if root:
            _log.info("audit root", root=root.hex())
        if roots:
            await db.run(system_scope("upkeep"), _carry_out, roots)

    @jobs.job(every="30 * * * *", lock="upkeep.forget_replies")
    async def forget_replies(db: Database) -> None:
        """Hourly: forget replies that were kept for repeated requests, in small commits."""
        while await db.run(system_scope("upkeep"), _forget_some, replies_kept_for):
            pass

    return jobs


async def _keep_root(tx: Transaction, scope: OperatorScope) -> bytes | None:
    return await take_root(tx, clock.now())


async def _carry_out(tx: Transaction, scope: OperatorScope, roots: Path) -> int:
    return await export_roots(tx, roots)


async def _forget_some(tx: Transaction, scope: OperatorScope, kept_for: timedelta) -> int:
    return await idempotency.purge(tx, kept_for=kept_for)
