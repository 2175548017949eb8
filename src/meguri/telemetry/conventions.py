"""Signs that a record follows another convention than its headers say, read from what a battery cannot do.

Pure rules over arrays; `cleaning` decides what follows. Source: Meguri's own rule (`rules/telemetry/cleaning.toml`).
"""

import numpy as np

from meguri.telemetry.arrays import Floats
from meguri.telemetry.rulebook import CleaningRules

_SECONDS = 3600.0
_NOISE = 1e-9  # below this two readings are the same number, written twice


def resolution(values: Floats) -> float:
    """The smallest step [unit of `values`] in which they were written: what a logger rounds is no spike."""
    steps = np.abs(np.diff(values[np.isfinite(values)]))
    steps = steps[steps > _NOISE]
    return float(steps.min()) if steps.size else 0.0


def longest_charge_ah(time_s: Floats, current_a: Floats, rated_ah: float, rules: CleaningRules) -> float:
    """The most charge [Ah] that flows in one go, without turning or pausing.

    A pause is also a gap in the record, a trickle that may go on for ever, and a current beyond all range.
    """
    step = np.diff(time_s)
    if not len(step):
        return 0.0
    flow = np.nan_to_num((current_a[1:] + current_a[:-1]) / 2)
    size = np.abs(flow) / rated_ah
    whole = (step > 0) & (step <= rules.gap.medians * float(np.median(step)))
    whole &= (size >= rules.unit.trickle_c_rate) & (size <= rules.range.most_c_rate)
    way = np.where(whole, np.sign(flow), 0)
    starts = np.concatenate(([0], np.flatnonzero(np.diff(way)) + 1))
    charge = np.add.reduceat(np.where(whole, flow * step, 0.0), starts)
    return float(np.abs(charge).max()) / _SECONDS


def holds_current(
    time_s: Floats, voltage_v: Floats, current_a: Floats, temperature_c: Floats, rules: CleaningRules
) -> bool:
    """Whether the “temperature” leaps as only a current does, the voltage with it, while the “current” creeps.

    voltage_v  of one cell
    """
    step = np.diff(time_s)
    near = (step > 0) & (step <= rules.swapped.within_seconds)
    leap, creep, moved = np.diff(temperature_c), np.abs(np.diff(current_a)), np.diff(voltage_v)
    near &= np.isfinite(leap) & np.isfinite(creep) & np.isfinite(moved)
    leaps = near & (np.abs(leap) >= np.maximum(rules.swapped.leap_kelvin, rules.swapped.leap_kelvin_per_s * step))
    if leaps.sum() < rules.swapped.least_leaps or not (creep[near] <= rules.swapped.creep_ampere).all():
        return False
    known = current_a[np.isfinite(current_a)]
    low, high = rules.swapped.celsius
    followed = np.abs(moved[leaps]) >= rules.swapped.least_volt
    together = np.sign(leap[leaps][followed] * moved[leaps][followed])
    return bool(
        ((known >= low) & (known <= high)).all()
        and followed.mean() >= rules.swapped.share
        and np.abs(together.mean()) >= 2 * rules.swapped.share - 1
    )


def reversed_stretch(signs: Floats, rules: CleaningRules) -> int:
    """How many steps in a row go against the voltage, where a part of the record counts the other way; 0 = none.

    signs  for each step of the current +1 where the voltage moves with it, −1 where against
    """
    window = rules.sign.stretch_steps
    if len(signs) < window:
        return 0
    against = np.concatenate(([0], np.cumsum(signs < 0)))
    most = int((against[window:] - against[:-window]).max())
    return most if most >= rules.sign.stretch_share * window else 0
