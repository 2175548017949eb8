"""A small supply chain for tests: companies with a plant, and short words for what they do to each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from meguri.footprint import service as footprint
from meguri.footprint.model import Footprint, FootprintInput, Quality, Statement
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope, Role
from meguri.kernel.units import AmountUnit
from meguri.operators import disclosure, plants
from meguri.operators import service as operators
from meguri.operators.model import NewOperator, PlantInput
from meguri.storage.database import Database
from meguri.traceability import service as traceability
from meguri.traceability.model import ChildInput, PartInput, RequestInput, RequestType, Structure, Trade

KG = AmountUnit.KILOGRAM


def d(value: str | int | float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def quality(*ratings: str | int | float | None) -> Quality:
    return Quality(**dict(zip(("ter", "ger", "tir"), map(d, ratings), strict=True)))


@dataclass
class Company:
    """One company that acts through use cases, each in a transaction of its own."""

    db: Database
    scope: OperatorScope
    plant_id: UUID

    @property
    def id(self) -> UUID:
        return self.scope.operator_id

    async def run(self, use_case, *args, **kwargs):  # type: ignore[no-untyped-def]
        return await self.db.run(self.scope, use_case, *args, **kwargs)

    def words(
        self, name: str, *, ends: bool = False, unit: AmountUnit | None = KG, support: str | None = None
    ) -> PartInput:
        return PartInput(plant_id=self.plant_id, name=name, support_name=support, unit=unit, terminated=ends)

    async def part(
        self,
        name: str,
        children: Sequence[tuple[str, str | int] | tuple[str, str | int, bool]] = (),
        *,
        ends: bool = False,
        unit: AmountUnit | None = KG,
    ) -> Structure:
        """Writes a part; children are (name, amount) or (name, amount, ends the chain)."""
        below = [
            ChildInput(
                plant_id=self.plant_id,
                name=child[0],
                unit=KG,
                terminated=len(child) > 2 and bool(child[2]),
                amount=Decimal(str(child[1])),
            )
            for child in children
        ]
        return await self.run(traceability.write_structure, self.words(name, ends=ends, unit=unit), below)

    async def part_id(self, name: str) -> UUID:
        found, _ = await self.run(traceability.parts_page, limit=2, name=name)
        return found[0].trace_id

    async def ask(self, supplier: "Company", name: str, kind: RequestType = RequestType.CFP) -> Trade:
        asked = RequestInput(
            upstream_operator_id=supplier.id, downstream_trace_id=await self.part_id(name), request_type=kind
        )
        return await self.run(traceability.request, asked)

    async def link(self, trade: Trade, name: str) -> Trade:
        return await self.run(traceability.link, trade.trade_id, await self.part_id(name))

    async def declare(
        self,
        name: str,
        *,
        pre: object = 0,
        main: object = 0,
        pre_component: object = 0,
        main_component: object = 0,
        pre_q: tuple[object, ...] = (1, 2, 3),
        main_q: tuple[object, ...] = (2, 3, 4),
    ) -> Footprint:
        part = await self.part_id(name)
        before = await self.run(footprint.footprint, part)
        none = (None, None, None)
        said = FootprintInput(
            declared_unit=KG,
            pre_production=d(pre),
            main_production=d(main),
            pre_component=d(pre_component),
            main_component=d(main_component),
            pre_quality=quality(*(pre_q if pre or pre_component else none)),
            main_quality=quality(*(main_q if main or main_component else none)),
        )
        return await self.run(footprint.record, part, said, footprint_id=before.footprint_id if before else None)

    async def statement(self, name: str) -> Statement:
        return (await self.run(footprint.statements, [await self.part_id(name)]))[0]

    async def trade(self, trade: Trade) -> Trade:
        return await self.run(traceability.request_by_id, trade_id=trade.trade_id)

    async def disclose(self, name: str, to: "Company", **groups: bool) -> None:
        await self.run(disclosure.set_groups, await self.part_id(name), to.id, groups)


async def company(db: Database, name: str, *, auto_disclose: bool = True) -> Company:
    """A new company with one plant."""
    scope = OperatorScope(new_id(), "person:test", Role.ADMIN)
    code = str(scope.operator_id.int)[-13:]
    await db.run(
        scope,
        operators.register,
        NewOperator(name=name, address="東京都", open_operator_id=code, synthetic=True),
        check_digits=False,
        auto_disclose=auto_disclose,
    )
    plant = await db.run(
        scope, plants.register, PlantInput(name=f"{name}工場", address="東京都", open_plant_id="A000001")
    )
    return Company(db, scope, plant.plant_id)
