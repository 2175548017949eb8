"""Rows of one test answered together: each weighs by how its errors go with those of the other states of charge.

Ten rows of one cell err alike, so their plain mean is hardly better than one of them. But they do not err by the same
amount at each state of charge: where one row errs more than another in the same direction, their difference tells the
common error. The weights of least expected error follow from the second moments of the errors on cells left out
(generalised least squares: A. C. Aitken, Proc. R. Soc. Edinburgh 55, 1936). They add up to one; some are negative.
"""

from dataclasses import dataclass

import numpy as np

from meguri.health.arrays import Floats, Ints
from meguri.health.pulse.record import Design, Mode

_MOST_ROWS = 40  # beyond, rows weigh alike: trained levels are ten, and nothing is gained


@dataclass(frozen=True, slots=True)
class Together:
    """How rows at certain states of charge are joined, and how well that did on cells left out.

    weights  (row,) adding up to one
    scores   (test,) absolute error per unit of strangeness, each with weights that its cell had no say in
    cells    (test,) physical cell
    """

    weights: Floats
    scores: Floats
    cells: Ints


class ErrorProfiles:
    """Errors and distances of the known tests of a design as functions of the state of charge, cells left out."""

    def __init__(self, design: Design, mode: Mode) -> None:
        """The profiles of `design`, asked by `mode`."""
        test, soc = np.array(design.test), np.array(design.soc)
        error, strange = np.array(mode.error), np.array(mode.strange)
        self._profiles = []
        cells = []
        for number in np.unique(test):
            rows = np.flatnonzero(test == number)
            rows = rows[np.argsort(soc[rows], kind="stable")]
            self._profiles.append((soc[rows], error[rows], strange[rows]))
            cells.append(design.cell[rows[0]])
        self._cells = np.array(cells)

    def together(self, soc: Floats) -> Together:
        """Rows at the states of charge `soc` [%] (row,); between known levels errors are interpolated."""
        errors = np.array([np.interp(soc, at, error) for at, error, _ in self._profiles])
        strange = np.array([np.interp(soc, at, distance) for at, _, distance in self._profiles]).mean(axis=1)
        names, cell, tests = np.unique(self._cells, return_inverse=True, return_counts=True)
        if len(soc) > _MOST_ROWS or len(names) == 1:
            alike = np.full(len(soc), 1 / len(soc))
            return Together(alike, np.abs(errors @ alike) / strange, self._cells)
        moments = np.zeros((len(names), len(soc), len(soc)))
        np.add.at(moments, cell, errors[:, :, None] * errors[:, None, :] / tests[cell][:, None, None])
        total = moments.sum(axis=0)
        of_others = _weights(total - moments, len(names) - 1)
        joined = np.einsum("tr,tr->t", errors, of_others[cell])
        return Together(_weights(total[None], len(names))[0], np.abs(joined) / strange, self._cells)


def _weights(moments: Floats, cells: int) -> Floats:
    """(set, row) weights of least expected square of the joined error; moments (set, row, row), summed over `cells`.

    Moments known from few cells would make wild weights. They are drawn towards rows that err alike and independently, by
    as much as there are rows for each cell: the rate at which such moments are wrong (O. Ledoit, M. Wolf, J. Multivariate
    Analysis 88, 2004). With few cells the weights so become those of a plain mean.
    """
    rows = moments.shape[-1]
    mean = moments / cells
    own = rows / cells * np.trace(mean, axis1=1, axis2=2) / rows + 1e-9
    pull = np.linalg.solve(mean + own[:, None, None] * np.eye(rows), np.ones((len(moments), rows, 1)))[..., 0]
    weights: Floats = pull / pull.sum(axis=1, keepdims=True)
    return weights
