"""From what was typed into the worksheet page to a worksheet, with what is wrong kept beside its row."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from meguri.footprint.calculation.activity import STAGES, Kind
from meguri.footprint.calculation.factors import Catalogue
from meguri.footprint.calculation.lifetime import Battery
from meguri.footprint.calculation.packs import SEVERAL
from meguri.footprint.calculation.quality import Scores
from meguri.footprint.worksheets.model import Line, Worksheet, WorksheetInput
from meguri.kernel.ids import new_id
from meguri.kernel.numbers import plain, whole
from meguri.kernel.text import Language
from meguri.traceability.forms import decimal, text
from meguri.ui.words import phrase

PART = "part:"
CHOICE = "choice-"
KINDS = (
    Kind.MATERIAL,
    Kind.ELECTRICITY,
    Kind.FUEL,
    Kind.TRANSPORT,
    Kind.WASTE,
    Kind.DIRECT,
    Kind.CREDIT,
    Kind.CIRCULAR,
)
BATTERY = (
    "capacity_kwh",
    "warranty_years",
    "warranty_km",
    "km_per_year",
    "cycle_life",
    "mean_capacity_factor",
    "life_years",
    "full_discharges_per_year",
)
_TEXTS = (
    "title",
    "plant_id",
    "period_start",
    "period_end",
    "output",
    "pack_id",
    "mass_kg",
    "profile",
    "category",
    "justification",
)
_ROW = (
    "id",
    "name",
    "kind",
    "amount",
    "unit",
    "per",
    "factor",
    "stage",
    "process",
    "scrap",
    "primary",
    "meter",
    "scores",
)


class RowForm(msgspec.Struct, frozen=True, kw_only=True):
    """One row as typed."""

    id: str = ""
    name: str = ""
    kind: str = Kind.MATERIAL
    amount: str = ""
    unit: str = "kg"
    per: str = "unit"
    factor: str = ""
    stage: str = "raw"
    process: str = ""
    scrap: str = ""
    primary: str = ""
    meter: str = ""
    scores: str = ""

    @property
    def blank(self) -> bool:
        """Whether nothing was typed that says anything."""
        return not (self.name or self.amount or self.factor or self.meter)


class SheetForm(msgspec.Struct, frozen=True, kw_only=True):
    """The page as typed."""

    title: str = ""
    plant_id: str = ""
    period_start: str = ""
    period_end: str = ""
    output: str = ""
    pack_id: str = "eu-draft-2024"
    mass_kg: str = ""
    profile: str = ""
    category: str = ""
    justification: str = ""
    battery: dict[str, str] = {}
    choices: dict[str, str] = {}
    rows: list[RowForm] = []


def typed(form: Mapping[str, Any]) -> SheetForm:
    """What was typed; blank rows are left out."""
    numbers = sorted({n for key in form if (n := _row_number(key)) is not None})
    rows = [_typed_row({name: text(form, f"lines-{n}-{name}") for name in _ROW}) for n in numbers]
    return SheetForm(
        **{name: text(form, name) for name in _TEXTS},
        battery={name: text(form, name) for name in BATTERY},
        choices=typed_choices(form),
        rows=[row for row in rows if not row.blank],
    )


def typed_choices(form: Mapping[str, Any]) -> dict[str, str]:
    """What was chosen of what a rule pack leaves open; several of one kind with commas between, nothing as ``."""
    every = getattr(form, "getall", None)
    names = dict.fromkeys(key for key in form if key.startswith(CHOICE))
    found = {key: every(key, []) if every else [form[key]] for key in names}
    return {key.removeprefix(CHOICE): ",".join(str(one) for one in told if one) for key, told in found.items()}


def _typed_row(told: dict[str, str]) -> RowForm:
    """A row, of a kind that the page knows."""
    return RowForm(**told | {"kind": told["kind"] if told["kind"] in list(Kind) else Kind.MATERIAL})


def _row_number(key: str) -> int | None:
    parts = key.split("-", 2)
    return whole(parts[1]) if len(parts) == 3 and parts[0] == "lines" else None


def shown(sheet: Worksheet, catalogue: Catalogue, parts: Mapping[str, str]) -> SheetForm:
    """A worksheet as the page shows it. `parts`: names by id."""
    battery = sheet.battery
    return SheetForm(
        title=sheet.title,
        plant_id=str(sheet.plant_id),
        period_start=sheet.period_start.isoformat(),
        period_end=sheet.period_end.isoformat(),
        output=plain(sheet.output),
        pack_id=sheet.pack_id,
        mass_kg=_plain(sheet.mass_kg),
        profile=battery.profile if battery else "",
        category=(battery.category or "") if battery else "",
        justification=(battery.justification or "") if battery else "",
        battery={name: _plain(getattr(battery, name)) if battery else "" for name in BATTERY},
        choices=choices_shown(sheet.choices),
        rows=[_row(line, parts) for line in sheet.lines],
    )


def worksheet_of(
    given: SheetForm, before: Worksheet, catalogue: Catalogue, parts: Mapping[str, str], language: Language
) -> tuple[WorksheetInput | None, dict[str, str]]:
    """The worksheet, or what is wrong by field. What the page does not show of a line stays as it was.

    A factor is taken by its id, its name or a synonym; `part:<name>` is an own part.
    """
    wrong: dict[str, str] = {}

    def number(field: str, written: str, *, needed: bool = False) -> Decimal | None:
        found = decimal(written) if written else None
        if (written and found is None) or (needed and found is None):
            wrong[field] = phrase("footprint.wrong.number").of(language, {})
        return found

    dates = [day(field, getattr(given, field), wrong, language) for field in ("period_start", "period_end")]
    output = number("output", given.output, needed=True)
    mass = number("mass_kg", given.mass_kg)
    battery = {name: number(name, given.battery.get(name, "")) for name in BATTERY} if given.profile else {}
    kept = {line.id: line for line in before.lines}
    lines = []
    for n, row in enumerate(given.rows):
        amount = number(f"lines-{n}-amount", row.amount)
        scrap = number(f"lines-{n}-scrap", row.scrap)
        lines.append(_line(n, row, kept.get(row.id), amount, scrap, catalogue, parts, wrong, language))
    if wrong or output is None or dates[0] is None or dates[1] is None:
        return None, wrong
    found = WorksheetInput(
        plant_id=UUID(given.plant_id) if given.plant_id else before.plant_id,
        period_start=dates[0],
        period_end=dates[1],
        output=output,
        title=given.title,
        pack_id=given.pack_id or before.pack_id,
        choices=choices_of(given.choices, before.choices),
        lines=[line for line in lines if line is not None],
        coproducts=before.coproducts,
        battery=_battery(given, battery),
        mass_kg=mass,
    )
    return found, {}


def _battery(given: SheetForm, figures: Mapping[str, Decimal | None]) -> Battery | None:
    if not given.profile:
        return None
    told: dict[str, Any] = dict(figures)
    why = given.justification or None
    return Battery(profile=given.profile, category=given.category or None, justification=why, **told)


def _line(
    n: int,
    row: RowForm,
    kept: Line | None,
    amount: Decimal | None,
    scrap: Decimal | None,
    catalogue: Catalogue,
    parts: Mapping[str, str],
    wrong: dict[str, str],
    language: Language,
) -> Line | None:
    child = _child(row.factor, parts)
    if row.factor.startswith(PART) and child is None:
        wrong[f"lines-{n}-factor"] = phrase("footprint.sheet.no_part").of(language, {})
    factor = None if child else _factor(row.factor, catalogue)
    if wrong.keys() & {f"lines-{n}-{name}" for name in _ROW}:
        return None
    source, _, meter = row.meter.partition("/")
    told: dict[str, Any] = {
        "name": row.name,
        "kind": Kind(row.kind),
        "amount": amount,
        "unit": row.unit,
        "per": "period" if row.per == "period" else "unit",
        "stage": row.stage if row.stage in STAGES else "main",
        "process": row.process or None,
        "scrap_rate": scrap or Decimal(0),
        "primary": bool(row.primary),
        "factor_id": factor,
        "child_id": child,
        "source": source.strip() or None if meter else None,
        "meter": meter.strip() or None,
        "scores": _scores(row.scores),
    }
    if kept is not None:
        return msgspec.structs.replace(kept, **(_unfit(told["kind"]) | told))
    return Line(id=row.id or f"line-{n + 1}-{new_id().hex[-8:]}", **told)


def _unfit(kind: Kind) -> dict[str, Any]:
    """What a line of this kind cannot have: it goes when the kind is changed."""
    gone: dict[str, Any] = {}
    if kind is not Kind.CIRCULAR:
        gone["circular"] = None
    if kind is not Kind.TRANSPORT:
        gone["journey"] = None
    if kind is not Kind.DIRECT:
        gone["gas"] = None
    if kind is not Kind.ELECTRICITY:
        gone |= {"instruments": (), "residual_factor_id": None}
    return gone


def _factor(written: str, catalogue: Catalogue) -> str | None:
    """The id of what was written: an id, or the name or a synonym of one."""
    if not written:
        return None
    wanted = written.casefold()
    for factor in catalogue.all():
        if wanted in (factor.id.casefold(), factor.name.casefold(), *(each.casefold() for each in factor.synonyms)):
            return factor.id
    return written


def _child(written: str, parts: Mapping[str, str]) -> str | None:
    name = written.removeprefix(PART).strip()
    return next((part for part, called in parts.items() if name == called), None) if written.startswith(PART) else None


def _row(line: Line, parts: Mapping[str, str]) -> RowForm:
    scores = line.scores
    return RowForm(
        id=line.id,
        name=line.name,
        kind=line.kind,
        amount=_plain(line.amount),
        unit=line.unit,
        per=line.per,
        factor=f"{PART}{parts.get(line.child_id, line.child_id)}" if line.child_id else line.factor_id or "",
        stage=line.stage,
        process=line.process or "",
        scrap=_plain(line.scrap_rate) if line.scrap_rate else "",
        primary="yes" if line.primary else "",
        meter=f"{line.source or ''}/{line.meter}" if line.meter else "",
        scores=" ".join(plain(score) for score in (scores.ter, scores.ger, scores.tir)) if scores else "",
    )


def _scores(written: str) -> Scores | None:
    found = [decimal(one) for one in written.replace("/", " ").replace(",", " ").split()]
    if len(found) != 3 or any(score is None for score in found):
        return None
    return Scores(ter=found[0] or Decimal(0), ger=found[1] or Decimal(0), tir=found[2] or Decimal(0))


def choices_shown(choices: Mapping[str, Any]) -> dict[str, str]:
    """Choices as the form shows them."""
    return {name: ",".join(value) if isinstance(value, list | tuple) else str(value) for name, value in choices.items()}


def choices_of(given: Mapping[str, str], before: Mapping[str, Any]) -> dict[str, Any]:
    """The choices: those given, and of before what the form did not ask; one emptied is open again."""
    told = {name: value.split(",") if name in SEVERAL else value for name, value in given.items() if value}
    return {name: value for name, value in before.items() if name not in given} | told


def day(field: str, written: str, wrong: dict[str, str], language: Language) -> date | None:
    """A day as typed, or what is wrong."""
    try:
        return date.fromisoformat(written)
    except ValueError:
        wrong[field] = phrase("footprint.sheet.no_date").of(language, {})
        return None


def _plain(value: Decimal | None) -> str:
    return "" if value is None else plain(value)
