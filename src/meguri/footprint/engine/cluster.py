"""The roll-up on Apache Spark, for structures that no single machine holds. Needs the extra `meguri[cluster]` and Java.

The same algorithm as here, layer by layer: exact totals agree with `exact.roll_up_exactly` to the last digit, and float
totals with `sweep.roll_up` to 1e-12, as their sums have no fixed order. Values never gather on the driver.
"""

import math
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meguri.footprint.engine.errors import CycleInStructure, TotalTooLarge
from meguri.footprint.engine.files import FileUnwritable, named_lacking, write_joined
from meguri.footprint.engine.spark_tables import Reading, Tables, read_tables, total_columns, written_columns
from meguri.kernel.cluster import on_this_machine, session

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_NAMED = 20
_WALKABLE = 1_000_000


@dataclass(frozen=True)
class ClusterResult:
    """What a run on the cluster did: parts, links, the sum of every total, missing parts (some ids), and its time [s]."""

    parts: int
    links: int
    sums: dict[str, Any]
    missing: int
    incomplete: int
    missing_ids: list[str]
    seconds: float


def roll_up_files(
    nodes: Path, links: Path, out: Path, *, master: str, exact: bool = False, each_link_once: bool = False
) -> ClusterResult:
    """From Parquet to Parquet, as `files.py` says, in the order of `nodes`.

    On this machine `out` becomes one file, as from the engine of one machine; on a cluster a folder of Parquet files.

    master  `local[*]`, `local-cluster[2,1,1024]`, `spark://…`; on a cluster the paths must lie on shared storage
    Raises the refusals of `files.read_parts`, CycleInStructure, those of `cluster.session`; then nothing is written.
    """
    started = time.perf_counter()
    if not out.parent.is_dir():
        raise FileUnwritable(path=out, reason=f"{out.parent} is not there")
    scratch = out.with_name(f".{out.name}.scratch")
    with _session(master, scratch) as spark:
        kept = Scratch(spark, scratch)
        tables = read_tables(spark, nodes, links, Reading(exact, each_link_once), kept.keep)
        totals = _rolled_up(tables, kept, exact)
        result = _written(tables, totals, scratch / "out")
        if on_this_machine(master):
            write_joined(out, scratch / "out", nodes)
        else:
            _put_in_place(scratch / "out", out)
    return ClusterResult(**result, seconds=time.perf_counter() - started)


class Scratch:
    """Intermediate tables, each written once and read back.

    That cuts the lineage: else the plan of layer n repeats those of all layers below it. And a lost executor costs one
    task, not the run, as nothing lives in its memory alone.
    """

    def __init__(self, spark: "SparkSession", folder: Path) -> None:
        """`folder` is shared by driver and executors."""
        self._spark, self._folder, self._kept = spark, folder, 0

    def keep(self, frame: "DataFrame") -> "DataFrame":
        """`frame`, computed."""
        self._kept += 1
        path = str(self._folder / str(self._kept))
        frame.write.parquet(path)
        return self._spark.read.schema(frame.schema).parquet(path)


def _rolled_up(tables: Tables, scratch: Scratch, exact: bool) -> "DataFrame":
    """Totals of all parts: layer upon layer, a part is finished when all that it needs is."""
    from pyspark.sql import functions as f

    open_links = tables.links
    layer = scratch.keep(tables.leaves())
    totals = layer
    while not open_links.isEmpty():
        fresh = layer.select(f.col("id").alias("child"))
        touched = open_links.join(fresh, "child", "left_semi").select("parent").distinct()
        open_links = scratch.keep(open_links.join(fresh, "child", "left_anti"))
        ready = touched.join(open_links, "parent", "left_anti")
        values = totals.withColumnRenamed("id", "child")
        links = tables.links.join(ready, "parent", "left_semi")
        brought = links.join(values, "child").groupBy("parent").agg(*total_columns(tables.names, exact))
        rows = tables.parts.join(brought, f.col("id") == f.col("parent"))
        layer = scratch.keep(rows.select("id", *written_columns(tables.names, exact)))
        if layer.isEmpty():
            raise CycleInStructure(_cycle(open_links))
        totals = totals.unionByName(layer)
    return totals


def _cycle(links: "DataFrame") -> list[str]:
    """One cycle among links that never became ready; where they are too many to walk, some of their parts."""
    from pyspark.sql import functions as f

    onward = links.groupBy("parent").agg(f.min("child").alias("child"))
    if onward.count() > _WALKABLE:
        return [str(row["parent"]) for row in onward.orderBy("parent").limit(_NAMED).collect()]
    needs = {row["parent"]: row["child"] for row in onward.collect()}
    part = min(needs)
    walked: dict[Any, int] = {}
    while part not in walked:
        walked[part] = len(walked)
        part = needs[part]
    return [str(each) for each in list(walked)[walked[part] :]]


def _written(tables: Tables, totals: "DataFrame", draft: Path) -> dict[str, Any]:
    from pyspark.sql import functions as f

    named = enumerate(zip(tables.names, tables.figures, strict=True))
    shown = [f.when(~f.col("absent")[place], f.col(name)).alias(figure) for place, (name, figure) in named]
    ordered = tables.parts.select("id", "place").join(totals, "id").orderBy("place")
    ordered.select(f.col("id").cast(tables.id_type), *shown).write.parquet(str(draft))
    absent = f.array_contains("absent", True)
    counts = [f.count("id"), f.sum(absent.cast("int")), f.sum(f.col("lacking").cast("int"))]
    parts, missing, incomplete, *sums = totals.agg(*counts, *(f.sum(name) for name in tables.names)).collect()[0]
    _check_held(tables, totals, sums)
    some = totals.where(absent).select("id", "absent").limit(_NAMED).collect() if missing else []
    return {
        "parts": parts,
        "links": tables.links.count(),
        "sums": dict(zip(tables.figures, sums, strict=True)),
        "missing": missing or 0,
        "incomplete": incomplete or 0,
        "missing_ids": [_named(row, tables.figures) for row in some],
    }


def _named(row: Any, figures: list[str]) -> str:
    lacking = [figure for figure, absent in zip(figures, row["absent"], strict=True) if absent]
    return named_lacking(str(row["id"]), lacking, len(figures))


def _check_held(tables: Tables, totals: "DataFrame", sums: list[Any]) -> None:
    from pyspark.sql import functions as f

    for name, figure, total in zip(tables.names, tables.figures, sums, strict=True):
        if total is not None and not math.isfinite(total):
            beyond = totals.where(f.isnan(name) | (f.abs(name) == float("inf"))).select("id").limit(1).collect()
            # Each total may be held where only the sum of them all is not.
            for row in beyond:
                raise TotalTooLarge(part=row["id"], figure=figure)


def _put_in_place(draft: Path, out: Path) -> None:
    """`draft` becomes `out`; the totals of an earlier run make room, any other folder stays."""
    if out.is_dir():
        if any(not file.name.startswith(("part-", ".part-", "_SUCCESS", "._SUCCESS")) for file in out.iterdir()):
            raise FileUnwritable(path=out, reason="a folder with other files")
        shutil.rmtree(out)
    else:
        out.unlink(missing_ok=True)
    draft.rename(out)


_SETTINGS = {
    # An overflow must stop the run; without this it becomes an empty cell.
    "spark.sql.ansi.enabled": "true",
    "spark.sql.caseSensitive": "true",
    # One part with very many parents must not keep one task busy while the others wait.
    "spark.sql.adaptive.skewJoin.enabled": "true",
    "spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes": "32m",
    "spark.sql.adaptive.advisoryPartitionSizeInBytes": "32m",
}


@contextmanager
def _session(master: str, scratch: Path) -> Iterator["SparkSession"]:
    try:
        with session(master, "meguri footprint rollup", _SETTINGS) as spark:
            yield spark
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
