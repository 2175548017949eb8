"""A fleet at once: capacity of every battery from its charge sessions, from columns, without a loop over batteries.

Input are samples with the columns battery_id, unix_us, current_ampere [A, positive in charge] and soc_percent, as closed
months hold them. Sessions are stretches of charging without a step over 60 s; a session with a jump of the state of charge,
under 20 samples or under 30 points is left out. Capacity is the total-least-squares line through all sessions of a battery
(`sessions.total_least_squares`), solved for all batteries together.

The same function works on one table, on many files by processes, and on Spark (`applyInArrow`), because it needs nothing
but the rows of whole batteries.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from meguri.health.arrays import Array, Floats, Ints
from meguri.health.errors import ClusterMissing
from meguri.health.estimate import COVERAGE_FACTOR
from meguri.health.sessions import HALF_LIFE_DAYS, LEAST_SPAN_POINTS, SOC_SD_POINTS

COLUMNS = ("battery_id", "unix_us", "current_ampere", "soc_percent")
SCHEMA = pa.schema(
    [
        ("battery_id", pa.string()),
        ("capacity_ah", pa.float64()),
        ("lower_ah", pa.float64()),
        ("upper_ah", pa.float64()),
        ("sessions", pa.int64()),
        ("reason", pa.string()),
    ]
)
_LONGEST_STEP_US = 60_000_000
_LEAST_SAMPLES = 20
_LEAST_SESSIONS = 3
_JUMP_UP, _JUMP_DOWN = 2.0, -0.1
_CHARGE_GAIN = 0.005
_DAY_US = 86_400e6


@dataclass(frozen=True, slots=True)
class Sessions:
    """Good charge sessions: battery (session,) by number, Δsoc (0–1), ΔAh, age [days] before the newest sample."""

    battery: Ints
    span: Floats
    charge_ah: Floats
    age_days: Floats


def estimate(table: Any) -> Any:
    """One row per battery of the table (Arrow, whole batteries): capacity with its 90 % interval, or the reason why not."""
    ids = pc.cast(table.column("battery_id"), pa.string()).combine_chunks().dictionary_encode()
    names = ids.dictionary.to_pylist()
    found = sessions_of(
        np.asarray(ids.indices, dtype=np.int64),
        np.asarray(table.column("unix_us").to_numpy(), dtype=np.int64),
        _floats(table, "current_ampere"),
        _floats(table, "soc_percent"),
    )
    capacity, sd, count = solve(found, len(names))
    half = COVERAGE_FACTOR * sd
    good = (count >= _LEAST_SESSIONS) & np.isfinite(capacity)
    reason = np.where(good, "", np.where(count == 0, "NO_SESSION", "TOO_FEW_SESSIONS"))

    def known(values: Floats) -> Any:
        return pa.array(np.where(good, values, np.nan), pa.float64(), from_pandas=True)

    columns = [
        pa.array(names, pa.string()), known(capacity), known(capacity - half), known(capacity + half),
        pa.array(count, pa.int64()), pa.array(reason.tolist(), pa.string()),
    ]  # fmt: skip
    return pa.table(columns, schema=SCHEMA)


def _floats(table: Any, name: str) -> Floats:
    return np.array(table.column(name).cast(pa.float64()).to_numpy(), dtype=np.float64)


def sessions_of(battery: Ints, unix_us: Ints, current_a: Floats, soc_pct: Floats) -> Sessions:
    """The usable charge sessions of all batteries; samples in any order."""
    order = np.lexsort((unix_us, battery))
    battery, unix_us, current_a, soc_pct = battery[order], unix_us[order], current_a[order], soc_pct[order]
    flowing = (current_a > 0) & np.isfinite(soc_pct)
    if not flowing.any():
        return Sessions(np.empty(0, np.int64), np.empty(0), np.empty(0), np.empty(0))
    new = np.ones(len(battery), dtype=np.bool_)
    step = np.diff(unix_us)
    new[1:] = (battery[1:] != battery[:-1]) | (step > _LONGEST_STEP_US) | (flowing[1:] != flowing[:-1])
    starts = np.flatnonzero(new)
    ends = np.append(starts[1:], len(battery)) - 1
    # charge between neighbours within a session, and the largest and smallest step of the state of charge
    ah = np.zeros(len(battery))
    ah[1:] = (current_a[1:] + current_a[:-1]) / 2 * step / 3.6e9
    rise = np.zeros(len(battery))
    rise[1:] = np.diff(np.nan_to_num(soc_pct))
    ah[starts], rise[starts] = 0.0, 0.0
    charge = np.add.reduceat(ah, starts)
    up, down = np.maximum.reduceat(rise, starts), np.minimum.reduceat(rise, starts)
    span = soc_pct[ends] - soc_pct[starts]
    good = flowing[starts] & (ends - starts + 1 >= _LEAST_SAMPLES) & (span >= LEAST_SPAN_POINTS)
    good &= (up <= _JUMP_UP) & (down >= _JUMP_DOWN)
    last = _newest(battery, unix_us)
    age = (last[battery[starts[good]]] - unix_us[starts[good]]) / _DAY_US
    return Sessions(battery[starts[good]], span[good] / 100, charge[good], age)


def _newest(battery: Ints, unix_us: Ints) -> Array:
    newest = np.zeros(int(battery.max()) + 1, dtype=np.int64)
    np.maximum.at(newest, battery, unix_us)
    return newest


def solve(sessions: Sessions, batteries: int) -> tuple[Floats, Floats, Ints]:
    """Capacity [Ah], its standard uncertainty and the number of sessions of each battery (NaN without any).

    Newton's method on all batteries at once; the battery's own error of its state of charge (1.5 points), which its
    sessions share, is added to what their scatter says.
    """
    group, x, y = sessions.battery, sessions.span, sessions.charge_ah
    weight = 0.5 ** (sessions.age_days / HALF_LIFE_DAYS)
    vx, vy = (SOC_SD_POINTS / 100) ** 2 * 2, (_CHARGE_GAIN * y) ** 2 + 1e-9
    count = np.bincount(group, minlength=batteries)

    def total(values: Floats) -> Floats:
        return np.asarray(np.bincount(group, weights=values, minlength=batteries), dtype=np.float64)

    with np.errstate(invalid="ignore", divide="ignore"):
        q = total(weight * x * y) / total(weight * x * x)
        curvature = np.ones_like(q)
        for _ in range(12):
            d, e = vy + q[group] ** 2 * vx, y - q[group] * x
            slope = total(weight * (-2 * x * e / d - 2 * q[group] * vx * e**2 / d**2))
            curvature = total(
                weight
                * (
                    2 * x**2 / d
                    + 8 * q[group] * vx * x * e / d**2
                    - 2 * vx * e**2 / d**2
                    + 8 * q[group] ** 2 * vx**2 * e**2 / d**3
                )
            )
            q = np.where(curvature > 0, q - slope / curvature, q)
        shared = q * np.sqrt(2) * SOC_SD_POINTS / 100 / (total(weight * x) / total(weight))
        sd = np.hypot(np.sqrt(2 / curvature), shared / np.sqrt(np.maximum(count, 1)))
    return q, sd, count


# From files


def estimate_files(files: Sequence[Path], out: Path, processes: int = 2) -> int:
    """Estimates of all batteries in Parquet files into one; the number of batteries. Whole batteries share a file."""
    rows = 0
    with parquet.ParquetWriter(out, SCHEMA) as writer, ProcessPoolExecutor(processes) as pool:
        for part in pool.map(estimate_file, files):
            writer.write_table(part)
            rows += part.num_rows
    return rows


def estimate_file(path: Path) -> Any:
    """Estimates of the batteries in one Parquet file."""
    return estimate(parquet.read_table(path, columns=list(COLUMNS)))


def estimate_on_spark(files: Iterable[str], out: str, master: str = "local[*]") -> None:
    """The same on a cluster: batteries are brought together by Spark, then `estimate` sees the rows of each.

    Needs the extra `meguri[cluster]` and a Java runtime. Raises ClusterMissing without them.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise ClusterMissing from None
    session = SparkSession.builder.master(master).appName("meguri-health").getOrCreate()
    try:
        frame = session.read.parquet(*files).select(*COLUMNS)
        schema = "battery_id string, capacity_ah double, lower_ah double, upper_ah double, sessions long, reason string"
        frame.groupBy("battery_id").applyInArrow(estimate, schema).write.mode("error").parquet(out)
    finally:
        session.stop()
