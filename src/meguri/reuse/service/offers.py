"""Use cases of offers: submit, counter, accept, reject, withdraw. Accepting reserves the listing and begins the hand-over."""

from uuid import UUID

from msgspec.structs import replace

from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.paging import Page
from meguri.kernel.scope import OperatorScope
from meguri.reuse import store_deals
from meguri.reuse.circulation import OFFER_LASTS, listing_after, offer_after
from meguri.reuse.errors import ListingNotFound, NotYourTurn, OfferNotFound, OwnListing, PriceInvalid, StateTransition
from meguri.reuse.events import OfferChanged
from meguri.reuse.notices import tell
from meguri.reuse.records import (
    OPEN_OFFER,
    Counter,
    Listing,
    ListingState,
    NewOffer,
    Offer,
    OfferState,
    Round,
)
from meguri.reuse.service import custody
from meguri.reuse.service.batteries import cursor_of, start_of
from meguri.reuse.service.judging import ensure_open, hold, save_offer, stop_offers
from meguri.reuse.service.listings import ensure_buyer, on_market, public, save
from meguri.storage import Transaction


async def submit(tx: Transaction, scope: OperatorScope, asked: NewOffer) -> Offer:
    """A buyer says a price; it stands for seven days.

    Raises ListingNotFound, OwnListing, PriceInvalid, NotLicensed, GateVeto, GateNotAssessable, StateTransition.
    """
    if asked.price <= 0:
        raise PriceInvalid
    seen = await on_market(tx, scope, asked.listing_id)
    if seen.seller_id == scope.operator_id:
        raise OwnListing
    listing = await _locked_listing(tx, scope, asked.listing_id)
    if listing.state is not ListingState.PUBLISHED or (listing.expires_at or clock.now()) < clock.now():
        raise ListingNotFound
    await ensure_buyer(tx, scope.operator_id, listing.kind)
    await ensure_open(tx, listing.operator_id, listing.battery_id, listing.kind)
    await _only_one(tx, scope, listing)
    offer = Offer(
        offer_id=new_id(),
        listing_id=listing.listing_id,
        battery_id=listing.battery_id,
        seller_id=listing.operator_id,
        buyer_id=scope.operator_id,
        state=OfferState.SUBMITTED,
        currency=listing.currency,
        rounds=(_round(scope, asked.price, asked.message),),
        listing=public(listing),
    )
    async with tx.across():
        await store_deals.add_deal_across(
            tx,
            "offer",
            offer.offer_id,
            offer.seller_id,
            offer.buyer_id,
            listing.listing_id,
            offer.state.value,
            offer,
            OFFER_LASTS,
        )
    await tx.record(_event(offer))
    await tell(tx, scope, "REUSE_OFFER", [offer.seller_id], offer.offer_id, offer.battery_id)
    return offer


async def _only_one(tx: Transaction, scope: OperatorScope, listing: Listing) -> None:
    async with tx.across():
        found = [deal.read(Offer) for deal in await store_deals.deals_about_across(tx, "offer", listing.listing_id)]
    mine = [offer for offer in found if offer.buyer_id == scope.operator_id and offer.state in OPEN_OFFER]
    if mine:
        raise StateTransition(state=mine[0].state.value, event="submit", allowed="counter, withdraw")


async def _locked_listing(tx: Transaction, scope: OperatorScope, listing_id: UUID) -> Listing:
    """The listing, with everything about its battery held first."""
    async with tx.across():
        seen = await store_deals.listing_across(tx, listing_id)
    if seen is None:
        raise ListingNotFound
    await hold(tx, scope, seen.battery_id)
    async with tx.across():
        listing = await store_deals.listing_across(tx, listing_id, locked=True)
    if listing is None:
        raise ListingNotFound
    return listing


def _round(scope: OperatorScope, price: int, message: str) -> Round:
    return Round(by=scope.operator_id, price=price, at=clock.now(), message=message)


def _event(offer: Offer) -> OfferChanged:
    return OfferChanged(
        offer_id=offer.offer_id,
        listing_id=offer.listing_id,
        seller_id=offer.seller_id,
        buyer_id=offer.buyer_id,
        state=offer.state.value,
        price=offer.price,
        currency=offer.currency,
    )


async def counter(tx: Transaction, scope: OperatorScope, offer_id: UUID, said: Counter) -> Offer:
    """Another price, by the side whose turn it is. Raises OfferNotFound, NotYourTurn, StateTransition, PriceInvalid."""
    if said.price <= 0:
        raise PriceInvalid
    offer, _ = await _locked(tx, scope, offer_id)
    state = offer_after(_lasting(offer, await _ends(tx, scope, offer_id)), "counter")
    if offer.turn != scope.operator_id:
        raise NotYourTurn
    kept = replace(offer, state=state, rounds=(*offer.rounds, _round(scope, said.price, said.message)))
    await save_offer(tx, kept)
    await tell(tx, scope, "REUSE_OFFER", [kept.turn], offer_id, offer.battery_id)
    return kept


async def accept(tx: Transaction, scope: OperatorScope, offer_id: UUID) -> Offer:
    """The price that stands is agreed: the listing is reserved, other offers end, the hand-over begins.

    Accepted already: the same answer again. Raises OfferNotFound, NotYourTurn, StateTransition, GateVeto,
    GateNotAssessable, NotLicensed.
    """
    offer, listing = await _locked(tx, scope, offer_id)
    if offer.state is OfferState.ACCEPTED:
        return offer
    state = offer_after(_lasting(offer, await _ends(tx, scope, offer_id)), "accept")
    if offer.turn != scope.operator_id:
        raise NotYourTurn
    await ensure_open(tx, listing.operator_id, listing.battery_id, listing.kind)
    await ensure_buyer(tx, offer.buyer_id, listing.kind)
    reserved = replace(listing, state=listing_after(listing.state, "reserve"), offer_id=offer_id)
    await save(tx, reserved)
    custody_id = new_id()
    accepted = replace(offer, state=state, custody_id=custody_id)
    await save_offer(tx, accepted)
    await stop_offers(tx, listing, "ANOTHER_OFFER_ACCEPTED", but=offer_id)
    await custody.begin(tx, scope, accepted, custody_id)
    await tell(tx, scope, "REUSE_OFFER", [_other(offer, scope)], offer_id, offer.battery_id)
    return accepted


async def reject(tx: Transaction, scope: OperatorScope, offer_id: UUID) -> Offer:
    """No. Raises OfferNotFound, NotYourTurn, StateTransition."""
    return await _end(tx, scope, offer_id, "reject")


async def withdraw(tx: Transaction, scope: OperatorScope, offer_id: UUID) -> Offer:
    """The buyer takes the offer back. Raises OfferNotFound, NotYourTurn, StateTransition."""
    return await _end(tx, scope, offer_id, "withdraw")


async def _end(tx: Transaction, scope: OperatorScope, offer_id: UUID, step: str) -> Offer:
    offer, _ = await _locked(tx, scope, offer_id)
    if step == "withdraw" and scope.operator_id != offer.buyer_id:
        raise NotYourTurn
    if step == "reject" and offer.state in OPEN_OFFER and offer.turn != scope.operator_id:
        raise NotYourTurn
    kept = replace(offer, state=offer_after(offer.state, step))
    await save_offer(tx, kept)
    await tell(tx, scope, "REUSE_OFFER", [_other(offer, scope)], offer_id, offer.battery_id)
    return kept


def _other(offer: Offer, scope: OperatorScope) -> UUID:
    return offer.seller_id if scope.operator_id == offer.buyer_id else offer.buyer_id


async def _locked(tx: Transaction, scope: OperatorScope, offer_id: UUID) -> tuple[Offer, Listing]:
    """Offer and listing, held. Raises OfferNotFound."""
    seen = await get(tx, scope, offer_id)
    listing = await _locked_listing(tx, scope, seen.listing_id)
    return await get(tx, scope, offer_id), listing


async def _ends(tx: Transaction, scope: OperatorScope, offer_id: UUID) -> bool:
    """Whether the offer's time is over."""
    deal = await store_deals.deal(tx, scope, "offer", offer_id)
    return deal is not None and deal.expires_at is not None and deal.expires_at <= clock.now()


def _lasting(offer: Offer, over: bool) -> OfferState:
    return OfferState.EXPIRED if over and offer.state in OPEN_OFFER else offer.state


async def get(tx: Transaction, scope: OperatorScope, offer_id: UUID) -> Offer:
    """An offer of the company's, made or received. Raises OfferNotFound."""
    deal = await store_deals.deal(tx, scope, "offer", offer_id)
    if deal is None:
        raise OfferNotFound
    return deal.read(Offer)


async def page(tx: Transaction, scope: OperatorScope, *, limit: int = 50, cursor: str | None = None) -> Page[Offer]:
    """The company's offers, made and received, newest first. Raises BadCursor."""
    found = await store_deals.deals(tx, scope, ("offer",), start_of(cursor), limit + 1)
    following = found[limit] if len(found) > limit else None
    return Page(
        items=[deal.read(Offer) for deal in found[:limit]],
        next_cursor=cursor_of(following.created_at, following.deal_id) if following else None,
    )
