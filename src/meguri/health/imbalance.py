"""Cells that differ from their neighbours: spread at rest, deficit of the lowest, outliers, and self-discharge."""

from dataclasses import dataclass

import numpy as np

from meguri.health.arrays import Array, Floats
from meguri.health.estimate import NotAssessable

PLATEAU_V_PER_SOC = 0.1
OUTLIER_MADS = 4.0
LEAST_REST_DAYS = 3.0
MOST_DRIFT_K = 3.0
_DAYS_PER_MONTH = 30.0
_NORMAL_MAD = 1.4826


@dataclass(frozen=True, slots=True)
class Spread:
    """Highest minus lowest cell voltage at rest [V], and the charge that the lowest lacks against the median [Ah]."""

    spread_v: float
    deficit_ah: float


def rest_spread(cell_v: Floats, slope_v_per_soc: float, rated_ah: float) -> Spread:
    """Imbalance from cell voltages at rest; slope = dOCV/ds there [V per unit of state of charge].

    Raises NotAssessable OCV_PLATEAU where the voltage says nothing about the charge (slope < 0.1): there the end of
    charge or discharge must be looked at instead.
    """
    if slope_v_per_soc < PLATEAU_V_PER_SOC:
        raise NotAssessable("OCV_PLATEAU", f"{slope_v_per_soc:g}")
    deficit = (float(np.median(cell_v)) - float(cell_v.min())) / slope_v_per_soc * rated_ah
    return Spread(float(np.ptp(cell_v)), deficit)


def outliers(values: Floats) -> Array:
    """Places of cells further than four (normal-scaled) median absolute deviations from the median."""
    apart = np.abs(values - np.median(values))
    mad = float(np.median(apart)) * _NORMAL_MAD
    return np.flatnonzero(apart > OUTLIER_MADS * mad) if mad > 0 else np.flatnonzero(apart > 0)


def weakest_ratio(cell_ohm: Floats) -> float:
    """The highest cell resistance divided by the median of the pack."""
    return float(cell_ohm.max() / np.median(cell_ohm))


def self_discharge_pct_per_month(
    first_v: float,
    last_v: float,
    slope_v_per_soc: float,
    days: float,
    *,
    temperature_change_k: float = 0.0,
    balancing: bool = False,
) -> float:
    """Self-discharge [% of capacity per 30 days] from two rest voltages.

    Raises NotAssessable: REST_TOO_SHORT under 3 days, TEMPERATURE_DRIFT above 3 K, BALANCING_ACTIVE, OCV_PLATEAU.
    """
    if days < LEAST_REST_DAYS:
        raise NotAssessable("REST_TOO_SHORT", f"{days:g}d")
    if abs(temperature_change_k) > MOST_DRIFT_K:
        raise NotAssessable("TEMPERATURE_DRIFT", f"{temperature_change_k:g}K")
    if balancing:
        raise NotAssessable("BALANCING_ACTIVE")
    if slope_v_per_soc < PLATEAU_V_PER_SOC:
        raise NotAssessable("OCV_PLATEAU", f"{slope_v_per_soc:g}")
    return 100 * (first_v - last_v) / slope_v_per_soc / days * _DAYS_PER_MONTH


def self_discharge_evolution_pct(now: float, initial: float) -> float:
    """(r_now / r_initial − 1)·100. Raises NotAssessable NO_REFERENCE without an initial rate."""
    if not initial > 0:
        raise NotAssessable("NO_REFERENCE")
    return (now / initial - 1) * 100
