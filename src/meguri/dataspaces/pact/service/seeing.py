"""What the company sees of its exchange: events, messages, requests, statements, pairs."""

from uuid import UUID

from meguri.dataspaces.pact import store
from meguri.dataspaces.pact.errors import FootprintNotFound
from meguri.dataspaces.pact.model import AskedRequest, IncomingEvent, Mapping, OutgoingMessage, ReceivedFootprint
from meguri.dataspaces.pact.service.sending import DELIVER
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction


async def incoming(tx: Transaction, scope: OperatorScope) -> list[IncomingEvent]:
    """Events that partners sent, newest first."""
    return await store.events(tx, scope)


async def outgoing(tx: Transaction, scope: OperatorScope) -> list[OutgoingMessage]:
    """Events of ours and whether they arrived, newest first."""
    return await store.messages(tx, scope)


async def send_again(tx: Transaction, scope: OperatorScope, message_id: UUID) -> OutgoingMessage:
    """Tries a message anew that was given up. Raises FootprintNotFound unless it was."""
    if not await store.wait_again(tx, scope, message_id):
        raise FootprintNotFound
    await tx.defer(DELIVER, operator_id=str(scope.operator_id), message_id=str(message_id))
    found = await store.message(tx, scope, message_id)
    if found is None:
        raise FootprintNotFound
    return found


async def asked(tx: Transaction, scope: OperatorScope) -> list[AskedRequest]:
    """Requests that we sent, newest first."""
    return await store.requests(tx, scope)


async def statements(tx: Transaction, scope: OperatorScope) -> list[ReceivedFootprint]:
    """Footprints of partners, newest first."""
    return await store.all_received(tx, scope)


async def mapped(tx: Transaction, scope: OperatorScope) -> list[Mapping]:
    """Pairs of product ids and own parts."""
    return await store.mappings(tx, scope)
