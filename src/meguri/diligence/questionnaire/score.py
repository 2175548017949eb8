"""Which questions are asked, which answers are owed, and what answers are worth: line by line."""

from collections.abc import Collection, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from meguri.diligence.errors import BadAnswer
from meguri.diligence.questionnaire.expressions import holds
from meguri.diligence.questionnaire.model import Line, Question, Scored, Section, SectionScore, Template
from meguri.kernel.errors import FieldError
from meguri.kernel.numbers import ONE, ZERO, plain
from meguri.kernel.text import Text

HALF = Decimal("0.5")


def is_asked(question: Question, answers: Mapping[str, Any]) -> bool:
    """Whether the gate is open."""
    return not question.gate or holds(question.gate, answers)


def required_keys(template: Template, answers: Mapping[str, Any]) -> list[str]:
    """Questions that owe an answer, given the others."""
    return [
        key
        for key, one in template.questions.items()
        if is_asked(one, answers) and holds(one.required or "false", answers)
    ]


def answered(value: Any) -> bool:
    """Whether anything was said."""
    return value is not None and value != "" and value != []


_SAY = {
    "unknown": Text(ja="質問「{key}」はこの質問票にありません。", en="There is no question “{key}”."),
    "bool": Text(
        ja="「はい」か「いいえ」（true か false）で答えてください。", en="Please answer yes or no (true or false)."
    ),
    "enum": Text(ja="次のいずれか1つを選んでください: {choices}", en="Please choose one of: {choices}"),
    "multi": Text(ja="次の中から選んでください: {choices}", en="Please choose any of: {choices}"),
    "number": Text(ja="数値で答えてください。", en="Please give a number."),
    "pct": Text(ja="0〜100の数値で答えてください。", en="Please give a number from 0 to 100."),
    "date": Text(ja="2026-04-01 の形の日付で答えてください。", en="Please give a day written as 2026-04-01."),
    "table": Text(ja="行の一覧で答えてください。", en="Please give a list of rows."),
    "text": Text(ja="文字で答えてください。", en="Please answer in words."),
}


def check_answers(template: Template, answers: Mapping[str, Any]) -> None:
    """Every answer fits its question. Raises BadAnswer with each that does not."""
    known = template.questions
    wrong = [FieldError(key, _SAY["unknown"], {"key": key}) for key in answers if key not in known]
    for key, value in answers.items():
        if key in known and answered(value) and (what := _misfit(known[key], value)):
            choices = ", ".join(sorted(option.key for option in known[key].options))
            wrong.append(FieldError(key, _SAY[what], {"choices": choices}))
    if wrong:
        raise BadAnswer(fields=tuple(wrong))


def _misfit(question: Question, value: Any) -> str | None:
    options = {option.key for option in question.options}
    match question.type:
        case "bool":
            return None if isinstance(value, bool) else "bool"
        case "enum":
            return None if isinstance(value, str) and value in options else "enum"
        case "multi":
            fits = isinstance(value, list) and all(isinstance(one, str) and one in options for one in value)
            return None if fits else "multi"
        case "number" | "pct":
            number = _number(value)
            if number is None or (question.type == "pct" and not 0 <= number <= 100):
                return question.type
            return None
        case "date":
            return None if _is_day(value) else "date"
        case "table":
            return None if isinstance(value, list) else "table"
    return None if isinstance(value, str) else "text"


def _number(value: Any) -> Decimal | None:
    try:
        found = Decimal(str(value)) if not isinstance(value, bool) else None
    except InvalidOperation:
        return None
    return found if found is not None and found.is_finite() else None


def _is_day(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(date.fromisoformat(value))
    except ValueError:
        return False


def score(template: Template, answers: Mapping[str, Any], evidence: Collection[str] = ()) -> Scored:
    """What the answers are worth. `evidence`: keys behind which valid evidence stands."""
    sections = [_section(section, answers, evidence) for section in template.sections]
    weights = {section.key: section.weight for section in template.sections}
    whole = sum((weights[one.key] for one in sections if one.score is not None), ZERO)
    total = sum((weights[one.key] * one.score for one in sections if one.score is not None), ZERO)
    owed = required_keys(template, answers)
    missing = tuple(key for key in owed if not answered(answers.get(key)))
    return Scored(
        template=template.id,
        version=template.version,
        score=_rounded(total / whole) if whole else None,
        complete_pct=_rounded(Decimal(100 * (len(owed) - len(missing))) / len(owed)) if owed else Decimal(100),
        missing=missing,
        sections=tuple(sections),
    )


def _section(section: Section, answers: Mapping[str, Any], evidence: Collection[str]) -> SectionScore:
    lines = tuple(_line(question, answers, evidence) for question in section.questions)
    scored = [line for line in lines if line.score is not None and line.weight > 0]
    whole = sum((line.weight for line in scored), ZERO)
    total = sum((line.weight * (line.score or ZERO) for line in scored), ZERO)
    return SectionScore(key=section.key, score=_rounded(100 * total / whole) if whole else None, lines=lines)


def _line(question: Question, answers: Mapping[str, Any], evidence: Collection[str]) -> Line:
    asked = is_asked(question, answers)
    required = asked and holds(question.required or "false", answers)
    value = answers.get(question.key)
    said = answered(value)
    worth, reason = _worth(question, value) if asked and said else (None, "")
    if not asked:
        reason = "not asked"
    elif not said:
        worth, reason = (ZERO, "required and not answered") if required and question.weight else (None, "not answered")
    elif worth is not None and question.evidence == "required" and worth > 0 and question.key not in evidence:
        worth, reason = worth * HALF, f"{reason}; evidence is missing or expired: half"
    return Line(
        key=question.key,
        asked=asked,
        required=required,
        answered=said,
        score=worth,
        weight=question.weight,
        reason=reason,
    )


def _worth(question: Question, value: Any) -> tuple[Decimal | None, str]:
    """0–1 and the reason; None: not scored."""
    if not question.weight:
        return None, "not scored"
    match question.type:
        case "bool":
            return (ONE if value == question.good else ZERO), f"answer: {'yes' if value else 'no'}"
        case "enum":
            worth = next((option.score for option in question.options if option.key == value), None)
            return worth, f"answer: {value}"
        case "multi":
            scores = {option.key: option.score or ZERO for option in question.options}
            return min(ONE, sum((scores.get(one, ZERO) for one in value), ZERO)), f"{len(value)} chosen"
        case "number" | "pct":
            number = _number(value) or ZERO
            return min(ONE, max(ZERO, number / question.full)), f"{plain(number)} of {plain(question.full)}"
    return ONE, "answered"


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"), ROUND_HALF_UP)
