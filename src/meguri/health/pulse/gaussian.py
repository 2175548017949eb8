"""Gaussian-process regression, exact and small: a Matérn-3/2 kernel on partly whitened features plus a linear part.

Chosen over ridge, tree ensembles and networks because some dozens of cells per design allow no more, and because it is
trained and used by one Cholesky factor: the training rows are the model, no weights need to be stored.
Source: C. E. Rasmussen, C. K. I. Williams, "Gaussian Processes for Machine Learning", 2006, ch. 2 and 5.4.2.
"""

from dataclasses import dataclass

import msgspec
import numpy as np
from scipy.linalg import cho_factor, cho_solve

from meguri.health.arrays import Floats, Ints
from meguri.health.pulse.features import logarithmic

SOC_WEIGHT = 3.0  # the state of charge, standardised, counts as three features


class Kernel(msgspec.Struct, frozen=True):
    """How alike two tests are, relative to a unit prior variance.

    whitening  exponent by which strong common directions of the features are shrunk: 0 not at all, 0.5 fully
    length     distance at which likeness fades
    linear     share of a linear trend
    noise      standard deviation of what no feature explains
    relative   responses are compared by ratio (their logarithms), not by difference
    """

    whitening: float
    length: float
    linear: float
    noise: float
    relative: bool = False


@dataclass(frozen=True, slots=True)
class Space:
    """The coordinates in which distances between tests are measured, learnt from training features alone."""

    mean: Floats
    turn: Floats
    relative: bool = False

    @classmethod
    def of(
        cls, features: Floats, whitening: float, noise: Floats | None = None, relative: bool = False
    ) -> "Space":  # fmt: skip
        """Standardise, turn to principal axes, shrink each by its variance to the power `whitening`.

        noise     (feature,) of the instrument: no feature counts for more than its size above this
        relative  by the logarithms of responses
        """
        features = logarithmic(features) if relative else features
        mean, spread = features.mean(axis=0), np.hypot(features.std(axis=0), 1e-9 if noise is None else noise)
        scaled = (features - mean) / spread
        variance, axes = np.linalg.eigh(scaled.T @ scaled / len(scaled))
        shrink = (np.maximum(variance, 0) + 1e-4) ** -whitening
        return cls(mean, axes * shrink / spread[:, None], relative)

    def place(self, features: Floats, soc: Floats | None = None) -> Floats:
        """Coordinates of `features`, with the standardised state of charge as one more axis when it is given."""
        where = ((logarithmic(features) if self.relative else features) - self.mean) @ self.turn
        return where if soc is None else np.column_stack([where, SOC_WEIGHT * soc])


def squared_distances(left: Floats, right: Floats) -> Floats:
    """(left, right) squared Euclidean distances."""
    across = left @ right.T
    across *= -2
    across += (left**2).sum(axis=1)[:, None]
    across += (right**2).sum(axis=1)[None, :]
    return np.maximum(across, 0, out=across)


def likeness(left: Floats, right: Floats, kernel: Kernel) -> Floats:
    """(left, right) prior covariance, noise left out."""
    distance = np.sqrt(squared_distances(left, right)) * (np.sqrt(3.0) / kernel.length)
    alike: Floats = (1 + distance) * np.exp(-distance)
    if kernel.linear:
        alike += kernel.linear / left.shape[1] * (left @ right.T)
    return alike


@dataclass(frozen=True, slots=True)
class Regression:
    """A fitted process: predicts the target at new places."""

    kernel: Kernel
    places: Floats
    mean: float
    weights: Floats

    @classmethod
    def fit(cls, places: Floats, target: Floats, kernel: Kernel) -> "Regression":
        """Fit `target` (row,) at `places` (row, axis)."""
        mean = float(target.mean())
        covariance = likeness(places, places, kernel)
        covariance[np.diag_indices_from(covariance)] += kernel.noise**2
        return cls(kernel, places, mean, cho_solve(cho_factor(covariance, lower=True), target - mean))

    def predict(self, places: Floats, chunk: int = 2048) -> Floats:
        """The expected target at each place; memory stays bounded by `chunk` rows."""
        parts = [
            likeness(places[start : start + chunk], self.places, self.kernel) @ self.weights
            for start in range(0, len(places), chunk)
        ]
        return self.mean + np.concatenate(parts) if parts else np.empty(0)


def left_out(places: Floats, target: Floats, kernel: Kernel, blocks: Ints) -> Floats:
    """What the regression predicts for each row when all rows of its block are left out, from one factorisation.

    Source: Rasmussen and Williams 2006, eq. 5.12, for blocks: y_b − ([K⁻¹]_bb)⁻¹ [K⁻¹ y]_b.
    """
    mean = float(target.mean())
    covariance = likeness(places, places, kernel)
    covariance[np.diag_indices_from(covariance)] += kernel.noise**2
    inverse = np.linalg.inv(covariance)
    pull = inverse @ (target - mean)
    predicted = np.empty_like(target)
    for block in np.unique(blocks):
        rows = np.flatnonzero(blocks == block)
        predicted[rows] = target[rows] - np.linalg.solve(inverse[np.ix_(rows, rows)], pull[rows])
    return predicted
