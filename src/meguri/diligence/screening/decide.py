"""From two names to yes, review or no — and the words why. No name alone ever confirms a match to a person in law:
"yes" says that the names are those of one company; whether the company is meant is decided by people.
"""

import re
from typing import Literal, NamedTuple

from meguri.diligence.screening.names import TELLING, Form, Word
from meguri.diligence.screening.rules import screening_rules
from meguri.diligence.screening.score import Agreement, Compared, telling_agreed

Decision = Literal["yes", "review", "no"]
_CLEAR = 0.85  # from here on two words are taken as one word in another spelling
_BROAD = frozenset({"industry", "group", "holding", "international", "global", "enterprise"})
_SHORT = 3  # letters of an abbreviation such as MMC
RANK: dict[Decision, int] = {"no": 0, "review": 1, "yes": 2}
_KINDS_OF_ID = (re.compile(r"[A-Z0-9]{18}\d{2}"), re.compile(r"\d{13}"), re.compile(r"CID\d{6}"), re.compile(r"\d{9}"))


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


def plain_id(identifier: str) -> str:
    """An identifier without spaces and marks, in capitals."""
    return re.sub(r"[^0-9A-Z]", "", identifier.upper())


def ids_contradict(a: str, b: str) -> bool:
    """Two identifiers of one kind (LEI, corporate number, smelter id, DUNS) that are not the same."""
    here, there = plain_id(a), plain_id(b)
    return here != there and any(kind.fullmatch(here) and kind.fullmatch(there) for kind in _KINDS_OF_ID)


def judge(subject: Subject, here: Form, entry: Entry, there: Form, compared: Compared) -> tuple[Decision, str]:
    """The decision on one pair of names, with its reason."""
    same_country = subject.country == entry.country if subject.country and entry.country else None
    decision, reason = _by_name(here, there, compared, same_country)
    doubts = _doubts(subject, entry, compared, here, there)
    if decision == "yes" and doubts:
        decision = "review"
    return decision, "; ".join([reason, *doubts])


def _doubts(subject: Subject, entry: Entry, compared: Compared, here: Form, there: Form) -> list[str]:
    doubts = []
    if subject.country and entry.country and subject.country != entry.country:
        doubts.append(f"countries differ ({subject.country}, {entry.country})")
    if ids_contradict(subject.identifier, entry.identifier):
        doubts.append("identifiers of one kind differ")
    if compared.legal == "differ":
        doubts.append("legal forms exclude each other")
    if "short" in (here.role, there.role) and sum(len(word.written) for word in here.words) < 4:
        doubts.append("short name only")
    return doubts


def _by_name(here: Form, there: Form, compared: Compared, same_country: bool | None) -> tuple[Decision, str]:
    limits = screening_rules().decision
    agreed = telling_agreed(compared)
    said = _said(compared, here, there)
    left = [*compared.left, *compared.left_there]
    if not agreed:
        return _common_words_only(compared, said)
    if any(word.kind == "number" for word in left):
        return ("review" if compared.score >= limits.weak_from else "no"), f"numbers differ: {said}"
    if not left:
        return _all_agree(compared, agreed, said)
    if compared.score >= limits.potential:
        return "review", said
    if _covered(compared.left) or _covered(compared.left_there):
        if compared.score >= limits.weak_from and max(pair.likeness.value for pair in agreed) >= _CLEAR:
            return "review", said
        if _only_common(left) and _strong(agreed, same_country=same_country):
            return "review", f"may belong to one group: {said}"
        return "no", said
    return ("review", f"may belong to one group: {said}") if _same_lead(here, there, compared) else ("no", said)


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


def _common_words_only(compared: Compared, said: str) -> tuple[Decision, str]:
    """Names like Korea Zinc or New Pacific Metals, all of whose words many companies have."""
    kinds = {pair.here.kind for pair in compared.agreed}
    left = [*compared.left, *compared.left_there]
    if left or not compared.agreed:
        short = all((len(word.written) <= _SHORT and word.latin) or word.canonical in _BROAD for word in left)
        if short and len(compared.agreed) >= 2 and "place" in kinds:
            return "review", said
        return "no", f"common words only: {said}" if compared.agreed else "no word in common"
    if min(pair.likeness.value for pair in compared.agreed) < 0.9:
        return "review", f"common words only: {said}"
    if len(compared.agreed) >= 2 and kinds & {"place", "weak"}:
        return "yes", said
    return ("review" if len(compared.agreed) >= 2 else "no"), f"common words only: {said}"


def _all_agree(compared: Compared, agreed: list[Agreement], said: str) -> tuple[Decision, str]:
    limits = screening_rules().decision
    worst = min(pair.likeness.value for pair in agreed)
    if worst >= 0.9:
        return "yes", said
    sole = len(agreed) == 1
    if not sole and compared.score >= limits.sole_word_yes:
        return "yes", said
    others = [pair for pair in compared.agreed if pair not in agreed]
    slip = next(pair for pair in agreed if pair.likeness.value == worst).likeness
    if sole and slip.way == "slip" and (worst >= limits.sole_word_yes or (others and worst >= 0.83)):
        return "yes", said
    if sole and slip.way == "skeleton" and others and worst >= 0.86:
        return "yes", said
    return "review", said


def _said(compared: Compared, here: Form, there: Form) -> str:
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
