"""Recycled content of a battery model by year and plant, from retired claims over what was consumed."""

from collections import defaultdict
from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

from meguri.kernel.scope import OperatorScope
from meguri.recycling import booking, store_claims
from meguri.recycling.content import Content, content_rules, denominators_agree, recycled_content, rounded_content
from meguri.recycling.errors import NotClaimable
from meguri.recycling.events import ContentStated
from meguri.recycling.model import SourceClass
from meguri.recycling.rates import half_up
from meguri.recycling.store_claims import Consumption
from meguri.storage import Transaction


class ConsumptionInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a battery model of a plant consumed in a year [kg of each element].

    by_units_kg, by_consumption_kg  the two ways of finding it; both given, they must agree within 2 %
    """

    battery_model_id: Annotated[str, Meta(min_length=1, max_length=100)]
    manufacturing_plant_id: Annotated[str, Meta(min_length=1, max_length=100)]
    year: Annotated[int, Meta(ge=2000, le=2200)]
    by_units_kg: dict[str, Decimal] = {}
    by_consumption_kg: dict[str, Decimal] = {}


class ContentStudy(msgspec.Struct, frozen=True, kw_only=True):
    """Recycled content of each element, with warnings (`DENOMINATOR_MISMATCH: Co`)."""

    battery_model_id: str
    manufacturing_plant_id: str
    year: int
    elements: list[Content]
    warnings: list[str]


async def state_consumption(tx: Transaction, scope: OperatorScope, said: ConsumptionInput) -> ContentStudy:
    """Keep the denominators. Raises NotClaimable for an element without a duty, UnusableInput for what is no mass."""
    warnings = []
    for element in sorted({*said.by_units_kg, *said.by_consumption_kg}):
        if element not in content_rules().elements:
            raise NotClaimable(what=element)
        units, consumed = said.by_units_kg.get(element), said.by_consumption_kg.get(element)
        if units is not None and consumed is not None and not denominators_agree(units, consumed):
            warnings.append(f"DENOMINATOR_MISMATCH: {element}")
        kg = units if units is not None else consumed
        if kg is None or not kg.is_finite() or kg <= 0 or kg > booking.MOST_KG:
            raise booking.refuse(element, "positive")
        await store_claims.save_consumption(
            tx,
            scope,
            Consumption(
                battery_model_id=said.battery_model_id,
                plant_id=said.manufacturing_plant_id,
                year=said.year,
                element=element,
                total_kg=half_up(kg),
                method="units_times_bom" if units is not None else "consumption_minus_scrap",
            ),
        )
    await tx.record(
        ContentStated(battery_model_id=said.battery_model_id, plant_id=said.manufacturing_plant_id, year=said.year)
    )
    found = await study(tx, scope, said.battery_model_id, said.manufacturing_plant_id, said.year)
    return msgspec.structs.replace(found, warnings=warnings)


async def study(tx: Transaction, scope: OperatorScope, battery_model_id: str, plant_id: str, year: int) -> ContentStudy:
    """The recycled content of a model, plant and year. Raises OverClaim when more is retired than was consumed."""
    totals = await store_claims.consumption(tx, scope, battery_model_id, plant_id, year)
    retired: dict[str, dict[SourceClass, Decimal]] = defaultdict(dict)
    for element, source, kg in await store_claims.retired_content(tx, scope, battery_model_id, plant_id, year):
        retired[element][SourceClass(source)] = kg
    return ContentStudy(
        battery_model_id=battery_model_id,
        manufacturing_plant_id=plant_id,
        year=year,
        elements=[
            recycled_content(element, totals.get(element, Decimal(0)), retired.get(element, {}), year=year)
            for element in content_rules().elements
            if element in totals or element in retired
        ],
        warnings=[],
    )


def rounded_study(found: ContentStudy) -> ContentStudy:
    """A study as it is written: percentages with six decimals."""
    return msgspec.structs.replace(found, elements=[rounded_content(one) for one in found.elements])


async def studies(tx: Transaction, scope: OperatorScope, model: str | None = None) -> list[ContentStudy]:
    """Every model, plant and year that has a denominator, newest first."""
    rows = await store_claims.consumptions(tx, scope, model)
    keys = list(dict.fromkeys((row.battery_model_id, row.plant_id, row.year) for row in rows))
    return [await study(tx, scope, *key) for key in keys[:50]]
