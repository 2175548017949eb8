"""Native REST of the market of recycled material."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post, put

from meguri.kernel.ids import parse_uuid
from meguri.kernel.paging import BadCursor, Page, decode_cursor
from meguri.recycling import errors
from meguri.recycling.market import Deal, Match, Offer, OfferInput, Want, WantInput
from meguri.recycling.service import trading
from meguri.recycling.service.trading import Carriage
from meguri.web import FromPath, FromQuery, Json, Paging, Unit, editor, page_of, refusals, signed_in

_DEAL = (errors.LotNotFound, errors.StateTransition)


class Price(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A price in minor units per kg."""

    price: Annotated[int, msgspec.Meta(ge=0, le=10**12)]


class Proposal(Price, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A price, and the buyer's site that the lot is to come to; unsaid, the only one that it has."""

    site_id: UUID | None = None


class Destination(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The buyer's site that the lot is to come to."""

    site_id: UUID


class Shipment(Carriage, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How it travels; the buyer's site only where the buyer has not said where it wants the lot."""

    buyer_site_id: UUID | None = None


class Matched(msgspec.Struct, frozen=True, kw_only=True):
    """A want with the offers of its material."""

    want: Want
    matches: list[Match]


@get("/api/v1/recycling/offers", guards=[signed_in], responses=refusals(BadCursor))
async def list_offers(unit: Unit, paging: Paging, material: FromQuery[str | None] = None) -> Page[Offer]:
    """What is on the market, newest first."""
    after = parse_uuid(decode_cursor(paging.cursor, 1)[0]) if paging.cursor else None
    found = await unit(trading.offers, material=material, after=after, limit=paging.limit)
    return page_of(found, paging.limit, lambda one: (str(one.offer_id),))


@post("/api/v1/recycling/offers", guards=[editor], responses=refusals(*_DEAL, errors.UnusableInput))
async def offer_lot(unit: Unit, data: Json[OfferInput]) -> Offer:
    """Put a lot on the market."""
    return await unit(trading.offer, data)


@post(
    "/api/v1/recycling/offers/{offer_id:uuid}/withdraw",
    guards=[editor],
    status_code=204,
    responses=refusals(errors.LotNotFound),
)
async def withdraw_offer(unit: Unit, offer_id: FromPath[UUID]) -> None:
    """Take your offer back."""
    await unit(trading.withdraw, offer_id)


@post("/api/v1/recycling/wants", guards=[editor], responses=refusals(errors.UnusableInput))
async def add_want(unit: Unit, data: Json[WantInput]) -> Want:
    """Say what you look for."""
    return await unit(trading.want, data)


@get("/api/v1/recycling/matches", guards=[signed_in], responses=refusals())
async def list_matches(unit: Unit) -> Page[Matched]:
    """Your wants with the offers of their material, and what stands against each."""
    return Page(items=[Matched(want=want, matches=found) for want, found in await unit(trading.matches)])


@get("/api/v1/recycling/deals", guards=[signed_in], responses=refusals())
async def list_deals(unit: Unit) -> Page[Deal]:
    """Your deals, newest first."""
    return Page(items=await unit(trading.deals))


@post(
    "/api/v1/recycling/offers/{offer_id:uuid}/propose",
    guards=[editor],
    responses=refusals(*_DEAL, errors.UnusableInput, errors.SiteNotFound),
)
async def propose_deal(unit: Unit, offer_id: FromPath[UUID], data: Json[Proposal]) -> Deal:
    """Propose a price for a lot, delivered to a site of yours."""
    return await unit(trading.propose, offer_id, data.price, data.site_id)


@post(
    "/api/v1/recycling/deals/{deal_id:uuid}/counter",
    guards=[editor],
    status_code=200,
    responses=refusals(*_DEAL, errors.UnusableInput),
)
async def counter_deal(unit: Unit, deal_id: FromPath[UUID], data: Json[Price]) -> Deal:
    """Answer with another price."""
    return await unit(trading.counter, deal_id, data.price)


@post("/api/v1/recycling/deals/{deal_id:uuid}/accept", guards=[editor], status_code=200, responses=refusals(*_DEAL))
async def accept_deal(unit: Unit, deal_id: FromPath[UUID]) -> Deal:
    """Make the contract."""
    return await unit(trading.accept, deal_id)


@put(
    "/api/v1/recycling/deals/{deal_id:uuid}/site",
    guards=[editor],
    responses=refusals(*_DEAL, errors.SiteNotFound),
)
async def name_site(unit: Unit, deal_id: FromPath[UUID], data: Json[Destination]) -> Deal:
    """The buyer says where it wants the lot; until the seller ships."""
    return await unit(trading.name_site, deal_id, data.site_id)


@post("/api/v1/recycling/deals/{deal_id:uuid}/refuse", guards=[editor], status_code=200, responses=refusals(*_DEAL))
async def refuse_deal(unit: Unit, deal_id: FromPath[UUID]) -> Deal:
    """End the talk."""
    return await unit(trading.refuse, deal_id)


@post(
    "/api/v1/recycling/deals/{deal_id:uuid}/ship",
    guards=[editor],
    status_code=200,
    responses=refusals(
        *_DEAL,
        errors.SiteNotFound,
        errors.UnusableInput,
        errors.PeriodClosed,
        errors.NegativeStock,
        errors.LotConflict,
        errors.DocumentsMissing,
        errors.PermitExpired,
        errors.ExportBan,
        errors.TransportForbidden,
    ),
)
async def ship_deal(unit: Unit, deal_id: FromPath[UUID], data: Json[Shipment]) -> Deal:
    """Ship to the buyer's site: material and credit arrive together. A battery with a UN number needs a packing instruction."""
    how = Carriage(packing=data.packing, mode=data.mode, approval_no=data.approval_no)
    return await unit(trading.ship, deal_id, data.buyer_site_id, how)


handlers = [
    list_offers,
    offer_lot,
    withdraw_offer,
    add_want,
    list_matches,
    list_deals,
    propose_deal,
    counter_deal,
    accept_deal,
    name_site,
    refuse_deal,
    ship_deal,
]
