"""Questionnaires: gates, required answers, scores line by line."""
# ruff: noqa: E501

from decimal import Decimal as D
from typing import Any

import pytest

from meguri.diligence.errors import BadAnswer, BadTemplate
from meguri.diligence.questionnaire import built_in, check_answers, read_template, required_keys, score
from meguri.diligence.questionnaire.expressions import BadExpression, holds, names_in
from meguri.diligence.taxonomy import names


def small(**question: Any) -> dict[str, Any]:
    base = {"key": "audited", "ja": "監査", "en": "Audited?", "type": "bool"}
    return {
        "id": "T", "version": "1", "title": {"ja": "題", "en": "Title"},
        "sections": [{"key": "s", "ja": "節", "en": "S", "questions": [
            {"key": "cahra", "ja": "高リスク", "en": "High risk?", "type": "enum",
             "options": [{"key": "yes", "ja": "有", "en": "Yes", "score": "0.5"}, {"key": "no", "ja": "無", "en": "No", "score": "1"}]},
            base | question,
        ]}],
    }  # fmt: skip


def test_the_built_in_questionnaire_has_ten_sections_each_question_mapped() -> None:
    template = built_in()
    assert len(template.sections) == 10
    mapped = {place for question in template.questions.values() for place in question.map}
    assert set(names("categories")) - {"A6"} <= mapped
    assert {f"OECD{step}" for step in range(1, 6)} <= mapped
    assert all(question.map and question.ja and question.en for question in template.questions.values())


def test_a_gate_decides_whether_a_question_is_asked_and_owed() -> None:
    template = read_template(small(gate='cahra == "yes"'))
    assert required_keys(template, {"cahra": "no"}) == ["cahra"]
    assert required_keys(template, {"cahra": "yes"}) == ["cahra", "audited"]
    lines = {line.key: line for line in score(template, {"cahra": "no"}).sections[0].lines}
    assert (lines["audited"].asked, lines["audited"].score, lines["audited"].reason) == (False, None, "not asked")


def test_missing_counts_nothing_and_missing_evidence_halves() -> None:
    template = read_template(small(evidence="required"))
    assert score(template, {"cahra": "no"}).score == D("50.0")
    assert score(template, {"cahra": "no", "audited": True}).score == D("75.0")
    whole = score(template, {"cahra": "no", "audited": True}, evidence={"audited"})
    assert (whole.score, whole.complete_pct, whole.missing) == (D("100.0"), D("100.0"), ())


@pytest.mark.parametrize(
    ("text", "answers", "value"),
    [
        ("a == true and b in ['x', 'y']", {"a": True, "b": "x"}, True),
        ("not a or b > 3", {"a": True, "b": 4}, True),
        ("b > 3", {}, False),
        ("a != none", {"a": 0}, True),
        ('"x" in a', {"a": ["x"]}, True),
        ("1 < b <= 3", {"b": 3}, True),
    ],
)
def test_expressions_compare_answers(text: str, answers: dict[str, Any], value: bool) -> None:
    assert holds(text, answers) is value


@pytest.mark.parametrize(
    "text", ["__import__('os')", "a.b", "a[0]", "lambda: 1", "a + 1", "(" * 400, "f'{a}'", "a if b else c", "x" * 501]
)
def test_an_expression_with_anything_else_is_refused(text: str) -> None:
    with pytest.raises(BadExpression):
        names_in(text)


@pytest.mark.parametrize(
    "question",
    [
        {"type": "essay"},
        {"gate": "nothing_here == 1"},
        {"gate": "open('x')"},
        {"map": ["Z9"]},
        {"type": "enum"},
        {"key": "cahra"},
    ],
)
def test_a_questionnaire_with_mistakes_is_refused_naming_them(question: dict[str, Any]) -> None:
    with pytest.raises(BadTemplate) as refused:
        read_template(small(**question))
    assert all(one.of("ja") != one.of("en") for one in refused.value.fields)
    assert refused.value.fields


@pytest.mark.parametrize("answers", [{"cahra": "perhaps"}, {"cahra": ["no"]}, {"audited": "yes"}, {"nothing": 1}])
def test_answers_that_do_not_fit_are_named(answers: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer) as refused:
        check_answers(read_template(small()), answers)
    assert [one.field for one in refused.value.fields] == list(answers)
    assert "{" not in refused.value.fields[0].of("ja")
