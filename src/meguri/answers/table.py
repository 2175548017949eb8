"""The open requests as a file to fill in (pure)."""

import csv
import io
from collections.abc import Iterable, Sequence

import xlsxwriter

from meguri.answers.columns import ASKED, COLUMNS
from meguri.answers.service import OpenRequest
from meguri.kernel.text import Language

_RISKY = ("=", "+", "-", "@", "\t", "\r")


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


def as_csv(table: Sequence[Sequence[str]]) -> bytes:
    """UTF-8 with a byte-order mark, so that spreadsheets read Japanese."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows([f"'{cell}" if cell.startswith(_RISKY) else cell for cell in row] for row in table)
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(table: Sequence[Sequence[str]], language: Language) -> bytes:
    """A workbook: what was asked on grey ground, the rest to fill in, each heading with its help."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("回答" if language == "ja" else "answers")
        bold, grey = book.add_format({"bold": True, "text_wrap": True}), book.add_format({"bg_color": "#EEF1F4"})
        for number, row in enumerate(table):
            for place, cell in enumerate(row):
                asked = COLUMNS[place].key in ASKED
                sheet.write_string(number, place, cell, bold if number == 0 else grey if asked else None)
        for place, column in enumerate(COLUMNS):
            sheet.write_comment(0, place, column.help.of(language))
        sheet.freeze_panes(1, 3)
        sheet.set_column(0, len(COLUMNS) - 1, 16)
    return out.getvalue()
