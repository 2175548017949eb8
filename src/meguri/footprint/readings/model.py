"""Readings and what they add up to."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec


class Reading(msgspec.Struct, frozen=True, kw_only=True, rename={"starts": "from", "ends": "to"}):
    """What a meter counted from one moment (included) to another (excluded).

    source  the system or paper: `meter`, `mes`, `erp`, `invoice` …;  evidence  file or document that shows it
    """

    source: str
    meter: str
    starts: datetime
    ends: datetime
    amount: Decimal
    unit: str
    evidence: str | None = None


class Rejected(msgspec.Struct, frozen=True, kw_only=True):
    """A reading that was not taken, and why."""

    line: int
    ja: str
    en: str


class ReadingsReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did; the same readings again are `unchanged`. With anything rejected nothing is taken."""

    read: int
    added: int
    unchanged: int
    rejected: Sequence[Rejected]


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """A time without a reading."""

    starts: datetime
    ends: datetime


class Total(msgspec.Struct, frozen=True, kw_only=True):
    """The sum of a meter's readings within a period, in one unit.

    covered  readings cover the whole period, of `seconds`;  gaps  where they do not
    """

    amount: Decimal
    unit: str
    readings: int
    covered: bool
    gaps: Sequence[Gap]
    seconds: Decimal


class Meter(msgspec.Struct, frozen=True, kw_only=True):
    """A meter that has readings."""

    source: str
    meter: str
    unit: str
    readings: int
    first: datetime
    last: datetime


Row = dict[str, Any]
