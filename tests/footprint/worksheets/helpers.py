"""A company with factors of its own, and short words for lines and worksheets."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from tests.chain import Company

from meguri.footprint.calculation.activity import Kind
from meguri.footprint.calculation.factors import Licence, Source
from meguri.footprint.calculation.quality import Scores
from meguri.footprint.factors import FactorInput, add_factor
from meguri.footprint.worksheets import service
from meguri.footprint.worksheets.model import Line, Worksheet, WorksheetInput
from meguri.kernel.units import AmountUnit

PIECE = AmountUnit.UNIT
G1 = {"CAM": 17, "CU": "4.1", "AL": "9.2", "CASE": "2.4"}


def D(value: object) -> Decimal:
    return Decimal(str(value))


def factor(name: str, value: object, unit: str = "kg", **more: Any) -> FactorInput:
    told: dict[str, Any] = {
        "source": Source(name="Lab", version="2025"),
        "licence": Licence(code="own", redistribute="no"),
        "gwp_set": "AR6",
        "primary": True,
        "scores": Scores(ter=D(2), ger=D(1), tir=D(2)),
    }
    return FactorInput(id=name, version="1", name=name, unit=unit, value=D(value), **told | more)


async def with_factors(company: Company, **values: object) -> None:
    for name, value in values.items():
        await company.run(add_factor, factor(name, value))


def line(name: str, amount: object, factor_id: str | None = None, **more: Any) -> Line:
    told = {"id": name, "name": name, "kind": Kind.MATERIAL, "stage": "raw", "factor_id": factor_id, "primary": True}
    told["amount"] = None if amount is None else D(amount)
    return Line(**told | more)  # type: ignore[arg-type]


def part_line(name: str, amount: object, child: UUID, **more: Any) -> Line:
    return line(name, amount, None, child_id=str(child), unit="piece", **more)


async def sheet(company: Company, part: str, *lines: Line, **more: Any) -> Worksheet:
    trace_id = await company.part_id(part)
    told: dict[str, Any] = {
        "plant_id": company.plant_id,
        "period_start": date(2026, 1, 1),
        "period_end": date(2026, 12, 31),
        "output": D(1),
        "pack_id": "cx-rulebook-4",
        "lines": lines,
    }
    return await company.run(service.create, trace_id, WorksheetInput(**told | more))


async def battery_pack(company: Company, pack_id: str = "pact-3") -> dict[str, Worksheet]:
    """The reference pack: CELL and MOD and CASE in PACK, each with its own worksheet."""
    await with_factors(company, CAM=17, CU="4.1", AL="9.2", CASEF="2.4")
    for name, value in (("CELLM-loc", 0), ("one", 1)):
        await company.run(add_factor, factor(name, value, "piece"))
    for name in ("PACK", "MOD", "CELL", "CASE"):
        await company.part(name, ends=True, unit=PIECE)
    ids = {name: await company.part_id(name) for name in ("PACK", "MOD", "CELL", "CASE")}
    made: dict[str, Worksheet] = {}
    own = {"kind": Kind.DIRECT, "unit": "piece", "factor_id": "one", "stage": "main"}
    made["CELL"] = await sheet(
        company,
        "CELL",
        line("CAM", "0.6", "CAM"),
        line("CU", "0.12", "CU"),
        line("AL", "0.05", "AL"),
        line("electricity", "3.2", **own),
        pack_id=pack_id,
    )
    made["MOD"] = await sheet(
        company,
        "MOD",
        part_line("cells", 12, ids["CELL"]),
        line("CU", "0.25", "CU"),
        line("electricity", "1.1", **own),
        pack_id=pack_id,
    )
    made["CASE"] = await sheet(
        company, "CASE", line("AL", 8, "AL"), line("forming", "2.4", **own | {"stage": "raw"}), pack_id=pack_id
    )
    made["PACK"] = await sheet(
        company,
        "PACK",
        part_line("modules", 4, ids["MOD"]),
        part_line("case", 1, ids["CASE"]),
        line("CU", "1.5", "CU"),
        line("electricity", "12.5", **own),
        line("delivery", 6, **own | {"stage": "dist"}),
        line("recycling", 35, **own | {"stage": "eol_gross"}),
        line("recovered", -20, **own | {"stage": "eol_credit", "kind": Kind.CREDIT}),
        pack_id=pack_id,
    )
    return made


REQUIRED = (
    "cathode_active_material", "cathode_precursor", "anode_active_material", "electrodes", "electrolyte", "separator",
    "cell_casing", "cell_assembly", "module_assembly", "pack_assembly", "casing", "thermal_system",
)  # fmt: skip


async def declarable(company: Company, model: str = "M-1") -> Worksheet:
    """The reference battery of 60 kWh with the company's own data for every process that law wants."""
    from meguri.footprint.calculation.lifetime import Battery

    await company.run(add_factor, factor("kg", 1, "piece"))
    await company.part(model, ends=True, unit=PIECE)
    own = {"kind": Kind.DIRECT, "unit": "piece", "factor_id": "kg"}
    lines = [line(process, 325, **own, process=process) for process in REQUIRED]
    lines += [
        line("assembly", 1500, **own | {"stage": "main"}),
        line("delivery", 60, **own | {"stage": "dist"}),
        line("recycling", 120, **own | {"stage": "eol_gross"}),
        line("recovered", -300, **own | {"stage": "eol_credit", "kind": Kind.CREDIT}),
    ]
    battery = Battery(profile="ev", capacity_kwh=D(60), category="M1", warranty_years=D(8))
    return await sheet(company, model, *lines, pack_id="eu-draft-2024", battery=battery, mass_kg=D(400))
