"""A fleet at once: capacity of every battery from its charge sessions, from columns, without a loop over batteries.

Input are samples with the columns battery_id, unix_us, current_ampere [A, positive in charge] and soc_percent, as closed
months hold them. Sessions are stretches of charging without a step over 60 s; a session with a jump of the state of charge,
under 20 samples or under 30 points is left out. Capacity is the total-least-squares line through all sessions of a battery
(`sessions.total_least_squares`), solved for all batteries together.

The same function works on one table, on many files by processes, and on Spark (`applyInArrow`), because it needs nothing
but the rows of whole batteries.
"""

import os
import shutil
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from meguri.health.arrays import Array, Floats, Ints
from meguri.health.errors import ColumnMissing, Unusable
from meguri.health.estimate import COVERAGE_FACTOR
from meguri.health.sessions import HALF_LIFE_DAYS, LEAST_SPAN_POINTS, SOC_SD_POINTS
from meguri.kernel import cluster

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
_READ = pa.schema(
    [
        ("battery_id", pa.string()),
        ("unix_us", pa.int64()),
        ("current_ampere", pa.float64()),
        ("soc_percent", pa.float64()),
    ]
)
_AS_READ = tuple(
    f"cast({name} as {kind}) as {name}"
    for name, kind in zip(COLUMNS, ("string", "bigint", "double", "double"), strict=True)
)
_SPARK_SCHEMA = "battery_id string, capacity_ah double, lower_ah double, upper_ah double, sessions long, reason string"
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
    """Estimates of all batteries in Parquet files into one, by battery_id; the number of batteries.

    A battery may lie in many files, as its closed months do; those files are read together.
    Raises Unusable for what is no Parquet of months; then nothing is written.
    """
    for path in files:
        _check(path)
    try:
        with ProcessPoolExecutor(processes) as pool:
            parts = list(pool.map(_estimate_together, _sharing_no_battery(files, pool)))
    except (OSError, pa.ArrowException) as problem:
        raise _unreadable(problem) from None
    return _write(pa.concat_tables(parts, promote_options="none"), out)


def estimate_file(path: Path) -> Any:
    """Estimates of the batteries in one Parquet file."""
    return _estimate_together([path])


def _estimate_together(files: Sequence[Path]) -> Any:
    return estimate(pa.concat_tables([_read(path, COLUMNS).cast(_READ) for path in files]))


def _read(path: Path, columns: Sequence[str]) -> Any:
    return parquet.read_table(path, columns=list(columns), partitioning=None)


def _check(path: Path) -> None:
    try:
        missing = set(COLUMNS) - set(parquet.read_schema(path).names)
    except (OSError, pa.ArrowException) as problem:
        raise _unreadable(problem, path) from None
    if missing:
        raise ColumnMissing(columns=f"{path.name}: {', '.join(sorted(missing))}", nearest="–")


def _unreadable(problem: Exception, path: Path | None = None) -> Unusable:
    return Unusable(detail=": ".join([*([path.name] if path else []), str(problem).splitlines()[0]]))


def _batteries_in(path: Path) -> list[str]:
    ids = pc.unique(_read(path, ("battery_id",)).column("battery_id"))
    return [str(one) for one in ids.to_pylist()]


def _sharing_no_battery(files: Sequence[Path], pool: ProcessPoolExecutor) -> list[list[Path]]:
    """The files in groups, so that all files of a battery are in one; in the order of their first files."""
    if len(files) == 1:
        return [list(files)]
    group_of: dict[str, int] = {}
    groups: dict[int, list[Path]] = {}
    for place, (path, batteries) in enumerate(zip(files, pool.map(_batteries_in, files), strict=True)):
        joined = sorted({group_of[one] for one in batteries if one in group_of})
        members = [file for number in joined for file in groups.pop(number)] + [path]
        number = joined[0] if joined else place
        groups[number] = members
        moved = set(joined[1:])
        if moved:
            group_of = {one: number if group in moved else group for one, group in group_of.items()}
        group_of |= dict.fromkeys(batteries, number)
    return [groups[number] for number in sorted(groups)]


def _write(table: Any, out: Path) -> int:
    """Written beside and moved: a reader never meets half a file."""
    beside = out.with_name(f".{out.name}.part")
    try:
        parquet.write_table(table.sort_by("battery_id"), beside)
        beside.replace(out)
    except OSError as problem:
        raise Unusable(detail=f"{out}: {problem.strerror or problem}") from None
    finally:
        beside.unlink(missing_ok=True)
    return int(table.num_rows)


def estimate_on_spark(files: Sequence[Path], out: Path, master: str = "local[*]") -> int:
    """The same on Apache Spark, which brings together the rows of each battery; the number of batteries.

    On this machine `out` becomes one file, equal to that of `estimate_files`; on a cluster a folder on shared storage,
    and Meguri has to be installed for the workers' Python (`PYSPARK_PYTHON`).
    Raises what `cluster.session` raises; Unusable when `out` is there already.
    """
    for path in files:
        _check(path)
    if out.exists():
        raise Unusable(detail=f"{out}: exists")
    if cluster.on_this_machine(master):  # workers need this very Python, with Meguri in it
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    folder = out.with_name(f".{out.name}.parts") if cluster.on_this_machine(master) else out
    with cluster.session(master, "meguri health", {"spark.sql.session.timeZone": "UTC"}) as spark:
        frame = spark.read.parquet(*map(str, files)).selectExpr(*_AS_READ)
        try:
            frame.groupBy("battery_id").applyInArrow(estimate, _SPARK_SCHEMA).write.mode("error").parquet(str(folder))
            if folder == out:
                return int(spark.read.parquet(str(out)).count())
            return _write(parquet.read_table(folder, schema=SCHEMA), out)
        finally:
            if folder != out:
                shutil.rmtree(folder, ignore_errors=True)
