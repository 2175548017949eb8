"""How names in other scripts are read in Latin letters: kana, Hangul, Chinese and Japanese characters, and the rest.

Romanisations: Hepburn for kana; the Revised Romanisation of Korean; Hanyu Pinyin without tones.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache
from itertools import islice, pairwise, product
from typing import TYPE_CHECKING, Literal

from anyascii import anyascii

from meguri.diligence.screening.rules import rule_text

if TYPE_CHECKING:
    from sudachipy import Tokenizer

Script = Literal["latin", "han", "kana", "hangul", "other"]
Tongue = Literal["ja", "zh", ""]

_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_INITIALS = ("g", "kk", "n", "d", "tt", "r", "m", "b", "pp", "s", "ss", "", "j", "jj", "ch", "k", "t", "p", "h")
_VOWELS = (
    "a", "ae", "ya", "yae", "eo", "e", "yeo", "ye", "o", "wa", "wae",
    "oe", "yo", "u", "wo", "we", "wi", "yu", "eu", "ui", "i",
)  # fmt: skip
_FINALS = (
    "", "k", "k", "k", "n", "n", "n", "t", "l", "k", "m", "l", "l", "l",
    "p", "l", "m", "p", "p", "t", "t", "ng", "t", "t", "k", "t", "p", "t",
)  # fmt: skip
_MOST_READINGS = 6
_LEVEL_1 = (b"\x88\x9f", b"\x98\x72")  # the kanji in general use, JIS X 0208 level 1, in Shift_JIS
_ADJECTIVE = re.compile(r"sk(?:ii|iy|aya|aia|oe|oye|ie|iye|ogo)$")
_LEAST_STEM = 3
_CARRIED = {"k": "g", "t": "d", "p": "b", "l": "r"}


def script_of(sign: str) -> Script:
    """The script of one character."""
    code = ord(sign)
    if 0x4E00 <= code <= 0x9FFF or 0x3400 <= code <= 0x4DBF or sign in "々〆" or 0xF900 <= code <= 0xFAFF:
        return "han"
    if 0x3040 <= code <= 0x30FF:
        return "kana"
    if 0xAC00 <= code <= 0xD7A3:
        return "hangul"
    if code < 0x250 or 0x1E00 <= code < 0x1F00:
        return "latin"
    return "other"


@lru_cache(maxsize=200_000)
def plain(word: str) -> str:
    """A word of any alphabet in unaccented small Latin letters and digits."""
    if word.isascii():
        return word
    bare = unicodedata.normalize("NFKD", word.translate(_LETTERS))
    bare = "".join(sign for sign in bare if not unicodedata.combining(sign))
    if not bare.isascii():
        bare = anyascii(bare).casefold().replace("'", "")
    return bare


@cache
def _one_form() -> dict[int, str]:
    return {ord(other): group[0] for group in rule_text("han_forms.txt").split() for other in group[1:]}


def unified(text: str) -> str:
    """Traditional and Japanese character forms as the simplified ones, so that they compare equal."""
    return text.translate(_one_form())


@lru_cache(maxsize=100_000)
def korean(text: str) -> str:
    """Hangul by the Revised Romanisation (a final is carried over to a following vowel)."""
    syllables = [(*divmod(ord(sign) - 0xAC00, 588), (ord(sign) - 0xAC00) % 28) for sign in text]
    read = []
    for (initial, rest, final), following in zip(syllables, [*syllables[1:], None], strict=False):
        end = _FINALS[final]
        if following is not None and _INITIALS[following[0]] == "":
            end = _CARRIED.get(end, end)
        read.append(_INITIALS[initial] + _VOWELS[rest // 28] + end)
    return "".join(read)


@lru_cache(maxsize=100_000)
def chinese(text: str) -> frozenset[str]:
    """Chinese characters in Pinyin, joined; every reading where a character has several (at most six)."""
    from pypinyin import Style, lazy_pinyin, pinyin  # its dictionaries are large: only when a Chinese name comes by

    ways = [
        list(dict.fromkeys(readings_))
        for readings_ in pinyin(unified(text), Style.NORMAL, heteronym=True, errors="ignore")
    ]
    every = {"".join(lazy_pinyin(unified(text), errors="ignore"))}
    return frozenset(every | {"".join(way) for way in islice(product(*ways), _MOST_READINGS)}) - {""}


@cache
def _tokenizer() -> "Tokenizer":
    import sudachipy  # loads a dictionary: only when a Japanese name comes by

    return sudachipy.Dictionary(dict="small").tokenizer(sudachipy.SplitMode.C)


@cache
def _current() -> dict[int, str]:
    """Variants of kanji as the form that JIS level 1 has, which a dictionary knows: 髙 as 高, 澤 as 沢."""
    found: dict[int, str] = {}
    for group in rule_text("han_forms.txt").split():
        if now := next((sign for sign in group if _is_current(sign)), ""):
            found |= {ord(sign): now for sign in group if not _is_current(sign)}
    return found


def _is_current(sign: str) -> bool:
    return _LEVEL_1[0] <= sign.encode("shift_jis", "ignore") <= _LEVEL_1[1]


@lru_cache(maxsize=100_000)
def japanese(text: str) -> str:
    """Kanji and kana in Hepburn letters, as a dictionary reads them; '' where it does not know a word."""
    read = []
    for word in _tokenizer().tokenize(text.translate(_current())):
        reading = word.reading_form()
        if not reading or any(script_of(sign) != "kana" for sign in reading):
            return ""
        read.append(kana(reading))
    return "".join(read)


_KANA = {
    "ア": "a", "イ": "i", "ウ": "u", "エ": "e", "オ": "o", "カ": "ka", "キ": "ki", "ク": "ku", "ケ": "ke", "コ": "ko",
    "サ": "sa", "シ": "shi", "ス": "su", "セ": "se", "ソ": "so", "タ": "ta", "チ": "chi", "ツ": "tsu", "テ": "te", "ト": "to",
    "ナ": "na", "ニ": "ni", "ヌ": "nu", "ネ": "ne", "ノ": "no", "ハ": "ha", "ヒ": "hi", "フ": "fu", "ヘ": "he", "ホ": "ho",
    "マ": "ma", "ミ": "mi", "ム": "mu", "メ": "me", "モ": "mo", "ヤ": "ya", "ユ": "yu", "ヨ": "yo",
    "ラ": "ra", "リ": "ri", "ル": "ru", "レ": "re", "ロ": "ro", "ワ": "wa", "ヰ": "i", "ヱ": "e", "ヲ": "o", "ン": "n",
    "ガ": "ga", "ギ": "gi", "グ": "gu", "ゲ": "ge", "ゴ": "go", "ザ": "za", "ジ": "ji", "ズ": "zu", "ゼ": "ze", "ゾ": "zo",
    "ダ": "da", "ヂ": "ji", "ヅ": "zu", "デ": "de", "ド": "do", "バ": "ba", "ビ": "bi", "ブ": "bu", "ベ": "be", "ボ": "bo",
    "パ": "pa", "ピ": "pi", "プ": "pu", "ペ": "pe", "ポ": "po", "ヴ": "vu", "ヵ": "ka", "ヶ": "ke", "ー": "",
}  # fmt: skip
_SMALL = {"ャ": "ya", "ュ": "yu", "ョ": "yo", "ァ": "a", "ィ": "i", "ゥ": "u", "ェ": "e", "ォ": "o"}


@lru_cache(maxsize=100_000)
def kana(text: str) -> str:
    """Kana in Hepburn letters without marks of length."""
    katakana = "".join(chr(ord(sign) + 0x60) if 0x3041 <= ord(sign) <= 0x3096 else sign for sign in text)
    read = ""
    for sign, following in pairwise(katakana + " "):
        if sign in _SMALL:
            read = _contracted(read, _SMALL[sign])
        elif sign == "ッ":
            read += _KANA.get(following, "")[:1]
        else:
            read += _KANA.get(sign, "")
    return read


def _contracted(read: str, small: str) -> str:
    """`ki` + ya = kya; `shi` + ya = sha; `fu` + a = fa."""
    stem = read[:-1] if read[-1:] in ("i", "u", "e", "o") else read
    if small.startswith("y") and stem.endswith(("sh", "ch", "j")):
        return stem + small[1:]
    return stem + small


def without_adjective(word: str) -> frozenset[str]:
    """A Latin word and, where it ends as a Russian adjective of a place does, what it may come from: Ulbinskii, Ulba."""
    stem = _ADJECTIVE.sub("", word)
    if stem == word or len(stem) < _LEAST_STEM:
        return frozenset({word})
    short = stem.removesuffix("in")
    return frozenset(
        {word, stem + "sk", stem} | ({short + "a"} if short != stem and len(short) >= _LEAST_STEM else set())
    )


def readings(text: str, script: Script, tongue: Tongue) -> frozenset[str]:
    """How a word that is not in Latin letters may be read in them."""
    if script == "hangul":
        read = korean(text)  # companies often write Young and Sung for what is yeong and seong by the rules
        return frozenset({read, read.replace("yeo", "you").replace("eo", "u"), _spelled(text, korean)})
    if script == "kana":
        read = kana(text)
        open_end = read[:-1] + "re" if read.endswith("oa") else read  # コア is core
        return frozenset({read, open_end, _spelled(text, kana)} - {""})
    if script == "han":
        ways = set(chinese(text)) if tongue != "ja" else set()
        ways |= {japanese(text)} if tongue != "zh" else set()
        if tongue == "ja" and len(text) in (2, 3):  # a name not in the dictionary, sign by sign: 石福 is Ishifuku
            ways |= {"".join(map(japanese, text))}
        return frozenset(ways - {""})
    return frozenset({plain(text)})


@cache
def _letter_names() -> dict[str, str]:
    """What Latin letters are called in Hangul and kana."""
    return dict(line.split(" ") for line in rule_text("letter_names.txt").splitlines())


@cache
def _longest_letter() -> int:
    return max(map(len, _letter_names()))


def _spelled(text: str, read: Callable[[str], str]) -> str:
    """A word whose beginning or end spells out letters: 삼성에스디아이 is Samsung SDI, エルジー is LG."""
    for start in range(len(text)):
        letters = _all_letters(text[start:])
        if len(letters) >= 2 or (letters and not start):
            return read(text[:start]) + letters
    return read(text)


def _all_letters(text: str) -> str:
    """The letters that `text` spells out, or '' if it does anything else."""
    letters = ""
    while text:
        for length in range(min(_longest_letter(), len(text)), 0, -1):
            if letter := _letter_names().get(text[:length]):
                letters, text = letters + letter, text[length:]
                break
        else:
            return ""
    return letters
