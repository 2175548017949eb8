"""Parts and structures as a file. Cells that a spreadsheet would run as a formula are written as text."""

import csv
import io
from collections.abc import Iterable, Mapping
from uuid import UUID

import xlsxwriter

from meguri.kernel.numbers import plain
from meguri.kernel.text import Language
from meguri.traceability.model import Component, Part, Structure
from meguri.traceability.sheet.columns import COLUMNS

_RISKY = ("=", "+", "-", "@", "\t", "\r")


def _rows(structures: Iterable[Structure], plants: Mapping[UUID, str], language: Language) -> Iterable[list[str]]:
    yield [column.heading.of(language) for column in COLUMNS]
    for structure in structures:
        yield _row(structure.parent, None, None, plants, language)
        for component in structure.children:
            yield _row(component.part, structure.parent, component, plants, language)


def _row(
    part: Part, parent: Part | None, component: Component | None, plants: Mapping[UUID, str], language: Language
) -> list[str]:
    yes, no = ("はい", "いいえ") if language == "ja" else ("yes", "no")
    values = {
        "parent_name": parent.name if parent else "",
        "parent_support_name": (parent.support_name if parent else "") or "",
        "name": part.name,
        "support_name": part.support_name or "",
        "plant": plants.get(part.plant_id, ""),
        "unit": part.unit or "",
        "terminated": yes if part.terminated else no,
        "amount": plain(component.amount) if component else "",
        "label": part.label or "",
        "info1": part.info1 or "",
        "info2": part.info2 or "",
        "info3": part.info3 or "",
    }
    return [values[column.key] for column in COLUMNS]


def to_csv(structures: Iterable[Structure], plants: Mapping[UUID, str], language: Language) -> bytes:
    """UTF-8 with a byte-order mark, so that spreadsheets read Japanese; `plants`: plant → its public id."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in _rows(structures, plants, language):
        writer.writerow([f"'{cell}" if cell.startswith(_RISKY) else cell for cell in row])
    return out.getvalue().encode("utf-8-sig")


def to_xlsx(structures: Iterable[Structure], plants: Mapping[UUID, str], language: Language) -> bytes:
    """A workbook whose cells are all text, with the help of each column as a comment on its heading."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("部品" if language == "ja" else "parts")
        bold = book.add_format({"bold": True, "text_wrap": True})
        for number, row in enumerate(_rows(structures, plants, language)):
            for place, cell in enumerate(row):
                sheet.write_string(number, place, cell, bold if number == 0 else None)
        for place, column in enumerate(COLUMNS):
            sheet.write_comment(0, place, column.help.of(language))
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(COLUMNS) - 1, 18)
    return out.getvalue()
