"""What one line of a worksheet has beside its row: certificates of electricity, a journey, recycling, a gas, scores."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from meguri.footprint.calculation.activity import Journey, Kind
from meguri.footprint.calculation.circular import Circular
from meguri.footprint.calculation.electricity import Instrument, InstrumentKind
from meguri.footprint.calculation.quality import Scores
from meguri.footprint.calculation.transport import Fuel
from meguri.footprint.worksheets.model import Line
from meguri.kernel.numbers import plain, whole
from meguri.kernel.text import Language
from meguri.traceability.forms import decimal, text
from meguri.ui.words import phrase

INSTRUMENT = ("id", "kind", "kwh", "factor", "cancelled", "valid_from", "valid_to", "region", "volume")
JOURNEY = ("tonnes", "distance_km", "load_percent", "payload_kg", "return_factor")
CIRCULAR = Circular.__struct_fields__
SCORES = ("ter", "ger", "tir")
NUMBERS = ("mass_per_piece", "density", "grid_loss")
FACTORS = ("residual_factor_id", "transport_factor_id", "avoided_factor_id")
WORDS = (*FACTORS, "region", "fuel", "gas")


class LineForm(msgspec.Struct, frozen=True, kw_only=True):
    """The page as typed: single fields by name, and the rows of certificates."""

    fields: dict[str, str] = {}
    instruments: list[dict[str, str]] = []


def typed(form: Mapping[str, Any]) -> LineForm:
    """What was typed; blank rows are left out."""
    names = (*JOURNEY, *CIRCULAR, *SCORES, *NUMBERS, *WORDS, "recycled")
    numbers = sorted({n for key in form if key.startswith("eac-") and (n := whole(key.split("-")[1])) is not None})
    rows = [{name: text(form, f"eac-{n}-{name}") for name in INSTRUMENT} for n in numbers]
    return LineForm(
        fields={name: text(form, name) for name in names},
        instruments=[row for row in rows if row["id"] or row["kwh"] or row["factor"]],
    )


def shown(line: Line) -> LineForm:
    """A line as the page shows it."""
    found = {name: _plain(getattr(line, name)) for name in (*NUMBERS, *FACTORS, "region", "gas")}
    for part, names in ((line.journey, (*JOURNEY, "fuel")), (line.circular, CIRCULAR), (line.scores, SCORES)):
        found |= {name: _plain(getattr(part, name)) if part else "" for name in names}
    found["recycled"] = "yes" if line.recycled else ""
    rows = [{name: _plain(getattr(each, name)) for name in INSTRUMENT} for each in line.instruments]
    return LineForm(fields=found, instruments=rows)


def line_of(given: LineForm, line: Line, language: Language) -> tuple[Line, dict[str, str]]:
    """The line with what was typed, and what is wrong by field."""
    reading = _Reading(given, language)
    told: dict[str, Any] = {name: reading.number(name) for name in NUMBERS}
    told["scores"] = reading.scores()
    if line.kind is Kind.ELECTRICITY:
        told |= {"instruments": reading.instruments(), "residual_factor_id": reading.word("residual_factor_id")}
        told["region"] = reading.word("region")
    if line.kind is Kind.TRANSPORT:
        told["journey"] = reading.journey()
    if line.kind is Kind.WASTE:
        told |= {name: reading.word(name) for name in ("transport_factor_id", "avoided_factor_id")}
        told["recycled"] = bool(given.fields["recycled"])
    if line.kind is Kind.DIRECT:
        told["gas"] = reading.word("gas")
        told |= {"factor_id": None} if told["gas"] else {}
    if line.kind in (Kind.MATERIAL, Kind.CIRCULAR):
        circular = reading.circular()
        told |= {"circular": circular, "kind": Kind.CIRCULAR if circular else Kind.MATERIAL}
        told |= {"factor_id": None, "child_id": None} if circular else {}
    return msgspec.structs.replace(line, **told), reading.wrong


class _Reading:
    """Takes what was typed field by field; `wrong` says what could not be read."""

    def __init__(self, given: LineForm, language: Language) -> None:
        self._given, self._language = given, language
        self.wrong: dict[str, str] = {}

    def word(self, name: str) -> str | None:
        return self._given.fields.get(name) or None

    def number(self, name: str, *, needed: bool = False) -> Decimal | None:
        return self._number(name, self._given.fields.get(name, ""), needed=needed)

    def scores(self) -> Scores | None:
        if not any(self.word(name) for name in SCORES):
            return None
        ter, ger, tir = (self.number(name, needed=True) or Decimal(1) for name in SCORES)
        return Scores(ter=ter, ger=ger, tir=tir)

    def journey(self) -> Journey | None:
        if not any(self.word(name) for name in ("tonnes", "distance_km", "load_percent", "payload_kg")):
            return None
        told: dict[str, Any] = {name: self.number(name, needed=True) or Decimal(0) for name in JOURNEY[:-1]}
        back = self.number("return_factor")
        fuel: Fuel = "petrol" if self.word("fuel") == "petrol" else "diesel"
        return Journey(fuel=fuel, return_factor=Decimal(1) if back is None else back, **told)

    def circular(self) -> Circular | None:
        told = {name: self.number(name) for name in CIRCULAR}
        if all(value is None for value in told.values()):
            return None
        for name in ("a", "ev"):
            self.number(name, needed=True)
        known: dict[str, Any] = {name: value for name, value in told.items() if value is not None}
        return Circular(**({"a": Decimal(0), "ev": Decimal(0)} | known))

    def instruments(self) -> list[Instrument]:
        return [self._instrument(n, row) for n, row in enumerate(self._given.instruments)]

    def _instrument(self, n: int, row: Mapping[str, str]) -> Instrument:
        numbers = {
            name: self._number(f"eac-{n}-{name}", row[name], needed=True) or Decimal(0) for name in ("kwh", "factor")
        }
        volume = self._number(f"eac-{n}-volume", row["volume"], needed=False)
        if volume is not None and not row["id"]:
            self.wrong[f"eac-{n}-volume"] = phrase("footprint.line.volume_of_what").of(self._language, {})
        kinds = list(InstrumentKind)
        return Instrument(
            id=row["id"] or f"{n + 1}",
            kind=InstrumentKind(row["kind"]) if row["kind"] in kinds else InstrumentKind.EAC,
            cancelled=bool(row["cancelled"]),
            valid_from=self._day(f"eac-{n}-valid_from", row["valid_from"]),
            valid_to=self._day(f"eac-{n}-valid_to", row["valid_to"]),
            region=row["region"] or None,
            volume=volume,
            **numbers,
        )

    def _number(self, field: str, written: str, *, needed: bool) -> Decimal | None:
        found = decimal(written) if written else None
        if found is None and (written or needed):
            self.wrong[field] = phrase("footprint.wrong.number").of(self._language, {})
        return found

    def _day(self, field: str, written: str) -> date | None:
        try:
            return date.fromisoformat(written) if written else None
        except ValueError:
            self.wrong[field] = phrase("footprint.sheet.no_date").of(self._language, {})
            return None


def _plain(value: Any) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return "yes"
    return plain(value) if isinstance(value, Decimal) else str(value)
