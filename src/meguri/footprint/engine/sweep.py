"""The roll-up: every part's total in one pass, any number of additive figures at once, in float64."""

import numpy as np
from scipy.sparse.linalg import spsolve_triangular

from meguri.footprint.engine.arrays import Floats, Ints, times
from meguri.footprint.engine.structure import Structure


def roll_up(structure: Structure, own: Floats) -> Floats:
    """Totals of every part: total = own + Σ amount · total of what it needs.

    own      (part,) or (part, figure)  what the part itself brings, per unit of the part; figures are additive
             (kg CO2e by stage, data-quality weights …) and the engine gives no column a meaning
    returns  the same shape and layout; `own` stays untouched. A column that lies together in memory is swept by
             itself: it fits the processor's cache, where a million rows of sixteen figures do not.
    """
    if structure.deep:
        return _part_by_part(structure, own)
    if own.ndim == 2 and own.shape[1] > 1 and not own.flags.f_contiguous:
        return _by_rows(structure, own)
    total = np.array(own, dtype=np.float64, order="F")
    for column in [total] if total.ndim == 1 else total.T:
        _sweep(structure, column)
    return total


def _part_by_part(structure: Structure, own: Floats) -> Floats:
    """For long chains: forward substitution in compiled code, the same sums in the order of computing."""
    order = structure.order
    total = np.empty_like(own, dtype=np.float64)
    total[order] = spsolve_triangular(structure.lower, own[order].astype(np.float64), unit_diagonal=True)
    return total


def _sweep(structure: Structure, column: Floats) -> None:
    order = structure.layers.order
    total = column if order is None else column[order]
    for start, stop, uses in structure.blocks:
        total[start:stop] += times(uses, total)
    if order is not None:
        column[order] = total


def _by_rows(structure: Structure, own: Floats) -> Floats:
    order = structure.layers.order
    total = own.astype(np.float64) if order is None else own[order].astype(np.float64, copy=False)
    for start, stop, uses in structure.blocks:
        total[start:stop] += times(uses, total)
    return total if order is None else _back(total, order)


def _back(total: Floats, order: Ints) -> Floats:
    result = np.empty_like(total)
    result[order] = total
    return result
