"""Statements as a table (pure)."""

import csv
import io
from collections.abc import Sequence

from meguri.desk.model import Usage
from meguri.desk.rules import tariff

HEADINGS = ("operator_id", "name", "rate", "tariff", "answers", "parts", "stored_bytes", "amount", "currency")


def statement_csv(rows: Sequence[Usage]) -> bytes:
    """One line a company; a name is never taken for a formula."""
    sink = io.StringIO()
    table = csv.writer(sink)
    table.writerow(HEADINGS)
    for row in rows:
        name = f"'{row.name}" if row.name[:1] in ("=", "+", "-", "@", "\t") else row.name
        table.writerow(
            (
                row.operator_id,
                name,
                row.rate,
                tariff().version,
                row.answers,
                row.parts,
                row.stored_bytes,
                row.amount,
                tariff().currency,
            )
        )
    return ("\ufeff" + sink.getvalue()).encode()
