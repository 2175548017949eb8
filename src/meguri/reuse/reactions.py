"""The standing watch: what other rooms record about a battery becomes evidence, and the gate is judged in the same commit."""

from collections.abc import Callable, Sequence

from meguri.health import service as health
from meguri.health.events import BatteryDiagnosed
from meguri.health.model import Status
from meguri.health.views import Finding
from meguri.kernel import clock
from meguri.kernel.events import Event
from meguri.kernel.scope import OperatorScope
from meguri.passport.events import LifeChanged
from meguri.reuse import store
from meguri.reuse.findings import usable
from meguri.reuse.gate import GateEvidence
from meguri.reuse.records import NewEvidence
from meguri.reuse.service import passports
from meguri.reuse.service.batteries import take_evidence
from meguri.reuse.service.judging import hold
from meguri.storage.database import Reaction
from meguri.storage.transaction import Transaction
from meguri.telemetry.events import SegmentArrived

# A negative event in a passport → which quantity of the gate it makes false. Keys: the passport's own event types.
HARMS = {
    "deep_discharge": "no_overdischarge",
    "overcharge": "no_overcharge",
    "short_circuit": "no_accident",
    "thermal_event": "no_overheating",
    "physical_damage": "no_accident",
    "water_ingress": "no_accident",
    "electrical_fault": "no_insulation_failure",
    "accident": "no_accident",
}


async def passport_event(tx: Transaction, scope: OperatorScope, event: LifeChanged) -> None:
    """A harmful event in the passport of a battery that is known here."""
    if event.happening != "negative_event":
        return
    record = await passports.known(tx, event.passport_id)
    told = record.own.get("negative_events", []) if record is not None else []
    if not told:
        return
    last = told[-1]
    quantity = HARMS.get(str(last.get("type", "")))
    if quantity is None:
        return
    finding = GateEvidence(
        evidence_id=f"passport:{last['id']}", quantity=quantity, value=False, at=clock.today(), kind="passport_event"
    )
    async with tx.across():
        known = await store.by_passport_across(tx, event.passport_id)
    for battery_id in dict.fromkeys(found.battery_id for found in known if found.held):
        await hold(tx, scope, battery_id)
        await take_evidence(
            tx, scope, battery_id, NewEvidence(findings=(finding,), source="passport"), f"watch:passport:{last['type']}"
        )


async def segment_arrived(tx: Transaction, scope: OperatorScope, event: SegmentArrived) -> None:
    """Measurements of a battery that is known here: its extremes ever are looked at again.

    Extremes are of all time, so that a quiet stretch never lifts what an earlier one did.
    """
    if await store.battery(tx, scope, event.battery_id) is None:
        return
    await hold(tx, scope, event.battery_id)
    known = usable([one.finding for one in await store.evidence(tx, scope, event.battery_id)])
    seen = (
        ("max_cell_voltage_v", event.max_cell_volt, max),
        ("min_cell_voltage_v", event.min_cell_volt, min),
        ("max_temperature_c", event.max_temperature_celsius, max),
    )
    findings = [
        _extreme(name, value, known.get(name), wider, event) for name, value, wider in seen if value is not None
    ]
    new = tuple(finding for finding in findings if finding is not None)
    if new:
        source = f"telemetry:{event.sha256}"
        await take_evidence(tx, scope, event.battery_id, NewEvidence(findings=new, source=source), "watch:telemetry")


def _extreme(
    name: str, value: float, known: GateEvidence | None, wider: Callable[[float, float], float], event: SegmentArrived
) -> GateEvidence | None:
    """The extreme of all time as a finding; None when the one of today says it already."""
    before = None if known is None or known.value is None else float(known.value)
    widest = value if before is None else wider(value, before)
    if known is not None and widest == before and known.at == clock.today():
        return None
    return GateEvidence(
        evidence_id=f"segment:{event.record_id}:{name}", quantity=name, value=widest, at=clock.today(), kind="telemetry"
    )


async def battery_diagnosed(tx: Transaction, scope: OperatorScope, event: BatteryDiagnosed) -> None:
    """Results of health about a battery that is known here: what they found for the gate becomes its evidence.

    Methods that disagree leave the capacity not assessable; a state of health that all agree on counts with its interval.
    """
    if await store.battery(tx, scope, event.battery_id) is None:
        return
    await hold(tx, scope, event.battery_id)
    known = usable([one.finding for one in await store.evidence(tx, scope, event.battery_id)])
    found = [one for one in await health.evidence(tx, scope, event.battery_id) if one.source_id == event.source_id]
    findings = [_witnessed(one, known.get(one.quantity)) for one in found if one.quantity != "soh"]
    findings.append(_together(event))
    new = NewEvidence(findings=tuple(findings), source=f"health:{event.source}")
    await take_evidence(tx, scope, event.battery_id, new, "watch:health")


EXTREMES: dict[str, Callable[[float, float], float]] = {
    "max_cell_voltage_v": max,
    "min_cell_voltage_v": min,
    "max_temperature_c": max,
    "min_charge_temperature_c": min,
}
"""Quantities of which the gate looks at all time, not at one record."""


def _witnessed(one: Finding, known: GateEvidence | None) -> GateEvidence:
    """A finding of health as evidence; an extreme never becomes milder."""
    value = one.value if one.truth is None else one.truth
    wider = EXTREMES.get(one.quantity)
    if wider is not None and one.value is not None and known is not None and known.value is not None:
        value = wider(one.value, float(known.value))
    return GateEvidence(
        evidence_id=f"health:{one.source_id}:{one.quantity}",
        quantity=one.quantity,
        value=value,
        lower=one.lower,
        upper=one.upper,
        status=one.status,
        at=min(one.measured_at.date(), clock.today()),
        kind=one.kind,
    )


def _together(event: BatteryDiagnosed) -> GateEvidence:
    """The state of health that all methods agree on, or that they do not."""
    return GateEvidence(
        evidence_id=f"health:{event.source_id}:soh",
        quantity="soh",
        value=event.soh,
        lower=event.soh_lower,
        upper=event.soh_upper,
        status=Status.OK if event.soh is not None else Status.NOT_ASSESSABLE,
        at=clock.today(),
        kind="health",
    )


reactions: dict[type[Event], Sequence[Reaction]] = {
    BatteryDiagnosed: [battery_diagnosed],
    LifeChanged: [passport_event],
    SegmentArrived: [segment_arrived],
}
