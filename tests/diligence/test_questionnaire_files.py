"""Customers' questionnaires from files: what they ask, and what is wrong with them."""

import io
import json

import pytest
import xlsxwriter

from meguri.diligence.errors import BadTemplate
from meguri.diligence.questionnaire import read_template, unmapped
from meguri.diligence.questionnaire.files import COLUMNS, data_of
from meguri.traceability.sheet.reading import SheetHeadings

YAML = """
id: SAQ-OEM
version: "3"
title: {ja: 取引先質問票, en: Supplier questionnaire}
sections:
  - key: labour
    ja: 労働
    en: Labour
    questions:
      - {key: policy, ja: 方針はありますか, en: Is there a policy, type: bool, map: [OECD1], weight: 2}
      - {key: audits, ja: 監査の頻度, en: How often audited, type: enum, gate: policy == true,
         options: [{key: yearly, ja: 毎年, en: Yearly, score: 1}, {key: never, ja: なし, en: Never, score: 0}]}
"""
ROWS = [
    ["SAQ-OEM", "3", "取引先質問票", "Supplier questionnaire", "labour", "労働", "Labour", "policy", "方針はありますか",
     "Is there a policy", "bool", "", "", "", "", "", "OECD1", "2", ""],
    ["", "", "", "", "labour", "", "", "audits", "監査の頻度", "How often audited", "enum",
     "yearly=毎年|Yearly|1;never=なし|Never|0", "", "policy == true", "", "", "", "", ""],
]  # fmt: skip


def book(rows: list[list[str]]) -> bytes:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return made.getvalue()


def test_yaml_json_and_a_workbook_say_the_same_questionnaire() -> None:
    from_yaml = read_template(data_of(YAML.encode(), "saq.yaml"))
    from_json = read_template(data_of(json.dumps(data_of(YAML.encode(), "saq.yml")).encode(), "saq.JSON"))
    heads = [column.heading.ja for column in COLUMNS]
    from_book = read_template(data_of(book([heads, *ROWS]), "saq.xlsx"))
    assert from_yaml == from_json == from_book
    assert unmapped(from_yaml) == ["audits"]
    assert from_yaml.questions["audits"].options[0].score == 1


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"a: &a [x]\nb: *a\n", "bomb.yaml"),
        (b"!!python/object/apply:os.system ['true']", "run.yaml"),
        (b"id: [", "broken.yaml"),
        (b"- one\n- two\n", "list.yaml"),
        (b"{", "broken.json"),
        (b"[" * 100_000, "deep.json"),
        (b"\xff\xfe\x00", "binary.yaml"),
        (b"x" * (2 << 20) + b"y", "huge.yaml"),
    ],
)
def test_a_file_that_is_no_questionnaire_is_refused_with_what_to_do(content: bytes, name: str) -> None:
    with pytest.raises(BadTemplate) as refused:
        data_of(content, name)
    assert "YAML" in refused.value.fields[0].of("ja")


def test_unknown_types_are_all_named_with_their_questions() -> None:
    data = data_of(YAML.replace("type: bool", "type: slider").replace("type: enum", "type: stars").encode(), "saq.yaml")
    with pytest.raises(BadTemplate) as refused:
        read_template(data)
    assert [(one.field, one.values["type"]) for one in refused.value.fields] == [
        ("policy", "slider"),
        ("audits", "stars"),
    ]


def test_a_table_without_its_headings_says_which() -> None:
    with pytest.raises(SheetHeadings):
        data_of(book([["key", "ja"], ["a", "b"]]), "saq.xlsx")
