"""Short words for tests of requests: who was told what, what the audit shows, what is refused."""

import json
from typing import Any
from uuid import UUID

from tests.chain import Company

from meguri.operators import disclosure, inbox
from meguri.traceability import service as traceability
from meguri.traceability.model import RequestType, Side, State, Trade

AUDIT = "SELECT event, body FROM audit_entry WHERE operator_id = %(operator)s ORDER BY seq"
Standing = tuple[State, bool, int, int]


async def told(company: Company) -> list[str]:
    """The types of notifications that the company has got, oldest first."""
    found, _ = await company.run(inbox.page)
    return [one.type for one in reversed(found)]


async def audited(company: Company) -> list[tuple[str, dict[str, Any]]]:
    """The company's own audit, oldest first: (event, what it says)."""
    async with company.db.transaction(company.scope) as tx:
        rows = await tx.all(AUDIT, operator=company.id)
    return [(event, json.loads(body)) for event, body in rows]


async def audit_tags(company: Company, room: str = "traceability:trade") -> list[str]:
    return [event for event, _ in await audited(company) if event.startswith(room)]


async def sent(company: Company, kind: RequestType = RequestType.CFP) -> list[Trade]:
    """Requests that the company's list of sent ones shows, newest first."""
    return (await company.run(traceability.list_requests, limit=100, side=Side.DOWN, request_types=[kind]))[0]


async def received(company: Company, kind: RequestType = RequestType.CFP) -> list[Trade]:
    return (await company.run(traceability.list_requests, limit=100, side=Side.UP, request_types=[kind]))[0]


async def standing(company: Company, trade: Trade) -> Standing:
    """State, whether every branch behind it ends, and the two counters, as this company sees them."""
    seen = await company.trade(trade)
    return (seen.state, seen.tree_terminated, seen.completed_count, seen.trades_count)


async def released(company: Company, name: str, customer: Company) -> set[str]:
    """The groups of items of a part that are open for the customer."""
    found = await company.run(disclosure.get, await company.part_id(name), customer.id)
    return {group.item_group for group in found.groups if group.released}


def ids(trades: list[Trade]) -> list[UUID]:
    return [trade.trade_id for trade in trades]
