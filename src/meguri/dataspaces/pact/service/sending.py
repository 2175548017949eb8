"""Events of ours on their way: written with the change that they tell of, sent after the commit."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from meguri.dataspaces.pact import store
from meguri.dataspaces.pact.house import the_house
from meguri.dataspaces.pact.messages import cloud_event
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction

DELIVER = "pact.deliver"


async def send(
    tx: Transaction, scope: OperatorScope, partner_id: UUID, kind: str, data: Mapping[str, Any]
) -> UUID | None:
    """Puts an event for a partner into the outbox; its id, or None if the partner has no address."""
    partner = await store.partner(tx, scope, partner_id)
    if partner is None or partner.base_url is None or partner.ended:
        return None
    message_id = new_id()
    source = the_house().public_url or f"urn:uuid:{scope.operator_id}"
    await store.add_message(tx, scope, partner_id, message_id, cloud_event(message_id, kind, source, data))
    await tx.defer(DELIVER, operator_id=str(scope.operator_id), message_id=str(message_id))
    return message_id
