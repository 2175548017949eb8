"""Half-widths of intervals from the errors that the experts made on cells they had never seen."""

from dataclasses import dataclass
from functools import lru_cache
from math import inf, sqrt

import numpy as np
from scipy.special import ndtri, stdtrit

from meguri.health.arrays import Floats, Ints
from meguri.health.conformal import cells_needed, group_quantile
from meguri.health.pulse.record import PulseModel, Way
from meguri.health.pulse.together import ErrorProfiles, Together

_ROOM = 2
Levels = tuple[float, ...]  # states of charge [%] of rows that are joined, ascending


@dataclass(frozen=True, slots=True)
class HalfWidth:
    """Half the width of an interval [points per unit of strangeness]; `by_chemistry` when the design had too few cells."""

    points: float
    by_chemistry: bool = False


def few(freedom: int, alpha: float) -> float:
    """By how much a half-width grows whose scale is known from `freedom` + 1 cells, or designs, only.

    As Student's t is wider than the normal distribution (Meguri's own rule); infinite when there is one only.
    """
    return float(stdtrit(freedom, 1 - alpha / 2) / ndtri(1 - alpha / 2)) if freedom else inf


class Calibration:
    """Answers how wide an interval must be; computed once per question."""

    def __init__(self, model: PulseModel) -> None:
        """Calibrate by the errors kept in `model`."""
        self._designs = model.designs
        self._profiles = lru_cache(4096)(self._new_profiles)
        self.together = lru_cache(4096)(self._together)
        self.half_width = lru_cache(4096)(self._half_width)
        self.held_out_design = lru_cache(4096)(self._held_out_design)
        self.unknown_design = lru_cache(4096)(self._unknown_design)

    def _new_profiles(self, place: int, way: Way) -> ErrorProfiles:
        return ErrorProfiles(self._designs[place], self._designs[place].mode(way))

    def _together(self, place: int, way: Way, levels: Levels) -> Together:
        """How rows of one test of design number `place` at the states of charge `levels` [%] are joined."""
        return self._profiles(place, way).together(np.array(levels))

    def _half_width(self, place: int, way: Way, levels: Levels, alpha: float) -> HalfWidth:
        """For design number `place` when rows of one test at the states of charge `levels` [%] are joined.

        Without levels: for one row at any state of charge. Infinite when cells are too few.

        With just enough cells the quantile is the worst row ever met, which says little about the next cell: below twice
        as many, the whole chemistry is asked. More confidence never means less width. Where lots are known, a new cell is
        one of a new lot: never less than what the lots ask for.
        """
        by_cells = self._by_cells(place, way, levels, alpha)
        return HalfWidth(max(by_cells.points, self._by_lots(place, way, levels, alpha)), by_cells.by_chemistry)

    def _by_lots(self, place: int, way: Way, levels: Levels, alpha: float) -> float:
        """What a new lot asks for, by the errors on lots left out; every lot weighs the same. 0 where none are known.

        Lots are few, so the size of their errors is estimated and widened as Student's t is (a prediction interval).
        """
        design = self._designs[place]
        if not design.lot:
            return 0.0
        scores, cells = self._scores(place, way, levels)
        lot_of = dict(zip(design.cell, design.lot, strict=True))
        lots = np.array([lot_of[cell] for cell in cells.tolist()])
        names = np.unique(lots)
        size = float(np.sqrt(np.mean([np.mean(scores[lots == name] ** 2) for name in names])))
        return float(stdtrit(len(names) - 1, 1 - alpha / 2)) * size * sqrt(1 + 1 / len(names))

    def _by_cells(self, place: int, way: Way, levels: Levels, alpha: float) -> HalfWidth:
        scores, cells = self._scores(place, way, levels)
        count = len(np.unique(cells))
        alone = sum(design.chemistry == self._designs[place].chemistry for design in self._designs) == 1
        if count >= _ROOM * cells_needed(alpha) or (alone and count >= cells_needed(alpha)):
            return HalfWidth(group_quantile(scores, cells, alpha))
        most = group_quantile(
            scores, cells, 1 / (count / _ROOM + 1)
        )  # of the own cells, at the most they are asked for
        return HalfWidth(
            max(most, few(count - 1, alpha) * self._by_chemistry(place, way, levels, alpha)), by_chemistry=True
        )

    def _by_chemistry(self, place: int, way: Way, levels: Levels, alpha: float) -> float:
        """The score of all designs of the chemistry, each in units of its own typical error."""
        scores, cells, own = [], [], 1.0
        for number, design in enumerate(self._designs):
            if design.chemistry != self._designs[place].chemistry:
                continue
            score, cell = self._scores(number, way, levels)
            typical = max(float(np.sqrt(np.mean(score**2))), 1e-6)
            own = typical if number == place else own
            scores.append(score / typical)
            cells.append(cell + number * 1_000_000)
        return own * group_quantile(np.concatenate(scores), np.concatenate(cells), alpha)

    def _scores(self, place: int, way: Way, levels: Levels) -> tuple[Floats, Ints]:
        """Absolute error per unit of strangeness, of single rows or of rows of a test joined; and whose cell."""
        if levels:
            joined = self.together(place, way, levels)
            return joined.scores, joined.cells
        design = self._designs[place]
        mode = design.mode(way)
        return np.abs(np.array(mode.error)) / np.array(mode.strange), np.array(design.cell)

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

        A handful of designs says little about the next one: what they needed is widened by `few`.
        """
        return few(len(self._designs) - 1, alpha) * self.held_out_design(alpha)
