"""Files of pulse tests as people really hand them in: odd endings, types, blank lines, long texts, too much of it."""

import csv
import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from meguri.health.errors import BadEncoding, UnitSuspect, Unusable
from meguri.health.prediction import table_of
from meguri.health.pulse import parting, rawtable
from meguri.health.pulse.files import predict_file
from meguri.health.pulse.predict import Predictor
from meguri.health.pulse.rawtable import Bound, RawTable, read_table
from meguri.health.pulse.table import pulse_table
from meguri.telemetry.errors import RecordTooLarge

Rows = list[dict[str, str]]
_NUMBERS = ("soc", "rated_capacity_ah", "temperature_celsius", *(f"u{place}" for place in range(1, 22)))


def arrow(rows: Rows, **more: Any) -> Any:
    columns: dict[str, Any] = {name: [row[name] or None for row in rows] for name in rows[0]}
    for name in _NUMBERS:
        columns[name] = [None if value is None else float(value) for value in columns[name]]
    return pa.table({name: pa.array(values) for name, values in (columns | more).items()})


def csv_text(rows: Rows) -> str:
    lines = [list(rows[0]), *(list(row.values()) for row in rows)]
    return "".join(",".join(line) + "\n" for line in lines)


def test_a_file_is_known_by_its_content_and_an_output_by_its_ending_in_any_case(
    tmp_path: Path, pulse_rows: Rows
) -> None:
    rows = pulse_rows[:3]
    parquet.write_table(arrow(rows), tmp_path / "in.CSV")
    for name in ("out.PARQUET", "out.Csv.GZ", "out.csv"):
        assert predict_file(tmp_path / "in.CSV", tmp_path / name)
    with gzip.open(tmp_path / "out.Csv.GZ", "rt", encoding="utf-8") as zipped:
        as_csv = list(csv.DictReader(zipped))
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").count("\n") == 4
    found = parquet.read_table(tmp_path / "out.PARQUET")
    assert [f"{one:.10f}" for one in found["soh_pct"].to_pylist()] == [f"{float(a['soh_pct']):.10f}" for a in as_csv]


def test_parquet_keeps_numbers_as_numbers_whatever_is_missing(tmp_path: Path, pulse_rows: Rows) -> None:
    for change, soc in (({}, "double"), ({"soc": "", "u7": "x"}, "double"), ({"soc": "fünf"}, "string")):
        rows = [pulse_rows[0] | change]
        (tmp_path / "in.csv").write_text(csv_text(rows), encoding="utf-8")
        predict_file(tmp_path / "in.csv", tmp_path / "out.parquet")
        schema = parquet.read_schema(tmp_path / "out.parquet")
        assert str(schema.field("soc").type) == soc
        assert {str(schema.field(name).type) for name in ("soh_pct", "soh_lower", "soh_upper")} == {"double"}


def test_a_blank_test_is_that_of_the_cell(predictor: Predictor, pulsebat: RawTable) -> None:
    """One test of a cell, its rows named in part by the cell alone, is one test."""
    mine = [place for place, cell in enumerate(pulsebat.columns["cell_id"]) if cell == pulsebat.columns["cell_id"][0]]
    one = RawTable({name: [cells[place] for place in mine] for name, cells in pulsebat.columns.items()}, mine)
    named = predictor.predict(pulse_table(one)).soh
    some = one.columns | {"test_id": [None if place % 2 else cell for place, cell in enumerate(one.columns["cell_id"])]}
    assert predictor.predict(pulse_table(RawTable(some, mine))).soh.tolist() == named.tolist()


@pytest.mark.parametrize("above", ["\n\n", "\r\n\r\n\r\n"])
def test_blank_lines_above_the_header_are_nothing_and_lines_are_still_counted(
    tmp_path: Path, pulse_rows: Rows, above: str
) -> None:
    (tmp_path / "in.csv").write_bytes((above + csv_text(pulse_rows[:2])).encode())
    assert read_table(tmp_path / "in.csv").numbers == [above.count("\n") + 2, above.count("\n") + 3]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [({"u7": "3_3"}, "BAD_VALUE:u7"), ({"u7": "3＿3"}, "BAD_VALUE:u7"), ({"u7": True}, "BAD_VALUE:u7"),
     ({"u7": 10**400}, "BAD_VALUE:u7"), ({"u7": [3.3]}, "BAD_VALUE:u7"), ({"soc": "1_0"}, "BAD_VALUE:soc"),
     ({"rated_capacity_ah": "1_0"}, "NO_REFERENCE"), ({"temperature_celsius": "2_5"}, "BAD_VALUE:temperature_celsius"),
     ({"cell_id": "x" * 201}, "BAD_VALUE:cell_id"), ({"test_id": "x" * 100_000}, "BAD_VALUE:test_id")],
)  # fmt: skip
def test_what_only_a_programmer_would_call_a_number_is_none(
    pulse_rows: Rows, cell: dict[str, Any], reason: str
) -> None:
    table = pulse_table(table_of([pulse_rows[0] | cell]))
    assert table.broken == [(reason,)]
    assert table.cell.itemsize <= 4 * 200


def _cast(name: str, to: Any) -> Callable[[Any], Any]:
    return lambda table: table.set_column(table.schema.get_field_index(name), name, table[name].cast(to))


@pytest.mark.parametrize(
    "change",
    [_cast("cell_id", pa.binary()), _cast("soc", pa.int32()), _cast("u3", pa.string()), _cast("u4", pa.decimal128(9, 4)),
     _cast("cell_id", pa.dictionary(pa.int32(), pa.string())), _cast("cell_id", pa.large_string())],
    ids=["bytes", "whole", "text", "decimal", "dictionary", "large"],
)  # fmt: skip
def test_the_types_of_a_parquet_file_do_not_matter(
    tmp_path: Path, pulse_rows: Rows, change: Callable[[Any], Any]
) -> None:
    plain = arrow(pulse_rows[:4])
    read = []
    for table in (plain, change(plain)):
        parquet.write_table(table, tmp_path / "in.parquet")
        read.append(pulse_table(read_table(tmp_path / "in.parquet")))
    assert read[0].cell.tolist() == read[1].cell.tolist()
    assert (read[0].u == read[1].u).all()
    assert (read[0].soc == read[1].soc).all()


def test_text_that_is_none_in_a_parquet_file_is_refused(tmp_path: Path, pulse_rows: Rows) -> None:
    names = pa.array([b"\xff\xfe"], pa.binary())
    parquet.write_table(arrow(pulse_rows[:1], cell_id=names), tmp_path / "in.parquet")
    with pytest.raises(BadEncoding):
        read_table(tmp_path / "in.parquet")


def test_more_than_a_table_may_hold_is_refused_before_it_is_unpacked(tmp_path: Path, pulse_rows: Rows) -> None:
    text = csv_text(pulse_rows * 20)
    (tmp_path / "in.csv").write_text(text, encoding="utf-8")
    (tmp_path / "in.csv.gz").write_bytes(gzip.compress(text.encode()))
    parquet.write_table(arrow(pulse_rows * 20), tmp_path / "in.parquet")
    for bound in (Bound(len(text) // 100, 10**6), Bound(10**9, len(pulse_rows) * 5)):
        for name in ("in.csv", "in.csv.gz", "in.parquet"):
            with pytest.raises(RecordTooLarge):
                read_table(tmp_path / name, bound)
    cut = gzip.compress(text.encode())[:-400]
    (tmp_path / "in.csv.gz").write_bytes(cut)
    with pytest.raises(Unusable, match="cut short"):
        read_table(tmp_path / "in.csv.gz")


def test_a_table_of_many_blocks_is_answered_like_one_of_a_single_block(
    tmp_path: Path, pulse_rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of a test that stand far apart are joined all the same, and order, words and formats are kept."""
    rows = [row | {"cell_id": f"{row['cell_id']}-{place % 3}"} for place, row in enumerate(pulse_rows * 3)]
    rows[5]["u7"], rows[9]["cell_id"], rows[11]["soc"] = "x", "", "-"
    rows[17] |= {"chemistry": "XYZ", "cell_id": "=1+1"}
    (tmp_path / "in.csv").write_text(csv_text(rows), encoding="utf-8")
    (tmp_path / "in.csv.gz").write_bytes(gzip.compress(csv_text(rows).encode()))
    names = ("out.csv", "out.csv.gz", "out.parquet")

    def answers() -> list[list[dict[str, Any]]]:
        found = []
        for name in names:
            assert predict_file(tmp_path / "in.csv", tmp_path / name)
            assert predict_file(tmp_path / "in.csv.gz", tmp_path / f"zipped-{name}")
            assert (tmp_path / name).read_bytes() == (tmp_path / f"zipped-{name}").read_bytes()
        found.append(list(csv.DictReader((tmp_path / "out.csv").open(encoding="utf-8"))))
        with gzip.open(tmp_path / "out.csv.gz", "rt", encoding="utf-8") as zipped:
            found.append(list(csv.DictReader(zipped)))
        found.append(parquet.read_table(tmp_path / "out.parquet").to_pylist())
        return found

    at_once = answers()
    monkeypatch.setattr(rawtable, "BLOCK_ROWS", 7)
    monkeypatch.setattr(parting, "BLOCK_ROWS", 40)
    monkeypatch.setattr(parting, "_PART_BYTES", 2_000)
    assert answers() == at_once


@pytest.mark.parametrize(
    ("change", "said"),
    [({"u7": "3300"}, "u7"), ({"soc": "0.5"}, "soc"), ({"rated_capacity_ah": "10000"}, "rated_capacity_ah"),
     ({"temperature_celsius": "298"}, "temperature_celsius")],
)  # fmt: skip
def test_the_unit_of_a_column_is_judged_over_all_blocks(
    tmp_path: Path, pulse_rows: Rows, monkeypatch: pytest.MonkeyPatch, change: Rows, said: str
) -> None:
    monkeypatch.setattr(rawtable, "BLOCK_ROWS", 3)
    wrong = [row | change for row in pulse_rows]
    (tmp_path / "in.csv").write_text(csv_text(wrong), encoding="utf-8")
    with pytest.raises(UnitSuspect, match=said):
        predict_file(tmp_path / "in.csv", tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()
    (tmp_path / "in.csv").write_text(csv_text([*wrong[:3], *pulse_rows, *pulse_rows]), encoding="utf-8")
    assert predict_file(tmp_path / "in.csv", tmp_path / "out.csv")
