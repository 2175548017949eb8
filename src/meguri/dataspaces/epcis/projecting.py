"""The life of our own batteries as events: told when the passport's room records it, kept once under the same id."""

from typing import Any

from meguri.dataspaces.epcis import store
from meguri.dataspaces.epcis.mapping import Happening, event_of
from meguri.kernel.scope import OperatorScope
from meguri.passport import service as passports
from meguri.passport.events import LifeChanged, PassportChanged, PassportIssued, PassportStateChanged, ReadingsRecorded
from meguri.passport.model import LifeEvent, Record
from meguri.storage import Transaction

KINDS = {
    "issue": "created",
    "put_into_service": "put_into_service",
    "repair": "repaired",
    "negative_event": "negative_event",
    "declare_waste": "waste",
    "recycle": "destroyed",
    "transfer": "transferred",
    "readings": "tested",
    "succession": "repurposed",
    "suspend": "recalled",
    "resume": "recall_lifted",
}


def epc_of(record: Record) -> str:
    """The identifier of a product: its own, when it is a URI, else that of its passport."""
    return record.product_id if ":" in record.product_id else f"urn:uuid:{record.passport_id}"


def happening_of(life: LifeEvent, record: Record) -> Happening | None:
    """A happening of the passport's room, in the terms of events; None for what is not told."""
    kind = KINDS.get(life.kind)
    if kind is None:
        return None
    body: dict[str, Any] = life.body
    sides = tuple(str(body.get(side, "")) for side in ("outgoing", "incoming")) if kind == "transferred" else ()
    transactions = (("po", f"urn:uuid:{life.event_id}"),) if kind == "transferred" else ()
    return Happening(
        kind=kind,
        at=life.at,
        epcs=(epc_of(record),),
        outputs=tuple(f"urn:uuid:{one}" for one in body.get("successors", ()) if isinstance(one, str)),
        transactions=transactions,
        parties=(sides[0], sides[1]) if len(sides) == 2 and all(":" in one for one in sides) else None,
        ilmd={"meguri:passportId": record.dpp_id} if kind == "created" else {},
        event_id=f"urn:uuid:{life.event_id}",
    )


async def tell(tx: Transaction, scope: OperatorScope, event: Any) -> None:
    """Tell what happened to a passport as events, each once."""
    record = await passports.known(tx, str(event.passport_id))
    if record is None or record.operator_id != scope.operator_id or record.granularity != "item":
        return
    for life in await passports.events(tx, scope, str(event.passport_id)):
        said = happening_of(life, record)
        if said is not None:
            await store.add(tx, scope, event_of(said), f"operator:{scope.operator_id}")


reactions = {
    PassportIssued: [tell],
    PassportChanged: [tell],
    PassportStateChanged: [tell],
    LifeChanged: [tell],
    ReadingsRecorded: [tell],
}
