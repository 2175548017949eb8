"""What this room leaves to a worker."""

from meguri.dataspaces.aas.projecting import save_passport
from meguri.jobs.model import Jobs, system_scope
from meguri.kernel.ids import parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.storage import Database, Transaction

jobs = Jobs("aas")


@jobs.job()
async def project(db: Database, operator_id: str, passport_ids: str, public: bool) -> None:
    """Enter the shells of passports that were made from a file."""
    operator = parse_uuid(operator_id)
    if operator is not None:
        await db.run(system_scope("aas", operator), _project, passport_ids, public)


async def _project(tx: Transaction, _: OperatorScope, passport_ids: str, public: bool) -> None:
    for text in passport_ids.split(","):
        passport_id = parse_uuid(text)
        if passport_id is not None:
            await save_passport(tx, passport_id, public=public)
