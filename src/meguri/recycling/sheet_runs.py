"""Runs, their lines, assays and claims as tables: rows in, what the use cases take out, every error by row and column.

runs.csv       run_no, step_type, site_id, start_at, end_at, permit_no, treatment_code (also route, campaign_year)
run_lines.csv  run_no, direction (in | out | reagent | loss), lot_no, substance, mass_kg, counting, destination, country,
               calculation_point, substitutes_primary, weighing_slip (also kind, moisture_pct, evidence, end_of_waste)
assays.csv     lot_no, element, location, mass_fraction, u_rel, method, lab_ref, sampled_at, basis (also site_id)
claims.csv     claim_no, element, source_class, qty_kg, model_id, plant_id, year, coc_model, evidence_refs (kind:number; …)
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, get_args
from uuid import UUID

import msgspec

from meguri.kernel.ids import parse_uuid
from meguri.kernel.numbers import whole
from meguri.recycling.claiming import ClaimInput
from meguri.recycling.elements import contained, element_named
from meguri.recycling.model import Counting, Location, LotKind, StepType
from meguri.recycling.records import Method, RunInput, Share
from meguri.recycling.tables import Reader, Row, rows_of

RUNS_NEEDED = ("run_no", "step_type", "site_id", "start_at", "end_at")
LINES_NEEDED = ("run_no", "direction", "mass_kg")
ASSAYS_NEEDED = ("lot_no", "element", "mass_fraction")
CLAIMS_NEEDED = ("claim_no", "element", "source_class", "qty_kg", "model_id", "plant_id", "year")
DIRECTIONS = ("in", "out", "reagent", "loss")
METHODS = get_args(Method)


class AssayRow(msgspec.Struct, frozen=True, kw_only=True):
    """One element of one lot as a laboratory found it: a fraction of the dry mass, or of the wet."""

    row: int
    lot_no: str
    site_id: UUID | None
    share: Share
    wet: bool
    lab_ref: str | None
    sampled_at: str | None


class LineRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a run as it is written."""

    row: int
    direction: str
    lot_no: str
    cells: Row
    mass_kg: Decimal


class RunRow(msgspec.Struct, frozen=True, kw_only=True):
    """A run as it is written, with its lines; lots are still numbers."""

    row: int
    said: dict[str, Any]
    lines: list[LineRow]


def assays(raw: bytes, reader: Reader, sheet: str | None = None) -> list[AssayRow]:
    """Rows of assays.csv."""
    found: list[AssayRow] = []
    seen: set[tuple[str, ...]] = set()
    for row, cells in rows_of(raw, ASSAYS_NEEDED, sheet=sheet):
        before = len(reader.errors)
        reader.needed(row, cells, ASSAYS_NEEDED)
        element = element_named(cells.get("element", ""))
        if cells.get("element") and element is None:
            reader.no(row, "element", cells["element"], "value", detail="")
        fraction, u_rel = reader.number(row, cells, "mass_fraction"), reader.number(row, cells, "u_rel")
        sampled = reader.moment(row, cells, "sampled_at")
        method = cells.get("method") or "assay_sampling"
        for name, value, choices in (
            ("method", method, METHODS),
            ("location", cells.get("location", ""), ("", *(one.value for one in Location))),
            ("basis", cells.get("basis", ""), ("", "dry", "wet")),
        ):
            if value not in choices:
                reader.no(row, name, value, "choice", choices=", ".join(one for one in choices if one))
        key = (cells.get("site_id", ""), cells.get("lot_no", ""), element or "", cells.get("location", ""))
        if key in seen:
            reader.no(row, "element", cells.get("element", ""), "twice")
        seen.add(key)
        if len(reader.errors) > before or element is None or fraction is None:
            continue
        share = {"element": element, "mass_fraction": fraction, "u_rel": u_rel, "method": method}
        made = reader.made(row, cells, {**share, "location": cells.get("location") or None}, Share, lambda field: field)
        if made is not None:
            found.append(
                AssayRow(
                    row=row,
                    lot_no=cells["lot_no"],
                    site_id=parse_uuid(cells.get("site_id", "")),
                    share=made,
                    wet=cells.get("basis") == "wet",
                    lab_ref=cells.get("lab_ref") or None,
                    sampled_at=sampled,
                )
            )
    return found


def runs(
    raw: bytes,
    lines: bytes,
    reader: Reader,
    line_reader: Reader,
    *,
    sheets: tuple[str | None, str | None] = (None, None),
) -> list[RunRow]:
    """Rows of runs.csv with their rows of run_lines.csv, in the order of their end."""
    by_run: dict[str, list[LineRow]] = {}
    for row, cells in rows_of(lines, LINES_NEEDED, sheet=sheets[1]):
        line = _line(row, cells, line_reader)
        if line is not None:
            by_run.setdefault(cells["run_no"], []).append(line)
    found: list[RunRow] = []
    seen: set[tuple[str, str]] = set()
    for row, cells in rows_of(raw, RUNS_NEEDED, sheet=sheets[0]):
        before = len(reader.errors)
        reader.needed(row, cells, RUNS_NEEDED)
        said: dict[str, Any] = {name: cells[name] for name in ("run_no", "site_id") if cells.get(name)}
        said |= {name: reader.moment(row, cells, name) for name in ("start_at", "end_at")}
        said |= {name: cells[name] for name in ("step_type", "route", "permit_no", "treatment_code") if cells.get(name)}
        if cells.get("campaign_year"):
            year = whole(cells["campaign_year"])
            said["campaign_year"] = -1 if year is None else year
        if cells.get("step_type") and cells["step_type"] not in {step.value for step in StepType}:
            reader.no(
                row, "step_type", cells["step_type"], "choice", choices=", ".join(step.value for step in StepType)
            )
        if cells.get("site_id") and parse_uuid(cells["site_id"]) is None:
            reader.no(row, "site_id", cells["site_id"], "value", detail="UUID")
        key = (cells.get("site_id", ""), cells.get("run_no", ""))
        if key in seen:
            reader.no(row, "run_no", cells.get("run_no", ""), "twice")
        seen.add(key)
        if len(reader.errors) == before:
            found.append(RunRow(row=row, said=said, lines=by_run.pop(cells["run_no"], [])))
        else:
            by_run.pop(cells.get("run_no", ""), None)
    for number, orphans in by_run.items():
        for line in orphans:
            line_reader.no(line.row, "run_no", number, "unknown", what="run_no")
    return sorted(found, key=lambda run: (datetime.fromisoformat(str(run.said["end_at"])), run.row))


def _line(row: int, cells: Row, reader: Reader) -> LineRow | None:
    before = len(reader.errors)
    reader.needed(row, cells, LINES_NEEDED)
    direction = cells.get("direction", "")
    if direction and direction not in DIRECTIONS:
        reader.no(row, "direction", direction, "choice", choices=", ".join(DIRECTIONS))
    needs = {"in": ["lot_no"], "out": ["lot_no", "kind"], "reagent": ["substance"]}.get(direction, [])
    reader.needed(row, cells, needs)
    mass = reader.number(row, cells, "mass_kg")
    for name, words in (("counting", Counting), ("kind", LotKind)):
        if cells.get(name) and cells[name] not in {word.value for word in words}:
            reader.no(row, name, cells[name], "choice", choices=", ".join(word.value for word in words))
    if direction == "out" and cells.get("substance") and contained(cells["substance"]) is None:
        reader.no(row, "substance", cells["substance"], "value", detail="stoich/1")
    reader.number(row, cells, "moisture_pct")
    for name in ("calculation_point", "substitutes_primary", "end_of_waste"):
        reader.yes(row, cells, name)
    if len(reader.errors) > before or mass is None:
        return None
    return LineRow(row=row, direction=direction, lot_no=cells.get("lot_no", ""), cells=cells, mass_kg=Decimal(mass))


def run_input(run: RunRow, lot_ids: Mapping[str, UUID], shares: Mapping[str, list[Share]]) -> dict[str, Any]:
    """A run as the use case takes it. lot_ids: of the lots it takes; shares: compositions of the lots it makes."""
    quiet = Reader()

    def out(line: LineRow) -> dict[str, Any]:
        cells = line.cells
        lot: dict[str, Any] = {"lot_no": line.lot_no, "kind": cells["kind"], "mass_wet_kg": str(line.mass_kg)}
        lot |= {name: cells[name] for name in ("moisture_pct", "substance", "waste_code") if cells.get(name)}
        lot["composition"] = msgspec.to_builtins(shares.get(line.lot_no, []))
        return {
            "lot": lot,
            "counting": cells.get("counting") or "intermediate",
            "destination": cells.get("destination") or None,
            "country_generated": cells.get("country") or None,
            "equivalent_conditions_doc": cells.get("evidence") or None,
            **{
                name: quiet.yes(line.row, cells, name)
                for name in ("calculation_point", "substitutes_primary", "end_of_waste")
            },
        }

    def added(line: LineRow) -> dict[str, Any]:
        pure = contained(line.cells.get("substance", "")) or {}
        return {
            "mass_kg": str(line.mass_kg),
            "composition": [
                {"element": e, "mass_fraction": str(f), "method": "stoichiometric"} for e, f in pure.items()
            ],
        }

    each = {way: [line for line in run.lines if line.direction == way] for way in DIRECTIONS}
    return {
        **run.said,
        "inputs": [{"lot_id": str(lot_ids[line.lot_no]), "mass_kg": str(line.mass_kg)} for line in each["in"]],
        "outputs": [out(line) for line in each["out"]],
        "reagents": [{"substance": line.cells["substance"], **added(line)} for line in each["reagent"]],
        "losses": [
            {"type": line.cells.get("counting") or "loss", "mass_kg": str(line.mass_kg), "closes": place == 0}
            for place, line in enumerate(each["loss"])
        ],
    }


def claims(raw: bytes, reader: Reader) -> list[tuple[int, ClaimInput]]:
    """Rows of claims.csv; the number of a claim is its key."""
    found: list[tuple[int, ClaimInput]] = []
    seen: set[str] = set()
    for row, cells in rows_of(raw, CLAIMS_NEEDED):
        before = len(reader.errors)
        reader.needed(row, cells, CLAIMS_NEEDED)
        qty = reader.number(row, cells, "qty_kg")
        if cells.get("year") and whole(cells["year"]) is None:
            reader.no(row, "year", cells["year"], "number")
        if cells.get("claim_no") in seen:
            reader.no(row, "claim_no", cells["claim_no"], "twice")
        seen.add(cells.get("claim_no", ""))
        evidence = dict(one.strip().split(":", 1) for one in cells.get("evidence_refs", "").split(";") if ":" in one)
        if len(reader.errors) > before or qty is None:
            continue
        said = {
            "idempotency_key": cells["claim_no"],
            "element": cells["element"],
            "source_class": cells["source_class"],
            "qty_kg": qty,
            "battery_model_id": cells["model_id"],
            "manufacturing_plant_id": cells["plant_id"],
            "year": int(cells["year"]),
            "evidence": evidence,
            **({"model": cells["coc_model"]} if cells.get("coc_model") else {}),
        }
        made = reader.made(row, cells, said, ClaimInput, _claim_column)
        if made is not None:
            found.append((row, made))
    return found


def _claim_column(field: str) -> str:
    names = {
        "idempotency_key": "claim_no",
        "battery_model_id": "model_id",
        "manufacturing_plant_id": "plant_id",
        "model": "coc_model",
    }
    return names.get(field, field or "claim_no")


def run_column(field: str) -> str:
    """The column of runs.csv for a field of the run."""
    return field if field in (*RUNS_NEEDED, "permit_no", "treatment_code", "route", "campaign_year") else "run_no"


__all__ = ["AssayRow", "LineRow", "RunInput", "RunRow", "assays", "claims", "run_column", "run_input", "runs"]
