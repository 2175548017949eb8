"""From ids of any kind to row numbers."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from meguri.footprint.engine.arrays import Ints

_SPARSE = 4


class Index:
    """Row numbers of ids.

    Whole numbers that lie close together are looked up in a plain table, which is many times faster than hashing;
    numbered parts are what exports from databases bring.
    """

    def __init__(self, ids: Any) -> None:
        """`ids` is an Arrow array."""
        self.type = pa.int64() if pa.types.is_integer(ids.type) and ids.type != pa.uint64() else ids.type
        self._ids = ids.cast(self.type)
        self._rows: Ints | None = None
        self._lowest = 0
        if self.type == pa.int64() and len(ids) and not ids.null_count:
            numbers = _numbers(self._ids)
            self._lowest, highest = int(numbers.min()), int(numbers.max())
            if highest - self._lowest < _SPARSE * len(ids):
                self._rows = np.full(highest - self._lowest + 1, -1, dtype=np.int64)
                self._rows[numbers - self._lowest] = np.arange(len(ids))

    @property
    def unique(self) -> bool:
        """Whether every id stands once, and none is empty."""
        if self._rows is not None:
            return int((self._rows >= 0).sum()) == len(self._ids)
        return not self._ids.null_count and pc.count_distinct(self._ids).as_py() == len(self._ids)

    def rows(self, ids: Any) -> Ints:
        """The row of each id, −1 where there is none; `ids` are of `type`."""
        if self._rows is None or ids.null_count:
            found = pc.fill_null(pc.index_in(ids, value_set=self._ids, skip_nulls=True), -1)
            return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.int64)
        places = _numbers(ids) - self._lowest
        outside = (places < 0) | (places >= self._rows.size)
        if outside.any():
            places = np.where(outside, 0, places)
            return np.where(outside, -1, self._rows[places])
        return self._rows[places]


def _numbers(ids: Any) -> Ints:
    return np.asarray(ids.to_numpy(zero_copy_only=False))
