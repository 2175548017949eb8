"""Filling in a template leaves every other part alone, and what was written is read again; merging suppliers."""
# ruff: noqa: E501

import io
import zipfile
from datetime import date

import msgspec
import pytest

from meguri.diligence.rmi.checking import check
from meguri.diligence.rmi.errors import CellLocked, FieldsNotCarried, TemplateRowLimit, TemplateUnsupported
from meguri.diligence.rmi.merging import all_yes, merge, percent_band, worst_case
from meguri.diligence.rmi.model import Answer, Mineral, MineralDeclaration, Product, Smelter
from meguri.diligence.rmi.opening import open_workbook
from meguri.diligence.rmi.own import fill_from_suppliers, newest_of_each
from meguri.diligence.rmi.reading import read
from meguri.diligence.rmi.writing import file_name, fill_in

from .workbooks import head, layout_of, workbook

EMRT2 = layout_of("EMRT", "2.1")
TEMPLATE = workbook(
    "EMRT",
    "2.1",
    {"D12": "Cobalt", "D30": "No"},
    [{"B": "Cobalt", "C": "Smelter not listed", "D": "Old", "E": "CHINA"}] * 5,
)


def declaration(**more: object) -> MineralDeclaration:
    smelters = [
        Smelter(
            metal="Cobalt",
            cid="CID900001",
            look_up="Beispiel Oulu",
            name="Beispiel Oulu Oy",
            country="FINLAND",
            smelter_id="CID900001",
            recycled="No",
        ),
        Smelter(
            metal="Nickel",
            cid="CID900002",
            look_up="Example Harjavalta",
            name="Example Harjavalta Oy",
            country="FINLAND",
            smelter_id="CID900002",
        ),
        Smelter(
            metal="Cobalt", look_up="Smelter not listed", name="@cmd|'/c calc'!A1 & <Co>", country="CHINA", comment="+1"
        ),
    ]
    base = MineralDeclaration(
        family="EMRT",
        version="2.1",
        respondent={
            "company": "巡り電池 株式会社", "scope": "A. Company", "scope_text": "", "unique_id": "", "authority": "", "address": "",
            "contact": "担当", "email": "a@example.com", "phone": "1", "authoriser": "長", "title": "", "authoriser_email": "b@example.com",
            "authoriser_phone": "", "date": "2026-02-03",
        },
        minerals=[
            Mineral(name="Cobalt", answers={"q1": Answer(value="Yes"), "q2": Answer(value="Yes"), "q5": Answer(value="100%", comment="all"), "c": Answer(value="No")}),
            Mineral(name="Nickel", answers={"q1": Answer(value="No")}),
        ],
        company={"a": Answer(value="Yes"), "b": Answer(value="Yes", comment="https://example.com/policy")},
        smelters=smelters,
        products=[Product(number="P-1", name="Cell", requester_number="R-1")],
    )  # fmt: skip
    return msgspec.structs.replace(base, **more)


def parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {name: package.read(name) for name in package.namelist()}


def bare(one: MineralDeclaration) -> object:
    said = msgspec.to_builtins(msgspec.structs.replace(one, sha256="", language=""))
    for mineral in said["minerals"]:
        mineral["answers"] = {
            key: answer for key, answer in mineral["answers"].items() if answer["value"] or answer["comment"]
        }
    said["company"] = {key: answer for key, answer in said["company"].items() if answer["value"]}
    return said


def test_what_was_filled_in_is_read_again_and_every_other_part_is_as_it_was() -> None:
    filled = fill_in(TEMPLATE, declaration())
    before, after = parts(TEMPLATE), parts(filled)
    touched = {name for name in before if before[name] != after.get(name)}
    assert touched <= {
        "xl/workbook.xml", "xl/worksheets/sheet4.xml", "xl/worksheets/sheet5.xml", "xl/worksheets/sheet7.xml",
        "xl/calcChain.xml", "[Content_Types].xml", "xl/_rels/workbook.xml.rels",
    }  # fmt: skip
    assert set(after) <= set(before)
    again = read(open_workbook(filled))
    assert bare(again.declaration) == bare(declaration())
    assert {one.key for one in check(again.declaration, again.layout).missing} == {
        one.key for one in check(declaration(), "emrt2").missing
    }


def test_protection_validations_and_looks_stay_and_texts_never_become_formulas() -> None:
    after = parts(fill_in(TEMPLATE, declaration()))
    sheet, smelters = after["xl/worksheets/sheet4.xml"], after["xl/worksheets/sheet5.xml"]
    for kept in (b"<sheetProtection", b"<dataValidation ", b"<conditionalFormatting"):
        assert kept in sheet
    assert b"<is><t xml:space=\"preserve\">@cmd|'/c calc'!A1 &amp; &lt;Co&gt;</t></is>" in smelters
    assert b"@cmd" not in smelters.replace(b'preserve">@cmd', b"")
    assert b'<c r="B5"' in smelters
    assert smelters.count(b"<f>") > 300
    assert b'fullCalcOnLoad="1"' in after["xl/workbook.xml"]


def test_a_formula_stays_where_an_id_brings_the_rest() -> None:
    template = workbook("EMRT", "2.1", {})
    one = declaration(smelters=declaration().smelters[:1])
    after = parts(fill_in(template, one))["xl/worksheets/sheet5.xml"]
    row = after[after.index(b'<row r="5"') : after.index(b'<row r="6"')]
    assert row.count(b"<f>") == 9
    assert b"<v>FINLAND</v>" in row
    assert b'<c r="A5"' in row


def test_more_rows_than_the_sheet_holds_write_nothing() -> None:
    with pytest.raises(TemplateRowLimit) as refused:
        fill_in(TEMPLATE, declaration(smelters=[Smelter(metal="Cobalt", cid=f"CID{n:06d}") for n in range(2494)]))
    assert refused.value.values["most"] == 2493


def test_another_family_or_an_older_template_is_refused_naming_what_would_be_lost() -> None:
    with pytest.raises(FieldsNotCarried) as refused:
        fill_in(workbook("CMRT", "6.5", head(layout_of("CMRT", "6.5"))), declaration())
    assert "EMRT → CMRT" in refused.value.values["lost"]
    with pytest.raises(FieldsNotCarried) as refused:
        fill_in(workbook("EMRT", "2.0", {}), declaration())
    assert "requester" in refused.value.values["lost"]


def test_a_protected_cell_is_never_written() -> None:
    content = TEMPLATE
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(made, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            target.writestr(name, part.replace(b'locked="0"', b'locked="1"') if name == "xl/styles.xml" else part)
    with pytest.raises(CellLocked):
        fill_in(made.getvalue(), declaration())


def test_a_file_name_says_who_and_when() -> None:
    assert file_name("Muster / Zellen: GmbH", date(2026, 3, 4)) == "Muster--Zellen-GmbH-2026-03-04.xlsx"


def test_suppliers_answers_are_merged_worst_case_and_by_share() -> None:
    assert percent_band(8, 10) == "Greater than 75%"
    assert percent_band(7, 10) == "Greater than 50%"
    assert [percent_band(n, 10) for n in (10, 5, 1, 0)] == ["100%", "50% or less", "50% or less", "None"]
    assert percent_band(19, 20) == "Greater than 90%"
    assert worst_case(["No", "Unknown", "Yes"]) == "Yes"
    assert worst_case(["No", None, "Unknown"]) == "Unknown"
    assert worst_case(["No", "Not declaring"]) == "No"
    assert worst_case(["Not declaring", "Not applicable for this declaration"]) is None
    assert worst_case(["No", "DRC only"]) == "Yes"
    assert (all_yes(["Yes", "Yes"]), all_yes(["Yes", "No"]), all_yes([])) == ("Yes", "No", None)


def test_nothing_is_said_of_all_suppliers_while_some_are_silent() -> None:
    def of(q1: str) -> MineralDeclaration:
        rest = {key: Answer(value="Yes") for key in ("q2", "q4", "q6", "q7")} | {"q3": Answer(value="No")}
        return declaration(minerals=[Mineral(name="Cobalt", answers={"q1": Answer(value=q1), **rest})], smelters=[])

    def answers(told: list[str], asked: int) -> tuple[str | None, ...]:
        (cobalt,) = merge("EMRT", [of(one) for one in told], asked).minerals
        return tuple(cobalt.answers[key].value for key in ("q1", "q3", "q4", "q5", "q6", "q7"))

    assert answers(["Yes", "Yes"], 2) == ("Yes", "No", "Yes", "100%", "Yes", "Yes")
    assert answers(["Yes", "Yes"], 3) == ("Yes", "No", "Unknown", "Greater than 50%", "No", "No")
    assert answers(["No", "Not declaring"], 2) == ("No", "No", "Unknown", "50% or less", "No", "No")


def test_the_same_smelter_of_five_suppliers_is_one_row_that_counts_five() -> None:
    one = declaration()
    merged = merge("EMRT", [one] * 5, asked=6)
    counted = {row.cid or row.name: row.count for row in merged.smelters}
    assert counted["CID900001"] == 5
    assert len(merged.smelters) == 3
    assert all(row.over_broad for row in merged.smelters)
    cobalt = next(mineral for mineral in merged.minerals if mineral.name == "Cobalt")
    assert cobalt.answers["q5"].value == "Greater than 75%"


def test_a_smelter_without_id_is_one_however_its_legal_form_and_country_are_written() -> None:
    def of(name: str, country: str) -> MineralDeclaration:
        return declaration(smelters=[Smelter(metal="Cobalt", name=name, country=country)])

    told = [
        ("Kaguro Refining Co., Ltd.", "KOREA, REPUBLIC OF"),
        ("KAGURO REFINING", "KR"),
        ("Kaguro Refining", "JAPAN"),
    ]
    merged = merge("EMRT", [of(*one) for one in told], 3)
    assert sorted(row.count for row in merged.smelters) == [1, 2]


def test_ones_own_template_takes_what_the_latest_word_of_each_supplier_says_together() -> None:
    layout = layout_of("EMRT", "2.1")
    q1, q3, q5 = (layout.questions[key] for key in ("q1", "q3", "q5"))

    def supplier(company: str, answer: str, cid: str) -> MineralDeclaration:
        cells = head(layout, D8=company, D12="Cobalt") | {f"D{q1}": "Yes", f"D{q1 + 12}": "Yes", f"D{q3}": answer}
        return read(
            open_workbook(
                workbook("EMRT", "2.1", cells, [{"A": cid, "B": "Cobalt", "C": "x", "D": "X", "E": "FINLAND"}])
            )
        ).declaration

    newest_first = [
        supplier("A", "No", "CID900001"),
        supplier("B", "Unknown", "CID900001"),
        supplier("a", "Yes", "CID900002"),
    ]
    latest = newest_of_each(newest_first)
    assert [one.respondent["company"] for one in latest] == ["A", "B"]
    conflict = msgspec.structs.replace(newest_first[0], family="CMRT")
    nameless = [msgspec.structs.replace(latest[0], respondent={}, sha256=mark) for mark in ("1", "2")]
    assert newest_of_each([conflict, *latest, *nameless]) == [conflict, *latest, *nameless]  # a CMRT hides no EMRT
    with pytest.raises(TemplateUnsupported, match="separately"):
        merge("EMRT", [conflict, *latest], 3)
    own = workbook("EMRT", "2.1", head(layout, D8="Own KK", D12="Cobalt") | {f"D{q1}": "No"})
    filled, company = fill_from_suppliers(own, latest, 4)
    found = read(open_workbook(filled)).declaration
    cobalt = found.minerals[0].answers
    assert (company, found.respondent["company"]) == ("Own KK", "Own KK")
    assert cobalt["q1"].value == "No"  # one's own knowledge stays
    assert cobalt["q3"].value == "Unknown"  # the worst that suppliers say now
    assert cobalt["q5"].value == "50% or less"  # two of four
    assert [row.cid for row in found.smelters] == ["CID900001"]
    assert q5
    with pytest.raises(TemplateUnsupported):
        fill_from_suppliers(own, [], 4)


def test_questions_are_worded_by_the_users_own_template() -> None:
    layout = layout_of("CMRT", "6.5")
    book = workbook(
        "CMRT",
        "6.5",
        head(layout),
        texts={"DeclarationB25": ("Q1 in English", "質問1"), "DeclarationB75": ("A", "方針")},
    )
    asked = read(open_workbook(book)).questions
    assert (asked["q1"].ja, asked["q1"].en, asked["a"].ja) == ("質問1", "Q1 in English", "方針")


def test_newer_conflict_minerals_templates_hold_two_thousand_products() -> None:
    last = {version: layout_of("CMRT", version) for version in ("6.01", "6.1", "6.22", "6.5")}
    assert [one.at(one.last_product, version) for version, one in last.items()] == [1002, 1002, 2007, 2007]
