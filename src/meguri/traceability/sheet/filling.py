"""A table to fill in, as a file (pure): what is known stands there, each heading has its help."""

import csv
import io
from collections.abc import Collection, Sequence

import xlsxwriter

from meguri.kernel.text import Language
from meguri.traceability.sheet.columns import Column

_RISKY = ("=", "+", "-", "@", "\t", "\r")


def as_csv(table: Sequence[Sequence[str]]) -> bytes:
    """UTF-8 with a byte-order mark, so that spreadsheets read Japanese; no cell is taken for a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows([f"'{cell}" if cell.startswith(_RISKY) else cell for cell in row] for row in table)
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(
    table: Sequence[Sequence[str]], columns: Sequence[Column], known: Collection[str], title: str, language: Language
) -> bytes:
    """A workbook whose cells are all text: the columns `known` on grey ground, the rest to fill in."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet(title)
        bold, grey = book.add_format({"bold": True, "text_wrap": True}), book.add_format({"bg_color": "#EEF1F4"})
        for number, row in enumerate(table):
            for place, cell in enumerate(row):
                given = columns[place].key in known
                sheet.write_string(number, place, cell, bold if number == 0 else grey if given else None)
        for place, column in enumerate(columns):
            sheet.write_comment(0, place, column.help.of(language))
        sheet.freeze_panes(1, 3)
        sheet.set_column(0, len(columns) - 1, 16)
    return out.getvalue()
