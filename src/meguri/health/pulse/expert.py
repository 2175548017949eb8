"""One design's experts: state of health from a pulse test, with the state of charge given or estimated on the way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Protocol

import numpy as np

from meguri.health.arrays import Array, Floats, Ints
from meguri.health.pulse.gaussian import Kernel, Regression, Space, left_out

COMMITTEE = 8
_SOC_KERNEL = Kernel(whitening=0.25, length=5.0, linear=1.0, noise=0.1)
GRID_WITH_SOC = tuple(
    Kernel(*point) for point in product((0.0, 0.25, 0.4), (5.0, 10.0, 20.0), (1.0,), (0.03, 0.1, 0.3), (False, True))
)
GRID_WITHOUT_SOC = tuple(
    Kernel(*point) for point in product((0.0, 0.25), (5.0, 10.0, 20.0), (0.0, 1.0), (0.1, 0.3), (False, True))
)


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
        scale = SocScale.of(tests.soc)
        soc, spaces = scale.standard(tests.soc), spaces_of(tests.features, kernels)
        return [
            cls(space, scale, Regression.fit(space.place(tests.features, soc), tests.soh, kernel))
            for space, kernel in zip(spaces, kernels, strict=True)
        ]

    def predict(self, features: Floats, soc: Floats) -> Floats:
        """State of health [%]."""
        return self.regression.predict(self.space.place(features, self.scale.standard(soc)))


@dataclass(frozen=True, slots=True)
class Charge:
    """Estimates the state of charge itself, where nobody states it."""

    space: Space
    scale: SocScale
    regression: Regression

    @classmethod
    def fit(cls, tests: PulseTests) -> "Charge":
        """Fitted to `tests`."""
        space, scale = Space.of(tests.features, _SOC_KERNEL.whitening), SocScale.of(tests.soc)
        return cls(space, scale, Regression.fit(space.place(tests.features), scale.standard(tests.soc), _SOC_KERNEL))

    def standard(self, features: Floats) -> Floats:
        """State of charge in units of `scale`."""
        return self.regression.predict(self.space.place(features))

    def predict(self, features: Floats) -> Floats:
        """State of charge [%]."""
        return self.scale.mean + self.scale.spread * self.standard(features)


@dataclass(frozen=True, slots=True)
class WithoutSoc:
    """Estimates the state of charge first, then the state of health.

    In training, the state of charge of each cell is estimated by the other cells, so that the second step learns from
    estimates as wrong as those it will meet.
    """

    charge: Charge
    space: Space
    regression: Regression

    @classmethod
    def fit(cls, tests: PulseTests, kernels: Sequence[Kernel]) -> "list[WithoutSoc]":
        """One expert per kernel; the first step, the same for all of them, is done once."""
        charge = Charge.fit(tests)
        places, soc = charge.space.place(tests.features), charge.scale.standard(tests.soc)
        estimated = left_out(places, soc, _SOC_KERNEL, tests.cell)
        return [
            cls(charge, space, Regression.fit(space.place(tests.features, estimated), tests.soh, kernel))
            for space, kernel in zip(spaces_of(tests.features, kernels), kernels, strict=True)
        ]

    def predict(self, features: Floats, soc: Floats) -> Floats:
        """State of health [%]; `soc` is not looked at."""
        estimated = self.charge.standard(features)
        return self.regression.predict(self.space.place(features, estimated))


def spaces_of(features: Floats, kernels: Sequence[Kernel]) -> list[Space]:
    """The space of each kernel; kernels that look the same way share one."""
    found = {
        (whitening, relative): Space.of(features, whitening, relative=relative)
        for whitening, relative in {(kernel.whitening, kernel.relative) for kernel in kernels}
    }
    return [found[kernel.whitening, kernel.relative] for kernel in kernels]


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


def out_of_fold(
    tests: PulseTests, kernels: Sequence[Kernel], fit: Fit, fold: Ints, met: PulseTests | None = None
) -> Floats:
    """Each row's state of health [%] as experts see it that never saw a row of its cell.

    met  the same rows as another reading met them; the experts learn from `tests`
    """
    met = met or tests
    predicted = np.empty_like(tests.soh)
    for number in np.unique(fold):
        held = fold == number
        committee = Committee.fit(tests.take(~held), kernels, fit)
        predicted[held] = committee.predict(met.features[held], met.soc[held])
    return predicted


def errors_with_soc(tests: PulseTests, fold: Ints) -> Floats:
    """(kernel,) mean error [points] of each kernel of the grid on cells left out, state of charge given."""
    soc = SocScale.of(tests.soc).standard(tests.soc)
    errors = [
        np.abs(left_out(space.place(tests.features, soc), tests.soh, kernel, fold) - tests.soh).mean()
        for space, kernel in zip(spaces_of(tests.features, GRID_WITH_SOC), GRID_WITH_SOC, strict=True)
    ]
    return np.array(errors)


def errors_without_soc(tests: PulseTests, fold: Ints) -> Floats:
    """The same with the state of charge unknown: every step is fitted anew for each fold."""
    errors = np.zeros(len(GRID_WITHOUT_SOC))
    for number in np.unique(fold):
        held = tests.take(fold == number)
        experts = WithoutSoc.fit(tests.take(fold != number), GRID_WITHOUT_SOC)
        errors += [np.abs(expert.predict(held.features, held.soc) - held.soh).sum() for expert in experts]
    return errors / len(fold)


def committees(grid: Sequence[Kernel], errors: Sequence[Floats]) -> list[tuple[Kernel, ...]]:
    """For each design, the kernels that did best on its own cells and, with as much say, on those of the other designs.

    A design with three aged cells cannot tell kernels apart; what is good elsewhere is the better guess then.

    errors  for each design, (kernel,) mean error
    """
    relative = [error / error.min() for error in errors]
    chosen = []
    for place, own in enumerate(relative):
        others = relative[:place] + relative[place + 1 :]
        score = own + np.mean(others, axis=0) if others else own
        order = np.argsort(np.round(score, 6), kind="stable")
        chosen.append(tuple(grid[kernel] for kernel in order[:COMMITTEE]))
    return chosen
