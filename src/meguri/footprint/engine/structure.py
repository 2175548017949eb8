"""What is made of what: a sparse matrix with an order of computing."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csc_array, csr_array, eye_array

from meguri.footprint.engine.arrays import Floats, Ints, Matrix
from meguri.footprint.engine.errors import CycleInStructure
from meguri.footprint.engine.layers import DEEP, Cyclic, Layers, layers_of


@dataclass(frozen=True)
class Structure:
    """A structure without cycles, ready to compute.

    uses    (part, part)   units of the column part in one unit of the row part; > 0
    layers  the order of computing
    """

    uses: Matrix
    layers: Layers

    @property
    def size(self) -> int:
        """Number of parts."""
        return int(self.uses.shape[0])

    @cached_property
    def users(self) -> Matrix:
        """The transpose, by rows: which parts use the row part, and how much of it."""
        return self.uses.T.tocsr()

    @cached_property
    def heights(self) -> Ints:
        """A number for each part that is greater than that of every part it needs."""
        heights = np.empty(self.size, dtype=np.int64)
        for height, (start, stop) in enumerate(self.layers.bounds):
            rows = slice(start, stop) if self.layers.order is None else self.layers.order[start:stop]
            heights[rows] = height
        return heights

    @cached_property
    def order(self) -> Ints:
        """All parts in an order of computing."""
        order = self.layers.order
        return np.arange(self.size)[::-1] if order is None else order

    @property
    def deep(self) -> bool:
        """Whether the layers are so many that walking them one by one is slower than part by part (`lower`)."""
        return len(self.layers.bounds) > DEEP

    @cached_property
    def lower(self) -> "csc_array[np.float64]":
        """1 − `uses` in the order of computing of a deep structure: unit lower triangular, by columns."""
        return (eye_array(self.size, format="csr") - _reordered(self.uses, self.order)).tocsc()

    @cached_property
    def blocks(self) -> list[tuple[int, int, Matrix]]:
        """For each layer that needs anything: its span, and its rows of `uses`, numbered in the order of computing."""
        ordered = self.uses if self.layers.order is None else _reordered(self.uses, self.layers.order)
        return [
            (start, stop, ordered[start:stop])
            for start, stop in self.layers.bounds
            if ordered.indptr[stop] > ordered.indptr[start]
        ]


def structure_of(
    parents: Ints, children: Ints, amounts: Floats, size: int, name: Callable[[int], str] = str
) -> Structure:
    """The structure in which one unit of `parents[e]` needs `amounts[e]` units of `children[e]`.

    parents, children  row numbers 0 … size-1; parallel links are added up
    amounts            > 0 and finite (see `tables.py`, which says so to people)
    name               how a row number is called in the message about a cycle
    Raises CycleInStructure, naming the parts on one cycle.
    """
    uses = csr_array(coo_array((amounts, (_narrow(parents, size), _narrow(children, size))), shape=(size, size)))
    uses.sum_duplicates()
    try:
        return Structure(uses, layers_of(uses))
    except Cyclic as cycle:
        raise CycleInStructure([name(row) for row in cycle.rows]) from None


def _narrow(rows: Ints, size: int) -> npt.NDArray[np.int32] | Ints:
    # Half the width means half the memory to read in every sweep.
    return rows.astype(np.int32) if max(size, rows.size) < 2**31 else rows


def _reordered(uses: Matrix, order: Ints) -> Matrix:
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    rows = uses[order]
    return csr_array((rows.data, place[rows.indices].astype(rows.indices.dtype), rows.indptr), shape=uses.shape)
