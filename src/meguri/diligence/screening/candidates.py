"""Which entries are worth comparing with a name: those that share rare pieces of words (tf-idf over trigrams)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from meguri.diligence.screening.names import Form
from meguri.diligence.screening.reading import script_of
from meguri.diligence.screening.sound import skeleton, sound, without_final_r

LEAST = 0.10
_COMMON = 0.35
_CHUNK = 2000
_SLIPS = range(4, 9)
_MOST_BY_SKELETON = 12
_LEAST_COUNT = 50  # names of a list, as rarity is reckoned: in a list of two every piece would be common


def _skeletons(form: Form) -> dict[str, None]:
    """The consonants of each telling word, whole and their beginning; of two or three of them also together, for one
    run of kana may write them all (アサヒプリテック)."""
    found: dict[str, None] = {}
    own = [word for word in form.words if word.kind in ("distinctive", "place")]
    if len(own) in (2, 3) and all(word.latin for word in own):
        found[skeleton("".join(word.written for word in own))] = None
    for word in form.words:
        if word.kind in ("distinctive", "place"):
            for read in sorted(word.read):
                for bones in (skeleton(read), skeleton(without_final_r(read))):
                    if len(bones) >= 2:
                        found |= {bones: None, bones[:3]: None}
    return found


def _scripts(form: Form) -> frozenset[str]:
    """The scripts of a name's telling words."""
    own = [word for word in form.words if word.kind in ("distinctive", "place")] or form.words
    return frozenset("latin" if word.latin else script_of(word.written[0]) for word in own)


def pieces(form: Form) -> dict[str, float]:
    """Pieces of a name's words with their weight: trigrams, the sound, the skeleton of foreign words, signs."""
    found: dict[str, float] = {}
    has_own = any(word.kind in ("distinctive", "number") for word in form.words)
    for word in form.words:
        weight = 1.0 if word.kind in ("distinctive", "number") or not has_own else _COMMON
        found["#" + word.canonical] = weight
        for read in sorted(word.read) if word.kind != "generic" else (word.canonical,):
            edged = f"^{read}$"
            for start in range(len(edged) - 2):
                found.setdefault(edged[start : start + 3], weight if word.latin else 0.7 * weight)
            if len(read) >= 4:
                found.setdefault("=" + sound(read), weight)
            if word.latin and word.kind == "distinctive" and len(read) in _SLIPS:  # one slip leaves few trigrams
                for start in range(1, len(read)):
                    found.setdefault("-" + read[:start] + read[start + 1 :], 0.5)
            if word.kind == "distinctive" and len(bones := skeleton(read)) >= 3:
                found.setdefault("~" + bones, 1.6 * weight)
                found.setdefault("~" + bones[:3], weight)
        if not word.latin:
            for start in range(len(word.written) - 1):
                found.setdefault(word.written[start : start + 2], weight)
    initials = "".join(word.written[0] for word in form.words if word.latin)
    if len(initials) >= 3:
        found.setdefault("@" + initials, 0.5)
    if len(form.words) == 1 and 3 <= len(form.words[0].written) <= 6:
        found.setdefault("@" + form.words[0].written, 0.5)
    if 2 <= len(form.words) <= 3:
        joined = "".join(min(word.read, default="") for word in form.words)
        found.setdefault("=" + sound(joined), 1.0)
    return found


class Candidates:
    """An index of listed names."""

    def __init__(self, forms: Sequence[Form]) -> None:
        listed = [pieces(form) for form in forms]
        df = Counter(piece for found in listed for piece in found)
        self._columns = {piece: column for column, piece in enumerate(df)}
        count = max(len(forms), _LEAST_COUNT)
        self._idf = np.log((count + 1) / (np.fromiter(df.values(), float, len(df)) + 0.5))
        self._unknown = float(np.log((count + 1) / 0.5))
        self._scripts = [_scripts(form) for form in forms]
        self._several = len(set(self._scripts)) > 1
        self._skeletons: dict[str, list[int]] = {}
        for number, form in enumerate(forms):
            for bones in _skeletons(form):
                self._skeletons.setdefault(bones, []).append(number)
        self._matrix: Any = self._rows(listed, known_only=True).T.tocsr() if forms else None

    def of(self, forms: Sequence[Form], most: int) -> Iterable[list[int]]:
        """For each name the numbers of at most `most` listed names, best first."""
        if self._matrix is None:
            return ([] for _ in forms)
        return self._of(forms, most)

    def _of(self, forms: Sequence[Form], most: int) -> Iterable[list[int]]:
        for start in range(0, len(forms), _CHUNK):
            rows = self._rows([pieces(form) for form in forms[start : start + _CHUNK]], known_only=False)
            found: Any = rows @ self._matrix
            for row in range(rows.shape[0]):
                begin, end = found.indptr[row], found.indptr[row + 1]
                values, places = found.data[begin:end], found.indices[begin:end]
                good = values >= LEAST
                values, places = values[good], places[good]
                if len(values) > most:
                    best = np.argpartition(values, -most)[-most:]
                    values, places = values[best], places[best]
                best_first = places[np.argsort(-values, kind="stable")].tolist()
                yield best_first + self._by_skeleton(forms[start + row], set(best_first))

    def _by_skeleton(self, form: Form, known: set[int]) -> list[int]:
        """Names in another script share no trigram with this spelling, but their consonants."""
        scripts = _scripts(form)
        if not self._several and (not self._scripts or scripts == self._scripts[0]):
            return []
        found = [number for bones in _skeletons(form) for number in self._skeletons.get(bones, ())]
        other = (number for number in dict.fromkeys(found) if self._scripts[number] != scripts and number not in known)
        return list(islice(other, _MOST_BY_SKELETON))

    def _rows(self, listed: Sequence[dict[str, float]], *, known_only: bool) -> Any:
        indptr, columns, data = [0], list[int](), list[float]()
        for found in listed:
            square = 0.0
            begin = len(data)
            for piece, weight in found.items():
                column = self._columns.get(piece)
                value = weight * (self._unknown if column is None else float(self._idf[column]))
                square += value * value
                if column is not None:
                    columns.append(column)
                    data.append(value)
            norm = square**0.5 or 1.0
            data[begin:] = [value / norm for value in data[begin:]]
            indptr.append(len(data))
        shape = (len(listed), len(self._columns))
        return csr_array((np.array(data), np.array(columns, dtype=np.int64), np.array(indptr)), shape=shape)
