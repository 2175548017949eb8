"""What if? Overrides on a copy of a worksheet (pure). A scenario is looked at, never declared or sent."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from meguri.footprint.calculation.circular import Circular
from meguri.footprint.calculation.errors import FactorUnknown
from meguri.footprint.worksheets.errors import PartNotBelow
from meguri.footprint.worksheets.model import Line, Worksheet

_BESIDE = ("residual_factor_id", "transport_factor_id", "avoided_factor_id")
"""Factors that a line may have beside the one of its amount."""


class LineOverride(msgspec.Struct, frozen=True, kw_only=True):
    """Another amount, factor, factor version, child part or recycling of one line; `drop`: without it.

    part_id  of the worksheet below that has the line; None: the line is one of the worksheet itself
    """

    line_id: str
    part_id: UUID | None = None
    amount: Decimal | None = None
    factor_id: str | None = None
    factor_version: str | None = None
    child_id: str | None = None
    circular: Circular | None = None
    drop: bool = False


class FactorOverride(msgspec.Struct, frozen=True, kw_only=True):
    """Another factor in place of one, wherever it is used, below too; `ratio` units of it for each unit."""

    factor_id: str
    replacement: str
    version: str | None = None
    ratio: Decimal = Decimal(1)


class PartOverride(msgspec.Struct, frozen=True, kw_only=True):
    """Another part in place of one, wherever it goes in, below too; `ratio` units of it for each unit."""

    part_id: UUID
    replacement: UUID
    ratio: Decimal = Decimal(1)


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """One alternative: overrides, and another pack or way of counting electricity if wanted."""

    name: str
    lines: Sequence[LineOverride] = ()
    factors: Sequence[FactorOverride] = ()
    parts: Sequence[PartOverride] = ()
    pack_id: str | None = None
    choices: Mapping[str, Any] | None = None


def changed(sheet: Worksheet, scenario: Scenario) -> Worksheet:
    """The worksheet at the top as the scenario has it. Raises FactorUnknown for a line that is not there."""
    own = [each for each in scenario.lines if each.part_id in (None, sheet.trace_id)]
    return msgspec.structs.replace(
        sheet,
        lines=_lines(sheet, own, scenario),
        pack_id=scenario.pack_id or sheet.pack_id,
        choices=scenario.choices if scenario.choices is not None else sheet.choices,
    )


def changed_below(sheet: Worksheet, scenario: Scenario) -> Worksheet:
    """The worksheet of a part below as the scenario has it. Raises as `changed`."""
    own = [each for each in scenario.lines if each.part_id == sheet.trace_id]
    return msgspec.structs.replace(sheet, lines=_lines(sheet, own, scenario))


def check_met(scenario: Scenario, before: Iterable[Worksheet]) -> None:
    """Raises FactorUnknown or PartNotBelow for an override of what no worksheet uses: it would change nothing, unsaid.

    before  the worksheet and all below it, as they are
    """
    sheets = list(before)
    used = {each for sheet in sheets for line in sheet.lines for each in _factors(line) if each}
    for factor in scenario.factors:
        if factor.factor_id not in used:
            raise FactorUnknown(factor.factor_id, sorted(used))
    children = {line.child_id for sheet in sheets for line in sheet.lines if line.child_id}
    known = {sheet.trace_id for sheet in sheets}
    if any(str(part.part_id) not in children for part in scenario.parts):
        raise PartNotBelow
    if any(line.part_id is not None and line.part_id not in known for line in scenario.lines):
        raise PartNotBelow


def _lines(sheet: Worksheet, overrides: Sequence[LineOverride], scenario: Scenario) -> list[Line]:
    given = {override.line_id: override for override in overrides}
    unknown = given.keys() - {line.id for line in sheet.lines}
    if unknown:
        raise FactorUnknown(min(unknown), [line.id for line in sheet.lines])
    return [
        _everywhere(_overridden(line, given.get(line.id)), scenario)
        for line in sheet.lines
        if not (line.id in given and given[line.id].drop)
    ]


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


def _everywhere(line: Line, scenario: Scenario) -> Line:
    for factor in scenario.factors:
        if line.factor_id == factor.factor_id:
            told = {"factor_id": factor.replacement, "factor_version": factor.version}
            line = msgspec.structs.replace(line, amount=_times(line.amount, factor.ratio), **told)
        beside = {name: factor.replacement for name in _BESIDE if getattr(line, name) == factor.factor_id}
        line = msgspec.structs.replace(line, **beside) if beside else line
    for part in scenario.parts:
        if line.child_id == str(part.part_id):
            amount = _times(line.amount, part.ratio)
            return msgspec.structs.replace(line, amount=amount, child_id=str(part.replacement))
    return line


def _factors(line: Line) -> list[str | None]:
    return [line.factor_id, *(getattr(line, name) for name in _BESIDE)]


def _times(amount: Decimal | None, ratio: Decimal) -> Decimal | None:
    return None if amount is None else amount * ratio
