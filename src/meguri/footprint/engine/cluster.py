"""The roll-up on Apache Spark, for structures that no single machine holds. Needs the extra `meguri[cluster]` and Java.

The same algorithm as here, layer by layer: exact totals agree with `exact.roll_up_exactly` to the last digit, and float
totals with `sweep.roll_up` to 1e-12, as their sums have no fixed order. Values never gather on the driver.
"""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meguri.footprint.engine.errors import CycleInStructure
from meguri.footprint.engine.spark_tables import Reading, Tables, read_tables, total_columns, written_columns
from meguri.kernel.errors import Invalid, Unavailable
from meguri.kernel.text import Text

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_NAMED = 20
_WALKABLE = 1_000_000


class ClusterMissing(Invalid):
    """Spark was asked for, but is not installed."""

    code = "footprint.cluster_missing"
    say = Text(
        ja="Spark が使えません。「pip install meguri[cluster]」と Java 17 以降をインストールしてください。（{reason}）",
        en="Spark cannot be used. Please install “meguri[cluster]” and Java 17 or later. ({reason})",
    )


class ClusterFailed(Unavailable):
    """Spark gave up: a number too large for its decimals, a lost driver, storage that is not shared."""

    code = "footprint.cluster_failed"
    say = Text(
        ja="クラスターでの集計に失敗しました。何も書き出していません。（{reason}）",
        en="The cluster could not finish; nothing was written. ({reason})",
    )


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
    """From Parquet to Parquet, as `files.py` says; `out` becomes a folder of Parquet files, in the order of `nodes`.

    master  `local[*]`, `local-cluster[2,1,1024]`, `spark://…`; on a cluster the paths must lie on shared storage
    Raises the refusals of `files.read_parts`, CycleInStructure, ClusterMissing, ClusterFailed; then nothing is written.
    """
    started = time.perf_counter()
    scratch = out.with_name(f".{out.name}.scratch")
    with _session(master, scratch) as spark:
        kept = Scratch(spark, scratch)
        tables = read_tables(spark, nodes, links, Reading(exact, each_link_once), kept.keep)
        totals = _rolled_up(tables, kept, exact)
        result = _written(tables, totals, out, scratch / "out")
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


def _written(tables: Tables, totals: "DataFrame", out: Path, draft: Path) -> dict[str, Any]:
    from pyspark.sql import functions as f

    shown = [f.when(~f.col("absent"), f.col(name)).alias(name) for name in tables.names]
    ordered = tables.parts.select("id", "place").join(totals, "id").orderBy("place")
    ordered.select("id", *shown).write.parquet(str(draft))
    counts = [f.count("id"), f.sum(f.col("absent").cast("int")), f.sum(f.col("lacking").cast("int"))]
    parts, missing, incomplete, *sums = totals.agg(*counts, *(f.sum(name) for name in tables.names)).collect()[0]
    absent = totals.where("absent").select("id").limit(_NAMED).collect() if missing else []
    _put_in_place(draft, out)
    return {
        "parts": parts,
        "links": tables.links.count(),
        "sums": dict(zip(tables.names, sums, strict=True)),
        "missing": missing or 0,
        "incomplete": incomplete or 0,
        "missing_ids": [str(row["id"]) for row in absent],
    }


def _put_in_place(draft: Path, out: Path) -> None:
    if out.is_dir():
        shutil.rmtree(out)
    else:
        out.unlink(missing_ok=True)
    draft.rename(out)


_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    # An overflow must stop the run; without this it becomes an empty cell.
    "spark.sql.ansi.enabled": "true",
    # One part with very many parents must not keep one task busy while the others wait.
    "spark.sql.adaptive.skewJoin.enabled": "true",
    "spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes": "32m",
    "spark.sql.adaptive.advisoryPartitionSizeInBytes": "32m",
}
# Driver and executors on one machine need not be heard by any other.
_HERE_ONLY = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}


@contextmanager
def _session(master: str, scratch: Path) -> Iterator["SparkSession"]:
    try:
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException, PySparkRuntimeError
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise ClusterMissing(reason=error) from None
    builder = SparkSession.builder.master(master).appName("meguri footprint rollup")
    for key, value in (_SETTINGS | (_HERE_ONLY if master.startswith("local") else {})).items():
        builder = builder.config(key, value)
    try:
        spark = builder.getOrCreate()
    except PySparkRuntimeError as error:
        raise ClusterMissing(reason=error) from None
    try:
        spark.conf.set("spark.sql.shuffle.partitions", str(4 * spark.sparkContext.defaultParallelism))
        yield spark
    except (PySparkException, Py4JError, ConnectionError) as error:
        raise ClusterFailed(reason=str(error).partition("\n")[0]) from error
    finally:
        with suppress(Py4JError, ConnectionError):
            spark.stop()
        shutil.rmtree(scratch, ignore_errors=True)
