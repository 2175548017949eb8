"""What a reader could work out from the totals that it is shown (pure).

Of one side (pre or main), a total is a sum of terms: factor × figure, where a figure is what a maker declares of a part
or what a supplier answered. A figure that the reader knows, and one that is nothing, hides nothing and is left out. A
supplier's figure is derivable if the totals shown, taken together, leave no freedom in it: its unit vector lies in the
row space of their factors. One total with one hidden term is the plainest case; two totals that share all hidden terms
but one are another. Factors count as known: a bill of materials is guessed or weighed more easily than a figure.
Source: the contract of the footprint, confidentiality, inference guard `derivable_child`.
"""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TypeVar

Figure = TypeVar("Figure")
_PRIME = 2**127 - 1
Total = Mapping[Figure, Fraction]


def derivable(totals: Iterable[Total[Figure]]) -> set[Figure]:
    """The figures that these totals determine. Each total: hidden figure → factor (0 means the figure is not in it).

    Solved in the field of remainders of a great prime, for exact fractions grow without bound: the answer is the same
    unless the prime divides one of the system's minors, which happens to one system in 10³⁰.
    """
    rows: list[dict[Figure, int]] = []
    _add(rows, totals)
    return _determined(rows)


def _add(rows: list[dict[Figure, int]], totals: Iterable[Total[Figure]]) -> None:
    for total in totals:
        residues = {figure: _residue(factor) for figure, factor in total.items() if factor}
        _reduce_by(rows, {figure: factor for figure, factor in residues.items() if factor})


def _determined(rows: Iterable[dict[Figure, int]]) -> set[Figure]:
    return {next(iter(row)) for row in rows if len(row) == 1}


def _residue(factor: Fraction) -> int:
    return factor.numerator * pow(factor.denominator, -1, _PRIME) % _PRIME


def _reduce_by(rows: list[dict[Figure, int]], fresh: dict[Figure, int]) -> None:
    """Adds a row to a reduced system and reduces it again: each row's first figure is in no other row."""
    for row in rows:
        pivot = next(iter(row))
        if pivot in fresh:
            _subtract(fresh, row, fresh[pivot])
    if not fresh:
        return
    pivot, lead = next(iter(fresh.items()))
    inverse = pow(lead, -1, _PRIME)
    normal = {figure: factor * inverse % _PRIME for figure, factor in fresh.items()}
    for row in rows:
        if pivot in row:
            _subtract(row, normal, row[pivot])
    rows.append(normal)


def _subtract(row: dict[Figure, int], other: Mapping[Figure, int], times: int) -> None:
    for figure, factor in other.items():
        rest = (row.get(figure, 0) - times * factor) % _PRIME
        if rest:
            row[figure] = rest
        else:
            row.pop(figure, None)


def joined(this: Total[Figure], others: Iterable[Total[Figure]], most: int) -> list[Total[Figure]]:
    """Those of the others that share figures with this one, at once or over each other; the nearest, at most `most`.

    Totals that share nothing say nothing about each other: leaving them out changes no answer.
    """
    left, near, found = [one for one in others if one], set(this), list[Total[Figure]]()
    while len(found) < most and (fresh := [one for one in left if not near.isdisjoint(one)]):
        found += fresh
        left = [one for one in left if near.isdisjoint(one)]
        near |= {figure for one in fresh for figure in one}
    return found[:most]


def newly_derivable(shown: Sequence[Total[Figure]], added: Sequence[Total[Figure]]) -> set[Figure]:
    """What can be worked out with the added totals and could not without them."""
    rows: list[dict[Figure, int]] = []
    _add(rows, shown)
    before = _determined(rows)
    _add(rows, added)
    return _determined(rows) - before


def one_changed(before: Total[Figure], now: Total[Figure], restated: Iterable[Figure]) -> Figure | None:
    """The one term in which two versions of a total differ, if it is one; else None.

    `restated`: figures whose value is another now. A term also differs where its factor does, added and removed ones
    included: the difference of the two totals is then this figure's doing alone.
    """
    restated = set(restated)
    figures = {*before, *now}
    changed = [
        one
        for one in figures
        if before.get(one, Fraction(0)) != now.get(one, Fraction(0)) or (one in restated and now.get(one))
    ]
    return changed[0] if len(changed) == 1 else None
