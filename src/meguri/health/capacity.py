"""Capacity from one full discharge or charge, by counting ampere-hours on real time stamps.

Known imprecision: the pack's capacity ends at its weakest cell; temperature and rate are stated, not corrected, unless
rule data ask for it. Instrument default: 0.1 % gain, 5 mA offset (Meguri's own rule).
"""

from dataclasses import dataclass

import numpy as np

from meguri.health.arrays import Floats
from meguri.health.estimate import Estimate, NotAssessable, root_sum_square
from meguri.telemetry.gaps import find_gaps

TAPER_C = 0.05
NEAR_LIMIT_V = 0.010
_CORRECTION_UNCERTAINTY = 0.30
_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Instrument:
    """Relative gain error of the current (1 = 100 %) and offset [A], as standard uncertainties."""

    gain: float = 0.001
    offset_a: float = 0.005


def charge_ah(time_s: Floats, current_a: Floats) -> float:
    """∫|I| dt [Ah] by trapezoid."""
    return float(np.trapezoid(np.abs(current_a), time_s)) / _SECONDS


def energy_wh(time_s: Floats, current_a: Floats, voltage_v: Floats) -> float:
    """∫|V·I| dt [Wh] by trapezoid."""
    return float(np.trapezoid(np.abs(voltage_v * current_a), time_s)) / _SECONDS


def is_full(rated_ah: float, taper_a: float, max_cell_v: float, v_max: float) -> bool:
    """Whether a charge ended full: taper current ≤ 0.05 C, or the highest cell within 10 mV of its limit."""
    return taper_a <= TAPER_C * rated_ah or max_cell_v >= v_max - NEAR_LIMIT_V


def is_cut_off(min_cell_v: float, v_min: float) -> bool:
    """Whether a discharge ended at the cut-off: the lowest cell within 10 mV above its limit or below."""
    return min_cell_v <= v_min + NEAR_LIMIT_V


@dataclass(frozen=True, slots=True)
class FullCapacity:
    """Charge [Ah] and energy [Wh] between full and cut-off."""

    charge: Estimate
    energy: Estimate


def capacity_full(
    time_s: Floats,
    current_a: Floats,
    voltage_v: Floats,
    *,
    full: bool,
    cut_off: bool,
    instrument: Instrument = Instrument(),
) -> FullCapacity:
    """Capacity of a whole discharge (or charge) given as samples; rows with a missing value are left out, as a gap.

    full, cut_off  whether the run reached both ends, see `is_full` and `is_cut_off`
    Uncertainty: u² = (Q·gain)² + (t·offset)² + Σ u_gap². Raises NotAssessable: NOT_FULL, CUTOFF_NOT_REACHED, GAP_IN_DATA.
    """
    if not full:
        raise NotAssessable("NOT_FULL")
    if not cut_off:
        raise NotAssessable("CUTOFF_NOT_REACHED")
    known = np.isfinite(time_s) & np.isfinite(current_a) & np.isfinite(voltage_v)
    time_s, current_a, voltage_v = time_s[known], current_a[known], voltage_v[known]
    if len(time_s) < 2:
        raise NotAssessable("TOO_FEW_SAMPLES")
    if (np.diff(time_s) < 0).any():  # nobody knows how long it was between what stands on both sides
        raise NotAssessable("GAP_IN_DATA", "TIME_BACKWARDS")
    gaps = find_gaps(time_s, current_a)
    if not gaps.bridged.all():
        raise NotAssessable("GAP_IN_DATA", f"{gaps.seconds[~gaps.bridged][0]:g}s")
    charge, energy = charge_ah(time_s, current_a), energy_wh(time_s, current_a, voltage_v)
    hours = float(time_s[-1] - time_s[0]) / _SECONDS
    u_charge = root_sum_square(charge * instrument.gain, hours * instrument.offset_a, *gaps.u_ah.tolist())
    u_energy = u_charge * energy / charge if charge else 0.0
    flags = ("GAP_BRIDGED",) if len(gaps.seconds) else ()
    return FullCapacity(Estimate(charge, u_charge, flags), Estimate(energy, u_energy, flags))


def at_25_celsius(capacity: Estimate, temperature_c: float, per_kelvin: float = 0.005) -> Estimate:
    """Capacity corrected to 25 °C, C25 = C / (1 + α(T − 25)); 30 % of the correction is added as uncertainty.

    per_kelvin  α from rule data. Raises NotAssessable outside 0–45 °C.
    """
    if not 0 <= temperature_c <= 45:
        raise NotAssessable("TEMPERATURE", f"{temperature_c:g}")
    corrected = capacity.value / (1 + per_kelvin * (temperature_c - 25))
    u_correction = _CORRECTION_UNCERTAINTY * abs(corrected - capacity.value)
    scale = corrected / capacity.value if capacity.value else 1.0
    sd = root_sum_square(capacity.sd * scale, u_correction)
    return Estimate(corrected, sd, (*capacity.flags, "TEMPERATURE_CORRECTED"))
