"""Batteries and evidence for the tests of reuse."""

from datetime import date

from meguri.health.model import Chemistry, Level, Status
from meguri.reuse.gate import Case, GateEvidence
from meguri.reuse.model import Battery, Soh

TODAY = date(2026, 1, 20)
PACK = Case(chemistry=Chemistry.NMC, level=Level.PACK, max_voltage_v=400.0, v_max=4.2, circuit="combined")

_TRUE = (
    "first_use_history",
    "no_overcharge",
    "no_overdischarge",
    "no_overcurrent",
    "no_overheating",
    "no_insulation_failure",
    "no_accident",
    "storage_within_limits",
    "visual_ok",
    "no_open_recall",
    "no_safety_dtc",
    "bms_readable",
)
_FIGURES = {
    "insulation_ohm_per_volt": 800.0,
    "min_cell_voltage_v": 3.0,
    "max_cell_voltage_v": 4.19,
    "max_temperature_c": 45.0,
    "min_charge_temperature_c": 5.0,
    "self_discharge_pct_month": 1.2,
    "self_discharge_peer_mad": 2.0,
    "rest_spread_v": 0.012,
    "resistance_ratio": 1.2,
    "cell_resistance_ratio": 1.1,
    "pulse_thermal_spread_k": 2.0,
}
_INTERVALS = {"capacity": (41.0, 39.5, 42.5), "resistance": (0.0012, 0.0011, 0.0013), "soh": (82.0, 79.0, 85.0)}


def evidence_of(
    quantity: str, value: bool | float | None, at: date = date(2026, 1, 10), **more: object
) -> GateEvidence:
    return GateEvidence(evidence_id=f"e:{quantity}:{at}", quantity=quantity, value=value, at=at, **more)  # type: ignore[arg-type]


def good_evidence(*, without: tuple[str, ...] = ()) -> list[GateEvidence]:
    """Complete and good, less the quantities in `without`."""
    found = [evidence_of(name, True) for name in _TRUE]
    found += [evidence_of(name, figure) for name, figure in _FIGURES.items()]
    found += [evidence_of(name, v, lower=low, upper=high) for name, (v, low, high) in _INTERVALS.items()]
    return [item for item in found if item.quantity not in without]


def bms_only(quantity: str) -> GateEvidence:
    return evidence_of(quantity, 99.0, lower=98.0, upper=100.0, kind="soh_bms")


def out_of_domain(quantity: str) -> GateEvidence:
    return evidence_of(quantity, 82.0, lower=60.0, upper=99.0, status=Status.OUT_OF_DOMAIN)


def battery(item_id: str = "pack-1", soh: tuple[float, float, float] = (82.0, 79.0, 85.0), **more: object) -> Battery:
    given: dict[str, object] = {
        "chemistry": Chemistry.NMC,
        "rated_energy_kwh": 40.0,
        "mass_kg": 300.0,
        "age_years": 6.0,
        "resistance_ratio": 1.2,
    }
    return Battery(item_id=item_id, soh_energy=Soh(value=soh[0], lower=soh[1], upper=soh[2]), **(given | more))  # type: ignore[arg-type]
