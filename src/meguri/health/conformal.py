"""Grouped split conformal intervals: coverage that holds for cells never seen, not for rows of cells already seen.

Known imprecision: the promise is marginal (over cells like those of the calibration), not per cell, and it ends where
the cells of use are no longer exchangeable with those of the calibration (a new design, a new supplier batch).
Source: spec of split conformal prediction, V. Vovk, A. Gammerman, G. Shafer, "Algorithmic Learning in a Random World",
2nd ed. 2022, ch. 4; rows of one cell share the weight of that cell.
"""

from math import ceil, inf

import numpy as np

from meguri.health.arrays import Array, Floats

SLACK = 1e-12


def cells_needed(alpha: float) -> int:
    """The smallest number of calibration cells that gives a finite interval of confidence 1 − `alpha`."""
    return max(ceil(1 / alpha - SLACK) - 1, 1)


def group_quantile(scores: Floats, groups: Array, alpha: float) -> float:
    """The score that a new cell stays within with probability ≥ 1 − `alpha`; infinite when there are too few cells.

    scores  (row,) non-negative, |y − ŷ| / difficulty, from predictions that never saw the row's cell
    groups  (row,) physical cell of each row

    With m cells, a row of cell g weighs 1 / ((m + 1) · rows of g) and 1 / (m + 1) lies at infinity.
    """
    _, place, rows = np.unique(groups, return_inverse=True, return_counts=True)
    if len(rows) < cells_needed(alpha):
        return inf
    weight = 1 / ((len(rows) + 1) * rows[place])
    order = np.argsort(scores, kind="stable")
    reached = np.cumsum(weight[order]) >= 1 - alpha - SLACK
    return float(scores[order][np.argmax(reached)]) if reached.any() else inf


def group_share_quantile(values: Floats, groups: Array, share: float) -> float:
    """The smallest value that at least `share` of the cell-weighted rows stay within (no mass at infinity)."""
    _, place, rows = np.unique(groups, return_inverse=True, return_counts=True)
    weight = 1 / (len(rows) * rows[place])
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[order]) >= share - SLACK
    return float(values[order][np.argmax(reached)])


def interval_score(truth: Floats, lower: Floats, upper: Floats, alpha: float) -> Floats:
    """Width plus 2/α times the miss: smaller is better, honest intervals win (Gneiting and Raftery 2007, eq. 43)."""
    below, above = np.maximum(lower - truth, 0), np.maximum(truth - upper, 0)
    return upper - lower + 2 / alpha * (below + above)
