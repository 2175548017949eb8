"""Uncertainty of totals by drawing: one draw for each factor, shared by all that use it.

A factor that two parts use is wrong in both or in neither; drawing it twice would understate the spread.
Each factor has its own stream of random numbers, made from the seed and its id: so its draws do not depend on which
other factors take part, and two products drawn apart can still be compared draw by draw.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from math import exp, log, sqrt
from typing import Literal

import numpy as np
from scipy.sparse import coo_array, csr_array

from meguri.footprint.engine.arrays import Floats, Ints, times
from meguri.footprint.engine.demand import demand_of
from meguri.footprint.engine.errors import OutOfRange
from meguri.footprint.engine.structure import Structure
from meguri.footprint.engine.sweep import roll_up

_CHUNK = 512


@dataclass(frozen=True, slots=True)
class Uncertain:
    """A lognormal figure. `sigma` is the standard deviation of its logarithm; 0 = certain.

    center  what `value` is: the median (= geometric mean), or the mean
    """

    id: str
    value: float
    sigma: float
    center: Literal["median", "mean"] = "median"

    @property
    def median(self) -> float:
        """The value that half of the draws lie below."""
        return self.value if self.center == "median" else self.value / exp(self.sigma**2 / 2)

    @property
    def mean(self) -> float:
        """Expected value: median · e^(σ²/2)."""
        return self.median * exp(self.sigma**2 / 2)

    @property
    def variance(self) -> float:
        """median² · e^σ² · (e^σ² − 1)."""
        return self.median**2 * exp(self.sigma**2) * (exp(self.sigma**2) - 1)


@dataclass(frozen=True, slots=True)
class Uses:
    """Where factors enter the parts' own figures: own = certain + Σ coefficient · factor.

    certain       (part,) what is not drawn
    parts, factors, coefficients  one entry for each use: part row, place in the list of factors, amount
    """

    certain: Floats
    parts: Ints
    factors: Ints
    coefficients: Floats


@dataclass(frozen=True, slots=True)
class Spread:
    """What the draws of one product say, in the unit of the total.

    expected, deviation  mean and standard deviation by formula, exact for independent factors
    shares               each factor's part of the variance, 0–1, greatest first
    """

    mean: float
    sd: float
    p2_5: float
    p50: float
    p97_5: float
    seed: int
    draws: int
    expected: float
    deviation: float
    shares: Mapping[str, float]


def draws_of(factor: Uncertain, seed: int, count: int) -> Floats:
    """`count` draws of one factor; the same seed and id always give the same ones."""
    key = int.from_bytes(blake2b(f"{seed}:{factor.id}".encode(), digest_size=16).digest(), "big")
    normal = np.random.Generator(np.random.Philox(key=key)).standard_normal(count)
    return factor.median * np.exp(factor.sigma * normal)


def draw_all(structure: Structure, uses: Uses, factors: Sequence[Uncertain], *, seed: int, count: int) -> Floats:
    """Totals of all parts in every draw, (part, draw). Takes 8 bytes · parts · draws of memory, twice."""
    sampled = np.empty((len(factors), count))
    for place, factor in enumerate(factors):
        sampled[place] = draws_of(factor, seed, count)
    own = times(_matrix(uses, len(factors)), sampled)
    own += uses.certain[:, None]
    return roll_up(structure, own)


def draw_products(
    structure: Structure, uses: Uses, factors: Sequence[Uncertain], products: Sequence[int], *, seed: int, count: int
) -> tuple[Floats, list[Spread]]:
    """Totals of `products` in every draw, (product, draw), and what they say. The draws of two products are paired."""
    if count < 2:
        raise OutOfRange(field="count", value=count, limits="≥ 2")
    base, weights = _weights(structure, uses, len(factors), products)
    drawn = np.repeat(base[:, None], count, axis=1)
    relevant = np.flatnonzero(weights.any(axis=0))
    for start in range(0, relevant.size, _CHUNK):
        chunk = relevant[start : start + _CHUNK]
        drawn += weights[:, chunk] @ np.stack([draws_of(factors[place], seed, count) for place in chunk.tolist()])
    spreads = [_spread(drawn[at], float(base[at]), weights[at], factors, seed) for at in range(len(products))]
    return drawn, spreads


def chance_below(first: Floats, second: Floats) -> float:
    """The share of paired draws in which `first` lies below `second`."""
    return float(np.mean(first < second))


def sigma_of_gsd95(gsd95: float) -> float:
    """σ of the logarithm from the squared geometric standard deviation that spans 95 %: ½ ln GSD95."""
    return log(gsd95) / 2


def _weights(structure: Structure, uses: Uses, factors: int, products: Sequence[int]) -> tuple[Floats, Floats]:
    # A total is linear in the factors: its weights are the product's demand, collected by factor.
    matrix = _matrix(uses, factors)
    base, weights = np.zeros(len(products)), np.zeros((len(products), factors))
    for at, product in enumerate(products):
        demand = demand_of(structure, product)
        base[at] = demand.amounts @ uses.certain[demand.rows]
        weights[at] = times(csr_array(matrix[demand.rows].T), demand.amounts)
    return base, weights


def _matrix(uses: Uses, factors: int) -> csr_array[np.float64]:
    shape = (uses.certain.size, factors)
    return csr_array(coo_array((uses.coefficients, (uses.parts, uses.factors)), shape=shape))


def _spread(drawn: Floats, base: float, weights: Floats, factors: Sequence[Uncertain], seed: int) -> Spread:
    used = np.flatnonzero(weights).tolist()
    variances = {factors[place].id: float(weights[place]) ** 2 * factors[place].variance for place in used}
    whole = sum(variances.values())
    ranked = sorted(variances.items(), key=lambda item: -item[1])
    low, middle, high = np.percentile(drawn, [2.5, 50, 97.5]).tolist()
    return Spread(
        mean=float(drawn.mean()),
        sd=float(drawn.std(ddof=1)),
        p2_5=low,
        p50=middle,
        p97_5=high,
        seed=seed,
        draws=drawn.size,
        expected=base + sum(float(weights[place]) * factors[place].mean for place in used),
        deviation=sqrt(whole),
        shares={name: variance / whole for name, variance in ranked if variance} if whole else {},
    )
