"""The native API of circulation: listings, the market, offers, hand-overs."""

from uuid import UUID

import msgspec
from litestar import Response, Router, get, post

from meguri.kernel.errors import Needed, Stale
from meguri.kernel.paging import BadCursor, Page
from meguri.reuse import errors
from meguri.reuse.records import (
    Counter,
    Custody,
    CustodyDocument,
    Listing,
    MarketListing,
    NewListing,
    NewOffer,
    Offer,
)
from meguri.reuse.service import custody, listings, offers
from meguri.web import FromPath, FromQuery, Json, Paging, Unit, editor, expected_version, refusals, signed_in, versioned
from meguri.web.etag import IfMatch

_CLOSED = (errors.GateVeto, errors.GateNotAssessable, errors.NotLicensed)


class Dispute(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with what was received."""

    why: str


def _listing(found: Listing) -> Response[Listing]:
    return versioned(found, found.version)


def _version(if_match: str | None) -> int | None:
    return None if if_match is None else expected_version(if_match)


@get("/reuse/market", guards=[signed_in], responses=refusals(BadCursor))
async def market(
    unit: Unit, paging: Paging, chemistry: FromQuery[str | None] = None, grade: FromQuery[str | None] = None
) -> Page[MarketListing]:
    """Batteries on offer, newest first."""
    return await unit(listings.market, chemistry=chemistry, grade=grade, limit=paging.limit, cursor=paging.cursor)


@get("/reuse/market/{listing_id:uuid}", guards=[signed_in], responses=refusals(errors.ListingNotFound))
async def on_market(unit: Unit, listing_id: FromPath[UUID]) -> MarketListing:
    """A battery on offer."""
    return await unit(listings.on_market, listing_id)


@get("/reuse/listings", guards=[signed_in], responses=refusals(BadCursor))
async def own_listings(unit: Unit, paging: Paging) -> Page[Listing]:
    """Your listings, newest first."""
    return await unit(listings.own_page, limit=paging.limit, cursor=paging.cursor)


@post(
    "/reuse/listings",
    guards=[editor],
    responses=refusals(errors.BatteryNotFound, errors.NotHeld, errors.PriceInvalid, errors.StateTransition, *_CLOSED),
)
async def create_listing(unit: Unit, data: Json[NewListing]) -> Response[Listing]:
    """List a battery, and publish it when asked."""
    return await unit.answering(_listing)(listings.create, data)


@get("/reuse/listings/{listing_id:uuid}", guards=[signed_in], responses=refusals(errors.ListingNotFound))
async def own_listing(unit: Unit, listing_id: FromPath[UUID]) -> Response[Listing]:
    """One of your listings, with its ETag."""
    return await unit.answering(_listing)(listings.own, listing_id)


@post(
    "/reuse/listings/{listing_id:uuid}/publish",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.ListingNotFound, errors.NotHeld, errors.StateTransition, Stale, Needed, *_CLOSED),
)
async def publish_listing(unit: Unit, listing_id: FromPath[UUID], if_match: IfMatch = None) -> Response[Listing]:
    """Everybody sees it, for 90 days."""
    return await unit.answering(_listing)(listings.publish, listing_id, _version(if_match))


@post(
    "/reuse/listings/{listing_id:uuid}/withdraw",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.ListingNotFound, errors.StateTransition, Stale, Needed),
)
async def withdraw_listing(unit: Unit, listing_id: FromPath[UUID], if_match: IfMatch = None) -> Response[Listing]:
    """Take a listing back; open offers end."""
    return await unit.answering(_listing)(listings.withdraw, listing_id, _version(if_match))


@get("/reuse/offers", guards=[signed_in], responses=refusals(BadCursor))
async def list_offers(unit: Unit, paging: Paging) -> Page[Offer]:
    """Offers that you made or received, newest first."""
    return await unit(offers.page, limit=paging.limit, cursor=paging.cursor)


@post(
    "/reuse/offers",
    guards=[editor],
    responses=refusals(
        errors.ListingNotFound, errors.OwnListing, errors.PriceInvalid, errors.StateTransition, *_CLOSED
    ),
)
async def submit_offer(unit: Unit, data: Json[NewOffer]) -> Offer:
    """Offer a price for a battery; it stands for seven days."""
    return await unit(offers.submit, data)


@get("/reuse/offers/{offer_id:uuid}", guards=[signed_in], responses=refusals(errors.OfferNotFound))
async def get_offer(unit: Unit, offer_id: FromPath[UUID]) -> Offer:
    """An offer with all its rounds."""
    return await unit(offers.get, offer_id)


@post(
    "/reuse/offers/{offer_id:uuid}/counter",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.OfferNotFound, errors.NotYourTurn, errors.StateTransition, errors.PriceInvalid),
)
async def counter_offer(unit: Unit, offer_id: FromPath[UUID], data: Json[Counter]) -> Offer:
    """Say another price."""
    return await unit(offers.counter, offer_id, data)


@post(
    "/reuse/offers/{offer_id:uuid}/accept",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.OfferNotFound, errors.NotYourTurn, errors.StateTransition, *_CLOSED),
)
async def accept_offer(unit: Unit, offer_id: FromPath[UUID]) -> Offer:
    """Agree on the price that stands: the listing is reserved and the hand-over begins."""
    return await unit(offers.accept, offer_id)


@post(
    "/reuse/offers/{offer_id:uuid}/reject",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.OfferNotFound, errors.NotYourTurn, errors.StateTransition),
)
async def reject_offer(unit: Unit, offer_id: FromPath[UUID]) -> Offer:
    """Say no."""
    return await unit(offers.reject, offer_id)


@post(
    "/reuse/offers/{offer_id:uuid}/withdraw",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.OfferNotFound, errors.NotYourTurn, errors.StateTransition),
)
async def withdraw_offer(unit: Unit, offer_id: FromPath[UUID]) -> Offer:
    """Take your offer back."""
    return await unit(offers.withdraw, offer_id)


@get("/reuse/custody-transfers", guards=[signed_in], responses=refusals(BadCursor))
async def list_custody(unit: Unit, paging: Paging) -> Page[Custody]:
    """Your hand-overs, newest first."""
    return await unit(custody.page, limit=paging.limit, cursor=paging.cursor)


@get("/reuse/custody-transfers/{transfer_id:uuid}", guards=[signed_in], responses=refusals(errors.CustodyNotFound))
async def get_custody(unit: Unit, transfer_id: FromPath[UUID]) -> Custody:
    """A hand-over with both signatures and its documents."""
    return await unit(custody.get, transfer_id)


@post(
    "/reuse/custody-transfers/{transfer_id:uuid}/sign",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.CustodyNotFound, errors.StateTransition, *_CLOSED),
)
async def sign_custody(unit: Unit, transfer_id: FromPath[UUID]) -> Custody:
    """Sign for your side; with both signatures the hand-over is accepted."""
    return await unit(custody.sign, transfer_id)


@post(
    "/reuse/custody-transfers/{transfer_id:uuid}/documents",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.CustodyNotFound),
)
async def add_custody_document(unit: Unit, transfer_id: FromPath[UUID], data: Json[CustodyDocument]) -> Custody:
    """A document that travels with the battery."""
    return await unit(custody.add_document, transfer_id, data)


@post(
    "/reuse/custody-transfers/{transfer_id:uuid}/ship",
    guards=[editor],
    status_code=200,
    responses=refusals(
        errors.CustodyNotFound, errors.NotYourTurn, errors.StateTransition, errors.DocumentsMissing, *_CLOSED
    ),
)
async def ship_custody(unit: Unit, transfer_id: FromPath[UUID]) -> Custody:
    """Sent off."""
    return await unit(custody.ship, transfer_id)


@post(
    "/reuse/custody-transfers/{transfer_id:uuid}/receive",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.CustodyNotFound, errors.NotYourTurn, errors.StateTransition, *_CLOSED),
)
async def receive_custody(unit: Unit, transfer_id: FromPath[UUID]) -> Custody:
    """Received: custody, ownership and the passport move in one transaction."""
    return await unit(custody.receive, transfer_id)


@post(
    "/reuse/custody-transfers/{transfer_id:uuid}/dispute",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.CustodyNotFound, errors.NotYourTurn, errors.StateTransition),
)
async def dispute_custody(unit: Unit, transfer_id: FromPath[UUID], data: Json[Dispute]) -> Custody:
    """It is not what was sold."""
    return await unit(custody.dispute, transfer_id, data.why)


@post(
    "/reuse/custody-transfers/{transfer_id:uuid}/close",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.CustodyNotFound, errors.NotYourTurn, errors.StateTransition),
)
async def close_custody(unit: Unit, transfer_id: FromPath[UUID]) -> Custody:
    """The deal is done."""
    return await unit(custody.close, transfer_id)


@post(
    "/reuse/custody-transfers/{transfer_id:uuid}/cancel",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.CustodyNotFound, errors.StateTransition),
)
async def cancel_custody(unit: Unit, transfer_id: FromPath[UUID]) -> Custody:
    """Step back before it is sent."""
    return await unit(custody.cancel, transfer_id)


_HANDLERS = (
    market,
    on_market,
    own_listings,
    create_listing,
    own_listing,
    publish_listing,
    withdraw_listing,
    list_offers,
    submit_offer,
    get_offer,
    counter_offer,
    accept_offer,
    reject_offer,
    withdraw_offer,
    list_custody,
    get_custody,
    sign_custody,
    add_custody_document,
    ship_custody,
    receive_custody,
    dispute_custody,
    close_custody,
    cancel_custody,
)
handlers = [Router("/api/v1", route_handlers=_HANDLERS, tags=["reuse"])]
