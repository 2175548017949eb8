"""Missing stretches of a record: which are short and quiet enough to count on through them.

Source: Meguri's own rule (`rules/telemetry/cleaning.toml`).
"""

from dataclasses import dataclass

import numpy as np

from meguri.telemetry.arrays import Flags, Floats, Ints
from meguri.telemetry.rulebook import cleaning_rules

_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Gaps:
    """`starts` is the sample before each gap, `seconds` its length; `u_ah` what bridging adds to a charge [Ah]."""

    starts: Ints
    seconds: Floats
    bridged: Flags
    u_ah: Floats


def find_gaps(time_s: Floats, current_a: Floats) -> Gaps:
    """Steps longer than 10 s and than five median steps; bridged when short and with the same current on both sides."""
    rules = cleaning_rules().gap
    step = np.diff(time_s)
    longest = max(rules.seconds, rules.medians * float(np.median(step))) if len(step) else np.inf
    starts = np.flatnonzero(step > longest)
    seconds = step[starts]
    before, after = current_a[starts], current_a[starts + 1]
    most = float(np.nanmax(np.abs(current_a), initial=0.0))
    with np.errstate(invalid="ignore"):
        bridged = (seconds <= rules.bridge_seconds) & (np.abs(after - before) <= rules.bridge_current * most)
    mean = np.abs(after + before) / 2
    return Gaps(starts, seconds, bridged, rules.bridge_uncertainty * mean * seconds / _SECONDS)
