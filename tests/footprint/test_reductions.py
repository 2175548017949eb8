"""Part selection and reduction requests: what drives a product, asking for less, and following it to the end."""

from datetime import timedelta
from decimal import Decimal

import pytest
from tests.chain import Company, company

from meguri.footprint import reductions
from meguri.footprint.reductions.errors import BadDue, BadTarget, NothingToReduce, NotOpen, NotWithin, ReductionNotFound
from meguri.footprint.reductions.model import Alternative, ReductionInput
from meguri.kernel import clock
from meguri.operators import inbox
from meguri.storage.database import Database
from meguri.traceability.model import Trade

pytestmark = pytest.mark.anyio


async def chain(river: Database) -> tuple[Company, Company, Trade]:
    """A pack maker that buys two cells for each pack at 10 kg CO2e, and housing of its own of 3 kg."""
    buyer, maker = await company(river, "パック"), await company(river, "セル")
    await buyer.part("pack", [("cell", 2), ("housing", 1, True)])
    await buyer.declare("housing", pre=2, main=1)
    await buyer.declare("pack", main=1)
    await maker.part("our cell", ends=True)
    await maker.declare("our cell", pre=6, main=4)
    trade = await buyer.ask(maker, "cell")
    await maker.link(trade, "our cell")
    return buyer, maker, trade


def due(days: int = 30):  # type: ignore[no-untyped-def]
    return clock.today() + timedelta(days=days)


async def test_the_parts_that_drive_a_product_come_greatest_first_with_their_suppliers(river: Database) -> None:
    buyer, maker, trade = await chain(river)
    found = await buyer.run(reductions.drivers, await buyer.part_id("pack"))
    assert [(one.name, one.value, one.amount) for one in found] == [("cell", 20, 2), ("housing", 3, 1)]
    assert (found[0].trade_id, found[0].partner_id, found[0].partner) == (trade.trade_id, maker.id, "セル")
    assert found[1].trade_id is None


async def test_alternatives_are_compared_before_deciding(river: Database) -> None:
    buyer, _, _ = await chain(river)
    await buyer.part("other cell", ends=True)
    await buyer.declare("other cell", pre=5, main=3)
    options = [
        Alternative(name="dirtier", per_unit=Decimal(12)),
        Alternative(name="own", trace_id=await buyer.part_id("other cell")),
        Alternative(name="larger", per_unit=Decimal(11), ratio=Decimal("0.75")),
    ]
    pack, cell = await buyer.part_id("pack"), await buyer.part_id("cell")
    found = await buyer.run(reductions.compare_alternatives, pack, cell, options)
    assert found.product_total == 24
    assert [(one.name, one.total, one.difference) for one in found.options] == [
        ("own", 20, -4),
        ("larger", Decimal("20.5"), Decimal("-3.5")),
        ("dirtier", 28, 4),
    ]
    assert found.flags == ("scenario",)
    with pytest.raises(NotWithin):
        await buyer.run(reductions.compare_alternatives, pack, pack, options)


async def test_a_reduction_is_asked_accepted_followed_and_reached(river: Database) -> None:
    buyer, maker, trade = await chain(river)
    said = ReductionInput(trade_id=trade.trade_id, due=due(), percent=Decimal(20), message="お願いします")
    asked = await buyer.run(reductions.ask, said)
    assert (asked.baseline, asked.target, asked.state, asked.progress) == (10, 8, "asked", 0)
    (seen,) = await maker.run(reductions.reductions)
    assert (seen.side, seen.message, seen.now, seen.trace_id) == (
        "up",
        "お願いします",
        10,
        await maker.part_id("our cell"),
    )
    told, _ = await maker.run(inbox.page)
    assert "REDUCTION_ASKED" in [one.type for one in told]
    await maker.run(reductions.answer, asked.reduction_id, accept=True, reply="やってみます")
    await maker.declare("our cell", pre=5, main=4)
    half = await buyer.run(reductions.reduction, asked.reduction_id)
    assert (half.state, half.now, half.progress, half.reply) == ("accepted", 9, 50, "やってみます")
    await maker.declare("our cell", pre=4, main="3.5")
    done = await buyer.run(reductions.reduction, asked.reduction_id)
    assert (done.state, done.progress, done.late) == ("reached", 125, False)
    with pytest.raises(NotOpen):
        await maker.run(reductions.answer, asked.reduction_id, accept=False)


async def test_a_request_may_be_declined_or_withdrawn_and_may_come_late(river: Database) -> None:
    buyer, maker, trade = await chain(river)
    first = await buyer.run(reductions.ask, ReductionInput(trade_id=trade.trade_id, due=due(), target=Decimal(9)))
    declined = await maker.run(reductions.answer, first.reduction_id, accept=False, reply="難しいです")
    assert declined.state == "declined"
    second = await buyer.run(reductions.ask, ReductionInput(trade_id=trade.trade_id, due=due(2), target=Decimal(9)))
    later = clock.now() + timedelta(days=5)
    with clock.fixed_clock(lambda: later):
        assert (await buyer.run(reductions.reduction, second.reduction_id)).late
    assert (await buyer.run(reductions.withdraw, second.reduction_id)).state == "withdrawn"
    assert {one.state for one in await maker.run(reductions.reductions)} == {"declined", "withdrawn"}


async def test_what_cannot_be_asked_is_refused(river: Database) -> None:
    buyer, maker, trade = await chain(river)

    def asking(**more: object) -> ReductionInput:
        return ReductionInput(**{"trade_id": trade.trade_id, "due": due(), "percent": Decimal(5), **more})  # type: ignore[arg-type]

    for wrong in (
        {"percent": Decimal(0)},
        {"percent": Decimal(101)},
        {"percent": None},
        {"percent": None, "target": Decimal(10)},
        {"target": Decimal(5)},
    ):
        with pytest.raises(BadTarget):
            await buyer.run(reductions.ask, asking(**wrong))
    with pytest.raises(BadDue):
        await buyer.run(reductions.ask, asking(due=clock.today()))
    with pytest.raises(NothingToReduce):
        await maker.run(reductions.ask, asking())
    asked = await buyer.run(reductions.ask, asking())
    stranger = await company(river, "他社")
    with pytest.raises(ReductionNotFound):
        await stranger.run(reductions.reduction, asked.reduction_id)
    with pytest.raises(ReductionNotFound):
        await buyer.run(reductions.answer, asked.reduction_id, accept=True)
    with pytest.raises(ReductionNotFound):
        await maker.run(reductions.withdraw, asked.reduction_id)
