"""How much of two names is the same: the weight of the words that agree, over the weight of all words (0–1)."""

from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import OSA

from meguri.diligence.screening.alike import Likeness, likeness
from meguri.diligence.screening.names import TELLING, Form, Word
from meguri.diligence.screening.reading import script_of
from meguri.diligence.screening.rules import screening_rules
from meguri.diligence.screening.sound import skeleton, sound


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
            elif (found := likeness(a, b)).value > 0:
                pairs.append((found, i, j))
    return pairs


def _join(agreed: list[Agreement], many: list[Word], one: list[Word], *, swapped: bool = False) -> None:
    """Two or three neighbours of `many` that together are a word of `one`: Hua You and Huayou."""
    if len(many) < 2 or not one:
        return
    windows = _windows(many)
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
                windows = _windows(many)
                break


def _windows(words: list[Word]) -> list[tuple[int, int, int, int]]:
    """Two and three neighbours: letters of their shortest and longest reading together, first place, place after the last."""
    lengths = [_lengths(word) for word in words]
    found = []
    for start in range(len(words) - 1):
        shortest, longest = lengths[start]
        for end in range(start + 1, min(start + 3, len(words))):
            shortest, longest = shortest + lengths[end][0], longest + lengths[end][1]
            found.append((shortest, longest, start, end + 1))
    return sorted(found, key=lambda window: window[3] - window[2])


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
    joined = _joined(parts)
    bones = not any(not word.latin and script_of(word.written[0]) == "han" for word in (*parts, target))
    return joined if any(_same_letters(text, read, bones=bones) for text in joined for read in target.read) else None


@lru_cache(maxsize=100_000)
def _lengths(word: Word) -> tuple[int, int]:
    """Letters of a word's shortest and longest reading."""
    lengths = [len(read) for read in word.read] or [0]
    return min(lengths), max(lengths)


_LENGTHS_APART = 4  # letters by which spellings of one name differ (Toukyou, Tokyo; furiipooto, Freeport)


def _joined(parts: tuple[Word, ...]) -> frozenset[str]:
    texts = {""}
    for part in parts:
        texts = {text + read for text in texts for read in part.read}
    return frozenset(texts)


@lru_cache(maxsize=200_000)
def _same_letters(a: str, b: str, *, bones: bool) -> bool:
    """`bones`: consonants may do. Chinese syllables have too few of them to tell one word from another."""
    if a == b:
        return True
    if bones and len(skeleton(a)) >= 5 and OSA.normalized_similarity(skeleton(a), skeleton(b)) >= 0.87:
        return True
    here, there = sound(a), sound(b)
    if abs(len(here) - len(there)) > 1 or min(len(here), len(there)) < 6:
        return here == there and len(here) > 3
    return OSA.normalized_similarity(here, there) >= 0.87


def telling_agreed(compared: Compared) -> list[Agreement]:
    """The agreements about words that tell which company is meant."""
    return [pair for pair in compared.agreed if pair.here.kind in TELLING or pair.there.kind in TELLING]
