"""The same totals on Apache Spark. Runs where the extra `meguri[cluster]` and Java are installed."""

import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.testing import assert_allclose

pytest.importorskip("pyspark")
if shutil.which("java") is None:
    pytest.skip("Spark needs Java", allow_module_level=True)

from meguri.footprint.engine import CycleInStructure, OutOfRange, PartUnknown, ValueInvalid, roll_up, structure_of
from meguri.footprint.engine.cluster import roll_up_files
from meguri.footprint.engine.errors import AmountMissing, DuplicatePart, IdMissing, ParallelLinks, TotalTooLarge
from meguri.footprint.engine.exact import as_decimal, roll_up_exactly
from meguri.footprint.engine.files import FileUnreadable, FileUnwritable, IdsUnlike
from meguri.footprint.engine.reference import dag
from meguri.kernel.cluster import ClusterFailed, MasterUnknown

MASTER = "local[2]"
NODES: dict[str, Any] = {"id": ["A", "B", "C"], "raw": [1.0, 2.0, 4.0], "main": [0.5, 0.0, 0.0]}
LINKS: dict[str, Any] = {"parent": ["A", "A", "B"], "child": ["B", "C", "C"], "amount": [2.0, 1.0, 3.0]}
MADE = dag(10**3)

pytestmark = pytest.mark.timeout(600)


def write(folder: Path, nodes: dict[str, Any], links: dict[str, Any]) -> tuple[Path, Path, Path]:
    pq.write_table(pa.table(nodes), folder / "nodes.parquet")
    pq.write_table(pa.table(links), folder / "links.parquet")
    return folder / "nodes.parquet", folder / "links.parquet", folder / "totals.parquet"


@pytest.fixture
def reference(tmp_path: Path) -> tuple[Path, Path, Path]:
    second = MADE.own[::-1] / 7
    nodes = {"id": np.arange(MADE.own.size), "kg": MADE.own, "other": second}
    return write(tmp_path, nodes, {"parent": MADE.parents, "child": MADE.children, "amount": MADE.amounts})


def test_exact_totals_are_those_of_one_machine_to_the_last_digit(reference: tuple[Path, Path, Path]) -> None:
    done = roll_up_files(*reference, master=MASTER, exact=True)
    structure = structure_of(MADE.parents, MADE.children, np.rint(MADE.amounts * 1e9), MADE.own.size)
    expected = roll_up_exactly(structure, [int(value) for value in np.rint(MADE.own * 1e12)])
    table = pq.read_table(reference[2])
    assert table.column("id").to_pylist() == list(range(MADE.own.size))
    assert table.column("kg").to_pylist() == [as_decimal(value) for value in expected]
    assert (done.parts, done.links, done.sums["kg"]) == (1000, 4724, as_decimal(sum(expected)))
    assert [path.name for path in reference[2].parent.glob(".*")] == []


def test_float_totals_of_several_processes_agree_to_twelve_digits_in_every_column(
    reference: tuple[Path, Path, Path],
) -> None:
    roll_up_files(*reference, master="local-cluster[2,1,1024]")
    assert reference[2].is_file()
    table = pq.read_table(reference[2])
    own = np.column_stack([MADE.own, MADE.own[::-1] / 7])
    expected = roll_up(structure_of(MADE.parents, MADE.children, MADE.amounts, MADE.own.size), own)
    found = np.column_stack([table.column(name).to_numpy() for name in ("kg", "other")])
    assert_allclose(found, expected, rtol=1e-12)


def test_a_part_used_by_very_many_parents_gives_each_its_share(tmp_path: Path) -> None:
    many = 20_000
    nodes = {"id": np.arange(many + 1), "kg": np.ones(many + 1)}
    links = {"parent": np.arange(1, many + 1), "child": np.zeros(many, dtype=int), "amount": np.full(many, 0.5)}
    files = write(tmp_path, nodes, links)
    roll_up_files(*files, master=MASTER, exact=True)
    assert set(pq.read_table(files[2]).column("kg").to_pylist()[1:]) == {Decimal("1.5")}


def test_sums_are_rounded_once_and_half_to_even(tmp_path: Path) -> None:
    nodes = {"id": ["A", "B"], "kg": pa.array([Decimal("1E-12"), Decimal("3E-12")], pa.decimal128(23, 12))}
    files = write(tmp_path, nodes, {"parent": ["A"], "child": ["B"], "amount": [0.5]})
    roll_up_files(*files, master=MASTER, exact=True)
    assert pq.read_table(files[2]).column("kg").to_pylist() == [Decimal("2E-12"), Decimal("3E-12")]


def test_a_missing_figure_is_empty_and_counted(tmp_path: Path) -> None:
    files = write(tmp_path, NODES | {"raw": [None, 2.0, None], "main": [None, 0.0, None]}, LINKS)
    done = roll_up_files(*files, master=MASTER)
    assert (done.missing, done.incomplete, done.missing_ids) == (1, 3, ["C"])
    assert pq.read_table(files[2]).column("raw").to_pylist() == [4.0, 2.0, None]


def test_a_figure_that_only_some_parts_know_is_missing_in_that_figure_alone(tmp_path: Path) -> None:
    files = write(tmp_path, NODES | {"main": [0.5, None, None]}, LINKS)
    done = roll_up_files(*files, master=MASTER)
    assert (done.missing, done.incomplete, done.missing_ids) == (1, 3, ["C (main)"])
    assert pq.read_table(files[2]).to_pylist()[2] == {"id": "C", "raw": 4.0, "main": None}


@pytest.mark.parametrize(
    ("nodes", "links", "refusal"),
    [
        ({}, {"child": ["B", "C", "X"]}, PartUnknown),
        ({}, {"amount": [2.0, -1.0, 3.0]}, OutOfRange),
        ({}, {"amount": [2.0, float("nan"), 3.0]}, ValueInvalid),
        ({}, {"amount": [2.0, None, 3.0]}, AmountMissing),
        ({"raw": [1.0, float("inf"), 4.0]}, {}, ValueInvalid),
        ({"id": ["A", "B", "B"]}, {}, DuplicatePart),
        ({}, {"child": ["B", "C", "A"]}, CycleInStructure),
        ({"id": ["A", "B", None]}, {}, IdMissing),
        ({}, {"child": ["B", None, "C"]}, IdMissing),
        ({"id": [1, 2, 3]}, {"parent": [1.0, 1.0, 2.0], "child": [2.0, 3.0, 2.5]}, IdsUnlike),
        ({"id": [1, 2, 3]}, {"parent": ["1", "1", "2"], "child": ["2", "3", "P-1"]}, PartUnknown),
        ({"raw": [1.0, 1e308, 4.0]}, {"amount": [1e10, 1.0, 3.0]}, TotalTooLarge),
    ],
)
def test_bad_tables_are_refused_and_nothing_is_written(
    tmp_path: Path, nodes: dict[str, Any], links: dict[str, Any], refusal: type[Exception]
) -> None:
    files = write(tmp_path, NODES | nodes, LINKS | links)
    with pytest.raises(refusal):
        roll_up_files(*files, master=MASTER)
    assert [path.name for path in tmp_path.iterdir() if path not in files] == []
    assert not files[2].exists()


def test_a_total_that_no_decimal_holds_stops_the_run(tmp_path: Path) -> None:
    own = pa.array([Decimal(0), Decimal(99_999_999_999)], pa.decimal128(23, 12))
    files = write(tmp_path, {"id": ["A", "B"], "kg": own}, {"parent": ["A"], "child": ["B"], "amount": [99999.0]})
    with pytest.raises(ClusterFailed):
        roll_up_files(*files, master=MASTER, exact=True)
    assert [path.name for path in tmp_path.iterdir() if path not in files] == []


def test_links_listed_twice_are_added_up_unless_each_shall_stand_once(tmp_path: Path) -> None:
    files = write(tmp_path, NODES, {"parent": ["A", "A", "A"], "child": ["B", "B", "C"], "amount": [1.0, 2.0, 1.0]})
    roll_up_files(*files, master=MASTER)
    assert pq.read_table(files[2]).column("raw").to_pylist()[0] == 11
    with pytest.raises(ParallelLinks, match="“A” to “B”"):
        roll_up_files(*files, master=MASTER, each_link_once=True)


def test_a_cycle_is_named_by_the_parts_on_it(tmp_path: Path) -> None:
    files = write(tmp_path, NODES, {"parent": ["A", "B", "C"], "child": ["B", "C", "B"], "amount": [1.0, 1.0, 1.0]})
    with pytest.raises(CycleInStructure) as refusal:
        roll_up_files(*files, master=MASTER)
    assert set(refusal.value.parts) == {"B", "C"}


def test_columns_may_have_any_name_and_ids_any_type(tmp_path: Path) -> None:
    names = ["kg.CO2e `net`", "KG", "kg", "place", "amount", "__index_level_0__"]
    nodes = {"id": pa.array([7, 8, 9], pa.int32()), **{name: [1.0, 2.0, 4.0] for name in names}}
    files = write(tmp_path, nodes, LINKS | {"parent": ["7", "7", "8"], "child": ["8", "9", "9"]})
    roll_up_files(*files, master=MASTER)
    table = pq.read_table(files[2])
    assert table.schema.names == ["id", *names[:-1]]
    assert table.schema.field("id").type == pa.int32()
    assert table.to_pylist()[0] == {"id": 7} | dict.fromkeys(names[:-1], 33.0)


def test_what_is_no_parquet_and_where_nothing_can_be_written_is_said(tmp_path: Path) -> None:
    files = write(tmp_path, NODES, LINKS)
    with pytest.raises(FileUnwritable):
        roll_up_files(*files[:2], tmp_path / "nowhere" / "totals.parquet", master=MASTER)
    with pytest.raises(MasterUnknown, match="local-cluster"):
        roll_up_files(*files, master="cluster")
    files[1].write_text("parent,child,amount")
    with pytest.raises(FileUnreadable, match=r"links\.parquet"):
        roll_up_files(*files, master=MASTER)
