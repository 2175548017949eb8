"""Charge that went in between two samples of a record, for many pairs of them."""

import numpy as np

from meguri.health.estimate import NotAssessable, root_sum_square
from meguri.telemetry.gaps import find_gaps
from meguri.telemetry.rulebook import cleaning_rules
from meguri.telemetry.series import Series

_SECONDS_PER_HOUR = 3600


class Flow:
    """Sums over the samples that know their current, so that a pair costs no walk through all between."""

    def __init__(self, series: Series) -> None:
        rules = cleaning_rules().gap
        self._segment = series.segment
        self._known = np.flatnonzero(np.isfinite(series.current))
        self._time, self._current = series.time_s[self._known], series.current[self._known]
        step = np.diff(self._time)
        means = (self._current[:-1] + self._current[1:]) / 2
        self._charge = np.concatenate([[0.0], np.cumsum(means * step)]) / _SECONDS_PER_HOUR
        self._long = np.flatnonzero(step > rules.seconds)
        # where most steps are no longer than `seconds`, so is their median: such a step is a gap, and none that is bridged
        self._open = np.flatnonzero(step > max(rules.bridge_seconds, rules.medians * rules.seconds))

    def net_charge(self, start: int, end: int) -> tuple[float, float]:
        """Charge [Ah] put in from sample `start` to `end`, and what bridged gaps add. Raises NotAssessable GAP_IN_DATA."""
        if end <= start or self._segment[start] != self._segment[end]:
            raise NotAssessable("GAP_IN_DATA")
        first, last = np.searchsorted(self._known, [start, end + 1]).tolist()
        if last - first < 2:
            return 0.0, 0.0
        from_long, to_long = np.searchsorted(self._long, [first, last - 1]).tolist()
        charge = float(self._charge[last - 1] - self._charge[first])
        if from_long == to_long:
            return charge, 0.0
        from_open, to_open = np.searchsorted(self._open, [first, last - 1]).tolist()
        if from_open < to_open and 2 * (to_long - from_long) < last - 1 - first:
            place = self._open[from_open]
            raise NotAssessable("GAP_IN_DATA", f"{self._time[place + 1] - self._time[place]:g}s")
        gaps = find_gaps(self._time[first:last], self._current[first:last])
        if not gaps.bridged.all():
            raise NotAssessable("GAP_IN_DATA", f"{gaps.seconds[~gaps.bridged][0]:g}s")
        return charge, root_sum_square(*gaps.u_ah.tolist())
