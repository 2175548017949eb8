"""Playing the demo: every company does its part through the same use cases that pages and interfaces call."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Concatenate, ParamSpec, TypeVar
from uuid import UUID, uuid5

from meguri.commands.demo.scenario import DemoAnswer, DemoCompany, DemoPart, Scenario, Values
from meguri.footprint import service as footprint
from meguri.footprint.model import FootprintInput, Quality, Why
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope, Role
from meguri.kernel.units import AmountUnit
from meguri.operators import plants
from meguri.operators import service as operators
from meguri.operators.model import NewOperator, PlantInput
from meguri.storage.database import Database
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.model import ChildInput, PartInput, RequestInput, Trade

P = ParamSpec("P")
Result = TypeVar("Result")
NAMESPACE = UUID("6b2d5f0e-8f7c-5d0a-9a57-2f1d7c3b9a10")


@dataclass
class Tally:
    """What the play cost: use cases, SQL statements, seconds."""

    use_cases: int = 0
    statements: int = 0
    started: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        """Since the play began."""
        return time.perf_counter() - self.started


@dataclass(frozen=True)
class Played:
    """How it ended: the vehicle maker's totals before and after the late update, and why they are what they are."""

    before: Why
    after: Why
    late_update_seconds: float
    tally: Tally


def operator_id_of(company: DemoCompany) -> UUID:
    """A demo company's id: the same at every start."""
    return uuid5(NAMESPACE, company.key)


def corporate_number_of(company: DemoCompany) -> str:
    """The company's made-up 法人番号, with its check digit."""
    body = company.corporate_number_body
    total = sum(int(digit) * (1 if place % 2 == 0 else 2) for place, digit in enumerate(reversed(body)))
    return f"{9 - total % 9}{body}"


class Play:
    """One performance on one database."""

    def __init__(self, db: Database, scenario: Scenario) -> None:
        """`db` with all reactions, as the app has it."""
        self.db = db
        self._scenario = scenario
        self._plants: dict[str, UUID] = {}
        self.tally = Tally()

    def scope(self, key: str) -> OperatorScope:
        """The right to act for a demo company."""
        company = next(c for c in self._scenario.company if c.key == key)
        return OperatorScope(operator_id_of(company), "system:demo", Role.ADMIN)

    def english(self, key: str) -> str:
        """A demo company's English name."""
        return next(c.en for c in self._scenario.company if c.key == key)

    async def run(
        self,
        key: str,
        use_case: Callable[Concatenate[Transaction, OperatorScope, P], Awaitable[Result]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Result:
        """One use case of one company, counted."""

        async def counted(tx: Transaction, scope: OperatorScope) -> Result:
            result = await use_case(tx, scope, *args, **kwargs)
            self.tally.statements += tx.statements + 1
            return result

        self.tally.use_cases += 1
        return await self.db.run(self.scope(key), counted)

    async def already_played(self) -> bool:
        """Whether the vehicle maker is registered here."""
        scope = self.scope("vehicle")
        return await self.db.run(scope, operators.operator_exists, scope.operator_id)

    async def perform(self) -> Played:
        """The whole story, from registration to the late update."""
        for company in self._scenario.company:
            await self._register(company)
        for part in self._scenario.part:
            await self._write(part)
        for part in self._scenario.part:
            if part.footprint is not None:
                await self._declare(part.company, part.name, part.support, part.footprint, part.unit)
            for component in part.components:
                if component.footprint is not None:
                    await self._declare(
                        part.company, component.name, component.support, component.footprint, component.unit
                    )
        for answer in self._scenario.answer:
            await self._ask_and_answer(answer)
        before = await self.totals()
        took = await self._late_update()
        return Played(before, await self.totals(), took, self.tally)

    async def totals(self) -> Why:
        """The vehicle's totals with what they are made of."""
        vehicle = next(part for part in self._scenario.part if part.company == "vehicle")
        return await self.run("vehicle", footprint.why, await self._part_id("vehicle", vehicle.name))

    async def _register(self, company: DemoCompany) -> None:
        number = corporate_number_of(company)
        await self.run(
            company.key,
            operators.register,
            NewOperator(name=company.ja, address=company.address, open_operator_id=number, synthetic=True),
            auto_disclose=True,
        )
        plant = await self.run(
            company.key,
            plants.register,
            PlantInput(name=f"{company.role_ja}工場", address=company.address, open_plant_id=f"{number}000001"),
        )
        self._plants[company.key] = plant.plant_id

    async def _write(self, part: DemoPart) -> None:
        plant = self._plants[part.company]
        parent = PartInput(
            plant_id=plant, name=part.name, support_name=part.support, unit=part.unit, terminated=part.ends
        )
        children = [
            ChildInput(
                plant_id=plant,
                name=component.name,
                support_name=component.support,
                unit=component.unit,
                terminated=component.ends,
                amount=component.amount,
            )
            for component in part.components
        ]
        await self.run(part.company, traceability.write_structure, parent, children)

    async def _declare(self, key: str, name: str, support: str, values: Values, unit: AmountUnit) -> None:
        trace_id = await self._part_id(key, name, support)
        present = await self.run(key, footprint.footprint, trace_id)
        said = FootprintInput(
            declared_unit=unit,
            pre_production=values.pre,
            main_production=values.main,
            pre_component=values.pre_component,
            main_component=values.main_component,
            pre_quality=_quality(values.pre_quality),
            main_quality=_quality(values.main_quality),
        )
        replaces = present.footprint_id if present else None
        await self.run(key, footprint.record, trace_id, said, footprint_id=replaces)

    async def _ask_and_answer(self, answer: DemoAnswer) -> None:
        supplier = self._scenario.supplier_of(answer)
        component = await self._part_id(answer.customer, answer.component)
        if answer.cancelled_first is not None:
            first = await self._ask(answer.customer, answer.cancelled_first, component, answer.due_in_days)
            await self.run(answer.customer, traceability.cancel, first.request_id)
        trade = await self._ask(answer.customer, supplier, component, answer.due_in_days)
        if answer.rejected_first_ja is not None:
            await self.run(supplier, traceability.reject, trade.request_id, reply_message=answer.rejected_first_ja)
            trade = await self._ask(answer.customer, supplier, component, answer.due_in_days)
        if answer.part is not None:
            await self.run(supplier, traceability.link, trade.trade_id, await self._part_id(supplier, answer.part))

    async def _ask(self, customer: str, supplier: str, component: UUID, due_in_days: int | None) -> Trade:
        asked = RequestInput(
            upstream_operator_id=self.scope(supplier).operator_id,
            downstream_trace_id=component,
            message="来月中にご回答をお願いします。",
            due_date=clock.today() + timedelta(days=due_in_days) if due_in_days is not None else None,
        )
        return await self.run(customer, traceability.request, asked)

    async def _late_update(self) -> float:
        late = self._scenario.late_update
        unit = next(p.unit for p in self._scenario.part if p.company == late.company and p.name == late.part)
        started = time.perf_counter()
        await self._declare(late.company, late.part, "", late.footprint, unit)
        return time.perf_counter() - started

    async def _part_id(self, key: str, name: str, support: str = "") -> UUID:
        found, _ = await self.run(key, traceability.parts_page, limit=10, name=name)
        fitting = [p for p in found if not support or p.support_name == support]
        parents = [p for p in fitting if p.is_parent]
        return (parents or fitting)[0].trace_id


def _quality(ratings: tuple[Decimal, Decimal, Decimal]) -> Quality:
    return Quality(ter=ratings[0], ger=ratings[1], tir=ratings[2])
