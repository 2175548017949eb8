"""Chinese names in the older Wade–Giles spelling (Ning-po, Ssu-ch'uan, Chung Hung) as Hanyu Pinyin has them."""

import re
from functools import cache
from itertools import islice, product

from meguri.diligence.screening.sound import pinyin_syllables

_INITIALS = {
    "b": "p", "p": "p'", "d": "t", "t": "t'", "g": "k", "k": "k'", "j": "ch", "q": "ch'", "x": "hs", "zh": "ch",
    "ch": "ch'", "r": "j", "z": "ts", "c": "ts'",
}  # fmt: skip
_FINALS = {"ian": "ien", "ie": "ieh", "ong": "ung", "iong": "iung", "ue": "ueh"}
_ALONE = {"yan": "yen", "ye": "yeh", "yi": "i", "you": "yu", "yue": "yueh", "yong": "yung", "er": "erh"}
_BUZZING = {"zi": ("tzu",), "ci": ("tz'u",), "si": ("ssu", "szu")}
_KEEPS_UO = frozenset({"g", "k", "h", "sh"})
_SPLIT = re.compile(r"(zh|ch|sh|[bpmfdtnlgkhjqxrzcs])(.+)")
_MARK = re.compile(r"[’‘`ʻʼ´]")
_COMPOUND = re.compile(r"[a-z]+(?:'[a-z]+)?(?:-[a-z]+(?:'[a-z]+)?)+|[a-z]+'[a-z]+")
_ROW = re.compile(r"[a-z]+(?:'[a-z]+)?(?:[ -][a-z]+(?:'[a-z]+)?)+")
_MOST_WAYS = 4
_COMPARED = ("CN", "TW", "HK", "MO", "")
_SPACED = ("TW", "HK")  # where companies write so without hyphens


def _spelled(syllable: str) -> tuple[str, ...]:
    """How Wade–Giles writes a syllable of Pinyin, without marks on vowels."""
    if known := _BUZZING.get(syllable):
        return known
    found = _SPLIT.fullmatch(syllable)
    if not found:
        return (_ALONE.get(syllable, syllable),)
    initial, final = found[1], found[2]
    if final == "i" and initial in ("zh", "ch", "sh", "r"):
        final = "ih"
    elif (final == "e" and initial in ("g", "k", "h")) or (final == "uo" and initial not in _KEEPS_UO):
        final = "o"
    elif final == "ui" and initial in ("g", "k"):
        final = "uei"
    return (_INITIALS.get(initial, initial) + _FINALS.get(final, final),)


@cache
def _strict() -> dict[str, tuple[str, ...]]:
    """What a syllable as Wade–Giles writes it may be in Pinyin."""
    found: dict[str, tuple[str, ...]] = {}
    for syllable in sorted(pinyin_syllables()):
        for written in _spelled(syllable):
            found[written] = (*found.get(written, ()), syllable)
    return found


@cache
def _loose() -> dict[str, tuple[str, ...]]:
    """The same where the mark of breath is left out, as most people do: Taipei may be Daibei and Taibei."""
    found: dict[str, tuple[str, ...]] = {}
    for written, meant in _strict().items():
        bare = written.replace("'", "")
        found[bare] = tuple(dict.fromkeys((*found.get(bare, ()), *meant)))
    return found


def in_pinyin(name: str, country: str) -> list[str]:
    """`name` with its Wade–Giles words in Pinyin, in at most four ways; [] where it has none.

    A word is taken for one only where all its syllables are, and where a hyphen or a mark of breath says so; in names
    from Taiwan and Hong Kong also a row of such syllables. Words that are syllables of Pinyin alike stay as they are.
    """
    if country not in _COMPARED:
        return []
    text = _MARK.sub("'", name).casefold().replace("ü", "u").replace("ê", "e").replace("ŭ", "u").replace("ĭ", "i")
    known = _strict() if "'" in text else _loose()
    ways: list[list[str]] = []
    end = 0
    changed = False
    pattern = _ROW if country in _SPACED and "-" not in text else _COMPOUND
    for found in pattern.finditer(text):
        for start, stop, syllables in _rows(found[0], found.start(), known):
            options = ["".join(one) for one in islice(product(*(known[part] for part in syllables)), _MOST_WAYS)]
            plain = "".join(syllables).replace("'", "")
            if options == [plain] and "'" not in text[start:stop] and "-" not in text[start:stop]:
                continue
            ways += [[text[end:start]], options]
            end, changed = stop, True
    if not changed:
        return []
    return ["".join(way) for way in islice(product(*ways, [text[end:]]), _MOST_WAYS)]


def _rows(run: str, at: int, known: dict[str, tuple[str, ...]]) -> list[tuple[int, int, list[str]]]:
    """The stretches of at least two neighbouring syllables of `run` (or one with a mark of breath): from, to, syllables."""
    found: list[tuple[int, int, list[str]]] = []
    row: list[re.Match[str]] = []
    for part in [*re.finditer(r"[a-z']+", run), None]:
        if part is not None and part[0] in known:
            row.append(part)
            continue
        if len(row) > 1 or (row and "'" in row[0][0]):
            found.append((at + row[0].start(), at + row[-1].end(), [one[0] for one in row]))
        row = []
    return found
