"""The only caller of this room's SQL."""

from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from meguri.dataspaces.pact.filters import Listing
from meguri.dataspaces.pact.footprint import GEOGRAPHIES
from meguri.dataspaces.pact.messages import Message
from meguri.dataspaces.pact.model import (
    AskedRequest,
    IncomingEvent,
    Mapping,
    MappingInput,
    OutgoingMessage,
    OwnFootprint,
    PartnerRow,
    ReceivedFootprint,
)
from meguri.dataspaces.pact.urns import Suggestion
from meguri.dataspaces.pact.validity import moment, validity_of
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.storage.queries import load_queries
from meguri.storage.transaction import Transaction

queries = load_queries(__package__)


async def partner(tx: Transaction, scope: OperatorScope, partner_id: UUID) -> PartnerRow | None:
    """One partner."""
    return await tx.one(queries.partner, PartnerRow, operator_id=scope.operator_id, partner_id=partner_id)


async def partners(tx: Transaction, scope: OperatorScope, limit: int = 200) -> list[PartnerRow]:
    """All partners, oldest first."""
    return await tx.all(queries.partners, PartnerRow, operator_id=scope.operator_id, limit=limit)


async def save_partner(tx: Transaction, scope: OperatorScope, row: PartnerRow) -> None:
    """Writes a partner."""
    await tx.run(queries.save_partner, **msgspec.structs.asdict(row) | {"operator_id": scope.operator_id})


async def add_footprint(
    tx: Transaction, scope: OperatorScope, body: dict[str, Any], *, trace_id: UUID | None, everyone: bool
) -> bool:
    """Keeps a valid footprint; False if its id is taken."""
    begins, ends = validity_of(body)
    place = next((body["pcf"][name] for name in GEOGRAPHIES if body["pcf"].get(name)), "")
    return bool(
        await tx.run(
            queries.add_footprint,
            operator_id=scope.operator_id,
            footprint_id=UUID(body["id"]),
            created=moment(body["created"]),
            status=body["status"],
            body=body,
            trace_id=trace_id,
            product_ids=[urn.lower() for urn in body["productIds"]],
            company_ids=[urn.lower() for urn in body["companyIds"]],
            classifications=[urn.lower() for urn in body.get("productClassifications") or []],
            geography=place.lower(),
            valid_from=begins,
            valid_to=ends,
            everyone=everyone,
        )
    )


async def deprecate(tx: Transaction, scope: OperatorScope, footprint_ids: Sequence[UUID]) -> int:
    """Makes own footprints deprecated, for good; how many were not."""
    return await tx.run(queries.deprecate, operator_id=scope.operator_id, footprint_ids=list(footprint_ids))


async def own_footprint(tx: Transaction, scope: OperatorScope, footprint_id: UUID) -> OwnFootprint | None:
    """One own footprint."""
    return await tx.one(queries.own_footprint, OwnFootprint, operator_id=scope.operator_id, footprint_id=footprint_id)


async def own_footprints(
    tx: Transaction, scope: OperatorScope, *, limit: int, after: UUID | None = None
) -> list[OwnFootprint]:
    """Own footprints, newest first."""
    return await tx.all(queries.own_footprints, OwnFootprint, operator_id=scope.operator_id, limit=limit, after=after)


async def active_of_part(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> list[UUID]:
    """Active own footprints of a part."""
    return [row[0] for row in await tx.all(queries.active_of_part, operator_id=scope.operator_id, trace_id=trace_id)]


async def share(tx: Transaction, scope: OperatorScope, footprint_id: UUID, partner_ids: Sequence[UUID]) -> None:
    """Lets these partners read it."""
    if partner_ids:
        await tx.run(
            queries.share, operator_id=scope.operator_id, footprint_id=footprint_id, partner_ids=list(partner_ids)
        )


async def shared_with(tx: Transaction, scope: OperatorScope, footprint_id: UUID) -> list[UUID]:
    """Partners that may read it by name."""
    rows = await tx.all(queries.shared_with, operator_id=scope.operator_id, footprint_id=footprint_id)
    return [row[0] for row in rows]


async def readers_of(tx: Transaction, scope: OperatorScope, footprint_id: UUID) -> list[UUID]:
    """Partners that may read it and can be told of it."""
    rows = await tx.all(queries.readers_of, operator_id=scope.operator_id, footprint_id=footprint_id)
    return [row[0] for row in rows]


async def readable(
    tx: Transaction, scope: OperatorScope, partner_id: UUID, footprint_id: UUID
) -> tuple[dict[str, Any], bool] | None:
    """(body, whether the partner may read it), or None."""
    row = await tx.one(
        queries.readable, operator_id=scope.operator_id, partner_id=partner_id, footprint_id=footprint_id
    )
    return (row[1], row[2]) if row else None


async def listed(
    tx: Transaction, scope: OperatorScope, partner_id: UUID, listing: Listing
) -> list[tuple[UUID, datetime, dict[str, Any]]]:
    """(id, created, body) of what the partner may read and asked for, in order; at most `limit`."""
    wanted, after = listing.wanted, listing.after
    rows = await tx.all(
        queries.listed,
        operator_id=scope.operator_id,
        partner_id=partner_id,
        product_ids=list(wanted.product_ids),
        company_ids=list(wanted.company_ids),
        classifications=list(wanted.classifications),
        geographies=list(wanted.geographies),
        statuses=list(wanted.statuses),
        within=wanted.within,
        valid_on=wanted.valid_on,
        valid_after=wanted.valid_after,
        valid_before=wanted.valid_before,
        after_created=after[0] if after else None,
        after_id=UUID(after[1]) if after else None,
        limit=listing.limit,
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def note_event(
    tx: Transaction, scope: OperatorScope, partner_id: UUID, said: Message, *, state: str, key_id: UUID
) -> bool:
    """Keeps an event; False if it came before."""
    return bool(
        await tx.run(
            queries.note_event,
            operator_id=scope.operator_id,
            partner_id=partner_id,
            source=said.source,
            event_id=said.id,
            type=said.type,
            data=said.data,
            state=state,
            now=clock.now(),
            key_id=key_id,
        )
    )


async def event(tx: Transaction, scope: OperatorScope, key_id: UUID) -> IncomingEvent | None:
    """One event that came."""
    return await tx.one(queries.event, IncomingEvent, operator_id=scope.operator_id, key_id=key_id)


async def events(tx: Transaction, scope: OperatorScope, limit: int = 100) -> list[IncomingEvent]:
    """Events that came, newest first."""
    return await tx.all(queries.events, IncomingEvent, operator_id=scope.operator_id, limit=limit)


async def settle_event(tx: Transaction, scope: OperatorScope, key_id: UUID, state: str, outcome: str) -> bool:
    """Answers a waiting event; False if it is settled already."""
    return bool(
        await tx.run(queries.settle_event, operator_id=scope.operator_id, key_id=key_id, state=state, outcome=outcome)
    )


async def add_message(
    tx: Transaction, scope: OperatorScope, partner_id: UUID, message_id: UUID, body: dict[str, Any]
) -> None:
    """Puts an event into the outbox."""
    await tx.run(
        queries.add_message,
        operator_id=scope.operator_id,
        message_id=message_id,
        partner_id=partner_id,
        type=body["type"],
        body=body,
        now=clock.now(),
    )


async def message(tx: Transaction, scope: OperatorScope, message_id: UUID) -> OutgoingMessage | None:
    """One message of the outbox."""
    return await tx.one(queries.message, OutgoingMessage, operator_id=scope.operator_id, message_id=message_id)


async def messages(tx: Transaction, scope: OperatorScope, limit: int = 100) -> list[OutgoingMessage]:
    """Messages of the outbox, newest first."""
    return await tx.all(queries.messages, OutgoingMessage, operator_id=scope.operator_id, limit=limit)


async def tried(tx: Transaction, scope: OperatorScope, message_id: UUID, state: str, last_error: str | None) -> None:
    """Notes one try."""
    await tx.run(
        queries.tried,
        operator_id=scope.operator_id,
        message_id=message_id,
        state=state,
        last_error=last_error,
        now=clock.now(),
    )


async def wait_again(tx: Transaction, scope: OperatorScope, message_id: UUID) -> bool:
    """Lets a message that was given up be tried anew; False if it was not."""
    return bool(await tx.run(queries.wait_again, operator_id=scope.operator_id, message_id=message_id))


async def add_request(
    tx: Transaction,
    scope: OperatorScope,
    event_id: UUID,
    partner_id: UUID,
    trace_id: UUID | None,
    product_ids: Sequence[str],
) -> None:
    """Notes what was asked."""
    await tx.run(
        queries.add_request,
        operator_id=scope.operator_id,
        event_id=event_id,
        partner_id=partner_id,
        trace_id=trace_id,
        product_ids=list(product_ids),
        now=clock.now(),
    )


async def request(tx: Transaction, scope: OperatorScope, event_id: UUID) -> AskedRequest | None:
    """One request of ours."""
    return await tx.one(queries.request, AskedRequest, operator_id=scope.operator_id, event_id=event_id)


async def requests(tx: Transaction, scope: OperatorScope, limit: int = 100) -> list[AskedRequest]:
    """Requests of ours, newest first."""
    return await tx.all(queries.requests, AskedRequest, operator_id=scope.operator_id, limit=limit)


async def settle_request(
    tx: Transaction, scope: OperatorScope, event_id: UUID, partner_id: UUID, state: str, said: str | None
) -> bool:
    """Notes the one answer to a request; False if there is none to answer."""
    return bool(
        await tx.run(
            queries.settle_request,
            operator_id=scope.operator_id,
            event_id=event_id,
            partner_id=partner_id,
            state=state,
            said=said,
            now=clock.now(),
        )
    )


async def save_mapping(
    tx: Transaction, scope: OperatorScope, given: MappingInput, *, status: str, source: str, score: int
) -> UUID:
    """Writes a pair; its id."""
    kept: UUID = await tx.value(
        queries.save_mapping,
        operator_id=scope.operator_id,
        mapping_id=new_id(),
        **msgspec.structs.asdict(given),
        status=status,
        source=source,
        score=score,
        now=clock.now(),
    )
    return kept


async def suggest_mapping(tx: Transaction, scope: OperatorScope, partner_id: UUID, urn: str, found: Suggestion) -> None:
    """Notes a suggestion, unless the pair is known."""
    await tx.run(
        queries.suggest_mapping,
        operator_id=scope.operator_id,
        mapping_id=new_id(),
        partner_id=partner_id,
        trace_id=found.trace_id,
        urn=urn,
        kind="product-id",
        source=found.source,
        score=found.score,
        now=clock.now(),
    )


async def mapping(tx: Transaction, scope: OperatorScope, mapping_id: UUID) -> Mapping | None:
    """One pair."""
    return await tx.one(queries.mapping, Mapping, operator_id=scope.operator_id, mapping_id=mapping_id)


async def mappings(
    tx: Transaction, scope: OperatorScope, partner_id: UUID | None = None, limit: int = 1000
) -> list[Mapping]:
    """Pairs, of one partner or all."""
    return await tx.all(queries.mappings, Mapping, operator_id=scope.operator_id, partner_id=partner_id, limit=limit)


async def confirmed(
    tx: Transaction, scope: OperatorScope, partner_id: UUID, urns: Sequence[str]
) -> AnyMapping[str, UUID]:
    """Own parts by the partner's product ids that stand for them."""
    rows = await tx.all(
        queries.confirmed,
        operator_id=scope.operator_id,
        partner_id=partner_id,
        urns=[urn.lower() for urn in urns],
    )
    return {row[0]: row[1] for row in rows}


async def received(
    tx: Transaction, scope: OperatorScope, partner_id: UUID, footprint_id: UUID
) -> ReceivedFootprint | None:
    """One footprint of a partner."""
    return await tx.one(
        queries.received_one,
        ReceivedFootprint,
        operator_id=scope.operator_id,
        partner_id=partner_id,
        footprint_id=footprint_id,
    )


async def all_received(tx: Transaction, scope: OperatorScope, limit: int = 100) -> list[ReceivedFootprint]:
    """Footprints of partners, newest first."""
    return await tx.all(queries.received_all, ReceivedFootprint, operator_id=scope.operator_id, limit=limit)


async def received_for(tx: Transaction, scope: OperatorScope, partner_id: UUID, urn: str) -> ReceivedFootprint | None:
    """The newest active footprint of a partner's product."""
    return await tx.one(
        queries.received_for, ReceivedFootprint, operator_id=scope.operator_id, partner_id=partner_id, urn=urn
    )


async def keep_received(
    tx: Transaction, scope: OperatorScope, partner_id: UUID, body: dict[str, Any], flags: Sequence[str]
) -> bool:
    """Keeps a footprint of a partner; False if its id is known."""
    return bool(
        await tx.run(
            queries.keep_received,
            operator_id=scope.operator_id,
            partner_id=partner_id,
            footprint_id=UUID(body["id"]),
            body=body,
            status=body["status"],
            flags=list(flags),
            trace_id=None,
            now=clock.now(),
        )
    )


async def mark_received(
    tx: Transaction,
    scope: OperatorScope,
    known: ReceivedFootprint,
    *,
    status: str | None = None,
    flags: Sequence[str] | None = None,
    trace_id: UUID | None = None,
) -> None:
    """Notes what became of a footprint of a partner."""
    await tx.run(
        queries.mark_received,
        operator_id=scope.operator_id,
        partner_id=known.partner_id,
        footprint_id=known.footprint_id,
        status=status or known.status,
        flags=list(known.flags if flags is None else flags),
        trace_id=trace_id or known.trace_id,
    )
