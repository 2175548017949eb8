"""What goes in and out of health: items, results, their status and their reasons."""

from enum import StrEnum

import msgspec

from meguri.health.rulebook import RuleSet
from meguri.telemetry.model import Chemistry, Level, NamePlate

__all__ = ["Chemistry", "Conditions", "Evidence", "Item", "Level", "Reference", "Result", "Status"]


class Status(StrEnum):
    """Whether a result is a number that one may use.

    `not_assessable` has no number and at least one reason; `out_of_domain` may have one, with a widened interval.
    """

    OK = "ok"
    NOT_ASSESSABLE = "not_assessable"
    OUT_OF_DOMAIN = "out_of_domain"
    ERROR = "error"


class Reference(msgspec.Struct, frozen=True):
    """What a relative quantity is relative to; gross and net are part of the name."""

    name: str
    value: float
    unit: str


class Conditions(msgspec.Struct, frozen=True, omit_defaults=True):
    """Under which conditions a quantity holds."""

    temperature_c: float | None = None
    c_rate: float | None = None
    soc_window: tuple[float, float] | None = None


class Evidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a result comes from: a file by its hash, or a record."""

    file_sha256: str | None = None
    record_id: str | None = None
    rows: int | None = None


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One quantity of an item, with its interval and everything needed to repeat it.

    `lower` and `upper` bound `value` with `confidence`; all three are None when the status says so.
    """

    quantity: str
    value: float | None
    lower: float | None
    upper: float | None
    unit: str
    method: str
    status: Status
    confidence: float = 0.90
    reference: Reference | None = None
    conditions: Conditions = Conditions()
    reasons: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    rule_sets: tuple[RuleSet, ...] = ()
    model_id: str | None = None
    measured_at: str | None = None


class Item(NamePlate, frozen=True, kw_only=True, omit_defaults=True):
    """A battery, module or cell under test: its name plate, and how it is called."""

    item_id: str
