"""The page of the market: what is offered and how it fits, what one looks for, and deals under way."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post

from meguri.kernel.errors import Refusal
from meguri.kernel.ids import parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.recycling.market import Deal, Match, Offer, OfferInput, Want, WantInput
from meguri.recycling.pages_shared import AnyRequest, say, sent, tabs, typed_number
from meguri.recycling.records import Lot
from meguri.recycling.rulebook import GradeRules, rules
from meguri.recycling.service import lots, trading
from meguri.storage.transaction import Transaction
from meguri.ui import Flash, done, page, viewer_of
from meguri.ui.parts import Choice
from meguri.web import FromPath, Unit, editor, signed_in

MOST = 50
SOLD = ("salt", "metal", "black_mass", "graphite", "precursor", "cathode_active_material")


class MarketPage(msgspec.Struct, frozen=True, kw_only=True):
    """`market.html`."""

    tabs: list[Any]
    me: UUID
    offers: list[Offer]
    names: dict[UUID, str]
    wants: list[tuple[Want, list[Match]]]
    deals: list[Deal]
    lots: list[Lot]
    materials: list[Choice]
    may_edit: bool


@get("/recycling/market", guards=[signed_in], include_in_schema=False)
async def market(request: AnyRequest, unit: Unit) -> Response[str]:
    """The market in one page."""
    language = viewer_of(request).language

    async def read(tx: Transaction, scope: OperatorScope) -> MarketPage:
        offered = (await trading.offers(tx, scope, limit=MOST))[:MOST]
        deals = await trading.deals(tx, scope)
        held = (await lots.page(tx, scope, limit=100, open_only=True))[:100]
        ids = {one.operator_id for one in offered} | {d.seller_id for d in deals} | {d.buyer_id for d in deals}
        return MarketPage(
            tabs=tabs(language, "market"),
            me=scope.operator_id,
            offers=offered,
            names=await operators.names_of(tx, scope, ids),
            wants=await trading.matches(tx, scope),
            deals=deals,
            lots=[lot for lot in held if lot.kind.value in SOLD],
            materials=[Choice(name, name) for name in rules("grading", GradeRules).materials],
            may_edit=scope.may_edit,
        )

    return page(request, "market.html", await unit(read))


@post("/recycling/market", guards=[editor], include_in_schema=False, status_code=200)
async def act(request: AnyRequest, unit: Unit) -> Response[Any]:
    """Offers a lot, or says what one looks for."""
    form, language = await sent(request), viewer_of(request).language
    try:
        if form.get("act") == "want":
            kg = typed_number(form.get("kg", ""))
            price = typed_number(form.get("price", ""))
            said: dict[str, Any] = {"material": form.get("material", ""), "kg_per_month": str(kg or 0)}
            if price is not None:
                said["most_price"] = int(price)
            await unit(trading.want, msgspec.convert(said, WantInput))
            words = "market.want_done"
        else:
            price = typed_number(form.get("price", ""))
            said = {"lot_id": form.get("lot_id", ""), "price": int(price) if price is not None else -1}
            await unit(trading.offer, msgspec.convert(said, OfferInput))
            words = "market.offer_done"
    except msgspec.ValidationError:
        return done(request, "/recycling/market", Flash(happened=say(language, "market.wrong"), kind="attention"))
    except Refusal as refusal:
        return done(request, "/recycling/market", Flash(happened=refusal.sentence(language), kind="attention"))
    return done(
        request, "/recycling/market", Flash(happened=say(language, words), seen_by=say(language, "market.seen"))
    )


@post("/recycling/market/{thing_id:uuid}", guards=[editor], include_in_schema=False, status_code=200)
async def deal(request: AnyRequest, unit: Unit, thing_id: FromPath[UUID]) -> Response[Any]:
    """Proposes, counters, accepts, refuses, ships or withdraws."""
    form, language = await sent(request), viewer_of(request).language
    name = form.get("act", "")
    price = typed_number(form.get("price", ""))
    try:
        if name in ("propose", "counter"):
            await unit(trading.propose if name == "propose" else trading.counter, thing_id, int(price or 0))
        elif name == "ship":
            site_id = parse_uuid(form.get("site_id", "")) or thing_id
            await unit(trading.ship, thing_id, site_id)
        elif name in ("accept", "refuse"):
            await unit(trading.accept if name == "accept" else trading.refuse, thing_id)
        else:
            await unit(trading.withdraw, thing_id)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return done(request, "/recycling/market", Flash(happened=refusal.sentence(language), kind="attention"))
    flash = Flash(happened=say(language, "market.done"), seen_by=say(language, "market.seen_both"))
    return done(request, "/recycling/market", flash)


handlers = [market, act, deal]
