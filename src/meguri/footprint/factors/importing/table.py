"""CSV and XLSX with any columns: the caller says which column holds what; names of ours and common ones are found."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from meguri.footprint.calculation.factors import Licence, Source
from meguri.footprint.calculation.quality import Scores
from meguri.footprint.factors.errors import ColumnsMissing, ImportUnreadable
from meguri.footprint.factors.importing.characterisation import SHEET, from_flow_table, is_flow_list
from meguri.footprint.factors.importing.found import Found, no
from meguri.footprint.factors.model import FactorInput, RejectedRow
from meguri.workbooks.errors import SheetUnreadable
from meguri.workbooks.reading import LARGE, Wanted, table_of

NEEDED = ("id", "name", "unit", "value")
FIELDS = (
    *NEEDED, "version", "gwp_set", "geography", "valid_from", "valid_to", "technology", "system_model", "source",
    "source_version", "publisher", "licence", "redistribute", "ter", "ger", "tir", "primary", "classification",
)  # fmt: skip
_ALSO = {
    "id": ("コード", "排出原単位コード", "code", "factor_id"),
    "name": ("名称", "品目名", "排出原単位名", "name_ja"),
    "unit": ("単位", "per"),
    "value": ("排出係数", "原単位", "値", "kgco2e"),
    "source": ("出典",),
    "licence": ("ライセンス", "license"),
    "valid_to": ("有効期限",),
}
_UNITS = {"kwh": "kWh", "㎏": "kg", "kL": "m3", "千kWh": "MWh"}


def from_table(file_name: str, content: bytes, columns: Mapping[str, str]) -> Found:
    """Factors of a table with a head. Raises ImportUnreadable, ColumnsMissing."""
    rows = list(_rows(file_name, content))
    if not rows:
        raise ImportUnreadable(file=file_name, why="0")
    if is_flow_list([str(cell).strip() for cell in rows[0]]):
        return from_flow_table(rows)
    place = _places([str(cell).strip() for cell in rows[0]], columns)
    missing = [name for name in NEEDED if name not in place]
    if missing:
        raise ColumnsMissing(columns=", ".join(missing))
    factors: list[tuple[int, FactorInput]] = []
    rejected: list[RejectedRow] = []
    for line, row in enumerate(rows[1:], start=2):
        cells = {name: str(row[at]).strip() if at < len(row) else "" for name, at in place.items()}
        if not any(cells.values()):
            continue
        try:
            factors.append((line, _factor(cells)))
        except (ValueError, InvalidOperation) as error:
            rejected.append(no(line, f"値を読めません: {error}", f"A value cannot be read: {error}"))
    return Found(factors, rejected)


def _places(head: Sequence[str], columns: Mapping[str, str]) -> dict[str, int]:
    lower = [cell.casefold() for cell in head]
    place = {}
    for name in FIELDS:
        wanted = [columns[name]] if name in columns else [name, *_ALSO.get(name, ())]
        at = next((lower.index(each.casefold()) for each in wanted if each.casefold() in lower), None)
        if at is not None:
            place[name] = at
    return place


def _factor(cells: Mapping[str, str]) -> FactorInput:
    value = Decimal(cells["value"].replace(",", ""))
    if not value.is_finite():
        raise ValueError(f"value {cells['value']}")
    scores = [cells.get(name) or "" for name in ("ter", "ger", "tir")]
    kind = cells.get("redistribute") or "no"
    if kind not in ("yes", "no", "ask"):
        raise ValueError(f"redistribute {kind}")
    model: Any = cells.get("system_model") or "n/a"
    return FactorInput(
        id=cells["id"],
        version=cells.get("version") or "1",
        name=cells["name"],
        unit=_UNITS.get(cells["unit"], cells["unit"]),
        value=value,
        gwp_set=cells.get("gwp_set") or None,
        geography=cells.get("geography") or "GLO",
        valid_from=_day(cells.get("valid_from")),
        valid_to=_day(cells.get("valid_to")),
        technology=cells.get("technology") or "",
        system_model=model,
        classification=cells.get("classification") or "",
        source=Source(
            name=cells.get("source") or "",
            version=cells.get("source_version") or cells.get("version") or "1",
            publisher=cells.get("publisher") or "",
        ),
        licence=Licence(code=cells.get("licence") or "", redistribute=kind),  # type: ignore[arg-type]
        scores=Scores(ter=Decimal(scores[0]), ger=Decimal(scores[1]), tir=Decimal(scores[2])) if all(scores) else None,
        primary=(cells.get("primary") or "").casefold() in ("yes", "true", "1", "はい"),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text[:10].replace("/", "-")) if text else None


def _rows(file_name: str, content: bytes) -> Iterator[Sequence[Any]]:
    if file_name.lower().endswith(".csv"):
        for encoding in ("utf-8-sig", "cp932"):
            try:
                return iter(list(csv.reader(io.StringIO(content.decode(encoding)))))
            except (UnicodeDecodeError, csv.Error):
                continue
        raise ImportUnreadable(file=file_name, why="UTF-8 / Shift_JIS")
    try:
        found = table_of(content, Wanted(fitting=(SHEET,), whole=False), LARGE)
    except SheetUnreadable:
        raise ImportUnreadable(file=file_name, why="XLSX") from None
    return iter([[_cell(cell) for cell in row] for row in found])


def _cell(cell: Any) -> str:
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell)
