"""The market: offer, proposal, counter-proposal, contract, shipment with credit — each one use case.

A lot has one contract, whoever accepts first; when it ships, material and credit reach the buyer in the same transaction.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.operators import plants
from meguri.recycling import (
    booking,
    counted,
    errors,
    gathering,
    grading,
    shipping,
    store,
    store_claims,
    store_market,
    transport,
)
from meguri.recycling.events import DealMoved, OfferChanged
from meguri.recycling.ledger import State, TxType
from meguri.recycling.market import Deal, Match, Offer, OfferInput, Want, WantInput, matched
from meguri.recycling.model import LotStatus, SourceClass
from meguri.recycling.rates import half_up
from meguri.recycling.records import Lot, Site
from meguri.recycling.service import claims, lots, posting, runs
from meguri.storage import Transaction

MOST = 500


async def offer(tx: Transaction, scope: OperatorScope, said: OfferInput) -> Offer:
    """Put a lot on the market. Raises LotNotFound, UnusableInput, StateTransition (nothing left, or on offer already)."""
    booking.require_reckonable("cfp_kg", said.cfp_kg)
    lot = await lots.get(tx, scope, said.lot_id)
    if lot.moisture_pct is not None:
        lot = msgspec.structs.replace(lot, analysis={"moisture": lot.moisture_pct, **lot.analysis})
    if not lot.left_kg:
        raise errors.StateTransition(state=lot.status.value, wanted="offered", allowed="—")
    made = Offer(
        operator_id=scope.operator_id,
        offer_id=new_id(),
        lot_id=lot.lot_id,
        lot_no=lot.lot_no,
        kind=lot.kind.value,
        material=lot.material,
        mass_kg=lot.left_kg,
        price=said.price,
        currency=said.currency,
        grade=grading.grade(lot.material or "", lot.analysis).grade,
        analysis=lot.analysis,
        recycled=recycled_shares(lot),
        cfp_kg=said.cfp_kg,
        form=said.form,
        status="published",
        created_at=clock.now(),
        version=1,
    )
    if not await store_market.add_offer(tx, scope, made):
        raise errors.StateTransition(state="offered", wanted="offered", allowed="—")
    await tx.record(OfferChanged(offer_id=made.offer_id, status="published"))
    return made


def recycled_shares(lot: Lot) -> dict[str, Decimal]:
    """Share (0–1) of each element that is neither primary nor reutilised."""
    never = (SourceClass.PRIMARY.value, SourceClass.REUTILISATION.value)
    elements = {part.element for part in lot.composition}
    return {
        element: sum((share for source, share in row.items() if source not in never), Decimal(0))
        for element, row in lot.sources.items()
        if element in elements
    }


async def withdraw(tx: Transaction, scope: OperatorScope, offer_id: UUID) -> None:
    """Take one's own offer back. Raises LotNotFound when it is not on the market."""
    if not await store_market.settle_offer(tx, scope.operator_id, offer_id, "withdrawn"):
        raise errors.LotNotFound
    await tx.record(OfferChanged(offer_id=offer_id, status="withdrawn"))


async def offers(
    tx: Transaction, _scope: OperatorScope, *, material: str | None = None, after: UUID | None = None, limit: int = 100
) -> list[Offer]:
    """What is on the market, newest first, one more than `limit` when there are more."""
    async with tx.across():
        return await store_market.offers_open(tx, material, after, limit + 1)


async def want(tx: Transaction, scope: OperatorScope, said: WantInput) -> Want:
    """Say what one looks for. Raises UnusableInput."""
    booking.require_reckonable("kg_per_month", said.kg_per_month)
    if not half_up(said.kg_per_month):
        raise booking.refuse("kg_per_month", "positive")
    booking.require_reckonable("most_cfp_kg", said.most_cfp_kg)
    booking.require_reckonable("least_recycled_pct", said.least_recycled_pct)
    for place, limit in enumerate(said.limits or []):
        booking.require_reckonable(f"limits[{place}].most", limit.most)
        booking.require_reckonable(f"limits[{place}].least", limit.least)
    made = Want(want_id=new_id(), active=True, created_at=clock.now(), **msgspec.structs.asdict(said))
    await store_market.add_want(tx, scope, made)
    await tx.record(OfferChanged(offer_id=made.want_id, status="wanted"))
    return made


async def matches(tx: Transaction, scope: OperatorScope) -> list[tuple[Want, list[Match]]]:
    """Each want with the offers of its material."""
    wanted = await store_market.wants(tx, scope)
    found = []
    for one in wanted:
        async with tx.across():
            on_market = await store_market.offers_open(tx, one.material, None, MOST)
        found.append((one, matched(one, on_market)))
    return found


async def propose(
    tx: Transaction, scope: OperatorScope, offer_id: UUID, price: int, site_id: UUID | None = None
) -> Deal:
    """A buyer proposes a price for a lot, to be delivered to its site; unsaid, to the only one that it has.

    Raises LotNotFound for an offer that is not on the market, or one's own; SiteNotFound.
    """
    async with tx.across():
        found = await store_market.offer_anywhere(tx, offer_id)
    if found is None or found.status != "published" or found.operator_id == scope.operator_id:
        raise errors.LotNotFound
    made = Deal(
        deal_id=new_id(),
        offer_id=offer_id,
        seller_id=found.operator_id,
        buyer_id=scope.operator_id,
        lot_no=found.lot_no,
        material=found.material,
        mass_kg=found.mass_kg,
        price=_price(price),
        currency=found.currency,
        turn=found.operator_id,
        state="proposed",
        history=[_entry(scope, "proposed", price)],
        lot_id=None,
        created_at=clock.now(),
        version=1,
    )
    return await _keep(tx, scope, await _destined(tx, scope, made, site_id))


async def _destined(tx: Transaction, scope: OperatorScope, deal: Deal, site_id: UUID | None) -> Deal:
    """The deal with where its buyer wants the lot. Raises SiteNotFound for what is no site of the buyer's."""
    if scope.operator_id != deal.buyer_id or (site_id is None and deal.site_id is not None):
        return deal
    own = {plant.plant_id: plant.name for plant in await plants.all_plants(tx, scope)}
    if site_id is None:
        if len(own) != 1:
            return deal
        (site_id,) = own
    if site_id not in own:
        raise errors.SiteNotFound
    return msgspec.structs.replace(deal, site_id=site_id, site_name=own[site_id])


async def name_site(tx: Transaction, scope: OperatorScope, deal_id: UUID, site_id: UUID) -> Deal:
    """The buyer says where it wants the lot; until the seller ships. Raises LotNotFound, StateTransition, SiteNotFound."""
    deal = await get(tx, scope, deal_id)
    if deal.state not in ("proposed", "accepted") or scope.operator_id != deal.buyer_id:
        raise errors.StateTransition(state=deal.state, wanted="site", allowed="—")
    return await _keep(tx, scope, await _destined(tx, scope, deal, site_id))


def _price(price: int) -> int:
    if not 0 <= price <= 10**12:
        raise booking.refuse("price", "range", low=0, high=10**12)
    return price


def _entry(scope: OperatorScope, what: str, price: int) -> dict[str, object]:
    return {"at": clock.millis_z(clock.now()), "by": str(scope.operator_id), "what": what, "price": price}


async def counter(tx: Transaction, scope: OperatorScope, deal_id: UUID, price: int) -> Deal:
    """Answer with another price; then it is the other side's turn. Raises LotNotFound, StateTransition."""
    deal = await _my_turn(tx, scope, deal_id, "countered")
    other = deal.buyer_id if scope.operator_id == deal.seller_id else deal.seller_id
    return await _keep(tx, scope, _moved(deal, scope, "countered", price=_price(price), turn=other))


async def refuse(tx: Transaction, scope: OperatorScope, deal_id: UUID) -> Deal:
    """End the talk. Raises LotNotFound, StateTransition."""
    deal = await _my_turn(tx, scope, deal_id, "refused")
    return await _keep(tx, scope, _moved(deal, scope, "refused", state="refused"))


async def accept(tx: Transaction, scope: OperatorScope, deal_id: UUID, site_id: UUID | None = None) -> Deal:
    """Make the contract: the lot leaves the market, and only the first who accepts gets it.

    site_id  where the buyer wants the lot, when the buyer is who accepts
    Raises LotNotFound, StateTransition (not one's turn, or the lot is under contract), SiteNotFound.
    """
    deal = await _destined(tx, scope, await _my_turn(tx, scope, deal_id, "accepted"), site_id)
    async with tx.across():
        won = await store_market.settle_offer(tx, deal.seller_id, deal.offer_id, "contracted")
    if not won:
        raise errors.StateTransition(state="contracted", wanted="accepted", allowed="—")
    await tx.record(OfferChanged(offer_id=deal.offer_id, status="contracted"))
    return await _keep(tx, scope, _moved(deal, scope, "accepted", state="accepted", turn=deal.seller_id))


async def _my_turn(tx: Transaction, scope: OperatorScope, deal_id: UUID, wanted: str) -> Deal:
    deal = await get(tx, scope, deal_id)
    if deal.state != "proposed" or deal.turn != scope.operator_id:
        raise errors.StateTransition(state=deal.state, wanted=wanted, allowed="—")
    return deal


def _moved(deal: Deal, scope: OperatorScope, what: str, **change: object) -> Deal:
    price = int(str(change.get("price", deal.price)))
    return msgspec.structs.replace(deal, history=[*deal.history, _entry(scope, what, price)], **change)


async def _keep(tx: Transaction, scope: OperatorScope, deal: Deal) -> Deal:
    """Both halves."""
    async with tx.across():
        for side in sorted((deal.seller_id, deal.buyer_id)):
            await store_market.save_deal(tx, side, deal)
    await tx.record(DealMoved(deal_id=deal.deal_id, state=deal.state, seller_id=deal.seller_id, buyer_id=deal.buyer_id))
    return await get(tx, scope, deal.deal_id)


class Carriage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a sold lot travels: packing instruction (None = the lot's own), mode, approval where its state needs one."""

    packing: Annotated[str, msgspec.Meta(max_length=20)] | None = None
    mode: Annotated[str, msgspec.Meta(pattern="^(road|rail|sea|air)$")] = "road"
    approval_no: Annotated[str, msgspec.Meta(max_length=100)] | None = None


BY_ROAD = Carriage()


async def packings(tx: Transaction, scope: OperatorScope, deals: Sequence[Deal]) -> dict[UUID, tuple[str, ...]]:
    """Packing instructions that may be used, for each contract that waits for one's shipment of a battery with a UN number."""
    found = {}
    for deal in deals:
        if deal.state != "accepted" or deal.seller_id != scope.operator_id:
            continue
        async with tx.across():
            on_market = await store_market.offer_anywhere(tx, deal.offer_id)
        lot = (await store.lots(tx, scope, [on_market.lot_id])).get(on_market.lot_id) if on_market else None
        state = transport.transport_rules().packing.get(lot.hazard.defect_class) if lot and lot.hazard.un else None
        if state is not None:
            found[deal.deal_id] = state.instructions
    return found


def _require_carriage(lot: Lot, how: Carriage) -> dict[str, str]:
    """What the shipment's note says of packing. Raises TransportForbidden."""
    packing = how.packing or lot.hazard.packing_instruction
    if lot.hazard.un is None:
        return {"mode": how.mode}
    transport.require_transportable(
        lot.hazard.un,
        lot.hazard.defect_class,
        packing,
        mode=how.mode,
        approval_no=how.approval_no,
        for_recycling=lot.is_waste,
        packing_needed=True,
    )
    approval = {"approval_no": how.approval_no} if how.approval_no else {}
    return {"mode": how.mode, "un": lot.hazard.un, "packing": packing or "", **approval}


async def ship(
    tx: Transaction, scope: OperatorScope, deal_id: UUID, buyer_site_id: UUID | None = None, how: Carriage = BY_ROAD
) -> Deal:
    """The seller ships the contracted lot: it leaves stock, its credit is handed over, the buyer has it in stock.

    buyer_site_id  needed only where the buyer has not said where it wants the lot
    Raises UnusableInput (no site, or another than the buyer's choice), LotNotFound, StateTransition, PeriodClosed,
    SiteNotFound (no such site of the buyer), ExportBan, TransportForbidden (a battery without a packing instruction that
    fits its state), and for waste DocumentsMissing and PermitExpired.
    """
    deal = await get(tx, scope, deal_id)
    if deal.state != "accepted" or deal.seller_id != scope.operator_id:
        raise errors.StateTransition(state=deal.state, wanted="shipped", allowed="—")
    async with tx.across():
        found = await store_market.offer_anywhere(tx, deal.offer_id)
    if found is None:
        raise errors.LotNotFound
    lot = await lots.get(tx, scope, found.lot_id)
    site = await posting.site_of(tx, scope, lot.site_id)
    theirs = await _destination(tx, scope, deal, buyer_site_id)
    shipping.require_destination(lot.kind, site.country, theirs.country, None)
    if lot.is_waste:
        documents = await store_claims.documents_of_lot(tx, scope, lot.lot_id)
        shipping.require_documents(documents, lot.kind, site.day_of(clock.now()), shipping.lacking(lot, site.country))
        posting.require_permit(site.permit_no, site.permit_valid_to, site.day_of(clock.now()))
    carried = _require_carriage(lot, how)
    await _hand_credits(tx, scope, deal, lot, theirs.site_id)
    await runs.leave(
        tx, scope, lot.lot_id, to=State.EXT_CUSTOMER, kind="ship", mass_kg=deal.mass_kg,
        note={"deal_id": str(deal_id), "documents": "complete" if lot.is_waste else "not_waste", **carried},
    )  # fmt: skip
    arrived = await _arrive(tx, scope, deal, lot, theirs)
    shipped = _moved(deal, scope, "shipped", state="shipped", turn=deal.buyer_id, lot_id=arrived)
    shipped.history[-1].update(carried)  # the buyer reads how it comes
    return await _keep(tx, scope, shipped)


async def _destination(tx: Transaction, scope: OperatorScope, deal: Deal, given: UUID | None) -> Site:
    """The buyer's site that a lot goes to. Raises SiteNotFound, UnusableInput."""
    wanted = given or deal.site_id
    if wanted is None:
        raise booking.refuse("buyer_site_id", "site_unnamed")
    async with tx.across():
        theirs = await posting.site_of(tx, OperatorScope(deal.buyer_id, scope.actor), wanted)
    if deal.site_id is not None and wanted != deal.site_id:
        raise booking.refuse("buyer_site_id", "site_of_buyer", name=deal.site_name)
    return theirs


async def _hand_credits(tx: Transaction, scope: OperatorScope, deal: Deal, lot: Lot, site_id: UUID) -> None:
    """Every open credit that this lot earned goes with it."""
    sums: dict[tuple[str, str], Decimal] = {}
    for credit in await store_claims.credits_of_lots(tx, scope, [lot.lot_id]):
        if credit.open_kg:
            key = (credit.element, credit.source_class)
            sums[key] = sums.get(key, Decimal(0)) + credit.open_kg
    for (element, source), kg in sorted(sums.items()):
        await claims.hand_over(
            tx, scope, deal.buyer_id, element, SourceClass(source), kg,
            to_site_id=site_id, lot_id=lot.lot_id, lot_no=lot.lot_no,
        )  # fmt: skip


async def _arrive(tx: Transaction, scope: OperatorScope, deal: Deal, lot: Lot, site: Site) -> UUID:
    """The buyer's half: the same material in the buyer's stock."""
    site_id = site.site_id
    buyer = OperatorScope(deal.buyer_id, scope.actor)
    at = clock.now()
    drawn = booking.draw(lot, deal.mass_kg, at)
    async with tx.across():
        note: dict[str, object] = {"deal_id": str(deal.deal_id)}
        run = lots.movement("receive", f"IN-{lot.lot_no}-{str(deal.deal_id)[-6:]}", site, at, note)
        await posting.require_open(tx, buyer, site_id, run.period)
        made = gathering.gathered([drawn], lot.lot_no, at, run.run_id)
        past = {
            key: made.past[key] for key in (counted.COUNTED, counted.EARNED)
        }  # what they take in, they take in anew
        made = msgspec.structs.replace(
            made, site_id=site_id, is_origin=True, passports=[], status=LotStatus.OPEN, past=past
        )
        if not await store.add_lot(tx, buyer, made, b""):
            made = msgspec.structs.replace(made, lot_no=f"{lot.lot_no[:40]}-{str(deal.deal_id)[-6:]}")
            if not await store.add_lot(tx, buyer, made, b""):
                raise errors.LotConflict(lot_no=lot.lot_no)
        await store.add_run(tx, buyer, run, {"deal_id": str(deal.deal_id)})
        await store.post(
            tx, buyer, booking.receipt_postings(made), tx_type=TxType.RECEIVE, site_id=site_id, period=run.period,
            tx_id=run.run_id,
        )  # fmt: skip
    return made.lot_id


async def get(tx: Transaction, scope: OperatorScope, deal_id: UUID) -> Deal:
    """One of your deals. Raises LotNotFound."""
    found = await store_market.deal(tx, scope, deal_id)
    if found is None:
        raise errors.LotNotFound
    return found


async def deals(tx: Transaction, scope: OperatorScope) -> list[Deal]:
    """Your deals, newest first."""
    return await store_market.deals(tx, scope)
