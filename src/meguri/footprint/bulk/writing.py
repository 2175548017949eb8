"""The own parts and their figures as a file to fill in (pure)."""

from collections.abc import Iterable

from meguri.footprint.bulk.columns import COLUMNS, FIGURES
from meguri.footprint.bulk.figures import RATINGS
from meguri.footprint.bulk.service import Line
from meguri.kernel.numbers import plain
from meguri.kernel.text import Language
from meguri.kernel.units import SYMBOLS, AmountUnit


def rows(lines: Iterable[Line], language: Language) -> list[list[str]]:
    """Headings and one row a part."""
    return [[column.heading.of(language) for column in COLUMNS], *(_row(line, language) for line in lines)]


def _row(line: Line, language: Language) -> list[str]:
    unit = SYMBOLS[AmountUnit(line.part.unit)].of(language) if line.part.unit else ""
    values = {"part": line.part.name, "support_name": line.part.support_name or "", "unit": unit}
    if line.declared is not None:
        for key in FIGURES:
            values[key] = _cell(getattr(line.declared, key))
        for key in RATINGS:
            side, _, name = key.partition("_")
            values[key] = _cell(getattr(getattr(line.declared, f"{side}_quality"), name))
        values["comment"] = line.declared.comment or ""
    return [values.get(column.key, "") for column in COLUMNS]


def _cell(value: object) -> str:
    return "" if value is None else plain(value)  # type: ignore[arg-type]
