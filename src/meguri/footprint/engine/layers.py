"""Order of computing: layers of parts such that every part stands after all that it needs."""

from dataclasses import dataclass

import numpy as np

from meguri.footprint.engine.arrays import Ints, Matrix, spans

_FEW = 64
# From so many layers on, most of them hold a handful of parts, and a call of numpy for each costs more than it saves.
DEEP = 256


class Cyclic(Exception):
    """The structure has a cycle; `rows` are the parts on it, each needing the next."""

    def __init__(self, rows: list[int]) -> None:
        super().__init__(rows)
        self.rows = rows


@dataclass(frozen=True, slots=True)
class Layers:
    """Parts in the order of computing.

    order   row numbers, leaves first; None if the caller's own numbering can be walked as it is
    bounds  spans (start, stop) of `order` (or of row numbers) to compute one after the other; within one span no part
            needs another
    """

    order: Ints | None
    bounds: list[tuple[int, int]]


def layers_of(uses: Matrix) -> Layers:
    """Layers of the structure `uses` (row part needs column part). Raises Cyclic."""
    bounds = _as_numbered(uses)
    if bounds is not None:
        return Layers(None, bounds)
    heights = heights_of(uses)
    order = np.argsort(heights, kind="stable")
    edges = np.cumsum(np.bincount(heights))
    return Layers(order, list(zip([0, *edges[:-1].tolist()], edges.tolist(), strict=True)))


def heights_of(uses: Matrix) -> Ints:
    """Each part's height: 0 if it needs nothing, else one more than the highest part that it needs. Raises Cyclic."""
    size = uses.shape[0]
    users = uses.T.tocsr()
    starts, parents = users.indptr.astype(np.int64), users.indices
    waiting_for = np.diff(uses.indptr).astype(np.int64)
    heights = np.full(size, -1, dtype=np.int64)
    ready: Ints = np.flatnonzero(waiting_for == 0)
    height, done = 0, 0
    seat = np.empty(size, dtype=np.int64)
    while ready.size:
        if height == DEEP:
            done += _one_by_one(heights, waiting_for, starts.tolist(), parents.tolist(), ready)
            break
        heights[ready] = height
        done += ready.size
        height += 1
        above = parents[spans(starts[ready], starts[ready + 1] - starts[ready])]
        np.subtract.at(waiting_for, above, 1)
        ready = _each_once(above[waiting_for[above] == 0].astype(np.int64), seat)
    if done < size:
        raise Cyclic(_one_cycle(uses, heights))
    return heights


def _one_by_one(heights: Ints, waiting_for: Ints, first: list[int], users: list[int], ready: Ints) -> int:
    """Fills `heights` from layer `DEEP` on, part by part; how many parts it reached."""
    waiting = waiting_for.tolist()
    found: list[int] = []
    sizes: list[int] = []
    layer: list[int] = ready.tolist()
    while layer:
        found += layer
        sizes.append(len(layer))
        above = []
        for part in layer:
            for user in users[first[part] : first[part + 1]]:
                waiting[user] -= 1
                if not waiting[user]:
                    above.append(user)
        layer = above
    heights[found] = DEEP + np.repeat(np.arange(len(sizes)), sizes)
    return len(found)


def _each_once(rows: Ints, seat: Ints) -> Ints:
    # Without sorting: of equal rows, the one that sat down last keeps the seat.
    turn = np.arange(rows.size)
    seat[rows] = turn
    kept: Ints = rows[seat[rows] == turn]
    return kept


def _as_numbered(uses: Matrix) -> list[tuple[int, int]] | None:
    """Spans of the caller's numbering if every part is numbered before all that it needs (or after), and spans are few.

    Walking the numbering as it is saves reordering every column; import formats often list level by level.
    """
    filled = np.flatnonzero(np.diff(uses.indptr))
    if not filled.size:
        return [(0, uses.shape[0])]
    begins = uses.indptr[filled]
    nearest_below = np.full(uses.shape[0], uses.shape[0], dtype=np.int64)
    nearest_below[filled] = np.minimum.reduceat(uses.indices, begins)
    if (nearest_below > np.arange(uses.shape[0])).all():
        return _cut_from_the_end(nearest_below)
    return None


def _cut_from_the_end(nearest_below: Ints) -> list[tuple[int, int]] | None:
    # A row may join the span that ends at `stop` only if all that it needs is numbered from `stop` on. Taking the
    # minimum over all rows from here to `stop` is not needed: one row that fails ends the span.
    bounds: list[tuple[int, int]] = []
    stop = nearest_below.size
    while stop:
        inside = np.flatnonzero(nearest_below[:stop] < stop)
        start = int(inside[-1]) + 1 if inside.size else 0
        bounds.append((start, stop))
        if len(bounds) > _FEW:
            return None
        stop = start
    return bounds


def _one_cycle(uses: Matrix, heights: Ints) -> list[int]:
    """One cycle among the parts that got no height: each of them needs another such part, so any walk must return."""
    row = int(np.flatnonzero(heights < 0)[0])
    walked: dict[int, int] = {}
    while row not in walked:
        walked[row] = len(walked)
        needed = uses.indices[uses.indptr[row] : uses.indptr[row + 1]]
        row = int(needed[heights[needed] < 0].min())
    return list(walked)[walked[row] :]
