"""The life of a battery as EPCIS events: which event, step and disposition each happening is, by rule data."""

from datetime import datetime
from typing import Any

import msgspec

from meguri.dataspaces.rules import epcis
from meguri.kernel.clock import millis_z

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """What happened, with what was there. Instances and classes are URIs; masses in kilograms by class.

    parent            the whole that something is put into or taken out of
    inputs, outputs   of a transformation: instances
    input_kg, output_kg  of a transformation: lots and their mass
    transactions      (type, URI); parties: (source, destination) of an owning party
    reports           sensor reports: (type, value, uom)
    """

    kind: str
    at: datetime
    epcs: tuple[str, ...] = ()
    parent: str | None = None
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    input_kg: tuple[tuple[str, float], ...] = ()
    output_kg: tuple[tuple[str, float], ...] = ()
    transactions: tuple[tuple[str, str], ...] = ()
    parties: tuple[str, str] | None = None
    reports: tuple[tuple[str, float, str], ...] = ()
    ilmd: dict[str, Any] = {}
    certificate: str | None = None
    read_point: str | None = None
    location: str | None = None
    failed: bool = False
    event_id: str | None = None
    transformation_id: str | None = None


def event_of(said: Happening) -> dict[str, Any]:
    """The event. Raises KeyError for a kind that the rules do not know."""
    row = {one.kind: one for one in epcis().mapping}[said.kind]
    kind, action = row.type, row.action
    if kind == "AssociationEvent" and said.parent is None:  # no identifier of the whole may be shown
        kind, action = "ObjectEvent", "OBSERVE"
    step = epcis().extension_ns + "bizstep/" + row.step[1:] if row.step.startswith("+") else row.step
    disposition = "non_conformant" if said.failed and row.disposition == "conformant" else row.disposition
    made: dict[str, Any] = {
        "type": kind,
        "eventTime": millis_z(said.at),
        "eventTimeZoneOffset": "+00:00",
        "eventID": said.event_id,
        "action": action,
        "bizStep": step,
        "disposition": disposition,
        **_what(kind, said),
        **_circumstances(said),
    }
    if row.set or row.unset:
        sides = {"set": list(row.set), "unset": list(row.unset)}
        made["persistentDisposition"] = {name: words for name, words in sides.items() if words}
    if said.ilmd and (kind, action) in (("TransformationEvent", None), ("ObjectEvent", "ADD")):
        made["ilmd"] = said.ilmd
    return {name: value for name, value in made.items() if value is not None and value != []}


def _what(kind: str, said: Happening) -> dict[str, Any]:
    if kind == "TransformationEvent":
        return {
            "inputEPCList": list(said.inputs or said.epcs),
            "outputEPCList": list(said.outputs),
            "inputQuantityList": [_kilograms(*one) for one in said.input_kg],
            "outputQuantityList": [_kilograms(*one) for one in said.output_kg],
            "transformationID": said.transformation_id,
        }
    if kind == "AssociationEvent":
        return {"parentID": said.parent, "childEPCs": list(said.epcs)}
    return {"epcList": list(said.epcs)}


def _kilograms(epc_class: str, mass: float) -> dict[str, Any]:
    return {"epcClass": epc_class, "quantity": mass, "uom": "KGM"}


def _circumstances(said: Happening) -> dict[str, Any]:
    source, destination = said.parties or (None, None)
    reports = [{"type": kind, "value": value, "uom": uom} for kind, value, uom in said.reports]
    return {
        "readPoint": {"id": said.read_point} if said.read_point else None,
        "bizLocation": {"id": said.location} if said.location else None,
        "bizTransactionList": [{"type": kind, "bizTransaction": uri} for kind, uri in said.transactions],
        "sourceList": [{"type": "owning_party", "source": source}] if source else None,
        "destinationList": [{"type": "owning_party", "destination": destination}] if destination else None,
        "certificationInfo": said.certificate,
        "sensorElementList": [{"sensorReport": reports}] if reports else None,
    }


def document(events: list[dict[str, Any]], at: datetime, identifier: str) -> dict[str, Any]:
    """Events as a document to be captured."""
    return {
        "@context": [CONTEXT, {"meguri": epcis().extension_ns}],
        "id": identifier,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": millis_z(at),
        "epcisBody": {"eventList": events},
    }


def traceability_event(event: dict[str, Any]) -> dict[str, Any]:
    """The same event in the form of UNTP's digital traceability events (to be wrapped as a credential)."""
    names = {
        "epcList": "epcList",
        "childEPCs": "childEPCList",
        "inputEPCList": "inputEPCList",
        "outputEPCList": "outputEPCList",
    }
    made: dict[str, Any] = {
        "type": [event["type"], "Event"],
        "processType": event.get("bizStep"),
        "eventTime": event["eventTime"],
        "eventTimeZoneOffset": event["eventTimeZoneOffset"],
        "action": event["action"].lower() if "action" in event else None,
        "disposition": event.get("disposition"),
        "parentEPC": {"id": event["parentID"]} if "parentID" in event else None,
    }
    for name, other in names.items():
        if name in event:
            made[other] = [{"id": one} for one in event[name]]
    for name in ("quantityList", "inputQuantityList", "outputQuantityList"):
        if name in event:
            made[name] = [
                {
                    "productId": one["epcClass"],
                    "productName": one["epcClass"].rpartition("/")[2],
                    "quantity": one.get("quantity"),
                    "uom": one.get("uom"),
                }
                for one in event[name]
            ]
    return {name: value for name, value in made.items() if value is not None}
