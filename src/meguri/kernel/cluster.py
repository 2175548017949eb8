"""A session on Apache Spark, for what one machine does not hold. Needs the extra `meguri[cluster]` and Java 17 or later."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from meguri.kernel.errors import Invalid, Unavailable
from meguri.kernel.text import Text

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_MASTERS = ("local", "spark://", "yarn", "k8s://")
_FORMS = "local[2], local-cluster[2,1,1024], spark://host:7077, yarn, k8s://…"
_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}
# Driver and executors on one machine need not be heard by any other.
_HERE_ONLY = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}


class ClusterMissing(Invalid):
    """Spark was asked for, but it or Java is not installed."""

    code = "cluster_missing"
    say = Text(
        ja="Spark が使えません。「make cluster」または「pip install 'meguri[cluster]'」と Java 17 以降が必要です。（{reason}）",
        en="Spark cannot be used. It needs “make cluster” or “pip install 'meguri[cluster]'”, and Java 17 or later. "
        "({reason})",
    )


class MasterUnknown(Invalid):
    """The address of the cluster has no form that Spark knows."""

    code = "cluster_master_unknown"
    say = Text(
        ja="Spark マスター「{master}」は使えません。次の形で指定してください: {forms}。",
        en="“{master}” is no Spark master. Please give one like {forms}.",
    )


class ClusterFailed(Unavailable):
    """Spark gave up: a number too large for its decimals, a lost driver, storage that is not shared."""

    code = "cluster_failed"
    say = Text(
        ja="クラスターでの計算に失敗しました。何も書き出していません。（{reason}）",
        en="The cluster could not finish; nothing was written. ({reason})",
    )


def on_this_machine(master: str) -> bool:
    """Whether all of the cluster runs here: `local…` and `local-cluster[…]`."""
    return master.startswith("local")


@contextmanager
def session(master: str, name: str, settings: Mapping[str, str]) -> Iterator["SparkSession"]:
    """A session that is stopped at the end.

    master    `local[*]`, `local-cluster[2,1,1024]`, `spark://…`, `yarn`, `k8s://…`
    settings  of Spark, beside ours
    Raises ClusterMissing, MasterUnknown; ClusterFailed for whatever Spark itself reports inside.
    """
    if not master.startswith(_MASTERS):
        raise MasterUnknown(master=master, forms=_FORMS)
    try:
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException, PySparkImportError, PySparkRuntimeError
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise ClusterMissing(reason=error) from None
    builder = SparkSession.builder.master(master).appName(name)
    for key, value in {**_SETTINGS, **(_HERE_ONLY if on_this_machine(master) else {}), **settings}.items():
        builder = builder.config(key, value)
    try:
        spark = builder.getOrCreate()
    except PySparkRuntimeError as error:
        raise ClusterMissing(reason=error) from None
    except (PySparkException, Py4JError) as error:
        raise ClusterFailed(reason=_first_line(error)) from error
    try:
        spark.conf.set("spark.sql.shuffle.partitions", str(4 * spark.sparkContext.defaultParallelism))
        yield spark
    except PySparkImportError as error:
        raise ClusterMissing(reason=error) from None
    except (PySparkException, Py4JError, ConnectionError) as error:
        raise ClusterFailed(reason=_first_line(error)) from error
    finally:
        with suppress(Py4JError, ConnectionError):
            spark.stop()


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
