"""Battery-grade or not: a certificate of analysis against the limits of the material, and the sheet of graded recovery.

A lot is battery-grade only if every limit is met; an analyte that was not measured leaves the grade not determined.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum

import msgspec

from meguri.kernel.numbers import ZERO
from meguri.recycling.rates import Tested, against_targets, ratio
from meguri.recycling.rulebook import GradeRules, Limit, rules


class Graded(StrEnum):
    """Whether a lot is battery-grade."""

    BATTERY_GRADE = "battery_grade"
    BELOW_GRADE = "below_grade"
    NOT_DETERMINED = "not_determined"


class Broken(msgspec.Struct, frozen=True, kw_only=True):
    """A limit that is missed, or whose analyte was not measured (`found` None)."""

    analyte: str
    unit: str
    found: Decimal | None
    most: Decimal | None = None
    least: Decimal | None = None


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The grade with its reasons."""

    grade: Graded
    reasons: list[Broken]
    rule_set: str


class GradedRecovery(msgspec.Struct, frozen=True, kw_only=True):
    """Recovery of one element counting only battery-grade kilograms [%], and what a kilogram cost [JPY/kg]."""

    element: str
    recovered_kg: Decimal
    graded_kg: Decimal
    value: Decimal | None
    jpy_per_kg: Decimal | None
    targets: list[Tested]


def specification(material: str) -> tuple[Limit, ...] | None:
    """The limits of a material, or None when the rule data knows none."""
    found = rules("grading", GradeRules).materials.get(material)
    return found.limits if found else None


def grade(material: str, analysis: Mapping[str, Decimal], limits: Sequence[Limit] | None = None) -> Verdict:
    """The grade of a lot by its certificate of analysis (analyte → value in the limit's unit).

    limits  a buyer's own limits; None = the rule data's for the material
    """
    book = rules("grading", GradeRules)
    asked = specification(material) if limits is None else tuple(limits)
    if not asked:
        return Verdict(grade=Graded.NOT_DETERMINED, reasons=[], rule_set=book.id)
    broken = [_broken(limit, analysis.get(limit.analyte)) for limit in asked]
    missed = [b for b in broken if b is not None and b.found is not None]
    missing = [b for b in broken if b is not None and b.found is None]
    found = Graded.BELOW_GRADE if missed else Graded.NOT_DETERMINED if missing else Graded.BATTERY_GRADE
    return Verdict(grade=found, reasons=[*missed, *missing], rule_set=book.id)


def _broken(limit: Limit, found: Decimal | None) -> Broken | None:
    low = found is not None and limit.least is not None and found < limit.least
    high = found is not None and limit.most is not None and found > limit.most
    if found is not None and not low and not high:
        return None
    return Broken(analyte=limit.analyte, unit=limit.unit, found=found, most=limit.most, least=limit.least)


def graded_recovery(
    element: str,
    input_kg: Decimal,
    lots: Sequence[tuple[Decimal, Graded]],
    cost_jpy: Decimal | None = None,
) -> GradedRecovery:
    """Recovery of `element` from lots (kg of the element, grade): only battery-grade kilograms count.

    Source: targets of NEDO's Green Innovation Fund for battery recycling (Li 70, Ni and Co 95 %, battery-grade).
    """
    recovered = sum((kg for kg, _ in lots), ZERO)
    graded = sum((kg for kg, found in lots if found is Graded.BATTERY_GRADE), ZERO)
    value = ratio(graded, input_kg)
    return GradedRecovery(
        element=element,
        recovered_kg=recovered,
        graded_kg=graded,
        value=value,
        jpy_per_kg=cost_jpy / recovered if cost_jpy is not None and recovered else None,
        targets=[t for t in against_targets("rRM", element, value, re_class="lithium_based") if t.rule == "GI"],
    )
