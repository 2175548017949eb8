"""Pages of circulation: the market, offers, hand-overs. Words in, words out; nothing is decided here."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post

from meguri.health.model import Chemistry
from meguri.kernel import clock
from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope, Role
from meguri.operators import service as operators
from meguri.reuse import views
from meguri.reuse.decide import Decision, decide
from meguri.reuse.forms import Fields
from meguri.reuse.gate import GateResult, Verdict, gate_rules
from meguri.reuse.records import (
    OPEN_OFFER,
    Counter,
    Custody,
    CustodyDocument,
    CustodyState,
    MarketListing,
    NewOffer,
    Offer,
)
from meguri.reuse.service import batteries, custody, listings, offers, passports
from meguri.storage import Transaction
from meguri.ui import Flash, done, page, viewer_of, words
from meguri.ui.parts import Choice
from meguri.web import FromPath, FromQuery, Paging, Unit, editor, signed_in

AnyRequest = Request[Any, Any, Any]
HTML = Response[str] | Response[None]
DOCUMENTS = ("un_38_3_summary", "packing_class", "manifest", "invoice_and_contract", "transport_document")
_STEPS = ("proposed", "accepted", "in_transit", "received", "closed")


async def _sent(request: AnyRequest) -> dict[str, str]:
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


def _say(request: AnyRequest, key: str, **values: object) -> str:
    return words.say(f"reuse.{key}", viewer_of(request).language, **values)


async def waiting_deals(request: AnyRequest, unit: Unit) -> list[views.DealRow]:
    """Offers and hand-overs that wait for us."""
    found = await unit(_dealings)
    rows = await _rows(request, unit, *found)
    return [row for row in rows if row.mine]


async def _dealings(tx: Transaction, scope: OperatorScope) -> tuple[list[Offer], list[Custody]]:
    made = await offers.page(tx, scope, limit=100)
    handed = await custody.page(tx, scope, limit=100)
    return made.items, handed.items


async def _rows(
    request: AnyRequest, unit: Unit, made: Iterable[Offer], handed: Iterable[Custody]
) -> list[views.DealRow]:
    me = unit.scope.operator_id
    made, handed = list(made), list(handed)
    others = {offer.seller_id for offer in made} | {offer.buyer_id for offer in made}
    others |= {one.seller_id for one in handed} | {one.buyer_id for one in handed}
    names = await unit(operators.names_of, others)
    found = [_offer_row(request, offer, me, names) for offer in made]
    return found + [_custody_row(request, one, me, names) for one in handed]


def _offer_row(request: AnyRequest, offer: Offer, me: UUID, names: dict[UUID, str]) -> views.DealRow:
    return views.DealRow(
        href=f"/reuse/offers/{offer.offer_id}",
        what=_say(request, "deal.offer_for", model=offer.listing.shown.model),
        partner=views.name_of(names, offer.seller_id if offer.buyer_id == me else offer.buyer_id),
        price=offer.price,
        currency=offer.currency,
        state=offer.state.value,
        kind=views.kind_of(offer.state),
        mine=offer.state in OPEN_OFFER and offer.turn == me,
        at=offer.rounds[-1].at,
    )


def _custody_row(request: AnyRequest, one: Custody, me: UUID, names: dict[UUID, str]) -> views.DealRow:
    return views.DealRow(
        href=f"/reuse/custody/{one.transfer_id}",
        what=_say(request, "deal.custody_of", serial=one.serial),
        partner=views.name_of(names, one.seller_id if one.buyer_id == me else one.buyer_id),
        price=one.price,
        currency=one.currency,
        state=one.state.value,
        kind=views.kind_of(one.state),
        mine=_waits_for(one, me),
        at=max(one.times.values(), default=None),
    )


def _waits_for(one: Custody, me: UUID) -> bool:
    """Whether the next step is ours."""
    signed = any(signature.operator_id == me for signature in one.signatures)
    return (
        (one.state is CustodyState.PROPOSED and not signed)
        or (one.state is CustodyState.ACCEPTED and one.seller_id == me)
        or (one.state in (CustodyState.IN_TRANSIT, CustodyState.RECEIVED) and one.buyer_id == me)
    )


@get("/reuse/market", guards=[signed_in], include_in_schema=False)
async def market(
    request: AnyRequest, unit: Unit, paging: Paging, chemistry: FromQuery[str] = "", grade: FromQuery[str] = ""
) -> Response[str]:
    """What is on offer."""
    found = await unit(
        listings.market, chemistry=chemistry or None, grade=grade or None, limit=paging.limit, cursor=paging.cursor
    )
    names = await unit(operators.names_of, {one.seller_id for one in found.items})
    rows = [
        views.MarketRow(
            listing=one,
            seller=views.name_of(names, one.seller_id),
            is_own=one.seller_id == unit.scope.operator_id,
            verdict_kind=views.VERDICT_KINDS[one.shown.verdict],
        )
        for one in found.items
    ]
    context = views.MarketPage(
        rows=rows,
        next_cursor=found.next_cursor,
        chemistry=chemistry,
        grade=grade,
        chemistries=[Choice(one.value, one.value) for one in Chemistry],
        grades=views.grade_choices(),
    )
    return page(request, "market.html", context)


@get("/reuse/market/{listing_id:uuid}", guards=[signed_in], include_in_schema=False)
async def on_market(request: AnyRequest, unit: Unit, listing_id: FromPath[UUID]) -> Response[str]:
    """A battery on offer: health, grade, what it is worth to us by our own prices, and the field for an offer."""
    return page(request, "listing.html", await _listing(request, unit, listing_id, {}, {}))


async def _listing(
    request: AnyRequest, unit: Unit, listing_id: UUID, given: dict[str, str], errors: dict[str, str]
) -> views.OfferPage:
    found = await unit(listings.on_market, listing_id)
    names = await unit(operators.names_of, {found.seller_id})
    decision = await unit(_worth, found)
    return views.OfferPage(
        listing=found,
        seller=views.name_of(names, found.seller_id),
        verdict_kind=views.VERDICT_KINDS[found.shown.verdict],
        account=views.account_of(decision, viewer_of(request).language) if decision else None,
        is_own=found.seller_id == unit.scope.operator_id,
        may_edit=viewer_of(request).has(Role.EDITOR),
        given=views.Typed(given or {"price": str(found.price)}),
        errors=views.Typed(errors),
    )


async def _worth(tx: Transaction, scope: OperatorScope, listing: MarketListing) -> Decision | None:
    """What a listed battery is worth by what its seller states and by our own prices."""
    battery = listing.shown.battery(str(listing.listing_id))
    if battery is None:
        return None
    stated = GateResult(
        verdict=listing.shown.verdict, failed=(), missing=(), limits=listing.shown.limits, results=(),
        rule_set=gate_rules().name,
    )  # fmt: skip
    if stated.verdict is Verdict.NOT_ASSESSABLE:
        return None
    return decide(battery, stated, await batteries.prices_of(tx, scope), clock.today())


@post("/reuse/market/{listing_id:uuid}/offer", guards=[editor], status_code=200, include_in_schema=False)
async def submit_offer(request: AnyRequest, unit: Unit, listing_id: FromPath[UUID]) -> HTML:
    """Make an offer."""
    form = await _sent(request)
    fields = Fields(form, viewer_of(request).language)
    price = fields.money("price")
    if fields.errors:
        return page(
            request, "listing.html", await _listing(request, unit, listing_id, form, fields.errors), status_code=422
        )
    asked = NewOffer(listing_id=listing_id, price=price, message=fields.text("message"))
    try:
        made = await unit(offers.submit, asked)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        errors = {"price": refusal.sentence(viewer_of(request).language)}
        return page(request, "listing.html", await _listing(request, unit, listing_id, form, errors), status_code=422)
    flash = Flash(happened=_say(request, "offer.sent"), seen_by=_say(request, "offer.seen"))
    return done(request, f"/reuse/offers/{made.offer_id}", flash)


@get("/reuse/deals", guards=[signed_in], include_in_schema=False)
async def deals(request: AnyRequest, unit: Unit) -> Response[str]:
    """Offers, hand-overs and listings of ours."""
    made, handed = await unit(_dealings)
    context = views.DealsPage(
        offers=await _rows(request, unit, made, []),
        custody=await _rows(request, unit, [], handed),
        listings=(await unit(listings.own_page, limit=100)).items,
        state_kinds=views.STATE_KINDS,
    )
    return page(request, "deals.html", context)


@get("/reuse/offers/{offer_id:uuid}", guards=[signed_in], include_in_schema=False)
async def offer(request: AnyRequest, unit: Unit, offer_id: FromPath[UUID]) -> Response[str]:
    """An offer with its rounds, and what we can do."""
    return page(request, "offer.html", await _offer(request, unit, offer_id, {}))


async def _offer(request: AnyRequest, unit: Unit, offer_id: UUID, errors: dict[str, str]) -> views.OfferDealPage:
    found = await unit(offers.get, offer_id)
    me = unit.scope.operator_id
    names = await unit(operators.names_of, {found.seller_id, found.buyer_id})
    return views.OfferDealPage(
        offer=found,
        offer_ended=views.ended_words(found.why, viewer_of(request).language),
        partner=views.name_of(names, found.seller_id if found.buyer_id == me else found.buyer_id),
        names={str(operator_id): name for operator_id, name in names.items()},
        my_turn=found.state in OPEN_OFFER and found.turn == me,
        is_buyer=found.buyer_id == me,
        kind=views.kind_of(found.state),
        may_edit=viewer_of(request).has(Role.EDITOR),
        errors=views.Typed(errors),
    )


@post("/reuse/offers/{offer_id:uuid}/counter", guards=[editor], status_code=200, include_in_schema=False)
async def counter(request: AnyRequest, unit: Unit, offer_id: FromPath[UUID]) -> HTML:
    """Say another price."""
    form = await _sent(request)
    fields = Fields(form, viewer_of(request).language)
    price = fields.money("price")
    if fields.errors:
        return page(request, "offer.html", await _offer(request, unit, offer_id, fields.errors), status_code=422)
    return await _act(
        request, unit, offer_id, offers.counter, "offer.countered", Counter(price=price, message=fields.text("message"))
    )


@post("/reuse/offers/{offer_id:uuid}/accept", guards=[editor], status_code=200, include_in_schema=False)
async def accept(request: AnyRequest, unit: Unit, offer_id: FromPath[UUID]) -> HTML:
    """Agree: on to the hand-over."""
    try:
        agreed = await unit(offers.accept, offer_id)
    except Refusal as refusal:
        return await _refused(request, unit, offer_id, refusal)
    flash = Flash(happened=_say(request, "offer.agreed"), seen_by=_say(request, "both_see"))
    return done(request, f"/reuse/custody/{agreed.custody_id}", flash)


@post("/reuse/offers/{offer_id:uuid}/reject", guards=[editor], status_code=200, include_in_schema=False)
async def reject(request: AnyRequest, unit: Unit, offer_id: FromPath[UUID]) -> HTML:
    """Say no."""
    return await _act(request, unit, offer_id, offers.reject, "offer.rejected_done")


@post("/reuse/offers/{offer_id:uuid}/withdraw", guards=[editor], status_code=200, include_in_schema=False)
async def withdraw(request: AnyRequest, unit: Unit, offer_id: FromPath[UUID]) -> HTML:
    """Take an offer back."""
    return await _act(request, unit, offer_id, offers.withdraw, "offer.withdrawn_done")


async def _act(
    request: AnyRequest,
    unit: Unit,
    offer_id: UUID,
    use_case: Callable[..., Awaitable[Offer]],
    told: str,
    *given: object,
) -> HTML:
    try:
        await unit(use_case, offer_id, *given)
    except Refusal as refusal:
        return await _refused(request, unit, offer_id, refusal)
    flash = Flash(happened=_say(request, told), seen_by=_say(request, "both_see"))
    return done(request, f"/reuse/offers/{offer_id}", flash)


async def _refused(request: AnyRequest, unit: Unit, offer_id: UUID, refusal: Refusal) -> HTML:
    """The page again with what is in the way. Raises what is not found."""
    if refusal.status == 404:
        raise refusal
    errors = {"price": refusal.sentence(viewer_of(request).language)}
    return page(request, "offer.html", await _offer(request, unit, offer_id, errors), status_code=409)


@get("/reuse/custody/{transfer_id:uuid}", guards=[signed_in], include_in_schema=False)
async def custody_page(request: AnyRequest, unit: Unit, transfer_id: FromPath[UUID]) -> Response[str]:
    """A hand-over, step by step, with its one next act."""
    return page(request, "custody.html", await _custody(request, unit, transfer_id, None))


async def _custody(request: AnyRequest, unit: Unit, transfer_id: UUID, error: str | None) -> views.CustodyPage:
    found = await unit(custody.get, transfer_id)
    me = unit.scope.operator_id
    names = await unit(operators.names_of, {found.seller_id, found.buyer_id})
    return views.CustodyPage(
        custody=found,
        partner=views.name_of(names, found.seller_id if found.buyer_id == me else found.buyer_id),
        is_buyer=found.buyer_id == me,
        kind=views.kind_of(found.state),
        signed=any(signature.operator_id == me for signature in found.signatures),
        needed=custody.documents_missing(found),
        steps=_steps(request, found),
        documents=[Choice(kind, _say(request, f"document.{kind}")) for kind in DOCUMENTS],
        may_edit=viewer_of(request).has(Role.EDITOR),
        error=error,
        dangers=[one.of(viewer_of(request).language) for one in await unit(passports.dangers, found.passport_id)],
    )


def _steps(request: AnyRequest, found: Custody) -> list[tuple[str, str, Any]]:
    """(state word, done · here · ahead, when) of the hand-over's way."""
    here = found.state.value if found.state.value in _STEPS else "received"
    place = _STEPS.index(here)
    return [
        (
            _say(request, f"state.{step}"),
            "done" if number < place else "here" if number == place else "ahead",
            found.times.get(step),
        )
        for number, step in enumerate(_STEPS)
    ]


@post("/reuse/custody/{transfer_id:uuid}/documents", guards=[editor], status_code=200, include_in_schema=False)
async def add_document(request: AnyRequest, unit: Unit, transfer_id: FromPath[UUID]) -> HTML:
    """A document that travels with the battery."""
    form = await _sent(request)
    fields = Fields(form, viewer_of(request).language)
    reference, kind = fields.text("reference", needed=True), fields.text("kind")
    if fields.errors or kind not in DOCUMENTS:
        error = next(iter(fields.errors.values()), _say(request, "choose"))
        return page(request, "custody.html", await _custody(request, unit, transfer_id, error), status_code=422)
    document = CustodyDocument(kind=kind, reference=reference)
    return await _step(request, unit, transfer_id, custody.add_document, "custody.document_added", document)


@post("/reuse/custody/{transfer_id:uuid}/sign", guards=[editor], status_code=200, include_in_schema=False)
async def sign(request: AnyRequest, unit: Unit, transfer_id: FromPath[UUID]) -> HTML:
    """Sign for our side."""
    return await _step(request, unit, transfer_id, custody.sign, "custody.signed_done")


@post("/reuse/custody/{transfer_id:uuid}/ship", guards=[editor], status_code=200, include_in_schema=False)
async def ship(request: AnyRequest, unit: Unit, transfer_id: FromPath[UUID]) -> HTML:
    """Sent off."""
    return await _step(request, unit, transfer_id, custody.ship, "custody.shipped_done")


@post("/reuse/custody/{transfer_id:uuid}/receive", guards=[editor], status_code=200, include_in_schema=False)
async def receive(request: AnyRequest, unit: Unit, transfer_id: FromPath[UUID]) -> HTML:
    """Received."""
    return await _step(request, unit, transfer_id, custody.receive, "custody.received_done")


@post("/reuse/custody/{transfer_id:uuid}/dispute", guards=[editor], status_code=200, include_in_schema=False)
async def dispute(request: AnyRequest, unit: Unit, transfer_id: FromPath[UUID]) -> HTML:
    """It is not what was sold."""
    why = (await _sent(request)).get("why", "").strip()
    if not why:
        context = await _custody(request, unit, transfer_id, _say(request, "custody.why_needed"))
        return page(request, "custody.html", context, status_code=422)
    return await _step(request, unit, transfer_id, custody.dispute, "custody.disputed_done", why)


@post("/reuse/custody/{transfer_id:uuid}/close", guards=[editor], status_code=200, include_in_schema=False)
async def close(request: AnyRequest, unit: Unit, transfer_id: FromPath[UUID]) -> HTML:
    """The deal is done."""
    return await _step(request, unit, transfer_id, custody.close, "custody.closed_done")


@post("/reuse/custody/{transfer_id:uuid}/cancel", guards=[editor], status_code=200, include_in_schema=False)
async def cancel(request: AnyRequest, unit: Unit, transfer_id: FromPath[UUID]) -> HTML:
    """Step back before it is sent."""
    return await _step(request, unit, transfer_id, custody.cancel, "custody.cancelled_done")


async def _step(
    request: AnyRequest,
    unit: Unit,
    transfer_id: UUID,
    use_case: Callable[..., Awaitable[Custody]],
    told: str,
    *given: object,
) -> HTML:
    try:
        await unit(use_case, transfer_id, *given)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        error = refusal.sentence(viewer_of(request).language)
        return page(request, "custody.html", await _custody(request, unit, transfer_id, error), status_code=409)
    flash = Flash(happened=_say(request, told), seen_by=_say(request, "both_see"))
    return done(request, f"/reuse/custody/{transfer_id}", flash)


handlers = [
    market,
    on_market,
    submit_offer,
    deals,
    offer,
    counter,
    accept,
    reject,
    withdraw,
    custody_page,
    add_document,
    sign,
    ship,
    receive,
    dispute,
    close,
    cancel,
]
