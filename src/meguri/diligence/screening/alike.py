"""How alike two words are, and why: equal, same meaning, same reading, same sound, or a slip of the pen."""

from functools import lru_cache
from itertools import product
from typing import Literal, NamedTuple

from rapidfuzz.distance import OSA
from rapidfuzz.distance.Levenshtein import normalized_similarity

from meguri.diligence.screening.names import Word
from meguri.diligence.screening.reading import script_of
from meguri.diligence.screening.rules import screening_rules
from meguri.diligence.screening.sound import other_syllable, skeleton, sound, without_final_r

Way = Literal["equal", "meaning", "reading", "sound", "skeleton", "slip", "prefix", "joined", "none"]


class Likeness(NamedTuple):
    """A number 0–1 and how it came about."""

    value: float
    way: Way


NONE = Likeness(0.0, "none")
_KNOWN = frozenset({"weak", "generic", "place", "group"})
_TURNED = 0.91  # two letters changed places: hardly ever another name
_LEAST_TURNED = 5
_OTHER_SYLLABLE = 0.80
_HAN_SKELETON = 0.95
_LEAST_BONES = 3


@lru_cache(maxsize=150_000)
def likeness(a: Word, b: Word) -> Likeness:
    """How alike two words are. Numbers are equal or are not."""
    if a.written == b.written:
        return Likeness(1.0, "equal")
    rules = screening_rules().alike
    if a.canonical == b.canonical:
        return Likeness(rules.same_meaning, "meaning")
    if "number" in (a.kind, b.kind):
        return NONE
    if a.kind in _KNOWN and b.kind in _KNOWN and a.latin and b.latin and sound(a.written) == sound(b.written):
        return Likeness(rules.sound, "sound")  # kogyo is 工業, 鉱業 and 興業
    if a.kind in _KNOWN and b.kind in _KNOWN and a.latin != b.latin and _sounds(a.read) & _sounds(b.read):
        return Likeness(rules.sound, "sound")
    if a.kind in _KNOWN and b.kind in _KNOWN:
        return Likeness(rules.prefix, "prefix") if _cut_short(a.written, b.written) else NONE
    if not a.latin and not b.latin:
        return _signs(a, b)
    if not (a.latin and b.latin) and a.read & b.read:
        return Likeness(rules.reading, "reading")
    if a.latin and b.latin and len(a.read) == len(b.read) == 1:
        return _letters(a.written, b.written)
    found = max((_letters(x, y) for x in a.read for y in b.read), default=NONE)
    if a.latin and b.latin:
        return found
    return max(found, _across(a, b))


def _cut_short(a: str, b: str) -> bool:
    """An abbreviation that stands for several words: elec. for electric and electronics."""
    short, long = sorted((a, b), key=len)
    return 3 <= len(short) <= 4 and long.startswith(short)


def _signs(a: Word, b: Word) -> Likeness:
    """Two words in signs: the same reading may be another word; one sign of four may be a slip."""
    if a.read & b.read and normalized_similarity(a.written, b.written) < 0.5:
        kana_and_kanji = any("぀" <= sign <= "ヿ" for sign in a.written + b.written)
        return Likeness(screening_rules().alike.reading if kana_and_kanji else 0.80, "reading")
    value = normalized_similarity(a.written, b.written)
    return Likeness(value, "slip") if value >= 0.66 and min(len(a.written), len(b.written)) >= 3 else NONE


def _letters(a: str, b: str) -> Likeness:
    rules = screening_rules().alike
    short, long = len(a), len(b)
    if short > long:
        short, long = long, short
    if short < 2:
        return NONE
    if short >= 3 and sound(a) == sound(b):
        return Likeness(rules.sound, "sound")
    allowed = 1 if long < 8 else 2 if long < 12 else 3
    if short >= 4 or (short == 3 and long == 4):
        slips = OSA.distance(a, b, score_cutoff=allowed)
        if slips <= allowed:
            value = 1 - slips / long - (0.05 if a[0] != b[0] else 0.0)
            if sorted(a) == sorted(b) and short >= _LEAST_TURNED:
                value = max(value, _TURNED)
            elif other_syllable(a, b):
                value = min(value, _OTHER_SYLLABLE)
            if value >= rules.least:
                return Likeness(value, "slip")
    if short >= 4 and (a.startswith(b) or b.startswith(a)):
        return Likeness(rules.prefix, "prefix")
    return NONE


def _across(a: Word, b: Word) -> Likeness:
    """A loanword in kana or Hangul beside its Latin spelling."""
    best = 0.0
    here, there = _bones(a.read), _bones(b.read)
    for x, y in product(here, there):
        for bones in zip(x, y, strict=True):
            if min(map(len, bones)) >= _LEAST_BONES and bones[0][0] == bones[1][0]:
                best = max(best, normalized_similarity(*bones))
    share = screening_rules().alike.skeleton
    if any(script_of(word.written[0]) == "han" for word in (a, b)):
        share *= _HAN_SKELETON
    return Likeness(best * share, "skeleton") if best >= 0.79 else NONE


@lru_cache(maxsize=20_000)
def _sounds(read: frozenset[str]) -> frozenset[str]:
    return frozenset(map(sound, read))


@lru_cache(maxsize=100_000)
def _bones(read: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """The consonants of each reading, and those without an r at a syllable's end; the longer ones alone."""
    found = {(skeleton(one), skeleton(without_final_r(one))) for one in read}
    return tuple(sorted(both for both in found if len(both[0]) >= _LEAST_BONES))
