"""A received aspect into the tree, as a supplier's answer with its origin; an own PACT footprint as an aspect."""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from meguri.dataspaces import strict
from meguri.dataspaces.catenax.pcf.aspect import Mapped, from_aspect, to_aspect, unfit
from meguri.dataspaces.catenax.pcf.component import Component, from_component
from meguri.dataspaces.catenax.pcf.errors import NotAnAspect
from meguri.dataspaces.catenax.pcf.shape import shape_faults
from meguri.dataspaces.pact import service as pact
from meguri.dataspaces.pact.conversion import statement_of
from meguri.dataspaces.pact.validity import moment
from meguri.footprint.calculation.errors import UnitIncompatible
from meguri.footprint.service import Received, ReceivedInput, receive
from meguri.kernel.scope import OperatorScope
from meguri.kernel.units import AmountUnit
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability

_UNITS = {"kilogram": AmountUnit.KILOGRAM, "piece": AmountUnit.UNIT}


def aspect_of(raw: bytes) -> dict[str, Any]:
    """The JSON object in `raw`, its numbers exact. Raises NotAnAspect."""
    try:
        strict.loads(raw)
    except strict.NotStrict as error:
        raise NotAnAspect(why=str(error)) from None
    value = json.loads(raw, parse_float=Decimal)
    if not isinstance(value, dict):
        raise NotAnAspect(why="no object")
    return value


async def own_as_aspect(tx: Transaction, scope: OperatorScope, footprint_id: UUID) -> Mapped:
    """What we published on PACT, in the form of Catena-X. Raises FootprintNotFound, AspectInvalid for what that form
    does not allow, and what `to_aspect` raises.
    """
    mapped = to_aspect((await pact.own_footprint(tx, scope, footprint_id)).body)
    if faults := shape_faults(mapped.body):
        raise unfit(faults)
    return mapped


async def take(
    tx: Transaction, scope: OperatorScope, trace_id: UUID, aspect: Mapping[str, Any], *, in_percent: bool = False
) -> Received:
    """Lets an aspect of either model count for an own part.

    in_percent  the stages of a component are percentages of its total, as its sender says
    Raises PartNotOwn, AspectInvalid, UnitIncompatible.
    """
    part = await traceability.part(tx, scope, trace_id)
    if "pcfValues" in aspect:
        stated = _of_component(from_component(aspect, in_percent=in_percent), part.unit)
        return await receive(tx, scope, trace_id, stated)
    mapped = from_aspect(aspect)
    flags = [warning.partition(" ")[0] for warning in mapped.warnings]
    stated = msgspec.structs.replace(statement_of(mapped.body, part.unit, flags), origin="catenax")
    return await receive(tx, scope, trace_id, stated)


def _of_component(given: Component, unit: AmountUnit | None) -> ReceivedInput:
    stated = _UNITS[given.unit]
    if unit not in (None, stated):
        raise UnitIncompatible(given=given.unit, wanted=str(unit and unit.value))
    return ReceivedInput(
        origin="catenax",
        reference=given.maker_part,
        partner=given.company,
        unit=stated,
        raw=given.raw,
        main=given.main,
        dist=given.dist,
        eol=given.eol_gross + given.eol_credit,
        primary_share=given.primary_share,
        ter=given.ter,
        ger=given.ger,
        tir=given.tir,
        valid_from=_day(given.valid_from),
        valid_to=_day(given.valid_to),
        sources=given.sources,
        flags=given.flags,
    )


def _day(text: str | None) -> date | None:
    found = moment(text) if text else None
    return found.date() if found else None
