"""How noisy the voltages of a test are, and what experts that met such noise in training make of it.

The voltages of a design move together in some dozen ways; what moves in none of them is the voltmeter. So the noise can
be told from one test, and a noisy test be answered by experts that learnt from voltages as noisy: they rely on
what noise leaves, and their errors give the interval. The quiet experts, asked the same, amplify the noise without
knowing it: with 1 mV the error for LFP cells never seen was 12 points with them, and 4 with these.
"""

from dataclasses import dataclass

import numpy as np

from meguri.health.arrays import Array, Floats, Ints
from meguri.health.conformal import group_share_quantile
from meguri.health.pulse.expert import PulseTests
from meguri.health.pulse.features import describe
from meguri.health.pulse.gaussian import Kernel

BANDS_MV = ((0.1, 0.35), (0.35, 1.0), (1.0, 3.0))
BAND_KERNELS = tuple(Kernel(whitening=0.0, length=length, linear=1.0, noise=0.2) for length in (5.0, 10.0, 20.0))
LEARNT, MET = 0, 1  # which noisy reading: the one that experts learn from, and the one that they are judged by
_STILL_WAYS = 6
_QUIET_SHARE = 0.975


@dataclass(frozen=True, slots=True)
class Gauge:
    """Measures the noise of a voltmeter along the directions in which a design's voltages hardly move."""

    mean: Floats
    still: Floats

    @classmethod
    def of(cls, u: Floats) -> "Gauge":
        """Learnt from the voltages (row, 21) [V] of known tests."""
        mean = u.mean(axis=0)
        _, ways = np.linalg.eigh((u - mean).T @ (u - mean) / len(u))  # ascending
        return cls(mean, ways[:, :_STILL_WAYS])

    def millivolts(self, u: Floats) -> Floats:
        """Standard deviation of the noise of each row [mV]."""
        found: Floats = 1000 * np.sqrt((((u - self.mean) @ self.still) ** 2).mean(axis=1))
        return found


def quiet_mv(u: Floats, cell: Ints, fold: Ints) -> float:
    """The reading [mV] that all but one in forty quiet tests stay within, on cells left out."""
    read = np.empty(len(u))
    for number in np.unique(fold):
        held = fold == number
        read[held] = Gauge.of(u[~held]).millivolts(u[held])
    return group_share_quantile(read, cell, _QUIET_SHARE)


def band_of(millivolts: Floats, quiet: float, most: tuple[float, ...]) -> Array:
    """The band of each reading [mV], 0 up to `quiet`; one beyond the last where no expert has met such noise."""
    limits = np.maximum.accumulate([quiet, *most])
    return np.searchsorted(limits, np.maximum(millivolts, 0), side="left")


def with_noise(
    tests: PulseTests, u: Floats, between_mv: tuple[float, float], seed: tuple[int, int], copy: int
) -> PulseTests:
    """`tests` as meters of a noise between two sizes [mV] would have written them; the same seed gives the same again.

    u     (row, 21) [V], of the same rows
    seed  that of the training, and the number of the band
    copy  LEARNT or MET
    """
    random = np.random.default_rng([*seed, copy])
    least, most = np.log(between_mv).tolist()
    size = np.exp(random.uniform(least, most, (len(u), 1))) / 1000
    heard = describe(u + size * random.standard_normal(u.shape))
    return PulseTests(heard, tests.soc, tests.soh, tests.cell, tests.test)


def meter_of(most_mv: float) -> float:
    """What two meters of a noise up to `most_mv` may differ by on the same cell [V], at least a millivolt."""
    return max(most_mv, 1.0) / 1000
