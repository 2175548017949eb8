"""The market: grades with their reasons, matches, one contract for one lot, and material and credit that arrive together."""

import asyncio
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest

from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.operators import plants
from meguri.operators.model import PlantInput
from meguri.recycling import errors, ledger, store
from meguri.recycling.claiming import DocumentInput
from meguri.recycling.grading import Graded
from meguri.recycling.market import OfferInput, WantInput
from meguri.recycling.pages_market import typed_limits
from meguri.recycling.records import SiteInput
from meguri.recycling.service import lots, runs, sites, trading
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
    await buyer.run(trading.want, msgspec.structs.replace(said, most_price=None, most_cfp_kg=None, form="powder"))
    assert [m.against for m in (await buyer.run(trading.matches))[0][1] if m.offer.offer_id == offered.offer_id] == [
        ["form: ?"]
    ]


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
    for side in (seller, buyer):
        for booked in await side.run(store.runs_page, before=None, rows=50):
            if booked.note.get("deal_id"):
                with pytest.raises(errors.StateTransition):
                    await side.run(runs.reverse, booked.run_id, "back")
    outputs = [{"lot": lot("CAM", "cathode_active_material", 50, {"Li": "9.3"}), **POINT}]
    start = {"start_at": clock.now(), "end_at": clock.now(), "losses": [{"closes": True}]}
    await buyer.run(runs.post, run(buyer.site_id, "C", "cam_synthesis", [theirs.lot_id], outputs, **start))
    assert await left(buyer) == credit


async def test_the_buyer_says_where_the_lot_goes_and_the_seller_need_not_know_the_id(recycler: MakeRecycler) -> None:
    seller, buyer = await recycler("再生"), await recycler("正極材")
    second = (
        await buyer.run(plants.register, PlantInput(name="第二工場", address="福岡県", open_plant_id="A000009"))
    ).plant_id
    salt = await carbonate(seller, GOOD)
    offered = await seller.run(trading.offer, OfferInput(lot_id=salt.lot_id, price=2000))
    with pytest.raises(errors.SiteNotFound):
        await buyer.run(trading.propose, offered.offer_id, 2000, seller.site_id)
    deal = await buyer.run(trading.propose, offered.offer_id, 2000)  # has two sites: none is meant unless it is said
    await seller.run(trading.accept, deal.deal_id, seller.site_id)
    assert (await seller.run(trading.get, deal.deal_id)).site_id is None
    with pytest.raises(errors.UnusableInput, match="buyer_site_id"):
        await seller.run(trading.ship, deal.deal_id)
    with pytest.raises(errors.StateTransition):
        await seller.run(trading.name_site, deal.deal_id, seller.site_id)
    named = await buyer.run(trading.name_site, deal.deal_id, second)
    assert (named.site_id, named.site_name) == (second, "第二工場")
    with pytest.raises(errors.UnusableInput, match="第二工場"):
        await seller.run(trading.ship, deal.deal_id, buyer.site_id)
    shipped = await seller.run(trading.ship, deal.deal_id)
    theirs = await buyer.run(lots.get, (await buyer.run(trading.get, deal.deal_id)).lot_id)
    assert (shipped.state, theirs.site_id) == ("shipped", second)
    with pytest.raises(errors.StateTransition):
        await buyer.run(trading.name_site, deal.deal_id, buyer.site_id)


async def test_a_buyer_with_one_site_need_not_name_it(recycler: MakeRecycler) -> None:
    seller, buyer = await recycler("再生"), await recycler("正極材")
    salt = await carbonate(seller, GOOD)
    offered = await seller.run(trading.offer, OfferInput(lot_id=salt.lot_id, price=2000))
    deal = await buyer.run(trading.propose, offered.offer_id, 2000)
    assert deal.site_id == buyer.site_id
    await seller.run(trading.accept, deal.deal_id)
    assert (await seller.run(trading.ship, deal.deal_id)).state == "shipped"


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


async def test_waste_packs_are_wanted_as_feedstock_and_ship_only_with_their_documents(recycler: MakeRecycler) -> None:
    seller, buyer = await recycler("解体"), await recycler("再生")
    said = lot("W", "waste_pack", 500, {"Ni": "20"}, is_waste=True, waste_code="16 06 05")
    pack = await seller.run(lots.receive, delivery(seller.site_id, said))
    offered = await seller.run(trading.offer, OfferInput(lot_id=pack.lot_id, price=300))
    await buyer.run(trading.want, WantInput(material="waste_pack", kg_per_month=kg(5000), most_price=350))
    match = next(m for m in (await buyer.run(trading.matches))[0][1] if m.offer.offer_id == offered.offer_id)
    assert (match.fits, match.against) == (True, [])
    deal = await buyer.run(trading.propose, offered.offer_id, 300)
    await seller.run(trading.accept, deal.deal_id)
    with pytest.raises(errors.DocumentsMissing):
        await seller.run(trading.ship, deal.deal_id, buyer.site_id)
    assert (await seller.run(lots.get, pack.lot_id)).left_kg == 500
    for kind in ("weighing_slip", "wide_area_certificate", "electronic_manifest", "safety_data"):
        await seller.run(sites.add_document, DocumentInput(kind=kind, number=f"{kind}-1", lot_id=pack.lot_id))
    lapsed = SiteInput(permit_no="許可1", permit_valid_to=date(2026, 1, 31))
    await seller.run(sites.change, seller.site_id, lapsed)
    with pytest.raises(errors.PermitExpired):
        await seller.run(trading.ship, deal.deal_id, buyer.site_id)
    assert (await seller.run(lots.get, pack.lot_id)).left_kg == 500
    await seller.run(sites.change, seller.site_id, SiteInput(permit_no="許可1"))
    assert (await seller.run(trading.ship, deal.deal_id, buyer.site_id)).state == "shipped"


async def test_black_mass_of_the_union_that_is_sold_goes_only_where_it_may(recycler: MakeRecycler) -> None:
    seller, buyer = await recycler("再生"), await recycler("精錬")
    await seller.run(sites.change, seller.site_id, SiteInput(country="DE"))
    await buyer.run(sites.change, buyer.site_id, SiteInput(country="CN"))
    said = lot("BM", "black_mass", 100, {"Ni": "10"}, is_waste=True, waste_code="19 14 02*")
    held = await seller.run(lots.receive, delivery(seller.site_id, said))
    offered = await seller.run(trading.offer, OfferInput(lot_id=held.lot_id, price=300))
    deal = await buyer.run(trading.propose, offered.offer_id, 300)
    await seller.run(trading.accept, deal.deal_id)
    with pytest.raises(errors.ExportBan):
        await seller.run(trading.ship, deal.deal_id, buyer.site_id)
    assert (await seller.run(trading.get, deal.deal_id)).state == "accepted"
    assert (await seller.run(lots.get, held.lot_id)).left_kg == 100


async def test_moisture_and_particle_size_are_limits_like_any_other(recycler: MakeRecycler) -> None:
    seller, buyer = await recycler("再生"), await recycler("精錬")
    black = lot("BM", "black_mass", 100, {"Ni": "20"}, moisture_pct="8")
    held = await seller.run(lots.receive, delivery(seller.site_id, black))
    held = await seller.run(lots.analysed, held.lot_id, {"D50": kg(20)}, held.version)
    offered = await seller.run(trading.offer, OfferInput(lot_id=held.lot_id, price=900))
    typed = {
        "limit-0-analyte": "moisture", "limit-0-unit": "wt%", "limit-0-least": "", "limit-0-most": "５",
        "limit-2-analyte": "D50", "limit-2-unit": "um", "limit-2-least": "10", "limit-2-most": "", "limit-3-unit": "ppm",
    }  # fmt: skip
    limits, wrong = typed_limits(typed, "ja")
    assert wrong == {}
    assert limits == [
        {"analyte": "moisture", "unit": "wt%", "most": "5"}, {"analyte": "D50", "unit": "um", "least": "10"}
    ]  # fmt: skip
    await buyer.run(
        trading.want, msgspec.convert({"material": "black_mass", "kg_per_month": "9", "limits": limits}, WantInput)
    )
    match = next(m for m in (await buyer.run(trading.matches))[0][1] if m.offer.offer_id == offered.offer_id)
    assert [(b.analyte, b.found, b.most) for b in match.broken] == [("moisture", 8, 5)]
    for row, field in (
        ({"analyte": "Fe"}, "most"), ({"analyte": "Fe", "most": "much"}, "most"), ({"most": "3"}, "analyte"),
        ({"analyte": "Fe", "least": "5", "most": "3"}, "most"), ({"analyte": "Fe", "least": "NaN"}, "least"),
    ):  # fmt: skip
        _, errors_ = typed_limits({f"limit-7-{name}": typed for name, typed in row.items()}, "en")
        assert list(errors_) == [f"limit-0-{field}"]


async def contracted(seller: Recycler, buyer: Recycler, lot_id: UUID) -> UUID:
    offered = await seller.run(trading.offer, OfferInput(lot_id=lot_id, price=900))
    deal = await buyer.run(trading.propose, offered.offer_id, 900)
    return UUID(str((await seller.run(trading.accept, deal.deal_id)).deal_id))


@pytest.mark.parametrize(
    ("state", "how", "ships"),
    [("intact", {}, False), ("intact", {"packing": "P909"}, True), ("intact", {"packing": "P908"}, False),
     ("intact", {"packing": "P909", "mode": "sea"}, True), ("intact", {"packing": "P909", "mode": "air"}, False),
     ("damaged_noncritical", {"packing": "LP904"}, True), ("damaged_critical", {"packing": "P911"}, False),
     ("damaged_critical", {"packing": "P911", "approval_no": "JP-7"}, True)],
)  # fmt: skip
async def test_a_sold_battery_travels_by_a_packing_instruction_that_fits_its_state(
    recycler: MakeRecycler, state: str, how: dict[str, str], ships: bool
) -> None:
    seller, buyer = await recycler("再生"), await recycler("精錬")
    pack = lot("P", "waste_pack", 300, {"Ni": "20"}, hazard={"un": "UN3480", "defect_class": state}, is_waste=True)
    held = await seller.run(lots.receive, delivery(seller.site_id, pack))
    for kind in ("weighing_slip", "manifest", "safety_data", "consignor_permit", "consignee_permit", "carrier_permit"):
        await seller.run(sites.add_document, DocumentInput(kind=kind, number=f"{kind}-1", lot_id=held.lot_id))
    deal_id = await contracted(seller, buyer, held.lot_id)
    waiting = await seller.run(trading.deals)
    assert set(await seller.run(trading.packings, waiting)) == {deal_id}
    assert await buyer.run(trading.packings, await buyer.run(trading.deals)) == {}
    carriage = trading.Carriage(**how)
    if not ships:
        with pytest.raises(errors.TransportForbidden):
            await seller.run(trading.ship, deal_id, buyer.site_id, carriage)
        assert (await seller.run(lots.get, held.lot_id)).left_kg == 300
        return
    shipped = await seller.run(trading.ship, deal_id, buyer.site_id, carriage)
    assert shipped.history[-1]["packing"] == how["packing"]
    told = (await buyer.run(trading.get, deal_id)).history[-1]
    assert (told["un"], told.get("approval_no")) == ("UN3480", how.get("approval_no"))


async def test_the_lots_own_packing_instruction_holds_and_what_is_no_battery_needs_none(recycler: MakeRecycler) -> None:
    seller, buyer = await recycler("再生"), await recycler("精錬")
    own = {"un": "UN3480", "packing_instruction": "LP903"}
    ready = lot("P", "waste_pack", 300, {"Ni": "20"}, hazard=own, is_waste=False)
    salt = lot("S", "salt", 10, {"Ni": "2"}, is_waste=False)
    for said in (ready, salt):
        held = await seller.run(lots.receive, delivery(seller.site_id, said))
        shipped = await seller.run(trading.ship, await contracted(seller, buyer, held.lot_id), buyer.site_id)
        assert shipped.history[-1].get("packing") == ("LP903" if said is ready else None)
