"""The domain of a design: how far a test may lie from all tests that the model knows.

Distances are measured in units of what cells differ by and instruments differ by together: two meters that disagree by a
millivolt on the same honest cell must not put it outside, however tightly the training rows of one cycler lie.
"""

from dataclasses import dataclass

import numpy as np

from meguri.health.arrays import Floats, Ints
from meguri.health.conformal import group_share_quantile
from meguri.health.pulse.expert import PulseTests, SocScale
from meguri.health.pulse.features import VOLTMETER, instrument_noise
from meguri.health.pulse.gaussian import Space, squared_distances

_NEIGHBOUR = 3
_WHITENING = 0.0  # whitened distances grow with the noise of the voltmeter first of all
_SHARE = 0.995
_LEAST_DISTANCE = 0.5


@dataclass(frozen=True, slots=True)
class Cloud:
    """The known tests of a design in the coordinates of `Space`, with the state of charge or without."""

    space: Space
    scale: SocScale | None
    places: Floats

    @classmethod
    def of(cls, tests: PulseTests, with_soc: bool, meter: float = VOLTMETER) -> "Cloud":
        """The cloud of `tests`, read by meters that differ by `meter` [V]."""
        space = Space.of(tests.features, _WHITENING, instrument_noise(meter))
        scale = SocScale.of(tests.soc) if with_soc else None
        return cls(space, scale, space.place(tests.features, scale.standard(tests.soc) if scale else None))

    def distance(self, features: Floats, soc: Floats) -> Floats:
        """Distance of each test to its third-nearest known test, in coordinates in which likely tests are some 1 apart.

        Kept above a small floor, so that a test that repeats a known one gets no interval of width zero.
        """
        places = self.space.place(features, self.scale.standard(soc) if self.scale else None)
        apart = squared_distances(places, self.places)
        nearest = min(_NEIGHBOUR, apart.shape[1]) - 1
        distance: Floats = np.sqrt(np.partition(apart, nearest, axis=1)[:, nearest])
        return np.maximum(distance, _LEAST_DISTANCE)

    def limit(self, cell: Ints) -> float:
        """The distance that 99.5 % of the known tests keep from the tests of other cells."""
        apart = squared_distances(self.places, self.places)
        apart[cell[:, None] == cell[None, :]] = np.inf
        nearest = min(_NEIGHBOUR, apart.shape[1]) - 1
        return group_share_quantile(np.sqrt(np.partition(apart, nearest, axis=1)[:, nearest]), cell, _SHARE)


def left_out_distances(
    tests: PulseTests, with_soc: bool, fold: Ints, met: PulseTests | None = None, meter: float = VOLTMETER
) -> Floats:
    """Each row's distance to the tests of the other folds; with `met`, of those rows as another reading met them."""
    met = met or tests
    distance = np.empty_like(tests.soh)
    for number in np.unique(fold):
        held = fold == number
        seen = Cloud.of(tests.take(~held), with_soc, meter)
        distance[held] = seen.distance(met.features[held], met.soc[held])
    return distance
