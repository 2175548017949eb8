"""Contracts and guarantees in one shape: one list, the same words and steps for both, and each side sees its own only."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from tests.reuse.conftest import Trade, later

from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.reuse import errors
from meguri.reuse.agreements import Agreement, AgreementState
from meguri.reuse.billing import Plan, Tariff
from meguri.reuse.guarantee import GuaranteeTerms
from meguri.reuse.service import agreements, contracts, guarantees, pools
from meguri.reuse.service.contracts import NewContract
from meguri.reuse.service.guarantees import Claim, GuaranteeRequest
from meguri.reuse.service.pools import NewPool

from .test_api import send, site

__all__ = ["site"]
pytestmark = pytest.mark.anyio


async def both(trade: Trade, giver: OperatorScope, taker: OperatorScope) -> tuple[UUID, UUID]:
    """A contract and a guarantee on offer."""
    pool = await trade.run(giver, pools.create, NewPool(name="池"))
    new = NewContract(
        user_id=taker.operator_id,
        pool_id=pool.pool_id,
        tariff=Tariff(plan=Plan.ENERGY, per_kwh=Decimal(40)),
        starts=date(2026, 1, 1),
    )
    contract = await trade.run(giver, contracts.offer, new)
    battery = await trade.held(giver)
    terms = GuaranteeTerms(guaranteed=250_000, years=3.0)
    asked = GuaranteeRequest(battery_id=battery.battery_id, terms=terms, holder_id=taker.operator_id)
    return contract.contract_id, (await trade.run(giver, guarantees.offer, asked)).guarantee_id


async def test_both_kinds_stand_in_one_list_with_the_same_words(trade: Trade) -> None:
    giver, taker, other = [await trade.company(name) for name in ("リース", "運送", "他社")]
    contract_id, guarantee_id = await both(trade, giver, taker)
    for side in (giver, taker):
        found = (await trade.run(side, agreements.page)).items
        assert [one.agreement_id for one in found] == [guarantee_id, contract_id]
        for one in found:
            assert (one.giver_id, one.taker_id) == (giver.operator_id, taker.operator_id)
            assert (one.state, one.awaited_id) == (AgreementState.OFFERED, taker.operator_id)
        assert [one.kind for one in found] == ["guarantee", "contract"]
        assert [one.about for one in found] == ["battery", "pool"]
        assert found[0].amount
        assert found[0].guarantee_terms is not None
        assert found[1].tariff is not None
    assert [one.kind for one in (await trade.run(giver, agreements.page, kind="contract")).items] == ["contract"]
    first = await trade.run(giver, agreements.page, limit=1)
    rest = await trade.run(giver, agreements.page, limit=1, cursor=first.next_cursor)
    assert [one.agreement_id for one in (*first.items, *rest.items)] == [guarantee_id, contract_id]
    assert (await trade.run(other, agreements.page)).items == []
    for asked in (contract_id, guarantee_id, new_id()):
        with pytest.raises(errors.AgreementNotFound):
            await trade.run(other, agreements.get, asked)
        with pytest.raises(errors.AgreementNotFound):
            await trade.run(other, agreements.step, asked, "accept")


async def test_the_same_steps_serve_both_and_each_says_whose_turn_it_is(trade: Trade) -> None:
    giver, taker = await trade.company("リース"), await trade.company("運送")
    contract_id, guarantee_id = await both(trade, giver, taker)
    for each in (contract_id, guarantee_id):
        with pytest.raises(errors.NotYourTurn):
            await trade.run(giver, agreements.step, each, "accept")
        taken: Agreement = await trade.run(taker, agreements.step, each, "accept")
        assert (taken.state, taken.awaited_id, taken.starts is not None) == (AgreementState.ACTIVE, None, True)
        with pytest.raises(errors.StateTransition):
            await trade.run(taker, agreements.step, each, "decline")
    with pytest.raises(errors.StateTransition):  # a guarantee lasts to its end, a contract is billed and never settled
        await trade.run(taker, agreements.step, guarantee_id, "end")
    with pytest.raises(errors.StateTransition):
        await trade.run(giver, agreements.step, contract_id, "settle")
    assert (await trade.run(taker, agreements.step, contract_id, "end")).state is AgreementState.ENDED
    with later(days=1100):
        found = await trade.run(giver, guarantees.get_one, guarantee_id)
        certificate = await trade.certified(giver, found.battery_id)
        await trade.run(
            taker, guarantees.claim, guarantee_id, Claim(realised=200_000, certificate_id=certificate.certificate_id)
        )
        claimed = await trade.run(giver, agreements.get, guarantee_id)
        assert (claimed.state, claimed.awaited_id, claimed.amount) == (
            AgreementState.CLAIMED, giver.operator_id, 50_000
        )  # fmt: skip
        assert (await trade.run(giver, agreements.step, guarantee_id, "settle")).state is AgreementState.SETTLED


async def test_the_api_tells_and_takes_both_alike(trade: Trade, site: Any) -> None:
    giver, taker = await trade.company("リース"), await trade.company("運送")
    contract_id, guarantee_id = await both(trade, giver, taker)
    listed = (await send(site, taker, "GET", "/reuse/agreements?limit=9")).json()["items"]
    assert {one["agreement_id"] for one in listed} == {str(contract_id), str(guarantee_id)}
    assert len({tuple(sorted(one)) for one in listed}) == 1  # one shape
    for each in (contract_id, guarantee_id):
        done = await send(site, taker, "POST", f"/reuse/agreements/{each}/decline")
        assert (done.status_code, done.json()["state"]) == (200, "declined"), done.text
    bad = await send(site, taker, "GET", "/reuse/agreements?kind=loan")
    assert bad.status_code in (400, 422)
