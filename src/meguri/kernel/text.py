"""Words for people: every sentence exists in Japanese and in English; what the public meets of a product, in German too."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

Language = Literal["ja", "en", "de"]
SPOKEN: tuple[Language, ...] = ("ja", "en")
"""Languages of the whole product."""
PUBLIC: tuple[Language, ...] = get_args(Language)
"""Languages of the pages that a code on a product leads to."""


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in its languages; `{name}` places are filled by `of`, with words of that language where a value is a Text.

    Where there is no German, English stands for it.
    """

    ja: str
    en: str
    de: str | None = None

    def of(self, language: Language, **values: object) -> str:
        """The sentence in `language`, with its places filled."""
        sentence = self.ja if language == "ja" else (self.de or self.en) if language == "de" else self.en
        if not values:
            return sentence
        return sentence.format(
            **{name: value.of(language) if isinstance(value, Text) else value for name, value in values.items()}
        )


def language_of(
    accept_language: str | None, offered: tuple[Language, ...] = SPOKEN, otherwise: Language = "ja"
) -> Language:
    """The best of the `offered` languages for an `Accept-Language` header.

    `otherwise` where the header says nothing; English where it names only languages that are not offered.
    """
    best: tuple[float, Language] | None = None
    names_another = False
    for place, (name, weight) in enumerate(_weighed(accept_language or "")):
        found = next((each for each in offered if each == name), None)
        names_another |= found is None and weight > 0 and name not in ("", "*")
        if found is not None and weight > 0:
            rank = weight - place * 1e-6  # equal weights: the one named first
            if best is None or rank > best[0]:
                best = (rank, found)
    return best[1] if best else "en" if names_another else otherwise


def _weighed(header: str) -> Iterator[tuple[str, float]]:
    """The languages of a header without their regions, each with its weight; one that cannot be read weighs nothing."""
    for part in header.split(","):
        tag, _, params = part.strip().partition(";")
        try:
            weight = float(params.strip().removeprefix("q=")) if params else 1.0
        except ValueError:
            weight = 0.0
        yield tag.strip().lower().partition("-")[0], weight
