"""`meguri diligence screen`."""

import csv
from pathlib import Path

import pytest

from meguri.cli import main


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    return write(
        tmp_path / "list.csv",
        "id,name,aliases,country,identifier,programme\n"
        "E1,Umicore Finland Oy,Umicore Kokkola,Finland,,TEST-A\n"
        "E2,赣锋锂业集团股份有限公司,Ganfeng Lithium Group;GFL,CN,,TEST-B\n",
    )


def test_one_row_for_each_name_in_the_same_order(tmp_path: Path, listed: Path) -> None:
    names = write(
        tmp_path / "names.csv",
        'id,name,country\n3,Ganfeng Lithium Group,CN\n1,"Nobody, Inc.",US\n2,Umicore Finland,FI\n',
    )
    out = tmp_path / "out.csv"
    assert main(["diligence", "screen", str(names), str(listed), "--out", str(out)]) == 0
    with out.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["id", "name", "match", "list_id", "score", "reason"]
    assert [(row["id"], row["name"], row["match"], row["list_id"]) for row in rows] == [
        ("3", "Ganfeng Lithium Group", "yes", "E2"),
        ("1", "Nobody, Inc.", "no", ""),
        ("2", "Umicore Finland", "yes", "E1"),
    ]
    assert all(row["reason"] and 0 <= float(row["score"]) <= 1 for row in rows)


def test_an_empty_name_and_an_empty_list_get_an_answer(tmp_path: Path) -> None:
    names = write(tmp_path / "names.csv", "id,name\n1,\n2,株式会社\n3,Acme\n")
    empty = write(tmp_path / "list.csv", "id,name\n")
    out = tmp_path / "out.csv"
    assert main(["diligence", "screen", str(names), str(empty), "--out", str(out)]) == 0
    with out.open(encoding="utf-8") as file:
        assert [row["match"] for row in csv.DictReader(file)] == ["no", "no", "no"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"number,name\n1,A\n", "column id is missing"),
        (b"id,name\n1,A,B,C\n", "line 2"),
        ("id,name\n1,住友\n".encode("shift_jis"), "UTF-8"),
        (b'id,name\n1,"A\n', "line"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_and_nothing_is_written(
    tmp_path: Path, listed: Path, content: bytes, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    names, out = tmp_path / "names.csv", tmp_path / "out.csv"
    names.write_bytes(content)
    assert main(["diligence", "screen", str(names), str(listed), "--out", str(out)]) == 1
    assert says in capsys.readouterr().err
    assert not out.exists()
