"""What this room leaves to a worker: sending events, and fetching what partners published."""

import asyncio
from datetime import timedelta
from uuid import UUID

from meguri.dataspaces.pact import store
from meguri.dataspaces.pact.footprint import faults_of
from meguri.dataspaces.pact.house import PURPOSE, the_house
from meguri.dataspaces.pact.model import OutgoingMessage, PartnerRow
from meguri.dataspaces.pact.outbox import GIVE_UP_S, delay, is_final
from meguri.dataspaces.pact.outgoing import Peer, Unreachable
from meguri.dataspaces.pact.service.asking import keep_statement
from meguri.dataspaces.pact.service.sending import DELIVER
from meguri.jobs.model import Jobs, system_scope
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage.database import Database
from meguri.storage.transaction import Transaction

jobs = Jobs("pact")


@jobs.job(lock="pact.deliver.{operator_id}.{message_id}")
async def deliver(db: Database, operator_id: UUID, message_id: UUID) -> None:
    """Sends one event; what did not arrive is tried again with growing pauses for 72 hours."""
    scope = system_scope("pact", operator_id)
    found = await db.run(scope, _waiting, message_id)
    if found is None:
        return
    message, partner = found
    status, why = await asyncio.to_thread(_post, partner, message)
    await db.run(scope, _note, message, status, why)


@jobs.job(most_tries=8)
async def fetch(db: Database, operator_id: UUID, partner_id: UUID, footprint_id: UUID) -> None:
    """Fetches a footprint that a partner published, and keeps it. Raises Unreachable, to be tried again."""
    scope = system_scope("pact", operator_id)
    partner = await db.run(scope, store.partner, partner_id)
    if partner is None or partner.base_url is None or partner.ended:
        return
    reply = await asyncio.to_thread(peer_of(partner).get_footprint, str(footprint_id))
    if reply.status in (403, 404):
        return  # it is not for us, or not there: asking again changes nothing
    if reply.status != 200:
        raise Unreachable(f"the footprint was answered with {reply.status}")
    answered = reply.json()
    body = answered.get("data") if isinstance(answered, dict) else None
    if not isinstance(body, dict) or faults_of(body) or body["id"].lower() != str(footprint_id):
        return  # nothing that breaks the contract is kept
    await db.run(scope, keep_statement, partner_id, body)


def peer_of(partner: PartnerRow) -> Peer:
    """The partner's own service. Raises Unreachable for one without address."""
    if partner.base_url is None:
        raise Unreachable("the partner has no address")
    house = the_house()
    sealed = partner.outgoing_secret
    secret = house.sealer.open(sealed, PURPOSE).decode() if sealed else ""
    private = partner.private_network and house.private_allowed
    return Peer(partner.base_url, partner.outgoing_client_id or "", secret, private=private)


async def _waiting(
    tx: Transaction, scope: OperatorScope, message_id: UUID
) -> tuple[OutgoingMessage, PartnerRow] | None:
    message = await store.message(tx, scope, message_id)
    partner = await store.partner(tx, scope, message.partner_id) if message else None
    if message is None or message.state != "waiting" or partner is None:
        return None
    return message, partner


def _post(partner: PartnerRow, message: OutgoingMessage) -> tuple[int | None, str | None]:
    try:
        reply = peer_of(partner).post_event(message.body)
    except Unreachable as error:
        return None, str(error)
    good = 200 <= reply.status < 300
    return reply.status, None if good else f"{reply.status}: {reply.body[:300].decode('utf-8', 'replace')}"


async def _note(
    tx: Transaction, scope: OperatorScope, message: OutgoingMessage, status: int | None, why: str | None
) -> None:
    now = clock.now()
    if why is None:
        await store.tried(tx, scope, message.message_id, "sent", None)
        return
    if status is not None and is_final(status):
        await store.tried(tx, scope, message.message_id, "refused", why)
        return
    again = now + timedelta(seconds=delay(message.tries))
    late = again > (message.first_at or now) + timedelta(seconds=GIVE_UP_S)
    await store.tried(tx, scope, message.message_id, "abandoned" if late else "waiting", why)
    if not late:
        ids = {"operator_id": str(scope.operator_id), "message_id": str(message.message_id)}
        await tx.defer(DELIVER, run_at=again, **ids)
