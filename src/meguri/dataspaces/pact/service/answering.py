"""Events of partners: each counts once, and what it asks is answered by an event of ours."""

from typing import Any
from uuid import UUID

import msgspec

from meguri.dataspaces.pact import store
from meguri.dataspaces.pact.credentials import Client
from meguri.dataspaces.pact.errors import FootprintNotFound
from meguri.dataspaces.pact.events import EventTaken
from meguri.dataspaces.pact.filters import Filter, Listing, filter_of
from meguri.dataspaces.pact.house import the_house
from meguri.dataspaces.pact.messages import Message
from meguri.dataspaces.pact.service.asking import keep_statement
from meguri.dataspaces.pact.service.partners import learn_address
from meguri.dataspaces.pact.service.sending import send
from meguri.dataspaces.pact.words import FULFILLED, PUBLISHED, REJECTED, REQUESTED
from meguri.kernel.ids import new_id, parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction

FETCH = "pact.fetch"
MOST_ANSWERED = 200
_NOTHING = {"code": "NotFound", "message": "No footprint that is shared with you meets the request"}


async def take_event(tx: Transaction, scope: OperatorScope, client: Client, said: Message) -> str:
    """Takes an event of a partner; what came of it: `again`, `waits`, `fulfilled`, `rejected`, `noted`.

    Raises BadRequest for a request that asks nothing; then nothing is kept.
    """
    wanted = filter_of(said.data) if said.type == REQUESTED else None
    if the_house().learns_address:
        await learn_address(tx, scope, client.partner_id, said.source)
    key_id = new_id()
    state = "received" if wanted is not None else "done"
    if not await store.note_event(tx, scope, client.partner_id, said, state=state, key_id=key_id):
        return "again"
    if wanted is not None:
        outcome = await _answer(tx, scope, client.partner_id, key_id, said.id, wanted)
    else:
        outcome = await _note(tx, scope, client.partner_id, said)
    event = EventTaken(partner_id=client.partner_id, type=said.type, event_id=said.id, outcome=outcome)
    await tx.record(event)
    return outcome


async def answer_by_hand(tx: Transaction, scope: OperatorScope, key_id: UUID, *, reject: str | None = None) -> str:
    """Answers a request that waited for a person: with all that matches, or a rejection in words.

    Raises FootprintNotFound for an event that does not wait.
    """
    waiting = await store.event(tx, scope, key_id)
    if waiting is None or waiting.state != "received":
        raise FootprintNotFound
    if reject is not None:
        error = {"code": "AccessDenied", "message": reject}
        outcome = await _reject(tx, scope, waiting.partner_id, waiting.event_id, error)
    else:
        found = await _matching(tx, scope, waiting.partner_id, filter_of(waiting.data))
        outcome = await _tell(tx, scope, waiting.partner_id, waiting.event_id, found)
    await store.settle_event(tx, scope, key_id, "answered", outcome)
    return outcome


async def _answer(
    tx: Transaction, scope: OperatorScope, partner_id: UUID, key_id: UUID, event_id: str, wanted: Filter
) -> str:
    partner = await store.partner(tx, scope, partner_id)
    if partner is not None and partner.by_hand:
        return "waits"
    outcome = await _tell(tx, scope, partner_id, event_id, await _matching(tx, scope, partner_id, wanted))
    await store.settle_event(tx, scope, key_id, "answered", outcome)
    return outcome


async def _matching(tx: Transaction, scope: OperatorScope, partner_id: UUID, wanted: Filter) -> list[dict[str, Any]]:
    if not wanted.statuses:
        wanted = msgspec.structs.replace(wanted, statuses=("active",))
    rows = await store.listed(tx, scope, partner_id, Listing(wanted=wanted, after=None, limit=MOST_ANSWERED))
    return [row[2] for row in rows]


async def _tell(
    tx: Transaction, scope: OperatorScope, partner_id: UUID, event_id: str, found: list[dict[str, Any]]
) -> str:
    if not found:
        return await _reject(tx, scope, partner_id, event_id, _NOTHING)
    await send(tx, scope, partner_id, FULFILLED, {"requestEventId": event_id, "pfs": found})
    return "fulfilled"


async def _reject(tx: Transaction, scope: OperatorScope, partner_id: UUID, event_id: str, error: dict[str, str]) -> str:
    await send(tx, scope, partner_id, REJECTED, {"requestEventId": event_id, "error": error})
    return "rejected"


async def _note(tx: Transaction, scope: OperatorScope, partner_id: UUID, said: Message) -> str:
    data = said.data
    if said.type == PUBLISHED:
        for footprint_id in data["pfIds"]:
            await tx.defer(
                FETCH,
                operator_id=str(scope.operator_id),
                partner_id=str(partner_id),
                footprint_id=str(parse_uuid(footprint_id)),
            )
        return "noted"
    asked = parse_uuid(data["requestEventId"])
    request = await store.request(tx, scope, asked) if asked else None
    if asked is None or request is None or request.partner_id != partner_id:
        return "noted"
    if said.type == REJECTED:
        error = data["error"]
        words = f"{error['code']}: {error['message']}"
        await store.settle_request(tx, scope, asked, partner_id, "rejected", words)
        return "noted"
    if await store.settle_request(tx, scope, asked, partner_id, "fulfilled", None):
        for footprint in data["pfs"]:
            await keep_statement(tx, scope, partner_id, footprint, meant_for=request.trace_id)
    return "noted"
