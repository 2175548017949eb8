"""Write-back: measured health into the battery's passport, under the passport's own rules, with method and uncertainty."""

from datetime import datetime

from meguri.health.estimate import COVERAGE_FACTOR
from meguri.health.model import Result, Status
from meguri.health.views import Standing
from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope
from meguri.passport import service as passports
from meguri.passport.readings import Reading
from meguri.storage.transaction import Transaction

_ATTRIBUTES = {
    "capacity": ("remaining_capacity", "Ah"),
    "usable_energy": ("remaining_usable_energy", "kWh"),
    "soce": ("soce", "%"),
    "resistance": ("ohmic_resistance", "ohm"),
    "round_trip_efficiency": ("remaining_rte", "%"),
    "self_discharge": ("self_discharge_current", "%/month"),
}
_ALSO = {"ohmic_resistance": "measured_resistance_pack"}
_POWER_AT_SOC = (80, 20)
_DEFINITIONS = {"soh_capacity": "capacity", "soce": "energy_soce"}


async def write_back(
    tx: Transaction, scope: OperatorScope, dpp_id: str | None, standing: Standing, measured_at: datetime
) -> int:
    """Offer what is known to the passport `dpp_id`; how many values it took.

    A passport that is not this company's to write, or not there, leaves the diagnosis as it is: it is undone alone.
    """
    readings = _readings(standing, measured_at)
    if not dpp_id or not readings:
        return 0
    batch = passports.Batch(batch_id=f"health:{measured_at.isoformat()}", source="diagnostic", readings=readings)
    try:
        async with tx.savepoint():
            return (await passports.record_readings(tx, scope, dpp_id, batch)).accepted
    except Refusal:
        return 0


def _readings(standing: Standing, measured_at: datetime) -> list[Reading]:
    newest: dict[str, Result] = {}
    for result in standing.results:  # newest first
        if result.status is Status.OK and result.value is not None:
            newest.setdefault(result.quantity, result)
    found = [
        reading
        for quantity, (attribute, unit) in _ATTRIBUTES.items()
        if quantity in newest
        for reading in _with_twins(attribute, newest[quantity], measured_at, unit)
    ]
    if standing.soh.status is Status.OK and standing.soh.value is not None:
        found.append(_soh(standing.soh, measured_at))
    points = [
        {"soc_pct": soc, "power_w": round(power.value, 3)}
        for soc in _POWER_AT_SOC
        if (power := newest.get(f"discharge_power_soc{soc}")) is not None and power.value is not None
    ]
    if points:
        found.append(Reading(attribute="remaining_power_capability", value=points, measured_at=measured_at))
    return found


def _with_twins(attribute: str, result: Result, measured_at: datetime, unit: str) -> list[Reading]:
    names = [attribute, _ALSO[attribute]] if attribute in _ALSO else [attribute]
    return [
        Reading(
            attribute=name,
            value=round(result.value or 0.0, 9),
            measured_at=measured_at,
            unit=unit,
            method=result.method,
            uncertainty_pct=_uncertainty_pct(result),
            temperature_c=result.conditions.temperature_c,
        )
        for name in names
    ]


def _soh(result: Result, measured_at: datetime) -> Reading:
    """The state of health with its definition, interval and reference in one value."""
    reference = result.reference
    value = {
        "value": round(result.value or 0.0, 3),
        "definition": _DEFINITIONS.get(result.quantity, "maker_defined"),
        "method": "diagnostic",
        "confidence_pct": round(100 * result.confidence, 1),
        "reference": f"{reference.name} {reference.value:g} {reference.unit}" if reference else "rated",
        "measured_at": measured_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "source": "diagnostic",
    }
    if result.lower is not None and result.upper is not None:
        value |= {"interval_low": round(max(result.lower, 0.0), 3), "interval_high": round(result.upper, 3)}
    return Reading(
        attribute="soh",
        value=value,
        measured_at=measured_at,
        method=result.method,
        uncertainty_pct=_uncertainty_pct(result),
    )


def _uncertainty_pct(result: Result) -> float | None:
    """Standard uncertainty in percent of the value."""
    if result.lower is None or result.upper is None or not result.value:
        return None
    return round(100 * (result.upper - result.lower) / (2 * COVERAGE_FACTOR) / abs(result.value), 3)
