"""Random structures without cycles, with parts numbered in no particular order."""

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from meguri.footprint.engine.arrays import Floats, Ints
from meguri.footprint.engine.structure import Structure, structure_of


@dataclass(frozen=True)
class Example:
    size: int
    parents: Ints
    children: Ints
    amounts: Floats
    own: Floats

    @property
    def structure(self) -> Structure:
        return structure_of(self.parents, self.children, self.amounts, self.size)

    def dense(self) -> Floats:
        """Totals by plain linear algebra: an independent calculation."""
        uses = np.zeros((self.size, self.size))
        np.add.at(uses, (self.parents, self.children), self.amounts)
        return np.linalg.solve(np.eye(self.size) - uses, self.own)


@st.composite
def examples(draw: st.DrawFn, figures: int = 3) -> Example:
    size = draw(st.integers(1, 14))
    order = np.array(draw(st.permutations(range(size))), dtype=np.int64)
    pairs = [(a, b) for a in range(size) for b in range(a + 1, size)]
    links = draw(st.lists(st.sampled_from(pairs), max_size=40)) if pairs else []
    thousandths = st.integers(1, 3000)
    amounts = [draw(thousandths) / 1000 for _ in links]
    own = [[draw(st.integers(-5000, 50000)) / 1000 for _ in range(figures)] for _ in range(size)]
    return Example(
        size,
        order[[a for a, _ in links]],
        order[[b for _, b in links]],
        np.array(amounts, dtype=float),
        np.array(own, dtype=float).reshape(size, figures),
    )
