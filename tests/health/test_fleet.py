"""A fleet at once gives what one battery at a time gives."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from meguri.health.errors import Unusable
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
        table, _ = fleet(10, seed=part)
        ids = pa.array([f"{part}-{name}" for name in table.column("battery_id").to_pylist()])
        parquet.write_table(table.set_column(0, "battery_id", ids), tmp_path / f"{part}.parquet")
    assert estimate_files(sorted(tmp_path.glob("*.parquet")), tmp_path / "out.parquet") == 20
    assert parquet.read_table(tmp_path / "out.parquet").num_rows == 20


def month_files(folder: Path, parts: int = 3) -> list[Path]:
    """A fleet as its closed months hold it: each battery in several files, narrow numbers."""
    whole, _ = fleet(12, sessions=9)
    times = whole.column("unix_us").to_numpy()
    borders = np.quantile(times, np.linspace(0, 1, parts + 1))
    paths = []
    for name in sorted(set(whole.column("battery_id").to_pylist())):
        of_battery = np.array([one == name for one in whole.column("battery_id").to_pylist()])
        for part in range(parts):
            last = part == parts - 1
            mine = of_battery & (times >= borders[part]) & ((times < borders[part + 1]) | last)
            paths.append(folder / f"{name}-{part}.parquet")
            months = whole.filter(pa.array(mine))
            for column in ("current_ampere", "soc_percent"):
                place = months.schema.get_field_index(column)
                months = months.set_column(place, column, months.column(column).cast(pa.float32()))
            parquet.write_table(months, paths[-1])
    return paths


def test_the_months_of_a_battery_are_read_together(tmp_path: Path) -> None:
    paths = month_files(tmp_path)
    assert estimate_files(paths, tmp_path / "out.parquet") == 12
    found = parquet.read_table(tmp_path / "out.parquet").to_pylist()
    assert [row["battery_id"] for row in found] == sorted({row["battery_id"] for row in found})
    assert {row["sessions"] for row in found} == {9}


def test_what_holds_no_months_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_text("no table")
    parquet.write_table(pa.table({"battery_id": ["b"]}), tmp_path / "b.parquet")
    for name in ("a", "b", "missing"):
        with pytest.raises(Unusable):
            estimate_files([tmp_path / f"{name}.parquet"], tmp_path / "out.parquet")
    assert not (tmp_path / "out.parquet").exists()


def test_spark_says_what_one_machine_says(tmp_path: Path) -> None:
    pytest.importorskip("pyspark")
    paths = month_files(tmp_path)
    assert estimate_on_spark(paths, tmp_path / "spark.parquet", "local[2]") == 12
    estimate_files(paths, tmp_path / "here.parquet")
    spark, here = (parquet.read_table(tmp_path / f"{name}.parquet").to_pydict() for name in ("spark", "here"))
    assert spark["battery_id"] == here["battery_id"]
    assert (spark["sessions"], spark["reason"]) == (here["sessions"], here["reason"])
    for column in ("capacity_ah", "lower_ah", "upper_ah"):
        np.testing.assert_allclose(spark[column], here[column], rtol=1e-12)
