"""Records of hundreds of cycles: what each run and each pair of rests asks for is found once for all."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.telemetry.records import CELL, write

from meguri.health.assess.capacities import full
from meguri.health.assess.flow import Flow
from meguri.health.assess.subject import Meta, Subject
from meguri.health.estimate import NotAssessable, root_sum_square
from meguri.telemetry.gaps import find_gaps
from meguri.telemetry.records import read_record
from meguri.telemetry.segments import stretches_of
from meguri.telemetry.series import Series


def series_of(step_s: list[float], current: list[float]) -> Series:
    time = np.concatenate([[0.0], np.cumsum(step_s)])
    flowing = np.resize(np.array(current), len(time))
    columns = {"voltage_volt": np.full(len(time), 3.6), "current_ampere": flowing}
    return Series(time, np.zeros(len(time), dtype=np.int64), columns, np.arange(len(time)))


def walked(series: Series, start: int, end: int) -> tuple[float, float]:
    """The same by walking through all samples between."""
    rows = np.arange(start, end + 1)
    known = rows[np.isfinite(series.current[rows])]
    time, current = series.time_s[known], series.current[known]
    gaps = find_gaps(time, current)
    if not gaps.bridged.all():
        raise NotAssessable("GAP_IN_DATA")
    return float(np.trapezoid(current, time)) / 3600, root_sum_square(*gaps.u_ah.tolist())


STEPS = st.lists(st.sampled_from([1.0, 1.0, 1.0, 2.0, 9.0, 12.0, 30.0, 59.0, 61.0, 400.0]), min_size=3, max_size=40)
CURRENTS = st.lists(st.sampled_from([5.0, 5.0, 5.2, -5.0, 0.0, np.nan]), min_size=2, max_size=40)


@given(STEPS, CURRENTS, st.data())
def test_charge_between_two_samples_is_that_of_a_walk_between_them(
    step_s: list[float], current: list[float], data: st.DataObject
) -> None:
    series = series_of(step_s, current)
    start = data.draw(st.integers(0, len(series) - 2))
    end = data.draw(st.integers(start + 1, len(series) - 1))
    try:
        expected = walked(series, start, end)
    except NotAssessable:
        with pytest.raises(NotAssessable, match="GAP_IN_DATA"):
            Flow(series).net_charge(start, end)
        return
    assert Flow(series).net_charge(start, end) == pytest.approx(expected, abs=1e-12)


def test_hundreds_of_runs_that_are_not_whole_take_the_room_of_one(tmp_path: Path) -> None:
    time = np.arange(120_000.0)
    current = np.where(time % 400 < 200, 25.0, -25.0)
    soc = 0.5 + np.cumsum(current) / 3600 / 50
    path = write(
        tmp_path / "in.csv",
        {"test_time_second": time, "voltage_volt": 3.0 + 1.2 * soc + 0.002 * current, "current_ampere": current},
    )
    record = read_record(path, CELL)
    subject = Subject(
        Meta(item_id="long", level=CELL.level, chemistry=CELL.chemistry, rated_capacity_ah=50.0, cell_voltage_min=3.0,
             cell_voltage_max=4.2)
    )  # fmt: skip
    stretches = stretches_of(record.series, 50.0)
    assert len(stretches) >= 600
    tracemalloc.start()
    try:
        with pytest.raises(NotAssessable):
            full(record.series, stretches, subject)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 12 * record.series.time_s.nbytes
