"""A questionnaire: sections of questions, each mapped to what the law and the guidelines ask for."""

from decimal import Decimal
from typing import Annotated, Literal

import msgspec

Kind = Literal["bool", "enum", "multi", "number", "pct", "date", "text", "file", "table"]


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """Words in both languages."""

    ja: str
    en: str


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """One choice. `score`: what it is worth, 0–1."""

    key: str
    ja: str
    en: str
    score: Decimal | None = None


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One question.

    per        what it is asked about
    gate       expression over other answers: asked only if true ("" = always)
    required   expression: an answer is owed if true ("true", "false")
    evidence   whether a file or attestation must stand behind a "good" answer
    map        what it answers: Annex X category (A1…C1), `OECD1`…`OECD5`, `JPG3`…
    weight     share in its section's score; 0: not scored
    good       for yes-or-no questions: the answer that scores 1
    full       for numbers and percentages: from here on the score is 1
    """

    key: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,60}$")]
    ja: str
    en: str
    type: Kind
    options: tuple[Option, ...] = ()
    per: Literal["company", "site", "product", "material"] = "company"
    gate: str = ""
    required: str = "true"
    evidence: Literal["none", "optional", "required"] = "none"
    map: tuple[str, ...] = ()
    weight: Decimal = Decimal(1)
    good: bool = True
    full: Decimal = Decimal(100)


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """Questions that belong together."""

    key: str
    ja: str
    en: str
    questions: tuple[Question, ...]
    weight: Decimal = Decimal(1)


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a questionnaire."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,60}$")]
    version: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
    title: Said
    sections: tuple[Section, ...]
    source: str = ""
    status: str = "adopted"
    valid_from: str = ""

    @property
    def questions(self) -> dict[str, Question]:
        """Every question by its key."""
        return {question.key: question for section in self.sections for question in section.questions}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """How one question was scored, and why. `score` None: not asked or not scored."""

    key: str
    asked: bool
    required: bool
    answered: bool
    score: Decimal | None
    weight: Decimal
    reason: str


class SectionScore(msgspec.Struct, frozen=True, kw_only=True):
    """Weighted mean of a section's lines, 0–100."""

    key: str
    score: Decimal | None
    lines: tuple[Line, ...]


class Scored(msgspec.Struct, frozen=True, kw_only=True):
    """The score of a whole response with every term."""

    template: str
    version: str
    score: Decimal | None
    complete_pct: Decimal
    missing: tuple[str, ...]
    sections: tuple[SectionScore, ...]
