"""Parts and structures as a table: read from CSV or XLSX, written to both, errors named by row and column."""

from meguri.traceability.sheet.columns import COLUMNS, Column
from meguri.traceability.sheet.reading import Draft, RowError, read_rows, understand
from meguri.traceability.sheet.writing import to_csv, to_xlsx

__all__ = [
    "COLUMNS",
    "Column",
    "Draft",
    "RowError",
    "read_rows",
    "to_csv",
    "to_xlsx",
    "understand",
]
