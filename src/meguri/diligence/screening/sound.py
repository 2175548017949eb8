"""What is left of a Latin word when ways of spelling the same sound are made one."""

import re
from functools import lru_cache

_SAME = (
    (re.compile(r"(.)\1+"), r"\1"),
    (re.compile(r"ou|oh(?=[^aeiouy]|$)"), "o"),
    (re.compile(r"ae|ea(?=$)"), "a"),
    (re.compile(r"oe|eo"), "o"),
    (re.compile(r"ue|eu|oo"), "u"),
    (re.compile(r"ph"), "f"),
    (re.compile(r"sch|sy(?=[aou])|sh|si(?=[aou])"), "s"),
    (re.compile(r"tch|ty(?=[aou])|ch|ti(?=[aou])"), "c"),
    (re.compile(r"ts|tz"), "z"),
    (re.compile(r"zh|zy(?=[aou])|dj|dz"), "j"),
    (re.compile(r"kh"), "h"),
    (re.compile(r"ck|q(?=u)|c(?=[aoulrtk]|$)"), "k"),
    (re.compile(r"iy|ij|yi"), "i"),
    (re.compile(r"y(?=[^aeiou]|$)"), "i"),
    (re.compile(r"m(?=[bp])"), "n"),
    (re.compile(r"hu"), "fu"),
    (re.compile(r"w"), "v"),
    (re.compile(r"(.)\1+"), r"\1"),
)
_FOREIGN = str.maketrans({"l": "r", "v": "b", "q": "k", "j": "z", "g": "k", "d": "t", "p": "b", "f": "b"})
_SOFT_C = re.compile(r"c(?=[eiy])")
_SOFT_SION = re.compile(r"(?<=[aeiou])sion\b")  # vision is bijon in kana and Hangul
_HARD_CH = re.compile(r"ch(?=em|r|l)|(?<=te)ch")  # chemical, chrome, tech
_SKIP = re.compile(r"[aeiouyhw']")
_TWICE = re.compile(r"(.)\1+")


@lru_cache(maxsize=200_000)
def sound(word: str) -> str:
    """A key that is equal for spellings such as Toukyou and Tokyo, Müller and Mueller, Shimbashi and Shinbashi."""
    for pattern, one in _SAME:
        word = pattern.sub(one, word)
    return word


@lru_cache(maxsize=200_000)
def skeleton(word: str) -> str:
    """Consonants as kana and Hangul keep them: Umicore and yumikoa, Glencore and gurenkoa are nearly the same."""
    word = (
        _HARD_CH.sub("k", _SOFT_SION.sub("jon", word))
        .replace("x", "ks")
        .replace("sch", "s")
        .replace("sh", "s")
        .replace("ch", "c")
        .replace("th", "s")
    )
    word = _SOFT_C.sub("s", word).replace("c", "k").replace("tsu", "t").replace("ph", "f")
    return _TWICE.sub(r"\1", _SKIP.sub("", word).translate(_FOREIGN))


_FINAL_R = re.compile(r"(?<=[aeiou])r(?=[^aeiou]|$)")


def without_final_r(word: str) -> str:
    """A word whose syllables lose their final r, as kana and Hangul write English: port is pouto, north is nousu."""
    return _FINAL_R.sub("", word)


# Finals by initial, as Hanyu Pinyin has them: "co" or "se i" are not Chinese, "ke" and "sai" are.
_FINALS = (
    ("b p m", "a o ai ei ao an en ang eng i ie iao ian in ing u"), ("p m", "ou"), ("m", "e iu"),
    ("f", "a o ei ou an en ang eng u"), ("d t n l", "a e ai ao ou an ang eng ong i ie iao ian ing u uo uan"),
    ("d n l", "ei iu"), ("d n", "en"), ("d t", "ui un"), ("n l", "in iang ue"), ("l", "ia un"),
    ("g k h", "a e ai ei ao ou an en ang eng ong u ua uo uai ui uan un uang"),
    ("j q x", "i ia ie iao iu ian in iang ing iong u ue uan un"),
    ("zh ch sh", "a e ai ao ou an en ang eng i u ua uo uai ui uan un uang"), ("zh sh", "ei"), ("zh ch", "ong"),
    ("z c s", "a e ai ao ou an en ang eng ong i u uo ui uan un"), ("z", "ei"),
    ("r", "e ao ou an en ang eng ong i u uo ui uan un"),
    ("y", "a e ao ou an ang ong i in ing u ue uan un"), ("w", "a o ai ei an en ang eng u"),
)  # fmt: skip
_SYLLABLES = {"a", "o", "e", "ai", "ei", "ao", "ou", "an", "en", "ang", "eng", "er"} | {
    initial + final for initials, finals in _FINALS for initial in initials.split() for final in finals.split()
}


def pinyin_syllables() -> frozenset[str]:
    """Every syllable of Hanyu Pinyin, without tones."""
    return frozenset(_SYLLABLES)


_ONE_PINYIN = "(?:" + "|".join(sorted(_SYLLABLES, key=lambda one: (-len(one), one))) + ")"
SYLLABLE = re.compile(_ONE_PINYIN)
_PINYIN = re.compile(f"(?:{_ONE_PINYIN})+")
_ROMAJI = re.compile(r"(?:(?:[kgsztdnhbpmrwfj]y?|ky|sh|ch|ts|y)?[aeiou]|n(?![aeiouy])|(?<=[aeiou])[kstp](?=[kstpc]))+")


@lru_cache(maxsize=100_000)
def syllables(word: str) -> str:
    """`zh`, `ja`, both or neither: in which of the two a word is made of whole syllables."""
    return ("zh" if _PINYIN.fullmatch(word) else "") + ("ja" if _ROMAJI.fullmatch(word) else "")


_SHORT = {"zh": 8, "ja": 5}  # in longer words one wrong letter is a slip more often than another name


def other_syllable(a: str, b: str) -> bool:
    """Two words of whole Chinese or Japanese syllables, short and equally long: rather two names than a slip of the pen."""
    if len(a) != len(b):
        return False
    return any(
        len(a) <= longest and tongue in syllables(a) and tongue in syllables(b) for tongue, longest in _SHORT.items()
    )
