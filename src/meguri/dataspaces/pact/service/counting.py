"""Letting a partner's footprint count for an own part."""

from uuid import UUID

from meguri.dataspaces.pact import store
from meguri.dataspaces.pact.conversion import statement_of
from meguri.dataspaces.pact.model import ReceivedFootprint
from meguri.footprint.service import Received, receive
from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability

NOT_NOW = ("deprecated", "outside_validity")


async def count(tx: Transaction, scope: OperatorScope, known: ReceivedFootprint, trace_id: UUID) -> UUID | None:
    """Lets it count; a part whose unit does not fit leaves it for a person, with the flag `not_usable`."""
    try:
        async with tx.savepoint():
            await counted(tx, scope, known, trace_id)
    except Refusal:
        await store.mark_received(tx, scope, known, flags=[*known.flags, "not_usable"])
        return None
    await store.mark_received(tx, scope, known, trace_id=trace_id)
    return trace_id


async def counted(tx: Transaction, scope: OperatorScope, known: ReceivedFootprint, trace_id: UUID) -> Received:
    """Lets it count. Raises PartNotOwn, UnitIncompatible, UnitMismatch."""
    part = await traceability.part(tx, scope, trace_id)
    return await receive(tx, scope, trace_id, statement_of(known.body, part.unit, known.flags))
