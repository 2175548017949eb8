"""Half-widths of intervals from the errors that the experts made on cells they had never seen."""

from dataclasses import dataclass
from functools import cache
from math import inf

import numpy as np
from scipy.special import ndtri, stdtrit

from meguri.health.arrays import Floats, Ints
from meguri.health.conformal import group_quantile
from meguri.health.pulse.record import Design, Mode, PulseModel


@dataclass(frozen=True, slots=True)
class HalfWidth:
    """Half the width of an interval [points per unit of strangeness]; `by_chemistry` when the design had too few cells."""

    points: float
    by_chemistry: bool = False


def subset_means(values: Floats, test: Ints, soc: Floats, rows: int) -> tuple[Floats, Ints]:
    """Means over `rows` rows of one test, for neighbouring and for spread states of charge.

    values     (row, quantity) of single rows
    test, soc  (row,)
    returns    (subset, quantity) means, and (subset,) the first row of each subset (to look up its cell)
    """
    means, first = [], []
    for number in np.unique(test):
        of_test = np.flatnonzero(test == number)
        of_test = of_test[np.argsort(soc[of_test], kind="stable")]
        count = min(rows, len(of_test))
        steps = np.arange(count)
        starts = np.arange(len(of_test) if count < len(of_test) else 1)[:, None]
        for offsets in (steps, steps * len(of_test) // count) if 1 < count < len(of_test) else (steps,):
            means.append(values[of_test[(starts + offsets) % len(of_test)]].mean(axis=1))
            first.append(np.full(len(starts), of_test[0]))
    return np.concatenate(means), np.concatenate(first)


class Calibration:
    """Answers how wide an interval must be; computed once per question."""

    def __init__(self, model: PulseModel) -> None:
        """Calibrate by the errors kept in `model`."""
        self._designs = model.designs
        self.half_width = cache(self._half_width)
        self.held_out_design = cache(self._held_out_design)
        self.unknown_design = cache(self._unknown_design)

    def _half_width(self, place: int, with_soc: bool, rows: int, alpha: float) -> HalfWidth:
        """For design number `place` when `rows` rows of one test are combined; infinite when cells are too few."""
        scores, cells = _scores(self._designs[place], with_soc, rows)
        points = group_quantile(scores, cells, alpha)
        if points < inf:
            return HalfWidth(points)
        return HalfWidth(self._by_chemistry(place, with_soc, rows, alpha), by_chemistry=True)

    def _by_chemistry(self, place: int, with_soc: bool, rows: int, alpha: float) -> float:
        """Scores of all designs of the chemistry, each in units of its own typical error."""
        scores, cells, own = [], [], 1.0
        for number, design in enumerate(self._designs):
            if design.chemistry != self._designs[place].chemistry:
                continue
            score, cell = _scores(design, with_soc, rows)
            typical = max(float(np.sqrt(np.mean(score**2))), 1e-6)
            own = typical if number == place else own
            scores.append(score / typical)
            cells.append(cell + number * 1_000_000)
        return own * group_quantile(np.concatenate(scores), np.concatenate(cells), alpha)

    def _held_out_design(self, alpha: float) -> float:
        """The half-width [points] that was enough for each design when it was held out; infinite for a lone design."""
        if len(self._designs) == 1:
            return inf
        return max(
            group_quantile(np.abs(np.array(design.unknown_design_error)), np.array(design.cell), alpha)
            for design in self._designs
        )

    def _unknown_design(self, alpha: float) -> float:
        """The half-width [points] for a design never seen.

        A handful of designs says little about the next one: what they needed is widened as Student's t is against the
        normal distribution for as many observations (Meguri's own rule).
        """
        others = len(self._designs) - 1
        few = float(stdtrit(others, 1 - alpha / 2) / ndtri(1 - alpha / 2)) if others else inf
        return few * self.held_out_design(alpha)


def _mode(design: Design, with_soc: bool) -> Mode:
    return design.with_soc if with_soc else design.without_soc


def _scores(design: Design, with_soc: bool, rows: int) -> tuple[Floats, Ints]:
    """Absolute error per unit of strangeness, of single rows or of means of `rows` rows of a test; and whose cell."""
    mode = _mode(design, with_soc)
    values, cell = np.column_stack([mode.error, mode.strange]), np.array(design.cell)
    if rows > 1:
        values, first = subset_means(values, np.array(design.test), np.array(design.soc), rows)
        cell = cell[first]
    return np.abs(values[:, 0]) / values[:, 1], cell
