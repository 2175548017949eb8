"""What a supplier's changed answer did to a product is told as a difference: old, new, and the effect on the total."""

from decimal import Decimal

import pytest
from tests.chain import company

from meguri.footprint import service as footprint
from meguri.storage.database import Database

pytestmark = pytest.mark.anyio


async def test_a_change_is_told_with_its_effect_on_the_product(river: Database) -> None:
    maker, supplier = await company(river, "車"), await company(river, "鋼")
    await maker.part("car", [("steel", "2.5")])
    await maker.declare("car", main=10)
    trade = await maker.ask(supplier, "steel")
    await supplier.part("plate", ends=True)
    await supplier.link(trade, "plate")
    await supplier.declare("plate", main=4)
    car, steel = await maker.part_id("car"), await maker.part_id("steel")
    assert await maker.run(footprint.effect, car, steel) is None  # answered once: nothing to compare with
    await supplier.declare("plate", main=3)
    effect = await maker.run(footprint.effect, car, steel)
    assert effect is not None
    assert (effect.before, effect.after, effect.of_product) == (Decimal(4), Decimal(3), Decimal("-2.5"))
    assert await maker.run(footprint.effect, car, car) is None
    assert await supplier.run(footprint.effect, await supplier.part_id("plate"), steel) is None
