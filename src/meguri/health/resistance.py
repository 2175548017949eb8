"""Internal resistance from a current step, and the power that it leaves."""

from math import exp

import numpy as np

from meguri.health.arrays import Floats
from meguri.health.estimate import NotAssessable

TIMES_S = (0.1, 2.0, 10.0, 30.0)
LEAST_STEP_C = 0.3
SOC_WINDOW_PCT = (30.0, 80.0)
POWER_AT_SOC_PCT = (80.0, 20.0)
ACTIVATION_J_PER_MOL = 20_000.0
GAS_CONSTANT = 8.314462618
_CELSIUS_ZERO = 273.15
_ROOM_K = 298.15
_END_OF_LIFE_FACTOR = 2.0


def step_resistance(
    time_s: Floats, voltage_v: Floats, rest_voltage_v: float, current_step_a: float, after_s: Floats
) -> Floats:
    """Resistance [ohm] at each moment `after_s` the step: ΔV / ΔI, voltage interpolated at the exact time.

    time_s, voltage_v  samples since the step (0 = the step)
    rest_voltage_v     last voltage of the rest before; current_step_a: current minus that of the rest [A]
    NaN for moments outside the samples.
    """
    after = np.asarray(after_s, dtype=np.float64)
    at = np.interp(after, time_s, voltage_v)
    inside = (after >= time_s[0]) & (after <= time_s[-1])
    resistance: Floats = np.where(inside, (at - rest_voltage_v) / current_step_a, np.nan)
    return resistance


def step_flags(current_step_a: float, rated_ah: float, soc_pct: float | None) -> tuple[str, ...]:
    """What makes a step a weak witness: a small current, or a state of charge outside 30–80 %."""
    flags = []
    if abs(current_step_a) < LEAST_STEP_C * rated_ah:
        flags.append("STEP_TOO_SMALL")
    if soc_pct is None or not SOC_WINDOW_PCT[0] <= soc_pct <= SOC_WINDOW_PCT[1]:
        flags.append("SOC_OUTSIDE_WINDOW")
    return tuple(flags)


def factor_to_25_celsius(temperature_c: float, activation: float = ACTIVATION_J_PER_MOL) -> float:
    """By what a resistance measured at `temperature_c` is multiplied to hold at 25 °C (Arrhenius)."""
    return exp(activation / GAS_CONSTANT * (1 / _ROOM_K - 1 / (temperature_c + _CELSIUS_ZERO)))


def soh_resistance(r25_ohm: float, r_new_ohm: float) -> float:
    """100 % for a new cell's resistance, 0 % at twice that. Raises NotAssessable NO_REFERENCE without r_new."""
    if not r_new_ohm > 0:
        raise NotAssessable("NO_REFERENCE")
    end = _END_OF_LIFE_FACTOR * r_new_ohm
    return 100 * (end - r25_ohm) / (end - r_new_ohm)


def resistance_increase_pct(r_ohm: float, r_new_ohm: float) -> float:
    """(R/R_new − 1)·100."""
    if not r_new_ohm > 0:
        raise NotAssessable("NO_REFERENCE")
    return (r_ohm / r_new_ohm - 1) * 100


def discharge_power_w(ocv_v: float, v_min: float, r_ohm: float) -> float:
    """Power [W] at which the terminal voltage falls to `v_min`: V_min (OCV − V_min) / R."""
    return v_min * (ocv_v - v_min) / r_ohm


def charge_power_w(ocv_v: float, v_max: float, r_ohm: float) -> float:
    """Power [W] at which the terminal voltage rises to `v_max`: V_max (V_max − OCV) / R."""
    return v_max * (v_max - ocv_v) / r_ohm
