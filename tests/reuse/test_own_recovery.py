"""A recycler's own shares of recovery, kept among its prices, move the floor of used batteries."""

import pytest
from msgspec.structs import replace
from tests.reuse.conftest import Trade

from meguri.reuse.model import Option
from meguri.reuse.prices import PriceItem
from meguri.reuse.service import batteries

pytestmark = pytest.mark.anyio


async def test_own_recovery_moves_the_value_as_material_and_nothing_else(trade: Trade) -> None:
    owner = await trade.company("再生社")
    battery = await trade.held(owner)
    before = await trade.run(owner, batteries.assess, battery.battery_id)
    prices = await trade.run(owner, batteries.prices_of)
    poor = PriceItem(code="recovery.Ni", unit="share", price=0.1)
    await trade.run(owner, batteries.keep_prices, replace(prices, items=(*prices.items, poor)))
    after = await trade.run(owner, batteries.assess, battery.battery_id)
    for one, other in zip(before.valuation.options, after.valuation.options, strict=True):
        same = one.central == other.central
        assert same is (one.option is not Option.RECYCLE), one.option
    assert after.valuation.of(Option.RECYCLE).central < before.valuation.of(Option.RECYCLE).central
