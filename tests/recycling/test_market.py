"""The market: grades with their reasons, matches, one contract for one lot, and material and credit that arrive together."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from meguri.kernel.ids import new_id
from meguri.recycling import errors, ledger, store
from meguri.recycling.grading import Graded
from meguri.recycling.market import OfferInput, WantInput
from meguri.recycling.service import lots, runs, trading
from recycling.booked import delivery, kg, lot, run
from recycling.conftest import MakeRecycler, Recycler
from recycling.test_claims import POINT, left

pytestmark = pytest.mark.anyio
GOOD = {"Li2CO3": kg("99.6"), "Fe": kg(5), "Na": kg(100), "Ca": kg(20), "SO4": kg(300)}


async def carbonate(r: Recycler, analysis: dict[str, Decimal]) -> Any:
    pack = await r.run(lots.receive, delivery(r.site_id, lot("P", "waste_pack", 1000, {"Li": "11"})))
    outputs = [{"lot": lot("LI", "salt", 50, substance="Li2CO3"), **POINT}]
    done = await r.run(runs.post, run(r.site_id, "H", "leaching", [pack.lot_id], outputs, losses=[{"closes": True}]))
    lot_id = done.lines[1].lot_id
    held = await r.run(lots.get, lot_id)
    return await r.run(lots.analysed, lot_id, analysis, held.version)


async def test_twelve_ppm_of_iron_is_offered_as_below_grade_and_the_match_says_why(recycler: MakeRecycler) -> None:
    seller, buyer = await recycler("再生"), await recycler("正極材")
    salt = await carbonate(seller, {**GOOD, "Fe": kg(12)})
    offered = await seller.run(trading.offer, OfferInput(lot_id=salt.lot_id, price=2000))
    assert offered.grade is Graded.BELOW_GRADE
    assert offered.recycled == {"Li": 1}
    await buyer.run(trading.want, WantInput(material="Li2CO3", kg_per_month=kg(500), most_price=2500))
    match = next(m for m in (await buyer.run(trading.matches))[0][1] if m.offer.offer_id == offered.offer_id)
    assert not match.fits
    assert [(b.analyte, b.found) for b in match.broken] == [("Fe", 12)]


async def test_price_footprint_and_recycled_share_stand_against_a_match(recycler: MakeRecycler) -> None:
    seller, buyer = await recycler("再生"), await recycler("正極材")
    salt = await carbonate(seller, GOOD)
    offered = await seller.run(trading.offer, OfferInput(lot_id=salt.lot_id, price=3000))
    said = WantInput(
        material="Li2CO3", kg_per_month=kg(1), most_price=2500, most_cfp_kg=kg(5), least_recycled_pct=kg(50)
    )
    await buyer.run(trading.want, said)
    match = next(m for m in (await buyer.run(trading.matches))[0][1] if m.offer.offer_id == offered.offer_id)
    assert match.against == ["price: 3000 > 2500", "cfp"]


async def test_two_buyers_accepting_one_lot_make_one_contract(recycler: MakeRecycler) -> None:
    seller, one, two = await recycler("再生"), await recycler("甲"), await recycler("乙")
    salt = await carbonate(seller, GOOD)
    offered = await seller.run(trading.offer, OfferInput(lot_id=salt.lot_id, price=2000))
    deals = []
    for buyer in (one, two):
        first = await buyer.run(trading.propose, offered.offer_id, 1800)
        deals.append((buyer, await seller.run(trading.counter, first.deal_id, 1900)))
    done = await asyncio.gather(
        *(buyer.run(trading.accept, deal.deal_id) for buyer, deal in deals), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in done) == ["Deal", "StateTransition"]
    states = [(await buyer.run(trading.get, deal.deal_id)).state for buyer, deal in deals]
    assert sorted(states) == ["accepted", "proposed"]


async def test_shipping_brings_material_and_credit_to_the_buyer_at_once(recycler: MakeRecycler) -> None:
    seller, buyer = await recycler("再生"), await recycler("正極材")
    salt = await carbonate(seller, GOOD)
    offered = await seller.run(trading.offer, OfferInput(lot_id=salt.lot_id, price=2000))
    deal = await buyer.run(trading.propose, offered.offer_id, 2000)
    await seller.run(trading.accept, deal.deal_id)
    credit = await left(seller)
    with pytest.raises(errors.SiteNotFound):
        await seller.run(trading.ship, deal.deal_id, seller.site_id)
    assert await left(seller) == credit
    shipped = await seller.run(trading.ship, deal.deal_id, buyer.site_id)
    assert shipped.state == "shipped"
    assert (await left(seller), await left(buyer)) == (0, credit)
    theirs = await buyer.run(lots.get, (await buyer.run(trading.get, deal.deal_id)).lot_id)
    assert (theirs.mass_kg, theirs.held["Li"], theirs.sources["Li"]) == (50, kg("9.3925"), {"post_consumer_battery": 1})
    assert (await seller.run(lots.get, salt.lot_id)).left_kg == 0
    for side in (seller, buyer):
        assert ledger.broken_at(await side.run(store.entries, side.site_id, rows=1000)) is None
    with pytest.raises(errors.StateTransition):
        await seller.run(trading.ship, deal.deal_id, buyer.site_id)


async def test_a_stranger_sees_no_deal_and_nobody_buys_his_own(recycler: MakeRecycler) -> None:
    seller, buyer, stranger = await recycler("再生"), await recycler("甲"), await recycler("乙")
    salt = await carbonate(seller, GOOD)
    offered = await seller.run(trading.offer, OfferInput(lot_id=salt.lot_id, price=2000))
    deal = await buyer.run(trading.propose, offered.offer_id, 2000)
    with pytest.raises(errors.LotNotFound):
        await stranger.run(trading.accept, deal.deal_id)
    with pytest.raises(errors.StateTransition):
        await buyer.run(trading.accept, deal.deal_id)
    for who, offer_id in ((seller, offered.offer_id), (buyer, new_id())):
        with pytest.raises(errors.LotNotFound):
            await who.run(trading.propose, offer_id, 1)
    with pytest.raises(errors.StateTransition):
        await seller.run(trading.offer, OfferInput(lot_id=salt.lot_id, price=1))
