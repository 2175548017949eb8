"""Records that follow another convention than their headers say, and unusual ones that do not."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.telemetry.records import CELL, Floats, cycling, write

from meguri.telemetry.errors import ColumnsSwapped, LevelSuspect, SignSuspect, UnitSuspect, Unusable
from meguri.telemetry.model import Chemistry, Level, NamePlate
from meguri.telemetry.records import Record, read_record

PACK = NamePlate(level=Level.PACK, chemistry=Chemistry.NMC, rated_capacity_ah=50.0, cells_in_series=96)
Columns = dict[str, Floats]


def read(folder: Path, columns: Columns, plate: NamePlate = CELL) -> Record:
    return read_record(write(folder / "in.csv", columns), plate)


def flags(record: Record) -> set[str]:
    return {flag.flag for flag in record.quality.flags}


def driving(rows: int = 3000) -> Columns:
    """Load that changes every few seconds; V = OCV(s) + 2 mΩ · I, temperature creeping."""
    random = np.random.default_rng(3)
    current = np.repeat(random.choice([-80.0, -40.0, -10.0, 0.0, 30.0], rows // 10), 10) + random.normal(0, 0.05, rows)
    soc = 0.8 + np.cumsum(current) / 3600 / 50
    return {
        "test_time_second": np.arange(rows, dtype=np.float64),
        "voltage_volt": 3.0 + 1.2 * soc + 0.002 * current + random.normal(0, 0.0003, rows),
        "current_ampere": current,
        "temperature_t1_celsius": (24 + np.cumsum(np.abs(current)) / 20_000).round(1),
    }


def exchanged(one: str, other: str) -> Callable[[Columns], Columns]:
    return lambda columns: columns | {one: columns[other], other: columns[one]}


def half(name: str, factor: float) -> Callable[[Columns], Columns]:
    def change(columns: Columns) -> Columns:
        values = columns[name].copy()
        values[len(values) // 2 :] *= factor
        return columns | {name: values}

    return change


@pytest.mark.parametrize("profile", [cycling, driving], ids=["cycling", "driving"])
@pytest.mark.parametrize(
    ("change", "refusal", "words"),
    [
        (exchanged("current_ampere", "temperature_t1_celsius"), ColumnsSwapped, "temperature_t1_celsius"),
        (lambda c: c | {"test_time_second": c["test_time_second"] * 1000}, UnitSuspect, "test_time_second"),
    ],
    ids=["current and temperature", "milliseconds"],
)
def test_what_no_battery_does_stops_the_import_and_is_named(
    tmp_path: Path,
    profile: Callable[[], Columns],
    change: Callable[[Columns], Columns],
    refusal: type[Unusable],
    words: str,
) -> None:
    with pytest.raises(refusal) as said:
        read(tmp_path, change(profile()))
    assert words in said.value.sentence("en")


def test_a_sign_that_turns_within_the_record_is_refused_by_its_steps(tmp_path: Path) -> None:
    with pytest.raises(SignSuspect):
        read(tmp_path, half("current_ampere", -1.0)(driving()))


def test_a_sign_that_turns_within_the_record_is_refused_by_one_long_stretch(tmp_path: Path) -> None:
    """Charge, rest, discharge: only the discharge is written as a charge, and there are too few steps to judge by."""
    current = np.repeat([25.0, 0.0, 50.0], [2800, 900, 2500])
    truly = np.repeat([25.0, 0.0, -50.0], [2800, 900, 2500])
    columns = {
        "test_time_second": np.arange(len(current), dtype=np.float64),
        "voltage_volt": 3.0 + 1.2 * (0.4 + np.cumsum(truly) / 3600 / 50) + 0.002 * truly,
        "current_ampere": current,
    }
    assert flags(read(tmp_path, columns | {"current_ampere": truly})) == set()
    with pytest.raises(SignSuspect):
        read(tmp_path, columns)


def test_a_logger_that_rounds_makes_no_spikes(tmp_path: Path) -> None:
    columns = driving()
    coarse = {name: np.round(values, 2 if name == "voltage_volt" else 0) for name, values in columns.items()}
    assert flags(read(tmp_path, coarse)) == set()


def test_a_pack_is_judged_by_its_cells_and_a_true_spike_is_still_one(tmp_path: Path) -> None:
    columns = cycling(noise_v=0.0002)
    pack = columns | {"voltage_volt": np.round(columns["voltage_volt"] * 96, 1)}
    assert flags(read(tmp_path, pack, PACK)) == set()
    pack["voltage_volt"][50] += 8.0
    assert flags(read(tmp_path, pack, PACK)) == {"SPIKE"}


def test_a_cells_record_for_a_pack_and_a_packs_for_a_cell_are_refused(tmp_path: Path) -> None:
    columns = cycling(noise_v=0.0002)
    with pytest.raises(LevelSuspect) as said:
        read(tmp_path, columns, PACK)
    assert "96" in said.value.sentence("en")
    assert "96" in said.value.sentence("ja")
    with pytest.raises(LevelSuspect):
        read(tmp_path, columns | {"voltage_volt": columns["voltage_volt"] * 96})
    flat = columns | {"voltage_volt": np.where(np.arange(4000) % 2, 5.2, columns["voltage_volt"])}
    assert "RANGE" in flags(read(tmp_path, flat))


def test_a_trickle_that_flows_for_weeks_is_no_other_unit(tmp_path: Path) -> None:
    hours = np.arange(0.0, 1200.0)
    floating = {
        "test_time_second": hours * 3600,
        "voltage_volt": 4.05 + 0.0001 * np.sin(hours),
        "current_ampere": np.full(1200, 1.0),
    }
    assert "UNIT_SUSPECT" not in flags(read(tmp_path, floating))


def test_a_small_cell_that_warms_quickly_keeps_its_columns(tmp_path: Path) -> None:
    """Read once a minute it warms by 6 K from one reading to the next, while its voltage falls; its current is small."""
    minutes = np.arange(0.0, 40.0)
    busy = minutes % 10 < 3
    small = {
        "test_time_second": minutes * 60,
        "voltage_volt": np.where(busy, 3.4, 3.7) + 0.001 * minutes,
        "current_ampere": np.where(busy, -1.9, 0.0),
        "temperature_t1_celsius": 25 + np.where(busy, 6.0 * (minutes % 10 + 1), 2.0),
    }
    plate = NamePlate(level=Level.CELL, chemistry=Chemistry.NMC, rated_capacity_ah=0.4)
    assert "COLUMNS_SWAPPED" not in flags(read(tmp_path, small, plate))
