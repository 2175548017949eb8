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


def test_an_empty_name_and_an_empty_list_get_an_answer_and_what_cannot_be_screened_is_never_cleared(
    tmp_path: Path,
) -> None:
    names = write(tmp_path / "names.csv", "id,name\n1,\n2,株式会社\n3,Acme\n4,A\n5,🔋\n")
    empty = write(tmp_path / "list.csv", "id,name\n")
    out = tmp_path / "out.csv"
    assert main(["diligence", "screen", str(names), str(empty), "--out", str(out)]) == 0
    with out.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["match"] for row in rows] == ["review", "review", "no", "review", "review"]
    assert all("cannot be screened" in row["reason"] for row in rows if row["match"] == "review")


def test_no_cell_of_the_answers_is_a_formula(tmp_path: Path) -> None:
    said = 'id,name\n=1+1,"=HYPERLINK(""http://x"",""y"")"\n-2,@SUM(A1) Works\n+3.5,-Alpha Works\n'
    names = write(tmp_path / "names.csv", said)
    listed = write(tmp_path / "list.csv", "id,name\n=E1,Alpha Works\n")
    out = tmp_path / "out.csv"
    assert main(["diligence", "screen", str(names), str(listed), "--out", str(out)]) == 0
    with out.open(encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    assert [row[0] for row in rows] == ["'=1+1", "-2", "+3.5"]
    assert [row[1][0] for row in rows] == ["'", "'", "'"]
    assert rows[2][3] == "'=E1"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"number,name\n1,A\n", "column id is missing"),
        (b"id,name\n1,A,B,C\n", "line 2"),
        ("id,name\n1,住友\n".encode("shift_jis"), "UTF-8"),
        (b'id,name\n1,"A\n', "line"),
        (b"\n\nnumber,name\n1,A\n", "line 3"),
        (b"\n\nid,name\n1,A,B,C\n", "line 4"),
        (b"PK\x03\x04 a workbook by another name", "save it as CSV"),
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


@pytest.mark.parametrize(
    ("content", "more"),
    [
        ("\ufeffid,name\r\n1,Umicore Finland\r\n".encode(), []),
        ("id,name\n1,Umicore Finland\n".encode("utf-16"), []),
        (b"ID;Name\n1;Umicore Finland\n", []),
        ("id,name\n1,Umicore Finland\n".encode("utf-16-le"), []),
        (b"\r\n\nid,name\r\n1,Umicore Finland\r\n", []),
        (b"id,name\r1,Umicore Finland\r", []),
        ("ＩＤ,会社名,国\n1,Umicore Finland,フィンランド\n".encode(), []),
        (b"id\tname\n1\tUmicore Finland\n", []),
        ("id,name,国\n1,Umicore Finland,フィンランド\n".encode("cp932"), ["--encoding", "cp932"]),
        (b"id,name\n\n1,Umicore Finland,,\n\n", []),
    ],
)
def test_files_as_spreadsheets_save_them_are_read(
    tmp_path: Path, listed: Path, content: bytes, more: list[str]
) -> None:
    names, out = tmp_path / "names.csv", tmp_path / "out.csv"
    names.write_bytes(content)
    if more:
        listed.write_bytes(
            listed.read_text(encoding="utf-8").replace("赣锋锂业集团股份有限公司", "住友").encode("cp932")
        )
    assert main(["diligence", "screen", str(names), str(listed), "--out", str(out), *more]) == 0
    with out.open(encoding="utf-8") as file:
        assert [(row["id"], row["match"], row["list_id"]) for row in csv.DictReader(file)] == [("1", "yes", "E1")]


def test_two_files_in_two_encodings_are_read_each_in_its_own(tmp_path: Path) -> None:
    names = write(tmp_path / "names.csv", "id,name\n1,住友金属鉱山（株）\n")
    listed = tmp_path / "list.csv"
    listed.write_bytes("id,name\nA,住友金属鉱山株式会社\n".encode("cp932"))
    out = tmp_path / "out.csv"
    assert main(["diligence", "screen", str(names), str(listed), "--out", str(out), "--encoding", "cp932"]) == 0
    assert "住友金属鉱山（株）,yes,A" in out.read_text(encoding="utf-8")


def test_what_makes_answers_less_than_they_look_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = write(tmp_path / "names.csv", "id,name\n1,Alpha Works\n1,Beta Works\n")
    listed = write(tmp_path / "list.csv", "id,name\nA,\nA,Alpha Works\n")
    empty = write(tmp_path / "empty.csv", "id,name\n")
    out = str(tmp_path / "out.csv")
    assert main(["diligence", "screen", str(names), str(listed), "--out", out]) == 0
    said = capsys.readouterr().err
    assert "names.csv: id 1" in said
    assert "list.csv: id A" in said
    assert "1 entries have no name" in said
    assert main(["diligence", "screen", str(names), str(empty), "--out", out]) == 0
    assert "clears nobody" in capsys.readouterr().err


@pytest.mark.parametrize("out", ["nowhere/out.csv", "."])
def test_a_place_that_cannot_be_written_to_is_said_before_the_work(
    tmp_path: Path, listed: Path, out: str, capsys: pytest.CaptureFixture[str]
) -> None:
    names = write(tmp_path / "names.csv", "id,name\n1,Umicore Finland\n")
    assert main(["diligence", "screen", str(names), str(listed), "--out", str(tmp_path / out)]) == 1
    assert "Traceback" not in capsys.readouterr().err


def test_a_cell_of_megabytes_keeps_no_other_row_from_its_answer(tmp_path: Path, listed: Path) -> None:
    names = write(tmp_path / "names.csv", f"id,name\n1,{'A' * 3_000_000}\n2,Umicore Finland\n")
    out = tmp_path / "out.csv"
    assert main(["diligence", "screen", str(names), str(listed), "--out", str(out)]) == 0
    last = out.read_text(encoding="utf-8").splitlines()[-1]
    assert last.startswith("2,Umicore Finland,yes,E1,")
