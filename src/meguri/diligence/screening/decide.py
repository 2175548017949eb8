"""From two names to yes, review or no — and the words why. No name alone ever confirms a match to a person in law:
"yes" says that the names are those of one company; whether the company is meant is decided by people.
"""

from typing import Literal, NamedTuple

from meguri.diligence.screening.identifiers import ids_contradict
from meguri.diligence.screening.names import TELLING, Form, Word
from meguri.diligence.screening.reading import script_of
from meguri.diligence.screening.rules import screening_rules
from meguri.diligence.screening.score import Agreement, Compared, telling_agreed
from meguri.diligence.screening.sound import skeleton, sound, syllables

Decision = Literal["yes", "review", "no"]
_CLEAR = 0.85  # from here on two words are taken as one word in another spelling
_BROAD = frozenset({"industry", "group", "holding", "international", "global", "enterprise"})
_LONG = 8  # letters from which on a slip is hardly another company's name
_MANY = 3  # common words that together call a company
_CALLED = 0.95  # from here on a word is the same
_MANY_BONES = 4  # consonants
_CHINA = frozenset({"CN", "HK", "MO"})
_SHORT = 3  # letters of an abbreviation such as MMC
WORDS = "\0"  # in a reason: the words that agree and those that do not
RANK: dict[Decision, int] = {"no": 0, "review": 1, "yes": 2}


class Subject(NamedTuple):
    """A name to be screened. `country` ISO alpha-2 or ''; `identifier` or ''."""

    id: str
    name: str
    country: str = ""
    identifier: str = ""


class Entry(NamedTuple):
    """An entry of a list. `programme`: the measure under which it is listed, or ''."""

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    country: str = ""
    identifier: str = ""
    programme: str = ""


class Screened(NamedTuple):
    """What was found for one name. `entry_id` '' and `score` of the best rejected entry where the answer is no."""

    decision: Decision
    entry_id: str
    score: float
    reason: str


def judge(subject: Subject, here: Form, entry: Entry, there: Form, compared: Compared) -> tuple[Decision, str]:
    """The decision on one pair of names, with its reason, in which `WORDS` stands for what `words_of` says: of the many pairs
    that are looked at, few are told of."""
    same_country = countries_agree(subject.country, entry.country)
    if _same_text(here, there, same_country=same_country):
        found: tuple[Decision, str] = ("yes", f"the same words: {here.whole}")
    else:
        found = _by_name(here, there, compared, same_country)
    decision, reason = found
    doubts = _doubts(subject, entry, compared, here, there)
    if decision == "yes" and doubts:
        decision = "review"
    return decision, "; ".join([reason, *doubts])


def countries_agree(a: str, b: str) -> bool | None:
    """Whether two countries are the same; None where one is not given, or where lists call one place by both (Hong Kong)."""
    if not a or not b or (a != b and {a, b} <= _CHINA):
        return None
    return a == b


def _same_text(here: Form, there: Form, *, same_country: bool | None) -> bool:
    """Equal but for marks, capitals and spaces."""
    a, b = here.whole.replace(" ", ""), there.whole.replace(" ", "")
    if not a or a != b:
        return False
    return here.whole != there.whole or len(here.words) > 1 or bool(here.telling) or bool(same_country)


def _doubts(subject: Subject, entry: Entry, compared: Compared, here: Form, there: Form) -> list[str]:
    doubts = []
    if countries_agree(subject.country, entry.country) is False:
        doubts.append(f"countries differ ({subject.country}, {entry.country})")
    if ids_contradict(subject.identifier, entry.identifier):
        doubts.append("identifiers of one kind differ")
    if other := _other_words(compared):
        doubts.append(f"another word of the trade: {other}")
    if compared.legal == "differ":
        doubts.append("legal forms exclude each other")
    if here.address and there.address and not here.address & there.address:
        doubts.append(f"addresses differ ({' '.join(sorted(here.address))}, {' '.join(sorted(there.address))})")
    if "short" in (here.role, there.role) and sum(len(word.written) for word in here.words) < 4:
        doubts.append("short name only")
    return doubts


def _other_words(compared: Compared) -> str:
    """Words of one meaning that no translation makes of each other, for both names are in one language: a company called
    工業 (kogyo) is not the one called 産業 (sangyo). In signs, or in their Japanese or Chinese reading in Latin letters."""
    told = screening_rules().alike.read_words
    for here, there, likeness in compared.agreed:
        if likeness.way != "meaning" or here.written == there.written:
            continue
        a, b = (_own_reading(word, told) for word in (here, there))
        if not a or not b or here.written in there.written or there.written in here.written:
            continue
        if all(not word.latin for word in (here, there)) or a.isdisjoint(b):
            return f"{here.written}, {there.written}"
    return ""


def _own_reading(word: Word, told: frozenset[str]) -> frozenset[str]:
    """How a word in Chinese characters, or its reading in Latin letters, sounds; empty for words of other languages."""
    if not word.latin:
        return frozenset(map(sound, word.read)) if script_of(word.written[0]) == "han" else frozenset()
    return frozenset({sound(word.written)}) if word.written in told else frozenset()


def _by_name(here: Form, there: Form, compared: Compared, same_country: bool | None) -> tuple[Decision, str]:
    limits = screening_rules().decision
    agreed = telling_agreed(compared)
    said = WORDS
    left = [*compared.left, *compared.left_there]
    if not agreed:
        return _common_words_only(here, there, compared, said, same_country=same_country)
    if any(word.kind == "number" for word in left):
        return ("review" if compared.score >= limits.weak_from else "no"), f"numbers differ: {said}"
    if _initials_left(compared):
        return "yes" if same_country and _strong(agreed, same_country=True) else "review", f"first letters: {said}"
    if not left:
        return _all_agree(here, there, compared, agreed, said, same_country=same_country)
    if same_country is False and len(compared.agreed) == 1 and not _strong(agreed, same_country=False):
        return "no", said
    if compared.score >= limits.potential:
        return "review", said
    if _covered(compared.left) or _covered(compared.left_there):
        if compared.score >= limits.weak_from and max(pair.likeness.value for pair in agreed) >= _CLEAR:
            return "review", said
        if _only_common(left) and _strong(agreed, same_country=same_country):
            return "review", f"may belong to one group: {said}"
        if same_country and any(pair.likeness.value >= _CALLED and len(pair.here.written) >= _LONG for pair in agreed):
            return "review", f"may be called so for short: {said}"
        return "no", said
    alike = same_country is not False and _same_lead(here, there, compared)
    return ("review", f"may belong to one group: {said}") if alike else ("no", said)


def _initials_left(compared: Compared) -> bool:
    return _first_letters(compared.left, compared.left_there) or _first_letters(compared.left_there, compared.left)


def _first_letters(short: tuple[Word, ...], long: tuple[Word, ...]) -> bool:
    """Whether all that is left of one name are the first letters of all that is left of the other: Navoi MMC."""
    if len(short) != 1 or len(long) < 2 or not short[0].latin:
        return False
    letters = "".join(word.written[0] for word in long if word.latin)
    return short[0].written in (letters, f"{letters}c")  # … Company


def _covered(left: tuple[Word, ...]) -> bool:
    return not any(word.kind in TELLING for word in left)


def _only_common(left: list[Word]) -> bool:
    return not any(word.kind in TELLING for word in left)


def _strong(agreed: list[Agreement], *, same_country: bool | None) -> bool:
    """A telling word agrees. Short ones (LG, SK, BYD) are a group's name only where the countries do not speak against it."""
    least = {True: 2, None: 2, False: 4}[same_country]
    return any(pair.likeness.value >= _CLEAR and max(map(len, pair.here.read | {""})) >= least for pair in agreed)


def _same_lead(here: Form, there: Form, compared: Compared) -> bool:
    """Both begin with the same telling word, long enough to be a group's name, and much else agrees."""
    a, b = (form.telling[0] if form.telling else None for form in (here, there))
    for pair in compared.agreed:
        if pair.here is a and pair.there is b and pair.likeness.value >= 0.9:
            return len(pair.here.written) >= 5 and compared.score >= 0.45 and here.words[0] is a and there.words[0] is b
    return False


def _in_order(here: Form, there: Form, compared: Compared) -> bool:
    """Whether the agreeing words stand in the same order in both names."""
    places = [{id(word): place for place, word in enumerate(form.words)} for form in (here, there)]
    found = [(places[0].get(id(pair.here)), places[1].get(id(pair.there))) for pair in compared.agreed]
    known = [(i, j) for i, j in found if i is not None and j is not None]
    return all((i - k) * (j - m) >= 0 for i, j in known for k, m in known)


def _common_words_only(
    here: Form, there: Form, compared: Compared, said: str, *, same_country: bool | None
) -> tuple[Decision, str]:
    """Names like Korea Zinc or New Pacific Metals, all of whose words many companies have."""
    kinds = {pair.here.kind for pair in compared.agreed}
    left = [*compared.left, *compared.left_there]
    if "place" in kinds and same_country and _initials_left(compared):
        return "review", f"first letters: {said}"  # Kola MMC
    if left or not compared.agreed:
        short = all((len(word.written) <= _SHORT and word.latin) or word.canonical in _BROAD for word in left)
        if short and len(compared.agreed) >= 2 and "place" in kinds:
            return "review", said
        one_side = not compared.left or not compared.left_there
        called = len(compared.agreed) >= _MANY or (len(compared.agreed) >= 2 and "place" in kinds and same_country)
        if one_side and called and compared.score >= screening_rules().decision.potential:
            return "review", f"common words only: {said}"
        return "no", f"common words only: {said}" if compared.agreed else "no word in common"
    if min(pair.likeness.value for pair in compared.agreed) < 0.9:
        return "review", f"common words only: {said}"
    if len(compared.agreed) == 2 and not _in_order(here, there, compared):
        return "review", f"another order: {said}"  # Asia Nickel is not Nickel Asia
    if len(compared.agreed) >= 2 and kinds & {"place", "weak"}:
        return "yes", said
    if len(compared.agreed) >= 2:
        equal = all(pair.here.written == pair.there.written for pair in compared.agreed)
        return ("yes" if equal and same_country else "review"), f"common words only: {said}"
    return "no", f"common words only: {said}"


def _all_agree(
    here: Form, there: Form, compared: Compared, agreed: list[Agreement], said: str, *, same_country: bool | None
) -> tuple[Decision, str]:
    limits = screening_rules().decision
    worst = min(pair.likeness.value for pair in agreed)
    if worst >= 0.9:
        return "yes", said
    slips = [pair for pair in agreed if pair.likeness.way == "slip"]
    if slips and not _same_order(here, there, compared, slips):
        return "review", f"another order: {said}"  # Matthew Johnson is not Johnson Matthey
    sole = sum(pair.here.kind != "number" for pair in agreed) == 1
    if sole and slips and same_country is False and len(agreed[0].here.written) < _LONG:
        return "no", said
    if not sole and compared.score >= limits.sole_word_yes:
        return "yes", said
    others = [pair for pair in compared.agreed if pair not in agreed]
    weakest = next(pair for pair in agreed if pair.likeness.value == worst)
    if sole and weakest.likeness.way == "slip" and _is_slip(weakest, len(others), compared, same_country=same_country):
        return "yes", said
    if (
        weakest.likeness.way == "skeleton"
        and worst >= 0.86
        and (others or not sole or (same_country and _bony(weakest)))
    ):
        return "yes", said
    return "review", said


def _bony(pair: Agreement) -> bool:
    """Whether a word keeps so many consonants in its other script that hardly another company has them all."""
    return (
        min(max(len(skeleton(read)) for read in word.read or {""}) for word in (pair.here, pair.there)) >= _MANY_BONES
    )


def _is_slip(pair: Agreement, others: int, compared: Compared, *, same_country: bool | None) -> bool:
    """Whether the only telling word is written wrongly, and not another company's: by what else agrees.

    One Chinese or Japanese syllable for another makes another name (Tianqi, Tianyi): there more has to speak for it.
    """
    value, (a, b) = pair.likeness.value, (pair.here.written, pair.there.written)
    if value >= screening_rules().decision.sole_word_yes or (others and value >= 0.83):
        return True
    if same_country is not True or compared.legal == "differ":
        return False
    tongues = [tongue for tongue in ("zh", "ja") if tongue in syllables(a) and tongue in syllables(b)]
    if others >= 2:
        return value >= 0.75 and "zh" not in tongues
    return value >= 0.83 and not tongues and compared.legal == "same" and min(len(a), len(b)) >= _LONG


def _same_order(here: Form, there: Form, compared: Compared, slips: list[Agreement]) -> bool:
    """Whether the words of these pairs stand in the same order, beside the other agreeing words of both names."""
    places = [{id(word): place for place, word in enumerate(form.words)} for form in (here, there)]
    found = [(places[0].get(id(pair.here)), places[1].get(id(pair.there)), pair) for pair in telling_agreed(compared)]
    known = [(i, j, pair in slips) for i, j, pair in found if i is not None and j is not None]
    return not any(slip and (i - k) * (j - m) < 0 for i, j, slip in known for k, m, _ in known)


def words_of(compared: Compared, here: Form, there: Form) -> str:
    """Which words agree and how, which are left over."""
    ways: dict[str, list[str]] = {}
    for pair in compared.agreed:
        same = pair.likeness.way in ("equal", "meaning") and pair.here.written == pair.there.written
        ways.setdefault(pair.likeness.way, []).append(
            pair.here.written if same else f"{pair.here.written}~{pair.there.written}"
        )
    parts = [f"{way}: {' '.join(words)}" for way, words in ways.items()]
    if compared.left:
        parts.append(f"only in the name: {' '.join(word.written for word in compared.left)}")
    if compared.left_there:
        parts.append(f"only in the list: {' '.join(word.written for word in compared.left_there)}")
    if "former" in (here.role, there.role):
        parts.append("former name")
    return ", ".join(parts)
