"""From everything gathered to the figures of one part under one rule pack: exact, explained, with what is missing."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import numpy as np

from meguri.footprint.calculation.activity import MODES, STAGES
from meguri.footprint.calculation.errors import CompanySpecificMissing, ProfileParameterMissing
from meguri.footprint.calculation.figures import HUNDRED, ZERO, precise
from meguri.footprint.calculation.gases import mixed_sets
from meguri.footprint.calculation.lifetime import declared, performance_class, reference_flow, service_life
from meguri.footprint.calculation.line import LineResult, Pair, shown
from meguri.footprint.calculation.packs import RulePack, Rules, rules_of
from meguri.footprint.calculation.quality import Weights, added, rating_of, share_percent
from meguri.footprint.calculation.worksheet import Worksheet as Sheet
from meguri.footprint.calculation.worksheet import check_company_specific, evaluate
from meguri.footprint.engine import (
    completeness_of,
    missing_parts,
    published_totals,
    roll_up,
    structure_of,
)
from meguri.footprint.readings import Gap
from meguri.footprint.worksheets.gathering import Gathered
from meguri.footprint.worksheets.leaves import Leaf, leaf_of
from meguri.footprint.worksheets.model import Explained, Figures, PackStamp, PerEnergy, Rated, Worksheet

FIELDS = ("weight", "unrated", "ter", "ger", "tir", "primary")


class Tree(NamedTuple):
    """Evaluated: sheets and leaves by part, links (parent, child, amount), own columns by part."""

    rules: Rules
    sheets: Mapping[str, Sheet]
    leaves: Mapping[str, Leaf]
    links: Sequence[tuple[str, str, Decimal]]
    own: Mapping[str, Mapping[str, Decimal]]


def tree_of(gathered: Gathered, pack: RulePack, choices: Mapping[str, Any]) -> Tree:
    """Everything below, under one pack. Raises WorksheetInvalid, ChoiceMissing and what their lines raise."""
    rules = rules_of(pack, choices)
    sheets = {
        str(part): evaluate(sheet.lines, gathered.catalogue, rules, sheet.period)
        for part, sheet in gathered.sheets.items()
    }
    links = [(parent, child, amount) for parent, sheet in sheets.items() for child, amount in sheet.needs.items()]
    leaves: dict[str, Leaf] = {}
    waiting = [child for _, child, _ in links]
    while waiting:
        child = waiting.pop()
        if child in sheets or child in leaves:
            continue
        leaves[child] = leaf = leaf_of(gathered, child)
        if leaf.opens:
            below = gathered.links.get(UUID(child), ())
            links += [(child, str(one), amount) for one, amount in below]
            waiting += [str(one) for one, _ in below]
    own: dict[str, Mapping[str, Decimal]] = {part: sheet.columns() for part, sheet in sheets.items()}
    own |= {part: leaf.columns for part, leaf in leaves.items()}
    return Tree(rules, sheets, leaves, links, own)


@precise
def figures_of(gathered: Gathered, pack: RulePack, choices: Mapping[str, Any]) -> Figures:
    """The figures of the worksheet at the top. Raises as `tree_of`, CycleInStructure, OutOfRange."""
    tree = tree_of(gathered, pack, choices)
    top = str(gathered.top.trace_id)
    totals = published_totals(tree.links, tree.own)
    mine = totals[top]
    rules, sheet = tree.rules, tree.sheets[top]
    stages = {mode: {stage: mine.get(f"{mode}.{stage}", ZERO) for stage in STAGES} for mode in MODES}
    other = MODES[1 - MODES.index(rules.mode)]
    total = sum((stages[rules.mode][stage] for stage in rules.stages), ZERO)
    weights = {stage: _weights(mine, rules.mode, stage) for stage in rules.stages}
    whole = added(weights.values())
    percent, missing = _completeness(tree, top)
    flags = _flags(tree, gathered, missing)
    battery = _battery(gathered.top, pack, stages[rules.mode], rules)
    return Figures(
        pack=stamp_of(pack),
        choices=dict(rules.choices),
        mode=rules.mode,
        declared_stages=rules.stages,
        stages=stages,
        total=total,
        other_mode_total=sum((stages[other][stage] for stage in rules.stages), ZERO),
        battery=battery[0],
        rating=Rated(**{name: getattr(rating_of(whole), name) for name in Rated.__struct_fields__}),
        primary_percent=share_percent(whole.primary, total),
        exempted_percent=sheet.left_out.percent,
        completeness_percent=percent,
        missing=missing,
        lacking=_lacking([*tree.sheets.values()]),
        flags=list(dict.fromkeys((*flags, *battery[1]))),
        lines=_explained(gathered, tree, totals, total),
        factors=sorted({reference for each in tree.sheets.values() for reference in each.factors}),
        sources=sorted({source for each in tree.sheets.values() for source in each.sources}),
        gwp_sets=_gwp_sets(tree),
        gap=_gap(tree, top, total),
        left_out=list(sheet.left_out.lines),
        primary_kg={stage: weight.primary for stage, weight in weights.items()},
    )


def stamp_of(pack: RulePack) -> PackStamp:
    """What a result records of its pack."""
    return PackStamp(
        id=pack.id,
        version=pack.version,
        hash=pack.hash,
        status=pack.status,
        name_ja=pack.name.ja,
        name_en=pack.name.en,
        banner_ja=pack.banner.ja,
        banner_en=pack.banner.en,
        unit_of_result=pack.unit_of_result,
    )


def _weights(columns: Mapping[str, Decimal], mode: str, stage: str) -> Weights:
    found = {field: columns.get(f"{mode}.{stage}.{field}", ZERO) for field in FIELDS}
    return Weights(emission=columns.get(f"{mode}.{stage}", ZERO), **found)


def _own_class(per_kwh: Decimal, pack: RulePack) -> str | msgspec.UnsetType:
    """By the bands that a company set itself in its own pack; the last one takes every figure."""
    bands = [(band["class"], Decimal(band["upper"]) if "upper" in band else None) for band in _own_bands(pack)]
    return performance_class(per_kwh, bands)[0] or msgspec.UNSET


def _own_bands(pack: RulePack) -> Sequence[Mapping[str, str]]:
    found: Sequence[Mapping[str, str]] = pack.content.get("own_classes") or ()
    return found


def _battery(
    sheet: Worksheet, pack: RulePack, stages: Mapping[str, Decimal], rules: Rules
) -> tuple[PerEnergy | None, tuple[str, ...]]:
    """Per kWh, where the worksheet is of a battery; a profile that lacks a parameter is told by a flag."""
    if sheet.battery is None:
        return None, ()
    try:
        life = service_life(sheet.battery)
        per = declared({stage: stages[stage] for stage in rules.stages}, life.energy_kwh)
    except ProfileParameterMissing:
        return None, ("profile_incomplete",)
    tables = pack.content.get("class_tables") or []
    fitting = [table for table in tables if table.get("profile") in (None, sheet.battery.profile)]
    bands = [(band["class"], band.get("upper")) for band in fitting[0]["bands"]] if fitting else None
    reached, reason = performance_class(per.per_kwh, bands)
    flow = reference_flow(sheet.mass_kg, life.energy_kwh) if sheet.mass_kg else None
    found = PerEnergy(
        e_total_kwh=life.energy_kwh,
        factors=dict(life.factors),
        per_kwh=per.per_kwh,
        stages_per_kwh=dict(per.stages_per_kwh),
        shares=dict(per.shares),
        reference_flow=flow,
        performance_class=reached,
        class_reason=reason,
        own_class=_own_class(per.per_kwh, pack),
    )
    return found, life.flags


def _completeness(tree: Tree, top: str) -> tuple[Decimal, list[str]]:
    """100 · (parts within − missing ones) / parts within, and the ids of what is missing, lines as `part#line`."""
    ids = list(tree.own)
    place = {part: row for row, part in enumerate(ids)}
    parents = np.array([place[parent] for parent, *_ in tree.links], dtype=np.int64)
    children = np.array([place[child] for _, child, _ in tree.links], dtype=np.int64)
    amounts = np.array([float(amount) for *_, amount in tree.links])
    structure = structure_of(parents, children, amounts, len(ids), ids.__getitem__)
    known = np.array([part in tree.sheets or tree.leaves[part].known for part in ids])
    found = completeness_of(structure, place[top], missing_parts(structure, known))
    lines = [f"{part}#{line}" for part, sheet in tree.sheets.items() for line in sheet.missing]
    return Decimal(found.percent).quantize(Decimal("0.000001")), [ids[row] for row in found.missing.tolist()] + lines


def _flags(tree: Tree, gathered: Gathered, missing: Sequence[str]) -> list[str]:
    found = dict.fromkeys(flag for sheet in tree.sheets.values() for flag in sheet.flags)
    found |= dict.fromkeys(flag for leaf in tree.leaves.values() for flag in leaf.flags)
    sets = [name for leaf in tree.leaves.values() for name in leaf.gwp_sets]
    if mixed_sets([tree.rules.gwp_set, *sets]):
        found["gwp_set_mixed"] = None
    if missing:
        found["incomplete"] = None
    if gathered.gaps:
        found["estimated_reading"] = None
    if gathered.uncounted:
        found["components_uncounted"] = None
    return list(found)


def _gwp_sets(tree: Tree) -> list[str]:
    own = {name for sheet in tree.sheets.values() for name in sheet.gwp_sets}
    return sorted(own | {name for leaf in tree.leaves.values() for name in leaf.gwp_sets})


def _lacking(sheets: Sequence[Sheet]) -> list[str]:
    try:
        check_company_specific(sheets)
    except CompanySpecificMissing as refusal:
        return str(refusal.values["processes"]).split(", ")
    return []


def _gap(tree: Tree, top: str, total: Decimal) -> Decimal:
    """How far a total in float64 is from the exact one: kept with every result that may be published."""
    ids = list(tree.own)
    place = {part: row for row, part in enumerate(ids)}
    structure = structure_of(
        np.array([place[parent] for parent, *_ in tree.links], dtype=np.int64),
        np.array([place[child] for _, child, _ in tree.links], dtype=np.int64),
        np.array([float(amount) for *_, amount in tree.links]),
        len(ids),
    )
    names = [f"{tree.rules.mode}.{stage}" for stage in tree.rules.stages]
    own = np.array([[float(tree.own[part].get(name, ZERO)) for name in names] for part in ids])
    return total - Decimal(float(roll_up(structure, own)[place[top]].sum()))


def _explained(
    gathered: Gathered, tree: Tree, totals: Mapping[str, Mapping[str, Decimal]], total: Decimal
) -> list[Explained]:
    sheet = tree.sheets[str(gathered.top.trace_id)]
    names = {line.id: line.name or line.id for line in gathered.top.lines}
    gaps = gathered.gaps.get(gathered.top.trace_id, {})
    return [
        _part_line(gathered, tree, totals, result, names, total)
        if result.line.child_id is not None
        else _own_line(tree.rules, result, names, total, gaps)
        for result in sheet.lines
    ]


def _own_line(
    rules: Rules,
    result: LineResult,
    names: Mapping[str, str],
    total: Decimal,
    gaps: Mapping[str, Sequence[Gap]],
) -> Explained:
    nothing = Pair(ZERO, ZERO)
    pairs = {stage: result.stages.get(stage, nothing) for stage in rules.stages}
    stages = {stage: getattr(pair, rules.mode) for stage, pair in pairs.items() if any(pair)}
    value = sum(stages.values(), ZERO)
    other = MODES[1 - MODES.index(rules.mode)]
    missing = "amount_missing" in result.flags
    return Explained(
        line_id=result.line.id,
        name=names.get(result.line.id, result.line.id),
        kind=result.line.kind,
        reckoning=result.reckoning,
        stages=stages,
        value=value,
        other_mode=sum((getattr(pair, other) for pair in pairs.values()), ZERO),
        share=_share(value, total) if not missing else None,
        primary=result.line.primary,
        flags=[*result.flags, *(["estimated_reading"] if result.line.id in gaps else [])],
        gaps=list(gaps.get(result.line.id, ())) or msgspec.UNSET,
        factors=[factor.reference for factor in result.factors],
        source="missing" if missing else None,
    )


def _part_line(
    gathered: Gathered,
    tree: Tree,
    totals: Mapping[str, Mapping[str, Decimal]],
    result: LineResult,
    names: Mapping[str, str],
    total: Decimal,
) -> Explained:
    child, needed = str(result.line.child_id), result.needed or ZERO
    columns, rules = totals.get(child, {}), tree.rules
    other = MODES[1 - MODES.index(rules.mode)]
    stages = {stage: needed * columns.get(f"{rules.mode}.{stage}", ZERO) for stage in rules.stages}
    value = sum(stages.values(), ZERO)
    per_unit = value / needed if needed else ZERO
    leaf = tree.leaves.get(child)
    part = gathered.parts.get(UUID(child))
    return Explained(
        line_id=result.line.id,
        name=names.get(result.line.id) or (part.name if part else child),
        kind="part",
        reckoning=f"{result.reckoning} × {shown(per_unit)} = {shown(value)} kg CO2e"
        if leaf is None or leaf.known or leaf.opens
        else f"{result.reckoning} × –",
        stages={stage: amount for stage, amount in stages.items() if amount},
        value=value,
        other_mode=sum((needed * columns.get(f"{other}.{stage}", ZERO) for stage in rules.stages), ZERO),
        share=_share(value, total) if leaf is None or leaf.known else None,
        primary=False,
        flags=list(leaf.flags) if leaf else [],
        source=leaf.source if leaf else "worksheet",
        part_id=UUID(child),
        provenance=leaf.provenance if leaf else None,
    )


def _share(value: Decimal, total: Decimal) -> Decimal | None:
    return (value / total * HUNDRED) if total else None
