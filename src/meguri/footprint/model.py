"""Footprints of parts: what goes in and out. Unit: kg CO2e per ONE declared unit of the part, unless said."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from meguri.kernel.units import AmountUnit

UNIT_PREFIX = "kgCO2e/"
MAX_FIGURE = Decimal("99999.99999")


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """Data-quality ratings of one side (1 is best; None: not rated).

    Technical, geographical and temporal representativeness.
    """

    ter: Decimal | None = None
    ger: Decimal | None = None
    tir: Decimal | None = None


class FootprintInput(msgspec.Struct, frozen=True, kw_only=True):
    """What a maker declares of one unit of a part.

    pre_… / main_…  pre-processing (raw material) and main production
    …_production    the maker's own emissions;  …_component  those of components that are declared as a lump
    """

    declared_unit: AmountUnit
    pre_production: Decimal | None = None
    main_production: Decimal | None = None
    pre_component: Decimal | None = None
    main_component: Decimal | None = None
    pre_quality: Quality = Quality()
    main_quality: Quality = Quality()
    comment: str | None = None


class Footprint(FootprintInput, frozen=True, kw_only=True):
    """A declared footprint as it is kept. `version` counts its changes from 1 and is its ETag."""

    footprint_id: UUID
    trace_id: UUID
    version: int
    created_at: datetime
    updated_at: datetime


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """A total of both sides with its emission-weighted quality.

    Rounded up at the fifth decimal; None: not disclosed.
    """

    pre: Decimal | None
    main: Decimal | None
    pre_quality: Quality
    main_quality: Quality


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """The totals of a part. …_component: what its components bring, declared lump included."""

    pre_production: Decimal
    pre_component: Decimal
    main_production: Decimal
    main_component: Decimal
    pre_quality: Quality
    main_quality: Quality


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that may be shown of one own part: its own figures, its totals, or its supplier's answer.

    answer         set for a purchased part with an answered request; the two others are then not shown
    totals         set for a part that is made here and has figures of its own
    updating_since a change further upstream has not reached these totals yet
    """

    trace_id: UUID
    own: Footprint | None = None
    totals: Totals | None = None
    answer: Figures | None = None
    answer_unit: str | None = None
    updating_since: datetime | None = None


class Contribution(msgspec.Struct, frozen=True, kw_only=True):
    """One line of “why is this number what it is”: what one component brings to one unit of the part.

    source  `own` (the maker's own figures), `component` (a part ended or made here), `answer` (a supplier's disclosed
            total), `missing` (purchased, no answer yet), `undisclosed` (answered, not released)
    """

    trace_id: UUID
    name: str
    source: str
    amount: Decimal
    unit: AmountUnit | None
    pre_per_unit: Decimal | None
    main_per_unit: Decimal | None
    pre: Decimal
    main: Decimal
    trade_id: UUID | None = None
    partner_id: UUID | None = None
    share: Decimal | None = None


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """How the totals of a part come about, one tier deep: nothing is told beyond what direct suppliers disclosed."""

    trace_id: UUID
    formula: str
    rule: str
    totals: Totals | None
    lines: list[Contribution]
    updating_since: datetime | None


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """What the last change of a component's answer did, in kg CO2e.

    before, after  of one unit of the component
    of_product     to the total of one unit of the product: the difference times the amount that goes into it
    """

    before: Decimal
    after: Decimal
    of_product: Decimal
