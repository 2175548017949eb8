"""Which country a cell means: a code, or a name in one of several languages, as lists and templates write it."""

import csv
import re
import unicodedata
from functools import cache, lru_cache
from io import StringIO

from babel import Locale

from meguri.diligence.screening.reading import plain
from meguri.diligence.screening.rules import rule_text

COUNTRY_LANGUAGES = ("en", "ja", "zh", "ko", "de", "fr", "es", "pt", "it")
# What countries are also called in company names; ISO 3166-1 alpha-2.
_ALSO = {
    "JP": "nippon nihon nihonkoku japon 日本国 ジャパン 재팬",
    "CN": "prc sino zhongguo zhong guo chine 中華 中华 チャイナ 차이나",
    "KR": "korea hankook hanguk corea coree koryo 대한민국 한국 고려 大韓 高麗 コリア 코리아",
    "US": "usa america u.s.a. amerika ユーエスエー",
    "GB": "uk britain british england",
    "DE": "deutsche german deutschen deutscher",
    "FR": "francaise francais",
    "CD": "drc congo congolaise 刚果 剛果 콩고 コンゴ",
    "RU": "russia russian rossii rossiyskaya россия российская",
    "NL": "holland nederland netherlands dutch",
    "TR": "turkey turk",
    "ID": "indonesian 印尼",
    "BR": "brasil brazilian brasileira brasileiro",
    "TW": "taiwan",
    "VN": "vietnam viet nam",
    "CZ": "czech",
    "PH": "philippine",
    "CA": "canadian canadienne",
    "AU": "australian",
    "CL": "chilena chilean",
    "PL": "polish polski",
    "CH": "swiss suisse schweizer schweizerische",
    "IT": "italian italiana",
    "MX": "mexican mexicana mexicano",
    "NO": "norwegian norsk",
    "SE": "swedish svenska",
    "FI": "finnish suomen",
    "BE": "belgian belge",
    "IN": "indian bharat",
    "MY": "malaysian",
    "TH": "thai",
    "ZM": "zambian",
    "PE": "peruvian peruana",
    "CI": "ivory coast",
}
_EITHER = (
    "Congo",
    "Kongo",
    "コンゴ",
    "刚果",
    "剛果",
    "콩고",
)  # two countries are called so, and the difference matters here
_OTHER_CODES = {"UK": "GB", "EL": "GR"}  # how the European Union writes them
_FORMAL = re.compile(
    r"\b(?:the|republic|peoples?|kingdom|state|federal|democratic|islamic|socialist|commonwealth|sultanate|principality"
    r"|arab|bolivarian|plurinational|federation|grand duchy|of)\b|共和国|王国|공화국|연방"
)
_MARKS = re.compile(r"[^\w\s]|_")


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


def country_name(code: str, language: str) -> str:
    """What readers of a language call a country; its code where they have no word for it."""
    return str(Locale(language).territories.get(code, code))


def _key(said: str) -> str:
    """A name of a country without marks, accents and capitals."""
    text = unicodedata.normalize("NFKC", said).casefold().replace("’", "'").replace("'", "")
    return " ".join(plain(word) for word in _MARKS.sub(" ", text).split())


@cache
def _codes() -> dict[str, str]:
    codes = {_key(name): code for code, names in country_names().items() for name in names}
    for row in csv.DictReader(StringIO(rule_text("country_names.txt")), delimiter="\t"):
        codes |= {_key(name): row["code"] for name in row["names"].split("|")}
    return {name: code for name, code in codes.items() if name not in map(_key, _EITHER)}


@lru_cache(maxsize=20_000)
def country_code(said: str | None) -> str:
    """ISO alpha-2 of a country given as code or name in any of our languages; '' where unknown.

    A formal name ("X, Republic of", "Kingdom of X", "X (the)") is that of X unless it is listed on its own: the two
    Congos and the two Koreas are.
    """
    word = unicodedata.normalize("NFKC", said or "").strip()
    if len(word) == 2 and word.isascii() and word.isalpha():
        code = _OTHER_CODES.get(word.upper(), word.upper())
        return code if code in country_names() else ""
    if len(word) == 3 and word.isascii() and (of_three := _alpha3().get(word.upper())):
        return of_three
    codes = _codes()
    ways = (word, _FORMAL.sub(" ", word.casefold().replace("'", "")), re.split(r"[,(]", word)[0])
    return next((codes[key] for key in map(_key, ways) if key in codes), "")


@cache
def _alpha3() -> dict[str, str]:
    return dict(line.split(" ") for line in rule_text("countries_alpha3.txt").splitlines())
