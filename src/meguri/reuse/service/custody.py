"""Use cases of the hand-over: sign, add documents, ship, receive, dispute, close. On receipt the passport moves as well."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from meguri.kernel import clock
from meguri.kernel.paging import Page
from meguri.kernel.scope import OperatorScope
from meguri.proof import keyring
from meguri.reuse import store, store_deals
from meguri.reuse.circulation import custody_after, listing_after
from meguri.reuse.errors import CustodyNotFound, DocumentsMissing, NotYourTurn
from meguri.reuse.events import CustodyChanged
from meguri.reuse.notices import tell
from meguri.reuse.records import (
    Custody,
    CustodyDocument,
    CustodySignature,
    CustodyState,
    ListingKind,
    Offer,
)
from meguri.reuse.service import passports
from meguri.reuse.service.batteries import cursor_of, start_of
from meguri.reuse.service.judging import ensure_open, hold, rejudge, save_custody
from meguri.reuse.service.listings import ensure_buyer, save
from meguri.storage import Transaction

_NEEDED = {
    ListingKind.REUSE: ("un_38_3_summary", "packing_class"),
    ListingKind.AS_IS: ("un_38_3_summary", "packing_class"),
    ListingKind.FEEDSTOCK: ("packing_class", "manifest"),
}


async def begin(tx: Transaction, scope: OperatorScope, offer: Offer, transfer_id: UUID) -> Custody:
    """The hand-over is proposed; whoever agreed signs it at once."""
    async with tx.across():
        battery = await store.battery_across(tx, offer.seller_id, offer.battery_id)
    assert battery is not None  # noqa: S101  (the listing was made from it)
    custody = Custody(
        transfer_id=transfer_id,
        offer_id=offer.offer_id,
        listing_id=offer.listing_id,
        battery_id=offer.battery_id,
        seller_id=offer.seller_id,
        buyer_id=offer.buyer_id,
        state=CustodyState.PROPOSED,
        kind=offer.listing.kind,
        price=offer.price,
        currency=offer.currency,
        serial=battery.serial,
        dpp_id=battery.dpp_id,
        passport_id=battery.passport_id,
        times={CustodyState.PROPOSED.value: clock.now()},
    )
    async with tx.across():
        await store_deals.add_deal_across(
            tx, "custody", transfer_id, offer.seller_id, offer.buyer_id, offer.offer_id, custody.state.value, custody
        )
    await tx.record(_event(custody))
    return await _signed(tx, scope, custody)


def _event(custody: Custody) -> CustodyChanged:
    return CustodyChanged(
        transfer_id=custody.transfer_id,
        battery_id=custody.battery_id,
        seller_id=custody.seller_id,
        buyer_id=custody.buyer_id,
        state=custody.state.value,
        passport_id=custody.passport_id,
    )


async def sign(tx: Transaction, scope: OperatorScope, transfer_id: UUID) -> Custody:
    """One side's signature; with both the hand-over is accepted. Signed already: nothing changes.

    Raises CustodyNotFound, StateTransition, GateVeto, GateNotAssessable, NotLicensed.
    """
    custody = await _locked(tx, scope, transfer_id)
    if any(one.operator_id == scope.operator_id for one in custody.signatures):
        return custody
    custody_after(custody.state, "accept")
    await ensure_open(tx, custody.seller_id, custody.battery_id, custody.kind)
    await ensure_buyer(tx, custody.buyer_id, custody.kind)
    return await _signed(tx, scope, custody)


async def _signed(tx: Transaction, scope: OperatorScope, custody: Custody) -> Custody:
    signer = await keyring.signer(tx, scope)
    signature = CustodySignature(
        operator_id=scope.operator_id, at=clock.now(), document=signer.sign(record_of(custody), clock.now())
    )
    signed = replace(custody, signatures=(*custody.signatures, signature))
    if scope.operator_id == custody.seller_id:
        signed = replace(signed, passport_transfer_id=await passports.propose(tx, scope, signed))
    both = {one.operator_id for one in signed.signatures} >= {custody.seller_id, custody.buyer_id}
    if both:
        signed = replace(signed, state=custody_after(signed.state, "accept"))
    kept = await save_custody(tx, signed, clock_in=both)
    await tell(tx, scope, "REUSE_CUSTODY", [_other(custody, scope)], custody.transfer_id, custody.battery_id)
    return kept


def record_of(custody: Custody) -> dict[str, Any]:
    """What both sides sign: what is handed over, by whom to whom, at what price; never the state, which moves on."""
    return {
        "type": "CustodyTransfer",
        "transfer_id": str(custody.transfer_id),
        "offer_id": str(custody.offer_id),
        "battery_id": str(custody.battery_id),
        "serial": custody.serial,
        "dpp_id": custody.dpp_id or "",
        "seller_id": str(custody.seller_id),
        "buyer_id": str(custody.buyer_id),
        "kind": custody.kind.value,
        "price": custody.price,
        "currency": custody.currency,
    }


async def add_document(tx: Transaction, scope: OperatorScope, transfer_id: UUID, document: CustodyDocument) -> Custody:
    """A document that travels with the battery; one of a kind. Raises CustodyNotFound."""
    custody = await _locked(tx, scope, transfer_id)
    others = tuple(one for one in custody.documents if one.kind != document.kind)
    return await save_custody(tx, replace(custody, documents=(*others, document)))


def documents_missing(custody: Custody) -> tuple[str, ...]:
    """Documents without which it must not travel."""
    given = {document.kind for document in custody.documents}
    return tuple(kind for kind in _NEEDED[custody.kind] if kind not in given)


async def ship(tx: Transaction, scope: OperatorScope, transfer_id: UUID) -> Custody:
    """The seller sends it off. Raises CustodyNotFound, NotYourTurn, StateTransition, DocumentsMissing, GateVeto."""
    custody = await _locked(tx, scope, transfer_id)
    if custody.state is CustodyState.IN_TRANSIT and scope.operator_id == custody.seller_id:
        return custody
    state = custody_after(custody.state, "ship")
    if scope.operator_id != custody.seller_id:
        raise NotYourTurn
    await ensure_open(tx, custody.seller_id, custody.battery_id, custody.kind)
    missing = documents_missing(custody)
    if missing:
        raise DocumentsMissing(documents=", ".join(missing))
    return await _moved(tx, scope, replace(custody, state=state))


async def receive(tx: Transaction, scope: OperatorScope, transfer_id: UUID) -> Custody:
    """The buyer has it: custody, ownership, what is known of it, and the passport move in one transaction.

    Received already: the same answer again. Raises CustodyNotFound, NotYourTurn, StateTransition, GateVeto, NotLicensed.
    """
    custody = await _locked(tx, scope, transfer_id)
    if custody.state in (CustodyState.RECEIVED, CustodyState.CLOSED) and scope.operator_id == custody.buyer_id:
        return custody
    state = custody_after(custody.state, "receive")
    if scope.operator_id != custody.buyer_id:
        raise NotYourTurn
    await ensure_open(tx, custody.seller_id, custody.battery_id, custody.kind)
    await ensure_buyer(tx, custody.buyer_id, custody.kind)
    await _hand_over(tx, custody)
    await passports.accept(tx, scope, custody)
    moved = await _moved(tx, scope, replace(custody, state=state))
    await rejudge(tx, scope, custody.battery_id, "custody")
    return moved


async def _hand_over(tx: Transaction, custody: Custody) -> None:
    async with tx.across():
        battery = await store.battery_across(tx, custody.seller_id, custody.battery_id, locked=True)
        listing = await store_deals.listing_across(tx, custody.listing_id, locked=True)
        assert battery is not None  # noqa: S101  (the deal was made about it)
        assert listing is not None  # noqa: S101
        await store.move_across(tx, custody.seller_id, custody.battery_id, held=False, owner=custody.buyer_id)
        facts = msgspec.structs.replace(battery.facts, owner_id=custody.buyer_id)
        if not await store.add_battery_across(
            tx, custody.buyer_id, custody.battery_id, facts, held=True, owner=custody.buyer_id
        ):
            await store.move_across(tx, custody.buyer_id, custody.battery_id, held=True, owner=custody.buyer_id)
        await store.copy_evidence_across(tx, custody.seller_id, custody.buyer_id, custody.battery_id)
    await save(tx, replace(listing, state=listing_after(listing.state, "sell")))


async def dispute(tx: Transaction, scope: OperatorScope, transfer_id: UUID, why: str) -> Custody:
    """The buyer says that it is not what was sold. Raises CustodyNotFound, NotYourTurn, StateTransition."""
    custody = await _locked(tx, scope, transfer_id)
    state = custody_after(custody.state, "dispute")
    if scope.operator_id != custody.buyer_id:
        raise NotYourTurn
    return await _moved(tx, scope, replace(custody, state=state, dispute=why))


async def close(tx: Transaction, scope: OperatorScope, transfer_id: UUID) -> Custody:
    """The deal is done; a dispute is closed by the buyer who raised it. Raises CustodyNotFound, NotYourTurn, StateTransition."""
    custody = await _locked(tx, scope, transfer_id)
    if custody.state is CustodyState.CLOSED:
        return custody
    state = custody_after(custody.state, "close")
    if scope.operator_id != custody.buyer_id:
        raise NotYourTurn
    return await _moved(tx, scope, replace(custody, state=state))


async def cancel(tx: Transaction, scope: OperatorScope, transfer_id: UUID) -> Custody:
    """Either side steps back before it is sent; the listing is open again. Raises CustodyNotFound, StateTransition."""
    custody = await _locked(tx, scope, transfer_id)
    state = custody_after(custody.state, "cancel")
    async with tx.across():
        listing = await store_deals.listing_across(tx, custody.listing_id, locked=True)
    if listing is not None:
        await save(tx, replace(listing, state=listing_after(listing.state, "release"), offer_id=None))
    await passports.withdraw(tx, scope, custody)
    return await _moved(tx, scope, replace(custody, state=state))


async def _moved(tx: Transaction, scope: OperatorScope, custody: Custody) -> Custody:
    kept = await save_custody(tx, custody, clock_in=True)
    await tell(tx, scope, "REUSE_CUSTODY", [_other(custody, scope)], custody.transfer_id, custody.battery_id)
    return kept


def _other(custody: Custody, scope: OperatorScope) -> UUID:
    return custody.seller_id if scope.operator_id == custody.buyer_id else custody.buyer_id


async def _locked(tx: Transaction, scope: OperatorScope, transfer_id: UUID) -> Custody:
    """The hand-over with everything about its battery held. Raises CustodyNotFound."""
    seen = await get(tx, scope, transfer_id)
    await hold(tx, scope, seen.battery_id)
    return await get(tx, scope, transfer_id)


async def get(tx: Transaction, scope: OperatorScope, transfer_id: UUID) -> Custody:
    """A hand-over of the company's. Raises CustodyNotFound."""
    deal = await store_deals.deal(tx, scope, "custody", transfer_id)
    if deal is None:
        raise CustodyNotFound
    return deal.read(Custody)


async def page(tx: Transaction, scope: OperatorScope, *, limit: int = 50, cursor: str | None = None) -> Page[Custody]:
    """The company's hand-overs, newest first. Raises BadCursor."""
    found = await store_deals.deals(tx, scope, ("custody",), start_of(cursor), limit + 1)
    following = found[limit] if len(found) > limit else None
    return Page(
        items=[deal.read(Custody) for deal in found[:limit]],
        next_cursor=cursor_of(following.created_at, following.deal_id) if following else None,
    )


def received_at(custody: Custody) -> datetime | None:
    """When the buyer had it."""
    return custody.times.get(CustodyState.RECEIVED.value)
