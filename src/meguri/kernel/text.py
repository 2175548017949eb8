"""Words for people: every sentence exists in Japanese and in English."""

from dataclasses import dataclass
from typing import Literal

Language = Literal["ja", "en"]


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in both languages; `{name}` places are filled by `of`."""

    ja: str
    en: str

    def of(self, language: Language, **values: object) -> str:
        """The sentence in `language`, with its places filled."""
        sentence = self.ja if language == "ja" else self.en
        return sentence.format(**values) if values else sentence


def language_of(accept_language: str | None) -> Language:
    """The better of our two languages for an `Accept-Language` header; Japanese unless English is preferred."""
    best: tuple[float, Language] = (0.0, "ja")
    for place, part in enumerate((accept_language or "").split(",")):
        tag, _, params = part.strip().partition(";")
        name = tag.strip().lower().partition("-")[0]
        if name not in ("ja", "en"):
            continue
        try:
            weight = float(params.strip().removeprefix("q=")) if params else 1.0
        except ValueError:
            weight = 0.0
        weight -= place * 1e-6  # equal weights: the one named first
        if weight > best[0]:
            best = (weight, "ja" if name == "ja" else "en")
    return best[1]
