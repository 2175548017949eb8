import argparse
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from meguri.commands import footprint

NODES = {"id": ["A", "B", "C"], "raw": [1.0, 2.0, 4.0], "main": [0.5, 0.0, 0.0]}
LINKS = {"parent": ["A", "A", "B"], "child": ["B", "C", "C"], "amount": [2.0, 1.0, 3.0]}


class Workshop:
    """A folder with the two files; `roll_up` runs the command over them."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.out, self.capsys, self.monkeypatch = folder, folder / "totals.parquet", capsys, monkeypatch
        self.write("nodes", NODES)
        self.write("links", LINKS)

    def write(self, name: str, columns: dict[str, Any]) -> None:
        pq.write_table(pa.table(columns), self.folder / f"{name}.parquet")

    def roll_up(self, *options: str, language: str = "en") -> tuple[int, str, str]:
        self.monkeypatch.setenv("MEGURI_LANGUAGE", language)
        parser = argparse.ArgumentParser()
        footprint.configure(parser)
        files = [f"--{name}={self.folder / name}.parquet" for name in ("nodes", "links")]
        code = footprint.run(parser.parse_args(["rollup", *files, f"--out={self.out}", *options]))
        said = self.capsys.readouterr()
        return code, said.out, said.err

    def totals(self) -> list[dict[str, Any]]:
        return pq.read_table(self.out).to_pylist()


@pytest.fixture
def workshop(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Workshop:
    return Workshop(tmp_path, capsys, monkeypatch)


def test_totals_come_back_under_the_same_names(workshop: Workshop) -> None:
    code, out, err = workshop.roll_up()
    assert (code, err) == (0, "")
    assert out.startswith("3 parts, 3 links, 2 figures: load ")
    assert workshop.totals() == [
        {"id": "A", "raw": 33.0, "main": 0.5},
        {"id": "B", "raw": 14.0, "main": 0.0},
        {"id": "C", "raw": 4.0, "main": 0.0},
    ]
    assert [path.name for path in workshop.folder.iterdir() if path.name.startswith(".")] == []


def test_exact_totals_are_decimals_with_twelve_places(workshop: Workshop) -> None:
    workshop.write("nodes", NODES | {"raw": [0.1, 0.2, 0.3]})
    assert workshop.roll_up("--exact")[0] == 0
    assert pq.read_schema(workshop.out).field("raw").type == pa.decimal128(38, 12)
    assert [row["raw"] for row in workshop.totals()] == [Decimal("2.6"), Decimal("1.1"), Decimal("0.3")]


@pytest.mark.parametrize("id_type", [pa.int64(), pa.int32(), pa.large_string(), pa.dictionary(pa.int8(), pa.string())])
def test_ids_may_be_numbers_texts_or_dictionaries(workshop: Workshop, id_type: pa.DataType) -> None:
    number = pa.types.is_integer(id_type)
    ids = pa.array([30, 20, 10] if number else ["A", "B", "C"])
    first, second, third = (ids.take(pa.array(rows)) for rows in ([0, 1, 2], [0, 0, 1], [1, 2, 2]))
    cast = (lambda a: a.cast(id_type)) if number or pa.types.is_large_string(id_type) else pa.Array.dictionary_encode
    workshop.write("nodes", NODES | {"id": cast(first)})
    workshop.write("links", LINKS | {"parent": second, "child": cast(third)})
    assert workshop.roll_up()[0] == 0
    assert [row["raw"] for row in workshop.totals()] == [33.0, 14.0, 4.0]


def test_an_empty_cell_is_a_missing_figure_and_is_said(workshop: Workshop) -> None:
    workshop.write("nodes", NODES | {"raw": [None, 2.0, None], "main": [None, 0.0, None]})
    code, _, err = workshop.roll_up()
    assert code == 0
    assert "1 parts have no figure, so 3 totals are incomplete. Parts without a figure: C" in err
    assert [row["raw"] for row in workshop.totals()] == [4.0, 2.0, None]


def test_a_figure_that_only_some_parts_know_is_missing_in_that_figure_alone(workshop: Workshop) -> None:
    workshop.write("nodes", NODES | {"main": [0.5, None, None]})
    for options in ((), ("--exact",)):
        code, _, err = workshop.roll_up(*options)
        assert code == 0
        assert "1 parts have no figure, so 3 totals are incomplete. Parts without a figure: C (main)" in err
        assert [(row["raw"], row["main"]) for row in workshop.totals()] == [(33, 0.5), (14, 0), (4, None)]


def test_exact_totals_keep_every_digit_of_decimals_and_whole_numbers(workshop: Workshop) -> None:
    long = [Decimal("1.1"), Decimal("2.000000000001"), Decimal("12345678901.123456789012")]
    workshop.write(
        "nodes", {"id": NODES["id"], "raw": pa.array(long, pa.decimal128(23, 12)), "main": [0, 0, 2**60 + 1]}
    )
    amounts = pa.array([Decimal(2), Decimal(1), Decimal("0.5000000005")], pa.decimal128(20, 10))
    workshop.write("links", LINKS | {"amount": amounts})  # half of a billionth is rounded to even: 0.5
    assert workshop.roll_up("--exact")[0] == 0
    a, b, c = workshop.totals()
    assert c["raw"] == long[2]
    assert b["raw"] == Decimal("6172839452.561728394507")
    assert a["raw"] == Decimal("24691357807.346913578026")
    assert c["main"] == 2**60 + 1


@pytest.mark.parametrize(
    ("ids", "child", "said"),
    [
        ([1, 2, 3], ["2", "P-1", "3"], "Part “P-1” is not in the list of parts"),
        ([1, 2, 3], ["2", "03", "3"], "Part “03” is not in the list of parts"),
        ([1, 2, 3], [2.0, 2.5, 3.0], "cannot be compared"),
        (["1", "2", "3"], [2, 7, 3], "Part “7” is not in the list of parts"),
    ],
)
def test_ids_of_two_types_are_compared_as_they_are_written(
    workshop: Workshop, ids: list[Any], child: list[Any], said: str
) -> None:
    workshop.write("nodes", NODES | {"id": ids})
    workshop.write("links", LINKS | {"parent": [1, 1, 2], "child": child})
    code, _, err = workshop.roll_up()
    assert code == 1
    assert said in err


def test_a_table_of_ids_alone_is_told_what_it_lacks(workshop: Workshop) -> None:
    workshop.write("nodes", {"id": ["A", "B", "C"]})
    assert "has no column of figures" in workshop.roll_up()[2]


def test_a_part_listed_twice_alike_counts_once(workshop: Workshop) -> None:
    workshop.write("nodes", {name: [*values, values[1]] for name, values in NODES.items()})
    assert workshop.roll_up()[0] == 0
    assert [row["raw"] for row in workshop.totals()] == [33.0, 14.0, 4.0]


def test_links_listed_twice_are_added_up_unless_each_shall_stand_once(workshop: Workshop) -> None:
    workshop.write("links", {"parent": ["A", "A", "A"], "child": ["B", "B", "C"], "amount": [1.0, 2.0, 1.0]})
    assert workshop.roll_up()[0] == 0
    assert workshop.totals()[0]["raw"] == 11.0
    workshop.out.unlink()
    code, _, err = workshop.roll_up("--parallel=refuse")
    assert (code, workshop.out.exists()) == (1, False)
    assert "The link from “A” to “B” is listed more than once" in err


BAD_NODES = [
    ({"raw": [1.0, float("nan"), 4.0]}, "nodes[1].raw (B)"),
    ({"raw": [1.0, float("inf"), 4.0]}, "nodes[1].raw (B)"),
    ({"raw": ["1", "2", "3"]}, "「raw」"),
    ({"id": ["A", "B", "B"]}, "「B」"),
    ({"id": ["A", "B", None]}, "nodes[2].id が空です"),
]
BAD_LINKS = [
    ({"child": ["B", "C", "X"]}, "「X」"),
    ({"parent": ["A", None, "B"]}, "links[1].parent が空です"),
    ({"amount": [2.0, -1.0, 3.0]}, "links[1].amount (A → C)"),
    ({"amount": [2.0, 0.0, 3.0]}, "links[1].amount (A → C)"),
    ({"amount": [2.0, float("nan"), 3.0]}, "links[1].amount (A → C)"),
    ({"amount": [2.0, None, 3.0]}, "links[1].amount (A → C) が空です"),
    ({"amount": ["2", "1", "3"]}, "「amount」"),
    ({"child": ["B", "C", "A"]}, "A → B → A"),
    ({"child": ["A", "C", "C"]}, "A → A"),
]


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [("nodes", *case) for case in BAD_NODES] + [("links", *case) for case in BAD_LINKS],
)
def test_bad_rows_are_named_and_nothing_is_written(
    workshop: Workshop, name: str, change: dict[str, Any], said: str
) -> None:
    workshop.write(name, (NODES if name == "nodes" else LINKS) | change)
    code, out, err = workshop.roll_up(language="ja")
    assert (code, out, workshop.out.exists()) == (1, "", False)
    assert said in err


def test_every_broken_row_is_named_not_only_the_first(workshop: Workshop) -> None:
    workshop.write("links", {"parent": ["A", "Y", "B"], "child": ["X", "C", "C"], "amount": [2.0, 1.0, -3.0]})
    _, _, err = workshop.roll_up()
    assert all(part in err for part in ("“Y”", "“X”", "links[2].amount (B → C)"))


def test_thousands_of_broken_rows_are_counted(workshop: Workshop) -> None:
    rows = 5000
    workshop.write("links", {"parent": ["A"] * rows, "child": ["X"] * rows, "amount": np.ones(rows)})
    _, _, err = workshop.roll_up()
    assert "There are 4000 more errors." in err


@pytest.mark.parametrize("name", ["nodes", "links"])
def test_a_file_that_is_missing_damaged_or_lacks_a_column_is_named(workshop: Workshop, name: str) -> None:
    path = workshop.folder / f"{name}.parquet"
    workshop.write(name, {"part": ["A"]})
    assert "has no column" in workshop.roll_up()[2]
    path.write_bytes(b"PAR1 not really")
    assert str(path) in workshop.roll_up()[2]
    path.unlink()
    code, _, err = workshop.roll_up()
    assert code == 1
    assert str(path) in err


def test_a_place_that_cannot_be_written_is_named(workshop: Workshop) -> None:
    workshop.out = workshop.folder / "nowhere" / "totals.parquet"
    code, _, err = workshop.roll_up()
    assert code == 1
    assert "cannot be written" in err


def test_an_amount_too_small_for_exact_arithmetic_is_refused(workshop: Workshop) -> None:
    workshop.write("links", LINKS | {"amount": [2.0, 1e-10, 3.0]})
    assert workshop.roll_up()[0] == 0
    workshop.out.unlink()
    code, _, err = workshop.roll_up("--exact")
    assert (code, workshop.out.exists()) == (1, False)
    assert "links[1].amount (A → C)" in err


def test_a_total_beyond_every_number_is_refused(workshop: Workshop) -> None:
    workshop.write("nodes", NODES | {"raw": [1.0, 1e308, 4.0]})
    for options, amount in (((), 1e5), (("--exact",), 9e4)):
        workshop.write("links", LINKS | {"amount": [amount, 1.0, 3.0]})
        code, out, err = workshop.roll_up(*options)
        assert (code, out, workshop.out.exists()) == (1, "", False)
        assert "The total of raw of part “" in err


def test_row_labels_of_pandas_are_no_figures(workshop: Workshop) -> None:
    workshop.write("nodes", NODES | {"__index_level_0__": [0, 1, 2]})
    assert workshop.roll_up()[0] == 0
    assert pq.read_schema(workshop.out).names == ["id", "raw", "main"]


def test_empty_tables_need_no_types(workshop: Workshop) -> None:
    workshop.write("links", {name: pa.array([], pa.null()) for name in LINKS})
    workshop.write("nodes", NODES | {"raw": pa.array([None] * 3, pa.null())})
    assert workshop.roll_up()[0] == 0
    assert [row["main"] for row in workshop.totals()] == [0.5, 0.0, 0.0]
    workshop.write("nodes", {name: pa.array([], pa.null()) for name in NODES})
    assert workshop.roll_up()[0] == 0
    assert workshop.totals() == []
    workshop.write("nodes", NODES | {"id": pa.nulls(3)})
    assert "nodes[0].id is empty" in workshop.roll_up()[2]


def test_a_column_that_stands_twice_is_named(workshop: Workshop) -> None:
    table = pa.table([["A"], [1.0], [2.0]], names=["id", "raw", "raw"])
    pq.write_table(table, workshop.folder / "nodes.parquet")
    code, _, err = workshop.roll_up()
    assert code == 1
    assert "more than one column “raw”" in err


def test_a_chain_of_very_many_levels_is_totalled_at_once(workshop: Workshop) -> None:
    deep = 100_000
    order = np.random.default_rng(4).permutation(deep)
    workshop.write("nodes", {"id": order, "raw": np.ones(deep), "main": np.arange(deep, dtype=float)})
    links = {"parent": np.arange(deep - 1), "child": np.arange(1, deep), "amount": np.ones(deep - 1)}
    workshop.write("links", links)
    code, _, err = workshop.roll_up()
    assert (code, err) == (0, "")
    found = {row["id"]: row["raw"] for row in workshop.totals()}
    assert [found[part] for part in (0, 1, deep - 1)] == [deep, deep - 1, 1]


def test_a_cycle_through_very_many_parts_is_told_in_a_few_lines(workshop: Workshop) -> None:
    many = 5000
    workshop.write("nodes", {"id": np.arange(many), "raw": np.ones(many)})
    around = {"parent": np.arange(many), "child": (np.arange(many) + 1) % many, "amount": np.ones(many)}
    workshop.write("links", around)
    code, _, err = workshop.roll_up()
    assert code == 1
    assert "0 → 1 → 2 →" in err
    assert "→ … (4900) … →" in err
    assert "→ 4999 → 0." in err


def test_texts_that_a_writer_notes_as_views_are_ids_like_others(workshop: Workshop) -> None:
    workshop.write("nodes", {"id": pa.array(["A", "B"], pa.string_view()), "raw": [1.0, 2.0]})
    ends = {name: pa.array([part], pa.string_view()) for name, part in (("parent", "A"), ("child", "B"))}
    workshop.write("links", {**ends, "amount": [3.0]})
    assert workshop.roll_up()[0] == 0
    assert workshop.totals() == [{"id": "A", "raw": 7.0}, {"id": "B", "raw": 2.0}]


def test_ids_that_nothing_can_be_looked_up_by_are_told(workshop: Workshop) -> None:
    workshop.write("nodes", {"id": [["A"], ["B"]], "raw": [1.0, 2.0]})
    code, _, err = workshop.roll_up()
    assert (code, workshop.out.exists()) == (1, False)
    assert "Column “id”" in err
    assert "cannot serve as identifiers" in err


def test_a_folder_of_files_is_read_like_one_file(workshop: Workshop) -> None:
    (workshop.folder / "nodes.parquet").unlink()
    (workshop.folder / "nodes.parquet").mkdir()
    for place, part in enumerate(NODES["id"]):
        row = {name: [column[place]] for name, column in NODES.items()}
        workshop.write(f"nodes.parquet/part-{2 - place}", row)
        assert row["id"] == [part]
    assert workshop.roll_up()[0] == 0
    assert {row["id"]: row["raw"] for row in workshop.totals()} == {"A": 33.0, "B": 14.0, "C": 4.0}
