"""What if? Overrides on a copy of a worksheet (pure). A scenario is looked at, never declared or sent."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from meguri.footprint.calculation.circular import Circular
from meguri.footprint.calculation.errors import FactorUnknown
from meguri.footprint.worksheets.model import Line, Worksheet


class LineOverride(msgspec.Struct, frozen=True, kw_only=True):
    """Another amount, factor, factor version, child part or recycling of one line; `drop`: without it."""

    line_id: str
    amount: Decimal | None = None
    factor_id: str | None = None
    factor_version: str | None = None
    child_id: str | None = None
    circular: Circular | None = None
    drop: bool = False


class FactorOverride(msgspec.Struct, frozen=True, kw_only=True):
    """Another factor in place of one, wherever it is used; `ratio` units of it for each unit."""

    factor_id: str
    replacement: str
    version: str | None = None
    ratio: Decimal = Decimal(1)


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """One alternative: overrides, and another pack or way of counting electricity if wanted."""

    name: str
    lines: Sequence[LineOverride] = ()
    factors: Sequence[FactorOverride] = ()
    pack_id: str | None = None
    choices: Mapping[str, Any] | None = None


def changed(sheet: Worksheet, scenario: Scenario) -> Worksheet:
    """The worksheet as the scenario has it. Raises FactorUnknown for a line that is not there."""
    given = {override.line_id: override for override in scenario.lines}
    unknown = given.keys() - {line.id for line in sheet.lines}
    if unknown:
        raise FactorUnknown(min(unknown), [line.id for line in sheet.lines])
    lines = [
        _everywhere(_overridden(line, given.get(line.id)), scenario.factors)
        for line in sheet.lines
        if not (line.id in given and given[line.id].drop)
    ]
    return msgspec.structs.replace(
        sheet,
        lines=lines,
        pack_id=scenario.pack_id or sheet.pack_id,
        choices=scenario.choices if scenario.choices is not None else sheet.choices,
    )


def _overridden(line: Line, override: LineOverride | None) -> Line:
    if override is None:
        return line
    told: dict[str, Any] = {}
    if override.amount is not None:
        told |= {"amount": override.amount, "meter": None, "source": None}
    if override.factor_id is not None:
        told |= {"factor_id": override.factor_id, "factor_version": override.factor_version, "child_id": None}
    elif override.factor_version is not None:
        told["factor_version"] = override.factor_version
    if override.child_id is not None:
        told |= {"child_id": override.child_id, "factor_id": None}
    if override.circular is not None:
        told["circular"] = override.circular
    return msgspec.structs.replace(line, **told)


def _everywhere(line: Line, factors: Sequence[FactorOverride]) -> Line:
    for override in factors:
        if line.factor_id == override.factor_id:
            amount = None if line.amount is None else line.amount * override.ratio
            return msgspec.structs.replace(
                line, factor_id=override.replacement, factor_version=override.version, amount=amount
            )
    return line
