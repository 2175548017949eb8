"""A kept result as what a component supplier tells a battery maker, stage by stage."""

from typing import Any, Literal
from uuid import UUID

import msgspec

from meguri.dataspaces.catenax.pcf.component import Component, component_faults, to_component
from meguri.dataspaces.catenax.pcf.errors import AspectInvalid, UnitUnsupported
from meguri.dataspaces.catenax.pcf.metals import metals_of
from meguri.dataspaces.misfits import misfit
from meguri.dataspaces.pact.errors import ResultStale
from meguri.footprint.calculation.figures import HUNDRED, ZERO
from meguri.footprint.worksheets.model import Result
from meguri.footprint.worksheets.service import result as kept_result
from meguri.kernel.scope import OperatorScope
from meguri.kernel.units import AmountUnit
from meguri.storage.transaction import Transaction

_UNITS: dict[str | None, Literal["kilogram", "piece"]] = {
    AmountUnit.KILOGRAM.value: "kilogram",
    AmountUnit.UNIT.value: "piece",
    None: "piece",
}


class ComponentInput(msgspec.Struct, frozen=True, kw_only=True):
    """What the message says beside the result: who made which part where, for whom.

    site, company  BPNS and BPNL of Catena-X
    end_of_life    `gross`: the burden alone, where the net value is a credit that the message cannot carry
    metals         `Material: Nickel, Specific Content: 50.5%, …`, several joined by `; `
    """

    customer_part_id: str
    manufacturer_part_id: str
    site: str
    company: str
    end_of_life: Literal["net", "gross"] = "net"
    metals: list[str] = []
    quality: list[str] = []
    valid_from: str | None = None
    valid_to: str | None = None
    performance_class: str | None = None
    study_link: str | None = None


async def result_as_component(
    tx: Transaction, scope: OperatorScope, result_id: UUID, given: ComponentInput
) -> dict[str, Any]:
    """The aspect of a kept result, in its authoritative mode. Raises ResultNotFound, ResultStale, UnitUnsupported,
    NegativeStage, AspectInvalid naming every place.
    """
    kept = await kept_result(tx, scope, result_id)
    if kept.stale is not None:
        raise ResultStale
    body = to_component(_component(kept.result, given), end_of_life=given.end_of_life)
    faults = component_faults(body)
    if faults:
        fields = tuple(misfit(place, wrong) for place, wrong in faults)
        raise AspectInvalid(fields=fields, count=len(faults))
    return body


def _component(result: Result, given: ComponentInput) -> Component:
    if result.unit not in _UNITS:
        raise UnitUnsupported(unit=result.unit)
    stages = result.stages[result.mode]
    return Component(
        customer_part=given.customer_part_id,
        maker_part=given.manufacturer_part_id,
        site=given.site,
        company=given.company,
        unit=_UNITS[result.unit],
        raw=stages["raw"],
        main=stages["main"],
        dist=stages["dist"],
        eol_gross=stages["eol_gross"],
        eol_credit=stages["eol_credit"],
        ter=result.rating.ter,
        ger=result.rating.ger,
        tir=result.rating.tir,
        primary_share=max(ZERO, min(HUNDRED, result.primary_percent)),
        sources=tuple(f"{name} {version}" for name, version in result.sources),
        valid_from=given.valid_from,
        valid_to=given.valid_to,
        quality=tuple(given.quality),
        metals=tuple(metals_of(given.metals)),
        performance_class=given.performance_class,
        study_link=given.study_link,
    )
