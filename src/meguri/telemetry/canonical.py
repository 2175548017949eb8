"""A record with canonical columns, for whoever works on with it: Parquet or CSV, block by block."""

import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import csv as arrow_csv
from pyarrow import parquet

from meguri.telemetry.model import NamePlate, Quality
from meguri.telemetry.records import AS_IT_IS, How, merged, read_in_pieces
from meguri.telemetry.series import Series


def write_canonical(source: Path, target: Path, plate: NamePlate, how: How = AS_IT_IS) -> Quality:
    """The cleaned record of `source` in `target`, whole or not at all; memory stays flat.

    Raises Unusable and its kinds, RecordTooLarge, OSError.
    """
    handle = tempfile.NamedTemporaryFile(dir=target.parent, prefix=".", suffix=target.suffix, delete=False)  # noqa: SIM115
    handle.close()
    beside = Path(handle.name)
    try:
        reports = _pour(source, beside, target.suffix.lower(), plate, how)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
    return merged(reports)


def _pour(source: Path, beside: Path, suffix: str, plate: NamePlate, how: How) -> list[Quality]:
    writer: Any = None
    sink: Any = None
    reports = []
    try:
        for record in read_in_pieces(source, plate, how):
            table = as_table(record.series)
            if writer is None:
                if suffix == ".parquet":
                    writer = parquet.ParquetWriter(beside, table.schema)
                else:
                    sink = pa.output_stream(beside, compression="gzip" if suffix == ".gz" else None)
                    writer = arrow_csv.CSVWriter(sink, table.schema)
            writer.write_table(table)
            reports.append(record.quality)
    finally:
        for open_ in (writer, sink):
            if open_ is not None:
                open_.close()
    return reports


def as_table(series: Series) -> Any:
    """The samples as an Arrow table with canonical names; missing values are null."""
    columns: dict[str, Any] = {"test_time_second": series.time_s}
    if series.start_unix is not None:
        columns["unix_time_second"] = series.time_s + series.start_unix
    columns |= series.columns
    for block, stem, unit in (
        (series.cells, "cell_voltage", "volt"),
        (series.cell_temperatures, "cell_temperature", "celsius"),
    ):
        if block is not None:
            columns |= {f"{stem}_{place + 1:03d}_{unit}": block[:, place] for place in range(block.shape[1])}
    return pa.table({name: pa.array(values, pa.float64(), from_pandas=True) for name, values in columns.items()})
