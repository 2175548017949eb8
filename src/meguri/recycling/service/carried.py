"""Claims that travel with parts: a customer sees those of its suppliers' parts, where they are disclosed to it.

Each company shows what it claims for a part of its own to the customer that the part goes to. What its own suppliers showed to
it goes on as sums without names: whoever is further up is not told.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from uuid import UUID

import msgspec

from meguri.kernel.scope import OperatorScope
from meguri.operators import disclosure
from meguri.operators import service as operators
from meguri.recycling import errors, store_claims
from meguri.recycling.store_claims import CarriedRow
from meguri.storage import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.model import Side

GROUP = "RECYCLED"
MOST_TIERS, MOST_PARTS = 12, 2000


class CarriedClaim(msgspec.Struct, frozen=True, kw_only=True):
    """A retired claim of a part. `company` None: one's own."""

    trace_id: UUID
    company: str | None
    element: str
    source_class: str
    qty_kg: Decimal
    battery_model_id: str
    manufacturing_plant_id: str
    year: int
    mass_balanced: bool
    flags: list[str]


class CarriedSum(msgspec.Struct, frozen=True, kw_only=True):
    """What suppliers further up claim, as they let it be passed on: element and source, without names."""

    element: str
    source_class: str
    qty_kg: Decimal


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """Claims of a part: one's own, the direct suppliers', and the sums of all further up.

    withheld  direct suppliers that disclose no claims of what they supply for this part
    """

    trace_id: UUID
    name: str
    own: list[CarriedClaim]
    suppliers: list[CarriedClaim]
    further: list[CarriedSum]
    withheld: list[str]


class _Supply(msgspec.Struct, frozen=True):
    """What a supplier's part brings into an own part, and whether its claims may be read."""

    supplier: UUID
    trace_id: UUID
    open: bool


async def of_part(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> Carried:
    """Claims that travel with one of your parts. Raises PartNotFound."""
    own_parts = await traceability.parts_by_id(tx, scope, [trace_id])
    if trace_id not in own_parts:
        raise errors.PartNotFound
    async with tx.across():
        parts, supplies = await _within(tx, scope, [trace_id])
        mine = await store_claims.claims_of_parts(tx, [(scope.operator_id, part) for part in parts])
        shown = [(one.supplier, one.trace_id) for one in supplies if one.open]
        theirs = await store_claims.claims_of_parts(tx, shown)
        further = await _further(tx, scope, shown)
    names = await operators.names_of(tx, scope, {one.supplier for one in supplies})
    return Carried(
        trace_id=trace_id,
        name=own_parts[trace_id].name,
        own=[_claim(row, None) for row in mine],
        suppliers=[_claim(row, names.get(row.operator_id, "—")) for row in theirs],
        further=further,
        withheld=sorted({names.get(one.supplier, "—") for one in supplies if not one.open}),
    )


async def received(tx: Transaction, scope: OperatorScope, limit: int = 100) -> list[CarriedClaim]:
    """Claims of all suppliers' parts that are disclosed to you, of your newest requests."""
    trades, _ = await traceability.list_requests(tx, scope, limit=limit, side=Side.DOWN)
    pairs = [(one.partner_id, one.upstream_trace_id) for one in trades if one.upstream_trace_id is not None]
    opened = await disclosure.released_to(tx, scope.operator_id, pairs)
    shown = [pair for pair in dict.fromkeys(pairs) if GROUP in opened[pair]]
    async with tx.across():
        rows = await store_claims.claims_of_parts(tx, shown)
    names = await operators.names_of(tx, scope, {row.operator_id for row in rows})
    return [_claim(row, names.get(row.operator_id, "—")) for row in rows]


async def _within(tx: Transaction, scope: OperatorScope, parts: Sequence[UUID]) -> tuple[list[UUID], list[_Supply]]:
    """A company's parts beneath these, and what its suppliers bring into them (within across)."""
    seen = dict.fromkeys(parts)
    ready = list(parts)
    while ready and len(seen) < MOST_PARTS:
        links = await traceability.structure_links(tx, scope, ready)
        ready = [child for held in links.values() for child, _ in held if child not in seen]
        seen |= dict.fromkeys(ready)
    found = list(seen)
    trades = await traceability.trades_on_parts(tx, scope, found)
    rows = await traceability.trades_across(tx, [trade for trade, _ in trades.values()])
    pairs = [(r.upstream_operator_id, r.upstream_trace_id) for r in rows.values() if r.upstream_trace_id is not None]
    opened = await disclosure.released_to(tx, scope.operator_id, pairs)
    return found, [_Supply(owner, part, GROUP in opened[owner, part]) for owner, part in dict.fromkeys(pairs)]


async def _further(tx: Transaction, scope: OperatorScope, shown: Iterable[tuple[UUID, UUID]]) -> list[CarriedSum]:
    """Sums of what these suppliers were shown by theirs, and so on up (within across)."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    seen = {(scope.operator_id, UUID(int=0)), *shown}
    tier = list(shown)
    for _ in range(MOST_TIERS):
        above: list[tuple[UUID, UUID]] = []
        for owner, part in tier:
            parts, supplies = await _within(tx, OperatorScope(owner, scope.actor), [part])
            beneath = [(owner, one) for one in parts if (owner, one) not in seen]
            above += [(s.supplier, s.trace_id) for s in supplies if s.open and (s.supplier, s.trace_id) not in seen]
            seen |= {*beneath, *above}
            for row in await store_claims.claims_of_parts(tx, beneath):
                sums[row.element, row.source_class] += row.qty_kg
        above = list(dict.fromkeys(above))
        for row in await store_claims.claims_of_parts(tx, above):
            sums[row.element, row.source_class] += row.qty_kg
        tier = above
        if not tier or len(seen) > MOST_PARTS:
            break
    return [CarriedSum(element=e, source_class=source, qty_kg=kg) for (e, source), kg in sorted(sums.items())]


def _claim(row: CarriedRow, company: str | None) -> CarriedClaim:
    return CarriedClaim(
        trace_id=row.trace_id,
        company=company,
        element=row.element,
        source_class=row.source_class,
        qty_kg=row.qty_kg,
        battery_model_id=row.battery_model_id,
        manufacturing_plant_id=row.plant_id,
        year=row.year,
        mass_balanced=row.mass_balanced,
        flags=row.flags,
    )
