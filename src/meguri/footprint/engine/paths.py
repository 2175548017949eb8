"""The paths through which a product gets its footprint, the greatest first."""

import heapq
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from meguri.footprint.engine.arrays import Floats
from meguri.footprint.engine.structure import Structure


class Path(NamedTuple):
    """One way from the product to a part: `value` = product of the amounts on the way · the part's own figure."""

    parts: tuple[int, ...]
    amount: float
    value: float


@dataclass(frozen=True, slots=True)
class Paths:
    """The paths found; `covered` is their sum, and `total` that of all paths, so that a cut list says what it leaves.

    complete  no further path has a value other than 0
    """

    paths: list[Path]
    covered: float
    total: float
    complete: bool


def contribution_paths(
    structure: Structure, own: Floats, product: int, *, total: float, most: int = 50, at_least: float = 0.0
) -> Paths:
    """The `most` paths of the greatest absolute value, and none below `at_least`, best first.

    own    one figure of every part, (part,)
    total  the product's total of this figure, to say how much the paths found leave out
    A part's bound is the greatest that any path through it can still reach; so the search opens the best way first
    and never one that cannot be among the best.
    """
    bounds = best_below(structure, own)
    starts, needed, amounts = structure.uses.indptr, structure.uses.indices, structure.uses.data
    turn = 0
    heap: list[tuple[float, int, bool, float, tuple[int, ...]]] = [(-bounds[product], turn, False, 1.0, (product,))]
    found: list[Path] = []
    while heap and len(found) < most and -heap[0][0] >= at_least and heap[0][0] != 0:
        _, _, ends, amount, parts = heapq.heappop(heap)
        row = parts[-1]
        if ends:
            found.append(Path(parts, amount, amount * float(own[row])))
            continue
        turn += 1
        heapq.heappush(heap, (-amount * abs(float(own[row])), turn, True, amount, parts))
        span = slice(starts[row], starts[row + 1])
        reach = amount * amounts[span]
        for child, share, bound in zip(
            needed[span].tolist(), reach.tolist(), (reach * bounds[needed[span]]).tolist(), strict=True
        ):
            turn += 1
            heapq.heappush(heap, (-bound, turn, False, share, (*parts, child)))
    complete = not heap or heap[0][0] == 0
    covered = float(np.sum([path.value for path in found]))
    return Paths(found, covered, total, complete)


def best_below(structure: Structure, own: Floats) -> Floats:
    """For every part, the greatest absolute value of any path that begins there: max(|own|, amount · best of child)."""
    order = structure.layers.order
    best = np.abs(own) if order is None else np.abs(own[order])
    for start, _, uses in structure.blocks:
        filled = np.flatnonzero(np.diff(uses.indptr))
        reach = np.maximum.reduceat(uses.data * best[uses.indices], uses.indptr[filled])
        best[start + filled] = np.maximum(best[start + filled], reach)
    if order is None:
        return best
    result = np.empty_like(best)
    result[order] = best
    return result
