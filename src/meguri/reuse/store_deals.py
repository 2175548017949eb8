"""The tables of listings, deals between two companies, demands and pools; a caller of `queries.sql` like `store`.

Functions with `across` in their name act for several companies and are called within `tx.across()`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.reuse.pool import Pack, PoolRules
from meguri.reuse.records import Demand, Listing, ListingKind, MarketListing, PoolRecord
from meguri.reuse.store import FAR, LAST_ID, queries
from meguri.storage import Transaction

Body = TypeVar("Body", bound=msgspec.Struct)


class Deal(msgspec.Struct, frozen=True, kw_only=True):
    """A company's half of what two settle; `side` giver or taker."""

    deal_id: UUID
    kind: str
    side: str
    partner_id: UUID
    about_id: UUID
    state: str
    body: Any
    version: int
    created_at: datetime
    expires_at: datetime | None
    updated_at: datetime

    def read(self, kind: type[Body]) -> Body:
        """The body as `kind`."""
        return msgspec.convert(self.body, kind)


class PackRow(msgspec.Struct, frozen=True, kw_only=True):
    """A pack with who holds it."""

    pack_id: str
    battery_id: UUID | None
    state: str
    holder: str
    body: Pack
    version: int
    updated_at: datetime


async def add_listing(tx: Transaction, scope: OperatorScope, listing: Listing) -> None:
    """A new listing."""
    values = msgspec.structs.asdict(listing)
    await tx.run(queries.add_listing, **{**values, "operator_id": scope.operator_id})


async def listing(tx: Transaction, scope: OperatorScope, listing_id: UUID) -> Listing | None:
    """A listing of the company."""
    return await tx.one(queries.listing, Listing, operator_id=scope.operator_id, listing_id=listing_id)


async def listing_across(tx: Transaction, listing_id: UUID, *, locked: bool = False) -> Listing | None:
    """A listing of any company."""
    query = queries.listing_locked if locked else queries.listing_of_anyone
    return await tx.one(query, Listing, listing_id=listing_id)


async def listings(
    tx: Transaction, scope: OperatorScope, start: tuple[datetime, UUID] | None, rows: int
) -> list[Listing]:
    """The company's listings, newest first."""
    at, after = start or (FAR, LAST_ID)
    return await tx.all(queries.listings, Listing, operator_id=scope.operator_id, at=at, after=after, rows=rows)


async def open_listings_across(tx: Transaction, battery_id: UUID, operator_ids: Sequence[UUID]) -> list[Listing]:
    """Published and reserved listings of a battery, locked."""
    return await tx.all(
        queries.open_listings_of_battery, Listing, battery_id=battery_id, operator_ids=list(operator_ids)
    )


async def market_across(
    tx: Transaction,
    kinds: Sequence[ListingKind],
    chemistry: str | None,
    grade: str | None,
    start: tuple[datetime, UUID] | None,
    rows: int,
) -> list[MarketListing]:
    """What is published, newest first: public fields only."""
    at, after = start or (FAR, LAST_ID)
    return await tx.all(
        queries.market,
        MarketListing,
        now=clock.now(),
        kinds=[kind.value for kind in kinds],
        chemistry=chemistry,
        grade=grade,
        at=at,
        after=after,
        rows=rows,
    )


async def market_by_dpp_across(tx: Transaction, dpp_id: str) -> UUID | None:
    """The published listing of the battery with that passport."""
    found: UUID | None = await tx.value(queries.market_by_dpp, dpp_id=dpp_id, now=clock.now())
    return found


async def save_listing_across(tx: Transaction, listing: Listing) -> None:
    """A listing as it is now, with its next version."""
    values = msgspec.structs.asdict(listing)
    await tx.run(queries.save_listing, **values, at=clock.now())


async def due_listings_across(tx: Transaction) -> list[UUID]:
    """Published listings whose time is over."""
    return [row[0] for row in await tx.all(queries.due_listings, now=clock.now())]


async def due_offers_across(tx: Transaction) -> list[tuple[UUID, UUID]]:
    """Open offers whose time is over: (offer, seller)."""
    return [(row[0], row[1]) for row in await tx.all(queries.due_deals, now=clock.now())]


async def add_deal_across(
    tx: Transaction,
    kind: str,
    deal_id: UUID,
    giver: UUID,
    taker: UUID,
    about: UUID,
    state: str,
    body: msgspec.Struct,
    lasts: timedelta | None = None,
) -> None:
    """Both halves of something that two companies settle."""
    at = clock.now()
    await tx.run(
        queries.add_deal,
        deal_id=deal_id,
        kind=kind,
        about_id=about,
        state=state,
        body=body,
        at=at,
        expires_at=at + lasts if lasts else None,
        operator_ids=[giver, taker],
        sides=["giver", "taker"],
        partner_ids=[taker, giver],
    )


async def deal(tx: Transaction, scope: OperatorScope, kind: str, deal_id: UUID, *, locked: bool = False) -> Deal | None:
    """The company's half."""
    query = queries.deal_locked if locked else queries.deal
    return await tx.one(query, Deal, operator_id=scope.operator_id, deal_id=deal_id, kind=kind)


async def deal_across(
    tx: Transaction, operator_id: UUID, kind: str, deal_id: UUID, *, locked: bool = False
) -> Deal | None:
    """That company's half."""
    query = queries.deal_locked if locked else queries.deal
    return await tx.one(query, Deal, operator_id=operator_id, deal_id=deal_id, kind=kind)


async def deals(
    tx: Transaction, scope: OperatorScope, kinds: Sequence[str], start: tuple[datetime, UUID] | None, rows: int
) -> list[Deal]:
    """The company's halves of some kinds, newest first."""
    at, after = start or (FAR, LAST_ID)
    return await tx.all(
        queries.deals, Deal, operator_id=scope.operator_id, kinds=list(kinds), at=at, after=after, rows=rows
    )


async def deals_about_across(tx: Transaction, kind: str, about: UUID) -> list[Deal]:
    """The givers' halves about one thing, locked, in the order they came."""
    return await tx.all(queries.deals_about, Deal, about_id=about, kind=kind)


async def save_deal_across(
    tx: Transaction, deal_id: UUID, operators: Sequence[UUID], state: str, body: msgspec.Struct
) -> None:
    """Both halves as they are now."""
    await tx.run(
        queries.save_deal, deal_id=deal_id, operator_ids=list(operators), state=state, body=body, at=clock.now()
    )


async def add_demand(tx: Transaction, scope: OperatorScope, demand_id: UUID, name: str, body: msgspec.Struct) -> None:
    """A use that wants batteries."""
    await tx.run(
        queries.add_demand, operator_id=scope.operator_id, demand_id=demand_id, name=name, body=body, at=clock.now()
    )


async def demands(tx: Transaction, scope: OperatorScope) -> list[Demand]:
    """The company's uses, newest first."""
    return await tx.all(queries.demands, Demand, operator_id=scope.operator_id)


async def close_demand(tx: Transaction, scope: OperatorScope, demand_id: UUID) -> bool:
    """Whether it was open."""
    return bool(await tx.run(queries.close_demand, operator_id=scope.operator_id, demand_id=demand_id))


async def add_pool(
    tx: Transaction, scope: OperatorScope, pool_id: UUID, name: str, rules: PoolRules, rated_kwh: float
) -> None:
    """A pool."""
    await tx.run(
        queries.add_pool,
        operator_id=scope.operator_id,
        pool_id=pool_id,
        name=name,
        rules=rules,
        rated_kwh=rated_kwh,
        at=clock.now(),
    )


async def pool(tx: Transaction, scope: OperatorScope, pool_id: UUID) -> PoolRecord | None:
    """A pool of the company."""
    return await tx.one(queries.pool, PoolRecord, operator_id=scope.operator_id, pool_id=pool_id)


async def pools(tx: Transaction, scope: OperatorScope) -> list[PoolRecord]:
    """The company's pools."""
    return await tx.all(queries.pools, PoolRecord, operator_id=scope.operator_id)


async def packs(tx: Transaction, scope: OperatorScope, pool_id: UUID) -> list[PackRow]:
    """All packs of a pool."""
    return await tx.all(queries.packs, PackRow, operator_id=scope.operator_id, pool_id=pool_id)


async def packs_locked(
    tx: Transaction, scope: OperatorScope, pool_id: UUID, pack_ids: Sequence[str]
) -> dict[str, PackRow]:
    """Packs by name, held against other writers."""
    found = await tx.all(
        queries.packs_locked, PackRow, operator_id=scope.operator_id, pool_id=pool_id, pack_ids=list(pack_ids)
    )
    return {row.pack_id: row for row in found}


async def packs_of_battery(tx: Transaction, scope: OperatorScope, battery_id: UUID) -> list[tuple[UUID, str]]:
    """Where a battery is a pack."""
    found = await tx.all(queries.packs_of_battery, operator_id=scope.operator_id, battery_id=battery_id)
    return [(row[0], row[1]) for row in found]


async def save_pack(
    tx: Transaction, scope: OperatorScope, pool_id: UUID, pack: Pack, holder: str, battery_id: UUID | None
) -> None:
    """A pack as it is now."""
    await tx.run(
        queries.save_pack,
        operator_id=scope.operator_id,
        pool_id=pool_id,
        pack_id=pack.pack_id,
        battery_id=battery_id,
        state=pack.state,
        holder=holder,
        body=pack,
        at=clock.now(),
    )


async def add_swap(
    tx: Transaction,
    scope: OperatorScope,
    pool_id: UUID,
    swap_id: UUID,
    contract_id: UUID | None,
    at: datetime,
    station: str,
    body: msgspec.Struct,
) -> bool:
    """Whether it is new."""
    added = await tx.value(
        queries.add_swap,
        operator_id=scope.operator_id,
        pool_id=pool_id,
        swap_id=swap_id,
        contract_id=contract_id,
        at=at,
        station=station,
        body=body,
        actor=scope.actor,
    )
    return added is not None


async def swap(tx: Transaction, scope: OperatorScope, swap_id: UUID) -> Any:
    """A swap's body, None when there is none."""
    return await tx.value(queries.swap, operator_id=scope.operator_id, swap_id=swap_id)


async def swaps(
    tx: Transaction, scope: OperatorScope, pool_id: UUID, since: datetime, rows: int
) -> list[tuple[datetime, str, Any]]:
    """Swaps of a pool, newest first: (at, station, body)."""
    found = await tx.all(queries.swaps, operator_id=scope.operator_id, pool_id=pool_id, since=since, rows=rows)
    return [(row[0], row[1], row[2]) for row in found]


async def swaps_of_contract(
    tx: Transaction, scope: OperatorScope, contract_id: UUID, since: datetime, until: datetime
) -> list[Any]:
    """Bodies of a contract's swaps in a period."""
    found = await tx.all(
        queries.swaps_of_contract, operator_id=scope.operator_id, contract_id=contract_id, since=since, until=until
    )
    return [row[0] for row in found]
