"""What due diligence leaves to a worker."""

from uuid import UUID

from meguri.diligence import service, store
from meguri.diligence.screening import remote
from meguri.diligence.screening.errors import StillPending
from meguri.diligence.service import assessing, evidence, remote_screening, screening
from meguri.jobs.model import Jobs, system_scope
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage.database import Database
from meguri.storage.transaction import Transaction

jobs = Jobs("diligence")
_BATCH = 200


@jobs.job(every="20 3 * * *", once="diligence.tell_of_expiry")
async def tell_of_expiry(db: Database) -> None:
    """Every day: evidence that ends (each notice once; results are worked out anew), and results that have ended."""
    after: UUID | None = None
    while due := await db.run(system_scope("diligence"), evidence.due_across, after):
        for operator_id, record_id in due:
            if await db.run(system_scope("diligence", operator_id), evidence.tell_of_expiry, record_id):
                await db.run(system_scope("diligence", operator_id), assessing.answer_anew)
        after = due[-1][1]
    while ended := await db.run(system_scope("diligence"), _ended):
        for operator_id, trace_id in ended:
            await db.run(system_scope("diligence", operator_id), service.expire, trace_id)


@jobs.job(lock="diligence.screen_party {operator_id}")
async def screen_party(db: Database, operator_id: UUID, party_id: UUID) -> None:
    """Screens one company against the lists loaded here, and asks the remote matcher if there is one.

    Raises StillPending as long as the matcher does not answer: the queue asks again, and the company stays `pending`.
    """
    scope = system_scope("diligence", operator_id)
    await db.run(scope, screening.screen_party, party_id)
    if db.installation.name_matcher is None:
        return
    server, dataset = remote.server_and_dataset(db.installation.name_matcher)
    subjects = await db.run(scope, remote_screening.subjects_of, party_id)
    answers = await remote.match(subjects, dataset, remote_screening.post_to(server))
    if await db.run(scope, remote_screening.keep, party_id, dataset, answers):
        raise StillPending


async def _ended(tx: Transaction, _: OperatorScope) -> list[tuple[UUID, UUID]]:
    return await store.results_expired_across(tx, clock.today(), _BATCH)
