"""Asking partners, keeping what they state, and letting it count for an own part."""

from typing import Any
from uuid import UUID

from meguri.dataspaces.pact import store
from meguri.dataspaces.pact.errors import BadAddress, FootprintNotFound, PartnerNotFound, ProductIdInvalid
from meguri.dataspaces.pact.events import FootprintAsked, StatementKept
from meguri.dataspaces.pact.footprint import warnings_of, without_nulls
from meguri.dataspaces.pact.model import AskedRequest, AskInput, ReceivedFootprint
from meguri.dataspaces.pact.service.counting import NOT_NOW, count, counted
from meguri.dataspaces.pact.service.mapping import suggest_for
from meguri.dataspaces.pact.service.sending import send
from meguri.dataspaces.pact.urns import is_urn
from meguri.dataspaces.pact.validity import validity_of
from meguri.dataspaces.pact.words import REQUESTED
from meguri.footprint.service import Received
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability


async def ask(tx: Transaction, scope: OperatorScope, partner_id: UUID, said: AskInput) -> AskedRequest:
    """Asks a partner for the footprint of its product. Raises PartnerNotFound, BadAddress, ProductIdInvalid, PartNotOwn."""
    if await store.partner(tx, scope, partner_id) is None:
        raise PartnerNotFound
    for urn in said.product_ids or [""]:
        if not is_urn(urn):
            raise ProductIdInvalid(urn=urn)
    if said.trace_id is not None:
        await traceability.part(tx, scope, said.trace_id)
    data: dict[str, Any] = {"productId": said.product_ids}
    if said.comment:
        data["comment"] = said.comment
    event_id = await send(tx, scope, partner_id, REQUESTED, data)
    if event_id is None:
        raise BadAddress
    await store.add_request(tx, scope, event_id, partner_id, said.trace_id, said.product_ids)
    await tx.record(FootprintAsked(partner_id=partner_id, event_id=event_id))
    found = await store.request(tx, scope, event_id)
    if found is None:
        raise FootprintNotFound
    return found


async def keep_statement(
    tx: Transaction,
    scope: OperatorScope,
    partner_id: UUID,
    footprint: dict[str, Any],
    *,
    meant_for: UUID | None = None,
) -> ReceivedFootprint:
    """Keeps a valid footprint of a partner. It counts at once for the own part that its product id is confirmed for.

    The first content under an id stays (another one is flagged `immutability_violation`); only the status may turn to
    deprecated. What is deprecated or outside its validity is kept and not used by itself.
    """
    body = without_nulls(footprint)
    flags = [*warnings_of(body), *_not_now(body)]
    fresh = await store.keep_received(tx, scope, partner_id, body, flags)
    known = await store.received(tx, scope, partner_id, UUID(body["id"]))
    if known is None:
        raise FootprintNotFound
    if not fresh:
        return await _again(tx, scope, known, body)
    parts = await store.confirmed(tx, scope, partner_id, body["productIds"])
    used = None
    if parts and not set(flags) & set(NOT_NOW):
        used = await count(tx, scope, known, next(iter(parts.values())))
    elif not parts:
        await suggest_for(tx, scope, partner_id, body, meant_for=meant_for)
    await tx.record(
        StatementKept(partner_id=partner_id, footprint_id=known.footprint_id, used=used, flags=tuple(flags))
    )
    return await store.received(tx, scope, partner_id, known.footprint_id) or known


async def use_statement(
    tx: Transaction, scope: OperatorScope, partner_id: UUID, footprint_id: UUID, trace_id: UUID
) -> Received:
    """Lets a partner's footprint count for an own part, by a person's decision.

    Raises FootprintNotFound, PartNotOwn, UnitIncompatible, UnitMismatch.
    """
    known = await store.received(tx, scope, partner_id, footprint_id)
    if known is None:
        raise FootprintNotFound
    taken = await counted(tx, scope, known, trace_id)
    await store.mark_received(tx, scope, known, trace_id=trace_id)
    return taken


async def _again(
    tx: Transaction, scope: OperatorScope, known: ReceivedFootprint, body: dict[str, Any]
) -> ReceivedFootprint:
    same = {**known.body, "status": ""} == {**body, "status": ""}
    flags, status = list(known.flags), known.status
    if not same and "immutability_violation" not in flags:
        flags.append("immutability_violation")
    if body["status"] == "Deprecated":
        status = "Deprecated"
        flags = list(dict.fromkeys([*flags, "deprecated"]))
    if (flags, status) != (known.flags, known.status):
        await store.mark_received(tx, scope, known, status=status, flags=flags)
        await tx.record(StatementKept(partner_id=known.partner_id, footprint_id=known.footprint_id, flags=tuple(flags)))
    return await store.received(tx, scope, known.partner_id, known.footprint_id) or known


def _not_now(body: dict[str, Any]) -> list[str]:
    begins, ends = validity_of(body)
    flags = ["deprecated"] if body["status"] == "Deprecated" else []
    return flags if begins <= clock.now() <= ends else [*flags, "outside_validity"]
