"""`meguri reuse value` from table to table: a whole fleet at once, with the figures of single reports."""

import csv
import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace
from tests.reuse.samples import battery

from meguri.cli import main
from meguri.reuse.prices import demo_prices
from meguri.reuse.valuing import fleet_values, state_draws

HEAD = "item_id,chemistry,rated_energy_kwh,soh_pct,soh_lower,soh_upper,age_years,mass_kg\n"
ROWS = "a,NMC,40,82,79,85,6,300\nb,LFP,25.5,90.5,88,92,,\nc,LMO,12,61,50,70,9,\n"


def table_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def valued(tmp_path: Path, given: str, target: str = "out.csv", *more: str) -> tuple[int, Path]:
    source = tmp_path / "in.csv"
    source.write_text(given, encoding="utf-8")
    return main(["reuse", "value", str(source), str(tmp_path / target), "--seed", "7", *more]), tmp_path / target


def test_a_table_gives_the_figures_of_single_reports(tmp_path: Path) -> None:
    code, table = valued(tmp_path, HEAD + ROWS)
    again, report = valued(tmp_path, HEAD + ROWS, "out.json")
    assert (code, again) == (0, 0)
    shown: list[dict[str, Any]] = json.loads(report.read_bytes())["valuations"]
    single = {
        (one["item_id"], option["option"]): option["range"] | {"warnings": ";".join(one["warnings"])}
        for one in shown
        for option in one["options"]
    }
    rows = table_of(table)
    assert [(row["item_id"], row["option"]) for row in rows] == list(single)
    for row in rows:
        for name, figure in single[row["item_id"], row["option"]].items():
            assert row[name] == str(figure)
        assert (row["currency"], row["seed"], row["draws"]) == ("JPY", "7", "2000")


def test_json_in_and_parquet_out_hold_the_same(tmp_path: Path) -> None:
    from pyarrow import parquet

    source, target = tmp_path / "in.json", tmp_path / "out.parquet"
    source.write_bytes(msgspec.json.encode({"batteries": [battery(module_soh=(70.0, 82.0, 84.0))], "seed": 3}))
    assert main(["reuse", "value", str(source), str(target)]) == 0
    rows = parquet.read_table(target).to_pylist()
    assert [row["option"] for row in rows][1] == "refurbish"
    assert {row["seed"] for row in rows} == {3.0}


def test_rows_that_are_no_battery_are_named_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = "x,XYZ,40,82,79,85,,\ny,NMC,40,82,83,85,,\nz,NMC,,82,79,85,,\n"
    code, target = valued(tmp_path, HEAD + ROWS + wrong)
    assert (code, target.exists()) == (2, False)
    said = capsys.readouterr().err
    assert all(name in said for name in ("rows[5]: x", "rows[6]: y", "rows[7]: z"))


@pytest.mark.parametrize(
    ("given", "code"),
    [(HEAD, "EMPTY_INPUT"), ("item_id,chemistry\na,NMC\n", "COLUMN_MISSING")],
    ids=["empty", "column"],
)
def test_a_table_that_is_none_is_refused(
    tmp_path: Path, given: str, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert valued(tmp_path, given)[0] == 2
    assert code in capsys.readouterr().err


def test_a_fleet_of_mixed_kinds_comes_back_in_its_order() -> None:
    """Batteries are computed beside their like; masses that a passport states need no draws, and move no others."""
    plain = [battery(f"pack-{n}", module_soh=(70.0, 82.0) if n % 3 else ()) for n in range(90)]
    mixed = [replace(one, composition={"Cu": 24.0, "Al": 45.0}) if n % 2 else one for n, one in enumerate(plain)]
    prices = demo_prices()
    among = fleet_values(mixed, prices, seed=3)
    for place in (0, 41, 42, 89):
        alone = fleet_values([mixed[place]], prices, seed=3)
        assert np.array_equal(among.p50[place], alone.p50[0])
    assert np.array_equal(among.p50[:, :-1], fleet_values(plain, prices, seed=3).p50[:, :-1])


def test_what_is_left_out_is_nothing() -> None:
    """Stated masses: the draws of health and ageing are those that a battery of unknown masses has."""
    from meguri.reuse.lot import lot_of
    from meguri.reuse.valuerules import value_rules

    known, unknown = (
        state_draws(lot_of([battery(composition=given)], value_rules()), 3, 100) for given in ({"Cu": 24.0}, None)
    )
    assert np.array_equal(known.soh, unknown.soh)
    assert np.array_equal(known.fade, unknown.fade)
