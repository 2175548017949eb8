"""Two figures of one part beside each other: by stage, and exactly by line (pure)."""

from collections.abc import Mapping
from decimal import Decimal

from meguri.footprint.calculation.figures import ONE, ZERO, precise
from meguri.footprint.engine import Term, difference
from meguri.footprint.worksheets.model import Comparison, Figures, Line, LineChange, Side, Worksheet
from meguri.kernel.text import Language


def side_of(figures: Figures, label: str) -> Side:
    """One side of a comparison."""
    return Side(
        label=label,
        total=figures.total,
        stages={stage: figures.stages[figures.mode][stage] for stage in figures.declared_stages},
        dqr=figures.rating.dqr,
        primary_percent=figures.primary_percent,
        flags=figures.flags,
    )


@precise
def compared(
    before: Figures,
    after: Figures,
    labels: tuple[str, str],
    amounts: tuple[Mapping[str, Decimal], Mapping[str, Decimal]] = ({}, {}),
) -> Comparison:
    """after − before, with the effect of each line; the effects add up to the difference.

    amounts  by line, of each side: with them a change is divided into that of the amount and that of the value per unit
    """
    terms = [_terms(figures, known) for figures, known in zip((before, after), amounts, strict=True)]
    effects = difference(*terms)
    names = {line.line_id: line.name for figures in (before, after) for line in figures.lines}
    changes = [
        LineChange(
            line_id=line,
            name=names[line],
            amount=effect.amount,
            value=effect.value,
            structure=effect.structure,
            total=effect.total,
        )
        for line, effect in effects.items()
        if effect.total
    ]
    return Comparison(
        before=side_of(before, labels[0]),
        after=side_of(after, labels[1]),
        difference=after.total - before.total,
        lines=sorted(changes, key=lambda change: -abs(change.total)),
        flags=_flags(before, after),
    )


@precise
def comparable(before: Worksheet, after: Worksheet) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    """Gross amounts for one good unit of the lines that both worksheets have in one unit, for `compared`."""
    sides = {line.id: line for line in before.lines}, {line.id: line for line in after.lines}
    shared = [name for name, line in sides[0].items() if name in sides[1] and line.unit == sides[1][name].unit]
    found = [
        {name: amount for name in shared if (amount := _gross(lines[name], sheet.output))}
        for lines, sheet in zip(sides, (before, after), strict=True)
    ]
    both = found[0].keys() & found[1].keys()
    return {name: found[0][name] for name in both}, {name: found[1][name] for name in both}


def _gross(line: Line, output: Decimal) -> Decimal:
    amount = (line.amount or ZERO) / (ONE - line.scrap_rate)
    return amount / output if line.per == "period" else amount


def pack_label(figures: Figures, language: Language) -> str:
    """The name of the pack of some figures."""
    return figures.pack.name_ja if language == "ja" else figures.pack.name_en


def _terms(figures: Figures, amounts: Mapping[str, Decimal]) -> dict[str, Term]:
    found = {}
    for line in figures.lines:
        amount = amounts.get(line.line_id) or ONE
        found[line.line_id] = Term(amount, line.value / amount)
    return found


def _flags(before: Figures, after: Figures) -> list[str]:
    flags = [] if before.pack.hash == after.pack.hash else ["pack_mismatch"]
    flags += [] if before.mode == after.mode else ["mode_mismatch"]
    return flags + ([] if list(before.gwp_sets) == list(after.gwp_sets) else ["gwp_set_mixed"])
