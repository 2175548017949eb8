"""The vocabulary of company names: legal forms, words of trade and groups, places and countries, in many languages."""

import csv
import unicodedata
from collections.abc import Iterator
from functools import cache
from io import StringIO
from typing import NamedTuple

from babel import Locale

from meguri.diligence.screening.reading import plain, script_of, unified
from meguri.diligence.screening.rules import rule_text, screening_rules

COUNTRY_LANGUAGES = ("en", "ja", "zh", "ko", "de", "fr", "es", "pt", "it")
# What countries are also called in company names; ISO 3166-1 alpha-2.
_ALSO = {
    "JP": "nippon nihon nihonkoku japon 日本国 ジャパン 재팬",
    "CN": "prc sino zhongguo zhong guo chine 中華 中华 チャイナ 차이나",
    "KR": "korea hankook hanguk corea coree 대한민국 한국 大韓 コリア 코리아",
    "US": "usa america u.s.a. amerika ユーエスエー",
    "GB": "uk britain british england",
    "DE": "deutsche german deutschen",
    "FR": "francaise francais",
    "CD": "drc congo congolaise",
    "RU": "russia russian rossii rossiyskaya россия",
    "NL": "holland nederland netherlands dutch",
    "TR": "turkey turk",
    "ID": "indonesian",
    "BR": "brasil brazilian",
    "TW": "taiwan",
    "VN": "vietnam viet nam",
    "CZ": "czech",
    "PH": "philippine",
    "CA": "canadian",
    "AU": "australian",
    "CL": "chilena",
    "CI": "ivory coast",
}
_SINGLE_HAN = frozenset("锂钴镍铜锰铝锌锡钨钼钽钛")
_SCRIPTS_SPLIT = frozenset({"han", "kana", "hangul"})


class Meaning(NamedTuple):
    """What a word or phrase stands for: its kind, and the one name of that meaning."""

    kind: str
    canonical: str


class Vocabulary(NamedTuple):
    """Phrases in Latin letters by their words; and words in scripts that are written without spaces."""

    phrases: dict[tuple[str, ...], Meaning]
    longest: int
    signs: dict[str, Meaning]
    longest_signs: int


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
    return Vocabulary(phrases, max(map(len, phrases)), signs, max(map(len, signs)))


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


@cache
def country_names() -> dict[str, list[str]]:
    """What each country is called, by ISO 3166-1 alpha-2 code (CLDR, and what company names use besides)."""
    names: dict[str, list[str]] = {}
    for language in COUNTRY_LANGUAGES:
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha() and code not in ("EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"):
                names.setdefault(code, []).append(name.replace("’", "").replace("'", "").replace("-", " "))
    for code, also in _ALSO.items():
        names[code] += also.split() if code not in ("VN", "CI", "CN") else [also, *also.split()]
    return names


@cache
def _codes() -> dict[str, str]:
    return {plain(name.casefold()): code for code, names in country_names().items() for name in names}


@cache
def country_code(said: str | None) -> str:
    """ISO alpha-2 of a country given as code or name in any of our languages; '' where unknown."""
    word = (said or "").strip()
    if len(word) == 2 and word.isascii():
        return word.upper()
    if len(word) == 3 and word.isupper() and word.isascii():
        return _alpha3().get(word, _codes().get(plain(word.casefold()), ""))
    return _codes().get(plain(word.casefold()), "")


@cache
def _alpha3() -> dict[str, str]:
    return dict(line.split(" ") for line in rule_text("countries_alpha3.txt").splitlines())
