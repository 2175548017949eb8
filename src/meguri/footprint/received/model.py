"""A footprint that came from outside, per one declared unit of the own part that it is about."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

import msgspec

from meguri.kernel.units import AmountUnit

Origin = Literal["pact", "catenax", "file"]


class ReceivedInput(msgspec.Struct, frozen=True, kw_only=True):
    """What a supplier states, with where it comes from. kg CO2e per `unit`.

    reference      the id that the supplier gave it;  partner  who states it
    raw … eol      by stage; a statement of a cradle-to-gate total alone is all `raw`
    primary_share  percent from primary data;  verified  who verified it, if anybody
    """

    origin: Origin
    reference: str
    partner: str
    unit: AmountUnit
    raw: Decimal
    main: Decimal = Decimal(0)
    dist: Decimal = Decimal(0)
    eol: Decimal = Decimal(0)
    primary_share: Decimal | None = None
    ter: Decimal | None = None
    ger: Decimal | None = None
    tir: Decimal | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    gwp_sets: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    verified: str | None = None
    flags: tuple[str, ...] = ()

    @property
    def total(self) -> Decimal:
        """kg CO2e per unit, all stages."""
        return self.raw + self.main + self.dist + self.eol


class Received(ReceivedInput, frozen=True, kw_only=True):
    """The statement that counts now. in_exchange: the totals of the exchange rest on it as well."""

    trace_id: UUID
    version: int
    at: datetime
    in_exchange: bool
