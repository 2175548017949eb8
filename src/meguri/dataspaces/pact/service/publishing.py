"""Publishing footprints for partners. What is published is never changed; a later one takes its place."""

from typing import Any
from uuid import UUID

from meguri.dataspaces.misfits import misfit
from meguri.dataspaces.pact import store
from meguri.dataspaces.pact.errors import FootprintInvalid, FootprintNotFound, Immutable, PartnerNotFound
from meguri.dataspaces.pact.events import FootprintPublished, FootprintShared
from meguri.dataspaces.pact.footprint import advice_on, faults_of, without_nulls
from meguri.dataspaces.pact.model import OwnFootprint, Published, PublishInput
from meguri.dataspaces.pact.service.sending import send
from meguri.dataspaces.pact.words import PUBLISHED, SPEC_VERSION
from meguri.kernel import clock
from meguri.kernel.ids import new_id, parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability


async def publish(tx: Transaction, scope: OperatorScope, given: PublishInput) -> Published:
    """Publishes a footprint, deprecates those that it takes the place of, and tells the partners that may read it.

    In its place: those that `precedingPfIds` name, and the active ones of the same part.
    Raises FootprintInvalid naming every fault, Immutable for an id that is taken, PartNotOwn, PartnerNotFound.
    """
    if given.trace_id is not None:
        await traceability.part(tx, scope, given.trace_id)
    replaced = await _replaced(tx, scope, given)
    body = _completed(given.footprint, [str(one) for one in replaced])
    faults = faults_of(body)
    if faults:
        fields = tuple(misfit(fault.pointer, fault.message) for fault in faults)
        raise FootprintInvalid(fields=fields, count=len(faults))
    if not await store.add_footprint(tx, scope, body, trace_id=given.trace_id, everyone=given.everyone):
        raise Immutable
    await store.deprecate(tx, scope, replaced)
    footprint_id = UUID(body["id"])
    await _share(tx, scope, footprint_id, [*given.partners, *await _readers_before(tx, scope, replaced)])
    await tx.record(FootprintPublished(footprint_id=footprint_id, deprecated=tuple(replaced)))
    await _tell(tx, scope, footprint_id)
    return Published(footprint=body, advice=advice_on(body), deprecated=replaced)


async def share(tx: Transaction, scope: OperatorScope, footprint_id: UUID, partners: list[UUID]) -> list[UUID]:
    """Lets more partners read a footprint, and tells them; everyone who may by name.

    Raises FootprintNotFound, PartnerNotFound.
    """
    await own_footprint(tx, scope, footprint_id)
    before = await store.shared_with(tx, scope, footprint_id)
    added = [one for one in partners if one not in before]
    await _share(tx, scope, footprint_id, added)
    if added:
        await tx.record(FootprintShared(footprint_id=footprint_id, partners=tuple(added)))
        for partner_id in added:
            await send(tx, scope, partner_id, PUBLISHED, {"pfIds": [str(footprint_id)]})
    return await store.shared_with(tx, scope, footprint_id)


async def deprecate(tx: Transaction, scope: OperatorScope, footprint_id: UUID) -> OwnFootprint:
    """Withdraws a footprint for good; it can still be read. Raises FootprintNotFound."""
    await own_footprint(tx, scope, footprint_id)
    if await store.deprecate(tx, scope, [footprint_id]):
        await tx.record(FootprintPublished(footprint_id=footprint_id, deprecated=(footprint_id,)))
        await _tell(tx, scope, footprint_id)
    return await own_footprint(tx, scope, footprint_id)


async def own_footprint(tx: Transaction, scope: OperatorScope, footprint_id: UUID) -> OwnFootprint:
    """One own footprint. Raises FootprintNotFound."""
    found = await store.own_footprint(tx, scope, footprint_id)
    if found is None:
        raise FootprintNotFound
    return found


async def own_footprints(
    tx: Transaction, scope: OperatorScope, *, limit: int = 100, after: UUID | None = None
) -> list[OwnFootprint]:
    """Own footprints, newest first."""
    return await store.own_footprints(tx, scope, limit=limit, after=after)


async def _replaced(tx: Transaction, scope: OperatorScope, given: PublishInput) -> list[UUID]:
    named = given.footprint.get("precedingPfIds")
    found = [parse_uuid(one) for one in named if isinstance(one, str)] if isinstance(named, list) else []
    of_part = await store.active_of_part(tx, scope, given.trace_id) if given.trace_id is not None else []
    return list(dict.fromkeys([*(one for one in found if one is not None), *of_part]))


def _completed(footprint: dict[str, Any], replaced: list[str]) -> dict[str, Any]:
    set_here = {
        "id": str(new_id()),
        "specVersion": SPEC_VERSION,
        "created": clock.seconds_z(clock.now()),
        "status": "Active",
        **({"precedingPfIds": replaced} if replaced else {}),
    }
    given: dict[str, Any] = without_nulls(footprint)
    return {**set_here, **given}


async def _readers_before(tx: Transaction, scope: OperatorScope, replaced: list[UUID]) -> list[UUID]:
    return [partner for one in replaced for partner in await store.shared_with(tx, scope, one)]


async def _share(tx: Transaction, scope: OperatorScope, footprint_id: UUID, partners: list[UUID]) -> None:
    for partner_id in dict.fromkeys(partners):
        if await store.partner(tx, scope, partner_id) is None:
            raise PartnerNotFound
    await store.share(tx, scope, footprint_id, list(dict.fromkeys(partners)))


async def _tell(tx: Transaction, scope: OperatorScope, footprint_id: UUID) -> None:
    for partner_id in await store.readers_of(tx, scope, footprint_id):
        await send(tx, scope, partner_id, PUBLISHED, {"pfIds": [str(footprint_id)]})
