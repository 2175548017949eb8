"""A supplier that several customers asked is one company when it joins: what is still open comes along.

For each customer it was a record of its own, which no other customer may know of. Who has proved an address by a number
that was mailed to it is asked anew, in the place of each of those records; what was answered stays where it is.
"""

from collections.abc import Awaitable, Callable
from uuid import NAMESPACE_URL, UUID, uuid5

from meguri.guests import store
from meguri.guests.events import GuestRequestMoved
from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope, Role
from meguri.storage.database import Database
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.model import RequestInput, RequestType, State, Trade

AskAgain = Callable[[Transaction, OperatorScope, Trade, UUID], Awaitable[Trade | None]]
_GUESTS = uuid5(NAMESPACE_URL, "urn:meguri:guests")
_ways: dict[RequestType, AskAgain] = {}


def guest_id_of(customer_id: UUID, email: str) -> UUID:
    """The record of a supplier without an account, by who asks it and to which address."""
    return uuid5(_GUESTS, f"{customer_id}:{email}")


def learn(kind: RequestType, way: AskAgain) -> None:
    """How a kind of request is asked again of a company (None: it stays where it is). Called when a room is loaded."""
    _ways[kind] = way


async def bring_along(db: Database, member_id: UUID, email: str) -> int:
    """Asks a company what was asked of its address before it was known which company that is; how many requests.

    Only where mail is set up: else an address is stated, not proved, and whoever states it would get others' requests.
    """
    if db.installation.smtp_url is None:
        return 0
    async with db.identity() as tx:
        known = await store.guests_still(tx)
    moved = 0
    for customer_id, guest_id in known:
        if guest_id == guest_id_of(customer_id, email) and member_id not in (guest_id, customer_id):
            moved += await _bring(db, customer_id, guest_id, member_id)
    return moved


async def _bring(db: Database, customer_id: UUID, guest_id: UUID, member_id: UUID) -> int:
    scope = OperatorScope(customer_id, "system:guests", Role.EDITOR)
    async with db.identity() as tx:
        requests = await store.unanswered(tx, customer_id, guest_id)
    moved = 0
    for request_id, link_id in requests.items():
        if await db.run(scope, _ask_instead, request_id, member_id):
            async with db.identity() as tx:
                await store.revoke(tx, customer_id, request_id)
                await tx.record(GuestRequestMoved(operator_id=customer_id, guest_id=guest_id, link_id=link_id))
            moved += 1
    return moved


async def _ask_instead(tx: Transaction, scope: OperatorScope, request_id: UUID, member_id: UUID) -> bool:
    """Withdraws a request and asks it of the company, in one step; False where it is not open or cannot be asked so."""
    try:
        async with tx.savepoint():
            trade = await traceability.request_by_id(tx, scope, request_id=request_id)
            if not trade.live or trade.state is not State.NOT_COMPLETED or trade.upstream_trace_id is not None:
                return False
            await traceability.cancel(tx, scope, request_id)
            way = _ways.get(trade.request_type)
            if way is None or await way(tx, scope, trade, member_id) is None:
                raise _Stays
    except (Refusal, _Stays):
        return False
    return True


class _Stays(Exception):
    """This one is not asked again: everything is undone."""


async def _footprint(tx: Transaction, scope: OperatorScope, trade: Trade, member_id: UUID) -> Trade:
    return await traceability.request(
        tx,
        scope,
        RequestInput(
            upstream_operator_id=member_id,
            downstream_trace_id=trade.downstream_trace_id,
            message=trade.message,
            due_date=trade.due_date,
        ),
    )


learn(RequestType.CFP, _footprint)
