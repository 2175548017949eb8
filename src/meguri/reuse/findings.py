"""Results of a diagnosis as findings for the safety gate, and the figures that a valuation takes from findings."""

from collections.abc import Iterable, Sequence
from datetime import date

from meguri.health.model import Result
from meguri.reuse.draws import MOST_SOH
from meguri.reuse.errors import FigureImplausible
from meguri.reuse.gate import GateEvidence
from meguri.reuse.model import Battery, Soh
from meguri.reuse.plausible import is_plausible, require_each, require_plausible
from meguri.reuse.records import BatteryFacts

_GATE_NAMES = {
    "capacity": ("capacity",),
    "soh_capacity": ("soh_capacity", "capacity"),
    "soh_energy": ("soh_energy",),
    "resistance": ("resistance",),
    "resistance_10s": ("resistance",),
    "r25": ("resistance",),
}
_SOH = ("soh_energy", "soce", "soh_capacity", "soh")


def findings_of(results: Iterable[Result], at: date, prefix: str) -> tuple[GateEvidence, ...]:
    """Findings from results of health; what only the BMS says keeps its kind, so that the gate refuses it."""
    return tuple(
        GateEvidence(
            evidence_id=f"{prefix}:{name}",
            quantity=name,
            value=result.value,
            at=at,
            kind="soh_bms"
            if "bms" in (result.quantity, result.method) or result.quantity == "soh_bms"
            else result.method,
            status=result.status,
            lower=result.lower,
            upper=result.upper,
        )
        for result in results
        for name in _GATE_NAMES.get(result.quantity, (result.quantity,))
    )


def usable(findings: Sequence[GateEvidence]) -> dict[str, GateEvidence]:
    """The newest usable finding of each quantity: status ok, and not from the BMS alone."""
    good = [
        item for item in findings if item.status.value == "ok" and item.kind != "soh_bms" and item.value is not None
    ]
    return {item.quantity: item for item in sorted(good, key=lambda item: (item.at, item.evidence_id))}


def soh_of(findings: Sequence[GateEvidence]) -> Soh | None:
    """The state of health on which grade and value stand: energy-based where there is one; needs an interval."""
    found = usable(findings)
    for name in _SOH:
        item = found.get(name)
        if item is not None and item.lower is not None and item.upper is not None:
            value = float(item.value or 0.0)
            if 0 <= value <= MOST_SOH and item.lower <= value <= item.upper:
                return Soh(value=value, lower=max(item.lower, 0.0), upper=min(item.upper, MOST_SOH))
    return None


def figure(findings: Sequence[GateEvidence], quantity: str) -> float | None:
    """The newest usable number of a quantity."""
    item = usable(findings).get(quantity)
    return None if item is None or item.value is None else float(item.value)


def battery_of(item_id: str, facts: BatteryFacts, findings: Sequence[GateEvidence], today: date) -> Battery | None:
    """The battery as it is valued; None while its state of health is not known with an interval.

    A finding that cannot be right is as good as none; name-plate figures that cannot be right leave nothing to value.
    """
    soh = soh_of(findings)
    try:
        check_facts(facts)
    except FigureImplausible:
        return None
    if soh is None:
        return None
    age = (today - facts.manufactured).days / 365.25 if facts.manufactured else 0.0
    modules = [item for name, item in usable(findings).items() if name.startswith("module_soh_")]
    return Battery(
        item_id=item_id,
        chemistry=facts.chemistry,
        rated_energy_kwh=facts.rated_energy_kwh,
        soh_energy=soh,
        mass_kg=facts.mass_kg,
        age_years=max(age, 0.0),
        resistance_ratio=_plausible("resistance_ratio", figure(findings, "resistance_ratio")),
        spread_pct=_plausible("spread_pct", figure(findings, "capacity_spread_pct")),
        composition=facts.composition,
        module_soh=_modules([float(item.value or 0.0) for item in modules]),
        footprint_kg_per_kwh=facts.footprint_kg_per_kwh,
    )


def check_facts(facts: BatteryFacts) -> None:
    """Refuse a name plate that no battery has. Raises FigureImplausible."""
    require_plausible(
        rated_energy_kwh=facts.rated_energy_kwh,
        rated_capacity_ah=facts.rated_capacity_ah,
        mass_kg=facts.mass_kg,
        max_voltage_v=facts.max_voltage_v,
        cell_voltage_max=facts.cell_voltage_max,
        initial_resistance_ohm=facts.initial_resistance_ohm,
        footprint_kg_per_kwh=facts.footprint_kg_per_kwh,
    )
    require_each("composition", facts.composition)


def _plausible(name: str, value: float | None) -> float | None:
    return value if value is not None and is_plausible(name, value) else None


def _modules(found: list[float]) -> tuple[float, ...]:
    """State of health of the modules; with one that cannot be right, none is known."""
    return tuple(found) if all(is_plausible("module_soh", soh) for soh in found) else ()
