"""Walking a genealogy: which origins brought how much of an element into a lot, and where a lot's element went.

    share_e(origin → lot) = Σ over ways of the product of m_e(parent→child) / Σ m_e(·→child)

Each edge (child, parent, kg) is used once, in the order of the graph (Kahn), so that many ways between two lots, and long
ones, cost nothing extra. Lots are numbered first, so that a hundred thousand of them are walked in arrays.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

Lot = TypeVar("Lot", bound=Hashable)
Edges = Sequence[tuple[Lot, Lot, float]]
Ints = NDArray[np.intp]
Floats = NDArray[np.float64]
REAGENTS = UUID(int=0)
"""The parent of what came with reagents: no lot, but an origin like one."""
_MIX = np.uint64(0x9E3779B97F4A7C15)


class Walk:
    """Edges around a lot by number: lot 0 is where the walk starts, `ids` names the others (16 bytes each)."""

    def __init__(self, child: Ints, parent: Ints, kg: Floats, ids: NDArray[np.uint64]) -> None:
        """child, parent: number of a lot by edge; kg: what went; ids: (lots, 2), the halves of each lot's id."""
        self.child, self.parent, self.kg, self.ids = child, parent, kg, ids

    @property
    def lots(self) -> int:
        """How many lots there are."""
        return len(self.ids)

    def uuid(self, place: int) -> UUID:
        """The id of a lot by its number."""
        return UUID(bytes=self.ids[place].astype(">u8").tobytes())


def numbered(start: UUID, children: bytes, parents: bytes, kilograms: bytes) -> Walk:
    """Edges as the database sends them: ids of 16 bytes one after the other, kg as big-endian doubles, of one order."""
    pairs = np.frombuffer(start.bytes + children + parents, dtype=">u8").reshape(-1, 2).astype(np.uint64)
    first, place = _distinct(pairs)
    mine = place[0]
    place = np.where(place == mine, 0, np.where(place == 0, mine, place))  # the start changes places with number 0
    first[0], first[mine] = first[mine], first[0]
    edges = (len(pairs) - 1) // 2
    return Walk(
        child=place[1 : edges + 1],
        parent=place[edges + 1 :],
        kg=np.frombuffer(kilograms, dtype=">f8").astype(np.float64),
        ids=pairs[first],
    )


def _distinct(pairs: NDArray[np.uint64]) -> tuple[Ints, Ints]:
    """Where each distinct pair stands first, and the number of each row's pair.

    Sorted by one mixed word, which is many times quicker than by two; should two ids ever mix alike, by both.
    """
    mixed = pairs[:, 0] * _MIX ^ pairs[:, 1]
    _, first, place = np.unique(mixed, return_index=True, return_inverse=True)
    if not np.array_equal(pairs[first][place], pairs):
        _, first, place = np.unique(pairs, axis=0, return_index=True, return_inverse=True)
    return first, place.reshape(-1)


def brought(walk: Walk) -> Floats:
    """kg of the element that parents (and reagents) brought into each lot: all that it held when it was made."""
    return np.bincount(walk.child, weights=walk.kg, minlength=walk.lots).astype(np.float64)


def shares_above(walk: Walk) -> Floats:
    """Share (0–1) of lot 0 that passed through each lot above it."""
    into = brought(walk)
    rows = np.argsort(walk.child, kind="stable")
    part = np.divide(walk.kg, into[walk.child], out=np.zeros(len(rows)), where=into[walk.child] > 0)
    waiting = np.bincount(walk.parent, minlength=walk.lots)
    return _carried(walk.lots, walk.child[rows], walk.parent[rows], part[rows], waiting)


def origins_above(walk: Walk) -> dict[int, float]:
    """Share (0–1) of lot 0's element by origin: lots without parents."""
    share = shares_above(walk)
    share[walk.child] = 0.0
    if not len(walk.child):
        share[0] = 1.0
    return {int(place): float(share[place]) for place in np.flatnonzero(share > 0)}


def shares_below(walk: Walk) -> Floats:
    """Share (0–1) of each lot's element that comes from lot 0; edges from parents that are no descendants count too."""
    into = brought(walk)
    part = np.divide(walk.kg, into[walk.child], out=np.zeros(len(walk.kg)), where=into[walk.child] > 0)
    rows = np.argsort(walk.parent, kind="stable")
    below = _below(walk.lots, walk.parent[rows], walk.child[rows])
    waiting = np.bincount(walk.child[below[walk.parent]], minlength=walk.lots)
    return _carried(walk.lots, walk.parent[rows], walk.child[rows], part[rows], waiting)


def _carried(lots: int, source: Ints, target: Ints, part: Floats, waiting: Ints) -> Floats:
    """What of lot 0 reaches each lot, edge by edge in the order of the graph. Edges come sorted by source."""
    begin = np.searchsorted(source, np.arange(lots + 1)).tolist()
    to, factor, left = target.tolist(), part.tolist(), waiting.tolist()
    share = [0.0] * lots
    share[0] = 1.0
    ready = [0]
    while ready:
        one = ready.pop()
        mine = share[one]
        for edge in range(begin[one], begin[one + 1]):
            other = to[edge]
            share[other] += mine * factor[edge]
            left[other] -= 1
            if not left[other]:
                ready.append(other)
    return np.array(share)


def _below(lots: int, source: Ints, target: Ints) -> NDArray[np.bool_]:
    """Which lots are lot 0 or below it. Edges come sorted by source."""
    begin = np.searchsorted(source, np.arange(lots + 1)).tolist()
    to = target.tolist()
    found = bytearray(lots)
    found[0] = 1
    ready = [0]
    while ready:
        one = ready.pop()
        for other in to[begin[one] : begin[one + 1]]:
            if not found[other]:
                found[other] = 1
                ready.append(other)
    return np.frombuffer(found, dtype=np.bool_)


def nearest(walk: Walk, most: int, *, up: bool) -> list[int]:
    """The `most` edges nearest to lot 0 in one direction, breadth first."""
    source, target = (walk.child, walk.parent) if up else (walk.parent, walk.child)
    rows = np.argsort(source, kind="stable")
    begin = np.searchsorted(source[rows], np.arange(walk.lots + 1))
    found: list[int] = []
    seen, ready = {0}, [0]
    for one in ready:
        for edge in rows[begin[one] : begin[one + 1]]:
            if len(found) == most:
                return found
            found.append(int(edge))
            other = int(target[edge])
            if other not in seen:
                seen.add(other)
                ready.append(other)
    return found


# The same for edges that are named


def origins(edges: Edges[Lot], lot: Lot) -> dict[Lot, float]:
    """Share (0–1) of the element that each origin (a lot without parents) brought into `lot`.

    edges  every edge above `lot`
    """
    walk, names = _walk(edges, lot)
    return {names[place]: share for place, share in origins_above(walk).items()}


def descendants(edges: Edges[Lot], lot: Lot, made_kg: Mapping[Lot, float]) -> dict[Lot, float]:
    """kg of the element from `lot` in each of its descendants as they were made.

    edges    every edge into a descendant, also from parents that are no descendants themselves
    made_kg  kg of the element in each descendant when it was made
    """
    walk, names = _walk(edges, lot)
    share = shares_below(walk)
    return {
        names[place]: float(share[place]) * made_kg.get(names[place], 0.0)
        for place in np.flatnonzero(share > 0)
        if place
    }


def _walk(edges: Edges[Lot], lot: Lot) -> tuple[Walk, list[Lot]]:
    places: dict[Lot, int] = {lot: 0}
    child = np.array([places.setdefault(c, len(places)) for c, _, _ in edges], dtype=np.intp)
    parent = np.array([places.setdefault(p, len(places)) for _, p, _ in edges], dtype=np.intp)
    kg = np.array([kg for _, _, kg in edges], dtype=np.float64)
    return Walk(child, parent, kg, np.zeros((len(places), 2), dtype=np.uint64)), list(places)
