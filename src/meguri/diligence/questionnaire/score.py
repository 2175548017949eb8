"""Which questions are asked, which answers are owed, and what answers are worth: line by line."""

from collections.abc import Collection, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from meguri.diligence.errors import BadAnswer
from meguri.diligence.questionnaire.expressions import holds
from meguri.diligence.questionnaire.model import Line, Question, Scored, Section, SectionScore, Template
from meguri.kernel.numbers import ONE, ZERO, plain

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


def check_answers(template: Template, answers: Mapping[str, Any]) -> None:
    """Every answer fits its question. Raises BadAnswer with each that does not."""
    known = template.questions
    problems = [f"{key}: no such question" for key in answers if key not in known]
    for key, value in answers.items():
        if key in known and answered(value) and (problem := _misfit(known[key], value)):
            problems.append(f"{key}: {problem}")
    if problems:
        raise BadAnswer(problems="; ".join(problems))


def _misfit(question: Question, value: Any) -> str | None:
    options = {option.key for option in question.options}
    match question.type:
        case "bool":
            return None if isinstance(value, bool) else "true or false is expected"
        case "enum":
            return None if value in options else f"one of {', '.join(sorted(options))} is expected"
        case "multi":
            fits = isinstance(value, list) and set(value) <= options
            return None if fits else f"any of {', '.join(sorted(options))} is expected"
        case "number" | "pct":
            number = _number(value)
            if number is None or (question.type == "pct" and not 0 <= number <= 100):
                return "a number is expected" if question.type == "number" else "0 to 100 is expected"
            return None
        case "date":
            return None if _is_day(value) else "YYYY-MM-DD is expected"
        case "table":
            return None if isinstance(value, list) else "a list of rows is expected"
    return None if isinstance(value, str) else "text is expected"


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
