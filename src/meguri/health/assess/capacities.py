"""Capacity of an item by every method that its record allows: full, between rests, and from everyday charging."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from meguri.health.arrays import Array, Floats
from meguri.health.assess.flow import Flow
from meguri.health.assess.subject import Subject
from meguri.health.capacity import Instrument, at_25_celsius, capacity_full, is_cut_off, is_full
from meguri.health.estimate import Estimate, NotAssessable, root_sum_square
from meguri.health.ocv import FULL, Anchor, anchor_at, capacity_ocv, rest_voltage
from meguri.health.sessions import (
    LEAST_SESSIONS,
    Session,
    capacity_trend,
    session_capacity,
    split_sessions,
)
from meguri.telemetry.segments import Kind, Stretch
from meguri.telemetry.series import Series

_SECONDS_PER_MONTH = 30 * 86_400.0
_TAIL = 5  # samples at the end of a stretch that tell how it ended


@dataclass(frozen=True, slots=True)
class Found:
    """One method's capacity [Ah], where it could, energy [Wh], and under which conditions it holds."""

    method: str
    charge: Estimate
    energy: Estimate | None = None
    temperature_c: float | None = None
    c_rate: float | None = None
    soc_window: tuple[float, float] | None = None
    rows: int = 0


def full(series: Series, stretches: list[Stretch], subject: Subject) -> Found:
    """From one whole discharge, the last one, else one whole charge. Raises NotAssessable with the nearest miss."""
    misses: list[NotAssessable] = []
    signals: _Signals | None = None
    for kind in (Kind.DISCHARGE, Kind.CHARGE):
        for start, end in reversed(_runs(stretches, kind)):
            signals = signals or _signals(series, subject)
            try:
                return _whole(series, subject, signals, start, end, kind)
            except NotAssessable as miss:
                misses.append(miss.with_traceback(None))  # the frames of hundreds of misses are not kept
    if misses:
        order = ("GAP_IN_DATA", "CUTOFF_NOT_REACHED", "NOT_FULL")
        raise min(misses, key=lambda miss: order.index(miss.code) if miss.code in order else 9)
    raise NotAssessable("NO_FULL_RUN")


def _runs(stretches: list[Stretch], kind: Kind) -> list[tuple[int, int]]:
    """Neighbouring stretches of one kind as one run: a gap or a blip does not make two discharges of one."""
    runs: list[tuple[int, int]] = []
    for before, stretch in zip([None, *stretches], stretches, strict=False):
        if stretch.kind is not kind:
            continue
        if before is not None and before.kind is kind:
            runs[-1] = (runs[-1][0], stretch.end)
        else:
            runs.append((stretch.start, stretch.end))
    return runs


@dataclass(frozen=True, slots=True)
class _Signals:
    """What is asked of every run, found once: a record may hold hundreds of runs in millions of samples."""

    low: Floats
    """Lowest cell [V]."""
    high: Floats
    """Highest cell [V]."""
    known_low: Array
    """Samples that know the lowest cell."""
    charging: Array
    """Samples in which current flows in."""
    taking: Array
    """Samples in which more than a hundredth of the rated capacity's current is taken."""
    rated: float


def _signals(series: Series, subject: Subject) -> _Signals:
    low, high = series.lowest_cell(subject.cells), series.highest_cell(subject.cells)
    current, rated = np.nan_to_num(series.current), _rated(subject, series)
    return _Signals(
        low, high, np.flatnonzero(np.isfinite(low)), np.flatnonzero(current > 0),
        np.flatnonzero(current < -0.01 * rated), rated,
    )  # fmt: skip


def _whole(series: Series, subject: Subject, signals: _Signals, start: int, end: int, kind: Kind) -> Found:
    if subject.v_min is None or subject.v_max is None:
        raise NotAssessable("NO_VOLTAGE_LIMITS")
    ends_low, ends_high = _extreme(signals.low[start:end], np.nanmin), _extreme(signals.high[start:end], np.nanmax)
    rows = slice(start, end)
    if kind is Kind.DISCHARGE:
        is_at_top = _was_full(series, subject, start, signals)
        is_at_bottom = is_cut_off(ends_low, subject.v_min)
    else:
        current = np.abs(series.current[rows])
        taper = float(np.nanmean(current[-_TAIL:])) if np.isfinite(current[-_TAIL:]).any() else np.inf
        is_at_top = is_full(signals.rated, taper, ends_high, subject.v_max)
        is_at_bottom = _was_empty(subject, start, signals)
    run = capacity_full(
        series.time_s[rows], series.current[rows], series.voltage[rows],
        full=is_at_top, cut_off=is_at_bottom, instrument=_instrument(series, subject),
    )  # fmt: skip
    hours = max(float(series.time_s[end - 1] - series.time_s[start]) / 3600, 1e-9)
    rated = subject.rated_ah
    return Found(
        "capacity_full", _flagged(run.charge, subject), _flagged(run.energy, subject), _mean(series.temperature[rows]),
        run.charge.value / hours / rated if rated else None, (0.0, 100.0), end - start,
    )  # fmt: skip


def _instrument(series: Series, subject: Subject) -> Instrument:
    offset = max(subject.instrument.offset_a, 0.0)
    return Instrument(subject.instrument.gain, offset)


def _flagged(found: Estimate, subject: Subject) -> Estimate:
    more = ("DEFAULT_VOLTAGE_LIMITS",) if subject.limits_by_default else ()
    return Estimate(found.value, found.sd, (*found.flags, *more))


def _extreme(values: Floats, choose: object) -> float:
    known = values[np.isfinite(values)]
    return float(known.min() if choose is np.nanmin else known.max()) if len(known) else np.nan


def _was_full(series: Series, subject: Subject, start: int, signals: _Signals) -> bool:
    """Whether the charge before a discharge ended full, or the cells stood at their limit when it began."""
    v_max = subject.v_max or np.inf
    near = signals.high[max(start - 600, 0) : start + 3]
    near = near[np.isfinite(near)]
    earlier = int(np.searchsorted(signals.charging, start))
    if earlier:
        ended = int(signals.charging[earlier - 1])
        taper = float(np.nanmean(np.abs(series.current[max(ended - _TAIL + 1, 0) : ended + 1])))
        top = _extreme(signals.high[max(ended - _TAIL + 1, 0) : ended + 1], np.nanmax)
        first, last = np.searchsorted(signals.taking, [ended + 1, start])
        if first == last and is_full(signals.rated, taper, top, v_max):
            return True
    return bool(len(near)) and is_full(0.0, np.inf, float(near.max()), v_max)


def _was_empty(subject: Subject, start: int, signals: _Signals) -> bool:
    before = signals.known_low[: int(np.searchsorted(signals.known_low, start + 3))][-600:]
    return bool(len(before)) and is_cut_off(float(signals.low[before].min()), subject.v_min or -np.inf)


def _rated(subject: Subject, series: Series) -> float:
    return subject.rated_ah or float(np.nanmax(np.abs(series.current), initial=1.0))


def _mean(values: Floats) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else None


# Between rests


def between_rests(series: Series, stretches: list[Stretch], subject: Subject) -> Found:
    """From two rests of the record through the open-circuit voltage of the design: the pair furthest apart that holds.

    Neighbouring pairs share rests, so they are no independent witnesses of each other: one pair speaks.
    """
    table = subject.table
    if table is None:
        raise NotAssessable("NO_OCV_TABLE")
    anchors = list(_anchors(series, stretches, subject))
    if len(anchors) < 2:
        raise NotAssessable("TOO_FEW_RESTS", str(len(anchors)))
    flow = Flow(series)
    first_miss: NotAssessable | None = None
    for place in _furthest_first(np.array([anchor.soc for anchor, _, _ in anchors])):
        (left, _, left_end), (right, right_start, _) = anchors[place[0]], anchors[place[1]]
        try:
            charge, u_gap = flow.net_charge(left_end, right_start)
            one = capacity_ocv(left, right, charge, subject.instrument.gain)
        except NotAssessable as miss:
            if place == (0, 1) or first_miss is None:
                first_miss = miss.with_traceback(None)
            continue
        sd = root_sum_square(one.sd, u_gap / abs(right.soc - left.soc))
        estimate = Estimate(one.value, sd, one.flags)
        return Found("capacity_ocv", estimate, None, _mean(series.temperature), None, None, len(series))
    raise first_miss or NotAssessable("TOO_FEW_RESTS", str(len(anchors)))


def _furthest_first(soc: Floats) -> Iterator[tuple[int, int]]:
    """Pairs of anchors, those of which the states of charge differ most before others."""
    left, right = np.triu_indices(len(soc), 1)
    order = np.argsort(-np.abs(soc[right] - soc[left]), kind="stable")
    yield from zip(left[order].tolist(), right[order].tolist(), strict=True)


def _anchors(series: Series, stretches: list[Stretch], subject: Subject) -> Iterator[tuple[Anchor, int, int]]:
    """Known states of charge: each usable rest, and the end of a full charge; with its first and last sample."""
    table = subject.table
    if table is None:
        return
    low = series.voltage / subject.cells
    high = series.highest_cell(subject.cells)
    for stretch in stretches:
        if stretch.kind is Kind.CHARGE and subject.v_max is not None:
            taper = float(np.nanmean(np.abs(series.current[stretch.rows][-_TAIL:])))
            if is_full(_rated(subject, series), taper, _extreme(high[stretch.rows][-_TAIL:], np.nanmax), subject.v_max):
                yield FULL, stretch.end - 1, stretch.end - 1
        if stretch.kind is not Kind.REST:
            continue
        known = np.isfinite(low[stretch.rows])
        time, voltage = series.time_s[stretch.rows][known], low[stretch.rows][known]
        if len(time) < 2:
            continue
        try:
            value, u_voltage = rest_voltage(time, voltage)
            yield anchor_at(table, value, subject.hysteresis, u_voltage), stretch.start, stretch.end - 1
        except NotAssessable:
            continue


# Everyday charging


def from_sessions(series: Series, stretches: list[Stretch], subject: Subject) -> Found:
    """From charge sessions by the battery's own state of charge, month by month."""
    soc = series.column("soc_bms_percent")
    if not np.isfinite(soc).any():
        raise NotAssessable("NO_SOC")
    sessions, misses = [], []
    for rows in _charging(series):
        time, current = series.time_s[rows], series.current[rows]
        known = np.isfinite(current) & np.isfinite(soc[rows])
        try:
            one = session_capacity(time[known], current[known], soc[rows][known])
            sessions.append(_corrected(one, _mean(series.temperature[rows])))
        except NotAssessable as miss:
            misses.append(miss)
    if len(sessions) < LEAST_SESSIONS:
        raise misses[0] if not sessions and misses else NotAssessable("TOO_FEW_SESSIONS", str(len(sessions)))
    month = np.array([int(one.start_s // _SECONDS_PER_MONTH) for one in sessions])
    trend = capacity_trend(
        month, np.array([one.capacity_ah for one in sessions]), np.array([one.weight for one in sessions]),
        np.array([one.span_points for one in sessions]),
    )  # fmt: skip
    return Found("capacity_sessions", trend.latest, None, 25.0, None, None, len(series))


def _charging(series: Series) -> Iterator[slice]:
    """Sessions: without a step longer than 10 s, within one run of the clock, while current flows in."""
    for part in split_sessions(series.time_s):
        charging = np.nan_to_num(series.current[part]) > 0
        edges = np.flatnonzero(np.diff(charging.astype(np.int8))) + 1
        for start, end in pairwise([0, *edges.tolist(), len(charging)]):
            if charging[start]:
                yield slice(part.start + start, part.start + end)


def _corrected(session: Session, temperature_c: float | None) -> Session:
    if temperature_c is None or not 0 <= temperature_c <= 45:
        return session
    at_25 = at_25_celsius(Estimate(session.capacity_ah, 0.0), temperature_c)
    return Session(session.start_s, at_25.value, session.weight, session.span_points)
