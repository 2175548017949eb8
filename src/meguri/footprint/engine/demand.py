"""What one product needs in all, which parts bring its footprint, and what a small change would do."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np

from meguri.footprint.engine.arrays import Floats, Ints
from meguri.footprint.engine.carry import carry, edges_of
from meguri.footprint.engine.structure import Structure

Label = TypeVar("Label", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Demand:
    """The parts within one unit of `product`, itself included.

    rows     parts, the product first
    amounts  units of each in one unit of the product; also ∂ total / ∂ own figure of the part
    """

    product: int
    rows: Ints
    amounts: Floats

    def contributions(self, own: Floats) -> Floats:
        """What each of `rows` brings to the product's total, (part,) or (part, figure); they add up to the total."""
        part = own[self.rows]
        return self.amounts * part if part.ndim == 1 else self.amounts[:, None] * part


class LinkEffect(NamedTuple):
    """What one link's amount does to a product's total.

    effect      ∂ total / ∂ amount = units of the parent in the product · total of the child
    elasticity  percent change of the total for one percent change of the amount
    """

    parent: int
    child: int
    effect: float
    elasticity: float


def demand_of(structure: Structure, product: int) -> Demand:
    """How much of every part one unit of `product` needs, through all paths together."""
    start = np.array([product], dtype=np.int64)
    rows, amounts = carry(edges_of(structure.uses), -structure.heights, start, np.ones((1, 1)))
    return Demand(product, rows, amounts[:, 0])


def link_effects(structure: Structure, demand: Demand, total: Floats) -> list[LinkEffect]:
    """The effect of every link within the product, greatest first. `total` is one figure of every part."""
    children, place, amounts = edges_of(structure.uses)(demand.rows)
    effects = demand.amounts[place] * total[children]
    whole = float(total[demand.product])
    elasticities = effects * amounts / whole if whole else np.full_like(effects, np.nan)
    order = np.argsort(-np.abs(effects * amounts), kind="stable")
    columns = (demand.rows[place][order], children[order], effects[order], elasticities[order])
    return [LinkEffect(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def grouped(contributions: Floats, labels: Sequence[Label]) -> dict[Label, float]:
    """Contributions added up by label (supplier, stage, country, material …), greatest absolute sum first."""
    sums: dict[Label, float] = {}
    for label, value in zip(labels, contributions.tolist(), strict=True):
        sums[label] = sums.get(label, 0.0) + value
    return dict(sorted(sums.items(), key=lambda item: -abs(item[1])))


class Step(NamedTuple):
    """One step of a waterfall, from `start` to `end`; `label` None gathers what is too small for a step of its own."""

    label: Hashable | None
    start: float
    end: float


def waterfall(sums: dict[Label, float], most: int = 12) -> list[Step]:
    """Steps from 0 to the total: burdens first, greatest first, then credits, so that a credit never hides a burden."""
    shown = sorted(sums.items(), key=lambda item: -abs(item[1]))
    kept, rest = shown[:most], shown[most:]
    parts: list[tuple[Hashable | None, float]] = [*sorted(kept, key=lambda item: (item[1] < 0, -abs(item[1])))]
    for sign in (1, -1):
        small = sum(value for _, value in rest if value * sign > 0)
        if small:
            at = next((i for i, (_, value) in enumerate(parts) if value < 0), len(parts)) if sign > 0 else len(parts)
            parts.insert(at, (None, small))
    steps, level = [], 0.0
    for label, value in parts:
        steps.append(Step(label, level, level + value))
        level += value
    return steps
