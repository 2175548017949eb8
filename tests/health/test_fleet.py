"""A fleet at once gives what one battery at a time gives."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from meguri.health.errors import ClusterMissing
from meguri.health.fleet import estimate, estimate_files, estimate_on_spark, sessions_of, solve
from meguri.health.sessions import total_least_squares


def fleet(batteries: int, seed: int = 0, sessions: int = 6) -> tuple[pa.Table, dict[str, float]]:
    """Charge sessions of 40 to 60 points every five days, a sample each minute, with the error of a battery's own count."""
    random = np.random.default_rng(seed)
    truth = {f"b{number:05d}": float(random.uniform(40, 60)) for number in range(batteries)}
    ids, times, currents, socs = [], [], [], []
    for name, capacity in truth.items():
        for session in range(sessions):
            span = random.uniform(40, 60)
            minutes = int(span / 100 * capacity / 20 * 60) + 1
            start, begin = 20 + random.normal(0, 0.5), 1_767_225_600 + session * 432_000
            ids += [name] * minutes
            times.append((begin + np.arange(minutes) * 60) * 1_000_000)
            currents.append(np.full(minutes, 20.0))
            socs.append(start + np.arange(minutes) / 60 * 20 / capacity * 100 + random.normal(0, 0.02))
    columns = {
        "battery_id": ids,
        "unix_us": np.concatenate(times).astype(np.int64),
        "current_ampere": np.concatenate(currents),
        "soc_percent": np.concatenate(socs),
    }
    return pa.table(columns), truth


def test_every_battery_is_found_within_its_interval() -> None:
    table, truth = fleet(200)
    found = estimate(table).to_pylist()
    assert [row["battery_id"] for row in found] == list(truth)
    held = [row["lower_ah"] <= truth[row["battery_id"]] <= row["upper_ah"] for row in found]
    assert np.mean(held) > 0.9
    errors = [abs(row["capacity_ah"] / truth[row["battery_id"]] - 1) for row in found]
    assert np.mean(errors) < 0.01


def test_the_common_solution_is_that_of_each_battery_alone() -> None:
    table, _ = fleet(5)
    ids = table.column("battery_id").combine_chunks().dictionary_encode()
    found = sessions_of(
        np.asarray(ids.indices, dtype=np.int64),
        table.column("unix_us").to_numpy(),
        table.column("current_ampere").to_numpy(),
        table.column("soc_percent").to_numpy(),
    )
    together, _, count = solve(found, 5)
    for battery in range(5):
        mine = found.battery == battery
        alone = total_least_squares(
            found.span[mine], found.charge_ah[mine], 0.015 * np.sqrt(2),
            np.sqrt((0.005 * found.charge_ah[mine]) ** 2 + 1e-9), found.age_days[mine],
        )  # fmt: skip
        assert together[battery] == pytest.approx(alone.value, rel=1e-9)
        assert count[battery] == 6


def test_the_order_of_samples_does_not_matter() -> None:
    table, _ = fleet(20)
    shuffled = table.take(np.random.default_rng(3).permutation(table.num_rows))
    by_id = {row["battery_id"]: row["capacity_ah"] for row in estimate(shuffled).to_pylist()}
    for row in estimate(table).to_pylist():
        assert by_id[row["battery_id"]] == pytest.approx(row["capacity_ah"], rel=1e-12)


def test_a_battery_without_enough_sessions_says_so() -> None:
    table, _ = fleet(1, sessions=2)
    idle = pa.table({"battery_id": ["z"], "unix_us": [0], "current_ampere": [0.0], "soc_percent": [50.0]})
    found = estimate(pa.concat_tables([table, idle])).to_pylist()
    assert [(row["capacity_ah"], row["reason"]) for row in found] == [(None, "TOO_FEW_SESSIONS"), (None, "NO_SESSION")]


def test_files_are_estimated_by_processes(tmp_path: Path) -> None:
    for part in range(2):
        parquet.write_table(fleet(10, seed=part)[0], tmp_path / f"{part}.parquet")
    assert estimate_files(sorted(tmp_path.glob("*.parquet")), tmp_path / "out.parquet") == 20
    assert parquet.read_table(tmp_path / "out.parquet").num_rows == 20


def test_without_the_extra_for_clusters_it_says_what_is_missing() -> None:
    try:
        import pyspark  # noqa: F401
    except ImportError:
        with pytest.raises(ClusterMissing):
            estimate_on_spark(["x"], "y")
