"""Screening many names against one list."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from meguri.diligence.screening.candidates import Candidates
from meguri.diligence.screening.decide import RANK, WORDS, Decision, Entry, Screened, Subject, judge, words_of
from meguri.diligence.screening.identifiers import plain_ids
from meguri.diligence.screening.names import Form, forms_of
from meguri.diligence.screening.reading import script_of
from meguri.diligence.screening.rules import screening_rules
from meguri.diligence.screening.score import Compared, compare
from meguri.diligence.screening.words import vocabulary

_LEAST_COMMON = 5
_LEGAL_INITIALS = ("l", "c", "cl", "i")  # CATL: … Co., Limited
_MOST_CUT = 4  # words of a name from which its short name is made
_TELLING_INITIALS = 4  # from which on an abbreviation says something without the country
NOT_DISTINCTIVE = "the name is empty, one sign or only a legal form: it cannot be screened"


class Hit(NamedTuple):
    """One entry beside one name. `pair`: the two forms of the names as they were compared, for the reason's words."""

    entry: Entry
    decision: Decision
    score: float
    why: str
    called: str
    pair: tuple[Compared, Form, Form] | None = None

    @property
    def reason(self) -> str:
        """Why, in words."""
        return self.why.replace(WORDS, words_of(*self.pair)) if self.pair else self.why


class Screener:
    """A list, ready to be asked."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = list(entries)
        self._forms: list[Form] = []
        self._owner: list[int] = []
        self._by_id: dict[str, list[int]] = {}
        for number, entry in enumerate(self.entries):
            for name in (entry.name, *entry.aliases):
                for form in forms_of(name, entry.country):
                    self._forms.append(form)
                    self._owner.append(number)
            for identifier in plain_ids(entry.identifier):
                self._by_id.setdefault(identifier, []).append(number)
        self._initials = self._initials_of()
        self._abbreviations = self._abbreviations_of()
        self._cut_short = self._cut_short_of()
        self.common = self._common_words()
        self._candidates = Candidates(self._forms)

    def _common_words(self) -> frozenset[str]:
        """Words that more entries have than a distinctive word may (a share of the list)."""
        having = Counter(
            word
            for _, word in {(o, w.canonical) for o, f in zip(self._owner, self._forms, strict=True) for w in f.words}
        )
        most = max(_LEAST_COMMON, screening_rules().decision.rare_share * len(self.entries))
        return frozenset(word for word, entries in having.items() if entries > most)

    def _initials_of(self) -> dict[str, set[int]]:
        found: dict[str, set[int]] = {}
        for owner, form in zip(self._owner, self._forms, strict=True):
            for initials in initials_of(form):
                found.setdefault(initials, set()).add(owner)
        return found

    def _abbreviations_of(self) -> dict[str, set[int]]:
        """Listed names that are one abbreviation in capitals, for a long name beside them."""
        found: dict[str, set[int]] = {}
        for owner, form in zip(self._owner, self._forms, strict=True):
            entry = self.entries[owner]
            if letters := _abbreviation(form, (entry.name, *entry.aliases)):
                found.setdefault(letters, set()).add(owner)
        return found

    def _cut_short_of(self) -> dict[str, set[int]]:
        """What names in Chinese characters are cut short to: 台湾塑胶工业 to 台塑."""
        found: dict[str, set[int]] = {}
        for owner, form in zip(self._owner, self._forms, strict=True):
            for short in cut_short(form):
                found.setdefault(short, set()).add(owner)
        return found

    def screen(self, subjects: Sequence[Subject]) -> Iterator[Screened]:
        """The answer for each name, in order."""
        for subject, hits in zip(subjects, self.hits(subjects), strict=True):
            yield _best(subject, hits)

    def hits(self, subjects: Sequence[Subject]) -> Iterator[list[Hit]]:
        """For each name the entries examined, best first."""
        most = screening_rules().decision.candidates
        forms = [forms_of(subject.name, subject.country) for subject in subjects]
        flat = [form for of_one in forms for form in of_one]
        found = iter(self._candidates.of(flat, most))
        for subject, of_one in zip(subjects, forms, strict=True):
            by_entry: dict[int, Hit] = {}
            for form in of_one:
                for listed in next(found):
                    self._keep(by_entry, self._hit(subject, form, listed), self._owner[listed])
            self._by_identifier(subject, by_entry)
            self._by_initials(subject, of_one, by_entry)
            self._by_first_signs(subject, of_one, by_entry)
            yield sorted(by_entry.values(), key=lambda hit: _order(subject, hit))

    def _hit(self, subject: Subject, form: Form, listed: int) -> Hit:
        entry, there = self.entries[self._owner[listed]], self._forms[listed]
        compared = compare(form, there, self.common)
        decision, reason = judge(subject, form, entry, there, compared)
        called = " ".join(word.written for word in there.words)
        return Hit(entry, decision, compared.score, reason, called, (compared, form, there))

    @staticmethod
    def _keep(by_entry: dict[int, Hit], hit: Hit, owner: int) -> None:
        known = by_entry.get(owner)
        if known is None or (RANK[hit.decision], hit.score) > (RANK[known.decision], known.score):
            by_entry[owner] = hit

    def _by_identifier(self, subject: Subject, by_entry: dict[int, Hit]) -> None:
        found = [owner for one in plain_ids(subject.identifier) for owner in self._by_id.get(one, ())]
        for owner in dict.fromkeys(found):
            entry = self.entries[owner]
            named = by_entry.get(owner)
            differ = bool(subject.country and entry.country and subject.country != entry.country)
            reason = "same identifier" + (f"; countries differ ({subject.country}, {entry.country})" if differ else "")
            if named is None or named.decision == "no":
                reason += "; the names differ"
            by_entry[owner] = Hit(entry, "review" if differ else "yes", 1.0, reason, entry.name)

    def _by_initials(self, subject: Subject, forms: Sequence[Form], by_entry: dict[int, Hit]) -> None:
        """A sole word of capitals that is made of the other name's first letters: for a person to see."""
        for form in forms:
            found: set[int] = set()
            letters = _abbreviation(form, (subject.name,))
            if letters:
                found |= self._initials.get(letters, set())
            elif self._abbreviations and len(form.words) > 1:
                for letters in initials_of(form):
                    found |= self._abbreviations.get(letters, set())
            for owner in found:
                entry = self.entries[owner]
                agree = bool(subject.country) and subject.country == entry.country
                differ = bool(subject.country and entry.country) and not agree
                if differ or (len(letters) < _TELLING_INITIALS and not agree):
                    continue
                self._keep(by_entry, Hit(entry, "review", screening_rules().decision.potential, "initials", ""), owner)

    def _by_first_signs(self, subject: Subject, forms: Sequence[Form], by_entry: dict[int, Hit]) -> None:
        """A name made of first signs of the listed name's words, in the same country: for a person to see."""
        for form in forms if self._cut_short else ():
            for owner in self._cut_short.get("".join(word.written for word in form.words), ()):
                entry = self.entries[owner]
                if subject.country and subject.country == entry.country:
                    hit = Hit(entry, "review", screening_rules().decision.potential, "first signs of the words", "")
                    self._keep(by_entry, hit, owner)


def cut_short(form: Form) -> set[str]:
    """A name in Chinese characters with some of its words cut to their first sign, and without its last words: at least
    two words are left (台塑, 中钢, 古河电工)."""
    words = [word.written for word in form.words[:_MOST_CUT]]
    if len(words) < 2 or any(script_of(sign) != "han" for word in words for sign in word):
        return set()
    whole = "".join(words)
    found = {""}
    every: set[str] = set()
    for place, word in enumerate(words):
        found = {before + part for before in found for part in (word, word[0])}
        every |= found if place else set()
    return {short for short in every if len(short) < len(whole)}


def initials_of(form: Form) -> set[str]:
    """The abbreviations that a name in Latin letters may have, of three letters and more: of its own words, with the
    first letter of the legal form after them (CATL) or before them (SMB: Société Minière de …), and without places (SQM)."""
    found: set[str] = set()
    own = "".join(word.written[0] for word in form.words if word.latin)
    if len(own) >= 2:
        found |= {
            own,
            *(own + end for end in (*_LEGAL_INITIALS, *form.legal & {"sa", "ag", "ab", "nv", "bv"}) if form.legal),
        }
    spoken = vocabulary().phrases
    kinds = [(word, spoken.get((word,))) for word in form.whole.split()]
    kinds = [(word, meaning) for word, meaning in kinds if meaning is None or meaning.kind != "drop"]
    while kinds and kinds[-1][1] is not None and kinds[-1][1].kind == "legal":
        kinds.pop()
    if len(kinds) > 1 and kinds[0][1] is not None and kinds[0][1].kind == "legal":
        found.add("".join(word[0] for word, _ in kinds))
        found.add("".join(word[0] for word, meaning in kinds if meaning is None or meaning.kind != "place"))
    return {letters for letters in found if len(letters) >= 3}


def _abbreviation(form: Form, names: Sequence[str]) -> str:
    """The letters of a name that is one word of capitals, else ''."""
    if len(form.words) != 1 or form.words[0].kind != "distinctive" or not form.words[0].latin:
        return ""
    letters = form.words[0].written
    return letters if any(letters.upper() in name for name in names) else ""


def _order(subject: Subject, hit: Hit) -> tuple[int, bool, float, str]:
    agree = bool(subject.country) and subject.country == hit.entry.country
    return (
        (-RANK[hit.decision], not agree, -hit.score, hit.entry.id)
        if hit.decision != "no"
        else (0, False, -hit.score, "")
    )


def _best(subject: Subject, hits: Sequence[Hit]) -> Screened:
    if not hits or hits[0].decision == "no":
        # What cannot be screened is never cleared: a person fills the name in.
        if not any(len(word.written) > 1 for form in forms_of(subject.name, subject.country) for word in form.words):
            return Screened("review", "", 0.0, NOT_DISTINCTIVE)
        return (
            Screened("no", "", hits[0].score, hits[0].reason) if hits else Screened("no", "", 0.0, "no word in common")
        )
    best = hits[0]
    decision, reason = best.decision, best.reason
    rivals = [hit for hit in hits[1:] if hit.decision == "yes"]
    if decision == "yes" and rivals and not _stands_out(subject, best, rivals):
        decision, reason = "review", f"{reason}; entries alike: {' '.join(hit.entry.id for hit in rivals)}"
    return Screened(decision, best.entry.id, best.score, reason)


def _stands_out(subject: Subject, best: Hit, rivals: Sequence[Hit]) -> bool:
    if best.reason.startswith("same identifier"):
        return True
    agree = bool(subject.country) and subject.country == best.entry.country
    same_country = [hit for hit in rivals if hit.entry.country == subject.country]
    return (agree and not same_country) or all(best.score - hit.score > 0.02 for hit in rivals)
