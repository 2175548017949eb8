"""Carrying something along the links of the parts that it touches, and of no others."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from meguri.footprint.engine.arrays import Floats, Ints, Matrix, spans

_YES = np.array([True])

EdgesOf: TypeAlias = Callable[[Ints], tuple[Ints, Ints, Floats]]


def edges_of(matrix: Matrix) -> EdgesOf:
    """For rows: the columns that they lead to, which of the given rows leads there (its place), and the amounts."""
    starts = matrix.indptr

    def edges(rows: Ints) -> tuple[Ints, Ints, Floats]:
        first = starts[rows].astype(np.int64)
        counts = starts[rows + 1] - first
        where = spans(first, counts)
        return matrix.indices[where].astype(np.int64), np.repeat(np.arange(rows.size), counts), matrix.data[where]

    return edges


def carry(edges: EdgesOf, turn: Ints, rows: Ints, values: Floats) -> tuple[Ints, Floats]:
    """What `rows` hold, carried on along all links from them: (rows reached, what each holds in the end).

    edges   leads from a row to the next ones
    turn    every link leads to a row of a greater turn; so each row is visited once, when all has arrived that will
    rows    the first rows; `values` is (row, figure), what they hold
    """
    waiting, held = _gathered(rows, values)
    visited, carried = [], []
    while waiting.size:
        turns = turn[waiting]
        low = turns == turns.min()
        now, here, later = waiting[low], held[low], ~low
        visited.append(now)
        carried.append(here)
        onward, place, amounts = edges(now)
        brought = amounts[:, None] * here[place]
        waiting, held = _gathered(np.concatenate([waiting[later], onward]), np.concatenate([held[later], brought]))
    return np.concatenate([rows[:0], *visited]), np.concatenate([values[:0], *carried])


def _gathered(rows: Ints, values: Floats) -> tuple[Ints, Floats]:
    """Each row once, with the sum of its values."""
    if rows.size < 2:
        return rows, values
    order = np.argsort(rows, kind="stable")
    rows = rows[order]
    first = np.flatnonzero(np.concatenate([_YES, rows[1:] != rows[:-1]]))
    return rows[first], np.add.reduceat(values[order], first, axis=0)
