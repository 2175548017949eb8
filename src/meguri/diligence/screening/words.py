"""The vocabulary of company names: legal forms, words of trade and groups, places and countries, in many languages."""

import csv
import unicodedata
from collections.abc import Iterator
from functools import cache
from io import StringIO
from typing import NamedTuple

from rapidfuzz.distance import OSA

from meguri.diligence.screening.countries import country_names
from meguri.diligence.screening.reading import plain, script_of, unified
from meguri.diligence.screening.rules import rule_text, screening_rules

_ORES = frozenset(
    {"cobalt", "lithium", "nickel", "copper", "manganese", "graphite", "aluminium", "zinc", "lead", "tin", "tungsten"}
    | {"molybdenum", "gold", "silver", "antimony", "rare_earth", "tantalum"}
)
_INDUSTRY = ("industry", "industries", "industrial")
_LEAST_MISSPELT = 7
_SINGLE_HAN = frozenset("锂钴镍铜锰铝锌锡钨钼钽钛铌钒镁")
_SCRIPTS_SPLIT = frozenset({"han", "kana", "hangul"})


class Meaning(NamedTuple):
    """What a word or phrase stands for: its kind, and the one name of that meaning."""

    kind: str
    canonical: str


class Vocabulary(NamedTuple):
    """Phrases in Latin letters by their words; words in scripts that are written without spaces; long legal forms by
    what is left of them without one letter."""

    phrases: dict[tuple[str, ...], Meaning]
    longest: int
    signs: dict[str, Meaning]
    longest_signs: int
    misspelt: dict[str, list[str]]

    def legal_with_a_slip(self, word: str) -> Meaning | None:
        """What a legal form with one wrong letter means: Limted, Compnay."""
        if len(word) < _LEAST_MISSPELT - 1 or (word,) in self.phrases:
            return None
        for less in (word, *_less_one(word)):
            for right in self.misspelt.get(less, ()):
                if OSA.distance(word, right, score_cutoff=1) <= 1:
                    return self.phrases[(right,)]
        return None


def _less_one(word: str) -> Iterator[str]:
    return (word[:place] + word[place + 1 :] for place in range(1, len(word)))


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary that the parameters in force name."""
    phrases: dict[tuple[str, ...], Meaning] = {}
    signs: dict[str, Meaning] = {}
    for text, meaning in _entries():
        word = unicodedata.normalize("NFKC", text.strip()).casefold()
        if not word:
            continue
        if script_of(word[0]) in _SCRIPTS_SPLIT:
            simple = unified(word)
            if len(simple) > 1 or simple in _SINGLE_HAN:
                signs.setdefault(simple, meaning)
        else:
            phrases.setdefault(tuple(plain(part) for part in word.split()), meaning)
    for parts, meaning in list(phrases.items()):
        if meaning.kind == "legal" and len(parts) == 1 and 3 <= len(parts[0]) <= 4:  # P L C
            phrases.setdefault(tuple(parts[0]), meaning)
        if meaning.kind in ("generic", "group"):
            for other in _other_number(parts[-1]):
                phrases.setdefault((*parts[:-1], other), meaning)
            if meaning.canonical in _ORES:  # 钴业 is cobalt, cobalt industry and cobalt industrial
                for industry in _INDUSTRY:
                    phrases.setdefault((*parts, industry), meaning)
    misspelt: dict[str, list[str]] = {}
    for parts, meaning in phrases.items():
        if meaning.kind == "legal" and len(parts) == 1 and len(parts[0]) >= _LEAST_MISSPELT:
            for less in (parts[0], *_less_one(parts[0])):
                misspelt.setdefault(less, []).append(parts[0])
    return Vocabulary(phrases, max(map(len, phrases)), signs, max(map(len, signs)), misspelt)


def _other_number(word: str) -> Iterator[str]:
    """The plural of an English word, and the singular where enough is left."""
    if len(word) >= 4:
        yield word[:-1] + "ies" if word.endswith("y") and word[-2] not in "aeiou" else word + "s"
    if word.endswith("s") and not word.endswith("ss") and len(word) >= 6:
        yield word[:-3] + "y" if word.endswith("ies") else word[:-1]


def _entries() -> Iterator[tuple[str, Meaning]]:
    rules = screening_rules()
    for row in csv.DictReader(StringIO(rule_text(rules.words))):
        for word in row["words"].split("|"):
            yield word, Meaning(row["kind"], row["canonical"])
    for row in csv.DictReader(StringIO(rule_text(rules.places))):
        for word in (row["canonical"], *row["words"].split("|")):
            yield word, Meaning("place", row["canonical"])
    for code, names in country_names().items():
        for word in names:
            yield word, Meaning("place", code.lower())
