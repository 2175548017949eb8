"""A guess for a design that nobody has measured: one ridge over all known designs, with the error it made on each.

Source of the caution: with one design held out, no method tried here did better than some ten points of error
(docs/health.md). The number is therefore never given without the interval of those errors.
"""

from dataclasses import dataclass

import numpy as np

from meguri.health.arrays import Floats
from meguri.health.pulse.expert import PulseTests

_PENALTY = 1.0


@dataclass(frozen=True, slots=True)
class Transfer:
    """A linear guess; every design weighs the same, whatever its number of rows."""

    centre: Floats
    weights: Floats
    mean: float
    least: float
    most: float

    @classmethod
    def fit(cls, designs: list[PulseTests]) -> "Transfer":
        """Fit to the tests of the known designs."""
        features = np.concatenate([tests.features for tests in designs])
        soh = np.concatenate([tests.soh for tests in designs])
        share = np.concatenate([np.full(len(t.soh), 1 / (len(designs) * len(t.soh))) for t in designs])
        centre = share @ features
        spread = np.sqrt(share @ (features - centre) ** 2) + 1e-9
        scaled, mean = (features - centre) / spread, float(share @ soh)
        inner = (scaled * share[:, None]).T @ scaled + _PENALTY * np.eye(scaled.shape[1])
        weights = np.linalg.solve(inner, (scaled * share[:, None]).T @ (soh - mean)) / spread
        return cls(centre, weights, mean, float(soh.min()), float(soh.max()))

    def predict(self, features: Floats) -> Floats:
        """State of health [%], kept within the range of the known designs."""
        return np.clip(self.mean + (features - self.centre) @ self.weights, self.least, self.most)


def left_out_designs(designs: list[PulseTests]) -> list[Floats]:
    """For each design, predicted minus measured state of health [points] by a guess that never saw the design.

    A lone design has no such error; its place is taken by zeros, and no interval is made of them.
    """
    if len(designs) == 1:
        return [np.zeros_like(designs[0].soh)]
    errors = []
    for place, held in enumerate(designs):
        guess = Transfer.fit(designs[:place] + designs[place + 1 :])
        errors.append(guess.predict(held.features) - held.soh)
    return errors
