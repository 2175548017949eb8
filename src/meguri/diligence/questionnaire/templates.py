"""Questionnaires from files: our own, and those that customers bring (TOML, JSON)."""

import tomllib
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from meguri.diligence.errors import BadTemplate
from meguri.diligence.questionnaire.expressions import BadExpression, names_in
from meguri.diligence.questionnaire.model import Template
from meguri.diligence.taxonomy import names

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


def read_template(data: dict[str, Any]) -> Template:
    """A questionnaire from its data. Raises BadTemplate, which names every mistake."""
    try:
        template = msgspec.convert(data | {"valid_from": str(data.get("valid_from", ""))}, Template, strict=False)
    except msgspec.ValidationError as error:
        raise BadTemplate(problems=str(error)) from error
    if problems := list(_problems(template)):
        raise BadTemplate(problems="; ".join(problems))
    return template


def _problems(template: Template) -> Iterator[str]:
    keys = [question.key for section in template.sections for question in section.questions]
    yield from sorted({f"{key}: more than once" for key in keys if keys.count(key) > 1})
    for question in template.questions.values():
        for expression in (question.gate, question.required):
            try:
                unknown = names_in(expression) - set(keys) if expression else set()
            except BadExpression as error:
                yield f"{question.key}: {error}"
                continue
            yield from (f"{question.key}: “{name}” is no question" for name in sorted(unknown))
        if question.type in ("enum", "multi") and not question.options:
            yield f"{question.key}: options are missing"
        for place in question.map:
            if place not in names("categories") and place not in _STEPS and not place.startswith(_GUIDELINES):
                yield f"{question.key}: “{place}” is mapped to nothing known"
