"""Array types of the engine, and the one index trick that it uses everywhere."""

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Matrix = csr_array[np.float64]


def spans(starts: Ints, counts: Ints) -> Ints:
    """The positions `start … start+count-1` of every span, one after the other."""
    total = int(counts.sum())
    shift = np.repeat(starts - np.cumsum(counts) + counts, counts)
    return shift + np.arange(total, dtype=np.int64)


def times(matrix: Matrix, values: Floats) -> Floats:
    """matrix · values, dense: (row,) or (row, figure)."""
    return np.asarray(matrix @ values)
