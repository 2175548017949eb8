"""Reduction requests, and what drives a product. kg CO2e per declared unit unless said.

Source: business flow 4 (part selection, reduction request) of the public guideline for footprints in supply chains.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

Words = Annotated[str, Meta(max_length=1000)]


class ReductionInput(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer asks of the supplier of a part: bring its footprint to `target`, or down by `percent`, by `due`."""

    trade_id: UUID
    due: date
    target: Decimal | None = None
    percent: Decimal | None = None
    message: Words | None = None


class Reduction(msgspec.Struct, frozen=True, kw_only=True):
    """A request as one of its two sides sees it.

    side      `down` (we ask) or `up` (we are asked)
    baseline  the answer when it was asked;  now  the answer at present, None if it is not disclosed any more
    progress  percent of the way from baseline to target, 0–100 and beyond
    state     asked, accepted, declined, withdrawn; `reached` as soon as `now` is at the target or below
    """

    reduction_id: UUID
    side: str
    partner_id: UUID
    trade_id: UUID
    trace_id: UUID
    part_name: str
    baseline: Decimal
    target: Decimal
    due: date
    state: str
    message: str | None
    reply: str | None
    version: int
    created_at: datetime
    updated_at: datetime
    now: Decimal | None = None
    progress: Decimal | None = None
    late: bool = False


class Driver(msgspec.Struct, frozen=True, kw_only=True):
    """A part that drives a product's footprint, wherever it stands in it.

    amount    units in one unit of the product;  value  kg CO2e that it brings;  share  of the product's total
    trade_id, partner  the request that it is bought under, so that a reduction can be asked
    """

    trace_id: UUID
    name: str
    amount: Decimal
    per_unit: Decimal
    value: Decimal
    share: Decimal | None
    kind: str
    trade_id: UUID | None
    partner_id: UUID | None
    partner: str


class Alternative(msgspec.Struct, frozen=True, kw_only=True):
    """Something else in place of a part: another own part whose figure is known, or a figure; `ratio` units for one."""

    name: str = ""
    trace_id: UUID | None = None
    per_unit: Decimal | None = None
    ratio: Decimal = Decimal(1)


class AlternativeResult(msgspec.Struct, frozen=True, kw_only=True):
    """What the product would come to with an alternative; None where its figure is not known."""

    name: str
    per_unit: Decimal | None
    total: Decimal | None
    difference: Decimal | None
    percent: Decimal | None


class Alternatives(msgspec.Struct, frozen=True, kw_only=True):
    """Alternatives for one part of a product beside what is, best first; flagged as a what-if."""

    product_total: Decimal
    part: Driver
    options: Sequence[AlternativeResult]
    flags: Sequence[str] = ("scenario",)
