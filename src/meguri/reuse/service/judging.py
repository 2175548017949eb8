"""The standing watch: the gate is judged anew whenever something becomes known; a veto closes every door to reuse.

All use cases about one battery wait for each other (`hold`), so that no acceptance slips in beside a veto.
"""

from collections.abc import Sequence
from uuid import UUID

from msgspec.structs import replace

from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.reuse import store, store_deals
from meguri.reuse.circulation import custody_after, kinds_open_to, listing_after, offer_after
from meguri.reuse.errors import BatteryNotFound, GateNotAssessable, GateVeto
from meguri.reuse.events import BatteryJudged, BatteryVetoed, CustodyChanged, ListingChanged, OfferChanged
from meguri.reuse.findings import figure, soh_of
from meguri.reuse.gate import GateResult, Verdict, judge
from meguri.reuse.grade import Grade, grade_of
from meguri.reuse.notices import tell
from meguri.reuse.pool import PackState
from meguri.reuse.records import (
    OPEN_OFFER,
    Custody,
    CustodyState,
    HeldBattery,
    Listing,
    ListingKind,
    ListingState,
    Offer,
    OfferState,
)
from meguri.reuse.service import passports
from meguri.storage import Transaction

IN_PASSPORT = {
    "G05": "accident",
    "G07": "physical_damage",
    "G08": "electrical_fault",
    "G09": "deep_discharge",
    "G10": "overcharge",
    "G11": "thermal_event",
}
"""Which negative event of the passport a failed rule is."""
FROM_PASSPORT = ("watch:passport", "accident:")
"""Causes that stand in the passport already."""
_ON_THE_WAY = (CustodyState.PROPOSED, CustodyState.ACCEPTED, CustodyState.IN_TRANSIT)


async def hold(tx: Transaction, scope: OperatorScope, battery_id: UUID) -> None:
    """Wait until nobody else changes anything about this battery; held until the transaction ends."""
    await store.lock(tx, scope, "battery", battery_id)


async def judged_now(tx: Transaction, operator_id: UUID, battery_id: UUID) -> tuple[HeldBattery, GateResult, Grade]:
    """A company's battery with verdict and grade by the evidence of today (evidence grows stale). Raises BatteryNotFound."""
    async with tx.across():
        found = await store.battery_across(tx, operator_id, battery_id)
        if found is None:
            raise BatteryNotFound
        stored = await store.evidence_across(tx, operator_id, battery_id)
        lower = await store.lowered_across(tx, operator_id, battery_id)
    findings = [one.finding for one in stored]
    gate = judge(found.facts.case(), findings, clock.today())
    newest = max((one.recorded_at for one in stored), default=None)
    if lower is not None and (newest is None or lower[1] >= newest) and lower[0].rank < gate.verdict.rank:
        gate = replace(gate, verdict=lower[0])
    soh = soh_of(findings)
    ratio, spread = figure(findings, "resistance_ratio"), figure(findings, "capacity_spread_pct")
    return found, gate, grade_of(gate.verdict, soh.lower if soh else None, ratio, spread)


async def ensure_open(tx: Transaction, seller_id: UUID, battery_id: UUID, kind: ListingKind) -> None:
    """Refuse what the gate does not allow today. Raises GateVeto, GateNotAssessable."""
    _, gate, _ = await judged_now(tx, seller_id, battery_id)
    if kind in kinds_open_to(gate.verdict):
        return
    if gate.verdict is Verdict.VETO:
        raise GateVeto(rules=", ".join(gate.failed) or "—")
    raise GateNotAssessable(rules=", ".join(gate.missing))


async def vetoed(tx: Transaction, passport_id: UUID) -> str | None:
    """The rules by which the gate says no today to the battery of a passport, as its holder knows it; None: it does not.

    The battery is held until the transaction ends, so that no veto slips in beside what the caller is about to do.
    """
    async with tx.across():
        known = await store.by_passport_across(tx, passport_id)
    for battery in known:
        if battery.held:
            await hold(tx, OperatorScope(battery.operator_id, "system:reuse"), battery.battery_id)
            _, gate, _ = await judged_now(tx, battery.operator_id, battery.battery_id)
            if gate.verdict is Verdict.VETO:
                return ", ".join(gate.failed) or "—"
    return None


async def rejudge(
    tx: Transaction, scope: OperatorScope, battery_id: UUID, cause: str, *, lowered_to: Verdict | None = None
) -> None:
    """Judge anew for owner and holder; what changed is kept, recorded, and on a veto carried through."""
    async with tx.across():
        halves = [
            half for half in await store.halves_across(tx, battery_id) if half.held or half.owner_id == half.operator_id
        ]
    known = tuple(dict.fromkeys(each for half in halves for each in (half.operator_id, half.owner_id)))
    closed: GateResult | None = None
    newly = False
    for half in halves:
        found, gate, grade = await judged_now(tx, half.operator_id, battery_id)
        if lowered_to is not None and lowered_to.rank < gate.verdict.rank:
            gate, grade = replace(gate, verdict=lowered_to), _lowered(lowered_to, grade)
        async with tx.across():
            await store.save_verdict_across(tx, half.operator_id, battery_id, gate.verdict, grade, gate)
            if gate.verdict is not found.verdict or grade is not found.grade or lowered_to is not None:
                await store.add_judgement_across(
                    tx, half.operator_id, battery_id, gate.verdict, grade, cause, gate, scope.actor
                )
        if gate.verdict is Verdict.VETO:
            closed, newly = gate, newly or found.verdict is not Verdict.VETO
        if half.held and gate.verdict is not found.verdict:
            await tx.record(
                BatteryJudged(
                    battery_id=battery_id,
                    before=found.verdict.value,
                    verdict=gate.verdict.value,
                    grade=grade.value,
                    failed=gate.failed,
                    cause=cause,
                    operators=known,
                )
            )
    if closed is not None:
        await close_doors(tx, scope, battery_id, closed, cause, known, newly=newly)


def _lowered(verdict: Verdict, grade: Grade) -> Grade:
    return {Verdict.VETO: Grade.X, Verdict.NOT_ASSESSABLE: Grade.N}.get(verdict, grade)


async def close_doors(
    tx: Transaction,
    scope: OperatorScope,
    battery_id: UUID,
    gate: GateResult,
    cause: str,
    known: Sequence[UUID],
    *,
    newly: bool,
) -> None:
    """A veto: listings for reuse are withdrawn, offers stopped, hand-overs not yet received cancelled, packs set aside."""
    async with tx.across():
        listings = await store_deals.open_listings_across(tx, battery_id, known)
    shut = [listing for listing in listings if listing.kind is not ListingKind.FEEDSTOCK]
    why = ", ".join(gate.failed) or cause
    stopped: list[Offer] = []
    for listing in shut:
        stopped += await _stop_listing(tx, listing, why)
    await _set_packs_aside(tx, scope, battery_id)
    found = await store.battery(tx, scope, battery_id)
    buyers = [offer.buyer_id for offer in stopped]
    everybody = tuple(dict.fromkeys([*known, *buyers]))
    if not (newly or shut):
        return  # it was closed before, and nothing was open
    await tx.record(
        BatteryVetoed(
            battery_id=battery_id,
            passport_id=found.passport_id if found else None,
            rules=gate.failed,
            cause=cause,
            listings=tuple(listing.listing_id for listing in shut),
            offers=tuple(offer.offer_id for offer in stopped),
            operators=everybody,
        )
    )
    await tell(tx, scope, "REUSE_VETO", known, battery_id, battery_id)
    if found is not None and not cause.startswith(FROM_PASSPORT):
        await _write_in_passport(tx, scope, found, gate)


async def _write_in_passport(tx: Transaction, scope: OperatorScope, battery: HeldBattery, gate: GateResult) -> None:
    """The veto as a negative event of the passport, where the company that acts is responsible for it."""
    kind = next((IN_PASSPORT[rule] for rule in gate.failed if rule in IN_PASSPORT), "other")
    said = [one for one in gate.results if one.rule_id in gate.failed]
    await passports.report(
        tx,
        scope,
        battery.passport_id,
        kind,
        severity="major",
        ja="安全判定が不合格: " + "、".join(one.title_ja for one in said),
        en="safety gate failed: " + "; ".join(one.title_en for one in said),
    )


async def _stop_listing(tx: Transaction, listing: Listing, why: str) -> list[Offer]:
    state = listing_after(listing.state, "stop")
    async with tx.across():
        await store_deals.save_listing_across(tx, replace(listing, state=state, why=f"GATE_VETO: {why}"))
    await tx.record(_listing_event(listing, state))
    return await stop_offers(tx, listing, f"GATE_VETO: {why}", also_accepted=True)


def _listing_event(listing: Listing, state: ListingState) -> ListingChanged:
    return ListingChanged(
        listing_id=listing.listing_id,
        battery_id=listing.battery_id,
        state=state.value,
        kind=listing.kind.value,
        price=listing.price,
        currency=listing.currency,
    )


async def stop_offers(
    tx: Transaction, listing: Listing, why: str, *, also_accepted: bool = False, but: UUID | None = None
) -> list[Offer]:
    """End the open offers on a listing; both sides keep and are told why."""
    async with tx.across():
        found = await store_deals.deals_about_across(tx, "offer", listing.listing_id)
    offers = [deal.read(Offer) for deal in found]
    wanted = (*OPEN_OFFER, OfferState.ACCEPTED) if also_accepted else OPEN_OFFER
    ended = [offer for offer in offers if offer.state in wanted and offer.offer_id != but]
    for offer in ended:
        await save_offer(tx, replace(offer, state=offer_after(offer.state, "stop"), why=why))
        if offer.custody_id is not None:
            await _cancel_custody(tx, offer)
    assert tx.scope is not None  # noqa: S101  (use cases run as a tenant)
    for offer in ended:
        await tell(tx, tx.scope, "REUSE_OFFER", [offer.buyer_id], offer.offer_id, offer.battery_id)
    return ended


async def save_offer(tx: Transaction, offer: Offer) -> None:
    """Both halves of an offer, and what happened to it."""
    async with tx.across():
        await store_deals.save_deal_across(
            tx, offer.offer_id, [offer.seller_id, offer.buyer_id], offer.state.value, offer
        )
    await tx.record(
        OfferChanged(
            offer_id=offer.offer_id,
            listing_id=offer.listing_id,
            seller_id=offer.seller_id,
            buyer_id=offer.buyer_id,
            state=offer.state.value,
            price=offer.price,
            currency=offer.currency,
        )
    )


async def _cancel_custody(tx: Transaction, offer: Offer) -> None:
    assert offer.custody_id is not None  # noqa: S101  (the caller looked)
    async with tx.across():
        deal = await store_deals.deal_across(tx, offer.seller_id, "custody", offer.custody_id, locked=True)
    if deal is None:
        return
    custody = deal.read(Custody)
    if custody.state in _ON_THE_WAY:
        if tx.scope is not None and tx.scope.operator_id in (custody.seller_id, custody.buyer_id):
            await passports.withdraw(tx, tx.scope, custody)
        await save_custody(tx, replace(custody, state=custody_after(custody.state, "stop")), clock_in=True)


async def save_custody(tx: Transaction, custody: Custody, *, clock_in: bool = False) -> Custody:
    """Both halves of a hand-over, and what happened to it; `clock_in` notes when the state began."""
    times = {**custody.times, custody.state.value: clock.now()} if clock_in else custody.times
    kept = replace(custody, times=times)
    async with tx.across():
        await store_deals.save_deal_across(
            tx, kept.transfer_id, [kept.seller_id, kept.buyer_id], kept.state.value, kept
        )
    await tx.record(
        CustodyChanged(
            transfer_id=kept.transfer_id,
            battery_id=kept.battery_id,
            seller_id=kept.seller_id,
            buyer_id=kept.buyer_id,
            state=kept.state.value,
            passport_id=kept.passport_id,
        )
    )
    return kept


async def _set_packs_aside(tx: Transaction, scope: OperatorScope, battery_id: UUID) -> None:
    """A pack whose battery failed leaves the round at once."""
    for pool_id, pack_id in await store_deals.packs_of_battery(tx, scope, battery_id):
        row = (await store_deals.packs_locked(tx, scope, pool_id, [pack_id]))[pack_id]
        issued = row.body.state is PackState.ISSUED  # it is set aside when it comes back
        state = PackState.ISSUED if issued else PackState.QUARANTINE
        pack = replace(row.body, state=state, verdict=Verdict.VETO)
        await store_deals.save_pack(tx, scope, pool_id, pack, row.holder, battery_id)
