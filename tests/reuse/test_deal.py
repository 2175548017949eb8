"""The way of a battery from listing to its next holder, and every way in which it must not go."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from tests.reuse.conftest import Trade, diagnosis, later
from tests.reuse.samples import evidence_of

from meguri.health import service as health
from meguri.health.events import BatteryDiagnosed
from meguri.health.model import Chemistry, Level, Result, Status
from meguri.kernel import clock
from meguri.kernel.errors import Refusal
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.passport import service as passports
from meguri.proof import keyring
from meguri.proof.data_integrity import proofs_of, verifies
from meguri.proof.multikey import from_multikey
from meguri.reuse import errors
from meguri.reuse.findings import soh_of
from meguri.reuse.gate import GateEvidence, Verdict
from meguri.reuse.jobs import end_listing, end_offer
from meguri.reuse.records import (
    Counter,
    Custody,
    CustodyDocument,
    CustodyState,
    Licence,
    ListingKind,
    ListingState,
    LoweredVerdict,
    NewEvidence,
    NewListing,
    NewOffer,
    OfferState,
)
from meguri.reuse.service import batteries, certificates, custody, licences, listings, offers
from meguri.storage.audit import PLATFORM
from meguri.telemetry import service as telemetry
from meguri.telemetry.events import SegmentArrived
from meguri.telemetry.model import BatteryInput, NamePlate

pytestmark = pytest.mark.anyio


def today(quantity: str, value: bool | float) -> NewEvidence:
    found = evidence_of(quantity, value)
    return NewEvidence(findings=(replace(found, at=clock.today(), evidence_id=f"{quantity}:{clock.now()}"),))


async def handed_over(trade: Trade, seller: Any, buyer: Any, transfer_id: Any) -> Custody:
    """All steps from the accepted offer to the receipt."""
    for scope in (seller, buyer):
        await trade.run(scope, custody.sign, transfer_id)
    for kind in ("un_38_3_summary", "packing_class", "manifest"):
        await trade.run(seller, custody.add_document, transfer_id, CustodyDocument(kind=kind, reference="doc-1"))
    await trade.run(seller, custody.ship, transfer_id)
    found: Custody = await trade.run(buyer, custody.receive, transfer_id)
    return found


async def test_a_full_deal_moves_custody_ownership_evidence_and_passport_and_both_see_it(trade: Trade) -> None:
    seller, buyer = await trade.company("売手"), await trade.company("買手")
    listing = await trade.listed(seller, passport=True)
    offer = await trade.offered(buyer, listing)
    countered = await trade.run(seller, offers.counter, offer.offer_id, Counter(price=295_000))
    assert (countered.state, countered.price, countered.turn) == (OfferState.COUNTERED, 295_000, buyer.operator_id)
    accepted = await trade.run(buyer, offers.accept, offer.offer_id)
    assert accepted.custody_id is not None
    assert (await trade.run(seller, listings.own, listing.listing_id)).state is ListingState.RESERVED
    received = await handed_over(trade, seller, buyer, accepted.custody_id)
    assert received.state is CustodyState.RECEIVED
    assert (await trade.run(seller, listings.own, listing.listing_id)).state is ListingState.SOLD
    mine, theirs = [await trade.run(one, batteries.get, listing.battery_id) for one in (seller, buyer)]
    assert (mine.held, mine.owner_id) == (False, buyer.operator_id)
    assert (theirs.held, theirs.owner_id, theirs.verdict) == (True, buyer.operator_id, Verdict.PASS)
    passport = await trade.run(buyer, _passport, theirs.passport_id)
    assert passport.operator_id == buyer.operator_id
    assert {(await trade.run(one, custody.get, accepted.custody_id)).state for one in (seller, buyer)} == {
        CustodyState.RECEIVED
    }


async def test_both_signatures_of_a_hand_over_verify_with_the_companies_keys(trade: Trade) -> None:
    seller, buyer = await trade.company("売手"), await trade.company("買手")
    offer = await trade.offered(buyer, await trade.listed(seller))
    accepted = await trade.run(seller, offers.accept, offer.offer_id)
    signed = await trade.run(buyer, custody.sign, accepted.custody_id)
    assert signed.state is CustodyState.ACCEPTED
    for one, scope in zip(signed.signatures, (seller, buyer), strict=True):
        keys = await trade.run(scope, _keys)
        proof = proofs_of(one.document)[0]
        assert verifies(one.document, proof, from_multikey(keys[0].multikey))  # type: ignore[arg-type]
        assert one.document["price"] == offer.price


async def _passport(tx: Any, _: Any, passport_id: Any) -> Any:
    return await passports.known(tx, str(passport_id))


async def _keys(tx: Any, scope: Any) -> Any:
    return await keyring.keys(tx, scope.operator_id)


async def test_fifty_parallel_accepts_of_one_offer_make_one_reservation(trade: Trade) -> None:
    seller, buyer = await trade.company("売手"), await trade.company("買手")
    offer = await trade.offered(buyer, await trade.listed(seller))
    answers = await asyncio.gather(*(trade.run(seller, offers.accept, offer.offer_id) for _ in range(50)))
    assert len({answer.custody_id for answer in answers}) == 1
    held = await trade.run(seller, custody.page)
    assert [one.offer_id for one in held.items] == [offer.offer_id]


async def test_of_two_buyers_at_once_one_gets_it_and_the_other_is_told(trade: Trade) -> None:
    seller, first, second = [await trade.company(name) for name in ("売手", "甲", "乙")]
    listing = await trade.listed(seller)
    made = [await trade.offered(buyer, listing, price) for buyer, price in ((first, 290_000), (second, 285_000))]
    answers = await asyncio.gather(
        *(trade.run(seller, offers.accept, offer.offer_id) for offer in made), return_exceptions=True
    )
    refused = [answer for answer in answers if isinstance(answer, Refusal)]
    assert len(refused) == 1
    assert refused[0].code in ("STATE_TRANSITION", "LISTING_NOT_FOUND")
    after = [await trade.run(seller, offers.get, offer.offer_id) for offer in made]
    states = sorted(offer.state.value for offer in after)
    assert states == ["accepted", "rejected"]


async def test_a_cell_above_the_limit_withdraws_the_listing_and_refuses_a_parallel_accept(trade: Trade) -> None:
    seller, buyer = await trade.company("売手"), await trade.company("買手")
    listing = await trade.listed(seller)
    offer = await trade.offered(buyer, listing)
    too_high = today("max_cell_voltage_v", 4.26)
    answers = await asyncio.gather(
        trade.run(seller, batteries.add_evidence, listing.battery_id, too_high),
        trade.run(seller, offers.accept, offer.offer_id),
        return_exceptions=True,
    )
    after = await trade.run(seller, listings.own, listing.listing_id)
    ended = await trade.run(buyer, offers.get, offer.offer_id)
    assert (after.state, ended.state) == (ListingState.WITHDRAWN, OfferState.REJECTED)
    assert "G10" in (after.why or "")
    assert (await trade.run(seller, batteries.get, listing.battery_id)).verdict is Verdict.VETO
    if not isinstance(answers[1], Refusal):  # it was accepted first: then the hand-over is cancelled
        found = await trade.run(seller, custody.get, answers[1].custody_id)
        assert found.state is CustodyState.CANCELLED


async def test_a_battery_with_an_open_veto_is_sold_for_reuse_by_no_route(trade: Trade) -> None:
    seller, buyer = await trade.company("売手"), await trade.company("買手")
    offer = await trade.offered(buyer, await trade.listed(seller))
    listing = offer.listing
    accepted = await trade.run(seller, offers.accept, offer.offer_id)
    battery_id = accepted.battery_id
    for scope in (seller, buyer):
        await trade.run(scope, custody.sign, accepted.custody_id)
    for kind in ("un_38_3_summary", "packing_class"):
        await trade.run(seller, custody.add_document, accepted.custody_id, CustodyDocument(kind=kind, reference="d"))
    await trade.run(seller, custody.ship, accepted.custody_id)
    await trade.run(seller, batteries.add_evidence, battery_id, today("visual_ok", False))
    routes = [
        (buyer, custody.receive, accepted.custody_id),
        (seller, custody.ship, accepted.custody_id),
        (seller, offers.accept, offer.offer_id),
        (buyer, offers.submit, NewOffer(listing_id=listing.listing_id, price=1)),
        (seller, listings.publish, listing.listing_id),
        (seller, listings.create, NewListing(battery_id=battery_id, price=1, publish=True)),
        (seller, listings.create, NewListing(battery_id=battery_id, price=1, kind=ListingKind.AS_IS, publish=True)),
    ]
    for scope, route, what in routes:
        with pytest.raises(Refusal):
            await trade.run(scope, route, what)
    assert (await trade.run(seller, batteries.get, battery_id)).owner_id == seller.operator_id
    assert (await trade.run(buyer, custody.get, accepted.custody_id)).state is CustodyState.CANCELLED


async def test_a_failed_battery_goes_as_feedstock_to_a_licensed_recycler_only(trade: Trade) -> None:
    seller, dealer, recycler = [await trade.company(name) for name in ("売手", "販売店", "再資源化")]
    licence = Licence(number="第1号", authority="千葉県", valid_until=date(2099, 3, 31))
    await trade.run(recycler, licences.register, licence)
    battery = await trade.held(seller, passport=True)
    await trade.run(seller, batteries.add_evidence, battery.battery_id, today("visual_ok", False))
    asked = NewListing(battery_id=battery.battery_id, price=20_000, kind=ListingKind.FEEDSTOCK, publish=True)
    listing = await trade.run(seller, listings.create, asked)
    desk = OperatorScope(PLATFORM, "desk")
    for company in (dealer, recycler):  # a licence that nobody has checked is none
        assert listing.listing_id not in {one.listing_id for one in (await trade.run(company, listings.market)).items}
        with pytest.raises(errors.ListingNotFound):
            await trade.offered(company, listing, 30_000)
    await trade.run(desk, licences.check, recycler.operator_id, "第1号", "許可証の写しを見た")
    offer = await trade.offered(recycler, listing, 20_000)
    accepted = await trade.run(seller, offers.accept, offer.offer_id)
    await handed_over(trade, seller, recycler, accepted.custody_id)
    passport = await trade.run(recycler, _passport, battery.passport_id)
    assert (passport.operator_id, passport.life) == (recycler.operator_id, "waste")


async def test_what_cannot_be_assessed_is_offered_as_it_is_with_that_word(trade: Trade) -> None:
    seller = await trade.company("売手")
    battery = await trade.held(seller, without=("resistance",))
    with pytest.raises(errors.GateNotAssessable):
        await trade.run(seller, listings.create, NewListing(battery_id=battery.battery_id, price=1, publish=True))
    asked = NewListing(battery_id=battery.battery_id, price=90_000, kind=ListingKind.AS_IS, publish=True)
    listing = await trade.run(seller, listings.create, asked)
    assert (listing.shown.verdict, listing.shown.soh) == (Verdict.NOT_ASSESSABLE, None)


async def test_publishing_for_reuse_needs_a_certificate_in_force_and_the_own_battery(trade: Trade) -> None:
    seller, other = await trade.company("売手"), await trade.company("他社")
    battery = await trade.held(seller)
    asked = NewListing(battery_id=battery.battery_id, price=1, publish=True)
    with pytest.raises(errors.StateTransition):
        await trade.run(seller, listings.create, asked)
    await trade.certified(seller, battery.battery_id)
    with pytest.raises(errors.BatteryNotFound):
        await trade.run(other, listings.create, asked)
    draft = await trade.run(seller, listings.create, replace(asked, publish=False))
    with later(days=91), pytest.raises((errors.StateTransition, errors.GateNotAssessable)):
        await trade.run(seller, listings.publish, draft.listing_id)


async def test_one_battery_has_one_open_listing(trade: Trade) -> None:
    seller = await trade.company("売手")
    listing = await trade.listed(seller)
    with pytest.raises(errors.StateTransition):
        await trade.run(seller, listings.create, NewListing(battery_id=listing.battery_id, price=5, publish=True))


async def test_each_side_acts_in_its_turn_and_a_closed_offer_stays_closed(trade: Trade) -> None:
    seller, buyer, third = [await trade.company(name) for name in ("売手", "買手", "第三者")]
    listing = await trade.listed(seller)
    offer = await trade.offered(buyer, listing)
    with pytest.raises(errors.NotYourTurn):
        await trade.run(buyer, offers.accept, offer.offer_id)
    with pytest.raises(errors.NotYourTurn):
        await trade.run(buyer, offers.counter, offer.offer_id, Counter(price=1))
    with pytest.raises(errors.OfferNotFound):
        await trade.run(third, offers.get, offer.offer_id)
    with pytest.raises(errors.OwnListing):
        await trade.offered(seller, listing)
    with pytest.raises(errors.StateTransition):
        await trade.offered(buyer, listing)
    await trade.run(buyer, offers.withdraw, offer.offer_id)
    for scope, step in ((seller, offers.accept), (seller, offers.reject), (buyer, offers.withdraw)):
        with pytest.raises(errors.StateTransition):
            await trade.run(scope, step, offer.offer_id)


async def test_it_travels_only_with_its_documents_and_in_order(trade: Trade) -> None:
    seller, buyer = await trade.company("売手"), await trade.company("買手")
    offer = await trade.offered(buyer, await trade.listed(seller))
    accepted = await trade.run(seller, offers.accept, offer.offer_id)
    for scope, step in ((seller, custody.ship), (buyer, custody.receive), (buyer, custody.close)):
        with pytest.raises(errors.StateTransition):
            await trade.run(scope, step, accepted.custody_id)
    await trade.run(buyer, custody.sign, accepted.custody_id)
    with pytest.raises(errors.DocumentsMissing) as refused:
        await trade.run(seller, custody.ship, accepted.custody_id)
    assert "un_38_3_summary" in refused.value.sentence("en")
    with pytest.raises(errors.NotYourTurn):
        await trade.run(buyer, custody.ship, accepted.custody_id)


async def test_a_step_that_is_sent_again_creates_nothing_twice(trade: Trade) -> None:
    seller, buyer = await trade.company("売手"), await trade.company("買手")
    offer = await trade.offered(buyer, await trade.listed(seller))
    accepted = await trade.run(seller, offers.accept, offer.offer_id)
    first = await handed_over(trade, seller, buyer, accepted.custody_id)
    assert await trade.run(buyer, custody.receive, accepted.custody_id) == first
    closed = await trade.run(buyer, custody.close, accepted.custody_id)
    assert await trade.run(buyer, custody.close, accepted.custody_id) == closed
    assert len((await trade.run(buyer, batteries.page)).items) == 1


async def test_a_dispute_is_raised_by_the_buyer_after_receipt(trade: Trade) -> None:
    seller, buyer = await trade.company("売手"), await trade.company("買手")
    offer = await trade.offered(buyer, await trade.listed(seller))
    accepted = await trade.run(seller, offers.accept, offer.offer_id)
    await handed_over(trade, seller, buyer, accepted.custody_id)
    with pytest.raises(errors.NotYourTurn):
        await trade.run(seller, custody.dispute, accepted.custody_id, "x")
    disputed = await trade.run(buyer, custody.dispute, accepted.custody_id, "ケースに傷")
    assert (disputed.state, disputed.dispute) == (CustodyState.DISPUTED, "ケースに傷")
    assert (await trade.run(buyer, custody.close, accepted.custody_id)).state is CustodyState.CLOSED


async def test_stepping_back_before_shipping_opens_the_listing_again(trade: Trade) -> None:
    seller, buyer = await trade.company("売手"), await trade.company("買手")
    listing = await trade.listed(seller, passport=True)
    accepted = await trade.run(seller, offers.accept, (await trade.offered(buyer, listing)).offer_id)
    await trade.run(buyer, custody.cancel, accepted.custody_id)
    assert (await trade.run(seller, listings.own, listing.listing_id)).state is ListingState.PUBLISHED


async def test_listings_end_after_90_days_and_offers_after_seven(trade: Trade) -> None:
    seller, buyer = await trade.company("売手"), await trade.company("買手")
    listing = await trade.listed(seller)
    offer = await trade.offered(buyer, listing)
    with later(days=8):
        with pytest.raises(errors.StateTransition):
            await trade.run(seller, offers.accept, offer.offer_id)
        await trade.run(seller, end_offer, offer)
    assert (await trade.run(buyer, offers.get, offer.offer_id)).state is OfferState.EXPIRED
    with later(days=91):
        with pytest.raises(errors.ListingNotFound):
            await trade.run(buyer, listings.on_market, listing.listing_id)
        await trade.run(seller, end_listing, listing)
    assert (await trade.run(seller, listings.own, listing.listing_id)).state is ListingState.EXPIRED


async def test_the_market_shows_public_fields_of_others_only(trade: Trade) -> None:
    seller, buyer = await trade.company("売手"), await trade.company("買手")
    listing = await trade.listed(seller)
    shown = next(one for one in (await trade.run(buyer, listings.market)).items if one.listing_id == listing.listing_id)
    assert shown.shown.soh is not None
    assert shown.shown.soh.lower == pytest.approx(78.9)
    assert not hasattr(shown, "battery_id")
    assert "serial" not in repr(shown)
    with pytest.raises(errors.ListingNotFound):
        await trade.run(buyer, listings.own, listing.listing_id)


async def test_a_person_lowers_a_verdict_with_a_reason_until_new_evidence(trade: Trade) -> None:
    seller = await trade.company("売手")
    listing = await trade.listed(seller)
    said = LoweredVerdict(verdict=Verdict.VETO, reason="異音がする")
    lowered = await trade.run(seller, batteries.lower, listing.battery_id, said)
    assert lowered.verdict is Verdict.VETO
    assert (await trade.run(seller, listings.own, listing.listing_id)).state is ListingState.WITHDRAWN
    with pytest.raises(Refusal):
        better = LoweredVerdict(verdict=Verdict.PASS, reason="大丈夫")
        await trade.run(seller, batteries.lower, listing.battery_id, better)
    again = await trade.run(seller, batteries.add_evidence, listing.battery_id, today("visual_ok", True))
    assert again.verdict is Verdict.PASS


async def test_an_owner_elsewhere_sees_what_becomes_of_the_battery_and_only_he_may_sell(trade: Trade) -> None:
    owner, garage = await trade.company("リース"), await trade.company("整備")
    battery = await trade.held(garage, owner_id=owner.operator_id)
    with pytest.raises(errors.NotHeld):
        await trade.run(garage, listings.create, NewListing(battery_id=battery.battery_id, price=1))
    await trade.run(garage, batteries.add_evidence, battery.battery_id, today("visual_ok", False))
    assert (await trade.run(owner, batteries.get, battery.battery_id)).verdict is Verdict.VETO


async def test_a_harmful_event_in_the_passport_closes_the_gate_and_a_veto_writes_one(trade: Trade) -> None:
    seller = await trade.company("売手")
    listing = await trade.listed(seller, passport=True)
    battery = await trade.run(seller, batteries.get, listing.battery_id)
    await trade.run(seller, passports.record_event, str(battery.passport_id), type="water_ingress", severity="major")
    assert (await trade.run(seller, batteries.get, listing.battery_id)).verdict is Verdict.VETO
    assert (await trade.run(seller, listings.own, listing.listing_id)).state is ListingState.WITHDRAWN
    other = await trade.listed(seller, passport=True)
    await trade.run(seller, batteries.add_evidence, other.battery_id, today("max_cell_voltage_v", 4.26))
    held = await trade.run(seller, batteries.get, other.battery_id)
    record = await trade.run(seller, _passport, held.passport_id)
    assert [event["type"] for event in record.own["negative_events"]] == ["overcharge"]


async def test_the_latest_certificate_is_what_the_market_sees(trade: Trade) -> None:
    seller = await trade.company("売手")
    listing = await trade.listed(seller)
    first = listing.shown.certificate_id
    again = await trade.run(seller, certificates.issue, listing.battery_id, diagnosis(70.0, 66.0, 74.0))
    old = await trade.run(seller, certificates.own, first)
    assert (old.state, old.superseded_by, old.flag) == ("superseded", again.certificate_id, "LATER_RESULT_WORSE")


def test_the_evidence_of_a_certificate_is_evidence_of_the_gate() -> None:
    from meguri.reuse.findings import findings_of, soh_of

    found = findings_of(diagnosis().results, date(2026, 1, 10), "c:1")
    assert {item.quantity for item in found} == {"soh_capacity", "capacity", "rest_spread"}
    soh = soh_of(found)
    assert soh is not None
    assert (soh.value, soh.lower, soh.upper) == (82.0, 78.9, 85.1)
    assert all(isinstance(item, GateEvidence) for item in found)


async def test_a_stretch_of_measurements_above_the_limit_closes_the_gate_and_a_quiet_one_does_not_open_it(
    trade: Trade,
) -> None:
    firm = await trade.company("甲")
    plate = NamePlate(level=Level.PACK, chemistry=Chemistry.NMC)
    watched = await trade.run(firm, telemetry.add, BatteryInput(label=f"w-{new_id()}", plate=plate))
    listing = await trade.listed(firm, telemetry_id=watched.battery_id)
    assert listing.battery_id == watched.battery_id
    for volt, verdict in ((4.19, Verdict.PASS), (4.26, Verdict.VETO), (4.1, Verdict.VETO)):
        await trade.run(firm, _arrive, watched.battery_id, volt)
        assert (await trade.run(firm, batteries.get, watched.battery_id)).verdict is verdict
    assert (await trade.run(firm, listings.own, listing.listing_id)).state is ListingState.WITHDRAWN


async def _arrive(tx: Any, _: Any, battery_id: Any, volt: float) -> None:
    event = SegmentArrived(
        battery_id=battery_id, record_id=new_id(), sha256="0" * 64, stored=10, flags=(), max_cell_volt=volt
    )
    await tx.record(event)


async def test_results_of_health_are_evidence_and_methods_that_disagree_leave_the_capacity_open(trade: Trade) -> None:
    firm = await trade.company("甲")
    plate = NamePlate(level=Level.PACK, chemistry=Chemistry.NMC, rated_capacity_ah=114.0)
    watched = await trade.run(firm, telemetry.add, BatteryInput(label=f"h-{new_id()}", plate=plate))
    await trade.held(firm, telemetry_id=watched.battery_id, without=("capacity", "soh"))
    told = {"battery_id": watched.battery_id, "source": "assessment"}
    agreed = BatteryDiagnosed(source_id=new_id(), soh=83.0, soh_lower=80.0, soh_upper=86.0, **told)
    await trade.run(firm, _tell, agreed)
    stored = [one.finding for one in await trade.run(firm, batteries.evidence, watched.battery_id)]
    soh = soh_of(stored)
    assert soh is not None
    assert (soh.value, soh.lower, soh.upper) == (83.0, 80.0, 86.0)
    assert (await trade.run(firm, batteries.get, watched.battery_id)).verdict is Verdict.NOT_ASSESSABLE


async def _tell(tx: Any, _: Any, event: Any) -> None:
    await tx.record(event)


async def test_a_battery_with_a_history_is_valued_by_its_own_pace_of_ageing(trade: Trade) -> None:
    firm = await trade.company("甲")
    plate = NamePlate(level=Level.PACK, chemistry=Chemistry.NMC, rated_capacity_ah=114.0)
    watched = await trade.run(firm, telemetry.add, BatteryInput(label=f"o-{new_id()}", plate=plate))
    await trade.held(firm, telemetry_id=watched.battery_id)

    async def told() -> tuple[tuple[float, float] | None, tuple[str, ...]]:
        held = await trade.run(firm, batteries.get, watched.battery_id)
        decision = await trade.run(firm, batteries.assess, watched.battery_id)
        assert decision is not None
        return await trade.run(firm, batteries.fade_of, held), decision.valuation.warnings

    fade, assumed = await told()
    assert fade is None
    assert "DEFAULT_FADE" in assumed
    for days_ago, value in ((1095, 100.0), (915, 94.5), (730, 91.3), (365, 85.9), (0, 82.0)):
        soh = Result(
            quantity="soh_capacity", value=value, lower=value - 1, upper=value + 1, unit="%", method="capacity_full",
            status=Status.OK,
        )  # fmt: skip
        at = clock.now() - timedelta(days=days_ago)
        await trade.run(firm, health.record, watched.battery_id, new_id(), "assessment", [soh], at)
    fade, assumed = await told()
    assert fade is not None
    assert 0.005 < fade[0] < 0.06
    assert fade[1] > 0
    assert "DEFAULT_FADE" not in assumed
