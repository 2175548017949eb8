"""The tables of bulk issue; the only caller of `bulk.sql`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.passport.bulk.model import CellFault, Job, Part, Result
from meguri.storage import Transaction, load_queries

queries = load_queries(__package__, "bulk.sql")


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A passport that an earlier run of the file made."""

    product_key: str
    dpp_id: str
    product_id: str
    version_hash: str


def _rows(items: Sequence[msgspec.Struct]) -> str:
    return msgspec.json.encode(items).decode()


async def add_job(tx: Transaction, job: Job) -> None:
    """A new job."""
    await tx.run(queries.add_job, rows=_rows([job]))


async def add_parts(tx: Transaction, parts: Sequence[Part]) -> None:
    """Parts of a new job."""
    await tx.run(queries.add_parts, rows=_rows(parts))


async def job(tx: Transaction, operator_id: UUID, job_id: UUID, *, lock: bool = False) -> Job | None:
    """One job."""
    query = queries.job_locked if lock else queries.job
    return await tx.one(query, Job, operator_id=operator_id, job_id=job_id)


async def jobs(tx: Transaction, operator_id: UUID, *, after: tuple[datetime, UUID] | None, count: int) -> list[Job]:
    """Jobs, newest first."""
    return await tx.all(
        queries.jobs_page,
        Job,
        operator_id=operator_id,
        after_at=after[0] if after else None,
        after_id=after[1] if after else None,
        count=count,
    )


async def jobs_of_file(tx: Transaction, operator_id: UUID, file_sha256: str) -> list[UUID]:
    """Every job of the very same file."""
    found = await tx.all(queries.jobs_of_file, operator_id=operator_id, file_sha256=file_sha256)
    return [each[0] for each in found]


async def set_state(tx: Transaction, operator_id: UUID, job_id: UUID, state: str, reason: str | None = None) -> bool:
    """Another state, of a job that is still at work. When it ends, what its file said is forgotten (it may name persons)."""
    done = await tx.run(
        queries.set_job, operator_id=operator_id, job_id=job_id, state=state, reason=reason, at=clock.now()
    )
    if done and state not in ("queued", "running"):
        await tx.run(queries.forget_rows, operator_id=operator_id, job_id=job_id)
    return done == 1


async def count(
    tx: Transaction,
    operator_id: UUID,
    job_id: UUID,
    *,
    checked: int = 0,
    issued: int = 0,
    present: int = 0,
    bad: int = 0,
) -> None:
    """Add to a job's counts."""
    await tx.run(
        queries.count_job,
        operator_id=operator_id,
        job_id=job_id,
        checked=checked,
        issued=issued,
        present=present,
        bad=bad,
        at=clock.now(),
    )


async def next_part(tx: Transaction, operator_id: UUID, job_id: UUID, step: str) -> Part | None:
    """The first part whose step (check, issue) is still to be done."""
    return await tx.one(queries.next_part, Part, operator_id=operator_id, job_id=job_id, step=step)


async def save_part(
    tx: Transaction,
    part: Part,
    *,
    checked: bool,
    issued: bool,
    errors: Sequence[CellFault],
    results: Sequence[Result] = (),
) -> None:
    """What became of a part."""
    await tx.run(
        queries.save_part,
        operator_id=part.operator_id,
        job_id=part.job_id,
        part=part.part,
        checked=checked,
        issued=issued,
        errors=_rows(errors),
        results=_rows(results),
    )


async def parts(tx: Transaction, operator_id: UUID, job_id: UUID, *, after: int, count: int) -> list[Part]:
    """Parts in order, after one of them."""
    return await tx.all(queries.parts_after, Part, operator_id=operator_id, job_id=job_id, part=after, count=count)


async def made_before(tx: Transaction, operator_id: UUID, keys: Sequence[str], jobs: Sequence[UUID]) -> dict[str, Made]:
    """Passports of these keys that these jobs made."""
    found = await tx.all(queries.taken_in_bulk, Made, operator_id=operator_id, keys=list(keys), jobs=list(jobs))
    return {each.product_key: each for each in found}
