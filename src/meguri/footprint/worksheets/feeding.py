"""From a worksheet's figures to the four values of the data exchange, with their quality (pure).

Raw material is pre-processing, main production is main; distribution and end of life are not exchanged. What one buys by
a factor is a component declared as a lump, everything else is the maker's own. Parts within the registered structure are
added by the exchange itself and left out here.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from meguri.footprint.calculation.activity import Kind
from meguri.footprint.calculation.figures import ZERO, precise
from meguri.footprint.calculation.quality import Scores, added, rating_of, weights_of
from meguri.footprint.model import MAX_FIGURE, FootprintInput, Quality
from meguri.footprint.totals import rounded
from meguri.footprint.worksheets.errors import OuranosValueOutOfRange
from meguri.footprint.worksheets.model import Explained, Figures
from meguri.kernel.units import AmountUnit

BOUGHT = frozenset({Kind.MATERIAL, Kind.CIRCULAR, "part"})
SIDES = {"raw": "pre", "main": "main"}


@precise
def four_values(
    figures: Figures, unit: AmountUnit, in_structure: Collection[UUID], scores: dict[str, Scores | None], comment: str
) -> FootprintInput:
    """What is declared in the exchange of one unit. Raises OuranosValueOutOfRange.

    in_structure  parts that the exchange adds itself
    scores        by line, None where it is not rated
    """
    lines = [line for line in figures.lines if line.part_id not in in_structure or line.part_id is None]
    sums = dict.fromkeys(("pre_production", "main_production", "pre_component", "main_component"), ZERO)
    for line in lines:
        kind = "component" if line.kind in BOUGHT else "production"
        for stage, side in SIDES.items():
            sums[f"{side}_{kind}"] += line.stages.get(stage, ZERO)
    for field, value in sums.items():
        if not 0 <= value <= MAX_FIGURE:
            raise OuranosValueOutOfRange(field=field, value=value)
    return FootprintInput(
        declared_unit=unit,
        **{field: rounded(value) for field, value in sums.items()},
        pre_quality=_quality(lines, "raw", scores),
        main_quality=_quality(lines, "main", scores),
        comment=comment,
    )


def _quality(lines: Sequence[Explained], stage: str, scores: dict[str, Scores | None]) -> Quality:
    weights = added(weights_of(line.stages.get(stage, ZERO), scores.get(line.line_id)) for line in lines)
    if not weights.weight:
        return Quality()
    rating = rating_of(weights)
    return Quality(ter=rounded(rating.ter), ger=rounded(rating.ger), tir=rounded(rating.tir))
