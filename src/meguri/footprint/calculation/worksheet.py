"""A part's worksheet under a rule pack: its own columns per good unit, for the roll-up, and what a reader must know.

The columns hold every stage and both ways of counting electricity, whatever the pack declares; so a change of law that
only chooses among them needs no recalculation of inputs.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from meguri.footprint.calculation.activity import MODES, STAGES, ActivityLine, Kind, Period
from meguri.footprint.calculation.allocation import Allocation, allocate
from meguri.footprint.calculation.cutoff import Material, by_component_mass, exempted_percent
from meguri.footprint.calculation.errors import CompanySpecificMissing
from meguri.footprint.calculation.factors import Catalogue, sources_of
from meguri.footprint.calculation.figures import HUNDRED, ONE, ZERO, above, precise
from meguri.footprint.calculation.gases import mixed_sets
from meguri.footprint.calculation.line import Context, LineResult, Pair, line_emissions
from meguri.footprint.calculation.packs import RulePack, Rules
from meguri.footprint.calculation.quality import Rating, Scores, Weights, added, rating_of, share_percent, weights_of
from meguri.kernel.errors import FieldError, Invalid, Refusal
from meguri.kernel.text import Text


class WorksheetInvalid(Invalid):
    """Lines that cannot be computed; `fields` name every one of them, `lines[n]` with what to correct."""

    code = "footprint.worksheet_invalid"
    say = Text(
        ja="計算できない行が {count} 件あります。各行の説明を確認して修正してください。",
        en="{count} lines cannot be computed. Please correct each as described.",
    )


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """What was left out, in kg CO2e per good unit (estimate, authoritative mode) and percent; a small mass may hide much.

    exceeded  more than the pack allows
    """

    lines: tuple[str, ...]
    emission: Decimal
    percent: Decimal
    mass_percent: Decimal | None = None
    exceeded: bool = False


class Worksheet(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one worksheet under one pack.

    lines        each with its reckoning and flags
    emissions    own kg CO2e per good unit by mode (`loc`, `con`) and stage, without child parts
    weights      quality columns by mode and stage, additive like the emissions
    rating, primary_percent  of the authoritative mode, own lines only
    needs        units of each child part in one good unit
    missing      lines without an amount
    flags        of the whole: of any line, `incomplete`, `gwp_set_mixed`, `cut_off_exceeded`
    factors, sources, gwp_sets  what the result records
    """

    rules: Rules
    lines: tuple[LineResult, ...]
    emissions: Mapping[str, Mapping[str, Decimal]]
    weights: Mapping[str, Mapping[str, Weights]]
    rating: Rating
    primary_percent: Decimal
    needs: Mapping[str, Decimal]
    missing: tuple[str, ...]
    left_out: Left
    allocation: Allocation | None
    flags: tuple[str, ...]
    factors: tuple[str, ...]
    sources: tuple[tuple[str, str], ...]
    gwp_sets: tuple[str, ...]

    @property
    def total(self) -> Decimal:
        """Own kg CO2e per good unit in the mode and the stages that the pack declares."""
        return sum((self.emissions[self.rules.mode][stage] for stage in self.rules.stages), ZERO)

    def columns(self) -> dict[str, Decimal]:
        """All additive columns by name, for the roll-up: `loc.raw`, `con.raw.ter`, `loc.main.primary` …"""
        flat = {f"{mode}.{stage}": value for mode in MODES for stage, value in self.emissions[mode].items()}
        for mode in MODES:
            for stage, weights in self.weights[mode].items():
                for field in ("weight", "unrated", "ter", "ger", "tir", "primary"):
                    flat[f"{mode}.{stage}.{field}"] = getattr(weights, field)
        return flat


@precise
def evaluate(lines: Sequence[ActivityLine], catalogue: Catalogue, rules: Rules, period: Period) -> Worksheet:
    """The worksheet under one pack. Raises WorksheetInvalid naming every line that cannot be computed."""
    above("output", period.output)
    allocation = _allocation(rules, period)
    context = Context(catalogue, rules, period, allocation.shares[0] if allocation else ONE)
    computed = _computed(lines, context)
    counted = [result for result in computed if result.line.process not in rules.exclusions]
    kept, left_out = _cut(counted, rules)
    emissions = {mode: {stage: _sum(kept, stage, mode) for stage in STAGES} for mode in MODES}
    weights = {mode: {stage: _weights(kept, stage, mode, rules) for stage in STAGES} for mode in MODES}
    whole = added(weights[rules.mode][stage] for stage in rules.stages)
    factors = list({factor.reference: factor for result in kept for factor in result.factors}.values())
    gwp_sets = tuple(mixed_sets([rules.gwp_set, *(each.gwp_set for each in factors if each.gwp_set and each.value)]))
    missing = tuple(result.line.id for result in counted if "amount_missing" in result.flags)
    return Worksheet(
        rules=rules,
        lines=tuple(kept),
        emissions=emissions,
        weights=weights,
        rating=rating_of(whole),
        primary_percent=share_percent(whole.primary, whole.emission),
        needs=_needs(kept),
        missing=missing,
        left_out=left_out,
        allocation=allocation,
        flags=_flags(kept, missing, left_out),
        factors=tuple(sorted(each.reference for each in factors)),
        sources=tuple(sources_of(factors)),
        gwp_sets=gwp_sets or (rules.gwp_set,),
    )


def check_company_specific(worksheets: Sequence[Worksheet]) -> None:
    """Raises CompanySpecificMissing if a process that the pack wants company-specific has no, or not only, primary data.

    worksheets  of all parts of the product that are made by the company, under the same pack
    """
    lines = [result.line for sheet in worksheets for result in sheet.lines if result.line.process]
    required = {process for sheet in worksheets for process in sheet.rules.required_company_specific}
    lacking = [
        process
        for process in sorted(required)
        if not (own := [line for line in lines if line.process == process]) or not all(line.primary for line in own)
    ]
    if lacking:
        raise CompanySpecificMissing(processes=", ".join(lacking))


def flags_of_packs(packs: Sequence[RulePack]) -> tuple[str, ...]:
    """`pack_mismatch` if results under several packs are put side by side; they are never averaged."""
    return ("pack_mismatch",) if len({pack.hash for pack in packs}) > 1 else ()


def _allocation(rules: Rules, period: Period) -> Allocation | None:
    if not period.coproducts:
        return None
    return allocate(ONE, period.coproducts, rules.allocation_rule, rules.economic_ratio_threshold)


def _computed(lines: Sequence[ActivityLine], context: Context) -> list[LineResult]:
    results, faults = [], []
    for place, line in enumerate(lines):
        try:
            results.append(line_emissions(line, context))
        except Refusal as refusal:
            faults.append(FieldError(f"lines[{place}]", refusal.say, refusal.values))
    if faults:
        raise WorksheetInvalid(fields=tuple(faults), count=len(faults))
    return results


def _cut(results: Sequence[LineResult], rules: Rules) -> tuple[list[LineResult], Left]:
    """The lines that count, with what the pack's cut-off changes, and what it leaves out."""
    by_hand = [result for result in results if result.line.excluded]
    kept = [result for result in results if not result.line.excluded]
    gains: dict[str, Decimal] = {}
    dropped, percent = list(by_hand), None
    if rules.cutoff["type"] == "component_mass":
        for component in {result.line.component: None for result in kept if result.mass_kg}:
            lost, taker, share = _light_ones(kept, component, rules)
            dropped += lost
            gains |= taker
            percent = share if percent is None else max(percent, share)
    names = {result.line.id for result in dropped}
    counted = [_grown(result, gains.get(result.line.id)) for result in kept if result.line.id not in names]
    emission = sum((_of(result, rules) for result in dropped), ZERO)
    whole = sum((_of(result, rules) for result in kept if result.line.id not in names), ZERO)
    hidden = exempted_percent(whole, emission)
    ceiling = rules.cutoff.get("percent") if rules.cutoff["type"] == "total_share" else None
    exceeded = ceiling is not None and hidden > Decimal(ceiling)
    left = Left(
        lines=tuple(result.line.id for result in dropped),
        emission=emission,
        percent=hidden,
        mass_percent=percent,
        exceeded=exceeded,
    )
    return counted, left


def _light_ones(
    results: Sequence[LineResult], component: str, rules: Rules
) -> tuple[list[LineResult], dict[str, Decimal], Decimal]:
    """Of one component: materials too light to count, kg that another one takes over, and their share of the mass."""
    group = [result for result in results if result.line.component == component and result.mass_kg]
    materials = [
        Material(result.line.id, result.mass_kg or ZERO, _of(result, rules) / (result.mass_kg or ONE))
        for result in group
    ]
    cut = by_component_mass(materials, Decimal(rules.cutoff["percent"]), rules.cutoff["reassign_to"])
    lost = sum((each.mass for each in materials if each.name in cut.dropped), ZERO)
    gains = {cut.taker: lost} if cut.taker and lost else {}
    return [result for result in group if result.line.id in cut.dropped], gains, cut.dropped_percent


def _grown(result: LineResult, gained_kg: Decimal | None) -> LineResult:
    if not gained_kg or not result.mass_kg:
        return result
    factor = (result.mass_kg + gained_kg) / result.mass_kg
    stages = {stage: pair.times(factor) for stage, pair in result.stages.items()}
    return msgspec.structs.replace(result, stages=stages, flags=(*result.flags, "cut_off_receiver"))


def _of(result: LineResult, rules: Rules) -> Decimal:
    return sum((getattr(pair, rules.mode) for pair in result.stages.values()), ZERO)


def _sum(results: Sequence[LineResult], stage: str, mode: str) -> Decimal:
    nothing = Pair(ZERO, ZERO)
    return sum((getattr(result.stages.get(stage, nothing), mode) for result in results), ZERO)


def _weights(results: Sequence[LineResult], stage: str, mode: str, rules: Rules) -> Weights:
    return added(
        weights_of(getattr(result.stages[stage], mode), _scores(result), _primary_percent(result, rules))
        for result in results
        if stage in result.stages
    )


def _scores(result: LineResult) -> Scores | None:
    if result.line.scores is not None:
        return result.line.scores
    return result.factors[0].scores if result.factors else None


def _primary_percent(result: LineResult, rules: Rules) -> Decimal:
    """100 if the line counts as primary data. Gases of one's own process always do."""
    if result.line.kind is Kind.DIRECT and result.line.gas is not None:
        return HUNDRED
    factors_too = rules.primary_rule == "activity_only" or all(factor.primary for factor in result.factors)
    return HUNDRED if result.line.primary and factors_too else ZERO


def _needs(results: Sequence[LineResult]) -> dict[str, Decimal]:
    needs: dict[str, Decimal] = {}
    for result in results:
        if result.line.child_id is not None and result.needed is not None:
            needs[result.line.child_id] = needs.get(result.line.child_id, ZERO) + result.needed
    return needs


def _flags(results: Sequence[LineResult], missing: Sequence[str], left_out: Left) -> tuple[str, ...]:
    found = dict.fromkeys(flag for result in results for flag in result.flags if flag != "amount_missing")
    if missing:
        found["incomplete"] = None
    if left_out.exceeded:
        found["cut_off_exceeded"] = None
    return tuple(found)
