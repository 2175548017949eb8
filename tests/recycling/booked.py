"""Bookings of the worked examples: two modules, a shredder, hydrometallurgy."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from meguri.recycling.records import LotInput, Receipt, RunInput

DAY = datetime(2026, 3, 1, 9, tzinfo=UTC)
M1 = {"Ni": "18.9", "Co": "6.3", "Li": "3.5"}
M2 = {"Ni": "8.4", "Co": "8.4", "Li": "2.1"}
BLACK = {"Ni": "26.4", "Co": "14.4", "Li": "5.4"}
FOIL = {"Ni": "0.6", "Co": "0.2", "Li": "0.1"}
LOST = {"Ni": "0.3", "Co": "0.1", "Li": "0.1"}


def after(hours: float) -> datetime:
    return DAY + timedelta(hours=hours)


def made_of(masses: dict[str, str]) -> list[dict[str, str]]:
    return [{"element": element, "mass_kg": kg} for element, kg in masses.items()]


def lot(lot_no: str, kind: str, kg: object, masses: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    wet = {"moisture_pct": "0"} if kind in ("black_mass", "salt", "slag") else {}
    said = {"lot_no": lot_no, "kind": kind, "mass_wet_kg": str(kg), "composition": made_of(masses or {})}
    return {"re_class": "lithium_based", **said, **wet, **more}


def delivery(site_id: UUID, said: dict[str, Any], at: datetime = DAY, **more: Any) -> Receipt:
    return msgspec.convert({"site_id": site_id, "at": at, "lot": said, **more}, Receipt)


def run(site_id: UUID, run_no: str, step: str, lots: list[Any], outputs: list[Any], **more: Any) -> RunInput:
    taken = [one if isinstance(one, dict) else {"lot_id": one} for one in lots]
    said = {
        "run_no": run_no,
        "site_id": site_id,
        "step_type": step,
        "start_at": after(1),
        "end_at": after(2),
        "inputs": taken,
        "outputs": outputs,
        **more,
    }
    return msgspec.convert(said, RunInput)


def shredding(site_id: UUID, m1: UUID, m2: UUID, **more: Any) -> RunInput:
    outputs = [
        {"lot": lot("BM-1", "black_mass", 175, BLACK), "counting": "intermediate"},
        {"lot": lot("FOIL-1", "electrode_foil", 70, FOIL), "counting": "recycling"},
        {"lot": lot("SCRAP-1", "metal_fraction", 80), "counting": "recycling"},
    ]
    lost = [{"type": "loss", "mass_kg": "25", "composition": made_of(LOST)}]
    return run(site_id, "SHRED-1", "shredding", [m1, m2], outputs, losses=lost, **more)


def lot_input(said: dict[str, Any]) -> LotInput:
    return msgspec.convert(said, LotInput)


def kg(text: object) -> Decimal:
    return Decimal(str(text))
