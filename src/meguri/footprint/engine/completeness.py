"""Which totals are not whole, because a part somewhere below has no figure. A missing figure is never a zero."""

from dataclasses import dataclass

import numpy as np

from meguri.footprint.engine.arrays import Flags, Ints
from meguri.footprint.engine.carry import carry, edges_of
from meguri.footprint.engine.demand import demand_of
from meguri.footprint.engine.structure import Structure


@dataclass(frozen=True, slots=True)
class Completeness:
    """How whole one product's total is.

    percent  100 · (parts within it − missing ones) / parts within it; the product itself is one of them
    missing  parts without own figures, parts or a received value
    """

    percent: float
    missing: Ints


def missing_parts(structure: Structure, known: Flags) -> Ints:
    """Parts that bring nothing though they should: no own or received figure (`known`), and made of nothing."""
    empty = np.diff(structure.uses.indptr) == 0
    return np.flatnonzero(empty & ~known).astype(np.int64)


def incomplete_parts(structure: Structure, missing: Ints) -> Ints:
    """`missing` and every part that needs one of them, directly or not; ascending."""
    rows, _ = carry(edges_of(structure.users), structure.heights, missing, np.zeros((missing.size, 0)))
    return np.sort(rows)


def completeness_of(structure: Structure, product: int, missing: Ints) -> Completeness:
    """How whole the total of `product` is."""
    within = demand_of(structure, product).rows
    lacking = np.intersect1d(within, missing)
    return Completeness(100 * (within.size - lacking.size) / within.size, lacking)
