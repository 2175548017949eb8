"""Samples as PostgreSQL's binary COPY wants them, made by one copy of memory instead of row by row.

Source: PostgreSQL documentation, COPY, "Binary Format". Missing values travel as NaN and become NULL in the database.
"""

import struct

import numpy as np

from meguri.telemetry.arrays import Floats
from meguri.telemetry.series import Series

HEAD = b"PGCOPY\n\xff\r\n\x00" + struct.pack(">ii", 0, 0)
TAIL = struct.pack(">h", -1)
COLUMNS = ("voltage", "current", "temperature", "soc", "cell_min", "cell_max")
_SECONDS_TO_2000 = 946_684_800
_ROW = np.dtype(
    [("fields", ">i2"), ("at_size", ">i4"), ("at", ">i8")]
    + [part for name in COLUMNS for part in ((f"{name}_size", ">i4"), (name, ">f4"))]
)


def rows_of(unix_s: Floats, columns: dict[str, Floats]) -> bytes:
    """The rows of samples at `unix_s`; a column that is not there is NaN."""
    rows = np.zeros(len(unix_s), dtype=_ROW)
    rows["fields"] = 1 + len(COLUMNS)
    rows["at_size"] = 8
    rows["at"] = np.round((unix_s - _SECONDS_TO_2000) * 1e6).astype(np.int64)
    for name in COLUMNS:
        rows[f"{name}_size"] = 4
        rows[name] = columns.get(name, np.float32(np.nan))
    return rows.tobytes()


def columns_of(series: Series, cells: int) -> dict[str, Floats]:
    """The columns that are kept of each sample; cell extremes only where cells were measured."""
    kept = {
        "voltage": series.voltage,
        "current": series.current,
        "temperature": series.temperature,
        "soc": series.column("soc_bms_percent"),
    }
    if series.cells is not None or "cell_min_volt" in series.columns:
        kept |= {"cell_min": series.lowest_cell(cells), "cell_max": series.highest_cell(cells)}
    return kept
