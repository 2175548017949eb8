"""`meguri health assess`: methods chosen by the data there is, with the contract's worked examples from file to JSON."""

import argparse
import csv
import json
import math
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from meguri.commands import health

Floats = NDArray[np.float64]
CELL = {
    "item_id": "c1", "level": "cell", "chemistry": "NMC", "rated_capacity_ah": 50, "rated_energy_kwh": 0.1825,
    "cell_voltage_min": 3.0, "cell_voltage_max": 4.15, "maker": "m", "model": "x",
}  # fmt: skip
LINEAR = {"soc": [k / 20 for k in range(21)], "voltage_v": [3.0 + 1.2 * k / 20 for k in range(21)]}
SHEET = Path("tests/health/data")


def write(path: Path, **columns: Floats) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return path


def assess(
    folder: Path, source: Path, meta: dict[str, Any], *options: str, codes: tuple[int, ...] = (0, 3)
) -> dict[str, Any]:
    (folder / "meta.json").write_text(json.dumps(meta), encoding="utf-8")
    parser = argparse.ArgumentParser()
    health.configure(parser)
    words = ["assess", source, folder / "out.json", "--meta", folder / "meta.json", *options]
    assert health.run(parser.parse_args([str(word) for word in words])) in codes
    return json.loads((folder / "out.json").read_bytes()) if (folder / "out.json").exists() else {}


def result(found: dict[str, Any], quantity: str) -> dict[str, Any]:
    return next(one for one in found["results"] if one["quantity"] == quantity)


def discharge(times: Floats) -> dict[str, Floats]:
    voltage = 4.15 - 1.15 * times / 6120
    return {"test_time_second": times, "voltage_volt": voltage, "current_ampere": np.full_like(times, -25.0)}


def test_a_full_discharge_gives_capacity_energy_and_their_intervals(tmp_path: Path) -> None:
    found = assess(tmp_path, write(tmp_path / "in.csv", **discharge(np.arange(6121.0))), CELL)
    soh = result(found, "soh_capacity")
    assert soh["value"] == pytest.approx(85.0, rel=1e-6)
    assert soh["upper"] - soh["value"] == pytest.approx(0.14259, abs=1e-5)
    assert (soh["method"], soh["status"], soh["reference"]) == (
        "capacity_full", "ok", {"name": "rated", "value": 50.0, "unit": "Ah"},
    )  # fmt: skip
    assert result(found, "capacity")["value"] == pytest.approx(42.5)
    assert result(found, "usable_energy")["value"] * 1000 == pytest.approx(151.9375)
    assert result(found, "soh_energy")["value"] == pytest.approx(83.253425, rel=1e-6)
    assert soh["evidence"][0]["file_sha256"] == found["quality"]["sha256"]
    assert {rules["id"] for rules in soh["rule_sets"]} == {"meguri-chemistry", "meguri-cleaning"}


def test_irregular_sampling_changes_nothing_of_weight(tmp_path: Path) -> None:
    times = np.cumsum(np.random.default_rng(1).uniform(0.2, 3.0, 6000))
    times = np.concatenate(([0.0], times[times < 6120], [6120.0]))
    found = assess(tmp_path, write(tmp_path / "in.csv", **discharge(times)), CELL)
    assert result(found, "soh_capacity")["value"] == pytest.approx(85.0, rel=1e-4)


@pytest.mark.parametrize(("seconds", "reason"), [(45, None), (90, "GAP_IN_DATA")])
def test_a_short_gap_is_bridged_and_a_long_one_is_not(tmp_path: Path, seconds: int, reason: str | None) -> None:
    times = np.array([t for t in np.arange(6121.0) if not 3000 < t < 3000 + seconds])
    found = assess(tmp_path, write(tmp_path / "in.csv", **discharge(times)), CELL)
    soh = result(found, "soh_capacity")
    assert found["quality"]["gaps"] == [{"start": 3000.0, "end": 3000.0 + seconds, "bridged": reason is None}]
    if reason is None:
        sd = (soh["upper"] - soh["value"]) / 1.645 / 2
        assert sd == pytest.approx(math.hypot(0.0433417, 0.00625), rel=1e-4)
        assert soh["reasons"] == ["GAP_BRIDGED"]
    else:
        assert (soh["status"], soh["value"]) == ("not_assessable", None)
        assert any(word.startswith(reason) for word in soh["reasons"])


def test_a_discharge_that_stops_early_is_no_capacity(tmp_path: Path) -> None:
    found = assess(tmp_path, write(tmp_path / "in.csv", **discharge(np.arange(4000.0))), CELL)
    soh = result(found, "soh_capacity")
    assert (soh["status"], soh["lower"]) == ("not_assessable", None)
    assert "CUTOFF_NOT_REACHED" in soh["reasons"]


def test_without_rated_capacity_the_measured_ampere_hours_are_still_reported(tmp_path: Path) -> None:
    meta = {k: v for k, v in CELL.items() if k != "rated_capacity_ah"}
    found = assess(tmp_path, write(tmp_path / "in.csv", **discharge(np.arange(6121.0))), meta)
    assert result(found, "soh_capacity")["reasons"] == ["NO_REFERENCE"]
    assert result(found, "capacity")["value"] == pytest.approx(42.5)


def test_more_than_110_percent_is_an_error_that_shows_the_reference(tmp_path: Path) -> None:
    found = assess(
        tmp_path, write(tmp_path / "in.csv", **discharge(np.arange(6121.0))), {**CELL, "rated_capacity_ah": 20}
    )
    soh = result(found, "soh_capacity")
    assert (soh["status"], soh["value"], soh["reasons"][0]) == ("error", None, "IMPLAUSIBLE_RESULT")
    assert soh["reference"]["value"] == 20.0


def anchored(first: float, last: float, charge_ah: float) -> dict[str, Floats]:
    """An hour's rest, a charge at 10 A, an hour's rest: cell voltages of an ideal cell of 42.5 Ah."""
    seconds = round(charge_ah / 10 * 3600)
    current = np.concatenate([np.zeros(3601), np.full(seconds, 10.0), np.zeros(3601)])
    # trapezoid: half a sample before and after the pulse carries half the current
    level = np.concatenate([np.full(3601, first), np.linspace(first, last, seconds), np.full(3601, last)])
    return {"test_time_second": np.arange(len(current), dtype=float), "voltage_volt": level, "current_ampere": current}


def test_two_rests_and_the_open_circuit_curve_give_the_capacity(tmp_path: Path) -> None:
    found = assess(tmp_path, write(tmp_path / "in.csv", **anchored(3.36, 3.84, 17.0)), {**CELL, "ocv": LINEAR})
    soh = result(found, "soh_capacity")
    assert soh["method"] == "capacity_ocv"
    assert soh["value"] == pytest.approx(85.0, rel=1e-6)
    assert soh["upper"] - soh["value"] == pytest.approx(0.8357, abs=1e-4)


def test_too_narrow_a_span_is_refused(tmp_path: Path) -> None:
    found = assess(tmp_path, write(tmp_path / "in.csv", **anchored(3.36, 3.60, 8.5)), {**CELL, "ocv": LINEAR})
    assert any(r.startswith("SOC_SPAN_TOO_SMALL") for r in found["quality"]["assessable"]["capacity_ocv"]["reasons"])


def test_the_plateau_of_lfp_is_not_identifiable(tmp_path: Path) -> None:
    soc = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
    table = {"soc": soc, "voltage_v": [2.8, 3.2, 3.26, 3.28, 3.29, 3.295, 3.3, 3.32, 3.33, 3.335, 3.4]}
    meta = {**CELL, "chemistry": "LFP", "cell_voltage_min": 2.5, "cell_voltage_max": 3.65, "ocv": table}
    found = assess(tmp_path, write(tmp_path / "in.csv", **anchored(3.29, 3.33, 17.0)), meta)
    reasons = result(found, "soh_capacity")["reasons"]
    assert any(reason.startswith("NOT_IDENTIFIABLE") for reason in reasons)
    assert reasons[-1] == "HELPS:full_charge"


def stepped(temperature: float = 25.0) -> dict[str, Floats]:
    """A rest at 3.700 V, then −50 A at 10 Hz: 3.650, 3.620, 3.600 V at 0.1, 10, 30 s."""
    rest = np.arange(-120, 0, 0.1)
    pulse = np.arange(0, 30.05, 0.1)
    voltage = np.interp(pulse, [0.0, 0.1, 10.0, 30.0], [3.65, 3.65, 3.62, 3.6])
    time = np.concatenate([rest, pulse]) + 120
    return {
        "test_time_second": time,
        "voltage_volt": np.concatenate([np.full(len(rest), 3.7), voltage]),
        "current_ampere": np.concatenate([np.zeros(len(rest)), np.full(len(pulse), -50.0)]),
        "ambient_temperature_celsius": np.full(len(time), temperature),
    }


def test_a_current_step_gives_the_resistance_at_25_degrees_and_its_share_of_new(tmp_path: Path) -> None:
    meta = {**CELL, "ocv": LINEAR, "initial_resistance_ohm": 0.0008}
    found = assess(tmp_path, write(tmp_path / "in.csv", **stepped(15.0)), meta)
    assert result(found, "resistance")["value"] == pytest.approx(0.0012092662, rel=1e-6)
    assert result(found, "soh_resistance")["value"] == pytest.approx(48.841726, rel=1e-6)
    ohm = result(found, "resistance")
    assert ohm["lower"] < ohm["value"] < ohm["upper"]
    gate = {one["quantity"]: one for one in found["gate_inputs"]}
    assert gate["resistance_ratio"]["value"] == pytest.approx(1.2092662 / 0.8)


def test_cells_at_rest_give_spread_and_deficit_and_on_the_plateau_nothing(tmp_path: Path) -> None:
    cells = np.array([3.652, 3.650, 3.649, 3.651, 3.634])
    time = np.arange(200.0)
    columns = {f"cell_voltage_{k + 1:03d}_volt": np.full(200, v) for k, v in enumerate(cells)}
    source = write(
        tmp_path / "in.csv", test_time_second=time, voltage_volt=np.full(200, cells.sum()), current_ampere=np.zeros(200), **columns
    )  # fmt: skip
    pack = {**CELL, "level": "pack", "cells_in_series": 5, "ocv": LINEAR}
    found = assess(tmp_path, source, pack)
    assert result(found, "cell_spread")["value"] == pytest.approx(0.018)
    assert result(found, "cell_deficit")["value"] == pytest.approx(0.666667, rel=1e-5)
    plateau = assess(tmp_path, source, {**pack, "chemistry": "LFP", "ocv": None})
    assert plateau["quality"]["assessable"]["imbalance"]["reasons"] == ["OCV_PLATEAU"]
    fewer = assess(tmp_path, source, {**pack, "cells_in_series": 6})
    assert fewer["quality"]["assessable"]["imbalance"]["reasons"] == ["CELL_COUNT:5"]


def test_methods_that_contradict_each_other_give_no_number_and_the_gate_no_capacity(tmp_path: Path) -> None:
    rest = anchored(3.36, 3.84, 17.0)
    full = discharge(np.arange(6121.0))
    joined = {name: np.concatenate([rest[name], full[name]]) for name in rest}
    joined["test_time_second"] = np.arange(float(len(joined["test_time_second"])))
    joined["current_ampere"][3601 : -3601 - 6121] *= 1.2  # the anchored stretch says 102 %
    found = assess(tmp_path, write(tmp_path / "in.csv", **joined), {**CELL, "ocv": LINEAR})
    soh = [one for one in found["results"] if one["quantity"] == "soh_capacity"]
    assert [(one["method"], one["status"]) for one in soh] == [
        ("fusion", "not_assessable"), ("capacity_full", "ok"), ("capacity_ocv", "ok"),
    ]  # fmt: skip
    assert soh[0]["reasons"] == ["METHODS_DISAGREE"]
    gate = {one["quantity"]: one for one in found["gate_inputs"]}
    assert (gate["capacity"]["status"], gate["capacity"]["value"]) == ("not_assessable", None)


def test_the_count_of_the_battery_itself_is_shown_as_unverified_and_used_for_nothing(tmp_path: Path) -> None:
    columns = discharge(np.arange(4000.0)) | {"soh_bms_percent": np.full(4000, 99.0)}
    found = assess(tmp_path, write(tmp_path / "in.csv", **columns), CELL)
    assert found["bms_check"] == {"soh_bms": 99.0, "trusted": False, "reasons": ["UNVERIFIED", "DEFAULT_VALUE"]}
    assert result(found, "soh_capacity")["value"] is None
    assert all(one["quantity"] != "soh" or one["value"] is None for one in found["gate_inputs"])


def test_the_annex_vii_set_is_incomplete_when_a_required_value_is_missing(tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", **discharge(np.arange(6121.0)))
    lmt = assess(tmp_path, source, {**CELL, "category": "lmt", "manufactured": "2021-05-01"})["annex_vii"]
    values = {item["key"]: item["value"] for item in lmt["items"]}
    assert values["remaining_capacity"] == pytest.approx(85.0)
    assert (lmt["complete"], values["full_equivalent_cycles"]) == (False, None)
    car = assess(tmp_path, source, {**CELL, "category": "ev", "certified_energy_kwh": 0.2})["annex_vii"]
    assert (car["complete"], [item["key"] for item in car["items"]]) == (True, ["soce"])


def test_a_cyclers_sheet_gives_capacity_pulses_and_what_both_say(tmp_path: Path) -> None:
    (sheet,) = SHEET.glob("*worksteps*.xlsx")
    meta = {"item_id": "s", "level": "cell", "chemistry": "LMO", "rated_capacity_ah": 10}
    found = assess(tmp_path, sheet, meta)
    assert found["quality"]["profile"] == "nebula_worksteps"
    assert result(found, "capacity")["value"] == pytest.approx(6.0513)
    by_method = {one["method"]: one for one in found["results"] if one["quantity"] == "soh_capacity"}
    assert by_method["capacity_full"]["value"] == pytest.approx(60.513)
    assert by_method["pulse_response"]["model_id"] == "meguri-pulse-3"


@pytest.mark.parametrize(
    "meta",
    ["{", '{"item_id":"a"}', '{"item_id":"a","level":"cell","chemistry":"NMC","ocv":{"soc":[0],"voltage_v":[3]}}'],
)
def test_a_broken_description_of_the_item_exits_with_2_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], meta: str
) -> None:  # fmt: skip
    source = write(tmp_path / "in.csv", **discharge(np.arange(100.0)))
    (tmp_path / "meta.json").write_text(meta, encoding="utf-8")
    parser = argparse.ArgumentParser()
    health.configure(parser)
    words = ["assess", source, tmp_path / "out.json", "--meta", tmp_path / "meta.json"]
    assert health.run(parser.parse_args([str(word) for word in words])) == 2
    assert "META_INVALID" in capsys.readouterr().err
    assert not (tmp_path / "out.json").exists()


def test_nothing_assessable_is_written_and_exits_with_3(tmp_path: Path) -> None:
    rows = np.arange(100.0)
    source = write(
        tmp_path / "in.csv", test_time_second=rows, voltage_volt=np.full(100, np.nan), current_ampere=rows * 0
    )
    found = assess(tmp_path, source, CELL, codes=(3,))
    assert found["schema"] == "meguri.health.assessment/1"


def test_ingest_writes_canonical_columns_and_prints_the_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from pyarrow import parquet

    columns = discharge(np.arange(500.0))
    labels = {
        "Test Time / s": columns["test_time_second"],
        "Voltage / mV": columns["voltage_volt"] * 1000,
        "Current / A": columns["current_ampere"],
    }
    source = write(tmp_path / "in.csv", **labels)
    parser = argparse.ArgumentParser()
    health.configure(parser)
    assert health.run(parser.parse_args(["ingest", str(source), str(tmp_path / "out.parquet")])) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["rows_in"], report["flags"][0]["flag"]) == (500, "UNIT_SUSPECT")
    table = parquet.read_table(tmp_path / "out.parquet")
    np.testing.assert_allclose(table["voltage_volt"].to_numpy(), columns["voltage_volt"], rtol=1e-12)


def test_the_rule_data_is_shipped() -> None:
    for room, name in (("health", "chemistry"), ("telemetry", "cleaning"), ("telemetry", "profiles")):
        assert files("meguri.rules").joinpath(room, f"{name}.toml").is_file()


def test_a_clock_that_is_set_back_in_a_discharge_leaves_its_capacity_open(tmp_path: Path) -> None:
    columns = discharge(np.arange(6121.0))
    columns["test_time_second"][3000:] -= 500
    found = assess(tmp_path, write(tmp_path / "in.csv", **columns), CELL)
    soh = result(found, "soh_capacity")
    assert (soh["status"], soh["value"]) == ("not_assessable", None)
    assert "GAP_IN_DATA:TIME_BACKWARDS" in soh["reasons"]
    assert [flag["flag"] for flag in found["quality"]["flags"]] == ["TIME_BACKWARDS"]
