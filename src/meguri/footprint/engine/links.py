"""Links that can change in place: both directions kept in step, new links beside the sorted ones."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from meguri.footprint.engine.arrays import Floats, Ints, Matrix
from meguri.footprint.engine.carry import edges_of
from meguri.footprint.engine.layers import Cyclic
from meguri.footprint.engine.structure import Structure


class Amount(NamedTuple):
    """One unit of `parent` needs `amount` units of `child`; 0 takes the link away."""

    parent: int
    child: int
    amount: float


class MutableLinks:
    """The links of a structure, and changes to them.

    A link that the structure has is changed where it stands (0 = taken away); a new one is kept in a small map, so that
    a change costs what it touches, not the size of the structure.
    """

    def __init__(self, structure: Structure) -> None:
        """A copy: `structure` itself never changes."""
        self._down: Matrix = structure.uses.copy()
        self._up: Matrix = structure.users.copy()
        self._new_down: dict[int, dict[int, float]] = {}
        self._new_up: dict[int, dict[int, float]] = {}
        self.heights: Ints = structure.heights.copy()

    def children(self, rows: Ints) -> tuple[Ints, Ints, Floats]:
        """What `rows` need: child, place of its parent in `rows`, amount."""
        return _with_new(edges_of(self._down)(rows), rows, self._new_down)

    def parents(self, rows: Ints) -> tuple[Ints, Ints, Floats]:
        """What needs `rows`: parent, place of its child in `rows`, amount."""
        return _with_new(edges_of(self._up)(rows), rows, self._new_up)

    def amount(self, parent: int, child: int) -> float:
        """Units of `child` in one unit of `parent`, 0 if there is no such link."""
        at = _position(self._down, parent, child)
        return self._new_down.get(parent, {}).get(child, 0.0) if at is None else float(self._down.data[at])

    def put(self, change: Amount) -> Amount:
        """Makes the change; returns the change that would undo it. Raises Cyclic, and then nothing is changed."""
        parent, child, amount = change
        undo = Amount(parent, child, self.amount(parent, child))
        if amount and not undo.amount:
            self._make_room(parent, child)
        down, up = _position(self._down, parent, child), _position(self._up, child, parent)
        if down is not None and up is not None:
            self._down.data[down] = self._up.data[up] = amount
        elif amount:
            self._new_down.setdefault(parent, {})[child] = amount
            self._new_up.setdefault(child, {})[parent] = amount
        elif undo.amount:
            del self._new_down[parent][child], self._new_up[child][parent]
        return undo

    @property
    def added(self) -> int:
        """How many links stand beside the sorted ones."""
        return sum(map(len, self._new_down.values()))

    def listed(self) -> tuple[Ints, Ints, Floats]:
        """All links as (parents, children, amounts)."""
        rows = np.arange(self.heights.size, dtype=np.int64)
        children, place, amounts = self.children(rows)
        return rows[place], children, amounts

    def _make_room(self, parent: int, child: int) -> None:
        """Raises the parent, and all that needs it, above the child. Heights only ever grow, so no undo is needed."""
        if self.heights[parent] > self.heights[child]:
            return
        way = self._way(child, parent)
        if way is not None:
            raise Cyclic([parent, *way[:-1]])
        self.heights[parent] = self.heights[child] + 1
        rising = np.array([parent], dtype=np.int64)
        while rising.size:
            above, place, _ = self.parents(rising)
            needed = self.heights[rising[place]] + 1
            low = self.heights[above] < needed
            np.maximum.at(self.heights, above[low], needed[low])
            rising = np.unique(above[low])

    def _way(self, start: int, goal: int) -> list[int] | None:
        """Parts from `start` down to `goal`, each needing the next; None if there is no way. A way only descends."""
        came_from = {start: start}
        front = np.array([start], dtype=np.int64)
        while front.size and goal not in came_from:
            below, place, _ = self.children(front)
            rows = front[place].tolist()
            fresh = [
                (part, above)
                for part, above in zip(below.tolist(), rows, strict=True)
                if part not in came_from and self.heights[part] >= self.heights[goal]
            ]
            came_from.update(fresh)
            front = np.array(list(dict(fresh)), dtype=np.int64)
        if goal not in came_from:
            return None
        way = [goal]
        while way[-1] != start:
            way.append(came_from[way[-1]])
        return way[::-1]


def _with_new(
    edges: tuple[Ints, Ints, Floats], rows: Ints, new: dict[int, dict[int, float]]
) -> tuple[Ints, Ints, Floats]:
    ends, place, amounts = edges
    if not amounts.all():
        live = amounts != 0
        ends, place, amounts = ends[live], place[live], amounts[live]
    if not new:
        return ends, place, amounts
    more: Iterable[tuple[int, int, float]] = [
        (end, at, amount) for at, row in enumerate(rows.tolist()) for end, amount in new.get(row, {}).items()
    ]
    if not more:
        return ends, place, amounts
    new_ends, new_place, new_amounts = zip(*more, strict=True)
    return (
        np.concatenate([ends, np.array(new_ends, dtype=np.int64)]),
        np.concatenate([place, np.array(new_place, dtype=np.int64)]),
        np.concatenate([amounts, np.array(new_amounts, dtype=np.float64)]),
    )


def _position(matrix: Matrix, row: int, column: int) -> int | None:
    start, stop = int(matrix.indptr[row]), int(matrix.indptr[row + 1])
    at = start + int(np.searchsorted(matrix.indices[start:stop], column))
    return at if at < stop and int(matrix.indices[at]) == column else None
