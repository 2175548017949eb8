"""The yearly report on paper and as a workbook."""

import io
from decimal import Decimal
from typing import Any

import msgspec
import xlsxwriter

from meguri.documents import pdf
from meguri.kernel.numbers import plain
from meguri.kernel.text import Language
from meguri.recycling.report import Report


def shown(value: Decimal | None, places: int = 3) -> str:
    """A figure as the form shows it; what is missing is a dash."""
    return "—" if value is None else f"{value:.{places}f}"


def as_pdf(found: Report, language: Language) -> bytes:
    """The report as a PDF; takes tens of milliseconds of CPU."""
    data: dict[str, Any] = {
        **msgspec.to_builtins(found),
        "element_rows": [
            [
                row.element,
                shown(row.input_t),
                shown(row.output_eu_t),
                shown(row.output_other_t),
                shown(row.recovery_pct, 2),
            ]
            for row in found.elements
        ],
        "rate_rows": [
            [
                row.name,
                shown(row.value, 2),
                shown(row.lower, 2),
                row.rule,
                plain(row.least),
                shown(row.gap_pp, 2),
                row.status,
            ]
            for row in found.rates
        ],
        "country_rows": [[row.country, shown(row.input_t)] for row in found.countries],
        "formulas": list(dict.fromkeys(row.formula for row in found.rates)),
    }
    return pdf("meguri.recycling", "report.typ", data, language=language)


def as_workbook(found: Report) -> bytes:
    """The report as XLSX: one sheet for each table."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold = book.add_format({"bold": True})

    def sheet(name: str, head: list[str], rows: list[list[Any]]) -> None:
        page = book.add_worksheet(name)
        page.write_row(0, 0, head, bold)
        for place, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                if isinstance(value, Decimal):
                    page.write_number(place, column, float(value))
                elif value is not None:
                    page.write_string(place, column, _safe(str(value)))

    facts = [
        ["company", found.company],
        ["site", found.site],
        ["address", found.address],
        ["year", str(found.year)],
        ["re_class", found.re_class],
        ["rule_set", found.rule_set],
        ["source", found.source],
        ["included", ", ".join(found.included)],
        ["sha256", found.hash],
        *([f"closed {month}", signer] for month, signer in found.months),
        *(["gap", gap] for gap in found.gaps),
        *(["warning", warning] for warning in found.warnings),
    ]
    sheet("report", ["field", "value"], facts)
    sheet(
        "elements",
        ["element", "m_input t/a", "output in EU t/a", "output outside EU t/a", "rRM %"],
        [[r.element, r.input_t, r.output_eu_t, r.output_other_t, r.recovery_pct] for r in found.elements],
    )
    sheet("countries", ["country", "m_input t/a"], [[r.country, r.input_t] for r in found.countries])
    sheet(
        "rates",
        ["rate", "value %", "lower 95 %", "formula", "target", "at least %", "gap pp", "status"],
        [[r.name, r.value, r.lower, r.formula, r.rule, r.least, r.gap_pp, r.status] for r in found.rates],
    )
    sheet("excluded", ["output", "element", "reason"], [list(row) for row in found.excluded])
    book.close()
    return out.getvalue()


def _safe(text: str) -> str:
    """Text that a spreadsheet would take for a formula is marked as text."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text
