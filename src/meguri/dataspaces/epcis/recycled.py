"""The recycler's books as events: deliveries, runs, shipments and corrections out; a plant's own transformations in, as drafts.

An event has the id of the booking behind it, so that it is kept once. Elements, losses and codes travel as extensions. EPCIS knows
no balance: what comes in is a draft that has to pass conservation when it is posted.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from meguri.dataspaces.epcis import store
from meguri.dataspaces.epcis.mapping import Happening, event_of
from meguri.dataspaces.epcis.projecting import epc_of
from meguri.dataspaces.epcis.schema import Event
from meguri.dataspaces.rules import epcis
from meguri.kernel import clock
from meguri.kernel.errors import Refusal
from meguri.kernel.ids import new_id, parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.passport import service as passports
from meguri.recycling.events import LotReceived, LotsReceived, RunPosted, RunReversed, UnitMoved
from meguri.recycling.model import LotKind, StepType
from meguri.recycling.records import Line, Lot, RunDetail, RunInput
from meguri.recycling.service import lots, runs
from meguri.storage import Transaction

STEPS = {
    StepType.DISCHARGE: "discharged",
    StepType.DEPOLLUTION: "dismantled",
    StepType.DISMANTLING: "dismantled",
    StepType.SHREDDING: "shredded",
    StepType.THERMAL_PRETREATMENT: "separated",
    StepType.MECHANICAL_SEPARATION: "separated",
    StepType.BLENDING: "blended",
    StepType.LEACHING: "hydromet",
    StepType.SOLVENT_EXTRACTION: "hydromet",
    StepType.PRECIPITATION: "hydromet",
    StepType.CRYSTALLISATION: "hydromet",
    StepType.SMELTING: "pyromet",
    StepType.CONVERTING: "pyromet",
    StepType.REFINING: "pyromet",
    StepType.DIRECT_RELITHIATION: "direct_recovery",
    StepType.PRECURSOR_SYNTHESIS: "consumed",
    StepType.CAM_SYNTHESIS: "consumed",
    StepType.ELECTRODE_COATING: "consumed",
    StepType.CELL_ASSEMBLY: "consumed",
    StepType.PACK_ASSEMBLY: "consumed",
}
UNITS = {"returned": "collected", "triaged": "tested", "in_transit": "shipped", "received": "received"}
SOUND = ("intact", "unknown")
# What a step of a foreign event means here: the step, and what its outputs are when they do not say so.
MEANINGS = {
    "disassembling": (StepType.DISMANTLING, LotKind.WASTE_MODULE),
    "+shredding": (StepType.SHREDDING, LotKind.BLACK_MASS),
    "+separating": (StepType.MECHANICAL_SEPARATION, LotKind.METAL_FRACTION),
    "+blending": (StepType.BLENDING, LotKind.BLACK_MASS),
    "+hydromet": (StepType.LEACHING, LotKind.SALT),
    "+pyromet": (StepType.SMELTING, LotKind.ALLOY),
    "+direct_recovery": (StepType.DIRECT_RELITHIATION, LotKind.CATHODE_ACTIVE_MATERIAL),
}


def class_of(lot_id: UUID) -> str:
    """The class of a lot's material, as a URI."""
    return f"urn:uuid:{lot_id}"


async def on_received(tx: Transaction, scope: OperatorScope, event: LotReceived) -> None:
    """A delivery: batteries by their own identifiers, material by its mass."""
    await _received(tx, scope, await lots.get(tx, scope, event.lot_id))


async def on_many_received(tx: Transaction, scope: OperatorScope, event: LotsReceived) -> None:
    """Deliveries of a file: a hundred thousand are told by a worker, a set at a time, after they are booked."""
    first, last = min(event.lot_ids), max(event.lot_ids)
    await tx.defer("epcis.tell_received", operator_id=scope.operator_id, first=first, last=last)


async def tell_received(tx: Transaction, scope: OperatorScope, first: UUID, last: UUID) -> None:
    """Tell the deliveries whose lots lie between two; what is told already stays as it is."""
    for lot in await lots.received_between(tx, scope, first, last):
        await _received(tx, scope, lot)


async def _received(tx: Transaction, scope: OperatorScope, lot: Lot) -> None:
    records = [record for one in lot.passports if (record := await passports.known(tx, one)) is not None]
    said = Happening(
        kind="received",
        at=lot.created_at,
        epcs=tuple(epc_of(one) for one in records),
        event_id=f"urn:uuid:{lot.run_id}",
    )
    await _tell(tx, scope, {**event_of(said), **_material(lot, lot.mass_kg), **_codes(lot)})


async def on_posted(tx: Transaction, scope: OperatorScope, event: RunPosted) -> None:
    """A run, or a shipment."""
    detail = await runs.detail(tx, scope, event.run_id)
    if event.step_type == "ship":
        for line in detail.lines:
            if line.direction == "in" and line.lot_id is not None:
                lot = await lots.get(tx, scope, line.lot_id)
                said = Happening(kind="shipped", at=detail.run.end_at, event_id=f"urn:uuid:{event.run_id}")
                await _tell(tx, scope, {**event_of(said), **_material(lot, line.mass_kg), **_codes(lot)})
    elif detail.run.step_type in STEPS:
        await _tell(tx, scope, transformation(detail))


def transformation(detail: RunDetail) -> Event:
    """A run as a transformation of lots by mass; a step that transforms nothing observes its lots."""
    step = detail.run.step_type
    if step is None or step not in STEPS:
        raise KeyError(step)
    into = [line for line in detail.lines if line.direction == "in"]
    out = [line for line in detail.lines if line.direction == "out"]
    said = Happening(
        kind=STEPS[step],
        at=detail.run.end_at,
        input_kg=tuple(_mass(line) for line in into),
        output_kg=tuple(_mass(line) for line in out),
        event_id=f"urn:uuid:{detail.run.run_id}",
        transformation_id=f"urn:uuid:{detail.run.run_id}",
        ilmd={"meguri:lots": [{"epcClass": _mass(line)[0], "lotNo": line.label, **_elements(line)} for line in out]},
    )
    made = event_of(said)
    if made["type"] == "ObjectEvent":
        made["quantityList"] = [{"epcClass": name, "quantity": kg, "uom": "KGM"} for name, kg in said.input_kg]
        made.pop("epcList", None)
    losses = [{"type": one.label, "massKg": float(one.mass_kg)} for one in detail.lines if one.direction == "loss"]
    reagents = [
        {"substance": one.label, "massKg": float(one.mass_kg)} for one in detail.lines if one.direction == "reagent"
    ]
    made["meguri:stepType"] = step.value
    made["meguri:startTime"] = clock.millis_z(detail.run.start_at)
    return {
        **made,
        **({"meguri:losses": losses} if losses else {}),
        **({"meguri:reagents": reagents} if reagents else {}),
    }


def _mass(line: Line) -> tuple[str, float]:
    return class_of(line.lot_id or UUID(int=0)), float(line.mass_kg)


def _elements(line: Line) -> dict[str, Any]:
    return {"elements": {part.element: float(part.kg) for part in line.composition}} if line.composition else {}


def _material(lot: Lot, kg: Decimal) -> dict[str, Any]:
    return {"quantityList": [{"epcClass": class_of(lot.lot_id), "quantity": float(kg), "uom": "KGM"}]}


def _codes(lot: Lot) -> dict[str, Any]:
    said = {"meguri:lotNo": lot.lot_no, "meguri:lotKind": lot.kind.value, "meguri:wasteCode": lot.waste_code}
    return {name: value for name, value in said.items() if value}


async def on_reversed(tx: Transaction, scope: OperatorScope, event: RunReversed) -> None:
    """What was undone did not happen: the same event again, with its declaration of error."""
    detail = await runs.detail(tx, scope, event.run_id)
    if detail.run.step_type in STEPS:
        error = {"declarationTime": clock.millis_z(clock.now()), "reason": "did_not_occur"}
        await _tell(tx, scope, {**transformation(detail), "errorDeclaration": error})


async def on_unit(tx: Transaction, scope: OperatorScope, event: UnitMoved) -> None:
    """A battery on its way: collected, looked at, carried."""
    kind = UNITS.get(event.after)
    record = await passports.known(tx, event.passport) if kind else None
    if kind is None or record is None:
        return
    said = Happening(kind=kind, at=clock.now(), epcs=(epc_of(record),), event_id=f"urn:uuid:{new_id()}")
    await _tell(tx, scope, event_of(said))


async def _tell(tx: Transaction, scope: OperatorScope, event: Event) -> None:
    kept = {name: value for name, value in event.items() if value not in (None, [], {})}
    await store.add(tx, scope, kept, f"operator:{scope.operator_id}")


# In


async def drafted(tx: Transaction, scope: OperatorScope, event: Event) -> UUID | None:
    """A transformation of one's own lots as a drafted run; None for any other event, or one that is no booking here.

    Nothing is posted: masses and elements are checked when a person posts the draft.
    """
    step = str(event.get("bizStep", ""))
    meaning = MEANINGS.get(step.replace(epcis().extension_ns + "bizstep/", "+"))
    if meaning is None or event.get("type") != "TransformationEvent" or "errorDeclaration" in event:
        return None
    taken = [(found, one) for one in event.get("inputQuantityList", ()) if (found := _lot_id(one)) is not None]
    if not taken:
        return None
    try:
        async with tx.savepoint():
            site_id = (await lots.get(tx, scope, taken[0][0])).site_id
            return (await runs.draft(tx, scope, _draft(event, site_id, taken, meaning))).run_id
    except (Refusal, msgspec.ValidationError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError):
        return None  # an event of another shape is an event all the same


def _lot_id(quantity: Any) -> UUID | None:
    name = str(quantity.get("epcClass", "")) if isinstance(quantity, dict) else ""
    return parse_uuid(name.removeprefix("urn:uuid:")) if name.startswith("urn:uuid:") else None


def _draft(event: Event, site_id: UUID, taken: list[tuple[UUID, Any]], meaning: tuple[StepType, LotKind]) -> RunInput:
    end = datetime.fromisoformat(event["eventTime"])
    start = event.get("meguri:startTime")
    stated = event.get("meguri:stepType")
    words = {
        str(one.get("epcClass")): one for one in event.get("ilmd", {}).get("meguri:lots", ()) if isinstance(one, dict)
    }
    said = {
        "run_no": f"EPCIS-{str(event['eventID'])[-36:]}"[:50],
        "site_id": str(site_id),
        "step_type": stated if stated in {one.value for one in StepType} else meaning[0].value,
        "start_at": start if isinstance(start, str) else (end - timedelta(seconds=1)).isoformat(),
        "end_at": end.isoformat(),
        "inputs": [{"lot_id": str(lot_id), "mass_kg": str(one["quantity"])} for lot_id, one in taken],
        "outputs": [
            _output(one, words.get(str(one.get("epcClass")), {}), meaning[1])
            for one in event.get("outputQuantityList", ())
        ],
        "losses": [
            {"type": str(one.get("type", "loss")), "mass_kg": str(one.get("massKg", 0)), "closes": place == 0}
            for place, one in enumerate(event.get("meguri:losses", ()))
        ],
    }
    return msgspec.convert(said, RunInput)


def _output(quantity: Any, word: dict[str, Any], kind: LotKind) -> dict[str, Any]:
    moisture = word.get("moisturePct", 0 if kind in (LotKind.BLACK_MASS, LotKind.SALT, LotKind.SLAG) else None)
    elements = word.get("elements", {})
    return {
        "lot": {
            "lot_no": str(word.get("lotNo") or str(quantity["epcClass"]).rpartition("/")[2].removeprefix("urn:uuid:"))[
                :50
            ],
            "kind": str(word.get("kind") or kind.value),
            "mass_wet_kg": str(quantity["quantity"]),
            "moisture_pct": None if moisture is None else str(moisture),
            "composition": [{"element": e, "mass_kg": str(kg)} for e, kg in elements.items()],
        }
    }


reactions = {
    LotReceived: [on_received],
    LotsReceived: [on_many_received],
    RunPosted: [on_posted],
    RunReversed: [on_reversed],
    UnitMoved: [on_unit],
}
