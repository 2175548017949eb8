"""What a plant writes down: lines of activity, and the period that they were measured in."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Literal

import msgspec

from meguri.footprint.calculation.allocation import Product
from meguri.footprint.calculation.circular import Circular
from meguri.footprint.calculation.electricity import Instrument
from meguri.footprint.calculation.figures import ONE, ZERO
from meguri.footprint.calculation.quality import Scores
from meguri.footprint.calculation.transport import Fuel

STAGES = ("raw", "main", "dist", "eol_gross", "eol_credit")
MODES = ("loc", "con")


class Kind(StrEnum):
    """What a line is about. `circular` is a material with its recycled content and its end of life."""

    MATERIAL = "material"
    FUEL = "fuel"
    ELECTRICITY = "electricity"
    TRANSPORT = "transport"
    WASTE = "waste"
    DIRECT = "direct"
    CREDIT = "credit"
    CIRCULAR = "circular"


class Journey(msgspec.Struct, frozen=True, kw_only=True):
    """A truck's journey, for the improved tonne-kilometre method; the line's factor is then per litre of fuel."""

    tonnes: Decimal
    distance_km: Decimal
    fuel: Fuel
    load_percent: Decimal
    payload_kg: Decimal
    return_factor: Decimal = ONE


class ActivityLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a worksheet.

    amount     None: not known yet, which is shown and makes the result incomplete; never taken for 0
    per        `unit`: for one good unit; `period`: for all that the period made
    source     exactly one of: factor_id, gas (its mass is the amount), child_id (a part with its own footprint, which
               the roll-up brings), circular
    stage      where it counts; a circular line finds its stages itself
    scrap_rate share of a material that does not end up in a good unit, 0 ≤ rate < 1
    primary    the amount is measured, not estimated
    scores     of the line; None: those of its factor
    process    name of the process, for exclusions and for what a rule pack wants company-specific
    excluded   left out as far as the pack allows; its estimate tells how much that hides
    electricity  kWh are the amount; the factor is the grid's, `residual_factor_id` the residual mix's; `grid_loss`: share
                 lost on the way, 0 ≤ loss < 1, where these factors are of electricity as it is generated
    transport    by tonne-kilometres or fuel, or by `journey`
    waste        recycled; transport_factor_id and avoided_factor_id are per kg
    """

    id: str
    kind: Kind
    amount: Decimal | None = None
    unit: str = "kg"
    stage: str = "main"
    per: Literal["unit", "period"] = "unit"
    factor_id: str | None = None
    factor_version: str | None = None
    gas: str | None = None
    child_id: str | None = None
    circular: Circular | None = None
    scrap_rate: Decimal = ZERO
    primary: bool = False
    scores: Scores | None = None
    process: str | None = None
    component: str = ""
    excluded: bool = False
    instruments: Sequence[Instrument] = ()
    residual_factor_id: str | None = None
    grid_loss: Decimal | None = None
    region: str | None = None
    journey: Journey | None = None
    recycled: bool = False
    transport_factor_id: str | None = None
    avoided_factor_id: str | None = None
    mass_per_piece: Decimal | None = None
    density: Decimal | None = None


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """What a plant made while the lines were measured.

    output     good units of the part, > 0
    coproducts the part itself first, then what else the same process made; empty: nothing else
    """

    start: date
    end: date
    output: Decimal
    coproducts: Sequence[Product] = ()
