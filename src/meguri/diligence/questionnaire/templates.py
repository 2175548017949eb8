"""Questionnaires from their data: our own, and those that customers bring."""

import tomllib
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any, get_args

import msgspec

from meguri.diligence.errors import BadTemplate
from meguri.diligence.questionnaire.expressions import BadExpression, names_in
from meguri.diligence.questionnaire.model import Kind, Template
from meguri.diligence.taxonomy import names
from meguri.kernel.errors import FieldError
from meguri.kernel.shipped import files
from meguri.kernel.text import Text

_STEPS = frozenset(f"OECD{step}" for step in range(1, 6))
_GUIDELINES = ("JPG",)


@cache
def built_in(template_id: str = "MEGURI-DD-1", version: str = "1") -> Template:
    """A questionnaire of the rule data. Raises FileNotFoundError."""
    file = files("meguri.rules") / "diligence" / "questionnaires" / f"{template_id}.{version}.toml"
    return read_template(tomllib.loads(file.read_text(encoding="utf-8"), parse_float=Decimal))


def built_in_ids() -> list[tuple[str, str]]:
    """(id, version) of every questionnaire of the rule data."""
    folder = files("meguri.rules") / "diligence" / "questionnaires"
    stems = sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))
    return [(stem.rpartition(".")[0], stem.rpartition(".")[2]) for stem in stems]


_SAY = {
    "shape": Text(ja="形が正しくありません: {detail}", en="The shape is not right: {detail}"),
    "type": Text(
        ja="種別「{type}」は使えません。使える種別: {allowed}", en="“{type}” is no type of question. Types: {allowed}"
    ),
    "twice": Text(ja="同じキーの質問が複数あります。", en="There are several questions with this key."),
    "expression": Text(ja="式を読めません: {detail}", en="The expression cannot be read: {detail}"),
    "name": Text(ja="式の「{name}」という質問はありません。", en="“{name}” in an expression is no question."),
    "options": Text(ja="選択肢がありません。", en="Its options are missing."),
    "map": Text(
        ja="対応先「{place}」は使えません。リスク分類（A1〜C1）、OECD1〜OECD5、JPG で始まる語だけです。",
        en="“{place}” is nothing to map to: risk categories (A1 to C1), OECD1 to OECD5, or a word that begins with JPG.",
    ),
}
_KINDS = get_args(Kind)


def read_template(data: dict[str, Any]) -> Template:
    """A questionnaire from its data. Raises BadTemplate, which names every mistake."""
    if wrong := _unknown_types(data):
        raise BadTemplate(fields=tuple(wrong))
    try:
        template = msgspec.convert(data | {"valid_from": str(data.get("valid_from", ""))}, Template, strict=False)
    except msgspec.ValidationError as error:
        said, _, place = str(error).rpartition(" - at `")
        raise BadTemplate(
            fields=(FieldError(place.rstrip("`") or "$", _SAY["shape"], {"detail": said or str(error)}),)
        ) from error
    if problems := tuple(_problems(template)):
        raise BadTemplate(fields=problems)
    return template


def unmapped(template: Template) -> list[str]:
    """Questions that answer nothing which the law or a guideline asks for: kept, and scored, but in no category."""
    return [key for key, question in template.questions.items() if not question.map]


def _unknown_types(data: dict[str, Any]) -> list[FieldError]:
    sections = data.get("sections")
    questions = [
        question
        for section in (sections if isinstance(sections, list) else [])
        if isinstance(section, dict) and isinstance(section.get("questions"), list)
        for question in section["questions"]
        if isinstance(question, dict)
    ]
    return [
        FieldError(
            str(one.get("key", "?")), _SAY["type"], {"type": str(one.get("type", "")), "allowed": ", ".join(_KINDS)}
        )
        for one in questions
        if one.get("type") not in _KINDS
    ]


def _problems(template: Template) -> Iterator[FieldError]:
    keys = [question.key for section in template.sections for question in section.questions]
    yield from (FieldError(key, _SAY["twice"], {}) for key in sorted({key for key in keys if keys.count(key) > 1}))
    for question in template.questions.values():
        for expression in (question.gate, question.required):
            try:
                unknown = names_in(expression) - set(keys) if expression else set()
            except BadExpression as error:
                yield FieldError(question.key, _SAY["expression"], {"detail": str(error)})
                continue
            yield from (FieldError(question.key, _SAY["name"], {"name": name}) for name in sorted(unknown))
        if question.type in ("enum", "multi") and not question.options:
            yield FieldError(question.key, _SAY["options"], {})
        for place in question.map:
            if place not in names("categories") and place not in _STEPS and not place.startswith(_GUIDELINES):
                yield FieldError(question.key, _SAY["map"], {"place": place})
