"""What companies are told about requests for access: that one came, that it waits too long, that it was decided."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.operators.model import Relation
from meguri.passport import dealings_store
from meguri.passport.dealings import Dealing, policy
from meguri.storage import Transaction


async def remind(tx: Transaction, _: OperatorScope, platform: Sequence[UUID] = ()) -> int:
    """Tell the responsible operator, and those who run the platform, of requests that nobody decided; how many.

    Each request once, after the days that the rules give. `platform`: companies of the platform's operators, who learn
    which operator leaves a request undecided, and nothing of what was asked. To be repeated until it is 0.
    """
    before = clock.now() - timedelta(days=policy().reminder_days)
    async with tx.across():
        late = await dealings_store.to_remind(tx, before, 100)
        for each in late:
            await dealings_store.put(tx, msgspec.structs.replace(each, body={**each.body, "reminded": True}))
    for each in late:
        await tell(tx, each, "PASSPORT_ACCESS_OVERDUE", each.giver_id)
        for company in platform:
            if company not in (each.giver_id, each.taker_id):
                await tell(tx, each, "PASSPORT_ACCESS_UNANSWERED", company)
    return len(late)


async def tell(tx: Transaction, dealing: Dealing, kind: str, receiver: UUID) -> None:
    """A notification about a request for access: from the other side, or, to a third company, from the responsible operator.

    A third company is told neither who asked nor for what.
    """
    about, third = dealing.dealing_id, receiver not in (dealing.giver_id, dealing.taker_id)
    sender = dealing.taker_id if receiver == dealing.giver_id else dealing.giver_id
    relation = Relation(
        trade_id=about,
        request_id=about,
        downstream_operator_id=receiver if third else dealing.taker_id,
        upstream_operator_id=dealing.giver_id,
        downstream_trace_id=about,
    )
    await operators.notify(tx, receiver, kind, sender, relation)
