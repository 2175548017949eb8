"""An open veto of the safety gate holds on every way on which a battery could go on to others, not only on the market."""

import asyncio
from typing import Any

import pytest
from tests.passport.batteries import GTINS
from tests.reuse.conftest import Trade, later
from tests.reuse.test_deal import today
from tests.reuse.test_services import pool_of, scanned, swapped

from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope
from meguri.passport import errors as passport_errors
from meguri.passport import service as passports
from meguri.passport.model import NewPassport
from meguri.reuse import errors
from meguri.reuse.pool import PackState
from meguri.reuse.records import HeldBattery
from meguri.reuse.service import batteries, custody, offers, pools
from meguri.reuse.service.pools import NewPack
from meguri.storage import Transaction

pytestmark = pytest.mark.anyio
FURTHER_USE = ("sale", "preparation_for_reuse", "preparation_for_repurposing", "repurposing", "remanufacturing")


async def vetoed(trade: Trade, holder: OperatorScope) -> HeldBattery:
    battery = await trade.held(holder, passport=True)
    await trade.run(holder, batteries.add_evidence, battery.battery_id, today("visual_ok", False))
    return battery


def to(buyer: OperatorScope, battery: HeldBattery, reason: str) -> passports.NewTransfer:
    return passports.NewTransfer(dpp_ids=(battery.dpp_id or "",), reason=reason, incoming_operator_id=buyer.operator_id)


async def test_its_passport_alone_goes_to_nobody_for_further_use_but_to_a_recycler_as_waste(trade: Trade) -> None:
    seller, buyer = await trade.company("売手"), await trade.company("買手")
    battery = await vetoed(trade, seller)
    for reason in FURTHER_USE:
        with pytest.raises(passport_errors.SafetyVeto, match="G07"):
            await trade.run(seller, passports.propose_transfer, to(buyer, battery, reason))
    given = await trade.run(seller, passports.propose_transfer, to(buyer, battery, "waste"))
    assert (await trade.run(buyer, passports.accept_transfer, given.transfer_id)).state == "accepted"


async def test_a_transfer_proposed_before_the_veto_is_not_accepted_after_it(trade: Trade) -> None:
    seller, buyer = await trade.company("売手"), await trade.company("買手")
    battery = await trade.held(seller, passport=True)
    given = await trade.run(seller, passports.propose_transfer, to(buyer, battery, "sale"))
    await trade.run(seller, batteries.add_evidence, battery.battery_id, today("visual_ok", False))
    with pytest.raises(passport_errors.SafetyVeto):
        await trade.run(buyer, passports.accept_transfer, given.transfer_id)
    with later(days=1):
        for quantity in ("visual_ok", "no_accident"):  # the veto stands in the passport, too, as damage
            await trade.run(seller, batteries.add_evidence, battery.battery_id, today(quantity, True))
        assert (await trade.run(buyer, passports.accept_transfer, given.transfer_id)).state == "accepted"


async def test_a_parallel_acceptance_of_the_passport_is_before_the_veto_or_refused(trade: Trade) -> None:
    seller, buyer = await trade.company("売手"), await trade.company("買手")
    battery = await trade.held(seller, passport=True)
    given = await trade.run(seller, passports.propose_transfer, to(buyer, battery, "sale"))
    told, taken = await asyncio.gather(
        trade.run(seller, batteries.add_evidence, battery.battery_id, today("visual_ok", False)),
        trade.run(buyer, passports.accept_transfer, given.transfer_id),
        return_exceptions=True,
    )
    assert not isinstance(told, BaseException)
    assert not isinstance(taken, BaseException) or isinstance(taken, passport_errors.SafetyVeto)


async def test_no_succession_makes_a_second_life_of_it(trade: Trade) -> None:
    firm = await trade.company("転用")
    battery = await vetoed(trade, firm)
    for operation in ("prepare_for_reuse", "prepare_for_repurposing", "repurpose", "remanufacture"):
        wanted = passports.Succession(
            operation=operation,
            successors=[
                passports.Successor(
                    passport=NewPassport(gtin=GTINS["stationary"], serial="X1"),
                    predecessors=[passports.Part(dpp_id=battery.dpp_id or "")],
                )
            ],
        )
        with pytest.raises(passport_errors.SafetyVeto):
            await trade.run(firm, passports.succeed, wanted)


async def test_a_stranger_learns_nothing_of_the_veto(trade: Trade) -> None:
    seller, stranger = await trade.company("売手"), await trade.company("他社")
    battery = await vetoed(trade, seller)
    with pytest.raises(Refusal) as refused:
        await trade.run(stranger, passports.propose_transfer, to(seller, battery, "sale"))
    assert not isinstance(refused.value, passport_errors.SafetyVeto)


async def _transfer(tx: Transaction, scope: OperatorScope, transfer_id: Any) -> str:
    return (await passports.transfer(tx, scope, transfer_id)).state


async def test_a_veto_takes_back_the_passport_of_a_hand_over_on_its_way(trade: Trade) -> None:
    seller, buyer = await trade.company("売手"), await trade.company("買手")
    offer = await trade.offered(buyer, await trade.listed(seller, passport=True))
    accepted = await trade.run(seller, offers.accept, offer.offer_id)
    begun = await trade.run(seller, custody.get, accepted.custody_id)
    assert begun.passport_transfer_id is not None
    await trade.run(seller, batteries.add_evidence, accepted.battery_id, today("visual_ok", False))
    assert await trade.run(buyer, _transfer, begun.passport_transfer_id) == "withdrawn"


async def test_a_pack_that_is_out_when_its_battery_fails_is_never_handed_out_again(trade: Trade) -> None:
    provider = await trade.company("交換")
    battery = await trade.held(provider)
    pool = await pool_of(trade, provider)
    joined = NewPack(pack_id="E1", station="渋谷", soc=98.0, soh=90.0, usable_kwh=1.2, battery_id=battery.battery_id)
    await trade.run(provider, pools.add_pack, pool.pool_id, joined)
    await trade.run(provider, pools.swap, pool.pool_id, swapped(pack_out=scanned("E1")))
    await trade.run(provider, batteries.add_evidence, battery.battery_id, today("visual_ok", False))
    await trade.run(provider, pools.swap, pool.pool_id, swapped(pack_in=scanned("E1", 20.0, 101.0)))
    rows = {row.pack_id: row.state for row in await trade.run(provider, pools.packs, pool.pool_id)}
    assert rows == {"E1": "quarantine"}
    await trade.run(provider, pools.move, pool.pool_id, "E1", PackState.DIAGNOSIS, None)
    with pytest.raises(errors.PackNotReady):
        await trade.run(provider, pools.move, pool.pool_id, "E1", PackState.CHARGING, None)
    with later(days=1):
        await trade.run(provider, batteries.add_evidence, battery.battery_id, today("visual_ok", True))
        for state, soc in ((PackState.CHARGING, None), (PackState.CHARGED, 98.0)):
            await trade.run(provider, pools.move, pool.pool_id, "E1", state, soc)
        await trade.run(provider, pools.swap, pool.pool_id, swapped(pack_out=scanned("E1")))


async def test_a_failed_battery_joins_no_pool_as_a_good_pack_by_not_naming_it(trade: Trade) -> None:
    provider = await trade.company("交換")
    battery = await vetoed(trade, provider)
    pool = await pool_of(trade, provider, battery.serial)  # which says that the gate passed
    rows = await trade.run(provider, pools.packs, pool.pool_id)
    assert [(row.state, row.battery_id) for row in rows] == [("diagnosis", battery.battery_id)]
    with pytest.raises(errors.PackNotReady):
        await trade.run(provider, pools.swap, pool.pool_id, swapped(pack_out=scanned(battery.serial)))


async def test_a_pack_whose_evidence_has_grown_old_stays_at_the_station(trade: Trade) -> None:
    provider = await trade.company("交換")
    battery = await trade.held(provider)
    pool = await pool_of(trade, provider)
    joined = NewPack(pack_id="F1", station="渋谷", soc=98.0, soh=90.0, usable_kwh=1.2, battery_id=battery.battery_id)
    await trade.run(provider, pools.add_pack, pool.pool_id, joined)
    with later(days=800):
        with pytest.raises(errors.PackNotReady):
            await trade.run(provider, pools.swap, pool.pool_id, swapped(pack_out=scanned("F1")))
        with pytest.raises(errors.NoPackReady):
            await trade.run(provider, pools.swap, pool.pool_id, swapped(requested_kwh=1.0))
