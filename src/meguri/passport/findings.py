"""What is wrong with a document, or worth knowing: each with its code, its place and the rule behind it."""

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from meguri.kernel.errors import FieldError
from meguri.kernel.text import Language, Text

Level = Literal["error", "publish_error", "warning", "info"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One finding.

    code     stable, `VALUE_OUT_OF_RANGE`
    pointer  JSON pointer to the value (RFC 6901), `/critical_raw_materials/0/mass_fraction_pct`
    say      what is wrong and what to do; its places are in `values`
    legal    the rule behind it
    """

    level: Level = "error"
    code: str
    pointer: str
    say: Text
    values: dict[str, Any] = {}
    legal: str = ""

    @property
    def key(self) -> str:
        """The attribute."""
        return self.pointer.split("/")[1] if "/" in self.pointer else self.pointer

    @property
    def with_law(self) -> Text:
        """The sentence with the rule behind it."""
        if not self.legal:
            return self.say
        return Text(ja=f"{self.say.ja}（{self.legal}）", en=f"{self.say.en} ({self.legal})")

    def of(self, language: Language) -> str:
        """The sentence in `language`, with the place that it is about."""
        return f"{self.pointer}: {self.say.of(language, **self.values)}"


class FindingOut(msgspec.Struct, frozen=True, kw_only=True):
    """A finding as programs read it."""

    level: Level
    code: str
    pointer: str
    text_ja: str
    text_en: str
    legal_ref: str


def shown(finding: Finding) -> FindingOut:
    """A finding with its sentences filled in."""
    return FindingOut(
        level=finding.level,
        code=finding.code,
        pointer=finding.pointer,
        text_ja=finding.say.of("ja", **finding.values),
        text_en=finding.say.of("en", **finding.values),
        legal_ref=finding.legal,
    )


def as_fields(findings: Iterable[Finding]) -> tuple[FieldError, ...]:
    """Findings as the broken rules of a refusal, each with the law that asks for the value."""
    return tuple(FieldError(each.pointer, each.with_law, each.values) for each in findings)


def pointer(*parts: object) -> str:
    """A JSON pointer; `~` and `/` are escaped."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
