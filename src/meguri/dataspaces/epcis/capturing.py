"""Events come in: each is checked by form and by business rule; a document is kept whole, or as far as it is good."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from meguri.dataspaces.epcis import recycled, store
from meguri.dataspaces.epcis.faults import Fault, problem
from meguri.dataspaces.epcis.hashing import hash_id
from meguri.dataspaces.epcis.schema import Event, faults, identifiers, mass_out_of_balance
from meguri.dataspaces.rules import epcis
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage import Transaction


class RolledBack(Exception):
    """A document of which one event was bad: nothing of it is kept."""


def events_in(document: Any) -> tuple[list[Any], dict[str, str]]:
    """The events of a document, and the namespaces that its context declares. Raises Fault."""
    if not isinstance(document, dict) or document.get("type") not in ("EPCISDocument", "EPCISQueryDocument"):
        raise Fault("ValidationException", "/type: EPCISDocument or EPCISQueryDocument")
    body = document.get("epcisBody")
    if not isinstance(body, dict):
        raise Fault("ValidationException", "/epcisBody: missing")
    if document["type"] == "EPCISQueryDocument":
        results = body.get("queryResults")
        body = results.get("resultsBody") if isinstance(results, dict) else None
    events = body.get("eventList") if isinstance(body, dict) else None
    if not isinstance(events, list):
        raise Fault("ValidationException", "/epcisBody/eventList: missing")
    return events, prefixes_of(document.get("@context"))


def prefixes_of(context: Any) -> dict[str, str]:
    """The prefixes that a context declares, with what they stand for."""
    entries = context if isinstance(context, list) else [context]
    return {key: str(meaning) for one in entries if isinstance(one, dict) for key, meaning in one.items()}


def made_ready(event: Any, prefixes: Mapping[str, str]) -> Event:
    """The event with its id. Raises Fault (ValidationException) naming the place."""
    for pointer, why in faults(event, frozenset(prefixes)):
        raise Fault("ValidationException", f"{pointer}: {why}")
    if datetime.fromisoformat(event["eventTime"]) > clock.now() + timedelta(minutes=epcis().future_minutes):
        raise Fault("ValidationException", "/eventTime: in the future")
    if mass_out_of_balance(event):
        raise Fault("ValidationException", "/outputQuantityList: more mass leaves than enters")
    if event.get("eventID"):
        return dict(event)
    listed = event.get("sourceList") or event.get("destinationList")
    return {**event, "eventID": f"urn:uuid:{uuid4()}" if listed else hash_id(event, prefixes)}


async def _may_speak(tx: Transaction, scope: OperatorScope, event: Event, capturer: str) -> None:
    """A partner speaks only for what it holds: of which the last transfer went to it, or nobody said anything yet.

    Raises Fault (ValidationException).
    """
    at = datetime.fromisoformat(event["eventTime"])
    for name, one in identifiers(event):
        if name in ("readPoint", "bizLocation"):
            continue
        told = await store.holder(tx, scope, one, at)
        if told is not None and capturer not in [entry.get("destination") for entry in told]:
            raise Fault("ValidationException", f"/{name}: not held by the sender at that time")


async def _keep(tx: Transaction, scope: OperatorScope, event: Event, capturer: str, own: bool) -> None:
    """Keep an event once; a transformation of one's own lots that one's own systems tell is drafted as a run."""
    if await store.add(tx, scope, event, capturer) and own:
        await recycled.drafted(tx, scope, event)


async def capture(
    tx: Transaction, scope: OperatorScope, capturer: str, own: bool, document: Any, behaviour: str
) -> UUID:
    """Keep the events of a document; the number under which one can ask what became of it. Raises Fault."""
    events, prefixes = events_in(document)
    if len(events) > epcis().capture_limit:
        raise Fault("CaptureLimitExceededException")
    errors: list[Any] = []
    try:
        async with tx.savepoint():
            for place, event in enumerate(events):
                try:
                    ready = made_ready(event, prefixes)
                    if not own:
                        await _may_speak(tx, scope, ready, capturer)
                    await _keep(tx, scope, ready, capturer, own)
                except Fault as fault:
                    errors.append({**problem(fault), "detail": f"event {place}: {fault.detail}", "event": place})
            if errors and behaviour == "rollback":
                raise RolledBack
    except RolledBack:
        pass
    return await store.add_capture(tx, scope, capturer, behaviour, not errors, errors)


async def one(tx: Transaction, scope: OperatorScope, capturer: str, own: bool, event: Any) -> str:
    """Keep one event; its id. Raises Fault."""
    if not isinstance(event, dict):
        raise Fault("ValidationException", "/: not an object")
    ready = made_ready(event, prefixes_of(event.get("@context")))
    if not own:
        await _may_speak(tx, scope, ready, capturer)
    corrects = "errorDeclaration" in ready
    if not corrects and await store.known(tx, scope, ready["eventID"], None if own else capturer):
        raise Fault("ResourceAlreadyExistsException")
    await _keep(tx, scope, ready, capturer, own)
    return str(ready["eventID"])
