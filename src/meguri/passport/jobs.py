"""What passports leave to a worker."""

from uuid import UUID

from meguri.identity import service as identity
from meguri.jobs.model import Jobs, system_scope
from meguri.kernel.scope import OperatorScope
from meguri.passport import store
from meguri.passport.model import Record
from meguri.passport.service import announcing, bulk, granting, moving, reminding
from meguri.passport.service.propagating import carry
from meguri.storage.database import Database
from meguri.storage.transaction import Transaction

jobs = Jobs("passport")


@jobs.job(lock="passport.propagate.{model_id}")
async def propagate(db: Database, operator_id: UUID, model_id: UUID, version: int, reason: str) -> None:
    """Carries a model's version to its issued items, some at a time; done items are not touched again."""
    scope = system_scope("passport", operator_id)

    async def some(tx: Transaction, scope: OperatorScope) -> int:
        model = await store.by_id_across(tx, model_id)
        if not isinstance(model, Record) or model.version < version:
            return 0
        return await carry(tx, scope, model, reason=reason)

    while await db.run(scope, some):
        pass


@jobs.job(lock="passport.bulk.{operator_id}")
async def issue_in_bulk(db: Database, operator_id: UUID, job_id: UUID) -> None:
    """Issues the passports of a file, part by part; one file of an operator at a time."""
    await bulk.work(db, operator_id, job_id)


@jobs.job(lock="passport.announce.{notice_id}")
async def announce(db: Database, operator_id: UUID, model_id: UUID, notice_id: UUID) -> None:
    """Carries a notice from a model's record to its items, some at a time; an item that has it is left alone."""
    scope = system_scope("passport", operator_id)
    after: UUID | None = store.FIRST_ID
    while after is not None:
        after = await db.run(scope, announcing.carry, model_id, notice_id, after)


@jobs.job(every="7 * * * *")
async def close_what_is_late(db: Database) -> None:
    """Transfers, requests and grants past their time are closed; of requests left undecided somebody is reminded."""
    for expire in (moving.expire, granting.expire):
        while await db.run(system_scope("passport"), expire):
            pass
    platform = await identity.companies_of_platform_operators(db)
    while await db.run(system_scope("passport"), reminding.remind, platform):
        pass
