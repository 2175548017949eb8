"""Reference structures with known totals, the same on every machine: for benchmarks and to check an installation."""

from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from meguri.footprint.engine.arrays import Floats, Ints

_SHARES = (1, 2, 4, 6, 6, 4, 2, 1)
_SLOTS = 5


@dataclass(frozen=True)
class Reference:
    """Links (one unit of `parents[e]` needs `amounts[e]` of `children[e]`) and each part's own figure."""

    parents: Ints
    children: Ints
    amounts: Floats
    own: Floats

    @property
    def fingerprint(self) -> str:
        """First 16 hexadecimal digits of the SHA-256 over parents, children (int64), amounts, own (float64)."""
        parts = (self.parents.astype("<i8"), self.children.astype("<i8"), self.amounts, self.own)
        return sha256(b"".join(part.tobytes() for part in parts)).hexdigest()[:16]


@dataclass(frozen=True)
class Check:
    """What a reference must give: its fingerprint, number of links, total of part 0, and sum of all totals."""

    fingerprint: str
    links: int
    first: float
    sum: float


DAG_CHECKS = {
    10**3: Check("4a87ec015493b965", 4724, 237055.430104145, 12780496.5587846),
    10**4: Check("04a18124a4a7eddc", 47971, 145910.721731071, 173635982.378607),
    10**5: Check("feda7e13b3c9a3ea", 480686, 242660.298051763, 1733852751.34167),
    10**6: Check("413b78c478749db1", 4807612, 75577.4752103098, 17220157371.6574),
}
TREE_CHECKS = {
    10**5: Check("9f815e796fc3040b", 10**5 - 1, 6860.31672560397, 1003008.96833548),
    10**6: Check("db85e2a0b13951d3", 10**6 - 1, 24498.7953175591, 10085374.8041342),
}


def dag(size: int, seed: int = 1) -> Reference:
    """Parts shared by many parents, on eight levels of which the middle ones are the widest; about 4.8 links a part.

    Each part of a level but the last has five slots: four in five are filled from the next level, the others from any
    deeper one; a slot filled twice alike counts once.
    """
    random = np.random.default_rng(seed)
    edges = _level_edges(size)
    pairs = []
    for level in range(len(_SHARES) - 1):
        slots = _SLOTS * (edges[level + 1] - edges[level])
        near = random.integers(edges[level + 1], edges[level + 2], slots)
        far = random.integers(edges[level + 1], size, slots)
        children = np.where(random.random(slots) < 0.8, near, far)
        pairs.append(np.repeat(np.arange(edges[level], edges[level + 1]), _SLOTS) * size + children)
    keys = np.unique(np.concatenate(pairs))
    amounts = random.uniform(0.01, 2, keys.size)
    return Reference(keys // size, keys % size, amounts, random.uniform(0, 10, size))


def tree(size: int, seed: int = 1) -> Reference:
    """Each part has one parent and up to five children."""
    random = np.random.default_rng(seed)
    children = np.arange(1, size, dtype=np.int64)
    amounts = random.uniform(0.01, 1, size - 1)
    return Reference((children - 1) // 5, children, amounts, random.uniform(0, 10, size))


def _level_edges(size: int) -> list[int]:
    sizes = [share * size // sum(_SHARES) for share in _SHARES[:-1]]
    return [0, *np.cumsum(sizes).tolist(), size]
