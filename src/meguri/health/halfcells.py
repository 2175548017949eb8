"""Open-circuit curve of a full cell from those of its electrodes: what is lost, lithium or active material.

V(Q) = U_p(y₀ + Q/C_p) − U_n(x₀ − Q/C_n). Source: A. Marongiu et al., J. Power Sources 324 (2016) 158; C. R. Birkl et al.,
J. Power Sources 341 (2017) 373.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from meguri.health.arrays import Floats
from meguri.health.estimate import NotAssessable

Curve = Callable[[Floats], Floats]
_STARTS = 8


@dataclass(frozen=True, slots=True)
class Alignment:
    """Capacities of both electrodes [Ah] and their stoichiometries when the cell is full (Q = 0)."""

    c_p: float
    c_n: float
    x_0: float
    y_0: float


@dataclass(frozen=True, slots=True)
class Losses:
    """Fractions lost since new: lithium inventory, and active material of the positive and negative electrode."""

    lli: float
    lam_pe: float
    lam_ne: float


def graphite_potential(x: Floats) -> Floats:
    """Potential of graphite [V] over its stoichiometry x (M. Safari, C. Delacourt, J. Electrochem. Soc. 158 (2011) A562)."""
    return (
        0.6379
        + 0.5416 * np.exp(-305.5309 * x)
        + 0.044 * np.tanh(-(x - 0.1958) / 0.1088)
        - 0.1978 * np.tanh((x - 1.0571) / 0.0854)
        - 0.6875 * np.tanh((x + 0.0117) / 0.0529)
        - 0.0175 * np.tanh((x - 0.5692) / 0.0875)
    )


def full_cell(charge_ah: Floats, cell: Alignment, positive: Curve, negative: Curve) -> Floats:
    """Open-circuit voltage [V] after discharging `charge_ah` from full."""
    return positive(cell.y_0 + charge_ah / cell.c_p) - negative(cell.x_0 - charge_ah / cell.c_n)


def fit_alignment(
    charge_ah: Floats, voltage_v: Floats, positive: Curve | None, negative: Curve | None, rated_ah: float
) -> Alignment:
    """The alignment that reproduces a slow discharge, by bounded least squares from several starts.

    Capacities between 0.9 of the charge seen and twice the rated capacity. Raises NotAssessable: NO_HALF_CELL_DATA
    without both curves, RECONSTRUCTION_POOR when the best fit misses by more than 50 mV (root mean square).
    """
    if positive is None or negative is None:
        raise NotAssessable("NO_HALF_CELL_DATA")
    seen = float(charge_ah[-1] - charge_ah[0])
    low = np.array([0.9 * seen, 0.9 * seen, 0.3, 0.0])
    high = np.array([2.0 * max(rated_ah, seen), 2.0 * max(rated_ah, seen), 1.0, 0.7])

    def miss(unknown: Floats) -> Floats:
        # numpy's own scalar conversion keeps the optimiser's finite differences exact
        return full_cell(charge_ah, Alignment(*unknown), positive, negative) - voltage_v

    places = np.random.default_rng(0).uniform(0.05, 0.7, size=(_STARTS, 4))
    places[0] = 0.3
    fits = [
        least_squares(miss, low + place * (high - low), bounds=(low, high), x_scale=high - low, xtol=1e-12, ftol=1e-12)
        for place in places
    ]
    best = min(fits, key=lambda fit: float(fit.cost))
    if float(np.sqrt(2 * best.cost / len(charge_ah))) > 0.05:
        raise NotAssessable("RECONSTRUCTION_POOR")
    return Alignment(*(float(value) for value in best.x))


def losses(now: Alignment, lithium_new_ah: float, c_p_new: float, c_n_new: float) -> Losses:
    """What is lost against new: LLI = 1 − (y₀C_p + x₀C_n)/n_Li,new, LAM = 1 − C/C_new. References in Ah."""
    lithium = now.y_0 * now.c_p + now.x_0 * now.c_n
    return Losses(1 - lithium / lithium_new_ah, 1 - now.c_p / c_p_new, 1 - now.c_n / c_n_new)
