"""The roll-up engine: totals of any number of parts, what drives them, and what a change would do. No input or output
but in `files.py`."""

from meguri.footprint.engine.completeness import (
    Completeness,
    completeness_of,
    incomplete_parts,
    missing_parts,
)
from meguri.footprint.engine.demand import Demand, demand_of, grouped, link_effects, waterfall
from meguri.footprint.engine.difference import Term, TermEffect, difference
from meguri.footprint.engine.draws import Spread, Uncertain, Uses, chance_below, draw_all, draw_products
from meguri.footprint.engine.errors import (
    CycleInStructure,
    DuplicatePart,
    OutOfRange,
    ParallelLinks,
    PartUnknown,
    ValueInvalid,
)
from meguri.footprint.engine.exact import published_totals, roll_up_exactly
from meguri.footprint.engine.links import Amount
from meguri.footprint.engine.live import Effect, LiveTotals, Own, Substitution
from meguri.footprint.engine.paths import Path, Paths, contribution_paths
from meguri.footprint.engine.structure import Structure, structure_of
from meguri.footprint.engine.sweep import roll_up
from meguri.footprint.engine.tables import Link, Parts, parts_of

__all__ = [
    "Amount",
    "Completeness",
    "CycleInStructure",
    "Demand",
    "DuplicatePart",
    "Effect",
    "Link",
    "LiveTotals",
    "OutOfRange",
    "Own",
    "ParallelLinks",
    "PartUnknown",
    "Parts",
    "Path",
    "Paths",
    "Spread",
    "Structure",
    "Substitution",
    "Term",
    "TermEffect",
    "Uncertain",
    "Uses",
    "ValueInvalid",
    "chance_below",
    "completeness_of",
    "contribution_paths",
    "demand_of",
    "difference",
    "draw_all",
    "draw_products",
    "grouped",
    "incomplete_parts",
    "link_effects",
    "missing_parts",
    "parts_of",
    "published_totals",
    "roll_up",
    "roll_up_exactly",
    "structure_of",
    "waterfall",
]
