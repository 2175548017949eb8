"""The demo's supply chain as data: read from `scenario.toml` into Structs."""

import tomllib
from decimal import Decimal
from functools import cache

import msgspec

from meguri.kernel.shipped import files
from meguri.kernel.units import AmountUnit


class Values(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A declared footprint per unit of a part, kg CO2e, with ratings (technical, geographical, temporal)."""

    pre_quality: tuple[Decimal, Decimal, Decimal]
    main_quality: tuple[Decimal, Decimal, Decimal]
    pre: Decimal | None = None
    main: Decimal | None = None
    pre_component: Decimal | None = None
    main_component: Decimal | None = None


class DemoCompany(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A made-up company; the 法人番号 gets its check digit when it is registered."""

    key: str
    ja: str
    en: str
    address: str
    corporate_number_body: str
    role_ja: str
    role_en: str


class DemoComponent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"supplier": "from"}):
    """A component of a part: bought `from` a supplier, or the end of the chain with values of its own."""

    name: str
    support: str
    unit: AmountUnit
    amount: Decimal
    supplier: str | None = None
    ends: bool = False
    footprint: Values | None = None


class DemoPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part that a company makes."""

    company: str
    name: str
    support: str
    unit: AmountUnit
    footprint: Values | None = None
    ends: bool = False
    components: list[DemoComponent] = []


class DemoAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which part of the supplier answers a component; perhaps returned once, or first asked of a former supplier.

    `part` None: the supplier has not answered yet. `due_in_days`: from the day on which the demo is played.
    """

    customer: str
    component: str
    part: str | None = None
    due_in_days: int | None = None
    rejected_first_ja: str | None = None
    cancelled_first: str | None = None


class LateUpdate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A correction at the far end, after everybody has answered."""

    company: str
    part: str
    footprint: Values
    why_ja: str
    why_en: str


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole made-up chain."""

    id: str
    version: int
    status: str
    company: list[DemoCompany]
    part: list[DemoPart]
    answer: list[DemoAnswer]
    late_update: LateUpdate

    def supplier_of(self, answer: DemoAnswer) -> str:
        """Who supplies the component that `answer` is about."""
        return next(
            component.supplier
            for part in self.part
            if part.company == answer.customer
            for component in part.components
            if component.name == answer.component and component.supplier
        )


@cache
def scenario() -> Scenario:
    """The chain that `meguri demo` plays."""
    text = files(__package__).joinpath("scenario.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Scenario, strict=False)
