"""Where routes are kept; they belong to the platform."""

import msgspec

from meguri.dataspaces.ods.gateway.events import RouteDropped, RouteKept
from meguri.dataspaces.ods.gateway.model import Route
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage import Transaction
from meguri.storage.queries import load_queries

queries = load_queries(__package__)


async def routes(tx: Transaction, scope: OperatorScope) -> list[Route]:
    """All routes, in the order in which they are tried."""
    rows = await tx.all(queries.routes, operator_id=scope.operator_id)
    found = [msgspec.json.decode(row[0], type=Route) for row in rows]
    return sorted(found, key=lambda one: one.order)


async def keep(tx: Transaction, scope: OperatorScope, route: Route) -> None:
    """Add a route, or put it in the place of the one with its id."""
    written = msgspec.json.encode(route).decode()
    await tx.run(
        queries.keep, operator_id=scope.operator_id, route_id=route.route_id, definition=written, at=clock.now()
    )
    await tx.record(RouteKept(route_id=route.route_id, uri=route.uri))


async def drop(tx: Transaction, scope: OperatorScope, route_id: str) -> bool:
    """Whether there was such a route to take away."""
    gone = await tx.run(queries.drop, operator_id=scope.operator_id, route_id=route_id)
    if gone:
        await tx.record(RouteDropped(route_id=route_id))
    return bool(gone)
