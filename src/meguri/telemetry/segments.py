"""What happens in a record: rests, charges, discharges, constant current and voltage, pulses.

Source: Meguri's own rule (`rules/telemetry/cleaning.toml`): a rest is |I| < 0.01 C for 60 s or more.
"""

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np

from meguri.telemetry.arrays import Array, Floats
from meguri.telemetry.gaps import find_gaps
from meguri.telemetry.rulebook import cleaning_rules
from meguri.telemetry.series import Series


class Kind(StrEnum):
    """What a stretch is."""

    REST = "rest"
    CHARGE = "charge"
    DISCHARGE = "discharge"
    PULSE = "pulse"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Samples `start` to `end` (excluded) of one kind; constant current or voltage where it is so."""

    kind: Kind
    start: int
    end: int
    constant_current: bool = False
    constant_voltage: bool = False

    @property
    def rows(self) -> slice:
        """The samples."""
        return slice(self.start, self.end)

    def seconds(self, time_s: Floats) -> float:
        """How long it is."""
        return float(time_s[self.end - 1] - time_s[self.start])


def stretches_of(series: Series, rated_ah: float) -> list[Stretch]:
    """The stretches of a record, in order. No stretch crosses a jump of the clock or an unbridged gap."""
    rules = cleaning_rules().segment
    if not len(series):
        return []
    current = np.nan_to_num(series.current)
    quiet = np.abs(current) < rules.rest_c_rate * rated_ah
    sign = np.where(quiet, 0, np.sign(current)).astype(np.int64)
    edges = _edges(series, sign)
    found = [_stretch(series, int(sign[start]), start, end) for start, end in edges]
    return _with_pulses(_without_blips(found, series.time_s), series.time_s)


def _edges(series: Series, sign: Array) -> list[tuple[int, int]]:
    change = (np.diff(sign) != 0) | (np.diff(series.segment) != 0)
    gaps = find_gaps(series.time_s, np.nan_to_num(series.current))
    change[gaps.starts[~gaps.bridged]] = True
    places = [0, *(np.flatnonzero(change) + 1).tolist(), len(series)]
    return list(pairwise(places))


def _stretch(series: Series, sign: int, start: int, end: int) -> Stretch:
    rules = cleaning_rules().segment
    if sign == 0:
        return Stretch(Kind.REST, start, end)
    current, voltage = series.current[start:end], series.voltage[start:end]
    current, voltage = current[np.isfinite(current)], voltage[np.isfinite(voltage)]
    steady = len(current) > 1 and float(np.std(current)) < rules.constant_current * abs(float(np.mean(current)))
    falling = len(current) > 2 and abs(current[-1]) < abs(current[0])
    flat = len(voltage) > 1 and float(np.ptp(voltage)) <= rules.constant_volt
    kind = Kind.CHARGE if sign > 0 else Kind.DISCHARGE
    return Stretch(kind, start, end, constant_current=steady, constant_voltage=flat and falling and not steady)


def _without_blips(found: list[Stretch], time_s: Floats) -> list[Stretch]:
    """Quiet moments under 60 s are no rest of their own, but stay between what surrounds them."""
    least = cleaning_rules().segment.rest_seconds
    return [
        s for s in found if s.kind is not Kind.REST or s.seconds(time_s) >= least or s is found[0] or s is found[-1]
    ]


def _with_pulses(found: list[Stretch], time_s: Floats) -> list[Stretch]:
    """A charge or discharge of up to 60 s between two rests is a pulse."""
    most = cleaning_rules().segment.pulse_seconds
    result = list(found)
    for place in range(1, len(found) - 1):
        stretch, around = found[place], (found[place - 1], found[place + 1])
        if stretch.kind is Kind.REST or not all(s.kind is Kind.REST for s in around):
            continue
        if stretch.seconds(time_s) <= most:
            result[place] = Stretch(Kind.PULSE, stretch.start, stretch.end, stretch.constant_current)
    return result


def resampled(time_s: Floats, values: Floats, step_s: float = 1.0) -> tuple[Floats, Floats]:
    """Bin means on an even grid, for features only; empty bins are left out. Returns bin centres [s] and means."""
    known = np.isfinite(values)
    time_s, values = time_s[known], values[known]
    if not len(time_s):
        return time_s, values
    bins = ((time_s - time_s[0]) / step_s).astype(np.int64)
    count = np.bincount(bins)
    some = count > 0
    sums = np.bincount(bins, weights=values)
    return time_s[0] + (np.flatnonzero(some) + 0.5) * step_s, sums[some] / count[some]
