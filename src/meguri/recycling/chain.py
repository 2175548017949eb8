"""Recycling chains over several facilities: N_0 starts recycling, N_1 … go on with its intermediate fractions.

Rates of chains add as sums of masses, never as means of percentages. Source: Delegated Regulation (EU) 2025/606
Annex §1 (first recycler, late output), §6–9 (parts 1 and 2 of the form).
"""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from meguri.kernel.numbers import ZERO, plain
from meguri.recycling.errors import BlackMassIntermediate, ChainSumMismatch
from meguri.recycling.model import PREPARATION, Counting, LotKind, StepType
from meguri.recycling.rates import ratio

AS_WHOLE_BATTERY = frozenset({LotKind.WASTE_PACK, LotKind.WASTE_MODULE, LotKind.WASTE_CELL})
TOLERANCE = Decimal("0.001")


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One facility's share of a chain in one year [t or kg, all alike]."""

    facility: str
    input_mass: Decimal
    output_mass: Decimal


class ChainTotal(msgspec.Struct, frozen=True, kw_only=True):
    """Input, output and efficiency [%] of a chain, or of several chains together."""

    input_mass: Decimal
    output_mass: Decimal
    efficiency: Decimal | None


class InputFraction(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a lot that enters recycling belongs to the input fraction, and if not, why."""

    counts: bool
    reason: str | None = None


def total(parts: Sequence[Step] | Sequence[ChainTotal]) -> ChainTotal:
    """The steps of one chain, or several chains, as one: a ratio of sums."""
    going_in = sum((part.input_mass for part in parts), ZERO)
    coming_out = sum((part.output_mass for part in parts), ZERO)
    return ChainTotal(input_mass=going_in, output_mass=coming_out, efficiency=ratio(coming_out, going_in))


def require_sums(steps: Sequence[Step], stated: ChainTotal) -> None:
    """The steps add up to what part 1 of the form states. Raises ChainSumMismatch."""
    found = total(steps)
    pairs = (("m_input", found.input_mass, stated.input_mass), ("m_output", found.output_mass, stated.output_mass))
    for what, mine, theirs in pairs:
        if abs(mine - theirs) > TOLERANCE:
            raise ChainSumMismatch(what=what, steps=plain(mine), total=plain(theirs))


def require_output(kind: LotKind, counting: Counting, *, calculation_point: bool, field: str) -> None:
    """Black mass is always intermediate. Raises BlackMassIntermediate."""
    if kind is LotKind.BLACK_MASS and (counting is Counting.RECYCLING or calculation_point):
        raise BlackMassIntermediate(field=field)


def first_recycler(steps: Sequence[tuple[str, StepType]]) -> str | None:
    """The facility that starts recycling: the first whose step is no preparation."""
    return next((facility for facility, step in steps if step not in PREPARATION), None)


def input_fraction(kind: LotKind, *, manufacturing: bool = False) -> InputFraction:
    """Whether a lot counts as input: waste batteries always, manufacturing waste only as cell, module or pack."""
    if kind in AS_WHOLE_BATTERY:
        return InputFraction(counts=True)
    if manufacturing or kind is LotKind.MANUFACTURING_WASTE:
        return InputFraction(counts=False, reason="MANUFACTURING_WASTE_NOT_CELL_MODULE_OR_PACK")
    if kind is LotKind.BLACK_MASS:
        return InputFraction(counts=False, reason="INTERMEDIATE_FRACTION")
    return InputFraction(counts=False, reason="NOT_A_WASTE_BATTERY")


def booking_year(input_year: int, output_year: int) -> int:
    """The year that an output is booked to: that of its input, if it arises up to two years later.

    Raises ValueError when the output is older than its input.
    """
    if output_year < input_year:
        raise ValueError("output before input")
    return input_year if output_year - input_year <= 2 else output_year
