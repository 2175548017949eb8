"""Random use cases of a few companies: what could happen next is drawn by weight, and kept so that it can be read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from uuid import UUID

from tests.chain import Company, quality

from meguri.footprint import service as footprint
from meguri.footprint.model import FootprintInput
from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope
from meguri.kernel.units import AmountUnit
from meguri.operators import disclosure
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.model import ChildInput, Part, RequestInput, RequestType, Trade

WITHOUT_UNIT = "p4"  # so that the unit of its declaration may change
NAMES = ("p0", "p1", "p2", "p3", WITHOUT_UNIT)
AMOUNTS = ("0", "0.33333", "1", "2.5", "3")
EMISSIONS = (None, "0", "0.12345", "1", "7.00001", "20")
RATINGS = ((None, None, None), (1, 2, 3), (3, None, "1.55555"))
WEIGHTS = {
    "write": 4,
    "request": 7,
    "link": 7,
    "declare": 8,
    "disclose": 3,
    "cancel": 1,
    "reject": 1,
    "delete": 1,
    "answer_dd": 1,
    "withdraw_dd": 1,
}


@dataclass
class Cast:
    """Companies that act at random. `done` tells what they did, in order, for the reader of a failure."""

    random: Random
    companies: Sequence[Company]
    trades: list[Trade] = field(default_factory=list)
    done: list[str] = field(default_factory=list)

    async def act(self) -> None:
        """Somebody does something; a refusal is a proper answer, anything else that is raised is not."""
        (name,) = self.random.choices(list(WEIGHTS), WEIGHTS.values())
        self.done.append(name)
        try:
            await getattr(self, name)(self.random.choice(self.companies))
        except Refusal as refusal:
            self._note(refused=refusal.code)

    def _note(self, **what: object) -> None:
        self.done[-1] += " " + " ".join(f"{name}={value}" for name, value in what.items())

    async def _own_part(self, company: Company) -> Part:
        parts, _ = await company.run(traceability.parts_page, limit=10)
        if not parts:
            return (await company.part(self.random.choice(NAMES[:3]))).parent
        return self.random.choice(parts)

    async def _bought_part(self, company: Company) -> Part:
        """Nearly always one that can be asked for, if there is any."""
        parts, _ = await company.run(traceability.parts_page, limit=10)
        kinds = await company.run(traceability.kinds_of, [part.trace_id for part in parts], RequestType.CFP)
        bought = [part for part in parts if kinds[part.trace_id].purchased and kinds[part.trace_id].trade_id is None]
        return self.random.choice(bought) if bought and self.random.random() < 0.9 else await self._own_part(company)

    async def write(self, company: Company) -> None:
        """The name of a part tends to be higher than those of its components, or nearly everything would be a circle."""
        place = self.random.randrange(5)
        below = self.random.sample(NAMES[:place] or NAMES, min(place or 5, self.random.choice((0, 1, 2, 3))))
        children = [self._child(company, name) for name in below if name != NAMES[place]]
        ends = not children and self.random.random() < 0.4
        self._note(who=company.id, parent=NAMES[place], ends=ends, children=[(c.name, c.amount) for c in children])
        parent = company.words(NAMES[place], ends=ends, unit=_unit(NAMES[place]))
        await company.run(traceability.write_structure, parent, children)

    def _child(self, company: Company, name: str) -> ChildInput:
        return ChildInput(
            plant_id=company.plant_id,
            name=name,
            unit=_unit(name),
            terminated=self.random.random() < 0.2,
            amount=Decimal(self.random.choice(AMOUNTS)),
        )

    async def request(self, company: Company) -> None:
        part = await self._bought_part(company)
        supplier = self.random.choice([one for one in self.companies if one is not company])
        kind = self.random.choice((RequestType.CFP, RequestType.CFP, RequestType.CFP, RequestType.DD))
        self._note(who=company.id, part=part.name, of=supplier.id, kind=kind)
        asked = RequestInput(upstream_operator_id=supplier.id, downstream_trace_id=part.trace_id, request_type=kind)
        self.trades.append(await company.run(traceability.request, asked))

    def _trade(self, recent: int = 12) -> tuple[Company, Company, Trade]:
        trade = self.random.choice(self.trades[-recent:])
        by_id = {company.id: company for company in self.companies}
        self._note(trade=trade.trade_id, kind=trade.request_type)
        return by_id[trade.downstream_operator_id], by_id[trade.upstream_operator_id], trade

    async def link(self, _: Company) -> None:
        if self.trades:
            _, supplier, trade = self._trade(self.random.choice((2, 12)))
            part = await self._own_part(supplier)
            self._note(part=part.name)
            await supplier.run(traceability.link, trade.trade_id, part.trace_id)

    async def cancel(self, _: Company) -> None:
        if self.trades:
            customer, _, trade = self._trade()
            await customer.run(traceability.cancel, trade.request_id)

    async def reject(self, _: Company) -> None:
        if self.trades:
            _, supplier, trade = self._trade()
            await supplier.run(traceability.reject, trade.request_id, reply_message="差戻し")

    async def declare(self, company: Company) -> None:
        part = await self._own_part(company)
        before = await company.run(footprint.footprint, part.trace_id)
        said = self._declaration(part)
        self._note(who=company.id, part=part.name, pre=said.pre_production, main=said.main_production)
        await company.run(footprint.record, part.trace_id, said, footprint_id=before.footprint_id if before else None)

    def _declaration(self, part: Part) -> FootprintInput:
        pre, pre_component, main, main_component = (
            Decimal(e) if (e := self.random.choice(EMISSIONS)) else None for _ in range(4)
        )
        none = quality(*RATINGS[0])
        return FootprintInput(
            declared_unit=part.unit or self.random.choice((AmountUnit.LITER, AmountUnit.KILOGRAM)),
            pre_production=pre,
            pre_component=pre_component,
            main_production=main,
            main_component=main_component,
            pre_quality=quality(*self.random.choice(RATINGS)) if pre or pre_component else none,
            main_quality=quality(*self.random.choice(RATINGS)) if main or main_component else none,
        )

    async def disclose(self, company: Company) -> None:
        part, customer = await self._own_part(company), self.random.choice(self.companies)
        flags = {name: self.random.random() < 0.6 for name in ("TOTALCFP", "TOTALDQR")}
        self._note(who=company.id, part=part.name, to=customer.id, **flags)
        await company.run(disclosure.set_groups, part.trace_id, customer.id, flags)

    async def delete(self, company: Company) -> None:
        part = await self._own_part(company)
        self._note(who=company.id, part=part.name)
        await company.run(traceability.delete_part, part.trace_id)

    async def answer_dd(self, company: Company) -> None:
        await company.run(_answer_dd, (await self._own_part(company)).trace_id)

    async def withdraw_dd(self, company: Company) -> None:
        await company.run(_withdraw_dd, (await self._own_part(company)).trace_id)


def _unit(name: str) -> AmountUnit | None:
    return None if name == WITHOUT_UNIT else AmountUnit.KILOGRAM


async def _answer_dd(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> None:
    await traceability.lock_downstream(tx, scope, (scope.operator_id, trace_id))
    await traceability.tell(tx, await traceability.mark_answered(tx, scope, trace_id, RequestType.DD))


async def _withdraw_dd(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> None:
    await traceability.lock_downstream(tx, scope, (scope.operator_id, trace_id))
    settled = await traceability.mark_answered(tx, scope, trace_id, RequestType.DD, answered=False)
    await traceability.tell(tx, settled)
