"""Random draws that are the same every time: PCG64, one stream per battery by its id, one shared stream for prices."""

import hashlib
from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
from scipy.special import ndtri

from meguri.health.arrays import Floats
from meguri.reuse.errors import IntervalInvalid

MOST_SOH = 110.0
COVERAGE = 1.645  # of the 90 % interval, as the contract rounds it
SINGLE = np.float32
Drawn = Any  # Floats in single precision
_PRICES = 0x9E3779B9


def generator(seed: int, name: str = "") -> np.random.Generator:
    """The stream of `name` under `seed`: neither order nor company of other batteries changes it."""
    digest = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") if name else _PRICES
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([abs(seed), digest])))


def normals(seed: int, names: Sequence[str], count: int, kinds: int) -> Drawn:
    """(kind, battery, draw) standard normal draws, each battery from its own stream.

    In single precision: a value then is right to some ten-millionths of what is added up in it, ten thousand times less
    than what 2,000 draws leave open, and needs half the time.
    """
    drawn = np.empty((len(names), kinds, count), dtype=SINGLE)
    for place, name in enumerate(names):
        generator(seed, name).standard_normal(dtype=SINGLE, out=drawn[place])
    return drawn.transpose(1, 0, 2)


def check_interval(value: float, lower: float, upper: float, confidence: float = 0.90) -> None:
    """Raise IntervalInvalid unless lower ≤ value ≤ upper and 0.5 < confidence < 0.999."""
    if not lower <= value <= upper:
        raise IntervalInvalid(detail=f"{lower:g} ≤ {value:g} ≤ {upper:g}")
    if not 0.5 < confidence < 0.999:
        raise IntervalInvalid(detail=f"confidence {confidence:g}")


def reach_of(confidence: float) -> float:
    """Half-width of an interval of that confidence in standard deviations."""
    return COVERAGE if confidence == 0.90 else NormalDist().inv_cdf(0.5 + confidence / 2)


def split_normal(value: Floats, lower: Floats, upper: Floats, z: Floats, confidence: float = 0.90) -> Floats:
    """State of health [%] from an estimate with an uneven interval, cut to 0–110.

    value, lower, upper  broadcastable to z; the interval holds `confidence` (σ = half-width ÷ 1.645 at 0.90)
    z                    standard normal draws
    """
    reach = reach_of(confidence)
    drawn = np.where(z < 0, (value - lower) / reach, (upper - value) / reach)
    drawn *= z
    drawn += value
    return np.clip(drawn, 0.0, MOST_SOH, out=drawn)


def lognormal(median: float, sigma: float, z: Floats) -> Floats:
    """Draws of a positive quantity with that median and log-spread."""
    return np.asarray(median * np.exp(sigma * z))


def quantile_z(share: float) -> float:
    """The standard normal quantile."""
    return float(ndtri(share))
