"""Recycling efficiency and recovery of materials, by a versioned rule set.

    rRE = Σ m_output / Σ m_input × 100                       [mass %], per calendar year and class of batteries
    rRM(TM) = m_TM,output at its calculation point / m_TM,input × 100   [mass %], TM ∈ {Co, Cu, Li, Ni, Pb}

Masses: water-free kg of the element. Source: Delegated Regulation (EU) 2025/606 Annex §1–4; figures are rule data.
Known reading: only element mass of battery origin is output (reagents are not derived from the input fraction).
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from meguri.kernel.numbers import ZERO, plain
from meguri.recycling.errors import BlackMassIntermediate
from meguri.recycling.model import Counting, Location, LotKind, ReClass, TargetStatus
from meguri.recycling.rates import Tested, against_targets, combined_u_rel, interval, ratio
from meguri.recycling.rulebook import RecoveryRules, TargetRule

LEAD = "Pb"
WASTE = frozenset({Counting.DISPOSAL, Counting.LANDFILL, Counting.LANDFILL_CONSTRUCTION, Counting.BACKFILLING})
"""Where mercury and cadmium may end instead of being recycled (Annex §4)."""


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """An element of the input fraction: dry kg; `location` None = where it counts for recovery."""

    element: str
    mass_kg: Decimal
    location: Location | None = None
    u_rel: Decimal | None = None


class Yielded(msgspec.Struct, frozen=True, kw_only=True):
    """An element of one output: dry kg in all, of which `reagent_kg` came with reagents.

    place         where the caller finds it (`outputs[3]`)
    counted_kg    of battery origin, but an output fraction before: no gram is two outputs
    recovered_kg  of battery origin, but recovered at a calculation point before
    """

    place: str
    element: str
    mass_kg: Decimal
    counting: Counting
    reagent_kg: Decimal = ZERO
    counted_kg: Decimal = ZERO
    recovered_kg: Decimal = ZERO
    location: Location | None = None
    u_rel: Decimal | None = None
    calculation_point: bool = False
    substitutes_primary: bool = False
    country: str | None = None
    evidence: str | None = None
    kind: LotKind | None = None

    @property
    def battery_kg(self) -> Decimal:
        """Mass of battery origin."""
        return self.mass_kg - self.reagent_kg


class Excluded(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An output that does not count, in which figures, and why."""

    output: str
    element: str
    mass_kg: Decimal
    reason: str
    not_in: tuple[str, ...]


class Rate(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A rate with its working. `value` None: it cannot be determined, and `status` says so."""

    value: Decimal | None
    output_kg: Decimal
    input_kg: Decimal
    formula: str
    targets: list[Tested]
    included: list[str] | msgspec.UnsetType = msgspec.UNSET
    u: Decimal | msgspec.UnsetType = msgspec.UNSET
    expanded: Decimal | msgspec.UnsetType = msgspec.UNSET
    lower: Decimal | msgspec.UnsetType = msgspec.UNSET
    status: TargetStatus | msgspec.UnsetType = msgspec.UNSET


class Warned(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Something to look at; it blocks nothing."""

    code: str
    text: str
    text_ja: str
    element: str | None = None
    value: Decimal | None = None
    place: str | None = None


class HazardBalance(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Mercury or cadmium: what went in, what was recycled, what is in the waste, and what is missing [kg]."""

    input_kg: Decimal
    output_kg: Decimal
    waste_kg: Decimal
    residual_kg: Decimal
    balanced: bool


class Recovery(msgspec.Struct, frozen=True, kw_only=True, rename={"r_re": "rRE", "r_rm": "rRM"}):
    """The whole result; figures unrounded."""

    ruleSet: str
    year: int
    reClass: ReClass
    r_re: Rate
    r_rm: dict[str, Rate]
    excluded: list[Excluded]
    warnings: list[Warned]
    hazards: dict[str, HazardBalance] = {}


def included_elements(book: RecoveryRules, year: int, chosen: Iterable[str]) -> list[str]:
    """Optional elements that are taken into account: those that shall be, and of those that may be the chosen ones."""
    wanted = set(chosen)
    return [
        element
        for rule in book.optional
        if rule.holds(year)
        for element in rule.elements
        if rule.mode == "shall" or element in wanted
    ]


def optional_elements(book: RecoveryRules, year: int) -> set[str]:
    """Every element that somebody may choose about, or that shall be counted as such, in `year`."""
    return {element for rule in book.optional if rule.holds(year) for element in rule.elements}


def recover(
    book: RecoveryRules,
    year: int,
    re_class: ReClass,
    charges: Sequence[Charge],
    yields: Sequence[Yielded],
    *,
    optional: Iterable[str] = (),
    rows: Sequence[TargetRule] | None = None,
) -> Recovery:
    """Both rates with their working. Raises BlackMassIntermediate.

    optional  elements chosen from those that may be taken into account; the choice holds for input and output alike
    rows      targets to stand beside the rates; None = all known ones
    """
    for made in yields:
        _refuse_black_mass(made)
    included = included_elements(book, year, optional)
    left_out = optional_elements(book, year) - set(included)
    excluded, counted, warnings = _sorted_out(book, yields, left_out)
    efficiency = _efficiency(charges, counted, included, left_out, year, re_class, rows)
    metals = _metals(book, re_class, charges)
    recovered = {m: _metal(book, m, charges, counted, excluded, year, re_class, rows) for m in metals}
    warnings += _plausible(book, re_class, efficiency, recovered)
    return Recovery(
        ruleSet=book.id,
        year=year,
        reClass=re_class,
        r_re=efficiency,
        r_rm=recovered,
        excluded=excluded,
        warnings=warnings,
    )


def _refuse_black_mass(made: Yielded) -> None:
    if made.kind is LotKind.BLACK_MASS and (made.counting is Counting.RECYCLING or made.calculation_point):
        raise BlackMassIntermediate(field=made.place)


def _sorted_out(
    book: RecoveryRules, yields: Sequence[Yielded], left_out: set[str]
) -> tuple[list[Excluded], list[Yielded], list[Warned]]:
    """What does not count at all, and what does."""
    excluded: list[Excluded] = []
    counted: list[Yielded] = []
    for made in yields:
        reason, not_in = _why_not(book, made, left_out)
        if reason and made.mass_kg:
            excluded.append(_out(made, reason, *not_in))
        if "rRE" not in not_in:
            counted.append(made)
            excluded += _before(made)
    slags = [made for made in counted if made.kind is LotKind.SLAG and made.calculation_point]
    return excluded, counted, [_slag_warning(made) for made in slags]


def _why_not(book: RecoveryRules, made: Yielded, left_out: set[str]) -> tuple[str, tuple[str, ...]]:
    if made.counting is not Counting.RECYCLING:
        return f"NOT_RECYCLING: {made.counting.value}", ("rRE", "rRM")
    if made.country is not None and made.country not in book.territory.countries and not made.evidence:
        return book.territory.reason, ("rRE", "rRM")
    if made.element in left_out:
        return "OPTIONAL_ELEMENT_NOT_INCLUDED", ("rRE",)
    return "", ()


def _out(made: Yielded, reason: str, *not_in: str) -> Excluded:
    return Excluded(output=made.place, element=made.element, mass_kg=made.battery_kg, reason=reason, not_in=not_in)


def _before(made: Yielded) -> list[Excluded]:
    """What an output holds that was an output, or was recovered, before."""
    twice = [("rRE", made.counted_kg), ("rRM", made.recovered_kg if made.calculation_point else ZERO)]
    return [
        Excluded(output=made.place, element=made.element, mass_kg=kg, reason="COUNTED_BEFORE", not_in=(rate,))
        for rate, kg in twice
        if kg
    ]


def _slag_warning(made: Yielded) -> Warned:
    return Warned(
        code="SLAG_METAL_NOT_RECOVERED",
        text=f"{made.place}: {made.element} within slag counts for recycling efficiency, not for its recovery.",
        text_ja=f"{made.place}: スラグ中の {made.element} はリサイクル効率には入りますが、材料回収率には入りません。",
        element=made.element,
        place=made.place,
    )


def _efficiency(
    charges: Sequence[Charge],
    counted: Sequence[Yielded],
    included: list[str],
    left_out: set[str],
    year: int,
    re_class: ReClass,
    rows: Sequence[TargetRule] | None,
) -> Rate:
    going_in = [(c.mass_kg, c.u_rel) for c in charges if c.element not in left_out]
    coming_out = [(y.battery_kg - y.counted_kg, y.u_rel) for y in counted if y.element not in left_out]
    rate = _rate("rRE", re_class.value, coming_out, going_in, "m_output", "m_input", year, re_class, rows)
    return msgspec.structs.replace(rate, included=included)


def _metals(book: RecoveryRules, re_class: ReClass, charges: Sequence[Charge]) -> list[str]:
    """Metals whose recovery is stated: those of the class, and any other target metal that is in the input."""
    duty = book.classes[re_class.value].metals
    there = {c.element for c in charges}
    every = [*book.scope.metals, LEAD]
    return [m for m in every if m in duty or m in there]


def _metal(
    book: RecoveryRules,
    metal: str,
    charges: Sequence[Charge],
    counted: Sequence[Yielded],
    excluded: list[Excluded],
    year: int,
    re_class: ReClass,
    rows: Sequence[TargetRule] | None,
) -> Rate:
    going_in = [(c.mass_kg, c.u_rel) for c in charges if c.element == metal and _in_scope(book, metal, c.location)]
    coming_out: list[tuple[Decimal, Decimal | None]] = []
    for made in counted:
        if made.element != metal:
            continue
        reason = _not_recovered(book, made)
        if reason:
            excluded += [_out(made, reason, "rRM")] if made.mass_kg else []
        else:
            coming_out.append((made.battery_kg - made.recovered_kg, made.u_rel))
    return _rate("rRM", metal, coming_out, going_in, f"m_{metal},output", f"m_{metal},input", year, re_class, rows)


def _in_scope(book: RecoveryRules, metal: str, location: Location | None) -> bool:
    return location is None or metal not in book.scope.metals or location.value in book.scope.locations


def _not_recovered(book: RecoveryRules, made: Yielded) -> str:
    if made.kind is LotKind.SLAG:
        return "SLAG_METAL"
    if not made.calculation_point:
        return "NOT_AT_CALCULATION_POINT"
    if not made.substitutes_primary:
        return "NOT_SUBSTITUTING_PRIMARY"
    if book.scope.output == "same_as_input" and not _in_scope(book, made.element, made.location):
        return "OUT_OF_RM_SCOPE"
    return ""


def _rate(
    metric: str,
    key: str,
    coming_out: list[tuple[Decimal, Decimal | None]],
    going_in: list[tuple[Decimal, Decimal | None]],
    upper: str,
    below: str,
    year: int,
    re_class: ReClass,
    rows: Sequence[TargetRule] | None,
) -> Rate:
    out_kg = sum((kg for kg, _ in coming_out), ZERO)
    in_kg = sum((kg for kg, _ in going_in), ZERO)
    value = ratio(out_kg, in_kg)
    of_out, of_in = combined_u_rel(coming_out), combined_u_rel(going_in)
    sure = None if value is None or of_out is None or of_in is None else interval(value, of_out, of_in)
    lower = sure.lower if sure else None
    return Rate(
        value=value,
        output_kg=out_kg,
        input_kg=in_kg,
        formula=f"{metric} = Σ {upper} / Σ {below} × 100 = {plain(out_kg)} / {plain(in_kg)} × 100",
        targets=against_targets(metric, key, value, lower, year=year, re_class=re_class.value, rows=rows),
        u=sure.u if sure else msgspec.UNSET,
        expanded=sure.expanded if sure else msgspec.UNSET,
        lower=sure.lower if sure else msgspec.UNSET,
        status=TargetStatus.NOT_DETERMINED if value is None else msgspec.UNSET,
    )


def _plausible(book: RecoveryRules, re_class: ReClass, efficiency: Rate, recovered: dict[str, Rate]) -> list[Warned]:
    asked: list[Warned] = []
    for question in book.plausibility:
        figures = {"rRE": efficiency} if question.metric == "rRE" else recovered
        for key, rate in figures.items():
            named = question.re_class == re_class.value if key == "rRE" else key in question.elements
            if named and rate.value is not None and rate.value > question.above:
                asked.append(_question(question.id, key, rate.value, question.above))
    return asked


def _question(code: str, key: str, value: Decimal, above: Decimal) -> Warned:
    name = "rRE" if key == "rRE" else f"rRM({key})"
    return Warned(
        code=code,
        text=f"{name} is above {plain(above)} %: please check the figures ({code}).",
        text_ja=f"{name} が {plain(above)} % を超えています。値を確認してください({code})。",
        element=None if key == "rRE" else key,
        value=value,
    )


def hazard_balance(
    element: str,
    going_in: Decimal,
    recycled: Decimal,
    in_waste: Decimal,
    *,
    u: Decimal | None = None,
    soft_share: Decimal = Decimal("0.005"),
) -> HazardBalance:
    """m_waste = m_input for mercury, m_output + m_waste = m_input for cadmium [kg], within max(2u, 0.5 % of input).

    u  standard uncertainty of the residual [kg], from stated uncertainties only; None = nothing stated
    Source: Delegated Regulation (EU) 2025/606 Annex §4. The caller refuses what is not `balanced`.
    """
    out = ZERO if element == "Hg" else recycled
    residual = going_in - out - in_waste
    tolerance = max(2 * (u or ZERO), soft_share * going_in)
    return HazardBalance(
        input_kg=going_in,
        output_kg=recycled,
        waste_kg=in_waste,
        residual_kg=residual,
        balanced=abs(residual) <= max(tolerance, ZERO),
    )
