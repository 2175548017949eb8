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
    word = word.replace("x", "ks").replace("sch", "s").replace("sh", "s").replace("ch", "c").replace("th", "s")
    word = _SOFT_C.sub("s", word).replace("c", "k").replace("tsu", "t").replace("ph", "f")
    return _TWICE.sub(r"\1", _SKIP.sub("", word).translate(_FOREIGN))


_PINYIN = re.compile(
    r"(?:(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?"
    r"(?:iang|iong|uang|ueng|ang|eng|ing|ong|ian|iao|uai|uan|ai|ei|ao|ou|an|en|in|un|ia|ie|iu|ua|ui|uo|ue|er|a|o|e|i|u))+"
)
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
