"""Use cases of listings: make, publish, withdraw, and the market that everybody sees."""

from uuid import UUID

import msgspec
from msgspec.structs import replace

from meguri.kernel import clock
from meguri.kernel.errors import Stale
from meguri.kernel.ids import new_id
from meguri.kernel.paging import Page
from meguri.kernel.scope import OperatorScope
from meguri.reuse import store, store_deals
from meguri.reuse.circulation import LISTING_LASTS, listing_after
from meguri.reuse.errors import ListingNotFound, NotHeld, NotLicensed, PriceInvalid, StateTransition
from meguri.reuse.events import ListingChanged
from meguri.reuse.findings import soh_of
from meguri.reuse.gate import GateResult
from meguri.reuse.grade import Grade
from meguri.reuse.model import Soh
from meguri.reuse.records import (
    HeldBattery,
    Listing,
    ListingKind,
    ListingState,
    MarketListing,
    NewListing,
    Shown,
)
from meguri.reuse.service.batteries import cursor_of, get, start_of
from meguri.reuse.service.judging import ensure_open, hold, judged_now, stop_offers
from meguri.reuse.service.licences import licensed
from meguri.storage import Transaction


async def create(tx: Transaction, scope: OperatorScope, asked: NewListing) -> Listing:
    """Make a listing, and publish it when asked.

    Raises BatteryNotFound, NotHeld, PriceInvalid, GateVeto, GateNotAssessable, StateTransition.
    """
    if asked.price <= 0:
        raise PriceInvalid
    await hold(tx, scope, asked.battery_id)
    battery = await _own(tx, scope, asked.battery_id)
    now = clock.now()
    listing = Listing(
        operator_id=scope.operator_id,
        listing_id=new_id(),
        battery_id=asked.battery_id,
        kind=asked.kind,
        state=ListingState.DRAFT,
        price=asked.price,
        currency=asked.currency,
        shown=await _shown(tx, scope, battery),
        dpp_id=battery.dpp_id,
        note=asked.note,
        offer_id=None,
        why=None,
        version=1,
        created_at=now,
        published_at=None,
        expires_at=None,
        updated_at=now,
    )
    await store_deals.add_listing(tx, scope, listing)
    await _told(tx, listing)
    return await publish(tx, scope, listing.listing_id) if asked.publish else listing


async def _own(tx: Transaction, scope: OperatorScope, battery_id: UUID) -> HeldBattery:
    """Owner and holder of custody must be one. Raises BatteryNotFound, NotHeld."""
    battery = await get(tx, scope, battery_id)
    if not battery.held or battery.owner_id != scope.operator_id:
        raise NotHeld
    return battery


async def _shown(tx: Transaction, scope: OperatorScope, battery: HeldBattery) -> Shown:
    """What the market sees: the statement of the certificate in force; without one no state of health."""
    _, gate, grade = await judged_now(tx, scope.operator_id, battery.battery_id)
    found = await store.certificates(tx, scope, battery.battery_id, None, 1)
    current = found[0] if found and found[0].standing(clock.now()) == "valid" else None
    soh = soh_of([one.finding for one in await store.evidence(tx, scope, battery.battery_id)])
    return _public(battery, gate, grade, soh if current else None, current.certificate_id if current else None)


def _public(
    battery: HeldBattery, gate: GateResult, grade: Grade, soh: Soh | None, certificate_id: UUID | None
) -> Shown:
    return Shown(
        model=battery.facts.model,
        maker=battery.facts.maker,
        chemistry=battery.facts.chemistry,
        rated_energy_kwh=battery.facts.rated_energy_kwh,
        grade=grade,
        verdict=gate.verdict,
        soh=soh,
        reference=f"{battery.facts.rated_energy_kwh:g} kWh",
        certificate_id=certificate_id,
        limits=gate.limits,
    )


async def publish(tx: Transaction, scope: OperatorScope, listing_id: UUID, if_version: int | None = None) -> Listing:
    """Everybody sees it now, for 90 days.

    For reuse: owner is holder, the certificate is in force, the gate passed. A battery that failed is offered as
    feedstock only, one that cannot be assessed as it is for testing only.
    Raises ListingNotFound, NotHeld, GateVeto, GateNotAssessable, StateTransition, Stale.
    """
    listing = await _locked(tx, scope, listing_id, if_version)
    battery = await _own(tx, scope, listing.battery_id)
    if listing.state is ListingState.PUBLISHED:
        return listing
    state = listing_after(listing.state, "publish")
    await ensure_open(tx, scope.operator_id, listing.battery_id, listing.kind)
    shown = await _shown(tx, scope, battery)
    if listing.kind is ListingKind.REUSE and shown.certificate_id is None:
        raise StateTransition(state="certificate_expired", event="publish", allowed="issue_certificate")
    async with tx.across():
        others = await store_deals.open_listings_across(tx, listing.battery_id, [scope.operator_id])
    if others:
        raise StateTransition(state=others[0].state.value, event="publish", allowed="withdraw")
    now = clock.now()
    published = replace(
        listing, state=state, shown=shown, why=None, offer_id=None, published_at=now, expires_at=now + LISTING_LASTS
    )
    return await save(tx, published)


async def withdraw(tx: Transaction, scope: OperatorScope, listing_id: UUID, if_version: int | None = None) -> Listing:
    """The seller takes it back; open offers end. Raises ListingNotFound, StateTransition, Stale."""
    listing = await _locked(tx, scope, listing_id, if_version)
    if listing.state is ListingState.WITHDRAWN:
        return listing
    kept = await save(tx, replace(listing, state=listing_after(listing.state, "withdraw")))
    await stop_offers(tx, listing, "LISTING_WITHDRAWN")
    return kept


async def _locked(tx: Transaction, scope: OperatorScope, listing_id: UUID, if_version: int | None) -> Listing:
    seen = await own(tx, scope, listing_id)
    await hold(tx, scope, seen.battery_id)
    listing = await own(tx, scope, listing_id)
    if if_version is not None and listing.version != if_version:
        raise Stale
    return listing


async def save(tx: Transaction, listing: Listing) -> Listing:
    """A listing's next version, and what happened."""
    async with tx.across():
        await store_deals.save_listing_across(tx, listing)
    await _told(tx, listing)
    return replace(listing, version=listing.version + 1)


async def _told(tx: Transaction, listing: Listing) -> None:
    await tx.record(
        ListingChanged(
            listing_id=listing.listing_id,
            battery_id=listing.battery_id,
            state=listing.state.value,
            kind=listing.kind.value,
            price=listing.price,
            currency=listing.currency,
        )
    )


async def own(tx: Transaction, scope: OperatorScope, listing_id: UUID) -> Listing:
    """A listing of the company. Raises ListingNotFound."""
    found = await store_deals.listing(tx, scope, listing_id)
    if found is None:
        raise ListingNotFound
    return found


async def own_page(
    tx: Transaction, scope: OperatorScope, *, limit: int = 50, cursor: str | None = None
) -> Page[Listing]:
    """The company's listings, newest first. Raises BadCursor."""
    found = await store_deals.listings(tx, scope, start_of(cursor), limit + 1)
    following = found[limit] if len(found) > limit else None
    return Page(
        items=found[:limit], next_cursor=cursor_of(following.created_at, following.listing_id) if following else None
    )


async def market(
    tx: Transaction,
    scope: OperatorScope,
    *,
    chemistry: str | None = None,
    grade: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[MarketListing]:
    """What is on offer, newest first; feedstock only to licensed recyclers. Raises BadCursor."""
    kinds = [ListingKind.REUSE, ListingKind.AS_IS]
    if await licensed(tx, scope.operator_id):
        kinds.append(ListingKind.FEEDSTOCK)
    async with tx.across():
        found = await store_deals.market_across(tx, kinds, chemistry, grade, start_of(cursor), limit + 1)
    following = found[limit] if len(found) > limit else None
    at = following.published_at if following else None
    return Page(
        items=found[:limit],
        next_cursor=cursor_of(at, following.listing_id) if following is not None and at is not None else None,
    )


async def on_market(tx: Transaction, scope: OperatorScope, listing_id: UUID) -> MarketListing:
    """A listing as everybody sees it, while it is published; its seller sees it always, its buyer while it is his deal.

    Raises ListingNotFound; feedstock without a licence counts as not found.
    """
    async with tx.across():
        found = await store_deals.listing_across(tx, listing_id)
    if found is None:
        raise ListingNotFound
    mine = found.operator_id == scope.operator_id
    open_now = found.state is ListingState.PUBLISHED and (found.expires_at is None or found.expires_at > clock.now())
    if not mine and not open_now:
        raise ListingNotFound
    if not mine and found.kind is ListingKind.FEEDSTOCK and not await licensed(tx, scope.operator_id):
        raise ListingNotFound
    return public(found)


async def by_passport(tx: Transaction, scope: OperatorScope, dpp_id: str) -> MarketListing | None:
    """The published listing of the battery with that passport."""
    async with tx.across():
        listing_id = await store_deals.market_by_dpp_across(tx, dpp_id)
    if listing_id is None:
        return None
    try:
        return await on_market(tx, scope, listing_id)
    except ListingNotFound:
        return None


def public(listing: Listing) -> MarketListing:
    """The part of a listing that everybody may see."""
    fields = msgspec.structs.asdict(listing)
    shown = {name: fields[name] for name in MarketListing.__struct_fields__ if name in fields}
    return MarketListing(seller_id=listing.operator_id, **shown)


async def ensure_buyer(tx: Transaction, buyer_id: UUID, kind: ListingKind) -> None:
    """Refuse a buyer who may not take this kind. Raises NotLicensed."""
    if kind is ListingKind.FEEDSTOCK and not await licensed(tx, buyer_id):
        raise NotLicensed
