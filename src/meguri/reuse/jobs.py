"""What happens by time: listings and offers whose time is over end, each in a transaction of its seller."""

from msgspec.structs import replace

from meguri.jobs import Jobs, system_scope
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.reuse import store_deals
from meguri.reuse.circulation import listing_after, offer_after
from meguri.reuse.records import OPEN_OFFER, Listing, ListingState, Offer
from meguri.reuse.service.judging import hold, save_offer, stop_offers
from meguri.reuse.service.listings import save
from meguri.storage.database import Database
from meguri.storage.transaction import Transaction

jobs = Jobs("reuse")


@jobs.job(every="23 * * * *")
async def close_what_is_late(db: Database) -> None:
    """Listings end after 90 days, offers after seven."""
    async with db.transaction(system_scope("reuse")) as tx, tx.across():
        found = [
            await store_deals.listing_across(tx, listing_id) for listing_id in await store_deals.due_listings_across(tx)
        ]
        offers = await store_deals.due_offers_across(tx)
    for listing in found:
        if listing is not None:
            await db.run(system_scope("reuse", listing.operator_id), end_listing, listing)
    for offer_id, seller_id in offers:
        scope = system_scope("reuse", seller_id)
        async with db.transaction(scope) as tx:
            deal = await store_deals.deal(tx, scope, "offer", offer_id)
        if deal is not None:
            await db.run(scope, end_offer, deal.read(Offer))


async def end_listing(tx: Transaction, scope: OperatorScope, seen: Listing) -> None:
    """A published listing whose time is over ends, with its open offers."""
    await hold(tx, scope, seen.battery_id)
    listing = await store_deals.listing(tx, scope, seen.listing_id)
    if (
        listing is None
        or listing.state is not ListingState.PUBLISHED
        or (listing.expires_at or clock.now()) > clock.now()
    ):
        return
    await save(tx, replace(listing, state=listing_after(listing.state, "expire")))
    await stop_offers(tx, listing, "LISTING_EXPIRED")


async def end_offer(tx: Transaction, scope: OperatorScope, seen: Offer) -> None:
    """An open offer whose time is over ends."""
    await hold(tx, scope, seen.battery_id)
    deal = await store_deals.deal(tx, scope, "offer", seen.offer_id)
    offer = deal.read(Offer) if deal else seen
    late = deal is not None and deal.expires_at is not None and deal.expires_at <= clock.now()
    if late and offer.state in OPEN_OFFER:
        await save_offer(tx, replace(offer, state=offer_after(offer.state, "expire")))
