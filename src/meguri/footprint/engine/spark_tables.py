"""Tables of the roll-up on Spark: read, checked, and the arithmetic of one layer.

A decimal of Spark holds 38 digits. Amounts are DECIMAL(14,9) and values DECIMAL(23,12); so a product is DECIMAL(38,21).
Adding an own value to a sum of that type would silently cut it to 20 places and round twice; therefore the sum is first
cast to DECIMAL(37,21).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from meguri.footprint.engine.errors import AmountMissing, OutOfRange, ParallelLinks, ValueInvalid
from meguri.footprint.engine.exact import AMOUNT_LIMITS
from meguri.footprint.engine.files import ColumnNotNumeric, FileUnreadable, IdsUnlike, check_columns, figure_names
from meguri.footprint.engine.tables import Fault, fault_of_duplicate, fault_of_end, fault_of_missing_id, refuse

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession
    from pyspark.sql.types import DataType

_AMOUNT = "decimal(14,9)"
_VALUE = "decimal(23,12)"
_SUM = "decimal(37,21)"
_SHOWN = 1000


class Reading(NamedTuple):
    """How to read: exact decimals or float64, and whether a link may be listed twice."""

    exact: bool
    each_link_once: bool = False


@dataclass(frozen=True)
class Tables:
    """parts: id, place (order of the file), absent (for each figure, whether it is not known), figures;
    links: parent, child, amount.

    Here a figure's column is called by its number (`names`), so that any name may stand in the file (`figures`).
    id_type  of the ids in the file; within, they are texts where those of the links are
    """

    parts: "DataFrame"
    links: "DataFrame"
    figures: list[str]
    id_type: "DataType"

    @property
    def names(self) -> list[str]:
        """The columns of the figures in `parts`."""
        return _numbered(self.figures)

    def leaves(self) -> "DataFrame":
        """Parts made of nothing: their totals are their own figures, or missing."""
        from pyspark.sql import functions as f

        parents = self.links.select(f.col("parent").alias("id")).distinct()
        rows = self.parts.join(parents, "id", "left_anti")
        return rows.select("id", *self.names, "absent", f.array_contains("absent", True).alias("lacking"))


def read_tables(
    spark: "SparkSession", nodes: Path, links: Path, reading: Reading, keep: Callable[["DataFrame"], "DataFrame"]
) -> Tables:
    """Both files, checked: every broken row is named. Raises as `files.read_parts`.

    keep  computes a table now, so that it is not computed again for every layer
    """
    from pyspark.sql import functions as f
    from pyspark.sql.types import IntegralType, StringType

    raw = _read(spark, nodes, ["id"])
    figures = figure_names(nodes, raw.columns)
    uses = _read(spark, links, ["parent", "child", "amount"])
    _check_numbers(nodes, raw, figures)
    _check_numbers(links, uses, ["amount"])
    names = _numbered(figures)
    raw = raw.select("id", *(_column(name).alias(short) for name, short in zip(figures, names, strict=True)))
    written = raw.schema["id"].dataType
    ends = ("parent", "child")
    numbers_and_texts = isinstance(written, IntegralType) and any(
        isinstance(uses.schema[end].dataType, StringType) for end in ends
    )
    id_type = StringType() if numbers_and_texts else written
    raw = raw.withColumn("id", f.col("id").cast(id_type))
    for end in ends:
        given = uses.schema[end].dataType
        back = f.col(end).try_cast(id_type).try_cast(given)
        if uses.where(f.col(end).isNotNull() & ~f.col(end).eqNullSafe(back)).limit(1).count():
            raise IdsUnlike(path=links, column=end, type=id_type.simpleString(), reason=given.simpleString())
    uses = uses.select(*(f.col(end).cast(id_type) for end in ends), "amount")
    raw = raw.withColumn("place", f.monotonically_increasing_id())
    exact = reading.exact
    faults = [*_faults_in_parts(raw, figures), *_faults_in_links(uses, raw, exact)]
    if reading.each_link_once:
        faults += _repeated_links(uses)
    if faults:
        refuse(faults)
    unique = raw.groupBy("id").agg(f.min("place").alias("place"), *(f.first(name).alias(name) for name in names))
    absent = f.array(*(f.col(name).isNull() for name in names))
    values = [_value(raw, name, exact).alias(name) for name in names]
    parts = unique.select("id", "place", absent.alias("absent"), *values)
    amounts = uses.select("parent", "child", _amount(uses, exact).alias("amount"))
    return Tables(keep(parts), keep(amounts), figures, written)


def total_columns(names: Sequence[str], exact: bool) -> list["Column"]:
    """What the children bring to one parent: Σ amount · total, and whether any of them lacks a figure."""
    from pyspark.sql import functions as f

    sums = [f.sum(f.col("amount") * f.col(name)) for name in names]
    brought = [total.cast(_SUM) if exact else total for total in sums]
    return [
        *(total.alias(f"brought {name}") for name, total in zip(names, brought, strict=True)),
        f.max("lacking").alias("lacking"),
    ]


def written_columns(names: Sequence[str], exact: bool) -> list["Column"]:
    """Own + brought, in exact mode rounded once, half to even, to 12 decimals."""
    from pyspark.sql import functions as f

    sums = [f.col(name) + f.col(f"brought {name}") for name in names]
    totals = [f.bround(total, 12).cast(_VALUE) if exact else total for total in sums]
    named = [total.alias(name) for name, total in zip(names, totals, strict=True)]
    nothing_absent = f.array(*(f.lit(False) for _ in names))
    return [*named, nothing_absent.alias("absent"), f.col("lacking")]


def _read(spark: "SparkSession", path: Path, needed: Sequence[str]) -> "DataFrame":
    from py4j.protocol import Py4JJavaError
    from pyspark.errors import PySparkException

    try:
        frame = spark.read.parquet(str(path))
    except PySparkException as error:
        raise FileUnreadable(path=path, reason=str(error).splitlines()[0]) from None
    except Py4JJavaError as error:
        raise FileUnreadable(path=path, reason=error.java_exception.getMessage()) from None
    check_columns(path, frame.columns, needed)
    return frame


def _numbered(figures: Sequence[str]) -> list[str]:
    return [f"figure{place}" for place in range(len(figures))]


def _column(name: str) -> "Column":
    from pyspark.sql import functions as f

    return f.col("`" + name.replace("`", "``") + "`")


def _check_numbers(path: Path, frame: "DataFrame", names: Sequence[str]) -> None:
    from pyspark.sql.types import NullType, NumericType

    for name in names:
        kind = frame.schema[name].dataType
        if not isinstance(kind, NumericType | NullType):
            raise ColumnNotNumeric(path=path, column=name, type=kind.simpleString())


def _amount(frame: "DataFrame", exact: bool) -> "Column":
    from pyspark.sql import functions as f

    return _scaled(frame, "amount", 9, _AMOUNT) if exact else f.col("amount").cast("double")


def _value(frame: "DataFrame", name: str, exact: bool) -> "Column":
    from pyspark.sql import functions as f

    known = f.coalesce(f.col(name), f.lit(0))
    return _scaled(frame, name, 12, _VALUE, known) if exact else known.cast("double")


def _scaled(frame: "DataFrame", name: str, places: int, kind: str, column: "Column | None" = None) -> "Column":
    """A number with so many decimals, half to even. A float64 is scaled first, as everywhere in exact mode."""
    from pyspark.sql import functions as f
    from pyspark.sql.types import DecimalType, FractionalType

    column = f.col(name) if column is None else column
    source = frame.schema[name].dataType
    if isinstance(source, FractionalType) and not isinstance(source, DecimalType):
        whole = f.rint(column.cast("double") * f.lit(float(10**places))).cast("bigint").cast("decimal(20,0)")
        return (whole * f.lit(f"1E-{places}").cast(f"decimal({places},{places})")).cast(kind)
    return f.bround(column.cast("decimal(38,18)"), places).cast(kind)


def _faults_in_parts(frame: "DataFrame", figures: Sequence[str]) -> list[Fault]:
    from pyspark.sql import functions as f

    faults: list[Fault] = []
    names = _numbered(figures)
    for figure, name in zip(figures, names, strict=True):
        value = f.col(name).cast("double")
        for row in _some(frame.where(f.isnan(value) | (f.abs(value) == float("inf")))):
            where = f"nodes[{row['place']}].{figure}"
            faults.append(Fault(ValueInvalid, where, {"field": f"{where} ({row['id']})", "value": row[name]}))
    different = f.size(f.collect_set(f.struct(*names))) > 1
    repeated = frame.groupBy("id").agg(f.max("place").alias("place"), different.alias("differ"))
    for row in _some(repeated.where("differ OR id IS NULL")):
        place, part = row["place"], row["id"]
        faults.append(fault_of_missing_id(place) if part is None else fault_of_duplicate(place, str(part)))
    return faults


def _faults_in_links(uses: "DataFrame", parts: "DataFrame", exact: bool) -> list[Fault]:
    from pyspark.sql import functions as f

    numbered = uses.withColumn("row", f.monotonically_increasing_id())
    faults: list[Fault] = []
    for side in ("parent", "child"):
        known = parts.select(f.col("id").alias(side))
        unknown = _some(numbered.join(known, side, "left_anti"), "row")
        faults += [fault_of_end(f"links[{row['row']}].{side}", row[side]) for row in unknown]
    value = f.col("amount").cast("double")
    low, high, limits = (0.0, float("inf"), "> 0")
    good = (value > low) & (value < high)
    if exact:
        scaled = f.rint(value * f.lit(1e9))
        good, limits = good & (scaled >= 1) & (scaled <= 99_999_999_999_999), AMOUNT_LIMITS
    for row in _some(numbered.where(f.col("amount").isNull() | f.isnan(value) | ~good), "row"):
        where, amount = f"links[{row['row']}].amount", row["amount"]
        finite = amount is not None and abs(float(amount)) < float("inf")
        values = {"field": f"{where} ({row['parent']} → {row['child']})", "value": amount, "limits": limits}
        kind = AmountMissing if amount is None else OutOfRange if finite else ValueInvalid
        faults.append(Fault(kind, where, values))
    return faults


def _repeated_links(uses: "DataFrame") -> list[Fault]:
    from pyspark.sql import functions as f

    numbered = uses.withColumn("row", f.monotonically_increasing_id())
    groups = numbered.groupBy("parent", "child").agg(f.max("row").alias("row"), f.count("*").alias("times"))
    again = _some(groups.where("times > 1"), "row")
    return [
        Fault(ParallelLinks, f"links[{row['row']}]", {"parent": row["parent"], "child": row["child"]}) for row in again
    ]


def _some(frame: "DataFrame", order: str = "place") -> list[Any]:
    return frame.orderBy(order).limit(_SHOWN + 1).collect()
