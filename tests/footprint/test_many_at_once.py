"""Many footprints declared at once come to the same as one after the other, in far fewer statements."""

from decimal import Decimal
from uuid import UUID

import pytest
from tests.chain import KG, Company, company, d, quality

from meguri.footprint import service as footprint
from meguri.footprint.errors import BadFigure, UnitMismatch
from meguri.footprint.model import FootprintInput
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.kernel.units import AmountUnit
from meguri.storage.database import Database, Transaction
from meguri.traceability import service as traceability
from meguri.traceability.errors import PartNotOwn

pytestmark = pytest.mark.anyio


def said(pre: object, main: object = 0, unit: AmountUnit = KG) -> FootprintInput:
    return FootprintInput(
        declared_unit=unit,
        pre_production=d(str(pre)),
        main_production=d(str(main)),
        pre_quality=quality(1, 2, 3),
        main_quality=quality(2, 3, 4) if main else quality(None, None, None),
    )


class World:
    """A supplier with a part that goes into another of its own, both bought by a customer, who has declared something."""

    def __init__(self, maker: Company, customer: Company, ids: dict[str, UUID]) -> None:
        self.maker, self.customer, self.ids = maker, customer, ids

    @classmethod
    async def made(cls, db: Database) -> "World":
        maker, customer = await company(db, "供給"), await company(db, "購入")
        await maker.part("sheet", ends=True)
        await maker.part("can", [("sheet", 3)])
        await maker.part("case", [("can", 2), ("screw", 4, True)])
        await maker.part("bought", [("ore", 5)])
        await customer.part("pack", [("p-can", 2), ("p-case", 7)])
        for wanted, own in (("p-can", "can"), ("p-case", "case")):
            await maker.link(await customer.ask(maker, wanted), own)
        await maker.declare("can", pre=2, main=1)
        await customer.declare("pack", pre=1)
        names = ("sheet", "can", "case", "screw", "bought")
        return cls(maker, customer, {name: await maker.part_id(name) for name in names})

    async def totals(self) -> list[object]:
        """What everybody sees, without what differs between two worlds by itself (ids, moments)."""
        found: list[object] = []
        for name in self.ids:
            statement = await self.maker.statement(name)
            declared = await self.maker.run(footprint.footprint, self.ids[name])
            found.append((name, statement.totals, declared.version if declared else 0))
        for name in ("p-can", "p-case", "pack"):
            statement = await self.customer.statement(name)
            found.append((name, statement.totals, statement.answer))
        sent, _ = await self.customer.run(traceability.list_requests, limit=10, side="down")
        return [*found, sorted((one.state, one.completed_count, one.trades_count) for one in sent)]


FIGURES = {"sheet": said(10), "can": said(4, 3), "case": said("0.00001", 2), "screw": said(1), "bought": said(9)}


async def test_at_once_is_the_same_as_one_by_one(river: Database) -> None:
    one_by_one, at_once = await World.made(river), await World.made(river)
    for name, figures in FIGURES.items():
        before = await one_by_one.maker.run(footprint.footprint, one_by_one.ids[name])
        replaces = before.footprint_id if before else None
        await one_by_one.maker.run(footprint.record, one_by_one.ids[name], figures, footprint_id=replaces)
    many = {at_once.ids[name]: figures for name, figures in FIGURES.items()}
    assert await at_once.maker.run(footprint.record_many, many) == {}
    assert await at_once.totals() == await one_by_one.totals()
    # and again, other figures in place of these
    for world in (one_by_one, at_once):
        again = {world.ids[name]: said(20 + place, place) for place, name in enumerate(FIGURES)}
        if world is at_once:
            await world.maker.run(footprint.record_many, again)
            continue
        for part, figures in again.items():
            before = await world.maker.run(footprint.footprint, part)
            assert before is not None
            await world.maker.run(footprint.record, part, figures, footprint_id=before.footprint_id)
    assert await at_once.totals() == await one_by_one.totals()


async def test_what_is_refused_is_named_and_the_rest_is_declared(river: Database) -> None:
    world = await World.made(river)
    stranger = new_id()
    refused = await world.maker.run(
        footprint.record_many,
        {
            world.ids["sheet"]: said(1, unit=AmountUnit.LITER),
            world.ids["screw"]: said(-1),
            world.ids["case"]: said(6),
            stranger: said(1),
        },
    )
    kinds = {part: type(refusal) for part, refusal in refused.items()}
    assert kinds == {world.ids["sheet"]: UnitMismatch, world.ids["screw"]: BadFigure, stranger: PartNotOwn}
    case = await world.maker.run(footprint.footprint, world.ids["case"])
    assert case is not None
    assert case.pre_production == Decimal(6)
    assert await world.maker.run(footprint.footprint, world.ids["sheet"]) is None


async def test_a_row_costs_few_statements(river: Database) -> None:
    a = await company(river, "甲")
    for number in range(40):
        await a.part(f"P{number}", ends=True)
    ids = [await a.part_id(f"P{number}") for number in range(40)]

    async def counted(tx: Transaction, scope: OperatorScope, parts: list[UUID]) -> int:
        await footprint.record_many(tx, scope, {part: said(1) for part in parts})
        return tx.statements

    few, many = await a.run(counted, ids[:10]), await a.run(counted, ids[10:])
    assert (many - few) / 20 <= 4
