"""Who else of the company has the same thing open to change it. Nobody's change is stopped by it; `If-Match` sees to that."""

from datetime import timedelta

from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage.queries import load_queries
from meguri.storage.transaction import Transaction

queries = load_queries(__package__, "presence.sql")
HERE_FOR = timedelta(seconds=45)
FORGOTTEN_AFTER = timedelta(hours=1)
LONGEST_PLACE = 200


async def here(tx: Transaction, scope: OperatorScope, place: str, name: str) -> list[str]:
    """Notes that a person is at `place` (the address of what is changed), and gives the names of the others there."""
    if scope.person_id is None:
        return []
    now = clock.now()
    at = {"operator_id": scope.operator_id, "place": place[:LONGEST_PLACE], "person_id": scope.person_id}
    await tx.run(queries.note, **at, name=name, at=now, gone=now - FORGOTTEN_AFTER)
    return [row[0] for row in await tx.all(queries.others, **at, since=now - HERE_FOR)]
