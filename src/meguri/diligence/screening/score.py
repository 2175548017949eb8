"""How much of two names is the same: the weight of the words that agree, over the weight of all words (0–1)."""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import OSA

from meguri.diligence.screening.alike import Likeness, likeness
from meguri.diligence.screening.names import TELLING, Form, Word
from meguri.diligence.screening.reading import script_of
from meguri.diligence.screening.rules import screening_rules
from meguri.diligence.screening.sound import skeleton, sound, syllables


class Agreement(NamedTuple):
    """Two words that agree: their places in the two names, and how alike they are."""

    here: Word
    there: Word
    likeness: Likeness


class Compared(NamedTuple):
    """Two names side by side.

    score     0–1
    agreed    pairs of words
    left      words of the first name without partner;  left_there  of the second
    legal     same, open (one or both do not say), differ
    """

    score: float
    agreed: tuple[Agreement, ...]
    left: tuple[Word, ...]
    left_there: tuple[Word, ...]
    legal: str


def compare(here: Form, there: Form, common: frozenset[str] = frozenset()) -> Compared:
    """`here` beside `there`. `common`: words that so many listed names have that they tell little."""
    agreed, left, left_there = _align(list(here.words), list(there.words))
    weigh = _Weigher(common)
    same = whole = 0.0
    for pair in agreed:
        weight = min(weigh(pair.here), weigh(pair.there))
        same += 2 * weight * pair.likeness.value
        whole += 2 * weight
    whole += sum(map(weigh, left)) + sum(map(weigh, left_there))
    legal, agree, all_of_it = _legal(here.legal, there.legal)
    whole += all_of_it
    same += agree
    return Compared(same / whole if agreed else 0.0, tuple(agreed), tuple(left), tuple(left_there), legal)


class _Weigher:
    def __init__(self, common: frozenset[str]) -> None:
        self._common = common
        self._weights = _weights()

    def __call__(self, word: Word) -> float:
        if word.kind == "distinctive" and word.canonical in self._common:
            return self._weights["weak"]
        return self._weights[word.kind]


@lru_cache(1)
def _weights() -> dict[str, float]:
    weights = screening_rules().weights
    return {kind: float(getattr(weights, kind)) for kind in weights.__struct_fields__}


def _legal(here: frozenset[str], there: frozenset[str]) -> tuple[str, float, float]:
    weight = screening_rules().weights.legal
    if not here and not there:
        return "open", 0.0, 0.0
    if not here or not there:
        return "open", 0.0, weight
    if here & there or "any" in here | there:
        return "same", 2 * weight, 2 * weight
    if any(_exclude(a, b) for a in here for b in there):
        return "differ", 0.0, 2 * weight
    return "same", 2 * weight, 2 * weight


def _exclude(a: str, b: str) -> bool:
    """Whether no company has both of two legal forms; others may be translations of each other."""
    pairs = screening_rules().legal.exclude
    return f"{a}/{b}" in pairs or f"{b}/{a}" in pairs


def _align(here: list[Word], there: list[Word]) -> tuple[list[Agreement], list[Word], list[Word]]:
    """Pairs words: equal ones first, then words that only together make one, then the most alike."""
    agreed: list[Agreement] = []
    for exact in (True, False):
        if not exact and here and there:
            _join(agreed, here, there)
            _join(agreed, there, here, swapped=True)
        pairs = _alike(here, there, exact=exact)
        for likeness_, i, j in sorted(pairs, key=lambda pair: (-pair[0].value, pair[1], pair[2])):
            if here[i] is not _TAKEN and there[j] is not _TAKEN:
                agreed.append(Agreement(here[i], there[j], likeness_))
                here[i] = there[j] = _TAKEN
        here = [word for word in here if word is not _TAKEN]
        there = [word for word in there if word is not _TAKEN]
    return agreed, here, there


_TAKEN = Word("", "", "weak", frozenset(), True)


def _alike(here: list[Word], there: list[Word], *, exact: bool) -> list[tuple[Likeness, int, int]]:
    pairs = []
    for i, a in enumerate(here):
        for j, b in enumerate(there):
            if exact:
                if a.canonical == b.canonical:
                    pairs.append((likeness(a, b), i, j))
            elif not _nothing_alike(a, b) and (found := likeness(a, b)).value > 0:
                pairs.append((found, i, j))
    return pairs


def _nothing_alike(a: Word, b: Word) -> bool:
    """A quick no of what `likeness` would find to be no more than other words: most pairs are."""
    here, there = a.written, b.written
    if a.latin and b.latin:
        apart = abs(len(here) - len(there)) > _MOST_SLIPS and here[0] != there[0]
        return apart and len(a.read) == 1 and len(b.read) == 1
    return not a.latin and not b.latin and min(len(here), len(there)) < _LEAST_SIGNS and a.read.isdisjoint(b.read)


def _join(agreed: list[Agreement], many: list[Word], one: list[Word], *, swapped: bool = False) -> None:
    """Two or three neighbours of `many` that together are a word of `one`: Hua You and Huayou."""
    if len(many) < 2 or not one:
        return
    windows = _windows(tuple(many))
    for target in list(one):
        least, most = _lengths(target)
        for shortest, longest, start, end in windows:
            if shortest > most + _LENGTHS_APART or longest < least - _LENGTHS_APART:
                continue
            parts = tuple(many[start:end])
            if (joined := _joins(parts, target)) is not None:
                found = Likeness(screening_rules().alike.joined, "joined")
                whole = Word("".join(part.written for part in parts), target.canonical, target.kind, joined, True)
                agreed.append(Agreement(target, whole, found) if swapped else Agreement(whole, target, found))
                del many[start:end]
                one.remove(target)
                windows = _windows(tuple(many))
                break


@lru_cache(maxsize=50_000)
def _windows(words: tuple[Word, ...]) -> list[tuple[int, int, int, int]]:
    """Two and three neighbours: letters of their shortest and longest reading together, first place, place after the last."""
    lengths = [_lengths(word) for word in words]
    found = []
    for start in range(len(words) - 1):
        shortest, longest = lengths[start]
        for end in range(start + 1, min(start + 3, len(words))):
            shortest, longest = shortest + lengths[end][0], longest + lengths[end][1]
            found.append((shortest, longest, start, end + 1))
    return sorted(found, key=lambda window: window[3] - window[2])


@lru_cache(maxsize=100_000)
def _joins(parts: tuple[Word, ...], target: Word) -> frozenset[str] | None:
    """How neighbours read together if that is `target`, else None."""
    if target.latin and all(part.latin for part in parts):
        (begin, end), (first, last) = (
            (parts[0].written[0], parts[-1].written[-1]),
            (target.written[0], target.written[-1]),
        )
        if begin != first and end != last:
            return None  # spellings of one name in one script keep one of their ends
    elif not all(part.read for part in parts):
        return None
    joined, wanted = _joined(parts), _spellings(target.read)
    if not joined.texts.isdisjoint(wanted.texts) or not joined.told.isdisjoint(wanted.told):
        return joined.texts
    if _slipped(joined.sounds, wanted.sounds, syllables_tell=any(map(_in_han, (*parts, target)))):
        return joined.texts
    # Consonants may do, but not those of Chinese signs: their syllables have too few to tell one word from another.
    if any(_in_han(word) for word in (*parts, target)):
        return None
    return joined.texts if _slipped(_bones(joined.texts), _bones(wanted.texts)) else None


def _in_han(word: Word) -> bool:
    return not word.latin and script_of(word.written[0]) == "han"


@lru_cache(maxsize=100_000)
def _lengths(word: Word) -> tuple[int, int]:
    """Letters of a word's shortest and longest reading."""
    lengths = [len(read) for read in word.read] or [0]
    return min(lengths), max(lengths)


_MOST_SLIPS = 3  # letters by which two spellings of one word may differ
_LEAST_SIGNS = 3  # signs from which on one may be a slip
_LENGTHS_APART = 4  # letters by which spellings of one name differ (Toukyou, Tokyo; furiipooto, Freeport)


class _Ways(NamedTuple):
    """Strings to be found again with a slip, and what is left of them whole by any slip: a slip in one of fewer than
    `_TWO_SLIPS` letters leaves its first or its last three."""

    texts: tuple[str, ...]
    heads: frozenset[str]
    tails: frozenset[str]
    longest: int


class _Spellings(NamedTuple):
    """How a word may be written in Latin letters; `told`: sounds of more than three letters, equal for one word."""

    texts: frozenset[str]
    told: frozenset[str]
    sounds: _Ways


_ONE_SLIP = 8  # letters from which on a slip leaves two strings alike by `_ALIKE`
_TWO_SLIPS = 16
_ALIKE = 0.87
_LEAST_BONES = 5
_LEAST_TOLD = 4


def _ways(texts: Iterable[str]) -> _Ways:
    known = tuple(dict.fromkeys(texts))
    return _Ways(
        known,
        frozenset(text[:3] for text in known),
        frozenset(text[-3:] for text in known),
        max(map(len, known), default=0),
    )


@lru_cache(maxsize=50_000)
def _spellings(texts: frozenset[str]) -> _Spellings:
    sounds = frozenset(map(sound, texts))
    return _Spellings(
        texts,
        frozenset(one for one in sounds if len(one) >= _LEAST_TOLD),
        _ways(one for one in sounds if len(one) >= _ONE_SLIP - 1),
    )


@lru_cache(maxsize=50_000)
def _bones(texts: frozenset[str]) -> _Ways:
    """Their consonants, where there are enough of them to tell one word from another."""
    return _ways(bones for bones in map(skeleton, texts) if len(bones) >= _LEAST_BONES)


@lru_cache(maxsize=20_000)
def _joined(parts: tuple[Word, ...]) -> _Spellings:
    texts = {""}
    for part in parts:
        texts = {text + read for text in texts for read in part.read}
    return _spellings(frozenset(texts))


def _of_syllables(heard: str) -> bool:
    """Whether a sound, in which w is v, is made of whole Japanese syllables."""
    return "ja" in syllables(heard.replace("v", "w"))


def _slipped(here: _Ways, there: _Ways, *, syllables_tell: bool = False) -> bool:
    """Whether a string of each side are alike: equal, or apart by a slip in eight letters.

    `syllables_tell`: not where one whole syllable stands for another, which is another word (showadenki, 昭和電工).
    """
    longest = max(here.longest, there.longest)
    if longest < _TWO_SLIPS and here.heads.isdisjoint(there.heads) and here.tails.isdisjoint(there.tails):
        return False
    for a in here.texts:
        for b in there.texts:
            if len(a) < _TWO_SLIPS and len(b) < _TWO_SLIPS and a[:3] != b[:3] and a[-3:] != b[-3:]:
                continue
            if abs(len(a) - len(b)) > 1 or OSA.normalized_similarity(a, b, score_cutoff=_ALIKE) == 0:
                continue
            if not (syllables_tell and len(a) == len(b) and _of_syllables(a) and _of_syllables(b)):
                return True
    return False


def telling_agreed(compared: Compared) -> list[Agreement]:
    """The agreements about words that tell which company is meant."""
    return [pair for pair in compared.agreed if pair.here.kind in TELLING or pair.there.kind in TELLING]
