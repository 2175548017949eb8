"""Reading workbooks: cells by address, languages, odd contents, gates, and hostile files."""

import io
import re
import zipfile
from datetime import datetime

import pytest

from meguri.diligence.rmi.checking import check
from meguri.diligence.rmi.errors import TemplateUnsupported
from meguri.diligence.rmi.model import Read
from meguri.diligence.rmi.opening import open_workbook
from meguri.diligence.rmi.reading import read

from .workbooks import head, layout_of, workbook

EMRT2 = layout_of("EMRT", "2.1")
CMRT = layout_of("CMRT", "6.5")


def read_bytes(content: bytes) -> Read:
    return read(open_workbook(content))


def emrt(**cells: object) -> bytes:
    chosen = {
        "D12": "Cobalt",
        "E12": "(Delete Copper)",
        "G12": "",
        "D13": "Lithium",
        "E13": "(Delete Mica)",
        "G13": "Nickel",
    }
    return workbook("EMRT", "2.1", head(EMRT2, **chosen, **cells))


def test_rows_belong_to_the_selected_minerals_in_alphabetical_order_whatever_the_language() -> None:
    found = read_bytes(emrt(D3="日本語", D30="Yes", D31="Unknown", D32="No", D78=1)).declaration
    assert [(mineral.name, mineral.answers["q1"].value) for mineral in found.minerals] == [
        ("Cobalt", "Yes"),
        ("Lithium", "Unknown"),
        ("Nickel", "No"),
    ]
    assert found.minerals[0].answers["q5"].value == "100%"
    assert (found.family, found.version, found.language) == ("EMRT", "2.1", "日本語")


def test_answers_are_understood_in_the_languages_of_the_templates() -> None:
    found = read_bytes(emrt(D30="はい", D31="否", D32=" yes ", D66="Unbekannt")).declaration
    assert [mineral.answers["q1"].value for mineral in found.minerals] == ["Yes", "No", "Yes"]


def test_a_mineral_in_anothers_cell_or_twice_is_counted_once_with_a_warning() -> None:
    content = workbook("EMRT", "2.1", head(EMRT2, D12="Nickel", G13="Nickel", D13="Lithium"))
    found = read_bytes(content)
    assert [mineral.name for mineral in found.declaration.minerals] == ["Lithium", "Nickel"]
    assert {warned.code for warned in found.warnings} == {"MINERAL_IN_WRONG_CELL", "MINERAL_TWICE"}


def test_an_unknown_option_is_kept_as_a_comment_with_its_cell() -> None:
    found = read_bytes(emrt(D30="yes, maybe"))
    answer = found.declaration.minerals[0].answers["q1"]
    assert (answer.value, answer.comment) == (None, "[yes, maybe]")
    assert [(warned.code, warned.where) for warned in found.warnings] == [("UNKNOWN_OPTION", "Declaration!D30")]


def test_mica_of_the_older_emrt_has_no_question_four() -> None:
    layout = layout_of("EMRT", "1.3")
    found = read_bytes(workbook("EMRT", "1.3", head(layout, D26="Yes", D27="Yes", D44="No", D45="Yes"))).declaration
    cobalt, mica = found.minerals
    assert cobalt.answers["q4"].value == "No"
    assert "q4" not in mica.answers


def test_the_amrt_reads_free_minerals_and_yes_in_japanese() -> None:
    layout = layout_of("AMRT", "1.3")
    cells = head(layout, D12="Aluminum", E12="Other [specify below]", E15="Vanadium", D31="Yes", D43="Did not survey")
    content = workbook(
        "AMRT", "1.3", cells, [{"A": "CID900009", "B": "Aluminum", "C": "X", "D": "X", "E": "NORWAY", "P": "はい"}]
    )
    found = read_bytes(content).declaration
    assert [mineral.name for mineral in found.minerals] == ["Aluminum", "Vanadium"]
    assert found.minerals[0].answers["q2"].value == "Did not survey"
    assert (found.smelters[0].cid, found.smelters[0].recycled) == ("CID900009", "Yes")


def test_smelters_are_read_with_their_ids_put_right_and_odd_rows_named() -> None:
    rows = [
        {"A": "CID-900001", "B": "Cobalt", "C": "Beispiel Oulu", "D": "Beispiel Oulu Oy", "E": "FINLAND"},
        {"A": "CID12345", "B": "Nickel", "C": "Y", "D": "Y", "E": "CHINA"},
        {"B": "Cobalt", "C": "Smelter Not Listed", "D": "", "E": "CHINA"},
        {"B": "Cobalt", "C": "Smelter not yet identified"},
        {"B": "Gold", "C": "Z", "D": "Z", "E": "PERU"},
    ]
    content = workbook("EMRT", "2.1", head(EMRT2, D12="Cobalt", G13="Nickel"), rows)
    found = read_bytes(content)
    assert [row.cid for row in found.declaration.smelters] == ["CID900001", None, None, None, None]
    assert {warned.code for warned in found.warnings} == {"CID_UNCLEAR", "SMELTER_INCOMPLETE", "METAL_NOT_IN_SCOPE"}
    assert {row.cid for row in found.look_up} == {"CID900001", "CID900002", "CID900003"}


def test_a_date_stored_as_a_number_is_a_day_and_its_window_only_warns() -> None:
    cells = head(EMRT2, D12="Cobalt") | {"D26": datetime(2026, 6, 1)}
    found = read_bytes(workbook("EMRT", "2.1", cells))
    assert found.declaration.respondent["date"] == "2026-06-01"
    checked = check(found.declaration, found.layout)
    assert [warned.code for warned in checked.warnings] == ["DATE_OUTSIDE_WINDOW"]
    assert "date" not in {missing.key for missing in checked.missing}


def test_the_gates_of_the_emrt() -> None:
    answers = {"D12": "Cobalt", "D13": "Lithium", "D30": "Yes", "D31": "Unknown", "D42": "Yes"}
    found = read_bytes(workbook("EMRT", "2.1", head(EMRT2, **answers)))
    missing = {one.key for one in check(found.declaration, found.layout).missing}
    assert not {key for key in missing if key.endswith(": Lithium")}
    assert {"q3: Cobalt", "q7: Cobalt", "c: Cobalt", "Smelter List: Cobalt", "a", "g"} <= missing


def test_the_gates_of_the_cmrt() -> None:
    tin = {"D26": "No", "D27": "Yes", "D28": "No", "D29": "No", "D33": "No"}
    found = read_bytes(workbook("CMRT", "6.5", head(CMRT, **tin)))
    checked = check(found.declaration, found.layout)
    assert checked.missing == []
    assert checked.complete_pct == 100
    none = read_bytes(workbook("CMRT", "6.5", head(CMRT, D26="No", D27="No", D28="No", D29="No")))
    assert check(none.declaration, none.layout).missing == []
    blank = read_bytes(workbook("CMRT", "6.5", head(CMRT)))
    every = {one.key for one in check(blank.declaration, blank.layout).missing}
    assert {"q1: Gold", "q8: Tin", "Smelter List: Tungsten", "a", "h"} <= every  # nothing answered shuts no gate
    open_ = read_bytes(
        workbook("CMRT", "6.5", head(CMRT, D26="Yes", D27="No", D28="No", D29="No", D32="Yes", D77="Yes"))
    )
    missing = {one.key for one in check(open_.declaration, open_.layout).missing}
    assert {"q3: Tantalum", "q8: Tantalum", "Smelter List: Tantalum", "a", "b: URL", "h"} <= missing
    assert 0 < check(open_.declaration, open_.layout).complete_pct < 100


def test_scope_b_needs_products_and_scope_c_a_description() -> None:
    content = workbook(
        "CMRT", "6.31", head(CMRT, D9="B. Product (or List of Products)", D26="No", D27="No", D28="No", D29="No")
    )
    found = read_bytes(content)
    assert [one.key for one in check(found.declaration, found.layout).missing] == ["Product List"]
    content = workbook(
        "CMRT",
        "6.31",
        head(CMRT, D9="C. User defined [Specify in 'Description of scope']", D26="No", D27="No", D28="No", D29="No"),
    )
    found = read_bytes(content)
    assert [one.key for one in check(found.declaration, found.layout).missing] == ["scope_text"]


@pytest.mark.parametrize("version", ["6.01", "6.1", "6.22", "6.31", "6.4", "6.5"])
def test_every_listed_version_is_recognised(version: str) -> None:
    assert read_bytes(workbook("CMRT", version, head(CMRT))).declaration.version == version


def test_a_newer_version_is_read_with_a_warning_where_its_anchors_fit() -> None:
    newer = workbook("EMRT", "2.11", head(EMRT2, D12="Cobalt"), layout=EMRT2)
    assert [warned.code for warned in read_bytes(newer).warnings] == ["TEMPLATE_VERSION_UNKNOWN"]
    with pytest.raises(TemplateUnsupported):
        read_bytes(workbook("EMRT", "2.11", {"D12": "Cobalt"}, layout=EMRT2, anchors=False))
    with pytest.raises(TemplateUnsupported):
        read_bytes(workbook("CMRT", "5.12", head(CMRT), layout=CMRT))


@pytest.mark.parametrize(
    ("cell", "other"),
    [("P9", "Scope"), ("D115", None), ("D39", None)],
    ids=["a scope text elsewhere", "no company answer there", "a row less"],
)
def test_a_newer_version_whose_answers_stand_elsewhere_is_refused_and_not_misread(cell: str, other: str | None) -> None:
    newer = workbook("EMRT", "2.12", head(EMRT2, D12="Cobalt") | ({cell: other} if other else {}), layout=EMRT2)
    if other is None:  # the cell is a label of the sheet, as where a row was put in above it
        part = "xl/worksheets/sheet4.xml"
        with zipfile.ZipFile(io.BytesIO(newer)) as package:
            sheet = package.read(part)
        locked = re.search(rb'<c r="B10" s="(\d+)"', sheet)
        assert locked
        moved = re.sub(rb'(<c r="%s" s=")\d+' % cell.encode(), rb"\g<1>" + locked[1], sheet)
        assert moved != sheet
        newer = repacked(newer, **{part: moved})
    with pytest.raises(TemplateUnsupported) as refused:
        read_bytes(newer)
    assert refused.value.values["reason"] == "version"


def repacked(content: bytes, **parts: bytes | None) -> bytes:
    """The package with parts added or replaced (keys: `/` written as `__`)."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            if name not in parts:
                target.writestr(name, source.read(name))
        for name, part in parts.items():
            if part is not None:
                target.writestr(name, part)
    return made.getvalue()


GOOD = workbook("CMRT", "6.5", head(CMRT))
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not_workbook"),
        (b"id,name\n", "not_workbook"),
        (GOOD[: len(GOOD) // 2], "not_workbook"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "password"),
        (OLE, "old_format"),
        (repacked(GOOD, **{"xl/vbaProject.bin": b"x"}), "macros"),
        (repacked(GOOD, **{"xl/externalLinks/externalLink1.xml": b"<x/>"}), "external_links"),
        (
            repacked(
                GOOD,
                **{
                    "xl/worksheets/sheet4.xml": b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><worksheet>&b;</worksheet>'
                },
            ),
            "entities",
        ),
        (
            repacked(
                GOOD, **{"xl/sharedStrings.xml": b'<!DOCTYPE s [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><sst>&b;</sst>'}
            ),
            "entities",
        ),
        (repacked(GOOD, **{"xl/media/big.bin": b"\0" * (201 * 1024 * 1024)}), "too_large"),
        (workbook("CMRT", "6.5", leave_out=("Declaration",)), "not_template"),
        (workbook("CMRT", "6.5", head(CMRT), leave_out=("Smelter List",)), "missing_sheet"),
        (workbook("CRT", "2.2", head(CMRT), layout=CMRT), "crt"),
        (workbook("CMRT", "9.9", {}, layout=CMRT, anchors=False), "version"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_is_no_readable_template_is_refused_with_the_exact_reason(content: bytes, reason: str) -> None:
    with pytest.raises(TemplateUnsupported) as refused:
        read_bytes(content)
    assert refused.value.values["reason"] == reason
    assert refused.value.sentence("ja") != refused.value.sentence("en")


def test_cells_with_errors_and_texts_like_formulas_are_empty_with_a_warning() -> None:
    found = read_bytes(workbook("CMRT", "6.5", head(CMRT, D13="#N/A")))
    assert found.declaration.respondent["authority"] == ""
    assert [warned.code for warned in found.warnings] == ["ERROR_VALUE"]
    sheet = zipfile.ZipFile(io.BytesIO(GOOD)).read("xl/worksheets/sheet4.xml")
    lost = re.sub(rb'<c r="D12" s="(\d+)"/>', rb'<c r="D12" s="\1"><f>NOW()</f></c>', sheet)
    assert lost != sheet
    found = read_bytes(repacked(GOOD, **{"xl/worksheets/sheet4.xml": lost}))
    assert [(one.code, one.where) for one in found.warnings] == [("EMPTY_CACHED_VALUE", "Declaration!D12")]
