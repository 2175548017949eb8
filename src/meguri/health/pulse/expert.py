"""One design's experts: state of health from a pulse test, with the state of charge given or estimated on the way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Protocol

import numpy as np

from meguri.health.arrays import Array, Floats, Ints
from meguri.health.pulse.gaussian import Kernel, Regression, Space, left_out

COMMITTEE = 3
_SOC_KERNEL = Kernel(whitening=0.25, length=10.0, linear=1.0, noise=0.1)
GRID_WITH_SOC = tuple(
    Kernel(*point) for point in product((0.0, 0.25, 0.4), (2.5, 5.0, 10.0, 20.0), (0.0, 1.0), (0.03, 0.1, 0.3))
)
GRID_WITHOUT_SOC = tuple(Kernel(0.25, *point) for point in product((2.5, 5.0, 10.0), (0.0, 1.0), (0.1, 0.3)))


@dataclass(frozen=True, slots=True)
class PulseTests:
    """Pulse tests of one design: features (row, 21), soc [%], measured soh [%], and whose cell and test each row is."""

    features: Floats
    soc: Floats
    soh: Floats
    cell: Ints
    test: Ints

    def take(self, rows: Array) -> "PulseTests":
        """These rows only."""
        return PulseTests(self.features[rows], self.soc[rows], self.soh[rows], self.cell[rows], self.test[rows])


class Expert(Protocol):
    """Predicts state of health [%]; experts that estimate the state of charge themselves ignore `soc`."""

    def predict(self, features: Floats, soc: Floats) -> Floats:
        """State of health [%] of each row."""
        ...


Fit = Callable[[PulseTests, Sequence[Kernel]], "Sequence[Expert]"]


@dataclass(frozen=True, slots=True)
class SocScale:
    """State of charge in units of its spread within the training rows."""

    mean: float
    spread: float

    @classmethod
    def of(cls, soc: Floats) -> "SocScale":
        """The scale of `soc` [%]."""
        return cls(float(soc.mean()), float(soc.std()) + 1e-9)

    def standard(self, soc: Floats) -> Floats:
        """`soc` [%] in units of the spread."""
        return (soc - self.mean) / self.spread


@dataclass(frozen=True, slots=True)
class WithSoc:
    """Knows the state of charge of the test."""

    space: Space
    scale: SocScale
    regression: Regression

    @classmethod
    def fit(cls, tests: PulseTests, kernels: Sequence[Kernel]) -> "list[WithSoc]":
        """One expert per kernel, fitted to `tests`."""
        scale, experts = SocScale.of(tests.soc), []
        for kernel in kernels:
            space = Space.of(tests.features, kernel.whitening)
            places = space.place(tests.features, scale.standard(tests.soc))
            experts.append(cls(space, scale, Regression.fit(places, tests.soh, kernel)))
        return experts

    def predict(self, features: Floats, soc: Floats) -> Floats:
        """State of health [%]."""
        return self.regression.predict(self.space.place(features, self.scale.standard(soc)))


@dataclass(frozen=True, slots=True)
class WithoutSoc:
    """Estimates the state of charge first, then the state of health.

    In training, the state of charge of each cell is estimated by the other cells, so that the second step learns from
    estimates as wrong as those it will meet.
    """

    space: Space
    soc: Regression
    regression: Regression

    @classmethod
    def fit(cls, tests: PulseTests, kernels: Sequence[Kernel]) -> "list[WithoutSoc]":
        """One expert per kernel; the first step, the same for all of them (whitening as the first kernel), is done once."""
        space = Space.of(tests.features, kernels[0].whitening)
        places = space.place(tests.features)
        soc = SocScale.of(tests.soc).standard(tests.soc)
        first = Regression.fit(places, soc, _SOC_KERNEL)
        estimated = space.place(tests.features, left_out(places, soc, _SOC_KERNEL, tests.cell))
        return [cls(space, first, Regression.fit(estimated, tests.soh, kernel)) for kernel in kernels]

    def predict(self, features: Floats, soc: Floats) -> Floats:
        """State of health [%]; `soc` is not looked at."""
        estimated = self.soc.predict(self.space.place(features))
        return self.regression.predict(self.space.place(features, estimated))


@dataclass(frozen=True, slots=True)
class Committee:
    """The mean of a few experts whose kernels did best in training: steadier than the single best."""

    experts: tuple[Expert, ...]

    @classmethod
    def fit(cls, tests: PulseTests, kernels: Sequence[Kernel], fit: Fit) -> "Committee":
        """One expert per kernel, all fitted to `tests`."""
        return cls(tuple(fit(tests, kernels)))

    def predict(self, features: Floats, soc: Floats) -> Floats:
        """State of health [%]."""
        mean: Floats = np.mean([expert.predict(features, soc) for expert in self.experts], axis=0)
        return mean


def folds_of(cell: Ints, count: int, seed: int) -> Ints:
    """Which fold each row belongs to; all rows of a physical cell fall into the same fold."""
    cells = np.unique(cell)
    shuffled = np.random.default_rng(seed).permutation(len(cells))
    fold_of_cell = np.empty(len(cells), dtype=np.int64)
    fold_of_cell[shuffled] = np.arange(len(cells)) % min(count, len(cells))
    return fold_of_cell[np.searchsorted(cells, cell)]


def out_of_fold(tests: PulseTests, kernels: Sequence[Kernel], fit: Fit, fold: Ints) -> Floats:
    """Each row's state of health [%] as experts see it that never saw a row of its cell."""
    predicted = np.empty_like(tests.soh)
    for number in np.unique(fold):
        held = fold == number
        committee = Committee.fit(tests.take(~held), kernels, fit)
        predicted[held] = committee.predict(tests.features[held], tests.soc[held])
    return predicted


def choose_with_soc(tests: PulseTests, fold: Ints) -> tuple[Kernel, ...]:
    """The kernels of the grid with the smallest error on cells left out, state of charge given."""
    soc = SocScale.of(tests.soc).standard(tests.soc)
    places = {
        whitening: Space.of(tests.features, whitening).place(tests.features, soc)
        for whitening in {kernel.whitening for kernel in GRID_WITH_SOC}
    }
    errors = [
        np.abs(left_out(places[kernel.whitening], tests.soh, kernel, fold) - tests.soh).mean()
        for kernel in GRID_WITH_SOC
    ]
    return _best(GRID_WITH_SOC, errors)


def choose_without_soc(tests: PulseTests, fold: Ints) -> tuple[Kernel, ...]:
    """The same with the state of charge unknown: every step is fitted anew for each fold."""
    errors = np.zeros(len(GRID_WITHOUT_SOC))
    for number in np.unique(fold):
        held = tests.take(fold == number)
        experts = WithoutSoc.fit(tests.take(fold != number), GRID_WITHOUT_SOC)
        errors += [np.abs(expert.predict(held.features, held.soc) - held.soh).sum() for expert in experts]
    return _best(GRID_WITHOUT_SOC, list(errors / len(fold)))


def _best(grid: Sequence[Kernel], errors: Sequence[float]) -> tuple[Kernel, ...]:
    order = np.argsort(np.round(errors, 6), kind="stable")
    return tuple(grid[place] for place in order[:COMMITTEE])
