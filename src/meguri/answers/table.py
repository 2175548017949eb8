"""The open requests as a file to fill in (pure)."""

from collections.abc import Iterable, Sequence

from meguri.answers.columns import ASKED, COLUMNS
from meguri.answers.service import OpenRequest
from meguri.kernel.text import Language
from meguri.traceability.sheet import filling
from meguri.traceability.sheet.filling import as_csv

__all__ = ["as_csv", "as_xlsx", "rows"]


def rows(waiting: Iterable[OpenRequest], language: Language) -> list[list[str]]:
    """Headings and one row a request."""
    table = [[column.heading.of(language) for column in COLUMNS]]
    for one in waiting:
        trade, about = one.trade, one.trade.requested_part
        values = {
            "request_id": str(trade.request_id),
            "customer": one.customer,
            "part": about.name if about else "",
            "unit": trade.requested_unit or "",
            "due_date": trade.due_date.isoformat() if trade.due_date else "",
            "own_support_name": (about.support_name or "") if about else "",
        }
        table.append([values.get(column.key, "") for column in COLUMNS])
    return table


def as_xlsx(table: Sequence[Sequence[str]], language: Language) -> bytes:
    """A workbook: what was asked on grey ground, the rest to fill in, each heading with its help."""
    return filling.as_xlsx(table, COLUMNS, ASKED, "回答" if language == "ja" else "answers", language)
