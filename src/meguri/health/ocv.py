"""Capacity from a part of a charge between two rests, through the open-circuit voltage of the design."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from meguri.health.arrays import Floats
from meguri.health.estimate import Estimate, NotAssessable, root_sum_square

LEAST_POINTS = 11
LEAST_SPAN = 0.30
MOST_RELATIVE_UNCERTAINTY = 0.05
VOLTAGE_U = 0.002
RELAX_FIT_U = 0.005
LFP_HYSTERESIS = 0.010
FULL_CHARGE_U = 0.005
LONG_REST_S = 1800.0
_STEADY_V_PER_MIN = 0.0001
_SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class OcvTable:
    """Open-circuit voltage [V] over state of charge (0–1) of one design, both strictly increasing."""

    soc: Floats
    voltage: Floats

    def __post_init__(self) -> None:
        """Refuse what is no table: too few points, not strictly increasing, or states of charge in percent."""
        if len(self.soc) < LEAST_POINTS or len(self.soc) != len(self.voltage):
            raise ValueError(f"an OCV table needs at least {LEAST_POINTS} points")
        if not ((np.diff(self.soc) > 0).all() and (np.diff(self.voltage) > 0).all()):
            raise ValueError("an OCV table must increase strictly")
        if not (self.soc[0] >= -_SLACK and self.soc[-1] <= 1 + _SLACK):
            raise ValueError("the state of charge of an OCV table is 0–1, not percent")

    def soc_at(self, voltage: float) -> float:
        """State of charge (0–1) at a rest voltage; raises NotAssessable outside the table."""
        if not self.voltage[0] <= voltage <= self.voltage[-1]:
            raise NotAssessable("OCV_OUTSIDE_TABLE", f"{voltage:g}")
        return float(np.interp(voltage, self.voltage, self.soc))

    def slope_at(self, voltage: float) -> float:
        """dOCV/ds [V per unit of state of charge] of the segment; at a knot the smaller of the two neighbours."""
        slopes = np.diff(self.voltage) / np.diff(self.soc)
        low, high = self.voltage[:-1] - _SLACK, self.voltage[1:] + _SLACK
        touched = slopes[(low <= voltage) & (voltage <= high)]
        if not len(touched):
            raise NotAssessable("OCV_OUTSIDE_TABLE", f"{voltage:g}")
        return float(touched.min())


@dataclass(frozen=True, slots=True)
class Anchor:
    """A known state of charge (0–1) with its standard uncertainty."""

    soc: float
    u_soc: float
    flags: tuple[str, ...] = ()


FULL = Anchor(1.0, FULL_CHARGE_U)


def anchor_at(table: OcvTable, voltage: float, hysteresis: float = 0.0, u_voltage: float = VOLTAGE_U) -> Anchor:
    """The state of charge at a rest voltage [V].

    hysteresis  10 mV for LFP, 0 for others; u_s = √(u_V² + h²) / (dOCV/ds)
    """
    soc = table.soc_at(voltage)
    flags = ("RELAX_FIT",) if u_voltage >= RELAX_FIT_U else ()
    return Anchor(soc, root_sum_square(u_voltage, hysteresis) / table.slope_at(voltage), flags)


def capacity_ocv(first: Anchor, second: Anchor, charge_ah: float, gain: float = 0.001) -> Estimate:
    """Capacity [Ah] = charge between two anchors ÷ difference of their states of charge.

    (u_Q/Q)² = gain² + (u_Δs/Δs)². Raises NotAssessable: SOC_SPAN_TOO_SMALL under 30 %, NOT_IDENTIFIABLE when the
    difference is uncertain by more than 5 % (plateau).
    """
    span = abs(second.soc - first.soc)
    if span < LEAST_SPAN - _SLACK:
        raise NotAssessable("SOC_SPAN_TOO_SMALL", f"{span:.3g}")
    relative = root_sum_square(first.u_soc, second.u_soc) / span
    if relative > MOST_RELATIVE_UNCERTAINTY:
        raise NotAssessable("NOT_IDENTIFIABLE", f"{relative:.3g}")
    capacity = abs(charge_ah) / span
    flags = tuple(dict.fromkeys((*first.flags, *second.flags)))
    return Estimate(capacity, capacity * root_sum_square(gain, relative), flags)


def rest_voltage(time_s: Floats, voltage_v: Floats) -> tuple[float, float]:
    """Open-circuit voltage [V] at the end of a rest, and its standard uncertainty.

    The last sample after 30 min or once the voltage moves by no more than 0.1 mV per minute; otherwise a fit of up to
    two exponentials (τ free), with 5 mV. Raises NotAssessable REST_TOO_SHORT when even that has too few samples.
    """
    length = float(time_s[-1] - time_s[0])
    last = time_s >= time_s[-1] - 60.0
    if length >= LONG_REST_S:
        return float(voltage_v[-1]), VOLTAGE_U
    if length >= 120 and last.sum() >= 3:
        drift = abs(np.polyfit(time_s[last] - time_s[-1], voltage_v[last], 1)[0]) * 60
        if drift <= _STEADY_V_PER_MIN:
            return float(voltage_v[-1]), VOLTAGE_U
    if length < 60 or len(time_s) < 8:
        raise NotAssessable("REST_TOO_SHORT", f"{length:g}s")
    return _relaxed(time_s - time_s[0], voltage_v), RELAX_FIT_U


def _relaxed(time_s: Floats, voltage_v: Floats) -> float:
    """V∞ of V∞ − Σ aᵢ e^(−t/τᵢ), two terms, time constants between a tenth and three times the rest."""
    length = float(time_s[-1])

    def miss(unknown: Floats) -> Floats:
        end, a1, a2, log1, log2 = unknown
        decay = a1 * np.exp(-time_s / np.exp(log1)) + a2 * np.exp(-time_s / np.exp(log2))
        difference: Floats = end - decay - voltage_v
        return difference

    swing = float(voltage_v[-1] - voltage_v[0])
    start = [float(voltage_v[-1]), swing / 2, swing / 2, np.log(length / 20), np.log(length / 2)]
    low = [-np.inf, -1, -1, np.log(length / 100), np.log(length / 10)]
    high = [np.inf, 1, 1, np.log(length / 5), np.log(3 * length)]
    return float(least_squares(miss, np.clip(start, low, high), bounds=(low, high)).x[0])
